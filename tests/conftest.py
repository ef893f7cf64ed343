"""What every test may ask for: real servers, a browser, a home folder. None may leave the machine.

A server is started when the first test asks for it, once per run, and shared by the workers of pytest-xdist;
what a test must not share is its own: a database, a Redis number, a prefix of index names. None is skipped:
where a server cannot be had, the tests that need it fail with one sentence that says what to install.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import debian, keeper
from tests.servers.process import MissingServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIXTURES = {
    "postgres": "postgres_server",
    "redis": "redis_server",
    "elasticsearch": "elasticsearch_url",
    "browser": "browser",
}
"""Server → the fixture that every other fixture of it rests on."""

LOOPBACK = ("127.", "::1", "localhost")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


# The run: one keeper, and at the end the number of tests per server.


def pytest_configure(config: pytest.Config) -> None:
    """Start the run's keeper, in the process that leads the run; workers find it through the environment."""
    if not hasattr(config, "workerinput"):
        config.stash[KEEPER] = keeper.Keeper()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers."""
    if KEEPER in config.stash:
        config.stash[KEEPER].end()


KEEPER = pytest.StashKey[keeper.Keeper]()
USED: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note on the test which servers it uses: by the fixtures it rests on, or by its markers."""
    fixtures = set(getattr(item, "fixturenames", ()))
    for name, fixture in FIXTURES.items():
        if fixture in fixtures or item.get_closest_marker(name):
            _note_use(item, name)


def _note_use(item: pytest.Item, name: str) -> None:
    if ("server", name) not in item.user_properties:
        item.user_properties.append(("server", name))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what ran, in the process that leads the run."""
    if report.when == "call":
        USED.update([str(name) for key, name in report.user_properties if key == "server"] or ["none"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many tests ran against each real server."""
    terminalreporter.write_sep("-", "tests per server")
    for name, words in [("none", "none or SQLite"), *((name, name) for name in FIXTURES)]:
        terminalreporter.write_line(f"{words:>16} {USED[name]:6}")


# The outside: no test leaves this machine.

left_the_machine: list[str] = []


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not str(host).startswith(LOOPBACK):
        left_the_machine.append(f"{event} {host}")
        raise PermissionError(f"a test may not leave this machine: {event} {host}")


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def _nothing_leaves_the_machine() -> Iterator[None]:
    """Fail a test that tried, also where the code under test swallowed the refusal."""
    left_the_machine.clear()
    yield
    assert not left_the_machine, f"tried to leave this machine: {', '.join(left_the_machine)}"


def _serve(name: str, key: str = "", act: str = "start") -> str:
    sentence = ""
    try:
        return keeper.call(act, name, key)
    except MissingServer as missing:
        sentence = str(missing)
    pytest.fail(sentence, pytrace=False)


# PostgreSQL: every module its own database.


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The address of the run's PostgreSQL (fsync on), its database `postgres`."""
    return _serve("postgres")


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str, worker_number: int) -> Callable[..., str]:
    """A function that makes a database and gives its address: `postgres_database(template=ADDRESS)`.

    A template is a database made before with nobody connected to it; a clone takes some 50 ms.
    """
    import psycopg
    from psycopg.sql import SQL, Identifier

    numbers = itertools.count(1)

    def make(template: str = "/template0") -> str:
        name = f"w{worker_number}_{next(numbers)}"
        statement = SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(statement.format(Identifier(name), Identifier(template.rpartition("/")[2])))
        return postgres_server.removesuffix("/postgres") + f"/{name}"

    return make


@pytest.fixture(scope="module")
def postgres_url(postgres_database: Callable[..., str]) -> str:
    """An empty database of this module's own, as SQLAlchemy writes it: postgresql+psycopg://…"""
    return postgres_database()


# Redis: every worker its own number, empty at the start of each test.


@pytest.fixture(scope="session")
def redis_server() -> str:
    """The address of the run's Redis, without a database number."""
    return _serve("redis")


@pytest.fixture
def redis_url(redis_server: str, worker_number: int) -> str:
    """An empty Redis database of this worker's own."""
    from redis import Redis

    url = f"{redis_server}/{worker_number}"
    with Redis.from_url(url) as connection:
        connection.flushdb()
    return url


# Elasticsearch: every test its own prefix.


@pytest.fixture(scope="session")
def elasticsearch_url() -> str:
    """The address of the run's Elasticsearch; name what you make there with `elasticsearch_prefix`."""
    return _serve("elasticsearch")


@pytest.fixture
def elasticsearch_prefix(elasticsearch_url: str, worker_number: int) -> Iterator[str]:
    """A prefix for the names of this test's indices, which are removed at its end."""
    prefix = f"test-{worker_number}-{os.urandom(4).hex()}-"
    yield prefix
    found = json.loads(_elasticsearch(f"{elasticsearch_url}/{prefix}*/_alias"))
    if found:
        _elasticsearch(f"{elasticsearch_url}/{','.join(found)}", "DELETE")


def _elasticsearch(url: str, method: str = "GET") -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, method=method), timeout=30) as answer:
        body: bytes = answer.read()
        return body


# A server of one's own, to stop and kill.


class OwnServer:
    """A server that this test alone uses, at one address for all its lives."""

    def __init__(self, name: str, key: str) -> None:
        self.name, self.key = name, key
        self.url = _serve(name, key)

    def stop(self) -> None:
        """Stop it in good order."""
        _serve(self.name, self.key, "stop")

    def kill(self) -> None:
        """End it as a crash would: SIGKILL, or PostgreSQL's immediate shutdown."""
        _serve(self.name, self.key, "kill")

    def start(self) -> None:
        """Start it again, on the same port and data."""
        _serve(self.name, self.key, "start")


@pytest.fixture
def own_server(worker_number: int, request: pytest.FixtureRequest) -> Iterator[Callable[[str], OwnServer]]:
    """A function `own_server("redis")` that starts a server for this test alone, to be stopped and killed."""
    servers: list[OwnServer] = []

    def make(name: str) -> OwnServer:
        _note_use(request.node, name)
        servers.append(OwnServer(name, f"{name}-{worker_number}-{os.urandom(4).hex()}"))
        return servers[-1]

    yield make
    for server in servers:
        server.kill()


# The browser.


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium with a fresh profile that finds no host but 127.0.0.1."""
    from playwright.sync_api import sync_playwright

    try:
        path = debian.chromium()
    except MissingServer as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in Chinese, in Shanghai's time. A script's error, or a call to another host, fails the test."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    tab, troubles = context.new_page(), []
    tab.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    tab.on("request", lambda request: _note_outside(request.url, troubles))
    yield tab
    context.close()
    assert not troubles, troubles


def _note_outside(url: str, troubles: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:")):
        troubles.append(f"the page asked for {url}")


# The house.


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Let the engines of a process share what SQLAlchemy makes of a statement: each house of a test has its own
    engine, and would compile all its statements anew. Databases, pools and connections stay each test's own.
    """
    import sqlalchemy

    from hotline import db

    first: dict[str, sqlalchemy.Engine] = {}

    def create(url: str, **options: Any) -> sqlalchemy.Engine:
        known = first.get(url.partition(":")[0])
        if known is None:
            engine = sqlalchemy.create_engine(url, **options)
            # A dialect learns its server's version at the first connection: before that nobody can borrow it.
            sqlalchemy.event.listen(engine, "connect", lambda *_: first.setdefault(url.partition(":")[0], engine))
            return engine
        engine = sqlalchemy.create_engine(url, _initialize=False, **options)
        engine.dialect = engine.pool._dialect = known.dialect
        engine._compiled_cache = known._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "create_engine", create)
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty HOTLINE_HOME, with no other setting of the house in the environment."""
    from hotline import db

    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("HOTLINE_HOME", str(folder))
    db.forget()
    yield folder
    db.forget()


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """The number of this pytest-xdist worker, from 0; 0 where there are none."""
    worker: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker.removeprefix("gw"))
