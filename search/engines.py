"""Which engine: by the settings alone."""

from __future__ import annotations

from pathlib import Path

from search.documents import Engine
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine


def open_engine(url: str, home: Path) -> Engine:
    """Elasticsearch at `url`, or, where that is empty, the embedded index `search.db` in `home`.

    Opens no connection: call `prepare` when the service starts.
    """
    return ElasticEngine(url) if url else EmbeddedEngine(home / "search.db")
