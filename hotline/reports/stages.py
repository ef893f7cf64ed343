"""How long each stage takes: median and p90 of every kind of clock, in working and in natural hours.

The clocks are those due in the period, as in the rates of 按时转办, 按时签收 and the rest, and of these the ones met
before the cut-off. Quantiles are exact: SQL counts how many took so many minutes, and those counts are walked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Clock
from hotline.reports import figures
from hotline.reports.facts import known_at
from hotline.reports.scope import Scope
from hotline.settings import settings
from sla.values import CLOCKS


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
    """Every kind of clock that was due in the period, in the order of sla.values.CLOCKS."""
    due, natural = _counted(session, scope)
    return [_stage(name, due[name], natural[name]) for name in CLOCKS if due[name]]


def minutes_between(session: Session, start: Any, end: Any) -> ColumnElement[int]:
    """Whole minutes from one instant to another, in SQL. SQLite would round parts of a second: they are compared."""
    if db.is_postgres(session):
        return cast(func.floor(func.extract("epoch", end - start) / 60), BigInteger)
    seconds = [cast(func.strftime("%s", func.substr(each, 1, 19)), Integer) for each in (end, start)]
    begun = case((func.substr(end, 20) < func.substr(start, 20), 1), else_=0)
    return (seconds[0] - seconds[1] - begun) // 60


def _counted(session: Session, scope: Scope) -> tuple[dict[str, int], dict[str, list[tuple[int, int]]]]:
    """By clock how many were due, and of those met how many took so many minutes, in order."""
    met = case((Clock.met_at < scope.cut_off, minutes_between(session, Clock.started_at, Clock.met_at)))
    minutes = met.label("minutes")
    query = select(Clock.name, minutes, func.count()).where(*_due(scope)).group_by(Clock.name, "minutes")
    due: dict[str, int] = defaultdict(int)
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, taken, count in session.execute(query.order_by("minutes")):
        due[name] += count
        if taken is not None:
            found[name].append((taken, count))
    return due, found


def _due(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    stopped = and_(Clock.stopped_at.is_not(None), Clock.stopped_at <= Clock.due_at, Clock.stopped_at < scope.cut_off)
    return (
        Clock.name.in_(CLOCKS),
        Clock.due_at > scope.start,
        Clock.due_at <= scope.cut_off,
        known_at(Clock, scope.cut_off),
        or_(Clock.stopped_at.is_(None), ~stopped),
    )


def _stage(name: str, due: int, natural: Sequence[tuple[int, int]]) -> StageFigure:
    count = sum(each for _, each in natural)
    return StageFigure(name, CLOCKS[name], count, due, None, None, _hours(natural, 50), _hours(natural, 90))


def _hours(counts: Sequence[tuple[int, int]], percent: int) -> Decimal | None:
    value = figures.quantile_of_counts(counts, percent)
    return None if value is None else figures.rounded(value / 60, 2, settings().rounding)
