"""Facts of random histories: they are what a slow walk over the events says, and nothing later changes the past."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, desk, facts, recounting, reports
from hotline import knowledge as knowing
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import CalendarYear, Fact, KeptMonth, Ticket
from hotline.reports import months, remembering
from hotline.rights import SYSTEM
from hotline.rows import table_of
from hotline.rulemaking import calendars
from sla.clock import clocks as run_clocks
from tests.reports.conftest import NOW
from tests.reports.oracle import judge
from tests.reports.test_histories import BEGIN, CUTS, Steps, play, story, worked_on
from tests.reports.test_rates import assert_same

ENDED = BEGIN + timedelta(days=60)
"""No ticket of the demo city has come by then."""

calm = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
stories = st.lists(story(), min_size=1, max_size=4)
"""A few tickets, whose acts lie between each other's."""


@calm
@given(stories=stories)
def test_at_every_instant_the_row_that_is_true_is_what_the_events_up_to_it_say(
    session: Session, stories: list[Steps]
) -> None:
    try:
        play(session, stories)
        session.flush()
        rules = knowledge(session).rules
        for ticket in session.scalars(select(Ticket).where(Ticket.received_at >= BEGIN, Ticket.received_at < ENDED)):
            events, _ = desk.case.history(session, ticket.id)
            for count, event in enumerate(events, 1):
                if count == len(events) or events[count].at > event.at:
                    so_far = events[:count]
                    said = facts.told(so_far, run_clocks(so_far, rules), rules)
                    assert _true_after(session, ticket.id, event.at) == said
    finally:
        session.rollback()


def _true_after(session: Session, ticket: int, at: datetime) -> Mapping[str, Any]:
    fact = table_of(Fact).c
    over = (fact.known_until.is_(None)) | (fact.known_until > at)
    row = session.execute(select(*fact).where(fact.ticket_id == ticket, fact.known_from <= at, over)).mappings().one()
    left_out = {"ticket_id", "number", "source", "agent", *facts.TIMES}
    return {name: value for name, value in row.items() if name not in left_out}


@calm
@given(stories=stories)
def test_the_rows_that_the_acts_wrote_are_those_that_a_recount_would_make(
    session: Session, stories: list[Steps]
) -> None:
    try:
        play(session, stories)
        session.flush()
        assert list(recounting.unlike(session)) == []
    finally:
        session.rollback()


@calm
@given(stories=stories, which=st.sampled_from(["unit", "kind", "matter", "place", "agent", "assessed"]))
def test_a_narrowed_report_equals_the_fold_of_the_tickets_that_it_asks_for(
    session: Session, stories: list[Steps], which: str
) -> None:
    try:
        play(session, stories)
        last = CUTS[-1]
        session.info["now"] = NOW
        asked, wanted = _asked(session, which)
        scope = reports.scope_of(session, date(2026, 3, 1), last, **asked)
        skip = frozenset({"dispatch_on_time"}) if which == "unit" else frozenset[str]()
        assert_same(reports.rates_of(session, scope), judge(session, scope.start, scope.cut_off, wanted), skip)
    finally:
        session.rollback()


def _asked(session: Session, which: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question, and what the fold is to look for: of the first ticket of the history, leaves of their trees."""
    ticket = session.scalars(select(Ticket).where(Ticket.received_at == BEGIN)).first()
    assert ticket is not None
    if which == "assessed":
        return {"assessed": True}, {"assessed": True}
    if which == "unit":
        return {"unit": "dept-transport"}, {"units": knowledge(session).unit_tree.below("dept-transport")}
    value = "system" if which == "agent" else getattr(ticket, which)
    return {which: value}, {which: value}


# Months that are kept, and a calendar that is published later


def _kept(session: Session) -> Mapping[date, Mapping[str, int]]:
    return {row.first: row.counts for row in session.scalars(select(KeptMonth).where(KeptMonth.unit == months.CITY))}


def test_a_kept_month_is_what_the_report_of_that_month_says_for_the_city_and_for_each_unit(session: Session) -> None:
    scope = reports.scope_of(session, date(2026, 9, 1), date(2026, 11, 20))
    before = [reports.rate_line(session, scope), _line_of(session, "district-wudang")]
    for month in months.months_over(NOW):
        months.keep(session, month)
    assert len(_kept(session)) == months.KEPT
    assert _kept(session)[date(2026, 10, 1)]["dispatched"] > 0
    assert [reports.rate_line(session, scope), _line_of(session, "district-wudang")] == before
    assert sum(point.figures["closure_rate"].denominator or 0 for point in before[1]) > 0


def _line_of(session: Session, unit: str) -> list[reports.Point]:
    return reports.rate_line(session, reports.scope_of(session, date(2026, 9, 1), date(2026, 11, 20), unit))


def test_the_line_reads_what_is_kept_and_counts_what_is_not_over(session: Session) -> None:
    [october] = [month for month in months.months_over(NOW) if month.first == date(2026, 10, 1)]
    months.keep(session, october)
    row = session.get_one(KeptMonth, (date(2026, 10, 1), months.CITY))
    row.counts = {**row.counts, "closure_rate/n": 1, "closure_rate/d": 8}
    session.flush()
    points = reports.rate_line(session, reports.scope_of(session, date(2026, 11, 1), date(2026, 11, 20)), count=2)
    assert points[0].figures["closure_rate"].denominator == 8
    assert points[1].figures["closure_rate"].denominator != 8


def test_an_act_at_a_simulated_time_takes_the_kept_months_away(session: Session) -> None:
    for month in itertools.islice(months.months_over(NOW), 2):
        months.keep(session, month)
    number = worked_on(session)
    assert _kept(session) == {}
    months.keep(session, months.months_over(NOW)[0])
    session.info["now"] = BEGIN + timedelta(days=1)
    desk.perform(session, number, SYSTEM, Action.RESOLVE, {"result": "已处理", "public_reply": "已处理"})
    assert _kept(session) == {}


def test_a_calendar_published_later_changes_no_report_of_before(session: Session) -> None:
    number = worked_on(session)
    for at, act, fields in (
        (datetime(2026, 3, 6, 2, tzinfo=UTC), Action.RESOLVE, {"result": "已处理", "public_reply": "已处理"}),
        (datetime(2026, 3, 6, 3, tzinfo=UTC), Action.REVIEW, {"passed": True}),
        (datetime(2026, 3, 6, 4, tzinfo=UTC), Action.FOLLOW_UP, {"answered": True, "solved": False, "level": 1}),
        (datetime(2026, 3, 6, 5, tzinfo=UTC), Action.CLOSE, {}),
    ):
        session.info["now"] = at
        desk.perform(session, number, SYSTEM, act, fields)
    session.info["now"] = NOW
    questions = [(date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 3, 1), date(2026, 3, 27))]
    before = [reports.rates(session, *days) for days in questions]
    assert before[0].figure("mended_rate").denominator == 1
    try:
        _publish_march_as_holidays(session)
        assert [reports.rates(session, *days) for days in questions] == before
        assert list(recounting.unlike(session)) == []
    finally:
        session.rollback()
        knowing.forget()


def _publish_march_as_holidays(session: Session) -> None:
    """A version of 2026 in which every day from 3 to 31 March is a holiday."""
    newest = select(CalendarYear).where(CalendarYear.year == 2026).order_by(CalendarYear.version.desc()).limit(1)
    year = session.scalars(newest).one()
    march = {f"2026-03-{day:02}": "长假" for day in range(3, 32)}
    days = {**year.days, "holidays": {**year.days.get("holidays", {}), **march}}
    draft = CalendarYear(year=2026, version=year.version + 1, source="关于三月放假的通知（试验）", days=days)
    session.add(draft)
    session.flush()
    calendars.publish(session, SYSTEM, draft)


def test_a_period_that_is_over_is_remembered_until_the_past_itself_is_written(session: Session) -> None:
    worked_on(session)
    session.flush()
    asked: list[reports.Scope] = []
    scope = reports.scope_of(session, date(2026, 3, 1), date(2026, 3, 31))
    running = reports.scope_of(session, date(2026, 3, 1), date(2026, 11, 20))

    def count(_: Session, each: reports.Scope) -> int:
        asked.append(each)
        return len(asked)

    simulated = session.info.pop("now")
    try:
        assert [remembering.remembered(session, scope, count) for _ in range(2)] == [1, 1]
        assert remembering.remembered(session, replace(running, cut_off=db.now(session)), count) == 2
        session.info["now"] = simulated
        assert remembering.remembered(session, scope, count) == 3, "a simulated clock remembers nothing"
        worked_on(session)
        del session.info["now"]
        assert remembering.remembered(session, scope, count) == 4
    finally:
        remembering.forget()
