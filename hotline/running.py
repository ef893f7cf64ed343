"""The whole hotline on one machine: migrate, demo city once, then the web and the ticker until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import func, select

from hotline import db, facts, knowledge, migrations, recounting, seeds
from hotline.models import Staff, Unit
from hotline.rounds import index
from hotline.second_factor import in_fours
from hotline.seeds import city
from hotline.settings import settings

CREDENTIALS = "demo-credentials.json"
STOP_SECONDS = 15
PORT_TRIES = 15
LONGEST_ADDRESS = "8190"
"""Bytes: a search of 500 Chinese characters, nine bytes each, with its filters."""


def seed_house(folder: Path | None) -> None:
    """The shipped rules, and a city's own lists from `folder`."""
    with db.transaction() as session:
        seeds.seed_rules(session)
        if folder is not None:
            seeds.seed_city(session, folder)


def seed_demo() -> str:
    """The demo city, all of it or nothing, once; says what happened."""
    seed_house(seeds.DEMO)
    knowledge.forget()
    path = settings().home / CREDENTIALS
    with db.transaction() as session:
        if session.scalar(select(func.count()).select_from(Staff)):
            return "the demo city is there already"
        credentials, play = city.load_demo(session)
        credentials.write(path)
    return f"demo city: {len(play.tickets)} tickets; passwords and tokens in {path}"


def run_all() -> None:
    """`make run`: everything embedded, in the foreground. Ctrl-C stops it cleanly; a second start keeps the data."""
    with _alone():
        _check_port()
        click.echo("准备数据库 …")
        migrations.migrate()
        _recount_once()
        if _wants_demo():
            click.echo("载入演示城市 …")
            seed_demo()
        index().prepare()
        _serve()


def _recount_once() -> None:
    """After an upgrade that brought the figures' own rows: they are made from the history, before anybody asks."""
    with db.reading() as session:
        counted = facts.is_counted(session)
    if not counted:
        click.echo("从办理记录生成统计数据 …")
        recounting.recount()


@contextmanager
def _alone() -> Iterator[None]:
    """One ticker and one web per HOTLINE_HOME; a second start says so and ends."""
    try:
        settings().home.mkdir(parents=True, exist_ok=True)
        lock = (settings().home / "running.lock").open("w")
    except OSError as error:
        sys.exit(f"hotline: HOTLINE_HOME cannot be written ({error}); name another folder, or give us this one")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"hotline: already running with HOTLINE_HOME={settings().home}; stop that one first")
        yield


def _check_port() -> None:
    """End with a sentence when the port is another's; parts of a killed run have a moment to let go of it."""
    for _ in range(PORT_TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", settings().port))
            except PermissionError:
                sys.exit(f"hotline: port {settings().port} is not ours to use; set HOTLINE_PORT to one above 1023")
            except OSError:
                time.sleep(0.2)
            else:
                return
    sys.exit(f"hotline: port {settings().port} is in use by another program; stop it, or set HOTLINE_PORT")


def _wants_demo() -> bool:
    """The demo is for an empty embedded house, and for a demo that was cut off before its people were made."""
    if not settings().embedded:
        return False
    with db.reading() as session:
        empty = not session.scalar(select(func.count()).select_from(Unit))
        return empty or not session.scalar(select(func.count()).select_from(Staff))


def _serve() -> None:
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    children = [_start(*_web()), _start("hotline", "ticker")]
    try:
        _say_where(children)
        while not stopping and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        _stop(children)
    if not stopping:
        sys.exit("hotline: a part of it ended by itself; see the lines above")
    click.echo("已停止。")


def _web() -> tuple[str, ...]:
    address = f"127.0.0.1:{settings().port}"
    size = ("--workers", str(settings().web_processes), "--threads", str(settings().web_threads))
    return (
        "gunicorn",
        "wsgi:app",
        "--bind",
        address,
        "--worker-class",
        "gthread",
        "--no-control-socket",
        "--limit-request-line",
        LONGEST_ADDRESS,
        *size,
        "--log-level",
        "warning",
    )


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    """A child in a session of its own, so that Ctrl-C reaches only us, on a leash, so that it never outlives us."""
    root = Path(__file__).resolve().parent.parent
    return subprocess.Popen(  # noqa: S603  our own program, in words of our own
        [sys.executable, "-m", "hotline.leash", *arguments],
        cwd=root,
        env=os.environ.copy(),
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()


def _say_where(children: list[subprocess.Popen[bytes]]) -> None:
    address = f"http://127.0.0.1:{settings().port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(150):
        if any(child.poll() is not None for child in children):
            return
        try:
            with opener.open(f"{address}/healthz", timeout=2):
                break
        except OSError:
            time.sleep(0.2)
    path = settings().home / CREDENTIALS
    click.echo(f"\n热线已启动：{address}\n  市民        {address}/\n  工作人员    {address}/login")
    if path.exists():
        for person in seeds.read_json(path)["staff"]:
            code = f"  动态验证码密钥 {in_fours(person['totp'])}" if "totp" in person else ""
            click.echo(f"    {person['login']:<12} {person['password']:<16} {person['name']}{code}")
        click.echo(f"  单位与来件系统的 API 令牌在 {path}")
    click.echo("  接口文档    " + address + "/api/v1/docs\n按 Ctrl-C 停止。")
