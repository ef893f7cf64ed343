"""Calls, as the exchange recorded them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Call(Model):
    """A call offered to the hotline. Who called is not kept: no figure needs it.

    `wait_seconds` is from the first ring to the answer, or to the end where nobody answered; `talk_seconds` is 0 then.
    `agent` is the extension that answered.
    """

    __tablename__ = "calls"

    id: Mapped[Key]
    uniqueid: Mapped[str] = mapped_column(String(150), unique=True)
    started_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime]
    wait_seconds: Mapped[int]
    talk_seconds: Mapped[int]
    disposition: Mapped[Code]
    agent: Mapped[Code]
