"""Celery: the app, the schedule and a few thin tasks around the rounds. No timer of a ticket lives in the broker.

A task carries no data; it says only "go round", so that a lost, doubled or late message costs nothing.
"""

from __future__ import annotations

import threading
import time

from celery import Celery
from celery.signals import worker_process_init
from kombu.exceptions import OperationalError

from hotline import db, rounds
from hotline.settings import settings

NUDGE_SECONDS = 0.5

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
    broker_transport_options={"visibility_timeout": 600, "socket_timeout": 5, "socket_connect_timeout": 2},
    task_default_queue="relay",
    task_routes={
        "hotline.relay": {"queue": "relay"},
        "hotline.repair": {"queue": "relay"},
        "hotline.sweep": {"queue": "clocks"},
        "hotline.seal": {"queue": "seal"},
    },
    beat_schedule={
        "relay": {
            "task": "hotline.relay",
            "schedule": settings().relay_seconds,
            "options": {"expires": max(1.0, settings().relay_seconds)},
        },
        "sweep": {
            "task": "hotline.sweep",
            "schedule": settings().sweep_seconds,
            "options": {"expires": max(1.0, settings().sweep_seconds)},
        },
        "repair": {
            "task": "hotline.repair",
            "schedule": rounds.REPAIR_SECONDS,
            "options": {"expires": rounds.REPAIR_SECONDS},
        },
        "seal": {"task": "hotline.seal", "schedule": rounds.SEAL_SECONDS, "options": {"expires": rounds.SEAL_SECONDS}},
    },
)


@worker_process_init.connect
def _fresh_connections(**_: object) -> None:
    """A forked child opens its own connections."""
    db.forget(close=False)
    rounds.index.cache_clear()


@app.task(name="hotline.relay")
def relay() -> int:
    """Deliver what is undelivered."""
    return rounds.relay_round()


@app.task(name="hotline.repair")
def repair() -> int:
    """Put back what the index lacks."""
    return rounds.repair_round()


@app.task(name="hotline.sweep")
def sweep() -> int:
    """Escalate what is due."""
    return rounds.sweep_round()


@app.task(name="hotline.seal")
def seal() -> int:
    """Seal the new events."""
    return rounds.seal_round()


_nudged = 0.0


def nudge() -> None:
    """Ask for a relay at once, after a commit. Best effort and never in the caller's way: a lost one costs a second."""
    global _nudged  # noqa: PLW0603  one clock per process
    if not settings().redis_url or time.monotonic() - _nudged < NUDGE_SECONDS:
        return
    _nudged = time.monotonic()
    threading.Thread(target=_send, daemon=True).start()


def _send() -> None:
    try:
        relay.apply_async(expires=5, retry=False)
    except (OperationalError, OSError):
        return
