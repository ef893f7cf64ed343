"""Tickets received in the period that no unit was given: in no ticket rate, but counted beside them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from hotline.lifecycle import Action
from hotline.models import Event, Ticket
from hotline.reports.facts import handed
from hotline.reports.scope import Scope

OUTCOMES = {
    Action.ANSWER: "answered_at_once",
    Action.REJECT: "rejected",
    Action.WITHDRAW: "withdrawn",
    Action.MERGE: "merged",
    Action.OPEN: "waiting",
    Action.REOPEN: "waiting",
    Action.UNMERGE: "waiting",
}
"""The last of these events before the cut-off says what became of the ticket."""


def undispatched(session: Session, scope: Scope) -> dict[str, int]:
    """Outcome → how many; all zero when one unit is asked for, since no unit was given them."""
    found = dict.fromkeys(OUTCOMES.values(), 0)
    if scope.units:
        return found
    event, last = aliased(Event), aliased(Event)
    newest, told = func.max(event.seq).filter(event.action.in_(OUTCOMES)), (*OUTCOMES, Action.DISPATCH)
    never = (
        select(event.ticket_id, newest.label("seq"))
        .where(event.ticket_id.in_(_opened(scope)), event.at < scope.cut_off, event.action.in_(told))
        .group_by(event.ticket_id)
        .having(func.count().filter(handed(event)) == 0)
        .subquery("never")
    )
    query = (
        select(last.action, func.count())
        .join(never, and_(last.ticket_id == never.c.ticket_id, last.seq == never.c.seq))
        .group_by(last.action)
    )
    for action, count in session.execute(query):
        found[OUTCOMES[Action(action)]] += count
    return found


def _opened(scope: Scope) -> Select[Any]:
    """The tickets received in the period."""
    query: Select[Any] = select(Event.ticket_id).where(
        Event.action == Action.OPEN, Event.at >= scope.start, Event.at < scope.cut_off
    )
    if scope.source:
        query = query.join(Ticket, Ticket.id == Event.ticket_id).where(Ticket.source == scope.source)
    return query.where(Event.data["kind"].as_string() == scope.kind) if scope.kind else query
