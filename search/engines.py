"""Which engine: by the settings alone."""

from __future__ import annotations

from pathlib import Path

from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.life import Engine

TICKETS = "hotline"


def open_engine(url: str, home: Path, name: str = TICKETS) -> Engine:
    """The index `name` in Elasticsearch at `url`, or, where that is empty, embedded in a file in `home`. Each name is
    an index of its own, of the same form: that of the tickets, if no other is named.

    Opens no connection: call `prepare` when the service starts.
    """
    if url:
        return ElasticEngine(url, name)
    return EmbeddedEngine(home / ("search.db" if name == TICKETS else f"search-{name}.db"))
