"""环比 and 同比: each figure and each volume beside the period before and the same period a year before.

A rate is compared in percentage points, a time in its hours, a volume in per cent; where a side is empty, so is the
difference. Each side keeps its own numerator and denominator, and is judged at its own end: last month's report. While
the period runs, the other two are cut at the same hour of theirs, so that like is held against like.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from hotline.knowledge import midnight
from hotline.reports import figures
from hotline.reports.groups import Group, Grouped, grouped
from hotline.reports.metrics import COUNTS, key_of
from hotline.reports.rates import Figure, Report, rates_of
from hotline.reports.scope import Scope
from hotline.settings import settings

ON_BEFORE, ON_YEAR = "环比", "同比"


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure with those of the period before and of the year before; None where there was no such row.

    `on_before` (环比) and `on_year` (同比) are the differences: percentage points of a rate, hours of a time, None
    where a side is empty.
    """

    now: Figure
    before: Figure | None
    year_before: Figure | None
    on_before: Decimal | None
    on_year: Decimal | None


@dataclass(frozen=True, slots=True)
class CountChange:
    """A volume with those before. `on_before` and `on_year` in per cent of the earlier one, None where that is 0."""

    name: str
    now: int
    before: int
    year_before: int
    on_before: Decimal | None
    on_year: Decimal | None


@dataclass(frozen=True, slots=True)
class Changes:
    """One row compared: `figures` by metric key, `counts` by name. The whole has the code ''."""

    code: str
    name: str
    figures: dict[str, FigureChange]
    counts: dict[str, CountChange]


@dataclass(frozen=True, slots=True)
class Compared:
    """The whole, and with a grouping its rows; the three scopes say which days each side is about."""

    now: Scope
    before: Scope
    year_before: Scope
    total: Changes
    rows: list[Changes]


def compared(session: Session, scope: Scope, by: str | None = None) -> Compared:
    """The scope beside the period before and the same a year before; with `by` row by row too (as `grouped`).

    A row that was not there then has None on that side. Raises InvalidInput (by).
    """
    sides = (scope, before(scope), year_before(scope))
    whole = [_whole(rates_of(session, side)) for side in sides]
    rows = _rows([grouped(session, side, by) for side in sides]) if by else []
    return Compared(*sides, total=_changes(whole[0], whole[1], whole[2]), rows=rows)


def before(scope: Scope) -> Scope:
    """The period before: as many calendar months (or years) where the scope is whole ones, the same days of the month
    before where it begins with a month and ends within it, else as many days.
    """
    first, months = scope.first, _months(scope)
    if months:
        return _moved(scope, _add_months(first, -months), first - timedelta(days=1))
    if first.day == 1 and (first.year, first.month) == (scope.last.year, scope.last.month):
        return _moved(scope, _add_months(first, -1), _add_months(scope.last, -1))
    days = scope.last - first + timedelta(days=1)
    return _moved(scope, first - days, first - timedelta(days=1))


def year_before(scope: Scope) -> Scope:
    """The same days a year before; whole months stay whole, 29 February becomes the 28th."""
    first, months = _add_months(scope.first, -12), _months(scope)
    last = _add_months(first, months) - timedelta(days=1) if months else _add_months(scope.last, -12)
    return _moved(scope, first, last)


def _months(scope: Scope) -> int:
    """How many whole calendar months the scope is, 0 for anything else."""
    after = scope.last + timedelta(days=1)
    if scope.first.day != 1 or after.day != 1:
        return 0
    return (after.year - scope.first.year) * 12 + after.month - scope.first.month


def _add_months(day: date, count: int) -> date:
    """The same day of another month, its last one where it has no such day."""
    month = day.year * 12 + day.month - 1 + count
    first, after = (date(each // 12, each % 12 + 1, 1) for each in (month, month + 1))
    return min(first.replace(day=1) + timedelta(days=day.day - 1), after - timedelta(days=1))


def _moved(scope: Scope, first: date, last: date) -> Scope:
    """The scope over other days; while it runs, they are cut when as much of them had gone by."""
    start, end = midnight(first), midnight(last + timedelta(days=1))
    over = scope.cut_off >= midnight(scope.last + timedelta(days=1))
    cut_off = end if over else min(end, start + (scope.cut_off - scope.start))
    return replace(scope, first=first, last=last, start=start, cut_off=cut_off)


def _whole(report: Report) -> Group:
    lines = {key_of(each.metric, each.part): each for each in report.metrics}
    return Group("", "合计", lines, report.counts)


def _rows(sides: list[Grouped]) -> list[Changes]:
    now, earlier, year = ({row.code: row for row in side.every} for side in sides)
    return [_changes(row, earlier.get(code), year.get(code)) for code, row in now.items()]


def _changes(now: Group, earlier: Group | None, year: Group | None) -> Changes:
    then = [side.figures if side else {} for side in (earlier, year)]
    lines = {key: _figure_change(each, then[0].get(key), then[1].get(key)) for key, each in now.figures.items()}
    volumes = [side.counts if side else {} for side in (now, earlier, year)]
    counts = {key: _count_change(key, [each.get(key, 0) for each in volumes]) for key in now.counts}
    return Changes(now.code, now.name, lines, counts)


def _figure_change(now: Figure, earlier: Figure | None, year: Figure | None) -> FigureChange:
    return FigureChange(now, earlier, year, difference(now, earlier), difference(now, year))


def difference(now: Figure, then: Figure | None) -> Decimal | None:
    """Percentage points, or hours, from then to now: of the two values as they are printed; None where one is empty."""
    if then is None or now.value is None or then.value is None:
        return None
    return now.value - then.value


def _count_change(key: str, sides: list[int]) -> CountChange:
    now, earlier, year = sides
    return CountChange(COUNTS.get(key, key), now, earlier, year, growth(now, earlier), growth(now, year))


def growth(now: int, then: int) -> Decimal | None:
    """Per cent from then to now; None where there was nothing then."""
    return figures.rate(now - then, then, rounding=settings().rounding)
