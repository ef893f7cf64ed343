"""Learning from labelled messages: examples in, a Model out. Scikit-learn is imported here, when training, only.

One linear support vector machine per label against the rest, on features that are first scaled by how much oftener
the label has them than the rest has (Wang and Manning 2012: the logarithm of the ratio of counts). It errs less on
short texts than the machine alone, and less than naive Bayes alone. Labels with few examples weigh as much as others.

The curve from scores to probabilities is fitted on scores of messages that were left out of the fit. Repeats, exact
and near, are left out together: a message whose twin was learned by heart would look surer than new ones are.
"""

from __future__ import annotations

import hashlib
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.catalogue import category_of
from routing.decision import Matter
from routing.features import Features, Indices, features_of, telling_words
from routing.learned import Curve, Model, Stage

Progress = Callable[[int, int], None]
"""Told (steps done, steps in all)."""

LEAST = {0: 1, 300: 2, 3000: 3}
"""From so many examples on, a feature counts when at least so many of them hold it."""

SMOOTHING = 0.05
SOFTNESS = 0.5
"""The machine's C."""

INNER_FOLDS = 3
WITHIN_MOST = 4000
"""A step within a category keeps so many features, those that tell its labels apart most."""

SHINGLE, SKETCH, ALIKE = 6, 12, 6
"""Two messages are near repeats when of the 12 least hashes of their 6 characters in a row, 6 or more are the same."""

FLOOD = 20
"""A new message is compared with so many of the last that share a hash: the first of a flood joins it to the rest."""

PLAIN = (4.0, 0.0, 1.0)
"""Slope, offset and power where too few examples are there to fit a curve (our judgement)."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the code it belongs under, of any level; the text is raw, or tokens with spaces between."""

    label: str
    text: str


def train(
    examples: Sequence[Example], matters: Sequence[Matter], progress: Progress | None = None, least: int = 1
) -> Model:
    """The model of these examples, in whatever order; the same examples give the same bytes.

    A word or run of characters that fewer than `least` messages hold is not in the model: nobody's name, then.

    ValueError where there are fewer than two labels, or a label that the catalogue does not have. 7,500 messages of
    350 characters take about half a minute of one core.
    """
    counts = Counter(example.label for example in examples)
    if unknown := sorted(counts.keys() - {matter.code for matter in matters}):
        raise ValueError(f"the catalogue has no {', '.join(unknown[:5])}: label by its codes")
    if len(counts) < 2:
        raise ValueError("there is nothing to tell apart: give examples of at least two labels")
    ordered = sorted(examples, key=lambda example: (example.label, example.text))
    said = [telling_words(example.text) for example in ordered]
    features = features_of(said, max(least, *(few for start, few in LEAST.items() if len(said) >= start)))
    rows = _matrix(features, said)
    folds = np.array(folds_of(said, [example.label for example in ordered], INNER_FOLDS))
    wanted = _stages([example.label for example in ordered])
    told = _Told(progress, sum((INNER_FOLDS + 1) * len(set(labels)) for _, labels in wanted.values()))
    lengths = np.array([len(words) for words in said])
    stages = {
        of: _fitted(_Part(rows[here], labels, folds[here], lengths[here]), told)
        for of, (here, labels) in wanted.items()
    }
    first = stages.pop("")
    return Model(dict(sorted(counts.items())), features, first, {of: _pruned(stage) for of, stage in stages.items()})


def folds_of(said: Sequence[Sequence[str]], labels: Sequence[str], count: int) -> list[int]:
    """A fold 0 … count-1 for each message: labels spread evenly, repeats and near repeats together."""
    groups = _near_repeats(said)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    digests = {group: _digest("".join(said[first[0]])) for group, first in members.items()}
    folds = [0] * len(said)
    ordered = sorted(members, key=lambda group: (labels[members[group][0]], digests[group], group))
    for place, group in enumerate(ordered):
        for number in members[group]:
            folds[number] = place % count
    return folds


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _near_repeats(said: Sequence[Sequence[str]]) -> list[int]:
    """The number of the group of each message; alike ones are joined, and what is like those too."""
    parents = list(range(len(said)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    seen: defaultdict[int, list[int]] = defaultdict(list)
    for number, words in enumerate(said):
        sketch = _sketch("".join(words))
        shared = Counter(other for trace in sketch for other in seen[trace])
        for other, count in shared.items():
            if count >= min(ALIKE, len(sketch)):
                parents[root(number)] = root(other)
        for trace in sketch:
            seen[trace] = [*seen[trace][-FLOOD:], number]
    return [root(number) for number in range(len(said))]


def _sketch(text: str) -> list[int]:
    """The least hashes of the text's runs of characters: like texts share most of theirs."""
    runs = {text[start : start + SHINGLE] for start in range(max(1, len(text) - SHINGLE + 1))}
    return sorted({zlib.crc32(run.encode("utf-8", "replace")) for run in runs})[:SKETCH]


def _stages(labels: Sequence[str]) -> Mapping[str, tuple[Indices, list[str]]]:
    """Step → (its messages, the label of each in it): "" is the choice of the category, the others go within one."""
    categories = [category_of(label) for label in labels]
    stages = {"": (np.arange(len(labels)), categories)}
    for category in sorted(set(categories)):
        here = [number for number, each in enumerate(categories) if each == category]
        if {labels[number] for number in here} != {category}:
            stages[category] = (np.array(here), [labels[number] for number in here])
    return stages


class _Told:
    """Counts the steps, and tells them to whoever asked."""

    def __init__(self, progress: Progress | None, steps: int) -> None:
        self._progress, self._steps, self._done = progress, steps, 0

    def step(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(min(self._done, self._steps), self._steps)


def _matrix(features: Features, said: Sequence[Sequence[str]]) -> Any:
    """The messages' vectors as rows of a sparse matrix."""
    from scipy.sparse import csr_matrix

    vectors = [features.vector(words) for words in said]
    ends = np.cumsum([0, *(len(columns) for columns, _ in vectors)])
    columns, values = (np.concatenate(parts) for parts in zip(*vectors, strict=True))
    return csr_matrix((values, columns, ends), shape=(len(said), len(features.idf)))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one step learns from, a row each: vector, label, fold and number of telling words."""

    rows: Any
    labels: Sequence[str]
    folds: Indices
    lengths: Indices


def _fitted(part: _Part, told: _Told) -> Stage:
    """The step that tells these labels apart, with its curve."""
    rows = part.rows
    names, truth = np.unique(np.array(part.labels), return_inverse=True)
    columns = np.arange(rows.shape[1])
    if len(names) == 1:
        return Stage((str(names[0]),), columns[:0], np.zeros((0, 1), np.float16), np.zeros(1, np.float32), _plain(1))
    scores = np.zeros((len(truth), len(names)), np.float32)
    for fold in range(INNER_FOLDS):
        here = part.folds == fold
        weights, biases = _weights(rows[~here], truth[~here], len(names), told)
        scores[here] = rows[here] @ weights + biases
    weights, biases = _weights(rows, truth, len(names), told)
    return Stage(
        tuple(map(str, names)), columns, weights.astype(np.float16), biases, _curve(scores, truth, part.lengths)
    )


def _weights(rows: Any, truth: Indices, labels: int, told: _Told) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(features × labels, biases); a label without an example here, or without a rival, has the score −1."""
    from scipy.sparse import diags
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    weights, biases = np.zeros((rows.shape[1], labels), np.float32), -np.ones(labels, np.float32)
    for label in range(labels):
        mine = truth == label
        if mine.any() and not mine.all():
            ratios = _ratios(rows, mine)
            machine = LinearSVC(C=SOFTNESS, class_weight="balanced", tol=1e-2, random_state=0)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                machine.fit(rows @ diags(ratios), mine)
            weights[:, label], biases[label] = machine.coef_[0] * ratios, machine.intercept_[0]
        told.step()
    return weights, biases


def _ratios(rows: Any, mine: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Logarithm per feature of how much oftener, weighed, these messages have it than the others."""
    ours, theirs = (np.asarray(rows[each].sum(axis=0)).ravel() + SMOOTHING for each in (mine, ~mine))
    ratios: NDArray[np.float32] = np.log(ours / ours.sum() / (theirs / theirs.sum())).astype(np.float32)
    return ratios


def _plain(labels: int) -> Curve:
    slope, offset, power = PLAIN
    return Curve(slope, (offset,) * labels, power)


def _curve(scores: NDArray[np.float32], truth: Indices, lengths: Indices) -> Curve:
    """The curve under which these scores of unseen messages are likeliest."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    count, labels = scores.shape
    if count < 10 * labels:
        return _plain(labels)
    each = csr_matrix(np.tile(np.eye(labels, dtype=np.float32), (count, 1)))
    right = np.arange(labels)[None] == truth[:, None]
    fit = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000)
    fit.fit(hstack([csr_matrix(scores.reshape(-1, 1)), each]).tocsr(), right.ravel())
    slope, *offsets = fit.coef_[0].tolist()
    if slope <= 0:  # all examples of a label are repeats of one another: left out together, nothing was learned of it
        return _plain(labels)
    curves = [Curve(slope, tuple(offsets), float(power)) for power in np.arange(0.5, 3.01, 0.05)]

    def doubt(curve: Curve) -> float:
        right = curve.probabilities(scores, lengths)[np.arange(count), truth]
        return -float(np.log(right + 1e-9).sum())

    return min(curves, key=doubt)


def _pruned(stage: Stage) -> Stage:
    """The step with only its most telling features."""
    strength = np.abs(stage.weights.astype(np.float32)).max(axis=1, initial=0.0)
    kept = np.sort(np.argsort(-strength, kind="stable")[:WITHIN_MOST])
    return Stage(stage.labels, stage.columns[kept], stage.weights[kept], stage.biases, stage.curve)
