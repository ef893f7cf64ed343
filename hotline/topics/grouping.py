"""Groups of messages that speak of one concern: pure, over numbers that stand for words.

Every message is a vector of its words, each weighed by how rare it is among the messages looked at. Pairs are found
only where they share words that are not everywhere, and the nearest are joined first; two groups become one where their
messages are alike on the average, in all words and in those that say what is wrong, and where neither the districts nor
the spots that they name speak against it. So no chain of likenesses ties together what has nothing in common. The cost
is linear in the messages and in how often a word comes, up to MOST_SHARED.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hotline.topics.spaces import Space, Vector, pairs_of, space_of

ALIKE = 0.12
"""The average cosine from which two groups are one; with SAME_TROUBLE chosen on half of the messages of one city."""

SAME_TROUBLE = 0.08
"""The same among the words that say what is wrong."""


@dataclass(frozen=True, slots=True)
class Node:
    """A message, or several of one text in one place: its features as `reading.packed` gives them, its district's code
    and its matter's ('' where nobody knows).
    """

    features: bytes
    district: str = ""
    matter: str = ""


@dataclass(slots=True)
class _Group:
    """Messages joined so far: sums of their vectors, and what they name."""

    members: list[int]
    words: Vector
    troubles: Vector
    areas: frozenset[int]
    spots: frozenset[int]
    districts: frozenset[str] = field(default=frozenset())


def groups(nodes: Sequence[Node]) -> list[list[int]]:
    """The indexes of `nodes` by concern, each once; who is like nobody is alone. The same for the same nodes."""
    space = space_of([(node.features, node.matter) for node in nodes])
    found: dict[int, _Group] = {}
    where = np.arange(len(nodes))
    tried: set[tuple[int, int, int]] = set()
    for one, other in _nearest_first(space):
        a, b = (int(where[each]) for each in (one, other))
        for each in (a, b):
            if each not in found:
                found[each] = _alone(space, each, nodes[each].district)
        key = (min(a, b), max(a, b), len(found[a].members) + len(found[b].members))
        if a != b and key not in tried:
            tried.add(key)
            if _is_one(found[a], found[b]):
                big, small = (a, b) if len(found[a].members) >= len(found[b].members) else (b, a)
                where[found[small].members] = big
                _join(found[big], found.pop(small))
    alone = ([index] for index in range(len(nodes)) if where[index] == index and index not in found)
    return sorted([*(sorted(group.members) for group in found.values()), *alone])


def _nearest_first(space: Space) -> Iterator[tuple[int, int]]:
    rows, columns, scores = pairs_of(space)
    order = np.lexsort((columns, rows, -np.round(scores, 9)))
    return zip(rows[order].tolist(), columns[order].tolist(), strict=True)


def _alone(space: Space, index: int, district: str) -> _Group:
    words, troubles = space.vectors(index)
    named = frozenset(filter(None, [district]))
    return _Group([index], words, troubles, space.areas.get(index, _NONE), space.spots.get(index, _NONE), named)


_NONE: frozenset[int] = frozenset()


def _is_one(a: _Group, b: _Group) -> bool:
    """Whether two groups are alike enough, and nothing that they name speaks against it."""
    pairs = len(a.members) * len(b.members)
    if _apart(a.districts, b.districts) or _apart(a.areas, b.areas) or _elsewhere(a, b):
        return False
    return _product(a.words, b.words) >= ALIKE * pairs and _product(a.troubles, b.troubles) >= SAME_TROUBLE * pairs


def _apart(a: frozenset[Any], b: frozenset[Any]) -> bool:
    return bool(a and b) and a.isdisjoint(b)


def _elsewhere(a: _Group, b: _Group) -> bool:
    """Both name a spot, and neither speaks of the other's."""
    return _apart(a.spots, b.spots) and not (a.spots & b.words.keys() or b.spots & a.words.keys())


def _product(a: Vector, b: Vector) -> float:
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    return sum(weight * long[word] for word, weight in short.items() if word in long)


def _join(big: _Group, small: _Group) -> None:
    big.members += small.members
    for mine, theirs in ((big.words, small.words), (big.troubles, small.troubles)):
        for word, weight in theirs.items():
            mine[word] = mine.get(word, 0.0) + weight
    big.districts |= small.districts
    big.areas |= small.areas
    big.spots |= small.spots
