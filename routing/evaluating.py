"""How good predictions are: accuracy, macro-F1, calibration, and accuracy against coverage."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chinese import normalise
from routing.blend import Blend
from routing.catalogue import parent_of
from routing.decision import Matter
from routing.features import telling_words
from routing.learning import Example, Progress, folds_of, train

Probabilities = Mapping[str, float]
Predictor = Callable[[str], Probabilities]

BINS = 15
"""Of equal width, for the expected calibration error."""

COVERAGES = tuple(number / 20 for number in range(20, 0, -1))
"""At which the accuracy of the surest is told: all, 95 %, 90 % … 5 %."""


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
    """What was measured; `confusion` is truth → predicted → count.

    `macro_f1` is the mean over the labels that stand in the truth or were predicted. `ece` is the expected
    calibration error of the likeliest label: the mean distance of confidence from accuracy, over bins by size.
    """

    examples: int
    accuracy: float
    macro_f1: float
    ece: float
    coverage: tuple[Coverage, ...]
    per_label: Mapping[str, OfLabel]
    confusion: Mapping[str, Mapping[str, int]]

    def document(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return asdict(self) | {"coverage": [asdict(each) for each in self.coverage]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Figures:
        """Back from `document()`; KeyError or TypeError where something is missing."""
        values = dict(document)
        values["coverage"] = tuple(Coverage(**each) for each in values["coverage"])
        values["per_label"] = {label: OfLabel(**each) for label, each in values["per_label"].items()}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class _Answer:
    truth: str
    label: str
    confidence: float

    @property
    def right(self) -> bool:
        return self.truth == self.label


def figures(truth: Sequence[str], predicted: Sequence[Probabilities]) -> Figures:
    """Compare the likeliest label of each with the truth; ValueError for none, or for unequal lengths.

    Of labels equally likely the first in order of codes is taken. An empty prediction is the label "" at 0.
    """
    if not truth or len(truth) != len(predicted):
        raise ValueError(f"{len(truth)} truths and {len(predicted)} predictions: give as many, and at least one")
    answers = [_Answer(label, *_likeliest(each)) for label, each in zip(truth, predicted, strict=True)]
    per_label = _per_label(answers)
    return Figures(
        examples=len(answers),
        accuracy=_right(answers),
        macro_f1=sum(each.f1 for each in per_label.values()) / len(per_label),
        ece=_calibration_error(answers),
        coverage=tuple(_coverages(answers)),
        per_label=per_label,
        confusion=_confusion(answers),
    )


def cross_validate(
    examples: Sequence[Example], matters: Sequence[Matter], folds: int = 5, progress: Progress | None = None
) -> Figures:
    """The figures of models that each did not see the fold they are asked about; the same input, the same figures.

    Each answers among the labels that stand in the examples. Repeats and near repeats are in one fold: what stands in
    both halves would be learned by heart. ValueError where a fold leaves fewer than two labels to learn.
    """
    labels = sorted({example.label for example in examples})
    place = folds_of(
        [telling_words(example.text) for example in examples], [example.label for example in examples], folds
    )
    predicted: dict[int, dict[str, float]] = {}
    for fold in range(folds):
        learned = [example for example, each in zip(examples, place, strict=True) if each != fold]
        model = train(learned, matters, _part(progress, fold, folds))
        for number, each in enumerate(place):
            if each == fold:
                predicted[number] = among(model.probabilities(examples[number].text), labels)
    return figures([example.label for example in examples], [predicted[number] for number in range(len(examples))])


def threshold_for(measured: Figures, accuracy: float) -> tuple[float, float] | None:
    """(threshold, coverage): the lowest confidence from which on `accuracy` are right; None where never so.

    Of the coverages that were measured: the widest that is accurate enough.
    """
    enough = [each for each in measured.coverage if each.accuracy >= accuracy]
    widest = max(enough, key=lambda each: each.coverage, default=None)
    return (widest.threshold, widest.coverage) if widest else None


def first_day(matters: Sequence[Matter]) -> Predictor:
    """Text → probabilities by the catalogue alone, its phrases and examples, before anything was learned."""
    catalogue = Blend(matters)

    def predict(text: str) -> dict[str, float]:
        nodes: dict[str, float] = {}
        for scored in catalogue.weigh(normalise(text), "", len(matters)):
            code: str | None = scored.matter
            while code:
                nodes[code] = max(nodes.get(code, 0.0), scored.confidence)
                code = parent_of(code)
        return nodes

    return predict


def among(probabilities: Probabilities, labels: Iterable[str]) -> dict[str, float]:
    """The same belief divided among these labels only; all alike where none of them is believed in.

    Where a label stands above others of them, it gets what they leave of it.
    """
    wanted = sorted(set(labels))
    left = {label: probabilities.get(label, 0.0) for label in wanted}
    for label in wanted:
        above = next((each for each in _above(label) if each in left), None)
        if above:
            left[above] = max(0.0, left[above] - probabilities.get(label, 0.0))
    whole = sum(left.values())
    return {label: each / whole if whole else 1 / len(wanted) for label, each in left.items()}


def _above(label: str) -> Iterable[str]:
    code = parent_of(label)
    while code:
        yield code
        code = parent_of(code)


def _part(progress: Progress | None, fold: int, folds: int) -> Progress | None:
    """The progress of one fold as a part of the whole's."""
    return progress and (lambda done, steps: progress(fold * steps + done, folds * steps))


def _likeliest(probabilities: Probabilities) -> tuple[str, float]:
    return min(probabilities.items(), key=lambda item: (-item[1], item[0]), default=("", 0.0))


def _right(answers: Sequence[_Answer]) -> float:
    return sum(answer.right for answer in answers) / len(answers)


def _calibration_error(answers: Sequence[_Answer]) -> float:
    bins: defaultdict[int, list[_Answer]] = defaultdict(list)
    for answer in answers:
        bins[min(int(answer.confidence * BINS), BINS - 1)].append(answer)
    return sum(abs(sum(each.confidence - each.right for each in inside)) for inside in bins.values()) / len(answers)


def _coverages(answers: Sequence[_Answer]) -> Iterable[Coverage]:
    """At each of COVERAGES; answers as sure as the least sure of them belong to it too."""
    ordered = sorted(answers, key=lambda answer: -answer.confidence)
    for share in COVERAGES:
        threshold = ordered[max(1, round(share * len(ordered))) - 1].confidence
        surest = [answer for answer in ordered if answer.confidence >= threshold]
        yield Coverage(len(surest) / len(ordered), _right(surest), threshold)


def _per_label(answers: Sequence[_Answer]) -> dict[str, OfLabel]:
    truth, predicted = Counter(each.truth for each in answers), Counter(each.label for each in answers)
    hits = Counter(each.label for each in answers if each.right)
    return {
        label: OfLabel(
            precision=_share(hits[label], predicted[label]),
            recall=_share(hits[label], truth[label]),
            f1=_share(2 * hits[label], truth[label] + predicted[label]),
            support=truth[label],
        )
        for label in sorted(truth.keys() | predicted.keys())
    }


def _confusion(answers: Sequence[_Answer]) -> dict[str, dict[str, int]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for answer in answers:
        counts[answer.truth][answer.label] += 1
    return {truth: dict(sorted(counts[truth].items())) for truth in sorted(counts)}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
