"""The threshold of automatic dispatch, chosen by the accuracy that is asked for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

FEWEST = 30
"""Fewer than this many above a threshold say nothing of how often they are right (our judgement)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to cut: of all cases `coverage` are as sure as `threshold` or surer, and `accuracy` of these are right."""

    threshold: float
    coverage: float
    accuracy: float


def choose(cases: Iterable[tuple[float, bool]], accuracy: float, fewest: int = FEWEST) -> Choice | None:
    """The lowest threshold over (confidence, right) cases that is right at least as often as asked.

    Equal confidences fall on one side together. None where no threshold with `fewest` cases above it is right so
    often: then nothing should go by itself.
    """
    ordered = sorted(cases, reverse=True)
    best, above, right = None, 0, 0
    for confidence, group in groupby(ordered, key=lambda case: case[0]):
        verdicts = [each for _, each in group]
        above, right = above + len(verdicts), right + sum(verdicts)
        if above >= fewest and right >= accuracy * above:
            best = Choice(confidence, above / len(ordered), right / above)
    return best
