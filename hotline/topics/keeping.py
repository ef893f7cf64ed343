"""Tickets are read for topics: features, when it was said and by whom. Done twice, it is as if done once.

What has been read and not placed yet has a `topic_id` of 0, or, after `send_back`, the topic it was in, made negative:
so a topic that is made again keeps its number, and the alerts about it their topic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog
from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Citizen, Ticket, TopicTicket
from hotline.topics.reading import packed

BATCH = 500
LOOK_BACK = 20_000
"""Numbers below the last one read that are looked at again: tickets are committed in another order than numbered."""

READ_CHARACTERS = 1000

log = structlog.get_logger()

_READ = select(
    Ticket.id,
    Ticket.title,
    func.substr(Ticket.content, 1, READ_CHARACTERS).label("content"),
    Ticket.content_digest,
    Ticket.details.is_(None).label("speaks"),
    func.coalesce(Ticket.asked_at, Ticket.received_at).label("at"),
    Citizen.sender_digest,
).outerjoin(Citizen, Citizen.ticket_id == Ticket.id)


def read_some() -> int:
    """Read some of the tickets that have not been read; how many. Call until it gives 0.

    Texts are read between two transactions, so that on SQLite nobody waits for the one writer meanwhile.
    """
    with db.reading() as session:
        rows = session.execute(_unread(session)).all()
    found = [_row(row) for row in rows]
    if found:
        with db.transaction() as session:
            added = (postgresql if db.is_postgres(session) else sqlite).insert(TopicTicket)
            session.execute(added.on_conflict_do_nothing(), found)
    return len(found)


def _unread(session: Session) -> Select[Any]:
    newest = session.scalar(select(func.max(TopicTicket.ticket_id))) or 0
    unread = ~exists().where(TopicTicket.ticket_id == Ticket.id)
    return _READ.where(unread, Ticket.id > newest - LOOK_BACK).order_by(Ticket.id).limit(BATCH)


def _row(row: Any) -> dict[str, Any]:
    caller = row.sender_digest or row.content_digest
    return {"ticket_id": row.id, "at": row.at, "caller": caller, "topic_id": 0, "features": _features(row)}


def _features(row: Any) -> bytes:
    """The features of a ticket; none of a form's, and none of a text that cannot be read, which holds nobody up."""
    try:
        return packed(row.title, row.content) if row.speaks else b""
    except Exception:
        log.exception("not_read_for_topics", ticket=row.id)
        return b""


def send_back() -> Iterator[int]:
    """Have every ticket read and placed anew; yields how many after each batch, a transaction of its own.

    What was read before is read again with the present way of reading, and remembers its topic.
    """
    last = 0
    while numbers := _next(last):
        with db.reading() as session:
            rows = session.execute(_READ.where(Ticket.id.in_(numbers))).all()
        again = {row.id: _row(row) for row in rows}
        with db.transaction() as session:
            session.execute(delete(TopicTicket).where(TopicTicket.ticket_id.in_(set(numbers) - again.keys())))
            remembered = update(TopicTicket).where(TopicTicket.ticket_id.in_(list(again)))
            session.execute(remembered.values(topic_id=-func.abs(func.coalesce(TopicTicket.topic_id, 0))))
            changed = [{key: row[key] for key in ("ticket_id", "at", "caller", "features")} for row in again.values()]
            session.execute(update(TopicTicket), changed)
        last = numbers[-1]
        yield len(numbers)


def _next(last: int) -> list[int]:
    wanted = select(TopicTicket.ticket_id).where(TopicTicket.ticket_id > last)
    with db.reading() as session:
        return list(session.scalars(wanted.order_by(TopicTicket.ticket_id).limit(BATCH)))
