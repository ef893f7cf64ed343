"""Digests of documents, by which an index is compared with the tables: equal ranges of ids cost one comparison.

The digest of a document covers all that is indexed of it. The digests of a block of ids are added up, by the index
itself, so that one number says whether a thousand documents are there as they should be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from hashlib import blake2b
from operator import attrgetter

from search.documents import Document

BLOCK = 1024
"""Ids in a block: 17, say, lies in block 0, and 5000 in block 4."""

_BYTES, _SHIFT = 6, 5
"""43 bits of a digest: the sum of a block's stays below 2^53, where Elasticsearch still adds up exactly."""

_content = attrgetter(*(field.name for field in fields(Document)))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the index says of a document: its version, and the digest of what was written."""

    version: int
    digest: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many documents of a block are there, and the sum of their digests."""

    count: int
    total: int


def digest(document: Document) -> int:
    """A number of 43 bits that another id, version or content would not have, but once in 10^13."""
    said = repr(_content(document)).encode(errors="replace")
    return int.from_bytes(blake2b(said, digest_size=_BYTES).digest()) >> _SHIFT


def stamp(document: Document) -> Stamp:
    """What the index should say of it."""
    return Stamp(document.version, digest(document))


def tally(stamps: Iterable[Stamp]) -> Tally:
    """The tally of a block's documents."""
    digests = [each.digest for each in stamps]
    return Tally(len(digests), sum(digests))
