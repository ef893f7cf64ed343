"""The rules as data: years of the calendar and versions of the policy sets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from hotline.models.model import Code, Key, Model


class CalendarYear(Model):
    """One version of one year: `days` holds holidays and make-up working days; published_at null = a draft.

    Each publication is an edition of the calendar, numbered from 1; edition n is made of the newest rows up to n.
    """

    __tablename__ = "calendar_years"
    __table_args__ = (UniqueConstraint("year", "version"),)

    id: Mapped[Key]
    year: Mapped[int]
    version: Mapped[int]
    source: Mapped[str]
    days: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
    edition: Mapped[int | None]


class WorkingHours(Model):
    """One version of when a unit works, or (`unit` empty) the whole city: `data` holds hours, weekdays, holidays."""

    __tablename__ = "working_hours"
    __table_args__ = (UniqueConstraint("unit", "version"),)

    id: Mapped[Key]
    unit: Mapped[Code]
    version: Mapped[int]
    source: Mapped[str]
    data: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
    edition: Mapped[int | None]


class PolicyVersion(Model):
    """One version of one policy set, in force from a day on; old tickets keep theirs."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("set_code", "version"),)

    id: Mapped[Key]
    set_code: Mapped[Code]
    version: Mapped[int]
    effective_from: Mapped[date]
    data: Mapped[dict[str, Any]]
    published_at: Mapped[datetime | None]
