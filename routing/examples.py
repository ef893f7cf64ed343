"""What example messages say of a message: how much likelier its words are under one label than under another.

A city, or the catalogue that is shipped, gives a few sentences for each label, as people say them. A message is then
weighed by naive Bayes over its words and pairs of characters: counts alone, no training, made new in a moment
whenever an example is changed. It knows what phrases miss, and phrases know what a few sentences cannot: neither is
sure by itself, so its answer is a factor to multiply other belief with.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import add

import numpy as np
from numpy.typing import NDArray

from chinese import tokens

SMOOTHING = 0.2
"""What every feature counts under every label before any was seen."""

TEMPER, GROWTH = 1.8, 0.7
"""A message of n characters has its sum of logarithms multiplied by 1.8 / n^0.7: words that stand together are no
independent witnesses. Measured on letters of 300 characters and on sentences of 40."""

SHORTEST, LONGEST = 10, 300
"""Characters that a message counts as at the least, and that are read at the most."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as examples weigh it: its features, and how many characters it counts as."""

    features: frozenset[str]
    size: int

    @classmethod
    def of(cls, text: str, least: int = SHORTEST) -> Said:
        """Of a normalised text; a shorter one counts as `least` characters, so that a few words are not too sure."""
        return cls(frozenset(features(text)), min(max(len(text), least), LONGEST))


class Examples:
    """Sentences by label, ready to weigh messages; read-only and safe to share."""

    def __init__(self, examples: Iterable[tuple[str, str]]) -> None:
        """Count the features of (label, normalised text) pairs; 5,000 sentences take about half a second."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for label, text in examples:
            counts[label].update(features(text))
        self.labels: Sequence[str] = tuple(sorted(counts))
        self._rows = {name: row for row, name in enumerate(sorted(set().union(*counts.values())))}
        self._logs = self._matrix([counts[label] for label in self.labels])

    def __bool__(self) -> bool:
        """Whether there is anything to tell apart."""
        return len(self.labels) > 1

    def _matrix(self, counts: Sequence[Counter[str]]) -> NDArray[np.float32]:
        """Feature × label: the logarithm of how often, against the mean of all labels."""
        table = np.full((len(self._rows), len(counts)), SMOOTHING, np.float32)
        for column, counter in enumerate(counts):
            for name, count in counter.items():
                table[self._rows[name], column] += count
        logs = np.log(table / table.sum(axis=0)) if table.size else table
        return logs - logs.mean(axis=1, keepdims=True) if table.size else logs

    def factors(self, said: Said) -> Mapping[str, float]:
        """Label → logarithm of the factor that a message multiplies other belief in it with; 0 in the mean."""
        rows = np.fromiter(map(self._rows.get, said.features, repeat(-1)), np.int64)
        rows.sort()  # a set has no order, and in another one the sum differs in its last digits
        sums = self._logs[rows[rows >= 0]].sum(axis=0) * (TEMPER / said.size**GROWTH)
        return dict(zip(self.labels, sums.tolist(), strict=True))


def features(text: str) -> set[str]:
    """The words of a normalised text and its pairs of characters, each once."""
    text = text[:LONGEST]
    return {*tokens(text, normal=True), *filter(str.isalnum, map(add, text, text[1:]))}
