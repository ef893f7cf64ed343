"""Bulletins 通报 as they were published: written once, never changed; a correction is another row beside."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Bulletin(Model):
    """One version of the bulletin of one period. `first` is the period's first day; `sha256` is of the content's one
    byte form (journal.canonical) and stands in the event of the publication too. `reason` is a correction's.
    """

    __tablename__ = "bulletins"
    __table_args__ = (UniqueConstraint("kind", "first", "version"),)

    id: Mapped[Key]
    kind: Mapped[Code]
    first: Mapped[date]
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    published_by: Mapped[Code]
    reason: Mapped[str | None]
