"""What was true of each ticket, and from when to when: the figures' own rows. All of them can be made again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Code, Model

FLAGS = (
    "running",
    "late",
    "in_time",
    "provisional",
    "rejected",
    "withdrawn",
    "merged",
    "closed",
    "moved",
    "reopened",
    "returned",
    "extended",
    "evaluated",
    "solved",
    "satisfied",
    "excluded",
    "bad",
)
"""What `flags` says by its bits, the lowest first; new ones go to the end. One number is grouped by quicker than
sixteen columns are."""


NOW_INCLUDES = ("ticket_id", "known_from", "flags", "due_at", "unit", "minutes_working", "minutes_natural")
"""What nearly every count asks: it is answered by an index alone."""


class Fact(Model):
    """A ticket during a stretch of time in which nothing of it changed: known_from < t <= known_until, null is now.

    Events at one instant make one row. What depends on the hand of the clock alone, whether a deadline has come, is
    asked of `due_at` and the flag running; the flag late is a resolve clock that has ended late. Minutes are from the
    first dispatch to the last answer, `agent` is the actor that opened the ticket, `level` the newest evaluation's.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index("ix_facts_dispatched_at", "dispatched_at", postgresql_include=("known_until", *NOW_INCLUDES)),
        Index(
            "ix_facts_now",
            "dispatched_at",
            postgresql_include=NOW_INCLUDES,
            postgresql_where=text("known_until IS NULL"),
            sqlite_where=text("known_until IS NULL"),
        ),
        Index(
            "ix_facts_known_until",
            "known_until",
            postgresql_where=text("known_until IS NOT NULL"),
            sqlite_where=text("known_until IS NOT NULL"),
        ),
        Index(
            "ix_facts_undispatched",
            "received_at",
            postgresql_include=("known_from", "known_until", "flags"),
            postgresql_where=text("dispatched_at IS NULL"),
            sqlite_where=text("dispatched_at IS NULL"),
        ),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    known_from: Mapped[datetime] = mapped_column(primary_key=True)
    known_until: Mapped[datetime | None]
    received_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    minutes_working: Mapped[int | None]
    minutes_natural: Mapped[int | None]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    flags: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(32))
    source: Mapped[Code]
    agent: Mapped[Code]
    unit: Mapped[Code | None]
    kind: Mapped[Code]
    matter: Mapped[Code | None]
    place: Mapped[Code | None]
    urgency: Mapped[Code]


class BadEvaluation(Model):
    """A bad evaluation 差评 of a ticket, and when a later one put it right in time (null: not yet, or never)."""

    __tablename__ = "bad_evaluations"
    __table_args__ = (Index("ix_bad_evaluations_at", "at"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    mended_at: Mapped[datetime | None]


class KeptMonth(Model):
    """The counts of a month that is over, of the whole city (`unit` is '*') or of one unit ('': the hotline's own).

    What was counted at a month's end stays so for ever; the table can be emptied, and is filled again.
    """

    __tablename__ = "kept_months"

    first: Mapped[date] = mapped_column(primary_key=True)
    unit: Mapped[Code] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)


class Uncounted(Model):
    """A projection that has to be made from the events before anybody reads it: here after an upgrade."""

    __tablename__ = "uncounted"

    name: Mapped[Code] = mapped_column(primary_key=True)
