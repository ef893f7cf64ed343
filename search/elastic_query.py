"""Elasticsearch's half of a query: the form of the index, what of a document is written, and how it is asked for.

Texts come tokenised from our own process, so the `whitespace` analyzer is all that is asked of the server. A change of
the form is a new `SCHEMA`: the index of the old one is built again beside it, and no migration is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

from search.asking import Asked, Row
from search.documents import Query, Unavailable
from search.projection import Projection, microseconds, wanted
from search.words import Word

SCHEMA = 1
"""The version of the form: it stands in the name of every index."""

_TEXT = {"type": "text", "analyzer": "whitespace"}
_FACETS = ("reader", "unit", "matter", "place", "kind", "urgency", "source", "status", "phone")
MAPPING = {
    "dynamic": "strict",
    "_source": {"includes": ["shown.*"]},
    "properties": {
        **dict.fromkeys(("number", "title", "body"), _TEXT),
        "words": _TEXT | {"index_options": "freqs"},
        **{name: {"type": "long"} for name in ("id", "received_at", "due_at")},
        **{name: {"type": "keyword"} for name in _FACETS},
        "shown": {"type": "object", "enabled": False},
    },
}
_WEIGHTED = ["number^8", "title^3", "body"]
_WORD_WEIGHT = 2
"""The same weights as in the other engine."""


def source(one: Projection) -> dict[str, Any]:
    """A projection as a document of the form."""
    times = {"id": one.id, "received_at": one.received, "due_at": one.due}
    return times | one.texts | one.facets | {"shown": one.shown}


def find(client: Elasticsearch, index: str, timeout: float, asked: Asked) -> tuple[list[Row], int]:
    """Rows and total; Unavailable where the server did not finish within `timeout` seconds."""
    direction = "desc" if asked.descends else "asc"
    key = "_score" if asked.sort == "relevance" else asked.sort
    found = client.search(
        index=index,
        query=_query(asked),
        sort=[{key: direction}, {"id": direction}],
        search_after=None if asked.after is None else list(asked.after),
        size=asked.size + 1,
        track_total_hits=True,
        allow_partial_search_results=False,
        timeout=f"{int(timeout * 1000)}ms",
        preference=hashlib.sha256(asked.query.text.encode(errors="replace")).hexdigest(),
    )
    if found["timed_out"]:
        raise Unavailable(f"Elasticsearch did not finish within {timeout} s")
    return [_row(hit) for hit in found["hits"]["hits"]], int(found["hits"]["total"]["value"])


def _row(hit: dict[str, Any]) -> Row:
    return Row(int(hit["_id"]), hit["sort"][0], hit["_score"] or 0.0, hit["_source"]["shown"])


def _query(asked: Asked) -> dict[str, Any]:
    """Words and phrases score; the rest, the reader's right first of all, only lets through."""
    question = asked.question
    least = question.most if asked.relaxed else len(question.words)
    return {
        "bool": {
            "filter": [{"terms": {name: list(codes)}} for name, codes in wanted(asked.query).items()]
            + _period(asked.query),
            "must_not": [_phrase(excluded) for excluded in question.excluded],
            "must": [_phrase(phrase) for phrase in question.phrases]
            + [_words(question.words, least)] * bool(question.words),
        }
    }


def _words(words: Sequence[Word], least: int) -> dict[str, Any]:
    return {"bool": {"should": [_word(word) for word in words], "minimum_should_match": least}}


def _word(word: Word) -> dict[str, Any]:
    """The atoms must follow each other; in a title a whole dictionary word ranks higher."""
    whole = {"term": {"words": {"value": word.word, "boost": _WORD_WEIGHT}}}
    return {"bool": {"must": [_phrase(word.atoms)], "should": [whole]}}


def _phrase(atoms: Sequence[str]) -> dict[str, Any]:
    sought = {"query": " ".join(atoms), "type": "phrase", "fields": _WEIGHTED, "tie_breaker": 1.0}
    return {"multi_match": sought}


def _period(query: Query) -> list[dict[str, Any]]:
    ends = {"gte": query.received_from, "lt": query.received_to}
    limits = {name: microseconds(at) for name, at in ends.items() if at}
    return [{"range": {"received_at": limits}}] if limits else []
