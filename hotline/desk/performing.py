"""The one way in which an act is done: locked, with the right, in a move that the table allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import lifecycle
from hotline.desk.acts import ACTS
from hotline.desk.case import Case, take
from hotline.errors import Forbidden
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.rights import CITIZEN, SYSTEM, Actor

CITIZENS_ACTS = frozenset({Action.WITHDRAW, Action.FOLLOW_UP, Action.URGE})
"""What a citizen may do with their own ticket once the code and the digits were right."""

LEADS_ACTS = frozenset(
    {
        Action.ACCEPT,
        Action.RETURN,
        Action.EXTEND,
        Action.SUSPEND,
        Action.RESUME,
        Action.FEEDBACK,
        Action.RESOLVE,
        Action.EXCLUDE,
    }
)
"""Acts of the lead unit alone; an assisting unit may log a contact and reports to the lead (首接负责)."""


def check_right(case: Case, action: Action) -> None:
    """Raise Forbidden unless the actor's roles, and for a unit's act its unit, allow `action`."""
    actor, ticket = case.actor, case.ticket
    if actor == SYSTEM or (actor == CITIZEN and action in CITIZENS_ACTS):
        return
    name = lifecycle.ACTION_NAMES[action]
    if not actor.may(action):
        raise Forbidden(f"您的角色不能“{name}”", f"your roles do not allow {action}")
    if not has_part(ticket, actor, action):
        zh, en = ("协办单位", "an assisting unit") if action == Action.ASSIST else ("主办单位", "the lead unit")
        raise Forbidden(f"只有{zh}可以“{name}”", f"only {en} may {action}")


def has_part(ticket: Ticket, actor: Actor, action: Action) -> bool:
    """False where the act is the lead unit's, or an assisting unit's, and the actor is not of it."""
    if action == Action.ASSIST:
        return bool(actor.units & set(ticket.assisting))
    return not (action in LEADS_ACTS and actor.of_unit) or ticket.unit in actor.units


def perform(
    session: Session,
    number: str,
    actor: Actor,
    action: Action,
    fields: Mapping[str, Any],
    version: int | None = None,
) -> Ticket:
    """Do one act on a ticket and return its row. Nothing is committed here.

    `fields` are the act's own keyword arguments (acts.py). Raises NotFound, Stale, Forbidden, OutOfOrder, and
    InvalidInput for a field that does not fit.
    """
    if action in (Action.MERGE, Action.UNMERGE):
        _lock_both(session, number, fields.get("into"))
    case = take(session, number, actor, version)
    check_right(case, action)
    _resume_if_over(case, action)
    lifecycle.check(action, case.ticket)
    case.bring_up_to_date()
    ACTS[action](case, **fields)
    case.finish()
    return case.ticket


def _lock_both(session: Session, number: str, into: str | None) -> None:
    """Both tickets in the order of their ids, so that two merges that cross each other wait and do not deadlock."""
    child = select(Ticket.parent_id).where(Ticket.number == number).scalar_subquery()
    other = Ticket.number == into if into else Ticket.id == child
    both = select(Ticket.id).where((Ticket.number == number) | other)
    session.execute(both.order_by(Ticket.id).with_for_update()).all()


def _resume_if_over(case: Case, action: Action) -> None:
    """A suspension ends at its cap, whether or not the sweep has come round yet."""
    until = case.ticket.suspended_until
    if until is not None and case.at >= until and action != Action.RESUME:
        case.record(Action.RESUME, {"by_itself": True}, by=SYSTEM)
