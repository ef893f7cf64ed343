"""Work on the tables: the relay into the index, the sweep of the clocks, embedded intake, and an import."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from elasticsearch import Elasticsearch
from sqlalchemy import func, select, update

from bench import house
from bench.figures import Figure, rate, say, turns
from hotline import db, desk, relay, rounds
from hotline.importing import import_file
from hotline.models import Escalation, Event, Ticket
from hotline.rights import CITIZEN
from search import elastic
from search.projection import project
from tests.servers import keeper

BARE = "bench-bare"
RELAY_TICKETS = 1500
SWEPT = 5000
BARE_TABLE = """
CREATE TABLE bare_escalations (ticket_id bigint, clock text, cycle bigint, opened_by bigint, level text,
    unit text, due_at timestamptz, detected_at timestamptz)
"""
BARE_SWEEP = """
INSERT INTO bare_escalations
SELECT ticket_id, clock, cycle, opened_by, level, unit, due_at, now() FROM escalations
"""
RUN_AGAIN = """
UPDATE clocks SET next_level = steps -> 0 ->> 0, next_at = (steps -> 0 ->> 1)::timestamptz
WHERE json_array_length(steps) > 0
"""
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


def sweep() -> Figure:
    """5,000 clocks that are due, each step escalated exactly once with its event, beside one INSERT … SELECT."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        due = _open_long_ago()
        house.execute(BARE_TABLE)
        _sweep()  # so that there are rows for the bare one to copy
        say(f"sweep: escalations/s of {due} clocks, ours to the bare INSERT … SELECT's")
        value, ratio = turns(_sweep, lambda: rate(lambda: house.execute(BARE_SWEEP)), 3)
    return Figure("sweep", value, "escalations/s", ratio=ratio)


def _open_long_ago() -> int:
    """Tickets of two months ago that nobody has touched since; how many clocks are due."""
    numbers, due = count(), 0
    while due < SWEPT:
        with db.transaction() as session:
            session.info["now"] = db.now(session) - timedelta(days=60)
            opened = (desk.open_ticket(session, house.inquiry(number), CITIZEN) for number in islice(numbers, 100))
            due += sum(clock.running for each in opened for clock in each.clocks)
    return due


def _sweep() -> float:
    house.execute("DELETE FROM escalations")
    house.execute(RUN_AGAIN)
    return rate(_sweep_all)


def _sweep_all() -> int:
    rounds.sweep_round()
    with db.reading() as session:
        return session.scalars(select(func.count()).select_from(Escalation)).one()


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
