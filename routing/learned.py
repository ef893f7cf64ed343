"""A classifier that learned from labelled messages: what is kept of it, and what it says of a message.

Two steps: which category, then which of the labels within it. Each step is one linear score per label, made a
probability by a curve that was fitted on messages the scores had not seen. Numpy alone on the way of a message; how
the weights come about stands in routing.learning.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chinese import normalise
from routing.catalogue import category_of, parent_of
from routing.features import OPENING, Features, Floats, Indices, telling_words

FORMAT = 1
"""Of the bytes. Another shape of the content is another number; older ones are refused, and trained anew."""

WORDS_TOLD = 8

BREVITY = 1.5
"""A message of n telling words is worth n / (n + BREVITY) of a long one's surety: measured once, on letters cut after
3 to 80 words. Without it, what is said in three words looks surer than it is."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Score → probability: the logistic of slope × score + offset per label, to the power, in parts of one."""

    slope: float
    offsets: tuple[float, ...]
    power: float

    def probabilities(self, scores: Floats, lengths: Sequence[int] | Indices) -> NDArray[np.float64]:
        """Row by row for scores of shape (messages, labels), and the telling words of each; each row sums to 1."""
        margins = self.slope * np.asarray(scores, np.float64) + np.array(self.offsets)
        counts = np.asarray(lengths, np.float64)[:, None]
        logs = -self.power * counts / (counts + BREVITY) * np.logaddexp(0.0, -margins)
        parts = np.exp(logs - logs.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = parts / parts.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True)
class Stage:
    """One step: the labels to choose from, and a weight for each of some features and each label."""

    labels: tuple[str, ...]
    columns: Indices
    weights: NDArray[np.float16]
    biases: Floats
    curve: Curve

    def probabilities(self, read: Reading) -> dict[str, float]:
        """Label → its part of one."""
        if len(self.labels) == 1:
            return {self.labels[0]: 1.0}
        rows, known = self._rows(read.columns)
        scores = read.values[known] @ self.weights[rows].astype(np.float32) + self.biases
        return dict(zip(self.labels, self.curve.probabilities(scores[None], [len(read.said)])[0].tolist(), strict=True))

    def added(self, columns: Indices, values: Floats, labels: Iterable[str]) -> dict[str, Floats]:
        """What each of these columns adds to the score of each label; 0 where the step does not know it."""
        rows, known = self._rows(columns)
        found = {}
        for label in labels:
            found[label] = np.zeros(len(columns), np.float32)
            if label in self.labels:
                weights = self.weights[rows, self.labels.index(label)].astype(np.float32)
                found[label][known] = values[known] * weights
        return found

    @cached_property
    def _knows_all(self) -> bool:
        """Whether the step has a weight for every feature from the first on: nothing is to be looked up."""
        return bool(self.columns[-1] == len(self.columns) - 1)

    def _rows(self, columns: Indices) -> tuple[Indices, NDArray[np.bool_]]:
        """Where the weights of these columns stand, and which of the columns have any."""
        if not len(self.columns):
            return np.empty(0, np.int64), np.zeros(len(columns), np.bool_)
        if self._knows_all and (not len(columns) or columns.max() <= self.columns[-1]):
            return columns, np.ones(len(columns), np.bool_)
        rows = np.minimum(np.searchsorted(self.columns, columns), len(self.columns) - 1)
        known = self.columns[rows] == columns
        return rows[known], known


@dataclass(frozen=True)
class Reading:
    """A message as a model reads it: its telling words, and what of it is known, as a vector."""

    said: Sequence[str]
    columns: Indices
    values: Floats

    @property
    def known(self) -> bool:
        """Whether anything in the message was learned about."""
        return bool(len(self.columns))


@dataclass(frozen=True, eq=False)
class Model:
    """What was learned. `examples` are how many there were of each label. Read-only, safe to share.

    `first` chooses the category, `within` the label where a category has labels below it.
    """

    examples: dict[str, int]
    features: Features
    first: Stage
    within: dict[str, Stage]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The codes it was trained on, in order."""
        return tuple(sorted(self.examples))

    def probabilities(self, text: str, title: str = "") -> dict[str, float]:
        """Code → how surely the message belongs under it, calibrated: each label and each node above one.

        A node holds the sum of what lies below it, so those of any one level sum to 1, less what was only ever
        labelled above that level. A message with nothing known in it gets the labels as often as they came.
        """
        return self.weigh(self.read(normalise(text), normalise(title)))

    def explain(self, text: str, title: str, code: str) -> tuple[str, ...]:
        """The words of the message that spoke most for this code, strongest first, at most eight."""
        return self.words(self.read(normalise(text), normalise(title)), (code,))[0]

    def read(self, text: str, title: str = "") -> Reading:
        """The vector of a normalised message: what `weigh` and `words` need, made once for both."""
        said = telling_words(f"{title} {text}" if title else text, normal=True)
        return Reading(said, *self.features.vector(said))

    def weigh(self, read: Reading) -> dict[str, float]:
        """As `probabilities`."""
        nodes: defaultdict[str, float] = defaultdict(float)
        if not read.known:
            for label, count in self.examples.items():
                _add(nodes, label, count / sum(self.examples.values()))
            return dict(nodes)
        for category, share in self.first.probabilities(read).items():
            stage = self.within.get(category)
            for label, part in (stage.probabilities(read) if stage else {category: 1.0}).items():
                _add(nodes, label, share * part)
        return dict(nodes)

    def words(self, read: Reading, codes: Sequence[str]) -> list[tuple[str, ...]]:
        """As `explain`, for each of the codes. A word speaks as a word and as the pair or three that it is."""
        said = list(dict.fromkeys(read.said))
        spoken = list(self.features.alone(said, frozenset(read.said[:OPENING])))
        if not spoken:
            return [()] * len(codes)
        owners, columns = np.array(spoken, np.int64).T
        where = np.minimum(np.searchsorted(read.columns, columns), len(read.columns) - 1)
        values = np.where(read.columns[where] == columns, read.values[where], np.float32(0))
        by_category = self.first.added(columns, values, set(map(category_of, codes)))
        found = []
        for code in codes:
            stage, added = self.within.get(category_of(code)), by_category[category_of(code)]
            added = added + stage.added(columns, values, (code,))[code] if stage else added
            spoke = np.bincount(owners, added, len(said))
            strongest = np.argsort(-spoke, kind="stable")[:WORDS_TOLD].tolist()
            found.append(tuple(said[place] for place in strongest if spoke[place] > 0))
        return found

    def dumps(self) -> bytes:
        """The model as bytes: the same model gives the same bytes."""
        stages = {"": self.first, **self.within}
        head = {
            "format": FORMAT,
            "examples": self.examples,
            "stages": [{"of": of, "labels": each.labels, "curve": asdict(each.curve)} for of, each in stages.items()],
        }
        arrays: dict[str, Any] = {"head": _letters(json.dumps(head, ensure_ascii=False)), "idf": self.features.idf}
        arrays |= {f"names{kind}": _letters("\n".join(names)) for kind, names in enumerate(self.features.names)}
        for number, stage in enumerate(stages.values()):
            arrays |= {f"columns{number}": stage.columns.astype(np.int32), f"weights{number}": stage.weights}
            arrays |= {f"biases{number}": stage.biases}
        kept = io.BytesIO()
        np.savez_compressed(kept, allow_pickle=False, **arrays)
        return kept.getvalue()

    @classmethod
    def loads(cls, content: bytes) -> Model:
        """The model out of its bytes; ValueError with a sentence where they are none of ours or damaged."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return cls._read(arrays)
        except ValueError as error:
            raise ValueError(f"the model cannot be read: {error}") from error
        except Exception as error:  # one flipped bit may ask for encryption, another packing, more memory than there is
            raise ValueError(f"the model cannot be read, its bytes are damaged: {error}") from error

    @classmethod
    def _read(cls, arrays: Any) -> Model:
        head = json.loads(_text(arrays["head"]))
        if head["format"] != FORMAT:
            raise ValueError(f"its format is {head['format']}, and this program knows {FORMAT}")
        kinds = sorted(name for name in arrays.files if name.startswith("names"))
        names = tuple(tuple(_text(arrays[kind]).split("\n")) if len(arrays[kind]) else () for kind in kinds)
        stages = {each["of"]: _stage(each, arrays, number) for number, each in enumerate(head["stages"])}
        features = Features(names, arrays["idf"].astype(np.float32))
        if len(features.idf) != sum(map(len, names)):
            raise ValueError("its features and their weights are not equally many")
        examples = {str(label): int(count) for label, count in head["examples"].items()}
        return cls(examples, features, stages.pop(""), stages)


def _add(nodes: defaultdict[str, float], label: str, share: float) -> None:
    """To the label and to all above it."""
    code: str | None = label
    while code:
        nodes[code] += share
        code = parent_of(code)


def _letters(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def _text(letters: NDArray[np.uint8]) -> str:
    return letters.tobytes().decode()


def _stage(head: dict[str, Any], arrays: Any, number: int) -> Stage:
    curve = head["curve"]
    labels: Sequence[str] = head["labels"]
    columns, weights, biases = (arrays[f"{part}{number}"] for part in ("columns", "weights", "biases"))
    if not len(labels) == len(curve["offsets"]) == len(biases) or weights.shape != (len(columns), len(labels)):
        raise ValueError("its labels and their weights are not equally many")
    curve = Curve(float(curve["slope"]), tuple(map(float, curve["offsets"])), float(curve["power"]))
    return Stage(tuple(map(str, labels)), columns.astype(np.int64), weights, biases, curve)
