"""What handed-in files say: read in a process of its own (hotline.file_reader), kept sealed, and given to the index.

A file counts as read when the index has taken its text: whatever breaks off before that is done again. Phone and ID
numbers are taken out before anything is kept.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

import chinese.spoken
from hotline import db, file_reader, vault
from hotline.desk.evidence import opened
from hotline.files import files_of
from hotline.models import Attachment, AttachmentText, Ticket
from hotline.rights import Actor
from hotline.searchable import documents, opened_text, text_context
from search.life import Engine

SECONDS = 10.0
"""A reader that takes longer is ended."""

ROUND_SECONDS = 5.0
"""After that no further file is begun: other rounds wait."""

log = structlog.get_logger()


def read_some(index: Engine) -> int:
    """Read handed-in files that nobody has read yet, for some seconds; how many. Raises search.Unavailable."""
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < ROUND_SECONDS and (attachment := _next()):
        if not count:
            index.prepare()
        _keep(index, attachment, _text(attachment))
        count += 1
    return count


def _waiting() -> ColumnElement[bool]:
    return Attachment.read_at.is_(None) & Attachment.event_seq.is_not(None)


def _next() -> Attachment | None:
    with db.reading() as session:
        return session.scalars(select(Attachment).where(_waiting()).order_by(Attachment.id).limit(1)).first()


def _text(attachment: Attachment) -> str:
    if attachment.type not in file_reader.READERS:
        return ""
    try:
        content = opened(attachment)
    except vault.WrongKey:  # one damaged file must not keep all the others from being read
        log.exception("file_sealed", attachment=attachment.id)
        return ""
    return chinese.spoken.mask(read(attachment.type, content), whole=True)


def _keep(index: Engine, attachment: Attachment, text: str) -> None:
    if text:
        sealed = vault.encrypt(text, text_context(attachment.id))
        with db.transaction() as session:
            session.merge(AttachmentText(attachment_id=attachment.id, ticket_id=attachment.ticket_id, text=sealed))
        with db.reading() as session:
            found = documents(session, [attachment.ticket_id])
        index.put(found)
    with db.transaction() as session:
        session.execute(update(Attachment).where(Attachment.id == attachment.id).values(read_at=db.now(session)))


def read(kind: str, content: bytes) -> str:
    """The text of a file, empty where it cannot be read within the reader's time, memory and size."""
    command = [sys.executable, "-I", str(Path(file_reader.__file__)), kind]
    with TemporaryFile() as said:
        try:
            subprocess.run(  # noqa: S603  our own program, in words of our own
                command, input=content, stdout=said, stderr=subprocess.DEVNULL, timeout=SECONDS, check=True, env={}
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            log.warning("file_unreadable", type=kind, why=type(error).__name__)
            return ""
        said.seek(0)
        return said.read().decode(errors="replace")


def texts_for(session: Session, ticket: Ticket, actor: Actor) -> list[tuple[str, str]]:
    """(name, text) of the ticket's files that the actor may open and that have been read."""
    names = {row.id: row.name for row in files_of(session, ticket, actor)}
    rows = session.scalars(select(AttachmentText).where(AttachmentText.attachment_id.in_(names)))
    return [(names[row.attachment_id], opened_text(row)) for row in rows]
