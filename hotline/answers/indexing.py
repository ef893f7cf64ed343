"""The published answers in an index of their own, of the same engine as the tickets': fed and mended by a small round.

An answer's version is the external version, so a late delivery never wins. What was withdrawn is taken out. The list
is short (thousands), so the whole of it is compared by versions every half minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import structlog
from sqlalchemy import select, update

from hotline import db
from hotline.answers.publishing import PUBLISHED, send_back
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Answer
from hotline.settings import settings
from search.documents import Document, Unavailable
from search.engines import open_engine
from search.life import Damaged, Engine
from search.projection import batches

NAME = "answers"
PORTION = 500
COMPARE_SECONDS = 30.0
"""So often the whole list is compared with the tickets and with the index, by each process that goes round."""

_looked_at: dict[Path, float] = {}

log = structlog.get_logger()


def index() -> Engine:
    """The engine of the settings, opened once per process."""
    return _engine(settings().elasticsearch_url, settings().home)


@cache
def _engine(url: str, home: Path) -> Engine:
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # a traceback per second while it is away
    return open_engine(url, home, NAME)


def answers_round() -> int:
    """Bring what was published, put right or withdrawn to the index, and mend the index where it is not whole; how
    many were put or taken out. With the index away, the next round does it. Now and then the whole list is looked at.
    """
    whole = _due()
    if whole:
        with db.transaction() as session:
            send_back(session)
    try:
        return deliver(index()) + (mend(index()) if whole else 0)
    except Unavailable as error:
        log.warning("answers_index_unavailable", error=str(error))
        if isinstance(error, Damaged):
            index().clear()
        return 0


def deliver(engine: Engine) -> int:
    """Bring what has changed since it was delivered; how many. Raises search.Unavailable, and nothing is lost."""
    done = 0
    while count := _portion(engine):
        done += count
    return done


def _portion(engine: Engine) -> int:
    changed = select(Answer).where(Answer.indexed < Answer.version).order_by(Answer.id).limit(PORTION)
    with db.reading() as session:
        rows = session.scalars(changed).all()
        know = knowledge(session) if rows else None
    if know is None:
        return 0
    _write(engine, know, rows)
    with db.transaction() as session:
        for row in rows:
            mark = update(Answer).where(Answer.id == row.id, Answer.indexed < row.version).values(indexed=row.version)
            session.execute(mark.execution_options(synchronize_session=False))
    return len(rows)


def _write(engine: Engine, know: Knowledge, rows: Sequence[Answer]) -> None:
    engine.prepare()
    engine.put([document(know, row) for row in rows if row.state == PUBLISHED])
    if gone := {row.id: row.version for row in rows if row.state != PUBLISHED}:
        engine.remove(gone)
    engine.refresh()


def _due() -> bool:
    home, now = settings().home, time.monotonic()
    if now - _looked_at.get(home, -COMPARE_SECONDS) < COMPARE_SECONDS:
        return False
    _looked_at[home] = now
    return True


def mend(engine: Engine) -> int:
    """Put again what is not there as it should be, into an index that was emptied or lost too; how many were put or
    taken out. One of another form, or ahead of the table, as after a restored backup, is emptied first. Raises
    search.Unavailable.
    """
    engine.prepare()
    with db.reading() as session:
        rows = session.execute(select(Answer.id, Answer.version, Answer.state)).all()
    there, known = engine.versions([row.id for row in rows]), {row.id: row.version for row in rows}
    ahead = engine.count() > len(there) or any(version > known[one] for one, version in there.items())
    if ahead or not engine.life().fits:
        engine.clear()
        there = {}
    wrong = [row.id for row in rows if there.get(row.id) != (row.version if row.state == PUBLISHED else None)]
    for portion in batches(wrong, PORTION):
        _again(engine, portion)
    engine.filled()
    return len(wrong)


def _again(engine: Engine, ids: Sequence[int]) -> None:
    with db.reading() as session:
        rows, know = session.scalars(select(Answer).where(Answer.id.in_(ids))).all(), knowledge(session)
    _write(engine, know, rows)


def document(know: Knowledge, row: Answer) -> Document:
    """A published answer as the index knows it: nothing that is not public."""
    at = row.published_at or row.decided_at
    return Document(
        id=row.id,
        version=row.version,
        number=str(row.id),
        title=row.question,
        content=row.question,
        reply=row.answer,
        kind="answer",
        urgency="normal",
        source="answers",
        status="closed",
        received_at=at,
        matter=row.matter,
        matters=know.matter_tree.ancestors(row.matter),
        unit=row.unit,
        units=(row.unit,) if row.unit else (),
        replied=True,
    )
