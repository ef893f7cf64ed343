"""How long each stage takes: median and p90 of every kind of clock, in working and in natural hours.

The clocks are those due in the period, as in the rates of 按时转办, 按时签收 and the rest, and of these the ones met
before the cut-off. Quantiles are exact: SQL counts how many took so many minutes, and those counts are walked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, and_, case, cast, func, not_, select
from sqlalchemy.orm import Session, aliased

from hotline import db
from hotline.models import Clock, Fact
from hotline.reports.facts import known_at, narrowed
from hotline.reports.figures import quantile_of_counts
from hotline.reports.quantiles import in_hours
from hotline.reports.scope import Scope
from sla.values import CLOCKS, UNITS_CLOCKS

STAGES = tuple(name for name in CLOCKS if name != "suspend")
"""A suspension's cap is no stage of the work."""

Counted = list[tuple[int, int]]
"""So many minutes, and how many clocks took them, in order."""


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
    natural = _counted(session, scope, minutes_between(session, Clock.started_at, Clock.met_at))
    working = _counted(session, scope, Clock.worked)
    due = {row[0]: row[1] for row in session.execute(_due(scope, func.count()).group_by(Clock.name))}
    return [_stage(name, due[name], working[name], natural[name]) for name in STAGES if name in due]


def minutes_between(session: Session, start: Any, end: Any) -> ColumnElement[int]:
    """Whole minutes from one instant to another, in SQL. SQLite would round parts of a second: they are compared."""
    if db.is_postgres(session):
        return cast(func.floor(func.extract("epoch", end - start) / 60), BigInteger)
    seconds = [cast(func.strftime("%s", func.substr(each, 1, 19)), Integer) for each in (end, start)]
    begun = case((func.substr(end, 20) < func.substr(start, 20), 1), else_=0)
    return (seconds[0] - seconds[1] - begun).op("/", precedence=8)(60)


def _counted(session: Session, scope: Scope, minutes: Any) -> dict[str, Counted]:
    """By clock, of those met how many took so many minutes."""
    taken = minutes.label("minutes")
    query = _due(scope, taken, func.count()).where(Clock.met_at < scope.cut_off, minutes.is_not(None))
    found: dict[str, Counted] = defaultdict(list)
    for name, each, count in session.execute(query.group_by(Clock.name, "minutes").order_by("minutes")):
        found[name].append((each, count))
    return found


def _due(scope: Scope, *columns: Any) -> Select[Any]:
    """The name of each clock due in the period, as it was known at the cut-off, with `columns`."""
    stopped = and_(Clock.stopped_at <= Clock.due_at, Clock.stopped_at < scope.cut_off)
    query = select(Clock.name, *columns).where(
        Clock.name.in_(STAGES),
        Clock.due_at > scope.start,
        Clock.due_at <= scope.cut_off,
        known_at(Clock, scope.cut_off),
        not_(func.coalesce(stopped, False)),
        *_of_units(scope),
    )
    fact = aliased(Fact)
    asked = list(narrowed(fact, scope, unit=False))
    if not asked:
        return query
    return query.join(fact, and_(fact.ticket_id == Clock.ticket_id, known_at(fact, scope.cut_off))).where(*asked)


def _of_units(scope: Scope) -> Iterator[ColumnElement[bool]]:
    """The clocks that the units kept: an assisting unit's is its own."""
    if scope.units:
        yield Clock.name.in_(UNITS_CLOCKS)
        yield case((Clock.party != "", Clock.party), else_=Clock.unit).in_(scope.units)


def _stage(name: str, due: int, working: Counted, natural: Counted) -> StageFigure:
    hours = [in_hours(quantile_of_counts(counts, each)) for counts in (working, natural) for each in (50, 90)]
    return StageFigure(name, CLOCKS[name], _sum(natural), due, *hours)


def _sum(counts: Sequence[tuple[int, int]]) -> int:
    return sum(count for _, count in counts)
