"""A Document as both engines hold it: texts as atoms, a title's words, facets, and times as whole microseconds.

Only the title is cut into dictionary words, for the ranking: cutting and indexing those of the long texts too
took half of all the time that a document costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from chinese import normalise, tokens
from search.documents import Document, Query
from search.words import ATOM

T = TypeVar("T")

SHOWN = ("number", "title", "content", "reply")
"""The texts of a document that are kept as written, to be marked and shown."""

NEVER = 2**62
"""The due time of what is never due: after every time there is, and within 64 bits."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BREAK = " ¶ "
"""Between two texts of one field: no atom, so that no phrase reaches across."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What is written: `texts` to search in, atoms or words parted by spaces; `shown` to mark and show; `facets`."""

    id: int
    version: int
    texts: dict[str, str]
    shown: dict[str, str]
    facets: dict[str, tuple[str, ...]]
    received: int
    due: int


def project(document: Document) -> Projection:
    """Document → Projection. Lone surrogates, which no store takes, are replaced."""
    shown = {name: getattr(document, name).encode(errors="replace").decode() for name in SHOWN}
    normal = {name: normalise(text) for name, text in shown.items()}
    split = {name: " ".join(ATOM.findall(text)) for name, text in normal.items()}
    return Projection(
        id=document.id,
        version=document.version,
        texts={
            "number": split["number"],
            "title": split["title"],
            "body": _BREAK.join((split["content"], split["reply"])),
            "words": " ".join(tokens(f"{normal['number']} {normal['title']}")),
        },
        shown=shown,
        facets=_facets(document),
        received=microseconds(document.received_at),
        due=NEVER if document.due_at is None else microseconds(document.due_at),
    )


def _facets(document: Document) -> dict[str, tuple[str, ...]]:
    """By whom it may be read is apart from the units it is listed under: the one is a right, the other a wish."""
    return {
        "reader": tuple(dict.fromkeys(document.units)),
        "unit": _codes(document.unit, *document.units),
        "matter": _codes(document.matter, *document.matters),
        "place": _codes(document.place, *document.places),
        "kind": (document.kind,),
        "urgency": (document.urgency,),
        "source": (document.source,),
        "status": (document.status,),
        "phone": _codes(document.phone_hmac),
    }


def wanted(query: Query) -> dict[str, tuple[str, ...]]:
    """The facets a hit must have: for each name any of these values. The reader's right is one of them."""
    facets: dict[str, Iterable[str | None]] = {
        "reader": (query.visible_to,),
        "unit": query.units,
        "matter": query.matters,
        "place": query.places,
        "kind": query.kinds,
        "source": query.sources,
        "status": query.statuses,
        "phone": (query.phone_hmac,),
    }
    return {name: codes for name, values in facets.items() if (codes := _codes(*values))}


def _codes(*codes: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in codes if code is not None))


def microseconds(at: datetime) -> int:
    """A time as whole microseconds since 1970, exactly; a naive one is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of `size`, the last perhaps shorter; none is made before it is asked for."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
