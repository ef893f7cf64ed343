"""What may be done with a ticket now: the acts that the life cycle, the actor's rights and the guards of the trade
would all let pass. What is shown as a button works; the acts themselves check again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from hotline import db, lifecycle
from hotline.desk.acts import ACTS
from hotline.desk.guards import answered_by, breached, closable, returnable
from hotline.desk.performing import has_part
from hotline.errors import OutOfOrder
from hotline.knowledge import knowledge, midnight, today
from hotline.lifecycle import Action, Status
from hotline.models import Event, Ticket
from hotline.rights import Actor
from sla.calendar import Calendar
from sla.policy import Policy


@dataclass(frozen=True, slots=True)
class _Now:
    """What the guards look at."""

    session: Session
    ticket: Ticket
    actor: Actor
    at: datetime
    policy: Policy
    calendar: Calendar


def possible_acts(session: Session, ticket: Ticket, actor: Actor) -> list[Action]:
    """The acts that the actor may do on the ticket now."""
    allowed = [act for act in ACTS if actor.may(act) and has_part(ticket, actor, act) and _in_order(act, ticket)]
    know = knowledge(session, ticket.calendar, ticket.policy)
    calendar = know.rules.calendar(ticket.calendar, ticket.unit)
    now = _Now(session, ticket, actor, db.now(session), know.policies[ticket.policy], calendar)
    return [act for act in allowed if act not in _GUARDS or _GUARDS[act](now)]


def _in_order(action: Action, ticket: Ticket) -> bool:
    try:
        lifecycle.check(action, ticket)
    except OutOfOrder:
        return False
    return True


def _may_extend(now: _Now) -> bool:
    return not breached(now) and now.ticket.extensions < now.policy.guards.extension_max_count


def _may_suspend(now: _Now) -> bool:
    return not breached(now) and now.ticket.suspensions < now.policy.guards.suspension_max_count


def _may_assist(now: _Now) -> bool:
    return bool(now.actor.units & (set(now.ticket.assisting) - set(now.ticket.assisted)))


def _may_urge(now: _Now) -> bool:
    mine = (
        Event.subject == f"ticket:{now.ticket.id}",
        Event.action == Action.URGE,
        Event.at >= midnight(today(now.at)),
    )
    urged = now.session.scalar(select(func.count()).select_from(Event).where(*mine)) or 0
    return urged < now.policy.guards.urges_per_day


def _may_follow_up(now: _Now) -> bool:
    """A merged ticket's caller is asked once what it was merged into has its reply."""
    last = answered_by(now)
    answered = last is now.ticket or last.status in (Status.REVIEWED, Status.CLOSED)
    return answered and not now.ticket.evaluated


def _may_withdraw(now: _Now) -> bool:
    return not now.session.scalar(select(exists().where(Ticket.parent_id == now.ticket.id)))


_GUARDS: Mapping[Action, Callable[[_Now], bool]] = {
    Action.RETURN: lambda now: not now.ticket.designated and returnable(now),
    Action.EXTEND: _may_extend,
    Action.SUSPEND: _may_suspend,
    Action.ASSIST: _may_assist,
    Action.URGE: _may_urge,
    Action.CLOSE: closable,
    Action.FOLLOW_UP: _may_follow_up,
    Action.WITHDRAW: _may_withdraw,
    Action.UNMERGE: lambda now: not now.ticket.evaluated,
}
