"""What the rounds leave: the lease of the one scheduler, and the notices of what fell due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Lease(Model):
    """Who may schedule until when, by the database's clock; whoever finds it run out may take it."""

    __tablename__ = "leases"

    name: Mapped[Code] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]


class Notice(Model):
    """One message to one unit or role about everything of one level that a round found: many tickets, one notice.

    `items` is [[ticket number, clock, due time]], at most some dozens of them; `count` is how many there were.
    """

    __tablename__ = "notices"
    __table_args__ = (Index(None, "unit", "id"),)

    id: Mapped[Key]
    at: Mapped[datetime]
    role: Mapped[Code]
    unit: Mapped[Code | None]
    level: Mapped[Code]
    count: Mapped[int]
    items: Mapped[list[Any]]
