"""One index in Elasticsearch 8, behind one alias: documents in, stamps and tallies out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from elasticsearch import ApiError, Elasticsearch, TransportError

from search import elastic_query
from search.ahead import ahead
from search.digests import BLOCK, Stamp, Tally
from search.documents import Document, Unavailable
from search.elastic_bulk import PATIENCE, Bulk, Operation
from search.projection import batches, project

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_BATCH = 500


class ElasticIndex:
    """`search.life.Index` behind `alias`. `bulk` is shared by all indices of one server."""

    def __init__(self, client: Elasticsearch, alias: str, timeout: float, bulk: Bulk) -> None:
        """`timeout` in seconds bounds a call; a bulk, and what reads the whole index, have some times as long."""
        self.alias, self.timeout = alias, timeout
        self._client, self._bulk = client, bulk
        self._patient = client.options(request_timeout=timeout * PATIENCE)

    def put(self, documents: Iterable[Document]) -> None:
        """See `Index.put`."""
        ahead(self._write, self._batches(map(_put, documents)))

    def remove(self, versions: Mapping[int, int]) -> None:
        """See `Index.remove`."""
        ahead(self._write, self._batches(_delete(one, version) for one, version in versions.items()))

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """See `Index.versions`; also of what no refresh has made visible yet."""
        found: dict[int, int] = {}
        with reaching():
            for batch in batches(ids, _BATCH):
                answered = self._client.mget(index=self.alias, ids=[str(one) for one in batch], source=False)
                found |= {int(one["_id"]): one["_version"] for one in answered["docs"] if one.get("found")}
        return found

    def tallies(self) -> dict[int, Tally]:
        """See `Index.tallies`: one request, whose work is a pass over two columns."""
        blocks = {
            "histogram": {"field": "id", "interval": BLOCK, "min_doc_count": 1},
            "aggs": {"total": {"sum": {"field": "digest"}}},
        }
        with reaching():
            found = self._patient.search(index=self.alias, size=0, aggs={"blocks": blocks}, request_cache=False)
        buckets = found["aggregations"]["blocks"]["buckets"]
        return {int(each["key"]) // BLOCK: Tally(each["doc_count"], int(each["total"]["value"])) for each in buckets}

    def stamps(self, block: int) -> dict[int, Stamp]:
        """See `Index.stamps`."""
        within = {"range": {"id": {"gte": block * BLOCK, "lt": (block + 1) * BLOCK}}}
        with reaching():
            found = self._patient.search(
                index=self.alias,
                query=within,
                size=BLOCK,
                source=False,
                version=True,
                docvalue_fields=[{"field": "digest"}],
            )
        return {int(hit["_id"]): Stamp(hit["_version"], _digest(hit)) for hit in found["hits"]["hits"]}

    def refresh(self) -> None:
        """See `Index.refresh`."""
        with reaching():
            self._patient.indices.refresh(index=self.alias)

    def count(self) -> int:
        """See `Index.count`; as of the last refresh."""
        with reaching():
            return int(self._client.count(index=self.alias)["count"])

    def _batches(self, operations: Iterable[Operation]) -> Iterator[list[Operation]]:
        batch: list[Operation] = []
        for operation in operations:
            batch.append(operation)
            if len(batch) >= self._bulk.size:
                yield batch
                batch = []
        if batch:
            yield batch

    def _write(self, operations: Sequence[Operation]) -> None:
        with reaching():
            self._bulk.send(self.alias, operations)


@contextmanager
def reaching() -> Iterator[None]:
    """Whatever the server or the way to it says becomes Unavailable."""
    try:
        yield
    except (TransportError, ApiError) as error:
        raise Unavailable(f"Elasticsearch does not serve: {error}") from error


def _put(document: Document) -> Operation:
    # Equal versions are written again: the same ticket, perhaps with a unit's new name.
    one = project(document)
    action = f'{{"index":{{"_id":"{one.id}","version":{one.version},"version_type":"external_gte"}}}}\n'
    return (action + _encode(elastic_query.source(one))).encode()


def _delete(one: int, version: int) -> Operation:
    # The tombstone is newer than what is taken out, so that the same cannot come late and stay.
    return b'{"delete":{"_id":"%d","version":%d,"version_type":"external_gte"}}' % (one, version + 1)


def _digest(hit: dict[str, Any]) -> int:
    return int(hit.get("fields", {}).get("digest", [0])[0])
