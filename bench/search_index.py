"""The index as it is written: by the relay and by a build, beside a bare bulk of the very same documents; and how long
after an act it can be found, while messages come in as fast as the web takes them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import select, update

from bench import history, house, load
from bench.figures import Figure, rate, say, turns
from bench.web import messages
from hotline import db, desk, logs, reindexing, relay, rounds
from hotline.models import Event, Ticket
from hotline.rights import CITIZEN
from hotline.searchable import documents
from search import elastic_query
from search.documents import Document, Query
from search.elastic import ElasticEngine
from search.projection import project
from tests.servers import keeper

BARE = "bench-bare"
TICKETS = 10_000
BULK = 500
TURNS = 5
LOAD_SECONDS, SAMPLES = 15.0, 20
PATIENCE = 60.0


def relay_elasticsearch() -> Figure:
    """Relay rounds from PostgreSQL into Elasticsearch, beside a bare bulk of the very same documents."""
    return _beside("relay_elasticsearch", _relayed)


def reindex_elasticsearch() -> Figure:
    """An index built beside the live one, checked and swapped in, beside a bare bulk of the very same documents."""
    logs.set_up()  # on standard error: standard output is for the figures
    return _beside("reindex_elasticsearch", _rebuilt)


def _beside(name: str, ours: Callable[[ElasticEngine], float]) -> Figure:
    url = keeper.call("start", "elasticsearch")
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database(), HOTLINE_ELASTICSEARCH_URL=url):
        history.fill(TICKETS)
        engine, plain, operations = ElasticEngine(url, "bench-ours", 30), ElasticEngine(url, BARE, 30), _operations()
        client = Elasticsearch(url, request_timeout=60)
        say(f"{name}: documents/s, ours to the bare bulk's")
        value, ratio = turns(lambda: ours(engine), lambda: _bulked(plain, client, operations), TURNS)
    return Figure(name, value, "documents/s", 0.60, ratio)


def _open(count: int) -> None:
    for number in range(count):
        with db.transaction() as session:
            desk.open_ticket(session, house.inquiry(number), CITIZEN)


def _relayed(engine: ElasticEngine) -> float:
    """An event of each ticket waits, as after most acts."""
    with db.transaction() as session:
        session.execute(update(Event).where(Event.action == "open").values(delivered_at=None))
    engine.clear()
    return rate(lambda: relay.deliver(engine, 600) and TICKETS)


def _rebuilt(engine: ElasticEngine) -> float:
    engine.prepare()
    return rate(lambda: reindexing.rebuild(engine, lambda blocks, _: blocks).tickets)


def _bulked(plain: ElasticEngine, client: Elasticsearch, operations: list[list[dict[str, Any]]]) -> float:
    plain.clear()
    return rate(lambda: sum(len(client.bulk(index=BARE, operations=each)["items"]) for each in operations))


def _operations() -> list[list[dict[str, Any]]]:
    """What a bulk of the same documents says, 500 of them at a time."""
    with db.reading() as session:
        found = list(documents(session, list(session.scalars(select(Ticket.id)))))
    lines = [line for each in found for line in _lines(each)]
    return [lines[start : start + 2 * BULK] for start in range(0, len(lines), 2 * BULK)]


def _lines(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    action = {"_id": str(document.id), "version": document.version, "version_type": "external_gte"}
    return {"index": action}, elastic_query.source(project(document))


def index_lag_s() -> Figure:
    """Seconds from a committed ticket to the search that finds it, while eight senders never pause: the median, with
    everything in its place, web, Redis, worker and Elasticsearch.
    """
    servers = {name: keeper.call("start", name) for name in ("elasticsearch", "redis")}
    given = {"HOTLINE_ELASTICSEARCH_URL": servers["elasticsearch"], "HOTLINE_REDIS_URL": f"{servers['redis']}/0"}
    with (
        house.furnished(HOTLINE_DATABASE_URL=house.fresh_database(), **given),
        house.serving("wsgi:app") as [address],
        _working(),
    ):
        rounds.index().clear()
        _open(1)
        _seconds_until_found("first")
        say("index_lag_s: under the load of the intake")
        sent: list[float] = []
        requests = messages("/api/v1/intake/web")
        sender = threading.Thread(target=lambda: sent.append(load.requests_per_second(address, requests, LOAD_SECONDS)))
        sender.start()
        waited = list(_samples(sender))
        sender.join()
    say(f"  {sent[0]:.0f} messages/s, {len(waited)} samples, the longest {max(waited):.1f} s")
    return Figure("index_lag_s", statistics.median(waited), "s from an act to its being found", limit=2)


def _samples(sender: threading.Thread) -> Iterator[float]:
    for number in range(1, SAMPLES):
        if not sender.is_alive():
            return
        yield _seconds_until_found(f"lag-{number}")


def _seconds_until_found(key: str) -> float:
    with db.transaction() as session:
        number = desk.open_ticket(session, replace(house.inquiry(7), external_id=key), CITIZEN).ticket.number
    since = time.monotonic()
    while not rounds.index().search(Query(number)).total:
        if time.monotonic() - since > PATIENCE:
            raise RuntimeError(f"{number} is not found after {PATIENCE} s")
        time.sleep(0.05)
    return time.monotonic() - since


@contextmanager
def _working() -> Iterator[None]:
    """A worker for the index, and beat in it."""
    with TemporaryDirectory() as folder:
        schedule = ["-B", "--schedule", str(Path(folder, "beat"))]
        celery = [sys.executable, "-m", "celery", "-A", "hotline.worker", "worker", "-Q", "index", "--concurrency=2"]
        command = [*celery, *schedule, "--loglevel=error"]
        process = subprocess.Popen(command, cwd=house.ROOT, stdout=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)
