"""How good predictions are: accuracy, macro-F1, calibration, and accuracy against coverage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.decision import Matter
from routing.learning import Example, Progress

Probabilities = Mapping[str, float]
Predictor = Callable[[str], Probabilities]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the surest `coverage` (0..1) of all, those with confidence ≥ `threshold`, `accuracy` are right."""

    coverage: float
    accuracy: float
    threshold: float


@dataclass(frozen=True, slots=True)
class OfLabel:
    """One label's figures; a share with nothing to divide by is 0."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; `confusion` is truth → predicted → count."""

    examples: int
    accuracy: float
    macro_f1: float
    ece: float
    coverage: tuple[Coverage, ...]
    per_label: Mapping[str, OfLabel]
    confusion: Mapping[str, Mapping[str, int]]

    def document(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        raise NotImplementedError

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Figures:
        """Back from `document()`."""
        raise NotImplementedError


def figures(truth: Sequence[str], predicted: Sequence[Probabilities]) -> Figures:
    """Compare the likeliest label of each with the truth; ValueError for none, or for unequal lengths."""
    raise NotImplementedError


def cross_validate(
    examples: Sequence[Example], matters: Sequence[Matter], folds: int = 5, progress: Progress | None = None
) -> Figures:
    """The figures of models that each did not see the fold they are asked about; the same input, the same figures."""
    raise NotImplementedError


def threshold_for(measured: Figures, accuracy: float) -> tuple[float, float] | None:
    """(threshold, coverage): the lowest confidence from which on `accuracy` are right; None where never so."""
    raise NotImplementedError


def first_day(matters: Sequence[Matter]) -> Predictor:
    """Text → probabilities by the key phrases of the catalogue alone, before anything was learned."""
    raise NotImplementedError


def among(probabilities: Probabilities, labels: Sequence[str]) -> dict[str, float]:
    """The same belief divided among these labels only; all alike where none of them is believed in."""
    raise NotImplementedError
