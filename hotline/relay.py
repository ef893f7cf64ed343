"""The relay: what the journal has written and nobody has delivered yet goes to the index.

At least once, in bulk, with the ticket's version as the external version: a late or double delivery never wins.
A lost nudge costs a second, never an event.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Event, Ticket
from hotline.searchable import documents, these
from search.life import Engine

RELAY_BATCH = 1000
"""Events in one transaction: two of most tickets, so some 500 documents in a bulk."""


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
    done = update(Event).where(these(Event.id, [row.id for row in fresh])).values(delivered_at=db.now(session))
    session.execute(done.execution_options(synchronize_session=False))
    return len(fresh)


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
