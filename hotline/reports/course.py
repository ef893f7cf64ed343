"""How things went over time: volumes by day, the main rates by month or year, and what is overdue by level."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.clocks import LEVEL_NAMES
from hotline.knowledge import midnight
from hotline.lifecycle import Action
from hotline.models import Clock, Escalation, Event, Ticket
from hotline.reports.behind import Behind
from hotline.reports.facts import facts, known_at
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Figure, Pair, clock_pairs, ratio_figure, ticket_counts
from hotline.reports.scope import Scope

MAIN = ("closure_rate", "closed_on_time", "satisfied_of_evaluated", "dispatch_on_time")
"""The four rates of the managers' page."""

LEVELS = ("circulate", "supervise", "urge", "warn")


@dataclass(frozen=True, slots=True)
class DayVolume:
    """What came and went on one day (Asia/Shanghai); dispatches and closings count every time."""

    day: date
    received: int
    dispatched: int
    closed: int


@dataclass(frozen=True, slots=True)
class Point:
    """The main rates of one month or year, as judged at its end: figures by metric id."""

    first: date
    last: date
    figures: dict[str, Figure]


@dataclass(frozen=True, slots=True)
class LevelCount:
    """Clocks that still run, by the highest level escalated to; `tickets` are those behind, longest overdue first."""

    level: str
    name: str
    clocks: dict[str, int]
    tickets: list[Behind]


def daily_volume(session: Session, scope: Scope) -> list[DayVolume]:
    """Every day of the scope up to its cut-off, quiet ones too; `source` narrows it, unit and kind do not apply."""
    day = _local_day(session)
    kind = case((Event.action == Action.OPEN, "in"), (Event.action == Action.DISPATCH, "out"), else_="done")
    query = (
        select(day.label("day"), kind.label("what"), func.count())
        .where(Event.action.in_((Action.OPEN, Action.DISPATCH, Action.CLOSE, Action.ANSWER)))
        .where(Event.at >= scope.start, Event.at < scope.cut_off)
        .group_by("day", "what")
    )
    if scope.source:
        query = query.join(Ticket, Ticket.id == Event.ticket_id).where(Ticket.source == scope.source)
    found = {(date.fromisoformat(day), what): count for day, what, count in session.execute(query)}
    days = (scope.first + timedelta(days=n) for n in range((scope.last - scope.first).days + 1))
    return [
        DayVolume(each, *(found.get((each, what), 0) for what in ("in", "out", "done")))
        for each in days
        if midnight(each) < scope.cut_off
    ]


def _local_day(session: Session) -> ColumnElement[str]:
    """The event's day in Asia/Shanghai, as text YYYY-MM-DD; the city has kept UTC+8 since 1991."""
    if db.is_postgres(session):
        return cast(func.date(func.timezone("Asia/Shanghai", Event.at)), String)
    return func.date(Event.at, "+8 hours", type_=String)


def rate_line(session: Session, scope: Scope, grain: str = "month", count: int = 12) -> list[Point]:
    """The MAIN rates of the last `count` months (or years) up to `scope.last`, oldest first.

    Each point is what the report of that month gave; the last one reaches to `scope.last`.
    """
    return [_point(session, each) for each in _stretches(scope, grain, count)]


def _point(session: Session, scope: Scope) -> Point:
    counts = ticket_counts(session, facts(scope))
    pairs = clock_pairs(session, scope)
    figures = {}
    for key in MAIN:
        pair = pairs.get(key) or Pair(counts[f"{key}/n"], counts[f"{key}/d"])
        figures[key] = ratio_figure(BY_KEY[key], pair)
    return Point(scope.first, scope.last, figures)


def _stretches(scope: Scope, grain: str, count: int) -> Iterator[Scope]:
    newest = scope.last.year * 12 + scope.last.month - 1
    step = 1
    if grain == "year":
        newest, step = scope.last.year * 12, 12
    for start in range(newest - (count - 1) * step, newest + 1, step):
        first, after = (date(month // 12, month % 12 + 1, 1) for month in (start, start + step))
        last = min(after - timedelta(days=1), scope.last)
        cut_off = min(midnight(last + timedelta(days=1)), scope.cut_off)
        yield replace(scope, first=first, last=last, start=midnight(first), cut_off=cut_off)


def overdue_by_level(session: Session, scope: Scope) -> list[LevelCount]:
    """The clocks that ran on at the cut-off, whenever their tickets came, by the highest level reached: worst first."""
    highest: dict[tuple[int, str, int], tuple[int, Any]] = {}
    for row in session.execute(_escalated(scope)):
        key = (row.ticket_id, row.name, row.opened_by)
        highest[key] = min(highest.get(key, (len(LEVELS), row)), (LEVELS.index(row.level), row), key=lambda e: e[0])
    by_level: dict[str, list[Any]] = defaultdict(list)
    for rank, row in sorted(highest.values(), key=lambda each: (each[1].due_at, each[1].ticket_id)):
        by_level[LEVELS[rank]].append(row)
    return [_level_count(level, by_level[level]) for level in LEVELS]


def _level_count(level: str, rows: list[Any]) -> LevelCount:
    tickets = dict.fromkeys(Behind(row.ticket_id, row.number) for row in rows)
    return LevelCount(level, LEVEL_NAMES[level], dict(Counter(row.name for row in rows)), list(tickets))


def _escalated(scope: Scope) -> Any:
    """Steps taken before the cut-off of clocks that ran on then."""
    running = and_(
        known_at(Clock, scope.cut_off),
        or_(Clock.met_at.is_(None), Clock.met_at >= scope.cut_off),
        or_(Clock.stopped_at.is_(None), Clock.stopped_at >= scope.cut_off),
    )
    same = and_(
        Escalation.ticket_id == Clock.ticket_id,
        Escalation.clock == Clock.name,
        Escalation.opened_by == Clock.opened_by,
        Escalation.cycle == Clock.cycle,
    )
    still_due = or_(
        Escalation.level == "warn", Clock.due_at <= scope.cut_off
    )  # an extension lifts what was urged before
    query = (
        select(Clock.ticket_id, Ticket.number, Clock.name, Clock.opened_by, Clock.due_at, Escalation.level)
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .join(Escalation, same)
        .where(running, Escalation.detected_at < scope.cut_off, still_due)
    )
    if scope.units:
        query = query.where(Clock.unit.in_(scope.units))
    return query.where(Ticket.source == scope.source) if scope.source else query
