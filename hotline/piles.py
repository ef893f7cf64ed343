"""Floods: what one sender sent again and again, or one text from many, stands in the triage list as one row.

A pile is a way of showing what waits, worked out anew each time: nothing is kept of it, nothing is hidden by it, and
every ticket in it has its own number, clocks and history. Senders that nobody knows are no pile for being unknown.

So that the list costs the same however much waits, piles are looked for among the LOOKED_AT that wait longest and the
LOOKED_AT that came last: what is at the head of the list, and what is flooding in. A pile that is found holds all that
wait of its sender or text, wherever they stand. One that is spread thinly over the middle is found as the head of the
list comes to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, Subquery, and_, case, func, literal, select, union
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
LOOKED_AT = 2000


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


@dataclass(frozen=True, slots=True)
class Keys:
    """Senders and texts of which piles may be made, by their digests."""

    senders: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def piles(session: Session, actor: Actor) -> dict[int, Pile]:
    """The piles among what waits at triage, by the id of the ticket that stands for each; at most MOST_PILES."""
    keys = _found(session, actor)
    if not (keys.senders or keys.texts):
        return {}
    piled = _piled(session, actor, keys)
    rows = session.execute(select(piled.c.key, piled.c.many, piled.c.id).where(piled.c.place == 1))
    return {row.id: Pile(row.key, row.many, row.id) for row in rows}


def folded(session: Session, actor: Actor, shown: dict[int, Pile]) -> ColumnElement[bool]:
    """The condition on tickets that stand under another one's row."""
    keys = [pile.key for pile in shown.values()]
    senders, texts = (tuple(key[1:] for key in keys if key[0] == kind) for kind in "st")
    piled = _piled(session, actor, Keys(senders, texts))
    return Ticket.id.in_(select(piled.c.id).where(piled.c.place > 1))


def members(session: Session, number: str, actor: Actor) -> tuple[Pile | None, list[Ticket]]:
    """The pile that a ticket stands in now, and its tickets, first come first, at most so many as go in one go.

    No pile and no tickets where it stands in none any more. Raises NotFound.
    """
    ticket = find_ticket(session, number, actor)
    of_text = Ticket.content_digest == ticket.content_digest
    told = select(Citizen.sender_digest).join(Ticket, Ticket.id == Citizen.ticket_id).distinct()
    senders = session.scalars(told.where(of_text, _waiting(session, actor)))
    keys = Keys(tuple(sender for sender in senders if sender), (ticket.content_digest,))
    piled = _piled(session, actor, keys)
    key = select(piled.c.key).where(piled.c.id == ticket.id).scalar_subquery()
    ids = session.execute(select(piled).where(piled.c.key == key).order_by(piled.c.id)).all()
    if not ids:
        return None, []
    top = next(row.id for row in ids if row.place == 1)
    shown = select(Ticket).where(Ticket.id.in_([row.id for row in ids[: MOST_AT_ONCE + 1]])).order_by(Ticket.id)
    return Pile(ids[0].key, len(ids), top), list(session.scalars(shown))


def _found(session: Session, actor: Actor) -> Keys:
    """The senders and the texts that come often enough among those looked at; the most frequent of them."""
    waiting = select(Ticket.id, Ticket.content_digest).where(_waiting(session, actor))
    first, last = (waiting.order_by(order).limit(LOOKED_AT).subquery() for order in _BY_TIME)
    ends = union(select(first), select(last)).subquery()
    told = select(Citizen.sender_digest, ends.c.content_digest).join(ends, ends.c.id == Citizen.ticket_id)
    rows = session.execute(told).all()
    counts = Counter(("s", row.sender_digest) for row in rows if row.sender_digest)
    counts.update(("t", row.content_digest) for row in rows)
    often = [key for key, many in counts.most_common(MOST_PILES) if many >= settings().pile_least]
    return Keys(*(tuple(digest for kind, digest in often if kind == wanted) for wanted in "st"))


_BY_TIME = (Ticket.received_at, Ticket.received_at.desc())


def _waiting(session: Session, actor: Actor) -> ColumnElement[bool]:
    """What waits at triage, not longer than the days of the setting."""
    since = db.now(session) - timedelta(days=settings().pile_days)
    return and_(Ticket.status == Status.RECEIVED, Ticket.received_at >= since, visible_to(actor))


def _piled(session: Session, actor: Actor, keys: Keys) -> Subquery:
    """(id, key, many, place) of each ticket that stands in a pile of these keys; place 1 is the nearest deadline's."""
    least, keyed = settings().pile_least, _keyed(_of_keys(_waiting(session, actor), keys), keys)
    due = _due(keyed)
    nearest = func.row_number().over(partition_by=keyed.c.key, order_by=(due.is_(None), due, keyed.c.id))
    count = func.count().over(partition_by=keyed.c.key).label("many")
    counted = select(keyed.c.id, keyed.c.key, count, nearest.label("place")).where(keyed.c.key.is_not(None)).subquery()
    return select(counted).where(counted.c.many >= least).subquery()


def _of_keys(waiting: ColumnElement[bool], keys: Keys) -> Subquery:
    """What waits of these senders and texts, with how many are of the same sender; each part by an index of its own."""
    of_sender = select(Citizen.ticket_id).where(Citizen.sender_digest.in_(keys.senders))
    of_text = select(Ticket.id).where(Ticket.content_digest.in_(keys.texts))
    ids = union(of_sender, of_text).subquery()
    many = func.count().over(partition_by=Citizen.sender_digest).label("of_sender")
    columns = select(Ticket.id, Citizen.sender_digest, Ticket.content_digest, many)
    return columns.join(Citizen, Citizen.ticket_id == Ticket.id).where(Ticket.id.in_(select(ids)), waiting).subquery()


def _keyed(waiting: Subquery, keys: Keys) -> Subquery:
    """The pile that each would stand in: its sender's where that has enough, else that of its text."""
    one_hand = and_(waiting.c.sender_digest.in_(keys.senders), waiting.c.of_sender >= settings().pile_least)
    key = case(
        (one_hand, literal("s") + waiting.c.sender_digest),
        (waiting.c.content_digest.in_(keys.texts), literal("t") + waiting.c.content_digest),
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
