"""The lease: of several who would schedule, one does; when it is killed another does within the lease."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import select

from hotline import db, lease, rounds
from hotline.models import Lease
from tests.hotline.city import House

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
HOLDER = """
import sys, threading
from hotline import lease
ours = lease.Holder(seconds=float(sys.argv[1]))
while True:
    print(ours.holds(), flush=True)
    threading.Event().wait(0.1)
"""


def holds(house: House, holder: str, seconds: float = 10) -> bool:
    """One try at the test's own time."""
    with house.transaction() as session:
        return lease.hold(session, "rounds", holder, seconds)


def holder_of(name: str = lease.ROUNDS) -> str | None:
    """Who has it, by the table."""
    with db.reading() as session:
        return session.scalars(select(Lease.holder).where(Lease.name == name)).first()


def eventually(true: Callable[[], bool], why: str) -> None:
    """Wait for something that another thread or process does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, why
        time.sleep(0.05)


def test_the_first_has_it_and_keeps_it_as_long_as_it_asks_in_time(house: House) -> None:
    assert holds(house, "a")
    for _ in range(5):
        house.wait(seconds=9)
        assert not holds(house, "b")
        assert holds(house, "a")


def test_a_lease_that_ran_out_is_anybodys_and_its_old_holder_has_lost_it(house: House) -> None:
    assert holds(house, "a")
    house.wait(seconds=10)
    assert holds(house, "b")
    assert not holds(house, "a")
    assert holder_of() == "b"


def test_leases_of_different_names_are_different_leases(house: House) -> None:
    assert holds(house, "a")
    with house.transaction() as session:
        assert lease.hold(session, "other", "b", 10)
    assert not holds(house, "b")


def test_only_the_holder_gives_it_up(house: House) -> None:
    assert holds(house, "a")
    with house.transaction() as session:
        lease.release(session, "rounds", "b")
    assert not holds(house, "b")
    with house.transaction() as session:
        lease.release(session, "rounds", "a")
    assert holds(house, "b")


def test_of_eight_at_one_instant_one_has_it(house: House) -> None:
    gate = threading.Barrier(8)

    def ask(number: int) -> bool:
        gate.wait(30)
        return holds(house, f"holder {number}")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


def test_a_holder_asks_the_database_only_now_and_then_and_gives_up_only_what_it_has(house: House) -> None:
    first, second = lease.Holder(), lease.Holder()
    assert first.holds()
    with db.transaction() as session:
        session.get_one(Lease, lease.ROUNDS).holder = "changed behind its back"
    assert first.holds(), "it does not ask again so soon"
    assert not second.let_go()
    assert first.let_go()
    assert holder_of() == "changed behind its back"


@contextmanager
def program(house: House, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this house that ends with the test, whatever happens."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    ours = {name: value for name, value in os.environ.items() if name.startswith("HOTLINE_")}
    environ = given | ours | {"HOTLINE_HOME": str(house.home)}
    process = subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _says(process: subprocess.Popen[str], word: str) -> None:
    end = time.monotonic() + PATIENCE
    while process.stdout and process.stdout.readline().strip() != word:
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end, f"it never said {word}"


def test_when_the_process_that_holds_it_is_killed_another_takes_over(house: House) -> None:
    with program(house, "-c", HOLDER, "3") as first:
        _says(first, "True")
        with program(house, "-c", HOLDER, "3") as second:
            _says(second, "False")
            first.send_signal(signal.SIGKILL)
            first.wait()
            _says(second, "True")


def test_of_two_tickers_one_goes_round_and_when_it_stops_the_other_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RELAY_SECONDS", "SWEEP_SECONDS"):
        monkeypatch.setenv(f"HOTLINE_{name}", "0.1")
    db.forget()
    went: dict[str, int] = {}

    def counting() -> Callable[[], int]:
        def count() -> int:
            went[threading.current_thread().name] = went.get(threading.current_thread().name, 0) + 1
            return 0

        return count

    for name in [name for name in vars(rounds) if name.endswith("_round") and name[0] != "_"]:
        monkeypatch.setattr(rounds, name, counting())
    stops = {name: threading.Event() for name in ("one", "two")}
    tickers = [threading.Thread(target=rounds.run_ticker, args=(stop,), name=name) for name, stop in stops.items()]
    for ticker in tickers:
        ticker.start()
    try:
        eventually(lambda: sum(went.values()) > 20, "nobody went round")
        [going] = went
        stops[going].set()
        eventually(lambda: len(went) == 2, "the other did not take over")
    finally:
        for stop in stops.values():
            stop.set()
        for ticker in tickers:
            ticker.join(PATIENCE)
    assert holder_of() is None, "who stops gives it up"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_two_beats_one_sends_and_when_it_is_killed_the_other_does(
    house: House, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_REDIS_URL", redis_url)
    db.forget()
    beat = ("-m", "celery", "-A", "hotline.worker", "beat", "--loglevel=warning")
    with Redis.from_url(redis_url) as redis, program(house, *beat, f"--schedule={tmp_path / 'one'}") as first:
        eventually(lambda: redis.llen("index") > 2, "the first beat sends nothing")
        holder = holder_of()
        assert holder
        assert f":{first.pid}:" in holder
        with program(house, *beat, f"--schedule={tmp_path / 'two'}") as second:
            eventually(lambda: (tmp_path / "two").exists() or bool(list(tmp_path.glob("two*"))), "no second beat")
            assert holder_of() == holder
            first.send_signal(signal.SIGKILL)
            first.wait()
            sent = redis.llen("index")
            eventually(lambda: f":{second.pid}:" in (holder_of() or ""), "the second beat did not take over")
            eventually(lambda: redis.llen("index") > sent, "the second beat sends nothing")


def test_the_time_of_a_lease_is_the_databases_and_not_the_processs(house: House) -> None:
    assert holds(house, "a", seconds=30)
    with db.reading() as session:
        until = session.scalars(select(Lease.until)).one()
    assert until == house.now + timedelta(seconds=30)
