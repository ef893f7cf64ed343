"""Topics: what many people speak of in one place; the alerts about them, and what people said of the alerts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Float, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.models.model import Big, Code, Key, Model


class Topic(Model):
    """A concern of several people: a projection, made again by `topics rebuild`.

    `name` holds no personal data. `count` tickets of `callers` different senders from `first_at` to `last_at`, by the
    time when they were said. `units` are the codes of who has them, most first. `basis` is words (like messages) or
    rise (many of one matter in one place).
    """

    __tablename__ = "topics"

    id: Mapped[Key]
    name: Mapped[str]
    basis: Mapped[Code]
    matter: Mapped[Code | None]
    place: Mapped[Code | None]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]
    callers: Mapped[int]
    units: Mapped[list[Any]]


class TopicTicket(Model):
    """A ticket that has been read for topics, and the one it belongs to, if any. A projection.

    `at` is when it was said (asked_at, else received_at); `caller` is equal for one hand's tickets, or without a sender
    for equal texts. `features` are what it is compared by: pairs of a 64-bit hash and a 32-bit weight, empty once it is
    too old to be compared. No foreign keys, as of `traces`: a round never waits for whoever has the ticket in hand.
    """

    __tablename__ = "topic_tickets"
    __table_args__ = (
        Index(
            "ix_topic_tickets_topic_id_at",
            "topic_id",
            "at",
            postgresql_where=text("topic_id IS NOT NULL"),
            sqlite_where=text("topic_id IS NOT NULL"),
        ),
    )

    ticket_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    caller: Mapped[str] = mapped_column(String(64))
    topic_id: Mapped[int | None]
    features: Mapped[bytes] = mapped_column(LargeBinary)


class TopicAlert(Model):
    """A rise that managers were told of, with its evidence as it stood then; an act, never made again.

    `seen` callers from `first` to `last` where `expected` were usual, the `chance` of so many being at most
    `threshold`; `numbers` are the tickets. `over_at` is when the rise had gone. `verdict` is null, real or not_real.
    """

    __tablename__ = "topic_alerts"

    id: Mapped[Key]
    topic_id: Mapped[int] = mapped_column(index=True)
    level: Mapped[int]
    name: Mapped[str]
    matter: Mapped[Code | None]
    place: Mapped[Code | None]
    family: Mapped[Code] = mapped_column(index=True)
    raised_at: Mapped[datetime]
    first: Mapped[date]
    last: Mapped[date]
    seen: Mapped[int]
    expected: Mapped[float] = mapped_column(Float)
    chance: Mapped[float] = mapped_column(Float)
    threshold: Mapped[float] = mapped_column(Float)
    numbers: Mapped[list[Any]]
    over_at: Mapped[datetime | None]
    verdict: Mapped[Code | None]
    reason: Mapped[str]
    judged_by: Mapped[Code | None]
    judged_at: Mapped[datetime | None]


class Like(Model):
    """How many readers of a message board liked a message there, and how many did not; as it was imported last."""

    __tablename__ = "likes"

    ticket_id: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=False)
    likes: Mapped[int]
    dislikes: Mapped[int]
