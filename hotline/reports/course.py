"""How things went over time: volumes by day, the main rates by month or year, and what is overdue by level."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from hotline import db
from hotline.clocks import LEVEL_NAMES
from hotline.knowledge import midnight
from hotline.lifecycle import Action
from hotline.models import Clock, Escalation, Event, Ticket
from hotline.reports import months
from hotline.reports.behind import Behind
from hotline.reports.due import Rows, due_clocks
from hotline.reports.facts import instant, known_at, tallied
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Figure, Pair, ratio_figure, ticket_counts
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
    days = [scope.first + timedelta(days=n) for n in range((scope.last - scope.first).days + 1)]
    begun = [day for day in days if midnight(day) < scope.cut_off]
    what = case((Event.action == Action.OPEN, "in"), (Event.action == Action.DISPATCH, "out"), else_="done")
    query = (
        select(_day(session, begun).label("day"), what.label("what"), func.count())
        .where(Event.action.in_((Action.OPEN, Action.DISPATCH, Action.CLOSE, Action.ANSWER)))
        .where(Event.at >= instant(scope.start), Event.at < instant(scope.cut_off))
        .group_by("day", "what")
    )
    if scope.source:
        query = query.join(Ticket, Ticket.id == Event.ticket_id).where(Ticket.source == scope.source)
    found = {(day, name): count for day, name, count in session.execute(query)}
    return [
        DayVolume(day, *(found.get((number, name), 0) for name in ("in", "out", "done")))
        for number, day in enumerate(begun, 1)
    ]


def _day(session: Session, days: Sequence[date]) -> ColumnElement[int]:
    """Which of the days, from 1, the event's day in Asia/Shanghai is; the city has kept UTC+8 since 1991."""
    if db.is_postgres(session):
        begins = cast(literal([midnight(day) for day in days], ARRAY(DateTime(timezone=True))), ARRAY(DateTime(True)))
        return func.width_bucket(Event.at, begins, type_=Integer)
    before = func.julianday((days[0] - timedelta(days=1)).isoformat())
    second = func.substr(Event.at, 1, 19)
    return cast(func.julianday(func.date(second, "+8 hours")) - before, Integer)


def rate_line(session: Session, scope: Scope, grain: str = "month", count: int = 12) -> list[Point]:
    """The MAIN rates of the last `count` months (or years) up to `scope.last`, oldest first.

    Each point is what the report of that month gave; the last one reaches to `scope.last`.
    """
    stretches = list(_stretches(scope, grain, count))
    kept = months.kept(session, stretches)
    return [_point(each, kept.get(each.first) or _counts(session, each)) for each in stretches]


def _counts(session: Session, scope: Scope) -> Mapping[str, int]:
    counts = ticket_counts(session, tallied(scope))
    for metric in (BY_KEY[key] for key in MAIN if BY_KEY[key].source == "clocks"):
        due = due_clocks(scope, metric.among).subquery()
        top, bottom = session.execute(select(func.count().filter(due.c.in_time), func.count()).select_from(due)).one()
        counts |= {f"{metric.key}/n": top, f"{metric.key}/d": bottom}
    return counts


def _point(scope: Scope, counts: Mapping[str, int]) -> Point:
    pairs = {key: Pair(counts.get(f"{key}/n", 0), counts.get(f"{key}/d", 0)) for key in MAIN}
    return Point(scope.first, scope.last, {key: ratio_figure(BY_KEY[key], pair) for key, pair in pairs.items()})


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
    clocks: dict[int, Counter[str]] = defaultdict(Counter)
    tickets: dict[int, dict[Behind, None]] = defaultdict(dict)
    step = _escalated(scope).subquery().c
    query = select(step.rank, step.name, step.ticket_id, step.number).order_by(step.due_at, step.ticket_id)
    for rank, name, ticket, number in session.execute(query):
        clocks[rank][name] += 1
        tickets[rank][Behind(ticket, number)] = None
    return [
        LevelCount(level, LEVEL_NAMES[level], dict(clocks[rank]), list(tickets[rank]))
        for rank, level in enumerate(LEVELS)
    ]


def listed_overdue(scope: Scope, level: str) -> Select[Any]:
    """The tickets of one of LEVELS, each once, as a list of `reports.page_of`: as many as `overdue_by_level` has."""
    step: Any = _escalated(scope).subquery().c
    columns = (step.ticket_id, step.number, func.min(step.due_at).label("at"), step.ticket_id.label("nth"))
    return select(*columns).where(step.rank == LEVELS.index(level)).group_by(step.ticket_id, step.number)


def _escalated(scope: Scope) -> Any:
    """The highest level reached, name, ticket and deadline of each clock that ran on at the cut-off: of those that
    still run, and of those that have ended or moved since, which is by an event since.
    """
    since = select(Event.ticket_id).where(Event.at >= instant(scope.cut_off), Event.action.in_(_MOVES_CLOCKS))
    still = and_(Clock.met_at.is_(None), Clock.stopped_at.is_(None), Clock.known_until.is_(None))
    warned = or_(Clock.next_level.is_(None), Clock.next_level != text("'warn'"))  # as in models.tickets.RUNS_AND_WARNED
    halves = (_steps(scope).where(still, warned), _steps(scope).where(not_(still), Clock.ticket_id.in_(since)))
    step = union_all(*halves).subquery().c
    clock = (step.ticket_id, step.name, step.opened_by, step.due_at)
    highest = select(*clock, func.min(step.rank).label("rank")).group_by(*clock).subquery()
    columns = (highest.c.rank, highest.c.name, highest.c.ticket_id, Ticket.number, highest.c.due_at)
    query = select(*columns).join(Ticket, Ticket.id == highest.c.ticket_id)
    return query.where(Ticket.source == scope.source) if scope.source else query


_MOVES_CLOCKS = frozenset(Action) - {Action.OPEN, Action.ESCALATE, Action.URGE, Action.UNMASK, Action.APART}


def _steps(scope: Scope) -> Rows:
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
    rank = case({level: rank for rank, level in enumerate(LEVELS)}, value=Escalation.level).label("rank")
    query: Rows = (
        select(Clock.ticket_id, Clock.name, Clock.opened_by, Clock.due_at, rank)
        .join(Escalation, same)
        .where(running, Escalation.detected_at < scope.cut_off, still_due)
    )
    return query.where(Clock.unit.in_(scope.units)) if scope.units else query
