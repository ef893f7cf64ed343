"""Floods: what one sender sent again and again, or one text from many, stands in the triage list as one row.

A pile is a way of showing what waits, worked out anew each time: nothing is kept of it, nothing is hidden by it, and
every ticket in it has its own number, clocks and history. Senders that nobody knows are no pile for being unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Subquery, and_, case, func, literal, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.desk.performing import perform
from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput
from hotline.lifecycle import Action, Status
from hotline.models import Citizen, Clock, Ticket
from hotline.queries import find_ticket, visible_to
from hotline.rights import Actor
from hotline.settings import settings

MOST_AT_ONCE = 100
"""So many tickets of a pile are shown, and joined, in one go."""

MOST_PILES = 200


@dataclass(frozen=True, slots=True)
class Pile:
    """`count` waiting tickets of one sender, or of one text; `top` is the id of the one whose clock runs out first."""

    key: str
    count: int
    top: int

    @property
    def words(self) -> str:
        """同一来件人 50 件."""
        return f"{'同一来件人' if self.key[0] == 's' else '同样内容'} {self.count:,} 件"


def piles(session: Session, actor: Actor) -> dict[int, Pile]:
    """The piles among what waits at triage, by the id of the ticket that stands for each."""
    piled = _piled(session, actor)
    rows = session.execute(select(piled.c.key, piled.c.many, piled.c.id).where(piled.c.place == 1).limit(MOST_PILES))
    return {row.id: Pile(row.key, row.many, row.id) for row in rows}


def folded(session: Session, actor: Actor, shown: dict[int, Pile]) -> ColumnElement[bool]:
    """The condition on tickets that stand under another one's row."""
    piled = _piled(session, actor)
    keys = [pile.key for pile in shown.values()]
    return Ticket.id.in_(select(piled.c.id).where(piled.c.place > 1, piled.c.key.in_(keys)))


def members(session: Session, number: str, actor: Actor) -> tuple[Pile | None, list[Ticket]]:
    """The pile that a ticket stands in now, and its tickets, first come first, at most so many as go in one go.

    No pile and no tickets where it stands in none any more. Raises NotFound.
    """
    ticket, piled = find_ticket(session, number, actor), _piled(session, actor)
    key = select(piled.c.key).where(piled.c.id == ticket.id).scalar_subquery()
    ids = session.execute(select(piled).where(piled.c.key == key).order_by(piled.c.id)).all()
    if not ids:
        return None, []
    top = next(row.id for row in ids if row.place == 1)
    shown = select(Ticket).where(Ticket.id.in_([row.id for row in ids[: MOST_AT_ONCE + 1]])).order_by(Ticket.id)
    return Pile(ids[0].key, len(ids), top), list(session.scalars(shown))


def _piled(session: Session, actor: Actor) -> Subquery:
    """(id, key, many, place) of each ticket that stands in a pile; place 1 is the one with the nearest deadline."""
    since, least = db.now(session) - timedelta(days=settings().pile_days), settings().pile_least
    keyed = _keyed(_waiting(since, actor), least)
    due = _due(keyed)
    nearest = func.row_number().over(partition_by=keyed.c.key, order_by=(due.is_(None), due, keyed.c.id))
    count = func.count().over(partition_by=keyed.c.key).label("many")
    counted = select(keyed.c.id, keyed.c.key, count, nearest.label("place")).where(keyed.c.key.is_not(None)).subquery()
    return select(counted).where(counted.c.many >= least).subquery()


def _waiting(since: datetime, actor: Actor) -> Subquery:
    """What waits at triage, with how many are of the same sender and how many of the same text."""
    of_sender = func.count().over(partition_by=Citizen.sender_digest).label("of_sender")
    of_text = func.count().over(partition_by=Ticket.content_digest).label("of_text")
    columns = (Ticket.id, Citizen.sender_digest, Ticket.content_digest, of_sender, of_text)
    waiting = select(*columns).join(Citizen, Citizen.ticket_id == Ticket.id)
    return waiting.where(Ticket.status == Status.RECEIVED, Ticket.received_at >= since, visible_to(actor)).subquery()


def _keyed(waiting: Subquery, least: int) -> Subquery:
    """The pile that each would stand in: its sender's, else that of its text; null for most."""
    one_hand = and_(waiting.c.sender_digest.is_not(None), waiting.c.of_sender >= least)
    key = case(
        (one_hand, literal("s") + waiting.c.sender_digest),
        (waiting.c.of_text >= least, literal("t") + waiting.c.content_digest),
    )
    return select(waiting.c.id, key.label("key")).subquery()


def _due(keyed: Subquery) -> ScalarSelect[datetime]:
    """When the ticket's dispatch falls due."""
    runs = (Clock.met_at.is_(None), Clock.stopped_at.is_(None), Clock.known_until.is_(None))
    return select(func.min(Clock.due_at)).where(Clock.ticket_id == keyed.c.id, *runs).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Joined:
    """What came of joining a pile: how many were merged into `into`, and why others were not, by number."""

    into: str
    count: int
    refused: dict[str, str]


def join(number: str, chosen: Sequence[str], actor: Actor) -> Joined:
    """Merge the chosen tickets of a pile into its first, each an act of its own in a transaction of its own.

    What somebody else has dealt with meanwhile is left as it is, and said. Raises NotFound, and InvalidInput for too
    many, for none, and for what is not in the pile.
    """
    with db.reading() as session:
        _, waiting = members(session, number, actor)
    wanted = list(dict.fromkeys(chosen))
    _check(wanted, [ticket.number for ticket in waiting])
    first, refused = waiting[0].number, {}
    for each in (each for each in wanted if each != first):
        try:
            with db.transaction() as session:
                perform(session, each, actor, Action.MERGE, {"into": first})
        except Refused as error:
            refused[each] = error.message["zh"]
    return Joined(first, len([each for each in wanted if each != first]) - len(refused), refused)


def _check(chosen: Sequence[str], there: Sequence[str]) -> None:
    if not there or not set(chosen) - set(there[:1]):
        raise InvalidInput("chosen", "请先勾选要并入的工单", "choose the tickets to merge")
    if len(chosen) > MOST_AT_ONCE:
        raise InvalidInput(
            "chosen",
            f"一次最多并 {MOST_AT_ONCE} 件，请分几次",
            f"at most {MOST_AT_ONCE} at once; do it in several goes",
        )
    if gone := [each for each in chosen if each not in there]:
        raise InvalidInput(
            "chosen",
            f"{'、'.join(gone[:3])} 已不在这一堆里，请刷新后再选",
            f"{', '.join(gone[:3])} is not in this pile any more; reload and choose again",
        )
