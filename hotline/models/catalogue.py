"""Matters, places, and who is responsible for which matter in which place (权责清单)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Matter(Model):
    """A node of the three-level catalogue 事项 with the phrases that citizens use for it."""

    __tablename__ = "matters"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent: Mapped[Code | None] = mapped_column(ForeignKey("matters.code"), index=True)
    level: Mapped[int]
    phrases: Mapped[list[Any]]
    kind: Mapped[Code | None]
    urgency: Mapped[Code | None]
    active: Mapped[bool] = mapped_column(default=True)


class Place(Model):
    """A node of the gazetteer with its aliases."""

    __tablename__ = "places"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[Code]
    parent: Mapped[Code | None] = mapped_column(ForeignKey("places.code"), index=True)
    aliases: Mapped[list[Any]]
    active: Mapped[bool] = mapped_column(default=True)


class Responsibility(Model):
    """Matter × place → lead unit 主办 and assisting units 协办, with legal basis and the days it is in force."""

    __tablename__ = "responsibilities"
    __table_args__ = (Index(None, "matter", "place"),)

    id: Mapped[Key]
    matter: Mapped[Code] = mapped_column(ForeignKey("matters.code"))
    place: Mapped[Code] = mapped_column(ForeignKey("places.code"))
    lead: Mapped[Code] = mapped_column(ForeignKey("units.code"))
    assisting: Mapped[list[Any]]
    legal_basis: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
