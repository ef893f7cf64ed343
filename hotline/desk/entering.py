"""What comes by a form: a ticket of its own kind, with the unit that a person chose by hand."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from hotline.desk.opening import Opened, open_ticket
from hotline.desk.performing import perform
from hotline.errors import Forbidden
from hotline.intake.forms import Entered
from hotline.lifecycle import Action
from hotline.rights import Actor


def enter(session: Session, entered: Entered, actor: Actor) -> Opened:
    """Open the ticket of a form; with a lead unit chosen by hand, `actor` dispatches it at once, both or neither.

    Without one it waits at triage with the machine's suggestion. Sent again with the same key it is the same ticket,
    and nothing is done twice. Raises what opening and dispatching raise: Forbidden without the right to dispatch,
    InvalidInput for a unit that is none.
    """
    if entered.unit and not actor.may(Action.DISPATCH):
        raise Forbidden(
            "您的角色不能“转办”，请不填主办单位，由派单员确定",
            "your roles do not allow dispatch; leave the unit out and a dispatcher will choose it",
        )
    opened = open_ticket(session, entered.inquiry, actor, hold=True)
    if not (opened.created and entered.unit):
        return opened
    slip = {"unit": entered.unit, "assisting": entered.assisting}
    ticket = perform(session, opened.ticket.number, actor, Action.DISPATCH, slip)
    return replace(opened, ticket=ticket, clocks=())
