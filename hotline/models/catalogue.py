"""Matters, places, and who is responsible for which matter in which place (权责清单)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Matter(Model):
    """A node of the three-level catalogue 事项 with the phrases that citizens use for it, and examples of messages."""

    __tablename__ = "matters"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent: Mapped[Code | None] = mapped_column(ForeignKey("matters.code"), index=True)
    level: Mapped[int]
    phrases: Mapped[list[Any]]
    examples: Mapped[list[Any]] = mapped_column(server_default="[]")
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


class CatalogueVersion(Model):
    """One version of the catalogue, the responsibility list and the gazetteer, whole; published_at null = a draft.

    In force is the newest published one whose `effective_from` has come. Until the first is published the tables
    matters, places and responsibilities hold as they were seeded; afterwards they are the register of every code that
    was ever given out, since tickets point at them.
    """

    __tablename__ = "catalogue_versions"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(unique=True)
    source: Mapped[str]
    effective_from: Mapped[date | None]
    matters: Mapped[list[Any]]
    places: Mapped[list[Any]]
    responsibilities: Mapped[list[Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    author: Mapped[Code]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class Boundary(Model):
    """The outline of a place: GeoJSON Polygon or MultiPolygon in WGS84, longitude first (RFC 7946)."""

    __tablename__ = "boundaries"

    place: Mapped[Code] = mapped_column(ForeignKey("places.code"), primary_key=True)
    geometry: Mapped[dict[str, Any]]
    source: Mapped[str]


class TrainedModel(Model):
    """A classifier trained on labelled messages; at most one is in force: the last promoted, unless rolled back.

    `data_digest` is the SHA-256 of the examples, `catalogue_digest` of the matters under which it was trained: a model
    older than its catalogue is refused. `figures` are those of routing.evaluating.
    """

    __tablename__ = "classifiers"

    id: Mapped[Key]
    version: Mapped[int] = mapped_column(unique=True)
    trained_at: Mapped[datetime]
    source: Mapped[str]
    examples: Mapped[int]
    data_digest: Mapped[str] = mapped_column(String(64))
    catalogue_digest: Mapped[str] = mapped_column(String(64))
    figures: Mapped[dict[str, Any]]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    promoted_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
