"""Tickets received in the period that no unit was given: in no ticket rate, but counted beside them."""

from __future__ import annotations

from sqlalchemy import and_, func, not_, select
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
}
"""The last of these events before the cut-off says what became of the ticket."""


def undispatched(session: Session, scope: Scope) -> dict[str, int]:
    """Outcome → how many; all zero when one unit is asked for, since no unit was given them."""
    found = dict.fromkeys(OUTCOMES.values(), 0)
    if scope.units:
        return found
    opened, last, given = aliased(Event), aliased(Event), aliased(Event)
    newest = select(func.max(Event.seq)).where(
        Event.ticket_id == opened.ticket_id, Event.action.in_(OUTCOMES), Event.at < scope.cut_off
    )
    to_unit = select(given.id).where(given.ticket_id == opened.ticket_id, given.at < scope.cut_off, handed(given))
    query = (
        select(last.action, func.count())
        .select_from(opened)
        .join(last, and_(last.ticket_id == opened.ticket_id, last.seq == newest.scalar_subquery()))
        .where(opened.action == Action.OPEN, opened.at >= scope.start, opened.at < scope.cut_off)
        .where(not_(to_unit.exists()))
        .group_by(last.action)
    )
    if scope.source:
        query = query.join(Ticket, Ticket.id == opened.ticket_id).where(Ticket.source == scope.source)
    if scope.kind:
        query = query.where(opened.data["kind"].as_string() == scope.kind)
    for action, count in session.execute(query):
        found[OUTCOMES[Action(action)]] += count
    return found
