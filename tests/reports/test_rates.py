"""The SQL of the rates against the oracle, over the demo city; boundaries, subsets and empty denominators."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline import desk, reports
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import Clock, Fact
from hotline.reports import Report, Scope
from hotline.rights import SYSTEM
from tests.reports.conftest import NOW
from tests.reports.oracle import Tally, judge, middle_and_ninth

PERIODS = [
    (date(2026, 9, 1), date(2026, 11, 20)),
    (date(2026, 10, 1), date(2026, 10, 31)),
    (date(2026, 11, 2), date(2026, 11, 8)),
    (date(2026, 10, 8), date(2026, 10, 8)),
    (date(2026, 11, 20), date(2026, 11, 20)),
]
RATIOS = [metric for metric in reports.METRICS if metric.source in ("tickets", "clocks", "evaluations")]


def assert_same(report: Report, tally: Tally, skip: frozenset[str] = frozenset()) -> None:
    for metric in RATIOS:
        if metric.id not in skip:
            figure = report.figure(metric.id)
            expected = (tally.top[metric.id], tally.bottom[metric.id])
            assert (figure.numerator, figure.denominator) == expected, metric.id
    assert report.counts == {name: tally.counts[name] for name in reports.COUNTS}
    for kind, minutes in (("working", tally.working), ("natural", tally.natural)):
        figures = [report.figure("handling_time", f"{part}_{kind}") for part in ("median", "p90")]
        expected_hours = middle_and_ninth(minutes)
        assert [figure.denominator for figure in figures] == [len(minutes)] * 2
        found = [figure.value for figure in figures]
        if expected_hours is None:
            assert found == [None, None]
        else:
            assert [float(value or 0) for value in found] == pytest.approx(expected_hours, abs=0.006)


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_the_rates_of_the_demo_city_equal_a_fold_of_every_history(session: Session, first: date, last: date) -> None:
    report = reports.rates(session, first, last)
    scope = reports.scope_of(session, first, last)
    assert_same(report, judge(session, scope.start, report.cut_off))


def test_the_demo_city_gives_every_rate_something_to_count(session: Session) -> None:
    report = reports.rates(session, *PERIODS[0])
    empty = {metric.id for metric in RATIOS if not report.figure(metric.id).denominator}
    assert not empty
    nothing = {metric.id for metric in RATIOS if not report.figure(metric.id).numerator}
    assert nothing <= {"mended_rate"}


@pytest.mark.parametrize(
    "wanted",
    [{"kind": "complaint"}, {"source": "phone"}, {"unit": "district-wudang"}, {"unit": "city", "kind": "help"}],
)
def test_a_unit_a_kind_and_a_source_narrow_the_same_figures(session: Session, wanted: dict[str, Any]) -> None:
    first, last = PERIODS[0]
    report = reports.rates(session, first, last, **wanted)
    scope = reports.scope_of(session, first, last, **wanted)
    words: dict[str, object] = dict(wanted)
    if "unit" in wanted:
        words["units"] = knowledge(session).unit_tree.below(wanted["unit"])
    skip = frozenset({"dispatch_on_time"}) if "unit" in wanted else frozenset[str]()
    assert_same(report, judge(session, scope.start, report.cut_off, words), skip)
    if skip:
        figure = report.figure("dispatch_on_time")
        assert (figure.value, figure.note) == (None, "转办由热线负责，不按单位统计")


@pytest.mark.parametrize(("first", "last"), PERIODS[:3])
def test_behind_each_number_stands_a_list_of_its_length_and_the_numerators_are_in_the_denominators(
    session: Session, first: date, last: date
) -> None:
    report, scope = reports.rates(session, first, last), reports.scope_of(session, first, last)
    for metric in RATIOS:
        figure = report.figure(metric.id)
        top, bottom = (reports.tickets_behind(session, metric.id, part, scope) for part in ("numerator", "denominator"))
        assert (len(top), len(bottom)) == (figure.numerator, figure.denominator), metric.id
        left = list(bottom)
        for each in top:
            left.remove(each)
    measured = reports.tickets_behind(session, "handling_time", "denominator", scope)
    assert len(measured) == report.figure("handling_time", "median_working").denominator


def test_the_counts_have_their_lists_too_and_add_up(session: Session) -> None:
    report, scope = reports.rates(session, *PERIODS[0]), reports.scope_of(session, *PERIODS[0])
    counts = report.counts
    assert counts["dispatched"] == counts["closed"] + counts["open_within_limits"] + counts["open_past_deadline"]
    for name in ("dispatched", "closed", "not_evaluated", "open_within_limits", "open_past_deadline"):
        assert len(reports.tickets_counted(session, name, scope)) == counts[name]


def test_the_same_metric_is_in_the_report_once_with_its_words_and_the_targets_of_the_trade(session: Session) -> None:
    report = reports.rates(session, *PERIODS[0])
    keys = [(figure.metric, figure.part) for figure in report.metrics]
    assert len(set(keys)) == len(keys) == len(reports.METRICS)
    assert all(figure.name and figure.definition for figure in report.metrics)
    targets = {figure.metric: figure.target for figure in report.metrics if figure.target is not None}
    assert targets == {
        "connect_rate": Decimal(98),
        "closed_first_time": Decimal(90),
        "satisfied_of_closed": Decimal(90),
        "satisfied_of_evaluated": Decimal(90),
    }


def test_without_call_records_the_connect_rates_are_empty_and_say_why(session: Session) -> None:
    report = reports.rates(session, *PERIODS[0])
    for name in ("connect_rate", "connect_rate_15s"):
        figure = report.figure(name)
        assert (figure.numerator, figure.denominator, figure.value) == (None, None, None)
        assert figure.note == "没有通话记录（话单）"
        assert figure.shown() == "空"


def test_a_period_without_tickets_has_empty_values_not_0_and_not_100_per_cent(session: Session) -> None:
    report = reports.rates(session, date(2026, 1, 1), date(2026, 1, 31))
    assert {figure.value for figure in report.metrics} == {None}
    assert {figure.shown() for figure in report.metrics} == {"空"}
    assert set(report.counts.values()) == {0}


def _open(session: Session, at: datetime) -> str:
    session.info["now"] = at
    words = "乌当区新场镇道路坑洼不平，请尽快修补"
    inquiry = Inquiry("web", f"boundary-{at.isoformat()}", words, "web", kind="complaint", phone="13800000000")
    number = desk.open_ticket(session, inquiry, SYSTEM, hold=True).ticket.number
    desk.perform(session, number, SYSTEM, Action.DISPATCH, {"unit": "district-wudang"})
    return number


def _close(session: Session, number: str, at: datetime) -> None:
    session.info["now"] = at
    desk.perform(session, number, SYSTEM, Action.ACCEPT, {})
    desk.perform(session, number, SYSTEM, Action.RESOLVE, {"result": "已修补", "public_reply": "已修补"})
    desk.perform(session, number, SYSTEM, Action.REVIEW, {"passed": True})
    desk.perform(session, number, SYSTEM, Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 5})


MIDNIGHT = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""24:00 of 31 March 2026 in Shanghai: no ticket of the demo is near."""

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
INSTANT = timedelta(microseconds=1)


def test_a_ticket_dispatched_at_24_00_belongs_to_the_next_day(session: Session) -> None:
    _open(session, MIDNIGHT - INSTANT)
    _open(session, MIDNIGHT)
    session.info["now"] = NOW
    assert reports.rates(session, *MARCH).counts["dispatched"] == 1
    assert reports.rates(session, date(2026, 4, 1), date(2026, 4, 1)).counts["dispatched"] == 1


def test_a_closing_at_24_00_of_the_last_day_is_not_seen_yet_and_one_just_before_is(session: Session) -> None:
    first, second = _open(session, MIDNIGHT - timedelta(days=2)), _open(session, MIDNIGHT - timedelta(days=1))
    _close(session, first, MIDNIGHT - INSTANT)
    _close(session, second, MIDNIGHT)
    session.info["now"] = NOW
    counts = reports.rates(session, *MARCH).counts
    assert (counts["closed"], counts["open_within_limits"]) == (1, 1)


def test_a_deadline_at_24_00_belongs_to_the_day_it_ends(session: Session) -> None:
    number = _open(session, MIDNIGHT - timedelta(days=3))
    session.flush()
    ticket = reports.tickets_counted(session, "dispatched", _scope(session))[0]
    assert ticket.number == number
    for due, passed in ((MIDNIGHT, 1), (MIDNIGHT + INSTANT, 0)):
        for table in (Clock, Fact):
            session.execute(update(table).where(table.ticket_id == ticket.ticket_id).values(due_at=due))
        report = reports.rates(session, *MARCH)
        assert report.counts["open_past_deadline"] == passed
        assert report.figure("accept_on_time").denominator == passed
        assert report.figure("overdue_rate").numerator == passed


def _scope(session: Session) -> Scope:
    session.info["now"] = NOW
    return reports.scope_of(session, *MARCH)


def test_while_the_last_day_runs_a_deadline_that_lies_ahead_is_not_missed(session: Session) -> None:
    _open(session, MIDNIGHT - timedelta(hours=14))
    day = (date(2026, 3, 31), date(2026, 3, 31))
    assert reports.rates(session, *day).figure("accept_on_time").denominator == 0
    assert reports.rates(session, *day).counts["dispatched"] == 1
    assert reports.rates(session, *day).cut_off == MIDNIGHT - timedelta(hours=14) + INSTANT


@pytest.mark.parametrize(
    ("first", "last", "fields", "field", "words"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), {}, "from", "晚于"),
        (date(2026, 11, 21), date(2026, 11, 22), {}, "from", "还没有到"),
        (date(2010, 1, 1), date(2026, 1, 1), {}, "from", "十年"),
        (date(2026, 1, 1), date(2026, 1, 2), {"unit": "nowhere"}, "unit", "不存在"),
        (date(2026, 1, 1), date(2026, 1, 2), {"kind": "nothing"}, "kind", "不存在"),
        (date(2026, 1, 1), date(2026, 1, 2), {"source": "nobody"}, "source", "不存在"),
    ],
)
def test_a_wrong_question_is_answered_with_its_field_and_a_remedy(
    session: Session, first: date, last: date, fields: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as wrong:
        reports.rates(session, first, last, **fields)
    assert wrong.value.field == field


@pytest.mark.parametrize(
    ("metric", "part"), [("nothing", "numerator"), ("closure_rate", "middle"), ("connect_rate", "numerator")]
)
def test_a_list_that_does_not_exist_is_refused_with_those_that_do(session: Session, metric: str, part: str) -> None:
    with pytest.raises(InvalidInput, match="closure_rate"):
        reports.tickets_behind(session, metric, part, reports.scope_of(session, *PERIODS[0]))
