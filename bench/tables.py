"""Work on the tables: the relay into the index, the sweep of the clocks, embedded intake, and an import."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import select, update

from bench import house
from bench.figures import Figure, rate, say, turns
from hotline import db, desk, relay
from hotline.importing import import_file
from hotline.models import Event, Ticket
from hotline.rights import CITIZEN
from search import elastic
from search.projection import project
from tests.servers import keeper

BARE = "bench-bare"
RELAY_TICKETS = 1500
IMPORTED = 1000


def relay_elasticsearch() -> Figure:
    """Relay rounds from PostgreSQL into Elasticsearch, beside a bare bulk of the very same documents."""
    url = keeper.call("start", "elasticsearch")
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database(), HOTLINE_ELASTICSEARCH_URL=url):
        _open(range(RELAY_TICKETS))
        engine, plain, operations = elastic.ElasticEngine(url, "bench-ours"), Elasticsearch(url), _operations()
        elastic.ElasticEngine(url, BARE).prepare()
        say("relay_elasticsearch: documents/s, ours to the bare bulk's")
        value, ratio = turns(lambda: _relay_rate(engine), lambda: rate(lambda: _bulk(plain, operations)), 5)
    return Figure("relay_elasticsearch", value, "documents/s", 0.50, ratio)


def _relay_rate(engine: elastic.ElasticEngine) -> float:
    _undelivered()
    engine.prepare()
    return rate(lambda: _relay(engine))


def _relay(engine: elastic.ElasticEngine) -> int:
    while _relay_batch(engine):
        pass
    return RELAY_TICKETS


def _relay_batch(engine: elastic.ElasticEngine) -> int:
    with db.transaction() as session:
        return relay.relay(session, engine)


def _undelivered() -> None:
    with db.transaction() as session:
        session.execute(update(Event).values(delivered_at=None))


def _operations() -> list[list[dict[str, Any]]]:
    """What a bulk of the same documents says, 500 of them at a time."""
    with db.reading() as session:
        found = list(relay.documents(session, list(session.scalars(select(Ticket.id)))))
    lines = [line for document in found for line in elastic._operation(project(document))]
    return [lines[start : start + 1000] for start in range(0, len(lines), 1000)]


def _bulk(client: Elasticsearch, operations: list[list[dict[str, Any]]]) -> int:
    for each in operations:
        client.bulk(index=BARE, operations=each)
    return RELAY_TICKETS


def intake_embedded() -> Figure:
    """Tickets opened one by one on SQLite, each committed and written through."""
    with house.furnished():
        _open(range(50))
        value = rate(lambda: _open(range(50, 350)))
    return Figure("intake_embedded", value, "tickets/s")


def import_rows() -> Figure:
    """Rows of a CSV that become tickets on SQLite."""
    return Figure("import_rows", _imported(1), "rows/s")


def import_again() -> Figure:
    """The same file once more, when nothing is added."""
    return Figure("import_again", _imported(2), "rows/s")


def _imported(times: int) -> float:
    with house.furnished(), TemporaryDirectory() as folder:
        file = Path(folder, "messages.csv")
        with file.open("w", encoding="utf-8") as out:
            csv.writer(out).writerows([["编号", "内容", "姓名", "电话"], *_lines()])
        for _ in range(times):
            done = import_file(file, {}, "message_board", file.with_suffix(".bad"), lambda rows, *_, **__: rows)
    if done.bad or (done.added, done.known)[times - 1] != IMPORTED:
        raise RuntimeError(done.words())
    return IMPORTED / done.seconds


def _lines() -> Iterator[list[str]]:
    for number in range(IMPORTED):
        asked = house.inquiry(number)
        yield [asked.external_id, asked.content, asked.name, asked.phone]


def _open(numbers: range) -> int:
    for number in numbers:
        with db.transaction() as session:
            desk.open_ticket(session, house.inquiry(number), CITIZEN)
    return len(numbers)
