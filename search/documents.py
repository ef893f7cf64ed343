"""What is indexed, what is asked and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file that belongs to a document, and the marks of those who may read it: only they find by it."""

    text: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A ticket as the index knows it. `version` rises with each change; a lower one never overwrites a higher one.

    `units` are the codes of all units that may see it (lead and assisting). `phone_hmac` finds a caller. `runs`: its
    deadline is still running. `evaluation` is the level that its citizen gave, or another word; `replied`: its reply
    may be shown as an example of one.
    """

    id: int
    version: int
    number: str
    title: str
    content: str
    reply: str
    kind: str
    urgency: str
    source: str
    status: str
    received_at: datetime
    due_at: datetime | None = None
    matter: str | None = None
    matters: tuple[str, ...] = ()
    place: str | None = None
    places: tuple[str, ...] = ()
    unit: str | None = None
    units: tuple[str, ...] = ()
    phone_hmac: str | None = None
    closed_at: datetime | None = None
    runs: bool = False
    evaluation: str | None = None
    replied: bool = False
    files: tuple[FileText, ...] = ()


FACETS = ("unit", "matter", "place", "kind", "source", "status", "urgency", "evaluation", "overdue")
"""What may be counted by. `overdue` has the one code `yes`."""


@dataclass(frozen=True, slots=True)
class Like:
    """More like this: words of which a hit has one in `of` at least, the more and the rarer the better. `prefer` raises
    what is filed so: (name of a facet, code, how much).
    """

    words: tuple[str, ...]
    prefer: tuple[tuple[str, str, float], ...] = ()
    of: int = 4


@dataclass(frozen=True, slots=True)
class Query:
    """A person's question. `text` is words, never a query language; empty text lists by time.

    Filters are codes; each tuple means "any of these"; an empty tuple means no filter. `visible_to` is the reader's
    right, not a wish: None = all tickets, else only documents that name this unit code in `units`.
    The `…_from` of a time is within the time asked for, its `…_to` is the end and outside; what has no such time is
    not found by it. `units`, `matters` and `places` find a document by the one code it is filed under and by every
    code it names. `overdue` asks for what runs and was due before `now`.
    `file_readers` are the marks of the reader: files that have one of them are searched too.
    `sort` is relevance, received_at (newest first) or due_at (nearest first, those without one last).
    `after` is the opaque cursor of the page before; `size` is held within 1 and 200.
    `facets` names what of FACETS is to be counted. `like` takes the place of `text`.
    """

    text: str = ""
    units: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None
    visible_to: str | None = None
    phone_hmac: str | None = None
    sort: str = "relevance"
    size: int = 20
    after: str | None = None
    urgencies: tuple[str, ...] = ()
    evaluations: tuple[str, ...] = ()
    due_from: datetime | None = None
    due_to: datetime | None = None
    closed_from: datetime | None = None
    closed_to: datetime | None = None
    overdue: bool = False
    now: datetime | None = None
    replied: bool = False
    file_readers: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    like: Like | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One found ticket; `highlights` maps a field name to fragments as (text, is_match) pairs, never HTML."""

    id: int
    number: str
    score: float
    highlights: dict[str, list[list[tuple[str, bool]]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of hits, the total, and the cursor of the next page (None at the end).

    `relaxed`: no ticket has all the words; these have at least half of them, and the reader should be told.
    `facets`: of each that was asked for, code → how many hits there would be with that code, all other filters and the
    reader's right in force, the facet's own filter lifted; at most 1000 codes, the commonest.
    """

    hits: tuple[Hit, ...]
    total: int
    after: str | None
    relaxed: bool = False
    facets: dict[str, dict[str, int]] = field(default_factory=dict)


class BadCursor(ValueError):
    """`after` is not a cursor that an engine gave for this sort. The reader begins again on the first page."""


class Unavailable(Exception):
    """The index does not answer in time or refuses. Search says so; intake and acts go on."""
