"""How long each stage takes: median and p90 of every kind of clock, in working and in natural hours.

The clocks are those due in the period, as in the rates of 按时转办, 按时签收 and the rest, and of these the ones met
before the cut-off. Quantiles are exact: SQL counts how many took so many minutes, and those counts are walked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Clock
from hotline.reports.due import due_within, of_tickets
from hotline.reports.figures import quantile_of_counts
from hotline.reports.rates import in_hours
from hotline.reports.scope import Scope
from sla.values import CLOCKS, UNITS_CLOCKS

STAGES = tuple(name for name in CLOCKS if name != "suspend")
"""A suspension's cap is no stage of the work."""


@dataclass(slots=True)
class _Counted:
    """How many clocks there are, and of those met how many took so many minutes, in order."""

    due: int = 0
    met: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StageFigure:
    """One kind of clock: `count` were met, of `due` due in the period. Hours with two decimals, None for none."""

    clock: str
    name: str
    count: int
    due: int
    median_working: Decimal | None
    p90_working: Decimal | None
    median_natural: Decimal | None
    p90_natural: Decimal | None


def stages(session: Session, scope: Scope) -> list[StageFigure]:
    """Every stage that was due in the period, in the order of sla.values.CLOCKS; of units those that units keep."""
    found: dict[tuple[str, str], _Counted] = defaultdict(_Counted)
    for which, name, minutes, count in session.execute(_counted(session, scope)):
        found[which, name].due += count
        if minutes is not None:
            found[which, name].met.append((minutes, count))
    return [
        _stage(name, found["working", name], found["natural", name]) for name in STAGES if found["natural", name].due
    ]


def minutes_between(session: Session, start: Any, end: Any) -> ColumnElement[int]:
    """Whole minutes from one instant to another, in SQL. SQLite would round parts of a second: they are compared."""
    if db.is_postgres(session):
        return cast(func.floor(func.date_part("epoch", end - start) / 60), BigInteger)
    seconds = [cast(func.strftime("%s", func.substr(each, 1, 19)), Integer) for each in (end, start)]
    begun = case((func.substr(end, 20) < func.substr(start, 20), 1), else_=0)
    return (seconds[0] - seconds[1] - begun).op("/", precedence=8)(60)


def _counted(session: Session, scope: Scope) -> Select[Any]:
    """working or natural, the clock, minutes (null: not met) in order, how many: the clocks are read once for both."""
    met = Clock.met_at < scope.cut_off
    natural = case((met, minutes_between(session, Clock.started_at, Clock.met_at))).label("natural")
    working = case((met, Clock.worked)).label("working")
    each = (
        _due(scope, natural, working, func.count().label("n")).group_by(Clock.name, "natural", "working").cte("taken")
    )
    parts = [
        select(
            literal(which).label("which"), each.c.name, each.c[which].label("minutes"), func.sum(each.c.n).label("n")
        )
        .group_by(each.c.name, each.c[which])
        .select_from(each)
        for which in ("natural", "working")
    ]
    both = union_all(*parts).subquery()
    return select(both.c.which, both.c.name, both.c.minutes, cast(both.c.n, BigInteger)).order_by(both.c.minutes)


def _due(scope: Scope, *columns: Any) -> Select[Any]:
    """The name of each clock due in the period, as it was known at the cut-off, with `columns`."""
    return of_tickets(select(Clock.name, *columns).where(*due_within(scope, STAGES), *_of_units(scope)), scope)


def _of_units(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """The clocks that the units kept: an assisting unit's is its own."""
    if scope.units:
        yield Clock.name.in_(UNITS_CLOCKS)
        yield case((Clock.party != "", Clock.party), else_=Clock.unit).in_(scope.units)


def _stage(name: str, working: _Counted, natural: _Counted) -> StageFigure:
    counts = (working.met, natural.met)
    hours = [in_hours(quantile_of_counts(each, percent)) for each in counts for percent in (50, 90)]
    return StageFigure(name, CLOCKS[name], sum(count for _, count in natural.met), natural.due, *hours)
