"""The index in Elasticsearch 8: one versioned index behind an alias, plain full-text queries, no plugin.

The alias always names an index of today's form, so a change of the mapping is a new index and no migration.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search import elastic_query
from search.asking import answer
from search.documents import Document, Page, Query, Unavailable
from search.projection import Projection, batches, project

_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}

_BATCH = 500
_BULK_PATIENCE = 6
"""A bulk may take this many times the timeout of a search."""


class ElasticEngine:
    """`search.documents.Engine` over the index behind the alias `index`; `timeout` in seconds bounds a search."""

    def __init__(self, url: str, index: str = "hotline", timeout: float = 5.0) -> None:
        self.index = index
        self._form = f"{index}-v{elastic_query.SCHEMA}"
        self._timeout = timeout
        # One more try, for a kept connection that the server has closed; never after a timeout.
        self._client = Elasticsearch(
            url, request_timeout=timeout, max_retries=1, retry_on_timeout=False, retry_on_status=()
        )

    def prepare(self) -> None:
        """Make the index and its alias where they are missing; one of an old form gives way to an empty one."""
        with _reaching():
            old = self._behind()
            if not old:
                self._create(self._form, {self.index: {}})
            elif not any(name.startswith(self._form) for name in old):
                self._swap(old)

    def put(self, documents: Iterable[Document]) -> None:
        """Write 500 at a time. An older version than the index has is passed over."""
        for batch in batches(map(project, documents), _BATCH):
            operations = [line for one in batch for line in _operation(one)]
            if self._bulk(operations) == 404:
                self.prepare()
                self._bulk(operations)

    def search(self, query: Query) -> Page:
        """See `Engine.search`."""
        with _reaching():
            return answer(query, partial(elastic_query.find, self._client, self.index, self._timeout))

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """See `Engine.versions`; also of what no refresh has made visible yet."""
        found: dict[int, int] = {}
        with _reaching():
            for batch in batches(ids, _BATCH):
                answered = self._client.mget(index=self.index, ids=[str(one) for one in batch], source=False)
                found |= {int(one["_id"]): one["_version"] for one in answered["docs"] if one.get("found")}
        return found

    def remove(self, ids: Sequence[int]) -> None:
        """See `Engine.remove`."""
        for batch in batches(ids, _BATCH):
            self._bulk([{"delete": {"_id": str(one)}} for one in batch])

    def clear(self) -> None:
        """Put an empty index behind the alias and drop the old one."""
        with _reaching():
            self._swap(self._behind())

    def refresh(self) -> None:
        """See `Engine.refresh`."""
        with _reaching():
            self._client.indices.refresh(index=self.index)

    def count(self) -> int:
        """See `Engine.count`; as of the last refresh."""
        with _reaching():
            return int(self._client.count(index=self.index)["count"])

    def _bulk(self, operations: list[dict[str, Any]]) -> int:
        """0, or 404 where the index is missing; Unavailable where any line was refused but for its version."""
        with _reaching():
            patient = self._client.options(request_timeout=self._timeout * _BULK_PATIENCE)
            answered = patient.bulk(
                index=self.index,
                operations=operations,
                require_alias=True,
                filter_path="items.*._id,items.*.status,items.*.error.type,items.*.error.reason",
            )
        lines = (line for item in answered.get("items", ()) for line in item.values() if "error" in line)
        refused = [line for line in lines if line["status"] != 409]
        if any(line["error"]["type"] == "index_not_found_exception" for line in refused):
            return 404
        if refused:
            raise Unavailable(f"Elasticsearch refused {len(refused)} documents, the first: {refused[0]}")
        return 0

    def _behind(self) -> list[str]:
        try:
            return list(self._client.indices.get_alias(name=self.index))
        except NotFoundError:
            return []

    def _create(self, name: str, aliases: dict[str, dict[str, Any]]) -> None:
        try:
            self._client.indices.create(index=name, mappings=elastic_query.MAPPING, settings=_SETTINGS, aliases=aliases)
        except ApiError as error:
            # Another process was quicker.
            if error.error != "resource_already_exists_exception":
                raise

    def _swap(self, old: Sequence[str]) -> None:
        """An empty index in the place of the old ones, in one step for whoever searches."""
        fresh = f"{self._form}-{secrets.token_hex(4)}"
        self._create(fresh, {})
        drop = [{"remove_index": {"index": name}} for name in old]
        try:
            self._client.indices.update_aliases(actions=[{"add": {"index": fresh, "alias": self.index}}, *drop])
        except ApiError:
            self._client.indices.delete(index=fresh)
            raise


@contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (TransportError, ApiError) as error:
        raise Unavailable(f"Elasticsearch does not serve: {error}") from error


def _operation(one: Projection) -> tuple[dict[str, Any], dict[str, Any]]:
    # Equal versions are written again: the same ticket, perhaps with a unit's new name.
    action = {"index": {"_id": str(one.id), "version": one.version, "version_type": "external_gte"}}
    return action, elastic_query.source(one)
