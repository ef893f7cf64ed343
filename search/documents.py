"""What is indexed, what is asked and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Document:
    """A ticket as the index knows it. `version` rises with each change; a lower one never overwrites a higher one.

    `units` are the codes of all units that may see it (lead and assisting). `phone_hmac` finds a caller.
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


@dataclass(frozen=True, slots=True)
class Query:
    """A person's question. `text` is words, never a query language; empty text lists by time.

    Filters are codes; each tuple means "any of these"; an empty tuple means no filter. `visible_to` is the reader's
    right, not a wish: None = all tickets, else only documents that name this unit code in `units`.
    `received_from` is within the time asked for, `received_to` is its end and outside. `units`, `matters` and
    `places` find a document by the one code it is filed under and by every code it names.
    `sort` is relevance, received_at (newest first) or due_at (nearest first, those without one last).
    `after` is the opaque cursor of the page before; `size` is held within 1 and 200.
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
    """

    hits: tuple[Hit, ...]
    total: int
    after: str | None
    relaxed: bool = False


class BadCursor(ValueError):
    """`after` is not a cursor that an engine gave for this sort. The reader begins again on the first page."""


class Unavailable(Exception):
    """The index does not answer in time or refuses. Search says so; intake and acts go on."""


class Engine(Protocol):
    """What both engines do. Every call ends within the engine's timeout or raises Unavailable."""

    def prepare(self) -> None:
        """Make the index where it is missing; safe to call at any time."""

    def put(self, documents: Iterable[Document]) -> None:
        """Write in bulk, idempotently, by external version; makes the index where it is missing."""

    def search(self, query: Query) -> Page:
        """Find; the reader's right in `visible_to` always holds. BadCursor, or ValueError on an unknown sort."""

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """The indexed version of each id that is there."""

    def remove(self, ids: Sequence[int]) -> None:
        """Take documents out (erasure of a person). One may come back only with a higher version."""

    def clear(self) -> None:
        """Empty the index, a damaged one too; it is a projection and can be built again."""

    def refresh(self) -> None:
        """Make what was put visible to search now."""

    def count(self) -> int:
        """How many documents are there."""
