"""What only the Elasticsearch engine does: its alias, and a server that is slow, refuses or comes back empty."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, Elasticsearch

from search.documents import Document, Query, Unavailable
from search.elastic import ElasticEngine
from search.elastic_bulk import Bulk
from search.elastic_query import SCHEMA
from search.engines import open_engine
from search.life import NothingKept

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
    assert behind(server, index) == {f"{index}-v{SCHEMA}-1"}
    engine.clear()
    (fresh,) = behind(server, index)
    assert fresh.startswith(f"{index}-v{SCHEMA}-")
    assert not server.indices.exists(index=f"{index}-v{SCHEMA}-1")
    engine.prepare()
    assert behind(server, index) == {fresh}


def test_an_index_of_an_older_form_serves_and_is_written_on_until_one_beside_is_swapped_in(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    older = {"dynamic": "strict", "properties": {"title": {"type": "text"}, "shown": {"type": "object"}}}
    server.indices.create(index=f"{index}-v1", aliases={index: {}}, mappings=older)
    engine.prepare()
    engine.put([ticket(1)])
    assert (engine.life().live, engine.life().fits) == (f"{index}-v1", False)
    assert engine.versions([1]) == {1: 1}
    engine.build().put([ticket(1)])
    engine.swap()
    engine.refresh()
    assert (engine.life().kept, engine.life().fits) == (f"{index}-v1", True)
    assert engine.search(Query("停水")).total == 1
    with pytest.raises(NothingKept):
        engine.build(kept=True)


def test_an_index_of_another_form_is_not_one_of_todays_whose_number_begins_alike(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    server.indices.create(index=f"{index}-v{SCHEMA}0-1", aliases={index: {}})
    assert not engine.life().fits


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
    server.indices.delete(index=f"{index}-v{SCHEMA}-1")
    with pytest.raises(Unavailable):
        engine.count()
    engine.put([ticket(2)])
    assert engine.versions([1, 2]) == {2: 1}
    assert set(server.indices.get(index=index)) == {f"{index}-v{SCHEMA}-1"}
    assert engine.life().filling


@pytest.mark.parametrize(("block", "said"), [("write", "refused"), ("read_only_allow_delete", "takes no writes")])
def test_a_read_only_index_refuses_writes_aloud_and_at_once_and_serves_reads(
    engine: ElasticEngine, server: Elasticsearch, index: str, block: str, said: str
) -> None:
    engine.put([ticket(1)])
    engine.refresh()
    server.indices.put_settings(index=index, settings={f"index.blocks.{block}": True})
    with pytest.raises(Unavailable, match=said):
        engine.put([ticket(2)])
    assert engine.search(Query("停水")).total == 1
    server.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})
    engine.put([ticket(2)])
    assert engine.versions([2]) == {2: 1}


def test_an_index_beside_that_refuses_is_dropped_and_the_live_one_goes_on(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.put([ticket(1)])
    beside = engine.build()
    server.indices.put_settings(index=f"{index}-building", settings={"index.blocks.write": True})
    engine.put([ticket(2)])
    assert engine.versions([1, 2]) == {1: 1, 2: 1}
    assert engine.life().building is None
    with pytest.raises(Unavailable, match="no index"):
        beside.put([ticket(1)])


def test_the_texts_to_search_in_are_not_stored_a_second_time(
    engine: ElasticEngine, server: Elasticsearch, index: str
) -> None:
    engine.put([ticket(1)])
    stored = server.get(index=index, id="1")["_source"]
    assert stored == {"shown": {"number": "T1", "title": "停水", "content": "", "reply": ""}}


class Crowded:
    """A server that has room for so many documents in a bulk, and every other one of those it takes it refuses once."""

    def __init__(self, room: int) -> None:
        self.room, self.sizes, self.taken = room, list[int](), set[bytes]()

    def options(self, **_: object) -> Crowded:
        """As the client's."""
        return self

    def bulk(self, *, operations: list[bytes], **_: object) -> dict[str, Any]:
        """As the client's: 429 for the whole, or for some of it."""
        self.sizes.append(len(operations))
        if len(operations) > self.room:
            raise ApiError("too much", ApiResponseMeta(429, "1.1", HttpHeaders(), 0.0, NODE), {"error": "rejected"})
        statuses = [429 if one not in self.taken and number % 2 else 201 for number, one in enumerate(operations)]
        self.taken |= set(operations)
        errors = {201: {}, 429: {"error": {"type": "es_rejected_execution_exception", "reason": "full"}}}
        return {"items": [{"index": {"_id": "1", "status": status} | errors[status]} for status in statuses]}


NODE = NodeConfig("http", "127.0.0.1", 1)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long a bulk waited, each time, without the waiting."""
    slept: list[float] = []
    at = itertools.count()
    monkeypatch.setattr("search.elastic_bulk.time.sleep", slept.append)
    monkeypatch.setattr("search.elastic_bulk.time.monotonic", lambda: next(at) / 1000 + sum(slept))
    return slept


def test_a_crowded_server_gets_smaller_bulks_and_time_and_what_it_refused_again(naps: list[float]) -> None:
    server = Crowded(room=100)
    bulk = Bulk(cast("Elasticsearch", server), timeout=5)
    operations = [b"%d" % number for number in range(1200)]
    bulk.send("any", operations)
    assert server.taken == set(operations)
    assert server.sizes[:3] == [500, 250, 125]
    assert naps[:3] == [0.1, 0.2, 0.4]
    assert max(naps[3:]) <= 0.2


def test_a_server_that_stays_crowded_is_given_up_after_a_time(naps: list[float]) -> None:
    server = Crowded(room=0)
    with pytest.raises(Unavailable, match="overloaded"):
        Bulk(cast("Elasticsearch", server), timeout=5).send("any", [b"1"] * 600)
    assert len(server.sizes) < 20
    assert 20 < sum(naps) <= 30


def test_after_quick_answers_bulks_grow_again(naps: list[float]) -> None:
    server = Crowded(room=1000)
    bulk = Bulk(cast("Elasticsearch", server), timeout=5)
    bulk.size = 20
    server.taken = {b"%d" % number for number in range(1000)}
    bulk.send("any", sorted(server.taken))
    assert server.sizes[:5] == [20, 40, 80, 160, 320]
    assert naps == []


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
