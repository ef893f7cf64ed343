"""The report of mis-dispatch: who is counted, what is put right, and remedies that are tried, not guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline import db, knowledge
from hotline.cataloguing import publishing
from hotline.errors import Forbidden
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, today
from hotline.learning import mending, remedies, reporting
from hotline.learning.misdispatch import Misdispatch, misdispatch
from hotline.learning.remedies import Remedy
from hotline.models import CatalogueVersion, Responsibility
from hotline.reports import Scope, scope_of
from hotline.rights import SYSTEM, Actor
from tests.hotline_fixtures import Web

POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"
PERSON = {"phone": "13800138000", "name": "陆小满", "place": "乌当区羊昌镇"}
YIBAO = "dept-medical-insurance"


def this_week() -> tuple[Scope, Misdispatch, Knowledge]:
    with db.reading() as session:
        day = today(db.now(session))
        scope = scope_of(session, day - timedelta(days=6), day)
        return scope, misdispatch(session, scope), knowledge.knowledge(session)


def sent(web: Web, more: str = "") -> str:
    opened = web.open(POTHOLES + more, **PERSON | {"phone": f"1380013800{more or 0}"})
    assert opened["unit"]["code"] == "district-wudang"
    return str(opened["number"])


def corrected(web: Web, more: str = "") -> str:
    number = sent(web, more)
    web.act(number, "dispatch", "dispatcher", unit=YIBAO)
    return number


def test_nothing_dispatched_has_no_rate(web: Web) -> None:
    _, report, _ = this_week()
    assert (report.total.dispatched, report.total.rate, report.lines, report.flows) == (0, None, (), ())


def test_each_way_of_putting_right_is_counted_once_over_the_dispatched(web: Web) -> None:
    sent(web)
    corrected(web, "1")
    returned, designated = sent(web, "2"), sent(web, "3")
    web.act(returned, "return", "wudang", text="不是我区的路", proposed_unit=YIBAO)
    web.act(returned, "decide_return", "dispatcher", approved=True)
    web.act(designated, "dispatch", "dispatcher", unit=YIBAO, designate=True)
    _, report, know = this_week()
    assert report.total.hows == {"designated": 1, "returned": 1, "redispatched": 1}
    assert (report.total.dispatched, report.total.by_machine, report.total.corrected) == (4, 4, 3)
    (line,) = report.lines
    assert (line.matter, line.rate) == (know.router.route(remedies.Message(POTHOLES, "", "乌当区羊昌镇")).matter, 0.75)
    assert {(flow.unit, flow.to, flow.count) for flow in report.flows} == {
        ("district-wudang", YIBAO, 2),
        ("district-wudang", None, 1),
    }


def test_the_same_unit_and_matter_again_is_no_mistake_and_a_reopening_is_another_story(web: Web) -> None:
    web.act(sent(web), "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    number = sent(web, "1")
    web.act(number, "accept", "wudang")
    web.act(number, "resolve", "wudang", result="已补平", public_reply="坑洼路段已修补完毕。")
    web.act(number, "review", "dispatcher", passed=True)
    web.act(number, "reopen", "dispatcher", text="没有修好", unit=YIBAO)
    _, report, _ = this_week()
    assert (report.total.dispatched, report.total.corrected) == (2, 0)


def test_only_what_was_first_sent_in_the_period_and_to_the_unit_is_counted(web: Web) -> None:
    corrected(web)
    with db.reading() as session:
        day = today(db.now(session))
        earlier = misdispatch(session, scope_of(session, day - timedelta(days=30), day - timedelta(days=7)))
        elsewhere = misdispatch(session, scope_of(session, day, day, YIBAO))
        there = misdispatch(session, scope_of(session, day, day, "district-wudang"))
    assert [report.total.dispatched for report in (earlier, elsewhere, there)] == [0, 0, 1]


def test_without_days_it_is_the_last_whole_week_and_one_day_is_a_week(web: Web) -> None:
    with db.reading() as session:
        scope = reporting.read_scope(session, None, None)
        assert (scope.first.weekday(), scope.last - scope.first) == (0, timedelta(days=6))
        assert 1 <= (today(db.now(session)) - scope.last).days <= 7
        one = reporting.read_scope(session, "2026-03-02", None)
        assert (str(one.first), str(one.last)) == ("2026-03-02", "2026-03-08")
        with pytest.raises(InvalidInput):
            reporting.read_scope(session, "2026-13-01", None)


@pytest.mark.parametrize(("first", "last"), [("9999-12-31", None), (None, "0001-01-01"), ("2026-03-02", "2026-03-01")])
def test_a_day_at_the_end_of_time_is_told_and_never_a_crash(web: Web, first: str | None, last: str | None) -> None:
    with db.reading() as session, pytest.raises(InvalidInput):
        reporting.read_scope(session, first, last)


def test_of_a_bad_month_the_newest_mistakes_are_tried(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remedies, "MOST_WRONG", 2)
    for more in ("1", "2", "3"):
        corrected(web, more)
    _, report, know = this_week()
    with db.reading() as session:
        assert [case.message.content[-1] for case in remedies.cases_of(session, report)] == ["2", "3"]
        (row, *_) = remedies.remedies(session, know, report)
    assert (report.total.corrected, row.of, row.prevented) == (3, 2, 2)
    assert "试算的 2 件差错中可避免 2 件" in remedies.words(row, know)


def test_a_row_that_would_have_sent_them_rightly_is_found_by_routing_them_again(web: Web) -> None:
    for more in ("1", "2", "3"):
        corrected(web, more)
    scope, report, know = this_week()
    with db.reading() as session:
        found = remedies.remedies(session, know, report)
    rows = [each for each in found if each.kind == "row"]
    assert {(each.unit, each.of, each.prevented, each.spoiled) for each in rows} == {(YIBAO, 3, 3, 0)}
    assert "wudang" in rows[0].place or rows[0].place
    assert remedies.with_remedies(know, rows[:1]).route(remedies.Message(POTHOLES, "", "乌当区羊昌镇")).unit == YIBAO
    told = reporting.as_json(know, scope, report, found)
    assert told["remedies"][0]["prevented"] == 3
    assert any("主办" in line for line in reporting.lines(know, scope, report, found))


def test_what_would_spoil_as_much_as_it_mends_is_not_proposed(web: Web) -> None:
    for more in ("1", "2"):
        corrected(web, more)
    for more in ("3", "4", "5"):
        sent(web, more)
    _, report, know = this_week()
    with db.reading() as session:
        assert [each for each in remedies.remedies(session, know, report) if each.kind == "row"] == []


def test_a_word_that_the_corrected_share_is_proposed_as_a_phrase_of_the_right_matter(web: Web) -> None:
    texts = [f"家里的蜗居宝{end}，请问怎么办" for end in ("坏了", "没有反应", "一直响", "打不开")]
    for text in texts:
        number = str(web.open(text, phone="13800138000", name="陆小满")["number"])
        web.act(number, "dispatch", "dispatcher", unit="district-gaoxin")
        web.act(number, "dispatch", "dispatcher", unit=YIBAO, matter="09-01")
    _, report, know = this_week()
    with db.reading() as session:
        cases = remedies.cases_of(session, report)
    proposed = remedies.phrases(know, cases, 6)
    assert {each.matter for each in proposed} == {"09-01"}
    assert all(each.phrase in texts[0] for each in proposed)
    secret = [case for case in cases if case.open_words]
    assert len(secret) == 4


def test_words_of_confidential_tickets_are_never_shown(web: Web) -> None:
    for end in ("坏了", "没有反应", "一直响", "打不开"):
        opened = web.open(f"家里的蜗居宝{end}，请问怎么办", phone="13800138000", name="陆小满", confidential=True)
        web.act(str(opened["number"]), "dispatch", "dispatcher", unit="district-gaoxin")
        web.act(str(opened["number"]), "dispatch", "dispatcher", unit=YIBAO, matter="09-01")
    _, report, know = this_week()
    with db.reading() as session:
        assert remedies.phrases(know, remedies.cases_of(session, report), 6) == []


def test_a_draft_holds_the_remedies_and_nothing_is_in_force_by_it(web: Web) -> None:
    corrected(web)
    scope, report, know = this_week()
    matter = report.lines[0].matter
    assert matter
    chosen = [Remedy("row", matter, "520112", YIBAO), Remedy("phrase", "09-01", phrase="蜗居宝")]
    place = next(code for code, each in know.places.items() if each.level == "district")
    chosen[0] = Remedy("row", matter, place, YIBAO)
    with db.transaction() as session:
        before = len(session.scalars(select(Responsibility)).all())
        made = mending.make_draft(session, SYSTEM, scope, chosen)
        version = made.version
    with db.reading() as session:
        draft = session.scalars(select(CatalogueVersion).where(CatalogueVersion.version == version)).one()
        assert draft.published_at is None
        assert str(scope.first) in draft.source
        row = next(r for r in draft.responsibilities if (r["matter"], r["place"], r["lead"]) == (matter, place, YIBAO))
        assert row["legal_basis"] == ""
        notes = [each.zh for each in publishing.findings(session, version).notes]
        assert any("没有写依据" in each for each in notes)
        assert "蜗居宝" in next(m for m in draft.matters if m["code"] == "09-01")["phrases"]
        assert len(session.scalars(select(Responsibility)).all()) == before
    assert str(web.open(POTHOLES, **PERSON)["unit"]["code"]) == "district-wudang"


@pytest.mark.parametrize(
    "wrong",
    [
        Remedy("row", "99-99", "x", YIBAO),
        Remedy("row", "05", "nowhere", YIBAO),
        Remedy("phrase", "05", phrase="字"),
        Remedy("other", "05"),
    ],
)
def test_a_remedy_that_the_catalogue_does_not_know_makes_no_draft(web: Web, wrong: Remedy) -> None:
    scope, _, _ = this_week()
    with pytest.raises(InvalidInput), db.transaction() as session:
        mending.make_draft(session, SYSTEM, scope, [wrong])
    with pytest.raises(InvalidInput), db.transaction() as session:
        mending.make_draft(session, SYSTEM, scope, [])
    with db.reading() as session:
        assert not session.scalars(select(CatalogueVersion)).all()


def test_only_who_edits_the_rules_makes_a_draft(web: Web) -> None:
    scope, _, _ = this_week()
    dispatcher = Actor("dispatcher", "某派单员", frozenset({"dispatcher"}))
    with pytest.raises(Forbidden), db.transaction() as session:
        mending.make_draft(session, dispatcher, scope, [Remedy("phrase", "09-01", phrase="蜗居宝")])
