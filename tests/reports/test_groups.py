"""Groups: every row equals a fold of the tickets in it, one by one; rows add up to their total; lists are as long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from hotline import db, reports
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import ZONE, Knowledge, knowledge
from hotline.lifecycle import Action
from hotline.models import Event, Ticket, Unit
from hotline.reports import Group, Row
from hotline.reports.grouping import BY
from hotline.reports.metrics import key_of
from sla.values import Event as Moment
from tests.reports.oracle import Tally, _One, middle_and_ninth
from tests.reports.test_histories import play, story
from tests.reports.test_rates import PERIODS

INSTANT = timedelta(microseconds=1)
Key = Callable[["_Sorted", datetime, str | None], str]


class _Sorted(_One):
    """A ticket of the oracle that gives each thing to the tally of its row."""

    agent = ""

    def spread(self, tallies: Mapping[str, Tally], key: Key, units: bool) -> None:
        clocks = self.clocks
        for clock in clocks:
            unit = None if clock.name == "dispatch" else self.at(clock.opened_by).unit
            if not (units and clock.name == "dispatch"):
                self.clocks = [clock]
                self._clocks(tallies[key(self, clock.due_at - INSTANT, unit)])
        self.clocks = clocks
        if self.first_given is None:
            if self.start <= self.events[0].at and not units:
                self._never_given(tallies[key(self, self.events[0].at, None)])
        elif self.start <= self.first_given:
            self._given(tallies[key(self, self.first_given, self.state.unit)])


def _ones(session: Session, scope: reports.Scope) -> list[_Sorted]:
    """Every ticket, as its events before the cut-off make it."""
    know = knowledge(session)
    histories: dict[int, list[Moment]] = defaultdict(list)
    agents: dict[int, str] = {}
    rows = select(Event).where(Event.ticket_id.is_not(None), Event.at < scope.cut_off)
    for row in session.scalars(rows.order_by(Event.ticket_id, Event.seq)):
        histories[row.ticket_id or 0].append(Moment(row.seq, row.at, row.action, row.data))
        if row.action == Action.OPEN:
            agents[row.ticket_id or 0] = row.actor
    tickets = {ticket.id: ticket for ticket in session.scalars(select(Ticket))}
    found = []
    for number, events in histories.items():
        one = _Sorted(know, tickets[number], events, scope.start, scope.cut_off, {"edition": know.rules.current})
        one.agent = agents[number]
        found.append(one)
    return found


def _top(parents: Mapping[str, str | None], code: str | None, roots: bool = False) -> str:
    """What a code lies in right under the root, by walking up; the root itself for itself."""
    chain = [code] if code else [""]
    while above := parents.get(chain[-1]):
        chain.append(above)
    return chain[-1] if roots or len(chain) == 1 else chain[-2]


def _keys(session: Session, know: Knowledge) -> dict[str, Key]:
    units = {row.code: row for row in session.scalars(select(Unit))}
    parents = {code: unit.parent for code, unit in units.items()}
    groups = {code: unit.peer_group or "" for code, unit in units.items()} | {"": ""}
    matters = {code: matter.parent for code, matter in know.matters.items()}
    places = {code: place.parent for code, place in know.places.items()}

    def day(at: datetime) -> date:
        return at.astimezone(ZONE).date()

    def week(at: datetime) -> str:
        return "{}-W{:02}".format(*day(at).isocalendar()[:2])

    return {
        "unit": lambda _one, _at, unit: _top(parents, unit),
        "peer_group": lambda _one, _at, unit: groups[_top(parents, unit)],
        "kind": lambda one, _at, _unit: str(one.state.kind),
        "source": lambda one, _at, _unit: one.source,
        "matter": lambda one, _at, _unit: _top(matters, one.state.matter, roots=True),
        "place": lambda one, _at, _unit: _top(places, one.state.place),
        "agent": lambda one, _at, _unit: one.agent,
        "day": lambda _one, at, _unit: day(at).isoformat(),
        "week": lambda _one, at, _unit: week(at),
        "month": lambda _one, at, _unit: f"{day(at):%Y-%m}",
        "year": lambda _one, at, _unit: f"{day(at):%Y}",
    }


def assert_row(row: Group, tally: Tally) -> None:
    for key, figure in row.figures.items():
        if key.startswith("handling_time"):
            continue
        assert (figure.numerator, figure.denominator) == (tally.top[key], tally.bottom[key]), (row.code, key)
        assert (figure.value is None) == (tally.bottom[key] == 0)
    assert {name: row.counts[name] for name in reports.COUNTS} == {name: tally.counts[name] for name in reports.COUNTS}
    for which, minutes in (("working", tally.working), ("natural", tally.natural)):
        found = [row.figures[f"handling_time.{part}_{which}"] for part in ("median", "p90")]
        assert [each.denominator for each in found] == [len(minutes)] * 2, (row.code, which)
        expected = middle_and_ninth(minutes)
        values = [each.value for each in found]
        if expected is None:
            assert values == [None, None]
        else:
            assert [float(value or 0) for value in values] == pytest.approx(expected, abs=0.006)


def assert_all_same(session: Session, scope: reports.Scope) -> None:
    ones, keys = _ones(session, scope), _keys(session, knowledge(session))
    for by in BY:
        folded = defaultdict[str, Tally](Tally)
        for one in ones:
            one.spread(folded, keys[by], by in ("unit", "peer_group"))
        assert_same(reports.grouped(session, scope, by, hours=True), folded)


def assert_same(found: reports.Grouped, folded: Mapping[str, Tally]) -> None:
    rows = {row.code: row for row in found.every}
    assert len(rows) == len(found.every)
    assert {code for code, tally in folded.items() if tally.bottom or tally.counts} <= rows.keys()
    for code, row in rows.items():
        assert_row(row, folded.get(code, Tally()))
    for key, figure in found.total.figures.items():
        if figure.numerator is not None:
            parts = [row.figures[key] for row in found.every]
            assert figure.numerator == sum(each.numerator or 0 for each in parts), key
            assert figure.denominator == sum(each.denominator or 0 for each in parts), key
    for name, count in found.total.counts.items():
        assert count == sum(row.counts[name] for row in found.every)


@pytest.mark.parametrize(("first", "last"), PERIODS[:3])
def test_every_row_of_the_demo_city_equals_a_fold_of_its_tickets_and_the_rows_add_up(
    session: Session, first: date, last: date
) -> None:
    assert_all_same(session, reports.scope_of(session, first, last))


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(stories=st.lists(story(), min_size=1, max_size=4), last=st.sampled_from([date(2026, 3, 10), date(2026, 4, 30)]))
def test_the_rows_of_any_history_equal_a_fold_of_their_tickets(session: Session, stories: Any, last: date) -> None:
    try:
        play(session, stories)
        session.info["now"] = datetime(2026, 11, 20, tzinfo=ZONE)
        assert_all_same(session, reports.scope_of(session, date(2026, 3, 1), last))
    finally:
        session.rollback()


def test_the_total_of_the_rows_is_the_report(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[0])
    report = reports.rates_of(session, scope)
    lines = {key_of(each.metric, each.part): each for each in report.metrics}
    for by in BY:
        found = reports.grouped(session, scope, by, hours=True)
        assert {key: _numbers(each) for key, each in found.total.figures.items()} == {
            key: _numbers(lines[key]) for key in found.total.figures
        }, by
        of_units = ("answered_at_once", "waiting", "rejected", "withdrawn", "merged")
        left_out = of_units if by in ("unit", "peer_group") else ()
        for name in set(report.counts) - set(left_out):
            assert found.total.counts[name] == report.counts[name], name


def _numbers(figure: reports.Figure) -> tuple[Any, ...]:
    return figure.numerator, figure.denominator, figure.value, figure.target


@pytest.mark.parametrize("by", ["unit", "peer_group", "place", "day"])
def test_behind_each_number_of_a_row_stands_a_list_of_its_length(session: Session, by: str) -> None:
    scope = reports.scope_of(session, *PERIODS[1])
    found = reports.grouped(session, scope, by)
    whole = {key: reports.tickets_behind(session, key, "denominator", scope) for key in found.total.figures}
    for row in [each for each in found.every if each.counts["dispatched"]][:2]:
        for key, figure in row.figures.items():
            lists = [reports.tickets_behind(session, key, part, scope, Row(by, row.code)) for part in reports.PARTS]
            assert [len(each) for each in lists] == [figure.numerator, figure.denominator], (row.code, key)
            assert set(lists[0]) <= set(lists[1]) <= set(whole[key])
        for name, count in row.counts.items():
            assert len(reports.tickets_counted(session, name, scope, Row(by, row.code))) == count, (row.code, name)


def test_pages_of_a_list_are_the_list_whatever_their_size(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[0])
    for metric, part in (("closure_rate", "denominator"), ("accept_on_time", "denominator"), ("rejected", "")):
        asked = reports.Asked(scope, metric, part)
        whole = (
            reports.tickets_behind(session, metric, part, scope)
            if part
            else reports.tickets_counted(session, metric, scope)
        )
        for size in (7, len(whole)):
            found, place = [], None
            while True:
                page, place = reports.page_of(session, reports.listed_behind(session, asked), size, place)
                found += page
                if place is None:
                    break
                assert len(page) == size
            assert found == whole, (metric, size)


def test_of_a_unit_s_tickets_told_apart_by_kind_no_dispatching_is_told_either(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[0], unit="district-wudang")
    figures = [row.figures["dispatch_on_time"] for row in reports.grouped(session, scope, "kind").rows]
    figures.append(reports.rates_of(session, scope).figure("dispatch_on_time"))
    assert {(each.numerator, each.denominator, each.note) for each in figures} == {
        (None, None, "转办由热线负责，不按单位统计")
    }


def test_every_count_of_the_report_has_a_list_of_its_length(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[0])
    for name, count in reports.rates_of(session, scope).counts.items():
        assert len(reports.tickets_counted(session, name, scope)) == count, name


def test_children_of_a_matter_a_place_and_a_unit_are_its_rows_and_it_keeps_a_row_of_its_own(session: Session) -> None:
    first, last = PERIODS[0]
    know = knowledge(session)
    for by, tree in (("matter", know.matter_tree), ("place", know.place_tree), ("unit", know.unit_tree)):
        whole = reports.grouped(session, reports.scope_of(session, first, last), by)
        biggest = max((row for row in whole.rows if row.code), key=lambda row: row.counts["dispatched"])
        within = reports.grouped(session, reports.scope_of(session, first, last, **{by: biggest.code}), by)  # type: ignore[arg-type]
        assert within.total.counts["dispatched"] == biggest.counts["dispatched"]
        rows = {row.code for row in within.every if row.counts["dispatched"]}
        assert rows <= {biggest.code, *(code for code, parent in tree.parents.items() if parent == biggest.code)}


def test_units_without_tickets_and_those_with_none_due_stand_apart(session: Session) -> None:
    found = reports.grouped(session, reports.scope_of(session, *PERIODS[1]), "unit")
    assert all(row.counts["due"] for row in found.rows)
    assert all(row.counts["dispatched"] and not row.counts["due"] for row in found.none_due)
    assert found.no_tickets
    assert not any(row.counts["dispatched"] for row in found.no_tickets)
    assert {figure.value for row in found.no_tickets for figure in row.figures.values() if not figure.denominator} == {
        None
    }


def test_a_peer_group_narrows_to_its_units_and_all_below_them(session: Session) -> None:
    first, last = PERIODS[0]
    by_group = reports.grouped(session, reports.scope_of(session, first, last), "peer_group")
    for row in by_group.every:
        if row.code:
            scope = reports.scope_of(session, first, last, group=row.code)
            assert reports.rates_of(session, scope).counts["dispatched"] == row.counts["dispatched"], row.code
            rows = reports.grouped(session, scope, "unit").every
            groups = {unit.code: unit.peer_group for unit in session.scalars(select(Unit))}
            assert {groups[each.code] for each in rows} == {row.code}


def test_a_grouping_takes_a_handful_of_statements_whatever_the_number_of_rows(session: Session) -> None:
    reports.grouped(session, reports.scope_of(session, *PERIODS[0]), "matter")  # the catalogue is read once for all
    for by in BY:
        scope = reports.scope_of(session, *PERIODS[0])
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(db.engine(), "before_cursor_execute", note)
        try:
            reports.grouped(session, scope, by, hours=True)
        finally:
            event.remove(db.engine(), "before_cursor_execute", note)
        assert len(asked) <= 12, (by, asked)


def test_periods_without_tickets_have_their_rows_in_order(session: Session) -> None:
    scope = reports.scope_of(session, date(2026, 1, 1), date(2026, 11, 30))
    months = [row.code for row in reports.grouped(session, scope, "month").rows]
    assert months == [f"2026-{month:02}" for month in range(1, 12)]
    days = reports.grouped(session, reports.scope_of(session, date(2026, 11, 18), date(2026, 11, 30)), "day").rows
    assert [row.code for row in days] == ["2026-11-18", "2026-11-19", "2026-11-20"], "the days that have begun"
    assert days[0].name == "2026年11月18日"


def test_a_ticket_of_the_last_instant_of_a_day_is_of_that_day_on_both_databases(session: Session) -> None:
    from tests.reports.conftest import NOW
    from tests.reports.test_rates import MIDNIGHT, _open

    for at in (MIDNIGHT - INSTANT, MIDNIGHT, MIDNIGHT - timedelta(microseconds=400)):
        _open(session, at)
    session.info["now"] = NOW
    scope = reports.scope_of(session, date(2026, 3, 30), date(2026, 4, 1))
    found = {row.code: row.counts["dispatched"] for row in reports.grouped(session, scope, "day").rows}
    assert found == {"2026-03-30": 0, "2026-03-31": 2, "2026-04-01": 1}


@pytest.mark.parametrize(
    ("by", "row", "field"), [("colour", None, "by"), ("kind", "nothing", "row"), ("day", "2026-01-01", "row")]
)
def test_a_grouping_or_row_that_there_is_not_is_refused_by_name(
    session: Session, by: str, row: str | None, field: str
) -> None:
    asked = reports.Asked(reports.scope_of(session, *PERIODS[1]), "closure_rate", "numerator", Row(by, row or ""))
    with pytest.raises(InvalidInput) as wrong:
        reports.page_of(session, reports.listed_behind(session, asked), 20)
    assert wrong.value.field == field
    assert set(wrong.value.message) == {"zh", "en"}
