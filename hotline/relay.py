"""The relay: what the journal has written and nobody has delivered yet goes to the index.

At least once, in bulk, with the external version that searchable.documents gives: a late or double delivery never wins.
A lost nudge costs a second, never an event.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Event
from hotline.searchable import documents, these
from search.documents import Document
from search.life import Engine

RELAY_BATCH = 900
"""Events in one transaction: two of most tickets, so some 450 documents, which go in one bulk."""

FIRST_BATCH = 100
"""So many show whether there is more than a little: then the lanes are opened."""

LANES = 2
"""So many portions are under way at once: while the index works on one, the next is read."""

MOST_COUNTED = 10_000
"""Undelivered events are counted up to this many: after an import there may be millions."""


def relay(session: Session, index: Engine, limit: int = RELAY_BATCH) -> int:
    """Deliver up to `limit` undelivered events; how many were. Call until it gives 0.

    Raises search.Unavailable when the index does not answer; nothing is marked then, and nothing is lost.
    """
    fresh, found = _read(session, limit)
    if fresh:
        index.put(found)
        _mark(session, fresh)
    return len(fresh)


def deliver(index: Engine, seconds: float, limit: int = RELAY_BATCH) -> int:
    """Deliver what waits, in portions of `limit` events, and begin no further portion after `seconds`; how many events
    were delivered. Raises search.Unavailable.
    """
    end = time.monotonic() + seconds
    index.prepare()
    delivered = _portion(index, first := min(limit, FIRST_BATCH))
    if delivered < first:
        return delivered
    if not _has_locks():
        return delivered + _until(end, index, limit)
    with ThreadPoolExecutor(LANES) as lanes:
        return delivered + sum(lanes.map(lambda _: _until(end, index, limit), range(LANES)))


def _until(end: float, index: Engine, limit: int) -> int:
    delivered = 0
    while time.monotonic() < end and (count := _portion(index, limit)):
        delivered += count
    return delivered


def _portion(index: Engine, limit: int) -> int:
    """One portion. Where a transaction keeps every other writer out, what waits is read before it and marked in it."""
    if _has_locks():
        with db.transaction() as session:
            return relay(session, index, limit)
    with db.reading() as session:
        fresh, found = _read(session, limit)
    if fresh:
        index.put(found)
        with db.transaction() as session:
            _mark(session, fresh)
    return len(fresh)


def _has_locks() -> bool:
    """True where several may take portions at once, each its own: rows have locks on PostgreSQL, and none on SQLite."""
    return db.engine().dialect.name == "postgresql"


def _read(session: Session, limit: int) -> tuple[list[int], Iterable[Document]]:
    """The ids of the first undelivered events that nobody else has in hand, and the documents of their tickets."""
    waiting = select(Event.id, Event.ticket_id).where(Event.delivered_at.is_(None)).order_by(Event.id).limit(limit)
    fresh = session.execute(waiting.with_for_update(skip_locked=True)).all()
    tickets = sorted({row.ticket_id for row in fresh if row.ticket_id is not None})
    return [row.id for row in fresh], documents(session, tickets) if tickets else ()


def _mark(session: Session, events: Sequence[int]) -> None:
    done = update(Event).where(these(Event.id, events)).values(delivered_at=db.now(session))
    session.execute(done.execution_options(synchronize_session=False))


def lag(session: Session) -> tuple[int, float]:
    """How many events are not delivered, MOST_COUNTED at most, and how many seconds the oldest has waited."""
    waiting = select(Event.at).where(Event.delivered_at.is_(None)).order_by(Event.id)
    count = session.scalar(select(func.count()).select_from(waiting.limit(MOST_COUNTED).subquery())) or 0
    oldest = session.scalar(waiting.limit(1)) if count else None
    return count, (db.now(session) - oldest).total_seconds() if oldest else 0.0


def on_the_way(session: Session, first: int, end: int) -> set[int]:
    """The tickets from id `first` to before `end` of which something is not delivered."""
    waiting = select(Event.ticket_id).where(Event.delivered_at.is_(None), Event.ticket_id >= first)
    return set(session.scalars(waiting.where(Event.ticket_id < end)))
