"""Questions and answers for the public, and every wording that they had."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Answer(Model):
    """What a person decided of a ticket's reply: published for all, withdrawn, or refused and never proposed again.

    `question` and `answer` hold no personal data; both are empty for a refused one. `version` rises with each act and
    is the external version in the index; `indexed` is the one that was delivered there.
    """

    __tablename__ = "answers"
    __table_args__ = (Index(None, "state", "published_at"),)

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), unique=True)
    state: Mapped[Code]
    version: Mapped[int]
    indexed: Mapped[int]
    question: Mapped[str]
    answer: Mapped[str]
    matter: Mapped[Code | None]
    unit: Mapped[Code | None]
    published_at: Mapped[datetime | None]
    decided_at: Mapped[datetime]
    decided_by: Mapped[Code]


class AnswerVersion(Model):
    """One wording as it was published; it stays when another takes its place."""

    __tablename__ = "answer_versions"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    question: Mapped[str]
    answer: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[Code]
