"""Clocks due in the period, as they were known at the cut-off: 转办, 签收, 先行联系.

A clock whose deadline is 24:00 of a day is due on that day. One that was stopped (redispatched, withdrawn, merged …)
before its deadline has no verdict and is not counted; one stopped after it was breached.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, select
from sqlalchemy.orm import aliased

from hotline.models import Clock, Fact, Ticket
from hotline.reports.facts import instant, known_at, narrowed
from hotline.reports.scope import Scope

Rows = Select[*tuple[Any, ...]]
NAMES = ("dispatch", "accept", "contact")
_FACTS = ("kind", "source", "matter", "place", "agent")


def due_clocks(scope: Scope, name: str | None = None, by: str = "") -> Rows:
    """ticket_id, number, name, in_time, due_at and unit: null for the hotline's own clock. With `by`, one of kind,
    source, matter, place and agent, that column of the ticket's facts at the cut-off too.
    """
    met = and_(Clock.met_at.is_not(None), Clock.met_at <= Clock.due_at, Clock.met_at < instant(scope.cut_off))
    in_time, unit = func.coalesce(met, False).label("in_time"), unit_of_clock()
    query: Rows = (
        select(Clock.ticket_id, Ticket.number, Clock.name, in_time, Clock.due_at, unit.label("unit"))
        .outerjoin(Ticket, Ticket.id == Clock.ticket_id)
        .where(*due_within(scope, (name,) if name else NAMES))
    )
    if scope.units:
        query = query.where(unit.in_(scope.units))
    return of_tickets(query, scope, by)


def unit_of_clock() -> ColumnElement[str | None]:
    """The unit that the clock ran for."""
    return case((Clock.name != "dispatch", Clock.unit))


def due_within(scope: Scope, names: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a clock of these names was due in the period, as it was known at the cut-off."""
    stopped = and_(Clock.stopped_at <= Clock.due_at, Clock.stopped_at < instant(scope.cut_off))
    return (
        Clock.name.in_(tuple(names)),
        Clock.due_at > instant(scope.start),
        Clock.due_at <= instant(scope.cut_off),
        known_at(Clock, scope.cut_off),
        not_(func.coalesce(stopped, False)),
    )


def of_tickets(query: Rows, scope: Scope, by: str = "") -> Rows:
    """Narrowed to what the tickets were at the cut-off, a dispatcher may have set the kind right; with column `by`."""
    fact = aliased(Fact)
    asked = list(narrowed(fact, scope, unit=False))
    if by in _FACTS:
        query = query.add_columns(getattr(fact, by))
    if not asked and by not in _FACTS:
        return query
    return query.join(fact, and_(fact.ticket_id == Clock.ticket_id, known_at(fact, scope.cut_off))).where(*asked)
