"""The three forms, read: what becomes of the answers, and what a person is told who fills one in wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hotline.intake.forms import FORMS, LATEST_DUE, Entered, details_shown, entered
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS, OF_CITIZENS, OF_FORMS, WITHOUT_CITIZEN, choices

TODAY = date(2026, 6, 1)
ASSIGNMENT = {
    "meeting": "市政府第 32 次常务会议",
    "item": "常〔2026〕32-5",
    "content": "督促羊昌镇至新场镇公路的坑洼路段在汛期前修补完毕。",
    "due_date": "2026-06-30",
    "contact": "督查室 85990000",
    "unit": "district-wudang",
    "assisting": ["dept-transport", "dept-transport", "ent-water"],
}
REQUEST = {
    "applicant": "citizen",
    "name": "周小禾",
    "phone": "138 0000 1234",
    "id_number": "52011219900101123x",
    "content": "羊昌镇至新场镇公路养护合同及验收报告",
    "delivery": "paper",
    "address": "乌当区某路 1 号",
    "purpose": "了解养护责任",
}
MOTION = {
    "type": "cppcc",
    "session": "十四届四次会议",
    "number": "第 0217 号",
    "proposers": "张一、李二，王三、张一",
    "content": "关于完善老旧小区加装电梯补贴办法的建议。",
}
GOOD: dict[str, dict[str, Any]] = {"assignment": ASSIGNMENT, "information_request": REQUEST, "motion": MOTION}


def read(kind: str, **changes: Any) -> Entered:
    return entered(kind, GOOD[kind] | changes, "key", TODAY)


def wrong(kind: str, **changes: Any) -> dict[str, str]:
    """Field → what is said about it."""
    with pytest.raises(InvalidInput) as caught:
        read(kind, **changes)
    return {problem.field: problem.message["zh"] for problem in caught.value.problems}


def test_an_assignment_falls_due_at_the_end_of_its_day_in_the_city() -> None:
    task = read("assignment")
    assert (task.unit, task.assisting) == ("district-wudang", ("dept-transport", "ent-water"))
    inquiry = task.inquiry
    assert (inquiry.kind, inquiry.source, inquiry.source_number) == ("assignment", "assigned", "常〔2026〕32-5")
    assert inquiry.due_at == datetime(2026, 6, 30, 16, tzinfo=UTC)
    assert inquiry.no_reply, "nobody waits for a call"
    assert inquiry.details == {
        "meeting": "市政府第 32 次常务会议",
        "item": "常〔2026〕32-5",
        "contact": "督查室 85990000",
        "due_date": "2026-06-30",
    }


def test_an_assignment_without_a_date_leaves_it_to_the_policy() -> None:
    inquiry = read("assignment", due_date=None, contact="").inquiry
    assert inquiry.due_at is None
    assert inquiry.details == {"meeting": "市政府第 32 次常务会议", "item": "常〔2026〕32-5"}


@pytest.mark.parametrize("written", ["2026-06-30", "2026/6/30", "2026年6月30日", " 20260630 ", "２０２６-06-30"])
def test_a_date_is_read_as_people_write_it(written: str) -> None:
    assert read("assignment", due_date=written).inquiry.due_at == datetime(2026, 6, 30, 16, tzinfo=UTC)


def test_the_applicant_stands_in_the_citizens_fields_and_nowhere_in_the_details() -> None:
    inquiry = read("information_request").inquiry
    assert (inquiry.name, inquiry.phone, inquiry.id_number) == ("周小禾", "13800001234", "52011219900101123X")
    assert inquiry.details == {"applicant": "citizen", "delivery": "paper"}
    assert inquiry.content.endswith("用途：了解养护责任")
    assert not inquiry.no_reply
    assert inquiry.source == "web"
    assert entered("information_request", REQUEST, "key", TODAY, "window").inquiry.source == "window"


def test_an_organisation_applies_under_its_credit_code_in_the_words_of_the_form() -> None:
    said = {"applicant": "法人或其他组织", "delivery": "电子", "id_number": "91520100MA6DLW1X2Q", "purpose": None}
    inquiry = read("information_request", **said).inquiry
    assert inquiry.details == {"applicant": "organisation", "delivery": "electronic"}
    assert "用途" not in inquiry.content


def test_a_motion_names_its_proposers_once_each_and_comes_from_where_its_type_says() -> None:
    inquiry = read("motion").inquiry
    assert (inquiry.kind, inquiry.source, inquiry.no_reply) == ("motion", "cppcc", True)
    assert inquiry.details is not None
    assert inquiry.details["proposers"] == ["张一", "李二", "王三"]
    assert read("motion", proposers=["张一"], type="congress").inquiry.source == "congress"


def test_details_are_shown_in_the_forms_order_and_words() -> None:
    assert details_shown("assignment", read("assignment").inquiry.details) == [
        ("会议名称", "市政府第 32 次常务会议"),
        ("事项编号", "常〔2026〕32-5"),
        ("交办期限", "2026年6月30日 24:00"),
        ("联系人", "督查室 85990000"),
    ]
    shown = dict(details_shown("motion", read("motion").inquiry.details))
    assert (shown["类别"], shown["提出人"]) == ("政协提案", "张一、李二、王三")
    assert details_shown("complaint", None) == []


@pytest.mark.parametrize("kind", GOOD)
def test_every_required_field_left_empty_is_named_at_once(kind: str) -> None:
    needed = {one.name: one.label for one in FORMS[kind].fields if one.required}
    said = wrong(kind, **dict.fromkeys(needed, " \u200b"))
    assert said.keys() == needed.keys()
    assert all(label in said[name] for name, label in needed.items())


WRONG: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "no date": ("assignment", {"due_date": "下周五"}, "due_date", "交办期限"),
    "a date and a time": ("assignment", {"due_date": "2026-06-30 17:00"}, "due_date", "应为日期"),
    "a day that there is not": ("assignment", {"due_date": "2026-06-31"}, "due_date", "应为日期"),
    "yesterday": ("assignment", {"due_date": "2026-05-31"}, "due_date", "2026-06-01 至"),
    "the end of time": ("assignment", {"due_date": "9999-12-31"}, "due_date", "之间"),
    "a meeting without end": ("assignment", {"meeting": "会" * 101}, "meeting", "最多 100 个字，您填了 101 个字"),
    "a number for a text": ("assignment", {"item": 5}, "item", "应填文字"),
    "units that are no list": ("assignment", {"assisting": 5}, "assisting", "列表"),
    "a unit that is no text": ("assignment", {"assisting": [5]}, "assisting", "列表"),
    "nobody for the others to assist": ("assignment", {"unit": ""}, "unit", "先选主办单位"),
    "a phone of ten digits": ("information_request", {"phone": "1380000123"}, "phone", "您填了 10 位"),
    "an identity that is none": ("information_request", {"id_number": "不知道"}, "id_number", "8 至 18 位"),
    "an applicant of no kind": ("information_request", {"applicant": "政府"}, "applicant", "公民（citizen）"),
    "a form of delivery that is none": ("information_request", {"delivery": "口头"}, "delivery", "纸质"),
    "too many proposers": ("motion", {"proposers": [f"代表{n}" for n in range(61)]}, "proposers", "最多 60 个"),
    "a proposer without end": ("motion", {"proposers": "长" * 101}, "proposers", "太长"),
    "what the form does not have": ("motion", {"status": "closed"}, "status", "没有“status”这一项"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_under_its_field_with_what_to_do(case: str) -> None:
    kind, changes, name, words = WRONG[case]
    said = wrong(kind, **changes)
    assert list(said) == [name]
    assert words in said[name]


def test_the_first_and_the_last_day_that_may_be_set_are_both_taken() -> None:
    for due in (TODAY, TODAY + LATEST_DUE):
        assert read("assignment", due_date=due.isoformat()).inquiry.details


def test_hidden_characters_reach_neither_text_nor_details() -> None:
    inquiry = read("assignment", meeting="常务\u202e会议\r\n", content="办\x00结\u200b它").inquiry
    assert inquiry.content == "办结它"
    assert inquiry.details is not None
    assert inquiry.details["meeting"] == "常务会议"


def test_the_ten_kinds_stand_in_one_place_and_forms_kinds_are_their_own() -> None:
    assert set(KINDS) == set(OF_CITIZENS) | set(OF_FORMS)
    assert set(FORMS) == set(OF_FORMS)
    assert set(OF_FORMS) > WITHOUT_CITIZEN
    assert all(read(kind).inquiry.source in SOURCES for kind in FORMS)


def test_a_kind_changes_only_among_the_citizens_seven() -> None:
    assert choices("complaint") == OF_CITIZENS
    assert choices("assignment") == {"assignment": "交办"}
    assert choices("motion") == {"motion": "建议提案"}
