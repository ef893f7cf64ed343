"""A query read for an engine, and its rows made into a page: what both engines do in the same way.

The cursor says how the page was sorted, whether it was relaxed, and the sort value and id of its last hit.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from search.documents import FACETS, BadCursor, Hit, Page, Query
from search.highlights import highlights
from search.projection import tagged
from search.words import Question, alike, parse

SORTS = {"relevance": True, "received_at": True, "due_at": False}
"""Sort → does it descend: best first, newest first, nearest deadline first. The id decides ties, in the same way."""

_LARGEST = 200

MOST_CODES = 1000
"""Codes of one facet that are counted at most."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as an engine carries it out: `sort` in force, hits a page, the place to go on `after`."""

    query: Query
    question: Question
    sort: str
    size: int
    after: tuple[float, int] | None = None
    relaxed: bool = False

    @property
    def descends(self) -> bool:
        """The direction of the sort value and of the id."""
        return SORTS[self.sort]

    @property
    def least(self) -> int:
        """How many of the words a hit must have."""
        if self.query.like:
            return -(-len(self.question.words) // self.query.like.of)
        return self.question.most if self.relaxed else len(self.question.words)

    def tagged(self, atoms: Sequence[str]) -> list[list[str]]:
        """The same atoms as each of the reader's marks has them in files."""
        return [tagged(atoms, reader) for reader in self.query.file_readers]


@dataclass(frozen=True, slots=True)
class Row:
    """One found document: its sort value, score and the texts that are shown, the number among them."""

    id: int
    key: float
    score: float
    shown: dict[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine finds: up to size + 1 rows after the place, the total, and the facets that were asked for."""

    rows: Sequence[Row]
    total: int
    facets: dict[str, dict[str, int]]


Find = Callable[[Asked], Found]


def answer(query: Query, find: Find) -> Page:
    """The page of a query. Where no document has all the words, those that have at least half of them."""
    asked = _read(query)
    found = find(asked)
    if not found.total and not asked.relaxed and not query.like and len(asked.question.words) > 1:
        asked = replace(asked, relaxed=True)
        found = find(asked)
    return _page(asked, found)


def _read(query: Query) -> Asked:
    """BadCursor where `after` is not a cursor of this sort, ValueError on an unknown sort or facet."""
    if query.sort not in SORTS:
        raise ValueError(f"sort is one of {', '.join(SORTS)}, not {query.sort!r}")
    if not set(query.facets) <= set(FACETS):
        raise ValueError(f"facets are of {', '.join(FACETS)}, not {query.facets!r}")
    question = alike(query.like.words) if query.like else parse(query.text)
    by_time = query.sort == "relevance" and not question.ranks
    asked = Asked(query, question, "received_at" if by_time else query.sort, min(max(query.size, 1), _LARGEST))
    return asked if query.after is None else _going_on(asked, query.after)


def _going_on(asked: Asked, after: str) -> Asked:
    try:
        sort, relaxed, key, last = json.loads(base64.b64decode(after, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        raise BadCursor("not a cursor of a search") from None
    numbers = _is_number(last, int) and (_is_number(key, int) or (sort == "relevance" and _is_number(key, float)))
    if sort != asked.sort or type(relaxed) is not bool or not numbers:
        raise BadCursor("a cursor of another search")
    return replace(asked, after=(key, last), relaxed=relaxed)


def _is_number(value: Any, kind: type[float]) -> bool:
    return type(value) is kind and abs(value) < 2**63


def _page(asked: Asked, found: Found) -> Page:
    here, more = found.rows[: asked.size], len(found.rows) > asked.size
    hits = tuple(
        Hit(row.id, row.shown["number"], row.score, highlights(row.shown, asked.question.marks)) for row in here
    )
    after = _cursor(asked, here[-1]) if more else None
    return Page(hits, found.total, after, asked.relaxed, found.facets)


def _cursor(asked: Asked, last: Row) -> str:
    fields = json.dumps([asked.sort, asked.relaxed, last.key, last.id])
    return base64.urlsafe_b64encode(fields.encode()).decode()
