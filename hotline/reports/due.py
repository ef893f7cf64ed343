"""Clocks due in the period, as they were known at the cut-off: 转办, 签收, 先行联系.

A clock whose deadline is 24:00 of a day is due on that day. One that was stopped (redispatched, withdrawn, merged …)
before its deadline has no verdict and is not counted; one stopped after it was breached.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.orm import aliased

from hotline.lifecycle import Action
from hotline.models import Clock, Event, Ticket
from hotline.reports.facts import known_at
from hotline.reports.scope import Scope

Rows = Select[*tuple[Any, ...]]


def due_clocks(scope: Scope, name: str | None = None, by_unit: bool = False) -> Rows:
    """ticket_id, number, name, in_time; with `by_unit`, or a unit asked for, `unit` too: null for the hotline's own."""
    met = and_(Clock.met_at.is_not(None), Clock.met_at <= Clock.due_at, Clock.met_at < scope.cut_off)
    query: Rows = (
        select(Clock.ticket_id, Ticket.number, Clock.name, func.coalesce(met, False).label("in_time"))
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .where(*_due_within(scope, name))
    )
    opener = aliased(Event)
    unit = opener.data["unit"].as_string()
    if by_unit or scope.units:
        query = query.add_columns(unit.label("unit"))
        query = query.join(opener, and_(opener.ticket_id == Clock.ticket_id, opener.seq == Clock.opened_by))
    if scope.units:
        query = query.where(unit.in_(scope.units))
    if scope.source:
        query = query.where(Ticket.source == scope.source)
    return _of_kind(query, scope) if scope.kind else query


def _due_within(scope: Scope, name: str | None) -> tuple[ColumnElement[bool], ...]:
    names = (name,) if name else ("dispatch", "accept", "contact")
    stopped = and_(Clock.stopped_at <= Clock.due_at, Clock.stopped_at < scope.cut_off)
    return (
        Clock.name.in_(names),
        Clock.due_at > scope.start,
        Clock.due_at <= scope.cut_off,
        known_at(Clock, scope.cut_off),
        not_(func.coalesce(stopped, False)),
    )


def _of_kind(query: Rows, scope: Scope) -> Rows:
    """The kind that the ticket had at the cut-off: a dispatcher may have set it right."""
    event, named = aliased(Event), aliased(Event)
    newest = (
        select(event.ticket_id, func.max(event.seq).label("seq"))
        .where(event.action.in_((Action.OPEN, Action.DISPATCH)), event.at < scope.cut_off)
        .group_by(event.ticket_id)
        .subquery()
    )
    query = query.join(newest, newest.c.ticket_id == Clock.ticket_id)
    query = query.join(named, and_(named.ticket_id == newest.c.ticket_id, named.seq == newest.c.seq))
    return query.where(named.data["kind"].as_string() == scope.kind)
