"""Evidence: files that belong to a ticket and are handed in with an act. The event names what was handed in by its
SHA-256, so the file can be held against the history, and can be erased without breaking the chain.

A file is what its content is, whatever it is called; it is kept sealed, under a name of ours.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, defer

from hotline import db, vault
from hotline.desk.case import Case, take
from hotline.errors import Forbidden, OutOfOrder
from hotline.intake.fields import one_line
from hotline.intake.inquiry import InvalidInput
from hotline.models import Attachment
from hotline.rights import Actor
from hotline.settings import settings

MOST_FILES = 20
"""Of one ticket by one unit, or by the hotline: nobody's uploads stand in another's way."""

MOST_PARTS = 2000
UNUSED_FOR = timedelta(days=1)
"""So long an upload waits for the act that hands it in."""
LONGEST_NAME = 100

TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "txt": "text/plain",
}
"""What may be handed in: the extension of our own name → the content type it is served with, texts in UTF-8."""

_BEGINNINGS = (
    (rb"%PDF-", "pdf"),
    (rb"\xff\xd8\xff", "jpg"),
    (rb"\x89PNG\r\n\x1a\n", "png"),
    (rb"GIF8[79]a", "gif"),
    (rb"RIFF.{4}WEBP", "webp"),
)
_PARTS = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"))
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def attach(session: Session, number: str, actor: Actor, name: str, content: bytes) -> Attachment:
    """Keep a file with a ticket, for an act to hand it in. No event: the act's own names the digest.

    Raises NotFound, Forbidden, OutOfOrder for a ticket with MOST_FILES files, and InvalidInput for content that is
    empty, too large or of no type in TYPES.
    """
    kind = type_of(content)
    case = take(session, number, actor)
    if not actor.may("attach"):
        raise Forbidden("您的角色不能上传附件", "your roles do not allow uploads")
    own = Attachment.unit == actor.unit if actor.unit else Attachment.unit.is_(None)
    kept = session.scalar(select(func.count()).where(Attachment.ticket_id == case.ticket.id, own)) or 0
    if kept >= MOST_FILES:
        raise OutOfOrder(
            f"一件工单每个单位最多 {MOST_FILES} 个附件", f"a ticket takes {MOST_FILES} files of a unit at most"
        )
    digest = hashlib.sha256(content).hexdigest()
    row = Attachment(
        ticket_id=case.ticket.id,
        event_seq=None,
        name=clean_name(name, kind),
        type=kind,
        size=len(content),
        digest=digest,
        content=vault.encrypt_bytes(content, _context(case.ticket.id, digest)),
        by=actor.id,
        unit=actor.unit,
        at=case.at,
    )
    session.add(row)
    session.flush()
    return row


def opened(row: Attachment) -> bytes:
    """The plain content of a file."""
    return vault.decrypt_bytes(row.content, _context(row.ticket_id, row.digest))


def _context(ticket_id: int, digest: str) -> str:
    return f"attachment:{ticket_id}:{digest}"


def type_of(content: bytes) -> str:
    """The type by what the content is, a key of TYPES. Raises InvalidInput for what is none, empty or too large."""
    most = settings().attachment_bytes
    if not content:
        raise InvalidInput("file", "文件是空的，请重新选择", "the file is empty")
    if len(content) > most:
        raise InvalidInput("file", f"文件超过 {_size(most)}，请压缩或分开上传", f"the file is larger than {most} bytes")
    for beginning, kind in _BEGINNINGS:
        if re.match(beginning, content, re.DOTALL):
            return kind
    found = _office(content) if content.startswith(b"PK\x03\x04") else "txt" if _is_text(content) else ""
    if not found:
        raise InvalidInput(
            "file",
            "只收 PDF、图片（JPG、PNG、GIF、WebP）、Word（docx）、Excel（xlsx）和 UTF-8 文本，请另存后再传",
            f"only these types are taken: {', '.join(TYPES)}",
        )
    return found


def _office(content: bytes) -> str:
    """docx or xlsx by the parts that the archive lists; nothing is unpacked, and what carries macros is refused."""
    end = content.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(content[end + 10 : end + 12], "little") > MOST_PARTS:
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):  # all that zipfile raises for rubbish
        return ""
    if "[Content_Types].xml" not in parts or any(part.endswith("vbaProject.bin") for part in parts):
        return ""
    return next((kind for part, kind in _PARTS if part in parts), "")


def _is_text(content: bytes) -> bool:
    try:
        return _CONTROLS.search(content.decode("utf-8-sig")) is None
    except UnicodeDecodeError:
        return False


def _size(count: int) -> str:
    return f"{count / 1024**2:g} MB" if count >= 1024**2 else f"{count / 1024:g} KB"


def clean_name(name: str, kind: str) -> str:
    """Our own name for a file: no path, nothing invisible, LONGEST_NAME characters at most, its type's extension."""
    last = re.split(r"[/\\]", one_line(name))[-1]
    stem = re.sub(r'[<>:"|?*;%]', "_", last).strip(" .")
    stem = re.sub(r"\.[0-9A-Za-z]{1,5}\Z", "", stem).strip(" .")
    return f"{stem[: LONGEST_NAME - len(kind) - 1].strip(' .') or '附件'}.{kind}"


def hand_in(case: Case, ids: Sequence[int]) -> list[Attachment]:
    """The files of the case's ticket with these ids, which no act has taken yet and the actor may hand in.

    Raises InvalidInput for any other. The caller marks them with the event: `mark`.
    """
    free = (Attachment.ticket_id == case.ticket.id) & Attachment.event_seq.is_(None)
    query = select(Attachment).where(free, Attachment.id.in_(list(ids))).options(defer(Attachment.content))
    rows = case.session.scalars(query).all()
    mine = [row for row in rows if row.unit is None or row.unit in case.actor.units]
    if len(mine) != len(set(ids)):
        raise InvalidInput(
            "evidence", "附件不存在或已经用过，请重新上传", "no such file, or it was handed in already; upload it again"
        )
    return mine


def drop_unused(session: Session) -> int:
    """Take out the uploads that no act has handed in for a day; how many."""
    unused = Attachment.event_seq.is_(None) & (Attachment.at < db.now(session) - UNUSED_FOR)
    return session.execute(delete(Attachment).where(unused)).rowcount  # type: ignore[attr-defined, no-any-return]


def digests(files: Sequence[Attachment]) -> list[str]:
    """What the event keeps of the files."""
    return sorted(row.digest for row in files)


def mark(files: Sequence[Attachment], seq: int) -> None:
    """Note with which event the files were handed in."""
    for row in files:
        row.event_seq = seq
