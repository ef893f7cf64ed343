"""How alike two messages are: near copies of one text, and other people writing of the same matter.

`traces` are the few features under which a message is kept and looked up; `likeness` weighs a pair and says why;
`groups` makes piles of what belongs together. Nothing is joined here: a person confirms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from rapidfuzz import fuzz

from chinese import normalise
from routing.decision import Place

MOST_TRACES = 16
LEAST = 0.9
"""The score from which nine of ten pairs are one matter: from here joining is proposed."""

LONGEST = 4000
"""Characters of a text that are looked at; what comes later changes no verdict and costs no time."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be compared. `place` is where it happened and all above it, nearest first (empty: unknown); `sender`
    is anything that is equal for the same person and says nothing else (a digest; empty: unknown); `matter` is a code
    of the catalogue or empty. `at` is aware.
    """

    text: str
    title: str
    place: tuple[Place, ...]
    at: datetime
    sender: str = ""
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How surely two messages are one matter (0..1: of pairs at 0.9 nine of ten are), and why, in Chinese."""

    score: float
    reasons: tuple[str, ...] = ()


def traces(title: str, content: str, place: str = "") -> tuple[int, ...]:
    """At most 16 features below 2⁶³, sorted, none twice, by which like messages find each other.

    `place` is the code of the place, as far as it is known. The same on each machine and in each process. Empty for a
    text that says nothing.
    """
    text = normalise(f"{title[:LONGEST]}\n{content[:LONGEST]}")
    hashes = sorted({_hashed(text[i : i + 4]) for i in range(max(0, len(text) - 3))})
    return tuple(hashes[:MOST_TRACES])


def likeness(one: Said, other: Said) -> Likeness:
    """How alike the two are, whichever comes first."""
    ratio = fuzz.ratio(normalise(one.text[:LONGEST]), normalise(other.text[:LONGEST])) / 100
    return Likeness(ratio, (f"内容几乎相同（{ratio:.0%}）",) if ratio >= LEAST else ())


def most_like(said: Said, others: Sequence[Said], top: int = 5, least: float = LEAST) -> list[tuple[int, Likeness]]:
    """(index in `others`, likeness) of those that score `least` or more, best first, at most `top`."""
    scored = [(index, likeness(said, other)) for index, other in enumerate(others)]
    return sorted((pair for pair in scored if pair[1].score >= least), key=lambda pair: -pair[1].score)[:top]


def groups(saids: Sequence[Said], least: float = LEAST) -> list[list[int]]:
    """The indexes of `saids` by matter, largest group first, each index once; who is like nobody is alone."""
    return sorted(_grown(saids, least), key=len, reverse=True)


def _grown(saids: Sequence[Said], least: float) -> Iterator[list[int]]:
    grown: list[list[int]] = []
    for index, said in enumerate(saids):
        fitting = (g for g in grown if all(likeness(said, saids[each]).score >= least for each in g))
        if group := next(fitting, None):
            group.append(index)
        else:
            grown.append([index])
    yield from grown


def _hashed(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big") >> 1
