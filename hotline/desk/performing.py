"""The one way in which an act is done: locked, with the right, in a move that the table allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from hotline import lifecycle
from hotline.desk.acts import ACTS
from hotline.desk.case import Case, take
from hotline.errors import Forbidden
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.rights import CITIZEN, SYSTEM, Actor

CITIZENS_ACTS = frozenset({Action.WITHDRAW, Action.FOLLOW_UP})
"""What a citizen may do with their own ticket once the code and the digits were right."""

UNITS_ACTS = frozenset({Action.ACCEPT, Action.CONTACT, Action.RETURN, Action.EXTEND, Action.RESOLVE})
LEADS_ACTS = UNITS_ACTS - {Action.CONTACT}
"""Acts of the lead unit alone; an assisting unit may log a contact and reports to the lead (首接负责)."""


def check_right(case: Case, action: Action) -> None:
    """Raise Forbidden unless the actor's roles, and for a unit's act its unit, allow `action`."""
    actor, ticket = case.actor, case.ticket
    if actor == SYSTEM or (actor == CITIZEN and action in CITIZENS_ACTS):
        return
    name = lifecycle.ACTION_NAMES[action]
    if not actor.may(action):
        raise Forbidden(f"您的角色不能“{name}”", f"your roles do not allow {action}")
    if action in LEADS_ACTS and ticket.unit not in actor.units:
        raise Forbidden(f"只有主办单位可以“{name}”", f"only the lead unit may {action}")


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
    case = take(session, number, actor, version)
    check_right(case, action)
    lifecycle.check(action, case.ticket)
    ACTS[action](case, **fields)
    case.finish()
    return case.ticket
