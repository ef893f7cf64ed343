"""A Document as both engines hold it: texts as atoms, a title's words, facets, and times as whole microseconds.

Only the title is cut into dictionary words, for the ranking: cutting and indexing those of the long texts too
took half of all the time that a document costs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from chinese import normalise, tokens
from search.digests import digest
from search.documents import Document, FileText, Query
from search.words import ATOM, atoms

T = TypeVar("T")

SHOWN = ("number", "title", "content", "reply")
"""The texts of a document that are kept as written, to be marked and shown."""

NEVER = 2**62
"""The time of what never comes: after every time there is, and within 64 bits."""

TIMES = ("received_at", "due_at", "closed_at")
PLAIN = ("unit", "matter", "place", "kind", "urgency", "source", "status", "evaluation")
KEYWORDS = ("reader", "phone", "runs", "replied", *PLAIN)
"""All facets of a document; those of PLAIN may be counted as they stand."""

YES = "yes"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BREAK = " ¶ "
"""Between two texts of one field: no atom, so that no phrase reaches across."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What is written: `texts` to search in, atoms or words parted by spaces; `shown` to mark and show; `facets`;
    `times` by the names of TIMES; `digest` of the document.
    """

    id: int
    version: int
    texts: dict[str, str]
    shown: dict[str, str]
    facets: dict[str, tuple[str, ...]]
    times: dict[str, int]
    digest: int


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
            "words": " ".join(tokens(f"{normal['number']} {normal['title']}", normal=True)),
            "files": _files(document.files),
        },
        shown=shown,
        facets=_facets(document),
        times={name: _time(getattr(document, name)) for name in TIMES},
        digest=digest(document),
    )


def _files(files: Iterable[FileText]) -> str:
    """Each file's atoms once per mark of a reader, each atom with that mark: without it there is nothing to find."""
    each = ((atoms(file.text.encode(errors="replace").decode()), file.readers) for file in files)
    return _BREAK.join(" ".join(tagged(found, reader)) for found, readers in each for reader in readers)


def tagged(found: Iterable[str], reader: str) -> list[str]:
    """Atoms as those of a file that `reader` may read."""
    tag = _tag(reader)
    return [tag + atom for atom in found]


@lru_cache(maxsize=4096)
def _tag(reader: str) -> str:
    return hashlib.blake2b(reader.encode(), digest_size=5).hexdigest()


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
        "evaluation": _codes(document.evaluation),
        "runs": (YES,) * document.runs,
        "replied": (YES,) * document.replied,
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
        "urgency": query.urgencies,
        "evaluation": query.evaluations,
        "replied": (YES,) * query.replied,
        "runs": (YES,) * query.overdue,
    }
    return {name: codes for name, values in facets.items() if (codes := _codes(*values))}


def periods(query: Query) -> dict[str, tuple[int, int]]:
    """The times a hit must have: for each name from (within) and to (outside). Raises ValueError for `overdue` when
    nobody says what time it is.
    """
    if query.overdue and query.now is None:
        raise ValueError("overdue needs now")
    dues = [microseconds(at) for at in (query.due_to, query.now if query.overdue else None) if at]
    spans = {
        "received_at": _span(query.received_from, query.received_to),
        "due_at": (_span(query.due_from, None)[0], min(dues, default=NEVER)),
        "closed_at": _span(query.closed_from, query.closed_to),
    }
    return {name: span for name, span in spans.items() if span != (-NEVER, NEVER)}


def _span(first: datetime | None, end: datetime | None) -> tuple[int, int]:
    return microseconds(first) if first else -NEVER, microseconds(end) if end else NEVER


def _time(at: datetime | None) -> int:
    return NEVER if at is None else microseconds(at)


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
