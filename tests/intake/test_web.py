"""The public form, and the single fields that all channels share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.intake.fields import clean, instant, kind_code, one_line, phone_number
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.intake.web import FIELDS, inquiry_of_form


def problems(**fields: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        inquiry_of_form({"content": "停水了"} | fields, "id-1")
    return {problem.field: problem.message["zh"] for problem in caught.value.problems}


def test_a_full_form_becomes_an_inquiry() -> None:
    inquiry = inquiry_of_form(
        {
            "content": " 路灯坏了\r\n已经半个月 ",
            "title": "路灯\u202e坏了",
            "name": "周禾",
            "phone": "+86 138-0013-8000",
            "place": "花溪区  清溪路",
            "kind": "投诉",
            "confidential": "on",
            "no_reply": False,
        },
        "web-1",
    )
    assert (inquiry.channel, inquiry.source, inquiry.external_id) == ("web", "web", "web-1")
    assert (inquiry.content, inquiry.title) == ("路灯坏了\n已经半个月", "路灯坏了")
    assert (inquiry.phone, inquiry.place, inquiry.kind) == ("13800138000", "花溪区 清溪路", "complaint")
    assert (inquiry.confidential, inquiry.no_reply) == (True, False)
    assert inquiry.received_at is None


def test_the_content_alone_is_enough_and_null_is_like_absent() -> None:
    assert inquiry_of_form({"content": "停水"}, "x") == inquiry_of_form(
        {"content": "停水"} | {name: None for name in FIELDS if name != "content"}, "x"
    )


def test_a_missing_title_is_taken_from_the_content() -> None:
    assert inquiry_of_form({"content": "你好。小区停水两天了。"}, "x").title == "小区停水两天了"
    assert inquiry_of_form({"content": "停水了", "title": "缺水"}, "x").title == "缺水"


def test_every_error_is_told_at_once_each_under_its_field() -> None:
    found = problems(content="", phone="13800", name="长" * 51, kind="骂人", status="closed")
    assert found == {
        "content": "请写下您遇到的问题，至少 2 个字。",
        "phone": "手机号应为 11 位数字，您填了 5 位。",
        "name": "姓名最多 50 个字，您填了 51 个字。",
        "kind": "没有“骂人”这个类型，请从这些里选一个：咨询、求助、投诉、举报、建议、表扬、其他。",
        "status": f"表单里没有“status”这一项，请去掉它。可填的有：{'、'.join(FIELDS)}。",
    }


def test_several_problems_are_one_invalid_input_with_all_sentences() -> None:
    with pytest.raises(InvalidInputs) as caught:
        inquiry_of_form({"content": "", "phone": "1"}, "x")
    assert caught.value.field == "content"
    assert caught.value.message["zh"] == "请写下您遇到的问题，至少 2 个字；手机号应为 11 位数字，您填了 1 位。"
    assert InvalidInput("a", "b", "c").problems[0].field == "a"


def test_the_content_s_length_is_counted_after_trimming() -> None:
    assert problems(content="  停\n ") == {"content": "请写下您遇到的问题，至少 2 个字。"}
    assert inquiry_of_form({"content": "水" * 5000}, "x").content == "水" * 5000
    assert problems(content="水" * 5003)["content"] == "内容最多 5000 个字，您写了 5003 个字，请删去 3 个字。"


@pytest.mark.parametrize("name", ["content", "title", "phone", "kind", "place", "name", "address"])
@pytest.mark.parametrize("value", [5, True, ["停水了"], {"a": "b"}])
def test_a_text_of_another_type_is_refused(name: str, value: object) -> None:
    assert problems(**{name: value}) == {name: "这里应填文字。"}


@pytest.mark.parametrize("value", [2, "maybe", [], 1.5])
def test_a_switch_is_true_or_false(value: object) -> None:
    assert problems(confidential=value) == {"confidential": "这里只能填是或否（true 或 false）。"}


@pytest.mark.parametrize("key", ["due_at", "unit", "role", "channel", "external_id", "turns", "source", "x\r\ny"])
def test_a_key_that_a_citizen_has_no_say_in_is_refused(key: str) -> None:
    assert list(problems(**{key: "x"})) == [one_line(key)]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*FIELDS, "x"]), st.none() | st.booleans() | st.text() | st.integers()))
def test_any_form_gives_an_inquiry_or_an_invalid_input(fields: dict[str, object]) -> None:
    try:
        inquiry = inquiry_of_form(fields, "x")
    except InvalidInput:
        return
    inquiry.content.encode("utf-8")
    assert len(inquiry.content) >= 2


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("", ""),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0851-85990000", "0851-85990000"),
        ("(0851)85990000", "0851-85990000"),
        ("+86 851 85990000", "0851-85990000"),
        ("010-66668888", "010-66668888"),
        ("0851-85990000转12", "0851-85990000-12"),
        ("0851-85990000-12", "0851-85990000-12"),
        ("0851 8599-0000", "0851-85990000"),
        ("0086-0851-85990000", "0851-85990000"),
        ("85990000", "85990000"),
        ("400-800-1234", "4008001234"),
        ("+852 2123 4567", "+85221234567"),
        ("0085221234567", "+85221234567"),
    ],
)
def test_a_phone_has_one_form_however_it_is_written(given: str, number: str) -> None:
    assert phone_number(given, "phone") == number
    assert phone_number(number, "phone") == number


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("13800", "手机号应为 11 位数字，您填了 5 位。"),
        ("138001380001", "手机号应为 11 位数字，您填了 12 位。"),
        ("23800138000", "手机号应以 13 到 19 开头"),
        ("0851-123", "固定电话应为区号加 7 到 8 位号码，例如 0851-85990000，您填了 7 位。"),
        ("call me", "电话里有数字以外的字"),
        ("一三八", "电话里有数字以外的字"),
    ],
)
def test_a_wrong_phone_is_told_what_is_wrong(given: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        phone_number(given, "caller")
    assert caught.value.field == "caller"
    assert caught.value.message["zh"].startswith(says)


@settings(deadline=None)
@given(st.text(alphabet="0123456789+-() 转#x１一", max_size=30))
def test_a_phone_taken_once_is_taken_again_unchanged(text: str) -> None:
    try:
        number = phone_number(text, "phone")
    except InvalidInput:
        return
    assert phone_number(number, "phone") == number


@pytest.mark.parametrize(
    ("text", "code"), [("投诉", "complaint"), ("投诉类", "complaint"), ("Report", "report"), ("", None)]
)
def test_a_kind_is_known_by_name_and_code(text: str, code: str | None) -> None:
    assert kind_code(text, "kind") == code


@settings(deadline=None)
@given(st.text())
def test_clean_text_can_be_stored_and_shown_and_is_clean_already(text: str) -> None:
    shown = clean(text)
    shown.encode("utf-8")
    assert clean(shown) == shown
    assert not set(shown) & set("\x00\x1b\r\u202e\u2066\u200b\u2028")
    assert "\n" not in one_line(text)


def test_emoji_that_are_joined_stay_joined() -> None:
    assert clean("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"


ELEVEN = datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019/2/28 11:25:05", ELEVEN),
        ("2019-02-28 11:25", ELEVEN.replace(second=0)),
        ("2019年2月28日 11时25分05秒", ELEVEN),
        ("2019年2月28日11点25分", ELEVEN.replace(second=0)),
        ("２０１９-０２-２８　11：25：05", ELEVEN),
        ("2019.2.28", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        ("20190228112505", ELEVEN),
        ("2019-02-28T11:25:05+08:00", ELEVEN),
        ("2019-02-28T03:25:05Z", ELEVEN),
        ("2019-02-28 11:25:05.000", ELEVEN),
        ("43524.475752314815", ELEVEN),
        ("43524", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        *((text, None) for text in ("", "昨天", "2019-13-01", "2019-02-30", "0001-01-01", "2019/2/28 25:00", "12")),
    ],
)
def test_a_time_is_read_in_the_ways_people_write_it(text: str, moment: datetime | None) -> None:
    assert instant(text) == moment


@settings(deadline=None)
@given(st.text(alphabet="0123456789-/:年月日时分秒TZ+. ", max_size=30))
def test_any_text_is_a_time_in_utc_or_none(text: str) -> None:
    moment = instant(text)
    assert moment is None or moment.tzinfo is UTC
