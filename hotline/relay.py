"""The relay: what the journal has written and nobody has delivered yet goes to the index.

At least once, in bulk, with the ticket's version as the external version: a late or double delivery never wins.
A lost nudge costs a second, never an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline import db
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Citizen, Event, Reply, Ticket
from search.documents import Document, Engine

RELAY_BATCH = 1000
"""Events in one transaction: two of most tickets, so some 500 documents in a bulk."""

_SHOWN = (
    Ticket.id,
    Ticket.version,
    Ticket.number,
    Ticket.title,
    Ticket.content,
    Ticket.kind,
    Ticket.urgency,
    Ticket.source,
    Ticket.status,
    Ticket.received_at,
    Ticket.due_at,
    Ticket.matter,
    Ticket.place,
    Ticket.unit,
    Ticket.assisting,
    Citizen.phone_digest,
)


def _these(column: InstrumentedAttribute[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """`column IN (…)` with the numbers written out: a thousand places for values take longer to fill than to read."""
    return column.in_(bindparam(None, ids, expanding=True, literal_execute=True))


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
    done = update(Event).where(_these(Event.id, [row.id for row in fresh])).values(delivered_at=db.now(session))
    session.execute(done.execution_options(synchronize_session=False))
    return len(fresh)


def documents(session: Session, ids: Sequence[int]) -> Iterable[Document]:
    """The tickets as the index knows them, from the tables as they are now."""
    know = knowledge(session)
    replies = _public_replies(session, ids)
    rows = session.execute(
        select(*_SHOWN).outerjoin(Citizen, Citizen.ticket_id == Ticket.id).where(_these(Ticket.id, ids))
    )
    return [_document(row, replies.get(row.id, ""), know) for row in rows]


def _document(ticket: Any, reply: str, know: Knowledge) -> Document:
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
        phone_hmac=ticket.phone_digest,
    )


def _readers(ticket: Any, know: Knowledge) -> tuple[str, ...]:
    """The units that may find it: lead and assisting ones, and all above them."""
    chains = (know.unit_tree.ancestors(unit) for unit in (ticket.unit, *ticket.assisting))
    return tuple(dict.fromkeys(unit for chain in chains for unit in chain))


def _public_replies(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Reply.ticket_id, Reply.public_reply).where(_these(Reply.ticket_id, ids)).order_by(Reply.seq)
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
