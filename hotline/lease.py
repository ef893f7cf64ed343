"""A lease: of several who could schedule the rounds, one does, and when it dies another takes over.

The lease saves work and noise; it is not what makes things happen once. That is done by row locks and unique keys, so
a round that outlasts the lease, or a process that was frozen and thinks it still holds it, does no harm.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from datetime import timedelta

from sqlalchemy import delete, literal, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline import db
from hotline.models import Lease as Row
from hotline.rows import table_of

ROUNDS = "rounds"
"""The lease of whoever schedules the rounds: a ticker, or Celery's beat."""

LEASE_SECONDS = 10.0
"""So long may the rounds stand still after their holder was killed; well under any deadline's last minutes."""


def hold(session: Session, name: str, holder: str, seconds: float) -> bool:
    """Take the lease `name` for `seconds`, or keep it so much longer; False while it is another's.

    One statement, by the database's clock: of two at the same instant one has it.
    """
    at, leases = db.now(session), table_of(Row)
    insert = postgresql.insert if db.is_postgres(session) else sqlite.insert
    taken = insert(leases).values(name=name, holder=holder, until=at + timedelta(seconds=seconds))
    free = or_(leases.c.holder == holder, leases.c.until <= at)
    new = {"holder": taken.excluded.holder, "until": taken.excluded.until}
    kept = taken.on_conflict_do_update(index_elements=["name"], set_=new, where=free)
    return session.execute(kept.returning(literal(1))).scalar() is not None


def release(session: Session, name: str, holder: str) -> None:
    """Give the lease up, so that nobody need wait for its end; nothing where it is another's."""
    session.execute(delete(Row).where(Row.name == name, Row.holder == holder))


class Holder:
    """One process that would like the lease. It asks the database only when a third of its time has gone."""

    def __init__(self, name: str = ROUNDS, seconds: float = LEASE_SECONDS) -> None:
        """Nothing is asked yet."""
        self.name, self.seconds = name, seconds
        self.id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._sure_until = 0.0

    def holds(self) -> bool:
        """True while the lease is ours. Raises what the database raises; then nobody should count on it."""
        asked = time.monotonic()
        if asked < self._sure_until:
            return True
        self._sure_until = 0.0
        with db.transaction() as session:
            held = hold(session, self.name, self.id, self.seconds)
        self._sure_until = asked + self.seconds / 3 if held else 0.0
        return held

    def let_go(self) -> bool:
        """Give it up; False when it was not ours."""
        if not self._sure_until:
            return False
        self._sure_until = 0.0
        with db.transaction() as session:
            release(session, self.name, self.id)
        return True
