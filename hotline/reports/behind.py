"""The tickets behind each number, of the whole or of a row: as many as the number says, oldest first, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, cast, false, func, select, tuple_, union_all
from sqlalchemy.orm import Session

from hotline.intake.inquiry import InvalidInput
from hotline.models import Clock
from hotline.reports.due import due_clocks
from hotline.reports.facts import facts, sets
from hotline.reports.grouping import grouping
from hotline.reports.mending import bad_rows
from hotline.reports.metrics import COUNTS, METRICS, Metric
from hotline.reports.scope import Scope
from hotline.reports.undispatched import OUTCOMES, never_given

PARTS = ("numerator", "denominator")
MOST_EVENTS = 1_000_000
"""More than one ticket ever has: evaluations of two tickets at one instant must not be one place in a list."""

Place = tuple[datetime, int]
"""Where a page ended: the time by which the list is ordered, and what tells those of one instant apart."""


class Behind(NamedTuple):
    """One of the things behind a number: a ticket, or a clock or evaluation of it, so a ticket may stand twice."""

    ticket_id: int
    number: str


class Row(NamedTuple):
    """A row of `grouped`: by what, and its code."""

    by: str
    code: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list: of a metric's numerator or denominator, or with no `part` of a count; of a row, or of the whole."""

    scope: Scope
    metric: str
    part: str = ""
    row: Row | None = None


def tickets_behind(session: Session, metric: str, part: str, scope: Scope, row: Row | None = None) -> list[Behind]:
    """What stands behind a number, oldest first: as many as the number says; of a row as many as its figure says.

    `metric` as in Figure (handling_time for the tickets measured), `part` numerator or denominator. Raises
    InvalidInput (metric, by, row) for others.
    """
    if part not in PARTS:
        raise _no_list(metric, part)
    return _all(session, listed_behind(session, Asked(scope, metric, part, row)))


def tickets_counted(session: Session, name: str, scope: Scope, row: Row | None = None) -> list[Behind]:
    """The tickets of one of the counts of a report, or of a set. Raises InvalidInput (metric) for another name."""
    return _all(session, listed_behind(session, Asked(scope, name, "", row)))


def page_of(
    session: Session, behind: Select[Any], size: int, after: Place | None = None
) -> tuple[list[Behind], Place | None]:
    """So many of a list from a place on, and the place of the next page; None after the last one. `behind` is a query
    of the columns that `listed_behind` names.
    """
    listed: Any = behind.subquery()
    query = select(listed.c.ticket_id, listed.c.number, listed.c.at, listed.c.nth).order_by(listed.c.at, listed.c.nth)
    if after:
        query = query.where(tuple_(listed.c.at, listed.c.nth) > after)
    found = session.execute(query.limit(size + 1)).all()
    last = found[size - 1] if len(found) > size else None
    return [Behind(row.ticket_id, row.number) for row in found[:size]], (last.at, last.nth) if last else None


def size_of(session: Session, behind: Select[Any]) -> int:
    """How many stand in a list, counted by the database."""
    return session.scalar(select(func.count()).select_from(behind.subquery())) or 0


def listed_behind(session: Session, asked: Asked) -> Select[Any]:
    """The list as a query: ticket_id, number, `at` and `nth`. Raises InvalidInput (metric, by, row)."""
    if not asked.part:
        return _counted(session, asked)
    known = next((each for each in METRICS if each.id == asked.metric), None)
    if known is None or asked.part not in PARTS or known.source not in _LISTED:
        raise _no_list(asked.metric, asked.part)
    return _LISTED[known.source](session, asked, known)


def _all(session: Session, behind: Select[Any]) -> list[Behind]:
    listed: Any = behind.subquery()
    query = select(listed.c.ticket_id, listed.c.number).order_by(listed.c.at, listed.c.nth)
    return [Behind(row.ticket_id, row.number) for row in session.execute(query)]


def _no_list(metric: str, part: str) -> InvalidInput:
    names = "、".join(dict.fromkeys(each.id for each in METRICS if each.source in _LISTED))
    zh = f"没有指标“{metric[:40]}”的“{part[:20]}”清单，可用指标：{names}"
    return InvalidInput("metric", zh, f"no list of {part[:20]!r} behind {metric[:40]!r}; there are {names}")


def _in_row(session: Session, asked: Asked, table: Any, day: str = "dispatched_at") -> list[Any]:
    """The condition that the rows of `table` are counted in the row that is asked for."""
    if asked.row is None:
        return []
    of = grouping(session, asked.scope, asked.row.by)
    return [of.said(session, table, day).in_(of.inside(asked.row.code))]


def _tickets(session: Session, asked: Asked, metric: Metric) -> Select[Any]:
    table = facts(asked.scope)
    members, fact = sets(table), table.c
    numerator = [members[metric.counts]] if asked.part == "numerator" else []
    columns = (fact.ticket_id, fact.number, fact.dispatched_at.label("at"), fact.ticket_id.label("nth"))
    return select(*columns).where(members[metric.among], *numerator, *_in_row(session, asked, table))


def _clocks(session: Session, asked: Asked, metric: Metric) -> Select[Any]:
    by = grouping(session, asked.scope, asked.row.by).column if asked.row else ""
    due: Any = due_clocks(asked.scope, metric.among, by=by).add_columns(Clock.id.label("nth")).subquery()
    query = select(due.c.ticket_id, due.c.number, due.c.due_at.label("at"), due.c.nth)
    numerator = [due.c.in_time] if asked.part == "numerator" else []
    return query.where(*numerator, *_in_row(session, asked, due, "due_at"))


def _evaluations(session: Session, asked: Asked, _metric: Metric) -> Select[Any]:
    bad: Any = bad_rows(session, asked.scope).subquery()
    numerator = [bad.c.mended] if asked.part == "numerator" else []
    nth = cast(bad.c.ticket_id, BigInteger) * MOST_EVENTS + bad.c.nth
    query = select(bad.c.ticket_id, bad.c.number, bad.c.dispatched_at.label("at"), nth.label("nth")).where(bad.c.judged)
    return query.where(*numerator, *_in_row(session, asked, bad))


def _counted(session: Session, asked: Asked) -> Select[Any]:
    table, parts = facts(asked.scope), []
    members, fact = sets(table), table.c
    if asked.metric not in {**members, **COUNTS}:
        names = "、".join(dict.fromkeys((*COUNTS, *members)))
        zh = f"没有“{asked.metric[:40]}”的清单，可用：{names}"
        raise InvalidInput("metric", zh, f"there is no list {asked.metric[:40]!r}; there are {names}")
    if asked.metric in members:
        columns = (fact.ticket_id, fact.number, fact.dispatched_at.label("at"), fact.ticket_id.label("nth"))
        parts.append(select(*columns).where(members[asked.metric], *_in_row(session, asked, table)))
    if asked.metric in OUTCOMES:
        parts.append(_undispatched(session, asked))
    return parts[0] if len(parts) == 1 else select(union_all(*parts).subquery())


def _undispatched(session: Session, asked: Asked) -> Select[Any]:
    """Tickets that no unit was given: no unit, and no row of units, has any."""
    never: Any = never_given(asked.scope).subquery()
    columns = (never.c.ticket_id, never.c.number, never.c.received_at.label("at"), never.c.ticket_id.label("nth"))
    query = select(*columns).where(never.c[asked.metric])
    if asked.scope.units or (asked.row and grouping(session, asked.scope, asked.row.by).units):
        return query.where(false())
    return query.where(*_in_row(session, asked, never, "received_at"))


_LISTED: Mapping[str, Callable[[Session, Asked, Metric], Select[Any]]] = {
    "tickets": _tickets,
    "hours": _tickets,
    "clocks": _clocks,
    "evaluations": _evaluations,
}
