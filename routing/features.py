"""A message as a vector: its words, its pairs and threes of characters, and once more those that it opens with.

Raw text and text that was cut into tokens, stop words gone, come out alike: what is boilerplate falls away first, and
the characters that are left are read on across the gaps. Letters and figures of addresses fall away too.
Each of the five kinds of feature is weighed by tf-idf and brought to one length, so that none drowns the others; a
letter's opening is its title or says what it is about, and so speaks twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from chinese import words
from routing.boilerplate import WORDS

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

WEIGHTS = (1.0, 1.0, 1.0, 0.7, 0.7)
"""What a kind of feature counts: words, pairs, threes, opening words, opening pairs."""

OPENING = 14
"""How many telling words are a message's opening."""

HEAD, TAIL = 4000, 1000
"""So many characters are read from the beginning and from the end of a long text."""

MOST = 250_000
"""So many features at the most: it bounds the size of a model, 2 bytes for each feature and category."""

_UNKNOWN = repeat(-1)

_ADDRESS = re.compile(r"\d|^[a-z]$")


def capped(text: str) -> str:
    """The text, or beginning and end of a long one."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]} {text[-TAIL:]}"


def telling_words(text: str, *, normal: bool = False) -> list[str]:
    """The words that may say something of the matter, in order; `normal` says that the text is normalised already."""
    said = words(capped(text), normal=normal)
    return [word for word in said if word not in WORDS and not (word[0].isascii() and _ADDRESS.search(word))]


def kinds_of_features(said: Sequence[str]) -> tuple[Sequence[str], ...]:
    """Telling words → the five kinds of features, each with its repeats; see WEIGHTS for their order."""
    whole, opening = "".join(said), "".join(said[:OPENING])
    return said, _grams(whole, 2), _grams(whole, 3), said[:OPENING], _grams(opening, 2)


def _grams(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]


@dataclass(frozen=True)
class Features:
    """The features that count, five tuples of them, and the inverse document frequency of each, all in one row."""

    names: tuple[tuple[str, ...], ...]
    idf: Floats

    @cached_property
    def columns(self) -> tuple[dict[str, int], ...]:
        """Feature → its column, per kind."""
        return tuple(
            {name: column for column, name in enumerate(names, start)}
            for names, start in zip(self.names, self._starts[:-1].tolist(), strict=True)
        )

    @cached_property
    def _starts(self) -> Indices:
        """The first column of each kind, and the end."""
        return np.cumsum([0, *map(len, self.names)])

    def vector(self, said: Sequence[str]) -> tuple[Indices, Floats]:
        """(columns, values) of a message, columns rising, of length 1; empty where it holds no known feature."""
        kinds = zip(self.columns, kinds_of_features(said), strict=True)
        found = np.fromiter(chain.from_iterable(map(known.get, names, _UNKNOWN) for known, names in kinds), np.int64)
        columns, counts = np.unique(found[found >= 0], return_counts=True)
        values = (1 + np.log(counts)) * self.idf[columns]
        kind = np.searchsorted(self._starts, columns, "right") - 1
        lengths = np.sqrt(np.bincount(kind, values**2, len(WEIGHTS)))
        values *= (np.array(WEIGHTS) / np.maximum(lengths, 1e-9))[kind]
        return columns, (values / (np.linalg.norm(values) or 1.0)).astype(np.float32)

    def alone(self, said: Sequence[str], opening: Collection[str]) -> Iterator[tuple[int, int]]:
        """(place in `said`, column) of each feature that is one of these words, whole."""
        for place, word in enumerate(said):
            kinds = (0, len(word) - 1) if 2 <= len(word) <= 3 else (0,)
            if word in opening:
                kinds = (*kinds, 3, 4)
            yield from ((place, self.columns[kind][word]) for kind in kinds if word in self.columns[kind])


def features_of(texts: Sequence[Sequence[str]], least: int) -> Features:
    """The features that at least so many of the texts hold, about MOST of them at the most; ordered by spelling."""
    counts: list[Counter[str]] = [Counter() for _ in WEIGHTS]
    for said in texts:
        for counter, found in zip(counts, kinds_of_features(said), strict=True):
            counter.update(set(found))
    least = max(least, _least_of_the_most(counts))
    names = tuple(tuple(sorted(name for name, count in counter.items() if count >= least)) for counter in counts)
    holding = [counter[name] for counter, kind in zip(counts, names, strict=True) for name in kind]
    idf = 1 + np.log((1 + len(texts)) / (1 + np.array(holding, np.float32)))
    return Features(names, idf.astype(np.float16).astype(np.float32))


def _least_of_the_most(counts: Iterable[Counter[str]]) -> int:
    """In how many texts a feature must stand for there to be MOST of them or fewer."""
    standing = sorted((count for counter in counts for count in counter.values()), reverse=True)
    return standing[MOST] + 1 if len(standing) > MOST else 1
