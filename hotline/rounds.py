"""The rounds that keep the house going: relay, sweep, seal and others. Celery's tasks and the ticker call them all.

Each round works in small transactions until nothing is left, so whatever is killed in the middle is done again by
the next round, and only what is undone.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from typing import TypeVar

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from hotline import attachment_texts, db, journal, lease, notices, reindexing, repeats, search_state
from hotline import relay as outbox
from hotline import sweep as clocks
from hotline.answers.indexing import answers_round
from hotline.desk import evidence
from hotline.knowledge import ZONE
from hotline.reports.months import KEEP_SECONDS, keep_round
from hotline.rulemaking import calendars
from hotline.settings import settings
from hotline.topics.going_round import TOPICS_SECONDS, topics_round
from search.documents import Unavailable
from search.engines import open_engine
from search.life import Damaged, Engine

SEAL_SECONDS = 60.0
RELAY_ROUND_SECONDS = 10.0
"""No further portion is begun after that: the next round takes it."""

HEAL_SECONDS, REPAIR_SECONDS, RECONCILE_SECONDS = 5.0, 60.0, 300.0
RECONCILED_SECONDS = 20 * 3600.0
STOP_SECONDS = 5.0
"""A ticker that is to stop waits so long for what it has in hand with the index."""

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
    """Deliver what is undelivered, for some seconds; how many events. With the index away it gives up until the next
    round.
    """
    return _of_the_index(lambda engine: outbox.deliver(engine, RELAY_ROUND_SECONDS)) or 0


def heal_round() -> int:
    """Fill an index that was emptied or lost, build one of today's form, go on with a build that was left; how many
    tickets were put.
    """
    return _of_the_index(lambda engine: reindexing.tend(engine, _noting).tickets) or 0


def repair_round() -> int:
    """Mend an index that has fewer tickets than the tables; how many were wrong."""
    return _of_the_index(_repaired) or 0


def _repaired(engine: Engine) -> int:
    return reindexing.reconcile(engine, _quiet).faults if reindexing.lacks(engine) else 0


def reconcile_round() -> int:
    """In the hour of the settings, once a night: compare the index with the tables and mend it; how many were wrong."""
    tonight = lease.Holder("reconciled", RECONCILED_SECONDS)
    if datetime.now(ZONE).hour != settings().reconcile_hour or not tonight.holds():
        return 0
    wrong = _of_the_index(lambda engine: reindexing.reconcile(engine, _quiet).faults)
    if wrong is None:
        tonight.let_go()  # the next round of this hour tries again
    return wrong or 0


def _of_the_index(work: Callable[[Engine], int]) -> int | None:
    """Something that the index must answer for; None where it does not, or where another process is at it. An index
    that cannot be read is emptied; the next round fills it.
    """
    try:
        done = work(index())
    except reindexing.Busy:
        return None
    except Unavailable as error:
        log.warning("index_unavailable", error=str(error))
        search_state.note_away()
        if isinstance(error, Damaged):
            index().clear()
        return None
    search_state.take_back(search_state.AWAY)
    return done


def _quiet(blocks: Sequence[int], _words: str) -> Iterable[int]:
    return blocks


def _noting(blocks: Sequence[int], words: str) -> Iterator[int]:
    """Tells those who search how much an index that was emptied still lacks."""
    lacking = reindexing.lacks(index()) if words == "filling" and index().life().filling else 0
    for done, block in enumerate(blocks):
        if lacking:
            search_state.note_filling(lacking * (len(blocks) - done) // len(blocks))
        yield block
    search_state.take_back(search_state.FILLING)


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


def _lanes() -> tuple[dict[Callable[[], int], float], ...]:
    """The ticker's rounds with their intervals, in lanes that do not wait for one another: the house's own, the relay,
    and what may be long at work on the index.
    """
    house: dict[Callable[[], int], float] = {
        trace_round: settings().relay_seconds,
        sweep_round: settings().sweep_seconds,
        seal_round: SEAL_SECONDS,
        move_round: MOVE_SECONDS,
        topics_round: TOPICS_SECONDS,
        clean_round: CLEAN_SECONDS,
        keep_round: KEEP_SECONDS,
    }
    keeping: dict[Callable[[], int], float] = {
        heal_round: HEAL_SECONDS,
        repair_round: REPAIR_SECONDS,
        answers_round: settings().relay_seconds,
        reconcile_round: RECONCILE_SECONDS,
        read_round: READ_SECONDS,
    }
    return house, {relay_round: settings().relay_seconds}, keeping


def run_ticker(stop: threading.Event) -> None:
    """The embedded default's heartbeat: each round at its own interval until `stop` is set. Of several tickers one goes
    round: whoever holds the lease. What a lane has in hand when it stops is left, and done by the next ticker.
    """
    ours, (house, *others) = lease.Holder(), _lanes()
    name = threading.current_thread().name
    beside = [threading.Thread(target=_go_round, args=(lane, ours, stop), daemon=True, name=name) for lane in others]
    for thread in beside:
        thread.start()
    _go_round(house, ours, stop)
    for thread in beside:
        thread.join(STOP_SECONDS)
    guarded(ours.let_go)


def _go_round(every: dict[Callable[[], int], float], ours: lease.Holder, stop: threading.Event) -> None:
    due = dict.fromkeys(every, 0.0)
    while not stop.is_set():
        for task, interval in every.items():
            if time.monotonic() >= due[task] and guarded(ours.holds):
                guarded(task)
                due[task] = time.monotonic() + interval
        stop.wait(min(every.values()) / 2)


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
