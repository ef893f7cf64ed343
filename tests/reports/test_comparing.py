"""环比 and 同比: which days are held against which, each side as its own report gave it, and what the difference is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from hotline import reports
from hotline.knowledge import midnight
from hotline.reports import Scope
from hotline.reports.comparing import before, growth, year_before
from tests.reports.conftest import NOW


def _scope(first: date, last: date, cut_off: datetime | None = None) -> Scope:
    return Scope(first, last, midnight(first), cut_off or midnight(last + timedelta(days=1)))


@pytest.mark.parametrize(
    ("days", "earlier", "year"),
    [
        (("2026-10-01", "2026-10-31"), ("2026-09-01", "2026-09-30"), ("2025-10-01", "2025-10-31")),
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (("2026-07-01", "2026-09-30"), ("2026-04-01", "2026-06-30"), ("2025-07-01", "2025-09-30")),
        (("2025-01-01", "2025-12-31"), ("2024-01-01", "2024-12-31"), ("2024-01-01", "2024-12-31")),
        (("2025-02-01", "2025-02-28"), ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        (("2026-11-01", "2026-11-20"), ("2026-10-01", "2026-10-20"), ("2025-11-01", "2025-11-20")),
        (("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-30")),
        (("2026-11-09", "2026-11-15"), ("2026-11-02", "2026-11-08"), ("2025-11-09", "2025-11-15")),
        (("2026-11-20", "2026-11-20"), ("2026-11-19", "2026-11-19"), ("2025-11-20", "2025-11-20")),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
    ],
)
def test_a_period_is_held_against_the_one_before_and_the_same_a_year_before(
    days: tuple[str, str], earlier: tuple[str, str], year: tuple[str, str]
) -> None:
    scope = _scope(date.fromisoformat(days[0]), date.fromisoformat(days[1]))
    for found, said in ((before(scope), earlier), (year_before(scope), year)):
        assert (str(found.first), str(found.last)) == said
        assert found.start == midnight(found.first)
        assert found.cut_off == midnight(found.last + timedelta(days=1)), "judged at its own end"


def test_while_a_period_runs_the_others_are_cut_at_the_same_hour_of_theirs() -> None:
    running = _scope(date(2026, 11, 1), date(2026, 11, 20), midnight(date(2026, 11, 20)) + timedelta(hours=10))
    assert before(running).cut_off == midnight(date(2026, 10, 20)) + timedelta(hours=10)
    assert year_before(running).cut_off == midnight(date(2025, 11, 20)) + timedelta(hours=10)
    ahead = _scope(date(2026, 3, 1), date(2026, 3, 31), midnight(date(2026, 3, 30)))
    assert before(ahead).cut_off == midnight(date(2026, 3, 1)), "February is over by then"


_days = st.dates(date(2010, 1, 1), date(2026, 1, 1))


@given(_days, st.integers(0, 800))
def test_the_period_before_ends_before_it_begins_and_none_is_longer_by_more_than_the_calendar(
    first: date, length: int
) -> None:
    scope = _scope(first, first + timedelta(days=length))
    earlier, year = before(scope), year_before(scope)
    assert earlier.first <= earlier.last < scope.first
    assert year.last < scope.last
    for each in (earlier, year):
        assert abs((each.last - each.first).days - length) <= 3
        assert each.start < each.cut_off


@pytest.mark.parametrize(
    ("now", "then", "grown"),
    [(110, 100, "10.00"), (90, 100, "-10.00"), (0, 4, "-100.00"), (4, 0, None), (0, 0, None), (2, 3, "-33.33")],
)
def test_a_volume_grows_in_per_cent_and_from_nothing_by_nothing_that_can_be_said(
    now: int, then: int, grown: str | None
) -> None:
    assert growth(now, then) == (None if grown is None else Decimal(grown))


def test_each_side_is_the_report_of_its_own_days(session: Session) -> None:
    scope = reports.scope_of(session, date(2026, 10, 1), date(2026, 10, 31))
    found = reports.compared(session, scope)
    for side, of in ((found.now, "now"), (found.before, "before"), (found.year_before, "year_before")):
        report = reports.rates_of(session, side)
        for key, change in found.total.figures.items():
            metric, _, part = key.partition(".")
            assert getattr(change, of) == report.figure(metric, part)
        assert {name: getattr(change, of) for name, change in found.total.counts.items()} == report.counts
    change = found.total.figures["closure_share"]
    assert change.before is not None
    assert change.now.value is not None
    assert change.before.value is not None
    assert change.on_before == change.now.value - change.before.value
    assert change.on_year is None
    assert change.year_before is not None
    assert change.year_before.value is None, "empty, not 0"


@pytest.mark.parametrize("by", ["unit", "kind", "place"])
def test_rows_are_compared_with_the_same_row_of_then(session: Session, by: str) -> None:
    scope = reports.scope_of(session, date(2026, 10, 1), date(2026, 10, 31), kind="help" if by == "unit" else None)
    found = reports.compared(session, scope, by)
    earlier = {row.code: row for row in reports.grouped(session, found.before, by).every}
    assert found.rows
    for row in found.rows:
        for key, change in row.figures.items():
            then = earlier.get(row.code)
            assert change.before == (then.figures[key] if then else None)
        assert row.counts["dispatched"].before == (earlier[row.code].counts["dispatched"] if row.code in earlier else 0)


def test_today_is_held_against_yesterday_up_to_the_same_hour(session: Session) -> None:
    today = date(2026, 11, 20)
    found = reports.compared(session, reports.scope_of(session, today, today))
    assert found.now.cut_off - found.before.cut_off == timedelta(days=1)
    assert found.now.cut_off == NOW + timedelta(microseconds=1)
