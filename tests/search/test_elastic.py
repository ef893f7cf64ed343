"""What only the Elasticsearch engine does: its alias, and a server that is slow, refuses or comes back empty."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from search.documents import Document, Query, Unavailable
from search.elastic import ElasticEngine
from search.engines import open_engine

AT = datetime(2026, 3, 2, tzinfo=UTC)

pytestmark = pytest.mark.elasticsearch


def ticket(one: int, version: int = 1) -> Document:
    return Document(one, version, f"T{one}", "停水", "", "", "help", "normal", "web", "received", AT)


@pytest.fixture
def server(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    """A client of our own, to look behind the engine."""
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        yield client


@pytest.fixture
def index(elasticsearch_prefix: str) -> str:
    """The name of the alias."""
    return elasticsearch_prefix + "hotline"


@pytest.fixture
def engine(elasticsearch_url: str, index: str) -> ElasticEngine:
    """An engine whose index nobody has made yet."""
    return ElasticEngine(elasticsearch_url, index, timeout=20)


def behind(server: Elasticsearch, alias: str) -> set[str]:
    return set(server.indices.get_alias(name=alias))


def test_an_address_opens_elasticsearch(tmp_path: Path) -> None:
    assert isinstance(open_engine("http://127.0.0.1:9200", tmp_path), ElasticEngine)


def test_the_alias_names_one_index_of_todays_form_and_clearing_changes_it(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.prepare()
    assert behind(server, index) == {f"{index}-v1"}
    engine.clear()
    (fresh,) = behind(server, index)
    assert fresh.startswith(f"{index}-v1-")
    assert not server.indices.exists(index=f"{index}-v1")
    engine.prepare()
    assert behind(server, index) == {fresh}


def test_an_index_of_an_older_form_gives_way_to_an_empty_one(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    server.indices.create(index=f"{index}-v0", aliases={index: {}})
    server.index(index=index, id="1", document={"old": "form"}, refresh=True)
    engine.prepare()
    (fresh,) = behind(server, index)
    assert fresh.startswith(f"{index}-v1")
    assert engine.count() == 0
    assert not server.indices.exists(index=f"{index}-v0")


def test_many_processes_may_prepare_at_once(elasticsearch_url: str, server: Elasticsearch, index: str) -> None:
    failures: list[Exception] = []

    def prepare() -> None:
        try:
            ElasticEngine(elasticsearch_url, index, timeout=20).prepare()
        except Unavailable as failure:
            failures.append(failure)

    threads = [threading.Thread(target=prepare) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(behind(server, index)) == 1


def test_a_server_that_lost_its_index_is_filled_again_by_the_next_put(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.put([ticket(1)])
    server.indices.delete(index=f"{index}-v1")
    with pytest.raises(Unavailable):
        engine.count()
    engine.put([ticket(2)])
    assert engine.versions([1, 2]) == {2: 1}
    assert set(server.indices.get(index=index)) == {f"{index}-v1"}


def test_a_read_only_index_refuses_writes_aloud_and_serves_reads(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.put([ticket(1)])
    engine.refresh()
    server.indices.put_settings(index=index, settings={"index.blocks.write": True})
    with pytest.raises(Unavailable, match="refused"):
        engine.put([ticket(2)])
    with pytest.raises(Unavailable, match="refused"):
        engine.remove([1])
    assert engine.search(Query("停水")).total == 1
    server.indices.put_settings(index=index, settings={"index.blocks.write": False})
    engine.put([ticket(2)])
    assert engine.versions([2]) == {2: 1}


def test_the_texts_to_search_in_are_not_stored_a_second_time(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.put([ticket(1)])
    stored = server.get(index=index, id="1")["_source"]
    assert stored == {"shown": {"number": "T1", "title": "停水", "content": "", "reply": ""}}


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_a_server_that_never_answers_is_unavailable_after_the_timeout(silent: str) -> None:
    engine = ElasticEngine(silent, timeout=0.2)
    with pytest.raises(Unavailable, match=r"(?i)timed out"):
        engine.search(Query("停水"))
    with pytest.raises(Unavailable, match=r"(?i)timed out"):
        engine.put([ticket(1)])


def test_a_server_that_is_no_elasticsearch_is_unavailable() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=_answer_like_a_web_server, args=[listening], daemon=True).start()
        engine = ElasticEngine(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=5)
        with pytest.raises(Unavailable):
            engine.search(Query("停水"))


def _answer_like_a_web_server(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html")
