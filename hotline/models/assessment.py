"""The schemes of assessment 考核方案 in versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from hotline.models.model import Code, Key, Model


class SchemeVersion(Model):
    """One version of one scheme, in force from a day on; published_at null = its draft. A period is judged by the
    version that was in force on its first day.
    """

    __tablename__ = "schemes"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[Key]
    code: Mapped[Code]
    version: Mapped[int]
    effective_from: Mapped[date]
    data: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
