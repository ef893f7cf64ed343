"""Elasticsearch's half of a query: the form of the index, what of a document is written, and how it is asked for.

Texts come tokenised from our own process, so the `whitespace` analyzer is all that is asked of the server. A change of
the form is a new `SCHEMA`: the index of the old one is built again beside it, and no migration is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from elasticsearch import Elasticsearch

from search.asking import MOST_CODES, Asked, Found, Row
from search.documents import Query, Unavailable
from search.projection import KEYWORDS, TIMES, YES, Projection, microseconds, periods, wanted
from search.words import Word

SCHEMA = 2
"""The version of the form: it stands in the name of every index."""

_TEXT = {"type": "text", "analyzer": "whitespace"}
MAPPING = {
    "dynamic": "strict",
    "_source": {"includes": ["shown.*"]},
    "properties": {
        **dict.fromkeys(("number", "title", "body", "files"), _TEXT),
        "words": _TEXT | {"index_options": "freqs"},
        **{name: {"type": "long"} for name in ("id", "digest", *TIMES)},
        **{name: {"type": "keyword"} for name in KEYWORDS},
        "shown": {"type": "object", "enabled": False},
    },
}
_WEIGHTED = ["number^8", "title^3", "body"]
_WORD_WEIGHT = 2
"""The same weights as in the other engine."""


def source(one: Projection) -> dict[str, Any]:
    """A projection as a document of the form."""
    return {"id": one.id, "digest": one.digest, **one.times, **one.texts, **one.facets, "shown": one.shown}


def find(client: Elasticsearch, index: str, timeout: float, asked: Asked) -> Found:
    """What the query finds; Unavailable where the server did not finish within `timeout` seconds."""
    found = client.search(index=index, **body(asked), timeout=f"{int(timeout * 1000)}ms")
    if found["timed_out"]:
        raise Unavailable(f"Elasticsearch did not finish within {timeout} s")
    hits = found["hits"]
    return Found([_row(hit) for hit in hits["hits"]], int(hits["total"]["value"]), _counted(found))


def body(asked: Asked) -> dict[str, Any]:
    """The whole of a search but for how long it may take. Filters of facets that are counted come after the query,
    for each is counted without its own.
    """
    direction = "desc" if asked.descends else "asc"
    key = "_score" if asked.sort == "relevance" else asked.sort
    filters, counted = _filters(asked.query), asked.query.facets
    apart = {name: part for name, part in filters.items() if name in counted}
    asking = {
        "query": _query(asked, [part for name, part in filters.items() if name not in apart]),
        "sort": [{key: direction}, {"id": direction}],
        "search_after": None if asked.after is None else list(asked.after),
        "size": asked.size + 1,
        "track_total_hits": True,
        "allow_partial_search_results": False,
        "preference": hashlib.sha256(asked.query.text.encode(errors="replace")).hexdigest(),
        "post_filter": {"bool": {"filter": list(apart.values())}} if apart else None,
        "aggregations": {name: _facet(name, apart, asked.query) for name in counted} or None,
    }
    return {name: part for name, part in asking.items() if part is not None}


def _facet(name: str, apart: dict[str, Any], query: Query) -> dict[str, Any]:
    """The commonest codes of a facet, under the filters of the other facets."""
    others = [part for other, part in apart.items() if other != name]
    within = {"bool": {"filter": others + (_overdue(query) if name == "overdue" else [])}}
    if name == "overdue":
        return {"filter": within}
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"filter": within, "aggs": {"codes": {"terms": {"field": name, "size": MOST_CODES, "order": order}}}}


def _counted(found: Any) -> dict[str, dict[str, int]]:
    counted = {}
    for name, facet in found.get("aggregations", {}).items():
        if "codes" in facet:
            counted[name] = {each["key"]: int(each["doc_count"]) for each in facet["codes"]["buckets"]}
        else:
            counted[name] = {YES: int(facet["doc_count"])} if facet["doc_count"] else {}
    return counted


def _row(hit: dict[str, Any]) -> Row:
    return Row(int(hit["_id"]), hit["sort"][0], hit["_score"] or 0.0, hit["_source"]["shown"])


def _query(asked: Asked, filters: list[dict[str, Any]]) -> dict[str, Any]:
    """Words and phrases score; the rest, the reader's right first of all, only lets through."""
    question = asked.question
    prefer = asked.query.like.prefer if asked.query.like else ()
    return {
        "bool": {
            "filter": filters,
            "must_not": [_anywhere(asked, excluded) for excluded in question.excluded],
            "must": [_anywhere(asked, phrase) for phrase in question.phrases] + [_words(asked)] * bool(question.words),
            "should": [
                {"constant_score": {"filter": {"term": {name: code}}, "boost": much}} for name, code, much in prefer
            ],
        }
    }


def _words(asked: Asked) -> dict[str, Any]:
    words = [_word(asked, word) for word in asked.question.words]
    return {"bool": {"should": words, "minimum_should_match": asked.least}}


def _word(asked: Asked, word: Word) -> dict[str, Any]:
    """The atoms must follow each other; in a title a whole dictionary word ranks higher."""
    whole = {"term": {"words": {"value": word.word, "boost": _WORD_WEIGHT}}}
    return {"bool": {"must": [_anywhere(asked, word.atoms)], "should": [whole]}}


def _anywhere(asked: Asked, atoms: Sequence[str]) -> dict[str, Any]:
    """The atoms in a text, or in a file that the reader may read."""
    in_files = [{"match_phrase": {"files": " ".join(each)}} for each in asked.tagged(atoms)]
    return {"bool": {"should": [_phrase(atoms), *in_files], "minimum_should_match": 1}} if in_files else _phrase(atoms)


def _phrase(atoms: Sequence[str]) -> dict[str, Any]:
    sought = {"query": " ".join(atoms), "type": "phrase", "fields": _WEIGHTED, "tie_breaker": 1.0}
    return {"multi_match": sought}


def _filters(query: Query) -> dict[str, dict[str, Any]]:
    """Name → filter. What makes a ticket overdue is one filter by its own name, to be counted without itself."""
    plain = replace(query, overdue=False)
    filters: dict[str, dict[str, Any]] = {name: {"terms": {name: list(codes)}} for name, codes in wanted(plain).items()}
    for name, (first, end) in periods(plain).items():
        filters[name] = {"range": {name: {"gte": first, "lt": end}}}
    if query.overdue:
        filters["overdue"] = {"bool": {"filter": _overdue(query)}}
    return filters


def _overdue(query: Query) -> list[dict[str, Any]]:
    """What runs and was due before now. Raises ValueError where nobody says what time it is."""
    if query.now is None:
        raise ValueError("overdue needs now")
    return [{"term": {"runs": YES}}, {"range": {"due_at": {"lt": microseconds(query.now)}}}]
