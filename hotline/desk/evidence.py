"""Evidence: files that belong to a ticket and are handed in with an act. The event names what was handed in by its
SHA-256, so the file can be held against the history, and can be erased without breaking the chain.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hotline.desk.case import Case
from hotline.intake.inquiry import InvalidInput
from hotline.models import Attachment


def hand_in(case: Case, ids: Sequence[int]) -> list[Attachment]:
    """The files of the case's ticket with these ids, which no act has taken yet and the actor may hand in.

    Raises InvalidInput for any other. The caller marks them with the event: `mark`.
    """
    rows = case.session.scalars(
        select(Attachment).where(
            Attachment.ticket_id == case.ticket.id, Attachment.id.in_(list(ids)), Attachment.event_seq.is_(None)
        )
    ).all()
    mine = [row for row in rows if row.unit is None or row.unit in case.actor.units]
    if len(mine) != len(set(ids)):
        raise InvalidInput(
            "evidence", "附件不存在或已经用过，请重新上传", "no such file, or it was handed in already; upload it again"
        )
    return mine


def digests(files: Sequence[Attachment]) -> list[str]:
    """What the event keeps of the files."""
    return sorted(row.digest for row in files)


def mark(files: Sequence[Attachment], seq: int) -> None:
    """Note with which event the files were handed in."""
    for row in files:
        row.event_seq = seq
