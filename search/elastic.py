"""The index in Elasticsearch 8: versioned indices behind aliases, plain full-text queries, no plugin.

`NAME` is the alias of the live index, `NAME-building` of the one that is built beside it, `NAME-kept` of the one
before, `NAME-filling` of a live one that was made empty. Aliases are what every process sees at once, so whoever writes
follows a build of which it knows nothing else.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, count
from typing import Any

from elasticsearch import ApiError, Elasticsearch

from search import elastic_query
from search.asking import answer
from search.documents import Page, Query
from search.elastic_bulk import Bulk, Missing, Operation, Refused
from search.elastic_index import ElasticIndex, reaching
from search.life import Life, NothingKept

_SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1", "gc_deletes": "15m"}
"""So long a document that was taken out is remembered, and no late write brings it back."""

Actions = Iterator[dict[str, Any]]


class ElasticEngine(ElasticIndex):
    """`search.life.Engine` over the indices of the alias `index`; `timeout` in seconds bounds a search."""

    def __init__(self, url: str, index: str = "hotline", timeout: float = 5.0) -> None:
        """Opens no connection."""
        # One more try, for a kept connection that the server has closed; never after a timeout.
        client = Elasticsearch(url, request_timeout=timeout, max_retries=1, retry_on_timeout=False, retry_on_status=())
        super().__init__(client, index, timeout, Bulk(client, timeout))
        self._form = f"{index}-v{elastic_query.SCHEMA}"
        self._building, self._kept, self._filling = (f"{index}-{word}" for word in ("building", "kept", "filling"))

    def search(self, query: Query) -> Page:
        """See `Engine.search`."""
        with reaching():
            return answer(query, partial(elastic_query.find, self._client, self.alias, self.timeout))

    def prepare(self) -> None:
        """See `Engine.prepare`. A live index of another form stays, and is written on, until one beside is whole."""
        with reaching():
            live = self._named()[self.alias]
            if not live:
                self._make_first()
            elif not self._fit(live):
                # What an index of another form does not know it passes over.
                self._patient.indices.put_mapping(index=self.alias, dynamic="false")

    def clear(self) -> None:
        """See `Engine.clear`."""
        with reaching():
            old = self._named()[self.alias]
            self._give(self._create(), [self.alias, self._filling], _drop(old))

    def life(self) -> Life:
        """See `Engine.life`."""
        with reaching():
            named = self._named()
        live, building, kept = (next(iter(named[alias]), None) for alias in (self.alias, self._building, self._kept))
        return Life(live, building, kept, fits=self._fit(named[self.alias]), filling=bool(named[self._filling]))

    def filled(self) -> None:
        """See `Engine.filled`."""
        with reaching():
            self._change(_leave(self._named()[self._filling], self._filling))

    def build(self, kept: bool = False) -> ElasticIndex:
        """See `Engine.build`."""
        with reaching():
            named = self._named()
            if kept:
                self._take_back(named[self._kept], named[self._building])
            elif not self._fit(named[self._building]):
                self._give(self._create(), [self._building], _drop(named[self._building]))
        return ElasticIndex(self._client, self._building, self.timeout, self._bulk)

    def swap(self) -> None:
        """See `Engine.swap`."""
        with reaching():
            named = self._named()
            live, fresh = named[self.alias], named[self._building]
            if not fresh:
                raise Missing("the index beside was dropped")
            self._change(
                _drop(named[self._kept]),
                _leave(named[self._filling], self._filling),
                _pass(live, self.alias, self._kept),
                _pass(fresh, self._building, self.alias),
            )

    def abandon(self) -> None:
        """See `Engine.abandon`."""
        with reaching():
            self._change(_drop(self._named()[self._building]))

    def _write(self, operations: Sequence[Operation]) -> None:
        """First beside, then live: whoever was live in between, the one that is live afterwards has it."""
        with reaching():
            self._follow(operations)
            try:
                self._bulk.send(self.alias, operations)
            except Missing:
                self.prepare()
                self._bulk.send(self.alias, operations)
            except Refused:
                if self.life().fits:  # else the one beside is to have what this one cannot take
                    raise

    def _follow(self, operations: Sequence[Operation]) -> None:
        """Write to the index beside, if there is one. One that refuses is dropped: it must not hold up the live one."""
        if not self._client.indices.exists_alias(name=self._building):
            return
        try:
            self._bulk.send(self._building, operations)
        except Missing:
            return
        except Refused:
            self.abandon()

    def _named(self) -> defaultdict[str, list[str]]:
        """Alias → the indices that it names."""
        named: defaultdict[str, list[str]] = defaultdict(list)
        for index, said in self._client.indices.get_alias(index=f"{self.alias}-v*").items():
            for alias in said["aliases"]:
                named[alias].append(index)
        return named

    def _fit(self, names: Iterable[str]) -> bool:
        """Is there one, and of today's form?"""
        return any(name == self._form or name.startswith(f"{self._form}-") for name in names)

    def _make_first(self) -> None:
        """By names that count up, so that of many processes one makes it."""
        aliases: dict[str, Any] = {self.alias: {}, self._filling: {}}
        for number in count(1):
            try:
                self._create(f"{self._form}-{number}", aliases)
            except ApiError as error:
                if error.error != "resource_already_exists_exception":
                    raise
            if self._named()[self.alias]:
                return

    def _create(self, name: str = "", aliases: dict[str, Any] | None = None) -> str:
        fresh = name or f"{self._form}-{secrets.token_hex(4)}"
        self._patient.indices.create(
            index=fresh, mappings=elastic_query.MAPPING, settings=_SETTINGS, aliases=aliases or {}
        )
        return fresh

    def _give(self, fresh: str, aliases: Sequence[str], more: Actions) -> None:
        """Aliases for a fresh index and whatever goes with it, in one step; without them it does not stay."""
        try:
            self._change(({"add": {"index": fresh, "alias": alias}} for alias in aliases), more)
        except ApiError:
            self._patient.indices.delete(index=fresh)
            raise

    def _take_back(self, kept: Sequence[str], building: Sequence[str]) -> None:
        if not self._fit(kept):
            raise NothingKept("no index of today's form is kept")
        self._change(_drop(building), _pass(kept, self._kept, self._building))

    def _change(self, *actions: Iterable[dict[str, Any]]) -> None:
        if together := list(chain(*actions)):
            self._patient.indices.update_aliases(actions=together)


def _drop(names: Iterable[str]) -> Actions:
    return ({"remove_index": {"index": name}} for name in names)


def _leave(names: Iterable[str], alias: str) -> Actions:
    return ({"remove": {"index": name, "alias": alias}} for name in names)


def _pass(names: Sequence[str], old: str, new: str) -> Actions:
    yield from _leave(names, old)
    yield from ({"add": {"index": name, "alias": new}} for name in names)
