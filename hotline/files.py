"""The files of a ticket for those who may read them: the hotline's people, managers, and the unit that handed one in.

What the hotline itself hands in is read by everybody who sees the ticket, but for a ticket whose citizen is hidden:
a photograph may show who wrote.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from hotline.desk.evidence import TYPES
from hotline.errors import NotFound
from hotline.knowledge import Knowledge
from hotline.models import Attachment, Ticket
from hotline.queries import person_hidden
from hotline.rights import Actor


def files_of(session: Session, ticket: Ticket, actor: Actor) -> list[Attachment]:
    """The files that the actor may read, in the order in which they came; their content is not loaded."""
    query = select(Attachment).where(Attachment.ticket_id == ticket.id).order_by(Attachment.id)
    rows = session.scalars(query.options(defer(Attachment.content)))
    return [row for row in rows if _readable(row, ticket, actor)]


def file_of(session: Session, ticket: Ticket, file_id: int, actor: Actor) -> Attachment:
    """One file with its content. Raises NotFound, also for one that the actor may not read."""
    query = select(Attachment).where(Attachment.ticket_id == ticket.id, Attachment.id == file_id)
    row = session.scalars(query).first() if file_id < 2**63 else None
    if row is None or not _readable(row, ticket, actor):
        raise NotFound("这件工单没有这个附件，请核对", "the ticket has no such file; check its id")
    return row


def _readable(row: Attachment, ticket: Ticket, actor: Actor) -> bool:
    if not actor.of_unit:
        return row.unit is not None or not person_hidden(ticket, actor)
    return row.unit in actor.units or (row.unit is None and not person_hidden(ticket, actor))


def file_view(know: Knowledge, row: Attachment) -> dict[str, Any]:
    """A file as the API and the pages name it; `event` is the seq of the event it was handed in with, or None."""
    return {
        "id": row.id,
        "name": row.name,
        "type": TYPES[row.type],
        "size": row.size,
        "digest": row.digest,
        "by": know.unit_name(row.unit) or "热线",
        "at": row.at.isoformat(),
        "event": row.event_seq,
    }
