"""The ticket 工单 and what hangs on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, LargeBinary, Sequence, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Big, Code, Key, Model

NEVER = "9999-01-01 00:00:00.000000"
"""The nearest deadline of what has none: a value and no null, so that lists are sorted by an index alone."""

RUNS_AND_WARNED = (
    "met_at IS NULL AND stopped_at IS NULL AND known_until IS NULL AND (next_level IS NULL OR next_level != 'warn')"
)
"""A clock that runs, and somebody has been warned of it."""

ticket_numbers = Sequence("ticket_numbers", metadata=Model.metadata)


class Ticket(Model):
    """One citizen's matter. The row is the fold of its events (lifecycle.apply) plus what the citizen said.

    `version` counts the people's acts: two people acting on one version → one of them is told. `nearest_at` is the
    nearest deadline that runs of those that work lists are sorted by, a projection as the clocks are.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("channel", "external_id"),
        Index(None, "status", "received_at"),
        Index(None, "status", "nearest_at", "id"),
        Index(None, "received_at", "id"),
        Index(None, "due_at", "id"),
        Index("ix_tickets_undue", "id", postgresql_where=text("due_at IS NULL"), sqlite_where=text("due_at IS NULL")),
        Index(None, "unit", "status"),
        Index(
            "ix_tickets_pending",
            "pending",
            postgresql_where=text("pending IS NOT NULL"),
            sqlite_where=text("pending IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    query_code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    query_code_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    channel: Mapped[Code]
    external_id: Mapped[str] = mapped_column(String(200))
    source: Mapped[Code]
    source_number: Mapped[str]
    title: Mapped[str]
    content: Mapped[str]
    content_digest: Mapped[str] = mapped_column(String(64), index=True)
    place_said: Mapped[str]
    received_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    confidential: Mapped[bool]
    no_reply: Mapped[bool]
    accused: Mapped[list[Any]]
    decision: Mapped[dict[str, Any]]

    status: Mapped[Code]
    version: Mapped[int] = mapped_column()
    kind: Mapped[Code]
    urgency: Mapped[Code]
    matter: Mapped[Code | None] = mapped_column(ForeignKey("matters.code"), index=True)
    place: Mapped[Code | None] = mapped_column(ForeignKey("places.code"), index=True)
    unit: Mapped[Code | None] = mapped_column(ForeignKey("units.code"))
    assisting: Mapped[list[Any]]
    complex: Mapped[bool]
    cycle: Mapped[int]
    dispatches: Mapped[int]
    dispatched_at: Mapped[datetime | None]
    designated: Mapped[bool]
    extensions: Mapped[int]
    pending: Mapped[Code | None]
    tries: Mapped[int]
    evaluated: Mapped[bool]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    policy: Mapped[Code]
    calendar: Mapped[Code]
    suspended_until: Mapped[datetime | None]
    suspensions: Mapped[int]
    supervised: Mapped[bool]
    excluded: Mapped[Code | None]
    assisted: Mapped[list[Any]]

    due_at: Mapped[datetime | None]
    nearest_at: Mapped[datetime] = mapped_column(server_default=NEVER)
    details: Mapped[dict[str, Any] | None]
    point: Mapped[dict[str, Any] | None]

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012


class Citizen(Model):
    """Who wrote this ticket: encrypted at rest, found by HMAC; a salt for the commitments in the events.

    `sender_digest` is the same for all that one hand sent, by whichever name the channel knows it; null where nobody
    knows: two who gave no name are not one.
    """

    __tablename__ = "citizens"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    id_number_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    phone_tail_digest: Mapped[str | None] = mapped_column(String(64))
    sender_digest: Mapped[str | None] = mapped_column(String(64), index=True)
    salt: Mapped[str] = mapped_column(String(32))
    erased_at: Mapped[datetime | None]


class Transcript(Model):
    """The turns of a call, as the recogniser gave them."""

    __tablename__ = "transcripts"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    turns: Mapped[list[Any]]


class Assist(Model):
    """An assisting unit 协办 of a ticket."""

    __tablename__ = "assists"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    unit: Mapped[Code] = mapped_column(ForeignKey("units.code"), primary_key=True, index=True)


class Cycle(Model):
    """One run through the life cycle; reopening starts the next and leaves this one's verdict standing."""

    __tablename__ = "cycles"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Code | None]


class Clock(Model):
    """A clock as the events, policy and calendar make it; a projection that can be built again.

    A deadline that changes (extension, published calendar) makes a new row: known_from..known_until says from when
    to when this one was the truth, so that last month's report gives today what it gave then.
    `party` is the unit of an assisting unit's clock, else ''; `unit` is who held the ticket when it started.
    `next_at` is the time of the ladder's next step, null when there is none: the sweep reads this index alone.
    `worked` are the office minutes from start to fulfilment, by the edition it ran by; null while it is not met.
    """

    __tablename__ = "clocks"
    __table_args__ = (
        UniqueConstraint("ticket_id", "name", "opened_by", "party", "known_from"),
        Index(
            "ix_clocks_next_at",
            "next_at",
            postgresql_where=text("next_at IS NOT NULL"),
            sqlite_where=text("next_at IS NOT NULL"),
        ),
        Index(None, "name", "due_at"),
        Index(
            "ix_clocks_warned",
            "ticket_id",
            postgresql_where=text(RUNS_AND_WARNED),
            sqlite_where=text(RUNS_AND_WARNED),
        ),
        Index(
            "ix_clocks_due",
            "name",
            "due_at",
            postgresql_include=("ticket_id", "unit", "met_at", "stopped_at", "known_from", "known_until"),
            postgresql_where=text("name IN ('dispatch', 'accept', 'contact')"),
            sqlite_where=text("name IN ('dispatch', 'accept', 'contact')"),
        ),
    )

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    cycle: Mapped[int]
    name: Mapped[Code]
    opened_by: Mapped[int]
    party: Mapped[Code]
    unit: Mapped[Code | None]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    allowance: Mapped[str]
    policy: Mapped[Code]
    calendar: Mapped[Code]
    provisional: Mapped[bool]
    met_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    steps: Mapped[list[Any]]
    next_level: Mapped[Code | None]
    next_at: Mapped[datetime | None]
    known_from: Mapped[datetime]
    known_until: Mapped[datetime | None]
    worked: Mapped[int | None]


class Escalation(Model):
    """One step of the ladder, once: both the time it fell due and the time it was found."""

    __tablename__ = "escalations"
    __table_args__ = (
        UniqueConstraint("ticket_id", "clock", "cycle", "opened_by", "party", "level"),
        Index(None, "level", "due_at"),
    )

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    clock: Mapped[Code]
    cycle: Mapped[int]
    opened_by: Mapped[int]
    party: Mapped[Code]
    level: Mapped[Code]
    unit: Mapped[Code | None]
    due_at: Mapped[datetime]
    detected_at: Mapped[datetime]


class Reply(Model):
    """A unit's answer: `result` for the hotline, `public_reply` for the public; `passed` once reviewed."""

    __tablename__ = "replies"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True)
    cycle: Mapped[int]
    unit: Mapped[Code | None]
    at: Mapped[datetime]
    result: Mapped[str]
    public_reply: Mapped[str]
    passed: Mapped[bool | None]


class Evaluation(Model):
    """好差评: what the citizen said when asked, or that they were not reached (`answered` false)."""

    __tablename__ = "evaluations"
    __table_args__ = (Index(None, "at"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True)
    cycle: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[Code]
    answered: Mapped[bool]
    solved: Mapped[bool | None]
    satisfied: Mapped[bool | None]
    level: Mapped[int | None]


class Likeness(Model):
    """A ticket that seems to be about the same as an earlier one; a suggestion until a person says what it is.

    `reason` is same_text, same_person or alike; `score` (0..1) is how surely it is the same, `reasons` say why, in
    Chinese. `verdict` is null, joined or apart, and `decided_by` whoever said so.
    """

    __tablename__ = "likenesses"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, index=True)
    reason: Mapped[Code]
    score: Mapped[float] = mapped_column(Float, server_default="1")
    reasons: Mapped[list[Any]] = mapped_column(server_default="[]")
    verdict: Mapped[Code | None]
    decided_by: Mapped[Code | None]


class Trace(Model):
    """A feature of a ticket's text, by which like ones find each other: a projection, made again by `retrace`.

    No foreign key: each would lock its ticket's row, and wait for whoever has the ticket in hand.
    """

    __tablename__ = "traces"

    feature: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)


class Untraced(Model):
    """A ticket that has been opened and not compared with others yet; its row goes when it has been."""

    __tablename__ = "untraced"

    ticket_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Attachment(Model):
    """A file that belongs to a ticket: evidence for a suspension, an answer or the like, sealed with the data key.

    `event_seq` is the event that it was handed in with; null until an act takes it. `digest` is the SHA-256 of the
    plain content, which that event's data names. `read_at` is null until its text was looked for.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        Index(
            "ix_attachments_unread",
            "id",
            postgresql_where=text("read_at IS NULL AND event_seq IS NOT NULL"),
            sqlite_where=text("read_at IS NULL AND event_seq IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    event_seq: Mapped[int | None]
    name: Mapped[str]
    type: Mapped[Code]
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    by: Mapped[Code]
    unit: Mapped[Code | None]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
