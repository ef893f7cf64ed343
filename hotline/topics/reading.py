"""What a ticket is compared by when topics are looked for: hashes of its words, each with a weight and a kind.

Kept beside the ticket, so that a round reads each text once. Nobody reads a word out of a hash; who has a word can ask
for it, so they are personal as far as the text is, and go when they are too old to be compared.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import numpy as np

from routing.gist import Gist, gist

WORD, TROUBLE, AREA, SPOT = range(4)
"""Kinds of feature: any word of the message, one that says what is wrong, the city or district that it names, and
what the spot is called that it speaks of."""

TITLE = 3.0
"""What a word of the title weighs; one of the text weighs 1."""

CRUMB = 2.0
"""What two neighbouring characters of the title weigh: however the words are cut."""

TELLING = 0.3
"""A topic word lighter than this says nothing."""

_KIND_BITS = 2
_EACH = 12
"""Bytes of a feature."""


def packed(title: str, content: str) -> bytes:
    """The features of a message as they are kept: 8 bytes of hash and kind, then 4 bytes of weight, for each of them.

    Empty for a text that says nothing. About 0.3 ms.
    """
    found = dict(_features(gist(title, content)))
    return array("Q", found).tobytes() + array("f", found.values()).tobytes()


def unpacked(kept: bytes) -> tuple[Any, Any, Any]:
    """(word, weight, kind) of each feature that `packed` kept, as arrays: a word is a number of 62 bits."""
    count = len(kept) // _EACH
    keys = np.frombuffer(kept, np.uint64, count)
    kinds = (keys & np.uint64((1 << _KIND_BITS) - 1)).astype(np.int8)
    words = (keys >> np.uint64(_KIND_BITS)).astype(np.int64)
    return words, np.frombuffer(kept, np.float32, count, 8 * count), kinds


def _features(read: Gist) -> Iterator[tuple[int, float]]:
    for crumb in read.crumbs:
        if crumb.isalnum():
            yield _key(f"2 {crumb}", WORD), CRUMB
    for name in read.names:
        yield _key(name, WORD), TITLE if name in read.title_names else 1.0
    for word, weight in read.topics.items():
        if weight > TELLING and word not in read.names:
            yield _key(word, TROUBLE), TITLE if word in read.title_topics else 1.0
    for area in read.areas:
        if not area.endswith("市"):
            yield _key(area, AREA), 0.0
    for spot in read.places:
        yield _key(spot, SPOT), 0.0


def _key(word: str, kind: int) -> int:
    hashed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
    return hashed >> _KIND_BITS << _KIND_BITS | kind
