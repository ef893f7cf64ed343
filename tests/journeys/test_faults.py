"""Redis emptied, gone and hung, Elasticsearch gone and hung, PostgreSQL crashed, web and worker killed while messages
come in: nothing that was promised is lost, nothing is doubled, and the house heals with no hand.

FAULTS_MESSAGES=2000 makes the run longer; its default keeps `make test` short. `-s` shows the answer times.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis import Redis

from hotline import db
from tests.journeys import proof
from tests.journeys.processes import eventually
from tests.journeys.production import Production, Sender, forget, open_old_tickets, open_one

if TYPE_CHECKING:
    from tests.conftest import OwnServer

MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "400"))
STEPS = 8
OLD_TICKETS = 40
WECHAT_SECONDS = 5.0
"""WeChat shows its user an error when no answer comes within 5 s."""


class Faults:
    """The course of the run: each step orders its share of the messages and does its harm while they come in."""

    def __init__(self, house: Production, sender: Sender) -> None:
        self.house, self.sender = house, sender

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Messages come in; the harm is done when some of them are through; all must be taken in the end."""
        share, begun, before = MESSAGES // STEPS, time.monotonic(), self.sender.ordered
        self.sender.send(share)
        self.sender.wait_for(before + share // 4)
        yield
        self.sender.wait()
        lines = self.sender.lines()[before:]
        worst = max(line["seconds"] for line in lines)
        tries = Counter(status for line in lines for status in line["statuses"])
        took = time.monotonic() - begun
        say(f"{name}: {share} messages in {took:.1f} s, worst answer {worst:.2f} s, answers {dict(tries)}")

    def run(self) -> None:
        """All of it."""
        house = self.house
        with self.step("all well"):
            pass
        with self.step("Redis emptied"), Redis.from_url(house.redis.url) as redis:
            redis.flushall()
        with self.step("Redis and Elasticsearch hung"), house.hung():
            self.ask_by_wechat(1)
            self.sender.wait_for(self.sender.ordered)
        house.redis.kill()
        with self.step("Redis gone, then Elasticsearch"):
            house.elasticsearch.kill()
            self.ask_by_wechat(2)
        with self.step("worker and one web process killed"):
            house.worker.kill()
            house.kill_one_web_process()
        for part in (house.redis, house.elasticsearch, house.worker):
            part.start()
        with self.step("PostgreSQL crashed"):
            house.postgres.kill()
            self.ask_without_database()
            house.postgres.start()
        with self.step("the whole web killed"):
            house.web.kill()
            house.web.start()
        with self.step("all well again"):
            assert "whole" in house.command("verify")

    def ask_by_wechat(self, turn: int) -> None:
        """The one answer with a limit is WeChat's; then the same by a citizen, who is counted and has no token."""
        status, text, seconds = self.house.wechat("乌当区羊昌镇的路灯不亮", 1000 + turn)
        assert (status, "查询码" in text) == (200, True), text
        assert seconds < WECHAT_SECONDS
        code = text.partition("查询码：")[2].split()[0]
        begun = time.monotonic()
        assert self.house.get(f"/api/v1/public/tickets/{code}")[0] == 200
        say(
            f"  answer to WeChat {seconds:.2f} s, to a citizen who asks for the status {time.monotonic() - begun:.2f} s"
        )

    def ask_without_database(self) -> None:
        """The web says that it is away, as a problem that a program can read."""
        status, body = self.house.get("/readyz")
        assert status == 503, body
        assert "urn:hotline:unavailable" in body


def say(line: str) -> None:
    """Show a measure to whoever runs with -s."""
    sys.stdout.write(f"{line}\n")


def _check(house: Production, sender: Sender) -> None:
    forget()  # this process's own connections to the PostgreSQL that crashed
    with db.reading() as session:
        at = db.now(session)
    eventually(proof.is_delivered, "all is delivered and escalated", 120)
    house.seal_at_once(3)
    eventually(proof.is_sealed, "all is sealed", 90)
    with db.reading() as session:
        assert len(sender.lines()) == sender.ordered == MESSAGES // STEPS * STEPS
        assert not proof.lost_or_doubled(session, sender.lines(), "message-")
        assert not proof.wrong_clocks(session)
        assert not proof.wrong_escalations(session, at)
        assert not proof.not_indexed(session)
    assert "whole" in house.command("verify")


def test_nothing_promised_is_lost_or_doubled_whatever_is_killed_while_messages_come_in(
    own_server: Callable[[str], OwnServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Production(tmp_path, own_server, "elasticsearch")
    house.found()
    with house.within(monkeypatch), house.running(house.web, house.worker, house.beat):
        open_old_tickets(OLD_TICKETS)
        sender = Sender(house.address, house.token(), tmp_path / "ledger.jsonl")
        try:
            Faults(house, sender).run()
        finally:
            sender.close()
        for program in (house.web, house.worker, house.beat):
            assert program.process is not None
            assert program.process.poll() is None, program.words_said()[-2000:]
        _check(house, sender)


def test_a_living_worker_hears_again_whatever_became_of_redis(
    own_server: Callable[[str], OwnServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Production(tmp_path, own_server)
    house.found()
    with house.within(monkeypatch), house.running(house.worker, house.beat):
        _hears("at first")
        with Redis.from_url(house.redis.url) as redis:
            redis.flushall()
            _hears("after FLUSHALL")
            redis.execute_command("CLIENT", "KILL", "TYPE", "normal")
            _hears("after every connection was cut")
        for turn in (1, 2):
            house.redis.kill()
            open_one(f"while Redis is away, {turn}")
            house.redis.start()
            _hears(f"after Redis was away, {turn}")
        with house.hung():
            time.sleep(6)  # longer than the socket's timeout
        _hears("after Redis hung")


def _hears(when: str) -> None:
    """A ticket opened now is delivered by the worker, asked by beat over Redis."""
    open_one(when)
    begun = time.monotonic()
    eventually(proof.is_delivered, f"the worker hears {when}")
    say(f"the worker delivers {when}: {time.monotonic() - begun:.1f} s")
