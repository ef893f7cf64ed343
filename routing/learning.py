"""Learning from labelled messages: examples in, a Model out. Scikit-learn is imported here, when training, only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from routing.decision import Matter
from routing.learned import Model

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all)."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the code it belongs under, of any level; the text is raw, or tokens with spaces between."""

    label: str
    text: str


def train(examples: Sequence[Example], matters: Sequence[Matter], progress: Progress | None = None) -> Model:
    """The model of these examples; the same examples give the same bytes.

    ValueError where there are fewer than two labels, or a label that the catalogue does not have.
    """
    raise NotImplementedError
