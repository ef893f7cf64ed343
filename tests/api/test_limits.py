"""Counting: windows of this process, Redis for all of them, and what happens when Redis goes away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from limits import parse

from api.limits import Limiter, Windows
from tests.conftest import OwnServer

ITEM = parse("3 per minute")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(0, tick=False) as traveller:
        yield traveller


def test_a_window_lets_so_many_through_and_then_begins_anew(clock: time_machine.Traveller) -> None:
    here = Windows()
    assert [here.hit(ITEM, "a") for _ in range(5)] == [True, True, True, False, False]
    assert here.hit(ITEM, "b"), "each key has its own"
    assert not here.test(ITEM, "a")
    assert here.get_window_stats(ITEM, "a") == (60.0, 0)
    clock.shift(59.9)
    assert not here.test(ITEM, "a")
    clock.shift(0.1)
    assert here.test(ITEM, "a")
    assert here.hit(ITEM, "a")


def test_what_is_over_is_forgotten_before_memory_runs_out(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Windows, "MOST", 10)
    here = Windows()
    for number in range(10):
        here.hit(ITEM, f"old{number}")
    clock.shift(61)
    here.hit(ITEM, "new")
    assert len(here.windows) == 1


def test_threads_count_each_once() -> None:
    here, item = Windows(), parse("500 per minute")
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: here.hit(item, "a"), range(800)))
    assert passed.count(True) == 500


def test_processes_count_together_in_redis(redis_url: str) -> None:
    one, another = Limiter(), Limiter()
    for each in (one, another):
        each.use(redis_url)
    assert [each.hit(ITEM, "a") for each in (one, another, one, another)] == [True, True, True, False]
    assert not one.free(ITEM, "a")


def test_with_redis_away_each_process_counts_by_itself_and_comes_back(
    own_server: Callable[[str], OwnServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, limiter = own_server("redis"), Limiter()
    limiter.use(f"{server.url}/0")
    assert [limiter.hit(ITEM, "a") for _ in range(4)] == [True, True, True, False]
    server.kill()
    assert [limiter.hit(ITEM, "a") for _ in range(4)] == [True, True, True, False]
    server.start()
    limiter.ask_again = 0.0
    assert limiter.hit(ITEM, "b")
    assert not limiter.here.windows.keys() & {ITEM.key_for("b")}, "counted in Redis again"
