"""The relay: what the journal has written and nobody has delivered yet goes to the index.

At least once, in bulk, with the ticket's version as the external version: a late or double delivery never wins.
A lost nudge costs a second, never an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Citizen, Event, Reply, Ticket
from search.documents import Document, Engine

RELAY_BATCH = 500


def relay(session: Session, index: Engine, limit: int = RELAY_BATCH) -> int:
    """Deliver up to `limit` undelivered events; how many were. Call until it gives 0.

    Raises search.Unavailable when the index does not answer; nothing is marked then, and nothing is lost.
    """
    fresh = session.execute(
        select(Event.id, Event.ticket_id)
        .where(Event.delivered_at.is_(None))
        .order_by(Event.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not fresh:
        return 0
    tickets = sorted({row.ticket_id for row in fresh if row.ticket_id is not None})
    if tickets:
        index.put(documents(session, tickets))
    done = update(Event).where(Event.id.in_([row.id for row in fresh])).values(delivered_at=db.now(session))
    session.execute(done.execution_options(synchronize_session=False))
    return len(fresh)


def documents(session: Session, ids: Sequence[int]) -> Iterable[Document]:
    """The tickets as the index knows them, from the tables as they are now."""
    know = knowledge(session)
    replies = _public_replies(session, ids)
    rows = session.execute(
        select(Ticket, Citizen.phone_digest)
        .outerjoin(Citizen, Citizen.ticket_id == Ticket.id)
        .where(Ticket.id.in_(ids))
        .execution_options(populate_existing=True)
    )
    return [_document(ticket, phone, replies.get(ticket.id, ""), know) for ticket, phone in rows]


def _document(ticket: Ticket, phone: str | None, reply: str, know: Knowledge) -> Document:
    return Document(
        id=ticket.id,
        version=ticket.version,
        number=ticket.number,
        title=ticket.title,
        content=ticket.content,
        reply=reply,
        kind=ticket.kind,
        urgency=ticket.urgency,
        source=ticket.source,
        status=ticket.status,
        received_at=ticket.received_at,
        due_at=ticket.due_at,
        matter=ticket.matter,
        matters=know.matter_tree.ancestors(ticket.matter),
        place=ticket.place,
        places=know.place_tree.ancestors(ticket.place),
        unit=ticket.unit,
        units=_readers(ticket, know),
        phone_hmac=phone,
    )


def _readers(ticket: Ticket, know: Knowledge) -> tuple[str, ...]:
    """The units that may find it: lead and assisting ones, and all above them."""
    chains = (know.unit_tree.ancestors(unit) for unit in (ticket.unit, *ticket.assisting))
    return tuple(dict.fromkeys(unit for chain in chains for unit in chain))


def _public_replies(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Reply.ticket_id, Reply.public_reply).where(Reply.ticket_id.in_(ids)).order_by(Reply.seq)
    )
    return {row.ticket_id: row.public_reply for row in rows}


def lag(session: Session) -> tuple[int, float]:
    """How many events are not delivered, and how many seconds the oldest has waited."""
    waiting = select(func.count(), func.min(Event.at)).where(Event.delivered_at.is_(None))
    count, oldest = session.execute(waiting).one()
    return count, (db.now(session) - oldest).total_seconds() if oldest else 0.0


def repair(session: Session, index: Engine, batch: int = RELAY_BATCH) -> int:
    """Put back what the index lacks or has too old; how many tickets. Nothing is read where the counts agree."""
    on_the_way = select(func.count(func.distinct(Event.ticket_id))).where(Event.delivered_at.is_(None))
    expected = (session.scalar(select(func.count()).select_from(Ticket)) or 0) - (session.scalar(on_the_way) or 0)
    if index.count() >= expected:
        return 0
    mended, last = 0, 0
    page = select(Ticket.id, Ticket.version).order_by(Ticket.id).limit(batch)
    while rows := session.execute(page.where(Ticket.id > last)).all():
        have = index.versions([row.id for row in rows])
        lacking = [row.id for row in rows if have.get(row.id, 0) < row.version]
        index.put(documents(session, lacking))
        mended, last = mended + len(lacking), rows[-1].id
    return mended


def reindex(session: Session, index: Engine, batch: int = RELAY_BATCH) -> Iterable[int]:
    """Put every ticket into the index again; yields how many after each batch."""
    last = 0
    while ids := list(session.scalars(select(Ticket.id).where(Ticket.id > last).order_by(Ticket.id).limit(batch))):
        index.put(documents(session, ids))
        last = ids[-1]
        yield len(ids)
