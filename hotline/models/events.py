"""The one events table: history, audit chain, outbox and source of the reports; its seals and its deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Event(Model):
    """One thing that happened. Rows are only added; `delivered_at` and `seal` alone are filled in later.

    `subject` names the chain (ticket:17, staff:3, calendar:2027); `seq` counts from 1 without a gap in it; `hash`
    covers the content and `previous`, the hash of the same subject's event before.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("subject", "seq"),
        Index("ix_events_ticket_id", "ticket_id", "seq"),
        Index("ix_events_action_at", "action", "at"),
        Index(
            "ix_events_undelivered",
            "id",
            postgresql_where=text("delivered_at IS NULL"),
            sqlite_where=text("delivered_at IS NULL"),
        ),
        Index(
            "ix_events_unsealed",
            "id",
            postgresql_where=text("seal IS NULL"),
            sqlite_where=text("seal IS NULL"),
        ),
        Index("ix_events_seal", "seal"),
    )

    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[datetime]
    action: Mapped[Code]
    actor: Mapped[Code]
    unit: Mapped[Code | None]
    data: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    delivered_at: Mapped[datetime | None]
    seal: Mapped[int | None] = mapped_column(ForeignKey("seals.id"))


class EventText(Model):
    """Free text of an event. The event itself holds only a salted commitment, so the text can be erased."""

    __tablename__ = "event_texts"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(String(32))
    text: Mapped[str]


class Seal(Model):
    """A minute's Merkle root over the new events, chained to the seal before."""

    __tablename__ = "seals"

    id: Mapped[Key] = mapped_column(autoincrement=False)
    at: Mapped[datetime]
    count: Mapped[int]
    root: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
