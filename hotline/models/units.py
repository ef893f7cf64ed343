"""Units (a tree of four levels), the people and machines that work for them, their tokens and sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Key, Model


class Unit(Model):
    """承办单位: a district, department, enterprise, township or community; the hotline's city is the root."""

    __tablename__ = "units"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[str]
    short_name: Mapped[str]
    aliases: Mapped[list[Any]]
    kind: Mapped[Code]
    parent: Mapped[Code | None] = mapped_column(ForeignKey("units.code"), index=True)
    peer_group: Mapped[Code | None]
    batch: Mapped[int]
    onboarded_on: Mapped[date]
    place: Mapped[Code | None] = mapped_column(ForeignKey("places.code"))
    active: Mapped[bool] = mapped_column(default=True)


class Staff(Model):
    """A person with roles, or a machine (`machine`) that only has tokens. Disabled ones lose access at once."""

    __tablename__ = "staff"

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    unit: Mapped[Code | None] = mapped_column(ForeignKey("units.code"), index=True)
    roles: Mapped[list[Any]]
    machine: Mapped[bool] = mapped_column(default=False)
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_step: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Token(Model):
    """An opaque API token; only its hash is kept."""

    __tablename__ = "tokens"

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Session(Model):
    """A signed-in browser; only the hash of its id is kept; logging out or idling ends it."""

    __tablename__ = "sessions"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
