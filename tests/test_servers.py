"""The real servers of the tests: they are what they say, shared as promised, and gone when the run ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from elasticsearch import Elasticsearch
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.servers import keeper

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.conftest import OwnServer

ROOT = Path(__file__).resolve().parents[1]


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_postgresql_keeps_what_is_committed_on_the_disk(postgres_url: str) -> None:
    with psycopg.connect(_plain(postgres_url)) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {name}").fetchone() == ("on",)


def test_postgresql_orders_and_folds_chinese_and_latin_text_in_utf_8(postgres_url: str) -> None:
    with psycopg.connect(_plain(postgres_url)) as connection:
        assert connection.execute(
            "SELECT lower('ÄRGER'), length('羊昌镇'), current_setting('TimeZone')"
        ).fetchone() == (
            "ärger",
            3,
            "UTC",
        )


def test_a_database_can_be_cloned_from_another(postgres_database: Callable[..., str]) -> None:
    first = postgres_database()
    with psycopg.connect(_plain(first)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 12345 AS number")
    clone = postgres_database(template=first)
    assert clone != first
    with psycopg.connect(_plain(clone)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (12345,)


def test_postgresql_killed_at_once_keeps_what_it_acknowledged(
    own_server: Callable[[str], OwnServer],
) -> None:
    server = own_server("postgres")
    with psycopg.connect(_plain(server.url), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 12345 AS number")
    server.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(_plain(server.url))
    server.start()
    with psycopg.connect(_plain(server.url)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (12345,)


def test_a_redis_of_ones_own_loses_everything_when_killed_and_comes_back_at_its_address(
    own_server: Callable[[str], OwnServer], redis_url: str
) -> None:
    server = own_server("redis")
    with Redis.from_url(server.url) as connection, Redis.from_url(redis_url) as shared:
        connection.set("key", "value")
        assert shared.get("key") is None
        server.kill()
        with pytest.raises(RedisConnectionError):
            connection.get("key")
        assert shared.ping()
        server.start()
        assert connection.get("key") is None


def test_elasticsearch_finds_a_chinese_phrase_by_its_exact_characters(
    elasticsearch_url: str, elasticsearch_prefix: str
) -> None:
    name = f"{elasticsearch_prefix}tickets"
    with Elasticsearch(elasticsearch_url) as client:
        client.index(index=name, id="1", document={"text": "羊昌到新场镇的路面坑洼"}, refresh=True)
        found = client.search(index=name, query={"match_phrase": {"text": "新场镇的路"}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"]
        missed = client.search(index=name, query={"match_phrase": {"text": "镇新场的路"}})
        assert missed["hits"]["total"]["value"] == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_finds_no_index_of_the_test_before(turn: int, elasticsearch_url: str, elasticsearch_prefix: str) -> None:
    with Elasticsearch(elasticsearch_url) as client:
        worker = "-".join(elasticsearch_prefix.split("-")[:2])
        assert not client.indices.get_alias(index=f"{worker}-*").body
        client.indices.create(index=f"{elasticsearch_prefix}turn-{turn}")


def test_the_browser_shows_chinese_in_shanghai_time(page: Page) -> None:
    page.set_content("<title>热线</title><p lang=zh-CN>您遇到了什么问题?</p>")
    assert page.title() == "热线"
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Shanghai"
    assert page.evaluate("document.fonts.check('16px \"Noto Sans CJK SC\"', '热')")


def test_a_test_that_leaves_the_machine_is_refused_and_found(request: pytest.FixtureRequest) -> None:
    from tests import conftest

    for attempt in (
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        lambda: socket.getaddrinfo("example.invalid", 80),
        lambda: urllib.request.urlopen("http://198.51.100.7/", timeout=1),
    ):
        with pytest.raises((PermissionError, OSError)):
            attempt()
    assert len(conftest.left_the_machine) == 3
    conftest.left_the_machine.clear()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_servers_end_when_the_run_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from redis import Redis\n"
        "from tests.servers import keeper\n"
        "run = keeper.Keeper()\n"
        "info = Redis.from_url(keeper.call('start', 'redis')).info()\n"
        "print(info['process_id'], run.address, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != keeper.VARIABLE}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        pid, address = run.stdout.readline().split()
        assert _alive(int(pid))
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (_alive(int(pid)) or Path(address).parent.exists()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(int(pid))
    assert not Path(address).parent.exists()


def test_a_missing_server_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.servers import debian
    from tests.servers.process import MissingServer

    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(MissingServer, match=r"please install it \(on Debian: apt-get install default-jdk-headless\)"):
        debian.java()
    with pytest.raises(MissingServer, match="apt-get install chromium fonts-noto-cjk fontconfig libatomic1"):
        debian.chromium()


def test_the_keeper_names_a_server_that_it_does_not_have() -> None:
    from tests.servers.process import MissingServer

    with pytest.raises(MissingServer, match="mysql"):
        keeper.call("start", "mysql")
