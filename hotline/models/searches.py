"""Searches that people keep, and the text of files that belong to tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class SavedSearch(Model):
    """A search that a person keeps under a name. What it finds is found anew each time, with the rights of that time.

    `owner` is the person's id, such as staff:7. `asked` are the parameters of the search; a caller's phone stands
    there by its HMAC alone. What was received after `seen_at` is new.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[Key]
    owner: Mapped[Code]
    name: Mapped[str] = mapped_column(String(40))
    asked: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AttachmentText(Model):
    """What a file says, without phone and ID numbers, sealed as the file itself is. It goes with its file."""

    __tablename__ = "attachment_texts"

    attachment_id: Mapped[int] = mapped_column(
        ForeignKey("attachments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ticket_id: Mapped[int] = mapped_column(index=True)
    text: Mapped[bytes] = mapped_column(LargeBinary)
