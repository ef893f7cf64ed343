"""A furnished house to measure in: a database with the demo city's rules and units, and web servers over it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy

from hotline import db, knowledge, migrations, rounds, seeds, vault
from hotline.intake.inquiry import Inquiry
from tests.servers import keeper
from tests.servers.process import free_port

ROOT = Path(__file__).resolve().parent.parent
WITHOUT_END = "1000000000 per minute"
START_SECONDS = 60


@contextmanager
def servers() -> Iterator[None]:
    """The run's keeper: PostgreSQL and the others start when they are first asked for, and end with the run."""
    run = keeper.Keeper()
    try:
        yield
    finally:
        run.end()


@contextmanager
def furnished(**variables: str) -> Iterator[None]:
    """A house under `variables` (HOTLINE_ names) in this process and its children: migrated, with rules and units."""
    before = dict(os.environ)
    with TemporaryDirectory(prefix="hotline-bench-") as home:
        limits = {"HOTLINE_INTAKE_LIMIT": WITHOUT_END, "HOTLINE_QUERY_LIMIT": WITHOUT_END}
        os.environ.update(limits | {"HOTLINE_HOME": home} | variables)
        os.environ.pop("HOTLINE_BENCH_DATA", None)  # the bench's own, and no setting of a house
        _forget()
        try:
            migrations.migrate()
            with db.transaction() as session:
                seeds.seed_rules(session)
                seeds.seed_city(session, seeds.DEMO)
            yield
        finally:
            _forget()
            os.environ.clear()
            os.environ.update(before)


def _forget() -> None:
    db.forget()
    vault.forget()
    knowledge.forget()
    rounds.index.cache_clear()


def fresh_database() -> str:
    """The address of an empty database on the run's PostgreSQL, which writes through to the disk (fsync)."""
    url, name = keeper.call("start", "postgres"), f"bench_{secrets.token_hex(4)}"
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if connection.exec_driver_sql("SHOW fsync").scalar() != "on":
            raise RuntimeError("this PostgreSQL does not write through to the disk: nothing here would be true")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return url.rpartition("/")[0] + f"/{name}"


def execute(statement: str) -> int:
    """Run SQL and commit; how many rows it touched."""
    with db.transaction() as session:
        return int(session.connection().exec_driver_sql(statement).rowcount)


@contextmanager
def serving(*applications: str) -> Iterator[list[str]]:
    """Each WSGI application under gunicorn with 2 processes of 8 threads; their addresses."""
    with ExitStack() as stack:
        yield [stack.enter_context(_gunicorn(application)) for application in applications]


@contextmanager
def _gunicorn(application: str) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    size = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning"]
    command = [sys.executable, "-m", "gunicorn", application, "--bind", address, *size]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://{address}/healthz")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with opener.open(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@cache
def texts() -> tuple[str, ...]:
    """What the demo city's citizens say, 60 to 400 characters each: short ones together, long ones cut."""
    said, waiting = [], ""
    for file in sorted((seeds.DEMO / "tickets").glob("*.json")):
        for ticket in seeds.read_json(file):
            waiting += ticket.get("content") or _citizens_part(ticket["transcript"])
            if len(waiting) >= 60:
                said.append(waiting[:390])
                waiting = ""
    return tuple(said)


def _citizens_part(transcript: str) -> str:
    lines = (line for line in transcript.splitlines() if line.startswith("市民"))
    return "".join(line[3:] for line in lines)


def inquiry(number: int, channel: str = "web") -> Inquiry:
    """A message of its own for each `number`."""
    text = texts()[number % len(texts())]
    content, phone = f"{text}我住{number}号。", f"138{number % 10**8:08d}"
    return Inquiry(channel, f"bench-{number}", content, "web", title=text[:20], name="某某", phone=phone)
