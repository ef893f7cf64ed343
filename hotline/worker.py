"""Celery: the app, the schedule and a few thin tasks around the rounds. No timer of a ticket lives in the broker.

A task carries no data; it says only "go round", so that a lost, doubled or late message costs nothing. Redis may be
away for as long as it likes: worker and beat wait for it without end, and the web never waits for it.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.signals import worker_process_init
from kombu.exceptions import OperationalError

from hotline import db, lease, logs, rounds
from hotline.answers.indexing import answers_round
from hotline.reports import months
from hotline.settings import settings
from hotline.topics import going_round

NUDGE_SECONDS = 0.5
STANDBY_SECONDS = 1.0
"""So often a beat looks whether the lease is free, or keeps it."""

STALE_SECONDS = 900.0
"""A task that has waited so long is dropped: others came after it. Shorter, and a worker whose clock is some minutes
ahead of beat's would drop every task and do nothing, in silence."""

logs.set_up()
app = Celery("hotline", broker=settings().redis_url or "memory://")
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # Tasks in hand are kept in memory alone: a task that ends after Redis went away would else be acknowledged on the
    # dead connection, and the worker would die of it. One lost costs a second, as the next is on its way.
    broker_transport_options={"ack_emulation": False, "socket_timeout": 5, "socket_connect_timeout": 2},
    task_default_queue="chores",
    # What waits for the index has a queue and workers of its own: an index that hangs holds up nothing else.
    task_routes={
        "hotline.relay": {"queue": "index"},
        "hotline.heal": {"queue": "index"},
        "hotline.repair": {"queue": "index"},
        "hotline.reconcile": {"queue": "index"},
        "hotline.read": {"queue": "index"},
        "hotline.answers": {"queue": "index"},
        "hotline.sweep": {"queue": "clocks"},
        "hotline.move": {"queue": "clocks"},
        "hotline.seal": {"queue": "seal"},
        "hotline.topics": {"queue": "chores"},
        "hotline.trace": {"queue": "chores"},
        "hotline.clean": {"queue": "chores"},
        "hotline.keep": {"queue": "chores"},
    },
    beat_scheduler="hotline.worker:OneScheduler",
    beat_schedule={
        name: {"task": f"hotline.{name}", "schedule": seconds, "options": {"expires": STALE_SECONDS}}
        for name, seconds in {
            "relay": settings().relay_seconds,
            "trace": settings().relay_seconds,
            "sweep": settings().sweep_seconds,
            "heal": rounds.HEAL_SECONDS,
            "repair": rounds.REPAIR_SECONDS,
            "reconcile": rounds.RECONCILE_SECONDS,
            "move": rounds.MOVE_SECONDS,
            "seal": rounds.SEAL_SECONDS,
            "topics": going_round.TOPICS_SECONDS,
            "clean": rounds.CLEAN_SECONDS,
            "keep": months.KEEP_SECONDS,
            "read": rounds.READ_SECONDS,
            "answers": settings().relay_seconds,
        }.items()
    },
)


class OneScheduler(PersistentScheduler):
    """Beat, of which there may be several: whoever holds the lease sends the tasks, the others wait for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """As Celery's."""
        self.ours = lease.Holder()
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, if it is ours to send; the seconds until the next look."""
        if not rounds.guarded(self.ours.holds):
            return STANDBY_SECONDS
        return min(STANDBY_SECONDS, super().tick(*args, **kwargs))

    def close(self) -> None:
        """As Celery's; the lease goes to who waits for it."""
        rounds.guarded(self.ours.let_go)
        super().close()


@worker_process_init.connect
def _fresh_connections(**_: object) -> None:
    """A forked child opens its own connections."""
    db.forget(close=False)
    rounds.index.cache_clear()


@app.task(name="hotline.relay")
def relay() -> int:
    """Deliver what is undelivered."""
    return rounds.guarded(rounds.relay_round)


@app.task(name="hotline.trace")
def trace() -> int:
    """Compare what is new with what it may repeat."""
    return rounds.guarded(rounds.trace_round)


@app.task(name="hotline.heal")
def heal() -> int:
    """Fill or build an index where it is not as it should be."""
    return rounds.guarded(rounds.heal_round)


@app.task(name="hotline.repair")
def repair() -> int:
    """Put back what the index lacks."""
    return rounds.guarded(rounds.repair_round)


@app.task(name="hotline.reconcile")
def reconcile() -> int:
    """At night, compare the index with the tables."""
    return rounds.guarded(rounds.reconcile_round)


@app.task(name="hotline.sweep")
def sweep() -> int:
    """Escalate what is due."""
    return rounds.guarded(rounds.sweep_round)


@app.task(name="hotline.clean")
def clean() -> int:
    """Take out what nobody needs."""
    return rounds.guarded(rounds.clean_round)


@app.task(name="hotline.read")
def read() -> int:
    """Read what files say."""
    return rounds.guarded(rounds.read_round)


@app.task(name="hotline.answers")
def answers() -> int:
    """Bring published answers to their index."""
    return rounds.guarded(answers_round)


@app.task(name="hotline.move")
def move() -> int:
    """Move the deadlines that a new edition of the calendar changes."""
    return rounds.guarded(rounds.move_round)


@app.task(name="hotline.seal")
def seal() -> int:
    """Seal the new events."""
    return rounds.guarded(rounds.seal_round)


@app.task(name="hotline.keep")
def keep() -> int:
    """Count the months that are over, once."""
    return rounds.guarded(months.keep_round)


@app.task(name="hotline.topics")
def topics() -> int:
    """Find topics, and tell managers of what rises."""
    return rounds.guarded(going_round.topics_round)


_nudged = 0.0
_sending = threading.Lock()


def nudge() -> None:
    """Ask for a relay at once, after a commit. Best effort and never in the caller's way: a lost one costs a second."""
    global _nudged  # noqa: PLW0603  one clock per process
    if not settings().redis_url or time.monotonic() - _nudged < NUDGE_SECONDS or not _sending.acquire(blocking=False):
        return
    _nudged = time.monotonic()
    threading.Thread(target=_send, daemon=True).start()


def _send() -> None:
    """One try over a connection of its own: the pool's would try for ever, and hold a thread per nudge meanwhile."""
    try:
        with app.connection_for_write(transport_options={"max_retries": 0}) as connection:
            app.send_task("hotline.relay", connection=connection, expires=STALE_SECONDS, retry=False)
    except (OperationalError, OSError):
        return
    finally:
        _sending.release()
