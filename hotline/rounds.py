"""The rounds that keep the house going: relay, sweep, seal and others. Celery's tasks and the ticker call them all.

Each round works in small transactions until nothing is left, so whatever is killed in the middle is done again by
the next round, and only what is undone.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import TypeVar

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from hotline import attachment_texts, db, journal, lease, notices, repeats
from hotline import relay as outbox
from hotline import sweep as clocks
from hotline.desk import evidence
from hotline.rulemaking import calendars
from hotline.settings import settings
from hotline.topics.going_round import TOPICS_SECONDS, topics_round
from search.documents import Unavailable
from search.engines import open_engine
from search.life import Engine

SEAL_SECONDS = 60.0
REPAIR_SECONDS = 60.0
CLEAN_SECONDS = 3600.0
READ_SECONDS = 10.0
READ_LEASE_SECONDS = 60.0
MOVE_SECONDS = 10.0
MOVE_LEASE_SECONDS = 60.0
"""So long one process moves deadlines alone; if it dies, the round of another goes on after that."""

TRACE_BATCHES = 5
TRACE_LEASE_SECONDS = 60.0
"""Five batches take a second or some; a process that dies in them keeps the others from it for a minute."""

log = structlog.get_logger()

Batch = TypeVar("Batch")


@cache
def index() -> Engine:
    """The search engine of the settings, one per process."""
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)  # a traceback per second while it is away
    return open_engine(settings().elasticsearch_url, settings().home)


def relay_round() -> int:
    """Deliver everything undelivered; how many events. With the index away it gives up until the next round."""
    engine, delivered = index(), 0
    try:
        engine.prepare()
        while count := _relay_once(engine):
            delivered += count
    except Unavailable as error:
        log.warning("index_unavailable", error=str(error))
    return delivered


def _relay_once(engine: Engine) -> int:
    with db.transaction() as session:
        return outbox.relay(session, engine)


def trace_round() -> int:
    """Compare some of the tickets that wait to be with those they may repeat; how many.

    One process at a time, and so many in a round: after a flood or a `retrace` a hundred thousand wait, and neither the
    sweep of the clocks nor the notices may wait for them.
    """
    with db.reading() as session:
        if not repeats.waiting(session):
            return 0
    ours, compared = lease.Holder("trace", TRACE_LEASE_SECONDS), 0
    try:
        for _ in range(TRACE_BATCHES):
            count = repeats.trace_some() if ours.holds() else 0
            if not count:
                break
            compared += count
    finally:
        ours.let_go()
    return compared


def repair_round() -> int:
    """Heal an index that was emptied or lost documents; how many tickets were put back."""
    try:
        with db.reading() as session:
            mended = outbox.repair(session, index())
    except Unavailable as error:
        log.warning("index_unavailable", error=str(error))
        return 0
    if mended:
        log.info("index_repaired", tickets=mended)
    return mended


def sweep_round() -> int:
    """Resume every suspension that is over and escalate everything due; how many clocks."""
    taken = 0
    for once in (clocks.resume_due, clocks.sweep):
        while count := _in_one_transaction(once):
            taken += count
    return taken


def _in_one_transaction(once: Callable[[Session], int]) -> int:
    with db.transaction() as session:
        return once(session)


def move_round() -> int:
    """Put every ticket under the newest edition of the calendar whose open deadlines it changes; how many.

    One process at a time, however long it takes: a second would only keep a worker from the sweep.
    """
    ours = lease.Holder("move", MOVE_LEASE_SECONDS)
    if not ours.holds():
        return 0
    try:
        return calendars.move_round(watch=partial(_while_held, ours))
    finally:
        ours.let_go()


def _while_held(
    ours: lease.Holder, batches: Iterable[Batch], _words: str, _total: int | None = None
) -> Iterator[Batch]:
    for batch in batches:
        if not ours.holds():
            raise LeaseLost("the lease of the moving round is another's now")
        yield batch


class LeaseLost(RuntimeError):
    """Another process took the round over; what is done is done, and it does the rest."""


def clean_round() -> int:
    """Take out uploads that no act has used, notices and traces that nobody needs any more; how many."""
    dropped = sum(_in_one_transaction(once) for once in (evidence.drop_unused, notices.drop_old))
    while count := _in_one_transaction(repeats.drop_old):
        dropped += count
    return dropped


def read_round() -> int:
    """Read some of the files that were handed in, one process at a time; how many."""
    ours = lease.Holder("read", READ_LEASE_SECONDS)
    try:
        return attachment_texts.read_some(index()) if ours.holds() else 0
    except Unavailable as error:
        log.warning("index_unavailable", error=str(error))
        return 0
    finally:
        ours.let_go()


def seal_round() -> int:
    """Seal every unsealed event; how many seals. Another sealer at the same moment has done it already."""
    seals = 0
    try:
        while _seal_once():
            seals += 1
    except IntegrityError:
        log.info("sealed_by_another")
    return seals


def _seal_once() -> bool:
    with db.transaction() as session:
        return journal.seal(session, settings().seal_file) is not None


def run_ticker(stop: threading.Event) -> None:
    """The embedded default's heartbeat: each round at its own interval until `stop` is set. Of several tickers one goes
    round: whoever holds the lease.
    """
    every: dict[Callable[[], int], float] = {
        relay_round: settings().relay_seconds,
        trace_round: settings().relay_seconds,
        sweep_round: settings().sweep_seconds,
        seal_round: SEAL_SECONDS,
        repair_round: REPAIR_SECONDS,
        move_round: MOVE_SECONDS,
        topics_round: TOPICS_SECONDS,
        clean_round: CLEAN_SECONDS,
        read_round: READ_SECONDS,
    }
    due, ours = dict.fromkeys(every, 0.0), lease.Holder()
    while not stop.is_set():
        for task, interval in every.items():
            if time.monotonic() >= due[task] and guarded(ours.holds):
                guarded(task)
                due[task] = time.monotonic() + interval
        stop.wait(min(every.values()) / 2)
    guarded(ours.let_go)


def guarded(task: Callable[[], int]) -> int:
    """Do a round; whatever goes wrong in it is logged and tried again by the next one, for the heartbeat must go on."""
    try:
        return task()
    except OperationalError as error:
        log.warning("round_failed", round=task.__name__, error=str(error.orig))
    except Exception:  # one bad row must not stop the clocks of all the others
        log.exception("round_failed", round=task.__name__)
    return 0


def stop_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
