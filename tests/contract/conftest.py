"""Both engines, and tickets to put into them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from search.documents import Document, Page, Query
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.life import Engine

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

ENGINES = ["embedded", pytest.param("elastic", marks=pytest.mark.elasticsearch)]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An engine whose index nobody has made yet."""
    if request.param == "embedded":
        return EmbeddedEngine(tmp_path / "search.db")
    url = request.getfixturevalue("elasticsearch_url")
    return ElasticEngine(url, index=request.getfixturevalue("elasticsearch_prefix") + "hotline", timeout=20)


def ticket(one: int, title: str = "", content: str = "", **more: Any) -> Document:
    """A ticket seen by unit A, an hour later with each number."""
    given = {
        "version": 1,
        "number": f"T{one:08}",
        "reply": "",
        "kind": "help",
        "urgency": "normal",
        "source": "web",
        "status": "dispatched",
        "received_at": NOON + timedelta(hours=one),
        "unit": "A",
        "units": ("A",),
    }
    return Document(id=one, title=title, content=content, **(given | more))


def store(engine: Engine, *documents: Document) -> None:
    """Put them, to be found at once."""
    engine.put(documents)
    engine.refresh()


def ids(page: Page) -> list[int]:
    """The ids of a page's hits, in order."""
    return [hit.id for hit in page.hits]


def find(engine: Engine, text: str = "", **filters: Any) -> set[int]:
    """The ids of one page; its total must be true."""
    page = engine.search(Query(text=text, **filters))
    assert page.total == len(page.hits)
    return set(ids(page))
