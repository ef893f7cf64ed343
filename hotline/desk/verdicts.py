"""What people say of a likeness: joined by a merge, or apart; either is in the ticket's history, and said once."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from hotline.desk.case import Case, take
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.lifecycle import ACTION_NAMES, Action
from hotline.models import Likeness, Ticket
from hotline.rights import Actor

JOINED, APART = "joined", "apart"


UNDECIDED = Likeness.verdict.is_(None)
NOT_JOINED = or_(UNDECIDED, Likeness.verdict == APART)
IS_JOINED = Likeness.verdict == JOINED


def settle(case: Case, other: int, verdict: str, those: ColumnElement[bool]) -> int:
    """Keep the verdict on `those` likenesses of the ticket and `other`, or what was merged into that; how many."""
    decided = update(Likeness).where(_between(case.ticket.id, other), those)
    decided = decided.values(verdict=verdict, decided_by=case.actor.id)
    done = case.session.execute(decided.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", done).rowcount


def _between(one: int, other: int) -> ColumnElement[bool]:
    family = select(Ticket.id).where(or_(Ticket.id == other, Ticket.parent_id == other), Ticket.id != one)
    return or_(
        and_(Likeness.ticket_id == one, Likeness.other_id.in_(family)),
        and_(Likeness.other_id == one, Likeness.ticket_id.in_(family)),
    )


def tell_apart(session: Session, number: str, other: str, actor: Actor, version: int | None = None) -> Ticket:
    """不是同一件: the ticket and `other` are two matters, and are not proposed again; the event is the ticket's.

    `version` is the ticket's, as the actor saw it. Raises NotFound, Stale and Forbidden; OutOfOrder when
    nobody takes them for one, or somebody has decided already.
    """
    if not actor.may(Action.APART):
        raise Forbidden(
            f"您的角色不能判定“{ACTION_NAMES[Action.APART]}”", "your roles do not allow telling tickets apart"
        )
    case = take(session, number, actor, version)
    found = session.scalars(select(Ticket).where(Ticket.number == other)).first()
    if found is None:
        raise NotFound(f"没有编号为 {other} 的工单，请核对编号", f"there is no ticket {other}; check the number")
    case.record(Action.APART, {"other": found.id, "number": other})
    if not settle(case, found.id, APART, UNDECIDED):
        raise OutOfOrder("这两件没有待确认的相似提示，或已经有人处理过了", "no likeness of the two waits for a verdict")
    case.finish()
    return case.ticket
