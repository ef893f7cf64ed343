"""The rounds and who calls them: ticker and worker. A task says only "go round"; Redis may be away at any moment."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kombu import Connection, Queue
from redis import Redis
from sqlalchemy import select, text
from structlog.testing import capture_logs

from hotline import db, rounds, worker
from hotline.models import Escalation, Event
from tests.hotline.city import House

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
QUEUES = ("index", "clocks", "seal", "chores")
NUDGE = """
import sys, threading
from hotline import worker
worker.nudge()
first = [t for t in threading.enumerate() if t is not threading.main_thread()]
print("stuck" if sys.argv[1:] == ["stuck"] and first and first[0].is_alive() else "back")
worker._nudged = 0.0
worker.nudge()
print(sum(t is not threading.main_thread() for t in threading.enumerate()) <= 1)
if sys.argv[1:] != ["stuck"]:
    [t.join(60) for t in threading.enumerate() if t is not threading.main_thread()]
"""


def _wait_until(true: Callable[[], bool], why: str) -> None:
    """Wait for something that another thread or process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.1)


def _environ(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return kept | {"HOTLINE_HOME": str(home), **more}


# Celery


def test_each_task_goes_to_the_queue_of_its_kind_and_carries_nothing() -> None:
    route = worker.app.amqp.router.route
    queues = {name: route({}, name)["queue"].name for name in worker.app.tasks if name.startswith("hotline.")}
    assert {queues[f"hotline.{name}"] for name in ("relay", "sweep", "seal", "trace")} == set(QUEUES)
    assert {name for name, queue in queues.items() if queue == "index"} == {
        f"hotline.{name}" for name in ("relay", "heal", "repair", "reconcile", "read", "answers")
    }
    assert {entry["task"] for entry in worker.app.conf.beat_schedule.values()} == queues.keys()
    assert not any(entry.get("args") or entry.get("kwargs") for entry in worker.app.conf.beat_schedule.values())


def test_a_task_is_json_is_acknowledged_late_and_leaves_no_result() -> None:
    conf = worker.app.conf
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])
    assert (conf.task_acks_late, conf.task_ignore_result, conf.worker_prefetch_multiplier) == (True, True, 1)


class _Bomb:
    """What a pickle can do to who opens it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_pickled_message_is_refused_unopened_and_the_worker_goes_on(
    house: House, redis_url: str, tmp_path: Path
) -> None:
    house.dispatched()
    with Connection(redis_url) as connection:
        producer = connection.Producer()
        send = {"exchange": "", "routing_key": "index", "declare": [Queue("index", routing_key="index")]}
        producer.publish(([_Bomb(tmp_path / "exploded")], {}, {}), serializer="pickle", **send)
    given = {name: value for name, value in os.environ.items() if name.startswith("HOTLINE_")}
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "hotline.worker",
        "worker",
        "-P",
        "solo",
        "-Q",
        ",".join(QUEUES),
    ]
    log = (tmp_path / "worker.log").open("w")
    environ = _environ(house.home, **given, HOTLINE_REDIS_URL=redis_url)
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        with Connection(redis_url) as connection, connection.Producer() as producer:
            body, headers = ([], {}, {}), {"task": "hotline.relay", "id": "1"}
            producer.publish(body, serializer="json", headers=headers, exchange="", routing_key="index")
        _wait_until(_all_delivered, "the worker did not deliver")
    finally:
        process.terminate()
        process.wait(60)
        log.close()
    assert not (tmp_path / "exploded").exists()
    assert "application/x-python-serialize" in (tmp_path / "worker.log").read_text()


def _all_delivered() -> bool:
    with db.reading() as session:
        return session.scalars(select(Event.id).where(Event.delivered_at.is_(None)).limit(1)).first() is None


def _nudge(home: Path, redis: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", NUDGE, *words]
    environ = _environ(home, HOTLINE_REDIS_URL=redis)
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_a_nudge_is_a_message_for_the_relay(home: Path, redis_url: str) -> None:
    told = _nudge(home, redis_url)
    assert (told.returncode, told.stderr) == (0, "")
    with Redis.from_url(redis_url) as redis:
        assert redis.llen("index") == 1


def test_with_redis_away_a_nudge_says_nothing_and_raises_nothing(home: Path) -> None:
    told = _nudge(home, "redis://127.0.0.1:1/0")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.split() == ["back", "True"]


def test_a_redis_that_never_answers_holds_one_thread_and_no_caller(home: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = _nudge(home, f"redis://127.0.0.1:{silent.getsockname()[1]}/0", "stuck")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.split() == ["stuck", "True"]


def test_without_redis_there_is_nothing_to_nudge(house: House) -> None:
    before = threading.active_count()
    worker.nudge()
    assert threading.active_count() == before


# The ticker


def test_the_ticker_outlives_a_database_that_fails_and_does_later_what_it_could_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RELAY_SECONDS", "SWEEP_SECONDS"):
        monkeypatch.setenv(f"HOTLINE_{name}", "0.1")
    db.forget()
    house.now = datetime.now(UTC) - timedelta(days=40)
    house.dispatched()
    _sql("ALTER TABLE clocks RENAME TO clocks_away")
    stop = threading.Event()
    with capture_logs() as logged:
        ticker = threading.Thread(target=rounds.run_ticker, args=(stop,))
        ticker.start()
        try:
            _wait_until(lambda: any(line["event"] == "round_failed" for line in logged), "no failure was told")
            _wait_until(_all_delivered, "the other rounds went on meanwhile")
            _sql("ALTER TABLE clocks_away RENAME TO clocks")
            _wait_until(_escalated, "nothing was escalated afterwards")
        finally:
            stop.set()
            ticker.join(PATIENCE)
    assert not ticker.is_alive()
    failed = {line["round"] for line in logged if line["event"] == "round_failed"}
    assert {"sweep_round"} <= failed <= {"sweep_round", "keep_round"}, "only what reads clocks"


def _sql(statement: str) -> None:
    with db.transaction() as session:
        session.execute(text(statement))


def _escalated() -> bool:
    with db.reading() as session:
        return session.scalars(select(Escalation.id).limit(1)).first() is not None


def test_the_rounds_do_all_that_waits_and_then_nothing(house: House) -> None:
    house.now = datetime.now(UTC) - timedelta(days=40)
    house.dispatched()
    assert rounds.sweep_round() == 3
    assert rounds.relay_round() > 0
    assert rounds.seal_round() == 1
    assert (rounds.sweep_round(), rounds.relay_round(), rounds.seal_round()) == (0, 0, 0)
    assert not house.faults()


def test_the_ticker_stops_when_it_is_told_to(home: Path) -> None:
    stop = threading.Event()
    stop.set()
    rounds.run_ticker(stop)
    assert not (home / "hotline.db").exists()
