"""Tickets as the index knows them, made from the tables as they are now: what is searched in, filtered and counted by.

Who may open a file may find by it, and nobody else: hotline.files says who that is, and the marks here say it again in
the index. `ALL` reads what the hotline handed in; `STAFF`, the hotline's people and managers, what a unit did, as do
the unit itself and those above it; `DESK` alone what the hotline handed in where the citizen is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hotline import vault
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Attachment, AttachmentText, Citizen, Cycle, Evaluation, Reply, Ticket
from hotline.rights import Actor
from search.documents import Document, FileText

ALL, STAFF, DESK = "*", "*staff", "*desk"
"""Marks of readers; a unit's is its code, which holds no star."""

RUNNING = frozenset({"received", "dispatched", "accepted"})
"""Statuses in which the citizen's deadline runs."""

NOT_EVALUATED = "none"

log = structlog.get_logger()

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
    Ticket.confidential,
    Ticket.suspended_until,
    Citizen.phone_digest,
    Cycle.ended_at,
)


def these(column: InstrumentedAttribute[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """`column IN (…)` with the numbers written out: a thousand places for values take longer to fill than to read."""
    return column.in_(bindparam(None, ids, expanding=True, literal_execute=True))


def documents(session: Session, ids: Sequence[int]) -> Iterable[Document]:
    """The tickets as the index knows them; those that are not there are left out. Acts and files that were read count
    in the version: what was made before a file's text was there never comes over what has it.
    """
    know = knowledge(session)
    last = and_(Cycle.ticket_id == Ticket.id, Cycle.number == Ticket.cycle)
    query = select(*_SHOWN).outerjoin(Citizen, Citizen.ticket_id == Ticket.id).outerjoin(Cycle, last)
    # The versions first: what is read after them is as new or newer, and a newer version will come over it.
    rows = session.execute(query.where(these(Ticket.id, ids))).all()
    replies, levels, files = _replies(session, ids), _levels(session, ids), _files(session, ids)
    return [
        Document(
            **_plain(row, know),
            version=row.version + len(files.get(row.id, ())),
            **_answered(row, *replies.get(row.id, ("", None))),
            evaluation=levels.get(row.id, NOT_EVALUATED if row.status == "closed" else None),
            files=tuple(_file_text(each, row, know) for each in files.get(row.id, ())),
        )
        for row in rows
    ]


def _answered(row: Any, text: str, passed: bool | None) -> dict[str, Any]:
    """The reply; it serves as an example where it passed its review and tells nothing of who wrote."""
    return {"reply": text, "replied": bool(passed and text and row.status == "closed" and not hidden(row))}


def _plain(row: Any, know: Knowledge) -> dict[str, Any]:
    names = ("id", "number", "title", "content", "kind", "urgency", "source", "status", "received_at")
    return {name: getattr(row, name) for name in (*names, "due_at", "matter", "place", "unit")} | {
        "matters": know.matter_tree.ancestors(row.matter),
        "places": know.place_tree.ancestors(row.place),
        "units": _readers(row, know),
        "phone_hmac": row.phone_digest,
        "closed_at": row.ended_at,
        "runs": row.status in RUNNING and row.suspended_until is None,
    }


def hidden(ticket: Any) -> bool:
    """True where a unit may not know who wrote: as queries.person_hidden says of anybody but the hotline's people."""
    return bool(ticket.confidential or ticket.kind == "report")


def _readers(ticket: Any, know: Knowledge) -> tuple[str, ...]:
    """The units that may find it: lead and assisting ones, and all above them."""
    chains = (know.unit_tree.ancestors(unit) for unit in (ticket.unit, *ticket.assisting))
    return tuple(dict.fromkeys(unit for chain in chains for unit in chain))


def _replies(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, bool | None]]:
    """The last public reply of each ticket, and whether it passed its review."""
    columns = (Reply.ticket_id, Reply.public_reply, Reply.passed)
    rows = session.execute(select(*columns).where(these(Reply.ticket_id, ids)).order_by(Reply.seq))
    return {row.ticket_id: (row.public_reply, row.passed) for row in rows}


def _levels(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """The last level that the citizen of each ticket gave."""
    columns = (Evaluation.ticket_id, Evaluation.level)
    given = these(Evaluation.ticket_id, ids) & Evaluation.answered & Evaluation.level.is_not(None)
    return {
        row.ticket_id: str(row.level) for row in session.execute(select(*columns).where(given).order_by(Evaluation.seq))
    }


def _files(session: Session, ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """(attachment_id, unit, text) of each ticket's files, as far as they have been read and handed in."""
    columns = (AttachmentText.ticket_id, AttachmentText.attachment_id, AttachmentText.text, Attachment.unit)
    query = select(*columns).join(Attachment, Attachment.id == AttachmentText.attachment_id)
    handed_in = these(AttachmentText.ticket_id, ids) & Attachment.event_seq.is_not(None)
    found: dict[int, list[Any]] = {}
    for row in session.execute(query.where(handed_in).order_by(AttachmentText.attachment_id)):
        found.setdefault(row.ticket_id, []).append(row)
    return found


def _file_text(row: Any, ticket: Any, know: Knowledge) -> FileText:
    readers = (STAFF, *know.unit_tree.ancestors(row.unit)) if row.unit else (DESK,) if hidden(ticket) else (ALL,)
    return FileText(opened_text(row), readers)


def opened_text(row: Any) -> str:
    """The plain text of a row of `attachment_texts`; '' of a damaged one, which must not stop the relay."""
    try:
        return vault.decrypt(row.text, text_context(row.attachment_id))
    except vault.WrongKey:
        log.exception("file_text_sealed", attachment=row.attachment_id)
        return ""


def text_context(attachment_id: int) -> str:
    """What the text of a file is sealed with, so that rows cannot be swapped."""
    return f"attachment_text:{attachment_id}"


def file_readers(actor: Actor) -> tuple[str, ...]:
    """The marks by which `actor` finds in files."""
    if actor.of_unit:
        return (ALL, actor.unit) if actor.unit else (ALL,)
    return (ALL, STAFF, DESK) if actor.may("desk") else (ALL, STAFF)
