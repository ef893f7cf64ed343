"""How far the search is behind, for everybody who reads a page: counted from the tables, and noted by the rounds.

A page never asks the index itself, which may be hanging. Who does ask, the rounds, leaves a note in the table of
leases; it runs out by itself, so that no note outlives who could take it back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Lease
from hotline.relay import MOST_COUNTED, lag

AWAY, FILLING = "index away", "index filling"

NOTE_SECONDS, AGAIN_SECONDS = 90.0, 20.0
"""A note holds for so long, and is written again after so long."""

_noted: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class State:
    """`waiting` changes are not in the index (`more`: at least so many), the oldest for `seconds`, since `since`.
    `away`: since when the index has not answered, None where it does. `lacking`: about so many tickets are still to be
    put back into an index that was emptied.
    """

    waiting: int
    seconds: float
    since: datetime | None
    away: datetime | None
    lacking: int

    @property
    def more(self) -> bool:
        """True where no more were counted."""
        return self.waiting >= MOST_COUNTED


def state(session: Session) -> State:
    """What the tables and the notes say."""
    waiting, seconds = lag(session)
    rows = session.execute(select(Lease.name, Lease.holder, Lease.until).where(Lease.name.in_((AWAY, FILLING)))).all()
    at = db.now(session) if waiting or rows else None
    notes = {row.name: row.holder for row in rows if at and row.until > at}
    return State(
        waiting=waiting,
        seconds=seconds,
        since=at - timedelta(seconds=seconds) if at and waiting else None,
        away=datetime.fromisoformat(notes[AWAY]) if AWAY in notes else None,
        lacking=int(notes.get(FILLING, 0)),
    )


def is_away(session: Session) -> bool:
    """True while the rounds say that the index does not answer: who can do without need not wait for it."""
    note = select(Lease.name).where(Lease.name == AWAY, Lease.until > db.now(session))
    return session.scalar(note) is not None


def note_away() -> None:
    """The index does not answer. The note of the first time stays."""
    if _due(AWAY):
        with db.transaction() as session:
            at, there = db.now(session), session.get(Lease, AWAY)
            since = there.holder if there and there.until > at else at.isoformat()
            _write(session, AWAY, since)


def note_filling(lacking: int) -> None:
    """About so many tickets are still to be put back."""
    if _due(FILLING):
        with db.transaction() as session:
            _write(session, FILLING, str(lacking))


def take_back(name: str) -> None:
    """The note of this process holds no longer; nothing where it left none."""
    if _noted.pop(name, None) is not None:
        with db.transaction() as session:
            session.execute(delete(Lease).where(Lease.name == name))


def _due(name: str) -> bool:
    if time.monotonic() < _noted.get(name, 0.0):
        return False
    _noted[name] = time.monotonic() + AGAIN_SECONDS
    return True


def _write(session: Session, name: str, words: str) -> None:
    until = db.now(session) + timedelta(seconds=NOTE_SECONDS)
    session.merge(Lease(name=name, holder=words, until=until))
