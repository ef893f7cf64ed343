"""Search through the API, with filters and highlights, beside what the engine alone is asked: Elasticsearch with the
very same body, and FTS5 with the bare statement, served by as little as can be called a service.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request
from sqlalchemy import select

import chinese
from bench import history, house, load
from bench.figures import Figure, say, turns
from hotline import db, rounds, staff
from hotline.models import Ticket
from hotline.searchable import ALL, DESK, STAFF, documents
from search import elastic_query, embedded_query
from search.asking import Asked
from search.documents import Query
from search.words import parse
from tests.servers import keeper

TICKETS = 50_000
SECONDS = 3.0
TURNS = 5
QUERIES = 60
TOKEN = "BENCH_TOKEN"
FILE = "BENCH_INDEX"
KINDS = ("complaint,help", "help", "consultation,complaint")
STATUSES = ("closed", "closed,accepted", "accepted,dispatched,resolved")

_BARE = """
SELECT id, score, number, title, content, reply FROM (
    SELECT rowid AS found, -bm25(texts, 8, 3, 1, 2, 1) AS score FROM texts WHERE texts MATCH ?
) JOIN documents ON id = found
WHERE id IN (SELECT document FROM facets WHERE name = 'kind' AND code IN (SELECT value FROM json_each(?)))
  AND id IN (SELECT document FROM facets WHERE name = 'status' AND code IN (SELECT value FROM json_each(?)))
ORDER BY score DESC, id DESC LIMIT 21
"""


def search_elasticsearch() -> Figure:
    """Searches over HTTP, beside the same bodies sent straight to Elasticsearch."""
    url = keeper.call("start", "elasticsearch")
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database(), HOTLINE_ELASTICSEARCH_URL=url):
        asked = _filled()
        straight = [_straight(_asked(each)) for each in asked]
        with house.serving("bench.search_queries:signed_in()") as [ours]:
            say("search_elasticsearch: requests/s, ours to Elasticsearch's own")
            value, ratio = turns(_rate(ours, asked), lambda: load.requests_per_second(url, straight, SECONDS), TURNS)
    return Figure("search_elasticsearch", value, "requests/s", 0.60, ratio)


def _straight(asked: Asked) -> load.Request:
    """The very request that our engine sends, but for its header."""
    body = elastic_query.body(asked)
    named: dict[str, str] = {"allow_partial_search_results": "false", "preference": body.pop("preference")}
    body.pop("allow_partial_search_results")
    return load.Request(f"/hotline/_search?{urlencode(named)}", json.dumps(body))


def search_embedded() -> Figure:
    """Searches over HTTP with the embedded index, beside a bare service that runs the FTS5 statement alone."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        asked = _filled()
        os.environ[FILE] = str(Path(os.environ["HOTLINE_HOME"]) / "search.db")
        bare = [load.Request(f"/?{urlencode(each)}") for each in asked]
        with house.serving("bench.search_queries:signed_in()", "bench.search_queries:bare()") as [ours, plain]:
            say("search_embedded: requests/s, ours to the bare statement's")
            value, ratio = turns(_rate(ours, asked), lambda: load.requests_per_second(plain, bare, SECONDS), TURNS)
    return Figure("search_embedded", value, "requests/s", 0.60, ratio)


def _rate(address: str, asked: Sequence[dict[str, str]]) -> Callable[[], float]:
    requests = [load.Request(f"/api/v1/search?{urlencode(each)}") for each in asked]
    return lambda: load.requests_per_second(address, requests, SECONDS)


def _filled() -> list[dict[str, str]]:
    """A house with tickets and their index, a token for an agent, and what is to be asked."""
    history.fill(TICKETS)
    engine = rounds.index()
    engine.prepare()
    with db.reading() as session:
        ids = list(session.scalars(select(Ticket.id).order_by(Ticket.id)))
        for start in range(0, len(ids), 1000):
            engine.put(documents(session, ids[start : start + 1000]))
    engine.refresh()
    with db.transaction() as session:
        agent = staff.add_staff(session, "bench", "坐席", ("agent",), None, "")
        os.environ[TOKEN] = staff.add_token(session, agent, "bench")
    return list(_questions())


def _questions() -> Iterable[dict[str, str]]:
    """Two words that stand in one text, with filters: searches that find something."""
    pairs: dict[str, None] = {}
    for text in house.texts():
        words = [word for word in chinese.words(text) if len(word) > 1 and not word.isdigit()]
        pairs |= {f"{one} {other}": None for one, other in zip(words[2:12:4], words[3:12:4], strict=False)}
    for q, kind, status in islice(zip(pairs, cycle(KINDS), cycle(STATUSES), strict=False), QUERIES):
        yield {"q": q, "kind": kind, "status": status}


def _asked(each: dict[str, str]) -> Asked:
    """The question as the API's search puts it for an agent."""
    kinds, statuses = tuple(each["kind"].split(",")), tuple(each["status"].split(","))
    query = Query(each["q"], kinds=kinds, statuses=statuses, file_readers=(ALL, STAFF, DESK))
    return Asked(query, parse(each["q"]), "relevance", query.size)


def signed_in() -> Callable[..., Any]:
    """The application, every request being the agent's: the load's clients send no headers of their own."""
    from wsgi import app

    def application(environ: dict[str, Any], start: Any) -> Any:
        return app(environ | {"HTTP_AUTHORIZATION": f"Bearer {os.environ[TOKEN]}"}, start)

    return application


def bare() -> Flask:
    """The least that could be called a search service: Flask, a connection for each thread, one statement."""
    app, kept = Flask(__name__), threading.local()

    @app.get("/")
    def search() -> dict[str, Any]:
        if not hasattr(kept, "database"):
            kept.database = sqlite3.connect(f"file:{os.environ[FILE]}?mode=ro", uri=True)
        asked = _asked(dict(request.args))
        match = embedded_query._match(asked)
        kind, status = (json.dumps(request.args[name].split(",")) for name in ("kind", "status"))
        return {"hits": kept.database.execute(_BARE, (match, kind, status)).fetchall()}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app
