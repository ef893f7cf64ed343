"""Redis emptied and gone, Elasticsearch gone, PostgreSQL crashed, web and worker killed while messages come in:
nothing that was promised is lost, nothing is doubled, and the house heals with no hand.

FAULTS_MESSAGES=2000 makes the run longer; its default keeps `make test` short.
"""

from __future__ import annotations

import os
import signal
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
from tests.journeys.processes import children, eventually
from tests.journeys.production import Production, Sender, forget, open_old_tickets

if TYPE_CHECKING:
    from tests.conftest import OwnServer

MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "400"))
OLD_TICKETS = 40
WECHAT_SECONDS = 5.0
"""WeChat shows its user an error when no answer comes within 5 s."""


class Faults:
    """The course of the run: each step orders a share of the messages and does its harm while they come in."""

    def __init__(self, house: Production, sender: Sender) -> None:
        self.house, self.sender = house, sender
        self.worst: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, share: int = 8) -> Iterator[None]:
        """Messages come in; the harm is done when some of them are through; all must be taken in the end."""
        begun, before = time.monotonic(), self.sender.ordered
        self.sender.send(MESSAGES // share)
        self.sender.wait_for(before + MESSAGES // share // 4)
        yield
        self.sender.wait()
        lines = self.sender.lines()[before:]
        self.worst[name] = max(line["seconds"] for line in lines)
        tries = Counter(status for line in lines for status in line["statuses"])
        print(
            f"{name}: {len(lines)} in {time.monotonic() - begun:.1f} s, worst answer {self.worst[name]:.2f} s, {tries}"
        )

    def run(self) -> None:
        """All of it."""
        house = self.house
        with self.step("all well"):
            pass
        with self.step("Redis emptied"), Redis.from_url(house.redis.url) as redis:
            redis.flushall()
        with self.step("Redis gone"):
            house.redis.kill()
        with self.step("Redis and Elasticsearch gone"):
            house.elasticsearch.kill()
            self.ask_by_wechat()
        with self.step("worker and one web process killed"):
            house.worker.kill()
            house.kill_one_web_process()
        for server in (house.redis, house.elasticsearch):
            server.start()
        house.worker.start()
        with self.step("PostgreSQL crashed"):
            house.postgres.kill()
            self.ask_without_database()
            house.postgres.start()
        with self.step("the whole web killed"):
            house.web.kill()
            house.web.start()
        with self.step("all well again"):
            pass

    def ask_by_wechat(self) -> None:
        """The one answer with a limit: WeChat's."""
        for number in range(3):
            status, text, seconds = self.house.wechat("乌当区羊昌镇的路灯不亮", 1000 + number)
            assert (status, "查询码" in text) == (200, True), text
            assert seconds < WECHAT_SECONDS
            self.worst["WeChat"] = max(seconds, self.worst.get("WeChat", 0.0))
        print(f"WeChat, Redis and Elasticsearch gone: worst answer {self.worst['WeChat']:.2f} s")

    def ask_without_database(self) -> None:
        """The web says that it is away, as a problem that a program can read."""
        status, body = self.house.get("/readyz")
        assert status == 503, body
        assert b"urn:hotline:unavailable" in body


def _check(house: Production, sender: Sender) -> None:
    forget()  # this process's own connections to the PostgreSQL that crashed
    with db.reading() as session:
        at = db.now(session)
    eventually(proof.is_quiet, "all is delivered, sealed and escalated", 120)
    with db.reading() as session:
        assert len(sender.lines()) == sender.ordered == MESSAGES // 8 * 8
        assert not proof.lost_or_doubled(session, sender.lines(), "message-")
        assert not proof.wrong_clocks(session)
        assert not proof.wrong_escalations(session, at)
        assert not proof.not_indexed(session)
    assert "whole" in house.command("verify")


def test_nothing_promised_is_lost_or_doubled_whatever_is_killed_while_messages_come_in(
    own_server: Callable[[str], OwnServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Production(tmp_path, own_server)
    token = house.found()
    with house.within(monkeypatch), house.running():
        open_old_tickets(OLD_TICKETS)
        sender = Sender(house.address, token, tmp_path / "ledger.jsonl")
        try:
            Faults(house, sender).run()
        finally:
            sender.close()
        for program in (house.web, house.worker, house.beat):
            assert program.process is not None
            assert program.process.poll() is None, program.words_said()[-2000:]
        _check(house, sender)
