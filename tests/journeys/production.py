"""The house in its production form, by settings alone: gunicorn, a Celery worker, beat, and three real servers."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from hotline import db, desk, knowledge, rounds, vault
from hotline.intake.inquiry import Inquiry
from hotline.rights import CITIZEN
from hotline.seeds import DEMO
from tests.journeys.processes import ROOT, Program, children, ended, environment, eventually, run
from tests.journeys.speaking import Speaker, wechat_signed
from tests.servers.process import free_port

if TYPE_CHECKING:
    from tests.conftest import OwnServer

WECHAT_TOKEN = "the-token-of-this-test"
WEB = ("--workers=2", "--worker-class=gthread", "--threads=8", "--log-level=warning")
CELERY = ("-m", "celery", "-A", "hotline.worker")
QUEUES = "index,clocks,seal,chores"


class House:
    """A house of production: its settings and its processes; PostgreSQL at `database`, and no server beside it."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "HOTLINE_ENVIRONMENT": "production",
            "HOTLINE_HOME": str(folder / "home"),
            "HOTLINE_PORT": str(self.port),
            "HOTLINE_DATABASE_URL": database.replace("+psycopg", ""),
            "HOTLINE_DATA_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "HOTLINE_SECRET_KEY": secrets.token_urlsafe(32),
            "HOTLINE_WECHAT_TOKEN": WECHAT_TOKEN,
        }

    def program(self, name: str, *words: str) -> Program:
        """A program under these settings."""
        return Program(self.settings, self.folder / f"{name}.log", *words)

    def command(self, *words: str) -> str:
        """`python -m hotline WORDS`, which must succeed; what it said."""
        done = run(self.settings, "-m", "hotline", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def found(self) -> None:
        """Make the house as docs/operations.md has it, with an account for an intake machine."""
        self.command("migrate")
        self.command("seed", "--city", str(DEMO))
        self.command("add-staff", "intake", "--name", "来件系统", "--role", "intake", "--machine")

    def token(self) -> str:
        """A fresh token of the intake machine."""
        return self.command("add-token", "intake").strip()

    def get(self, path: str) -> tuple[int, str]:
        """GET by nobody; (0, "") where nothing answers."""
        return Speaker(self.address).get(path)

    @contextmanager
    def within(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """This process as one of the house, to look into its tables with its own functions."""
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            patch.delenv(name)
        for name, value in self.settings.items():
            patch.setenv(name, value)
        forget()
        yield
        forget()


class Production(House):
    """The whole of it: gunicorn, a Celery worker and beat, over servers of its own that can be stopped and killed."""

    def __init__(self, folder: Path, own_server: Callable[[str], OwnServer], *more: str) -> None:
        """With PostgreSQL and Redis; with Elasticsearch when it is named, else with the embedded index."""
        self.postgres, self.redis = own_server("postgres"), own_server("redis")
        self.servers = {name: own_server(name) for name in more}
        super().__init__(folder, self.postgres.url)
        self.settings["HOTLINE_REDIS_URL"] = f"{self.redis.url}/0"
        self.settings["HOTLINE_ELASTICSEARCH_URL"] = self.elasticsearch.url if more else ""
        bind = f"--bind=127.0.0.1:{self.port}"
        self.web = self.program("web", "-m", "gunicorn", "wsgi:app", bind, *WEB)
        self.worker = self.program("worker", *CELERY, "worker", "-Q", QUEUES, "--concurrency=2")
        self.beat = self.program("beat", *CELERY, "beat", f"--schedule={folder / 'beat'}")

    @property
    def elasticsearch(self) -> OwnServer:
        """The Elasticsearch; it must have been named."""
        return self.servers["elasticsearch"]

    @contextmanager
    def running(self, *programs: Program) -> Iterator[None]:
        """Some of web, worker and beat."""
        with ended(*programs):
            for program in programs:
                program.start()
            if self.web in programs:
                eventually(self.ready, "the web is ready")
            yield

    def ready(self) -> bool:
        """True when the web says so; fails when it has ended."""
        assert self.web.process is not None
        assert self.web.process.poll() is None, self.web.words_said()[-3000:]
        return self.get("/readyz")[0] == 200

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Redis, and Elasticsearch where there is one, take connections and answer nothing."""
        with Redis.from_url(self.redis.url) as redis:
            pids = [redis.info()["process_id"]]
        if self.servers:
            nodes = Speaker(self.elasticsearch.url).read("/_nodes/process")["nodes"]
            pids += [node["process"]["id"] for node in nodes.values()]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def seal_at_once(self, sealers: int) -> None:
        """Ask for a seal several times at the same moment, without waiting for its minute."""
        programs = [self.program("call", *CELERY, "call", "hotline.seal") for _ in range(sealers)]
        with ended(*programs):
            for program in programs:
                program.start()
            assert [program.ended() for program in programs] == [0] * sealers, programs[0].words_said()

    def kill_one_web_process(self) -> None:
        """SIGKILL to one of gunicorn's workers, as when the kernel is out of memory."""
        os.kill(children(self.web.pid)[0], signal.SIGKILL)

    def wechat(self, text: str, number: int) -> tuple[int, str, float]:
        """A message as WeChat pushes it: status, answer, seconds."""
        path, xml = wechat_signed(WECHAT_TOKEN, text, number)
        begun = time.monotonic()
        status, answer = Speaker(self.address).send(path, xml, "text/xml")
        return status, answer, time.monotonic() - begun


def forget() -> None:
    """Drop what this process keeps of a house."""
    db.forget()
    vault.forget()
    knowledge.forget()
    rounds.index.cache_clear()


class Sender:
    """The client process: `send` orders messages and comes back at once, `wait` until each has its 201."""

    def __init__(self, address: str, token: str, ledger: Path, prefix: str = "message-") -> None:
        self.ledger = ledger
        self.ordered = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.client", address, token, str(ledger), prefix],
            cwd=ROOT,
            env=environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, count: int) -> None:
        """Order `count` messages more."""
        assert self.process.stdin is not None
        self.ordered += count
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def wait(self) -> None:
        """Wait until all that was ordered has been taken."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.strip() == str(self.ordered), f"the client stopped at {line!r} of {self.ordered}"

    def wait_for(self, count: int) -> None:
        """Wait until `count` messages in all have been taken, in the middle of an order."""
        eventually(lambda: len(self.lines()) >= count, f"{count} messages were taken")

    def lines(self) -> list[dict[str, Any]]:
        """The ledger so far."""
        if not self.ledger.exists():
            return []
        whole = self.ledger.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def close(self) -> None:
        """End the client."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(30)


def open_one(words: str) -> None:
    """One ticket, opened by this process."""
    with db.transaction() as session:
        desk.open_ticket(session, Inquiry("web", words, f"反映一件事：{words}", source="web"), CITIZEN)


AGES = (
    timedelta(days=20),
    timedelta(days=9),
    timedelta(days=3),
    timedelta(hours=30),
    timedelta(minutes=14, seconds=40),
)
"""How long ago the old tickets came in: past several steps of their ladders, or just before one."""


def open_old_tickets(count: int, prefix: str = "old-") -> None:
    """Tickets of the last weeks that nobody has touched, some of them urgent: their clocks are due, or soon will be."""
    for number in range(count):
        with db.transaction() as session:
            session.info["now"] = datetime.now(UTC) - AGES[number % len(AGES)]
            text = f"第{number}号井盖不见了，有人掉下去受伤，很危险" if number % 2 else f"反映一件旧事，第{number}件"
            desk.open_ticket(session, Inquiry("web", f"{prefix}{number}", text, source="web"), CITIZEN, hold=True)
