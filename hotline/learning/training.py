"""Training and measuring: from labelled examples to a kept model with its figures, and figures of any model on data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from hotline import db
from hotline.intake.inquiry import InvalidInput
from hotline.learning import keeping
from hotline.learning.reading import digest_of
from hotline.models import TrainedModel
from hotline.rights import Actor
from routing import learning
from routing.decision import Matter
from routing.evaluating import Figures, Predictor, among, cross_validate, figures, first_day
from routing.learned import Model
from routing.learning import Example, Progress

FIRST_DAY = "first-day"
"""The name of the catalogue's own key phrases, where a model's version would stand."""

_BETWEEN_TOKENS = re.compile(r"(?<=[\u3400-\u9fff，。；：、！？])[ \t]+(?=[\u3400-\u9fff，。；：、！？])")

FEWEST = 10
"""A label with fewer examples cannot be learnt and measured: it is joined to the matter above it, or left out."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with the figures that cross-validation gave for it, and what it was trained on."""

    model: Model
    figures: Figures
    examples: tuple[Example, ...]
    left_out: Mapping[str, int]


SHARED = 3
"""What is learned from a city's own history is shared by so many messages: a name that one of them told is not kept."""


def train(
    examples: Sequence[Example], matters: Mapping[str, Matter], progress: Progress | None = None, least: int = 1
) -> Trained:
    """Cross-validate, then train on everything; `least` messages must share what the model keeps of them.

    Raises InvalidInput where there is too little to learn from.
    """
    kept, left_out = enough(examples)
    labels = {each.label for each in kept}
    if len(labels) < 2:
        raise InvalidInput(
            "data",
            f"数据不够训练：至少要有两类、每类 {FEWEST} 条，现在够数的只有 {len(labels)} 类（共 {len(examples)} 条）",
            f"too little data: at least two labels with {FEWEST} examples each are needed",
        )
    found = cross_validate(kept, tuple(matters.values()), progress=progress)
    model = learning.train(kept, tuple(matters.values()), progress, least)
    return Trained(model, found, tuple(kept), left_out)


def enough(examples: Sequence[Example], fewest: int = FEWEST) -> tuple[list[Example], dict[str, int]]:
    """The examples that can be learnt from, and label → how many were left out.

    A rare leaf speaks for its group, a rare group for its category; a rare category is left out.
    """
    rows, levels = list(examples), max((each.label.count("-") for each in examples), default=0)
    for level in range(levels, 0, -1):
        counts = Counter(each.label for each in rows)
        rows = [
            Example(each.label.rpartition("-")[0], each.text)
            if each.label.count("-") == level and counts[each.label] < fewest
            else each
            for each in rows
        ]
    counts = Counter(each.label for each in rows)
    return [each for each in rows if counts[each.label] >= fewest], {c: n for c, n in counts.items() if n < fewest}


def keep(session: Session, actor: Actor, trained: Trained, source: str, matters: Mapping[str, Matter]) -> TrainedModel:
    """Keep what was trained as the next version. Raises Forbidden and Stale."""
    labels = sorted(trained.model.labels)
    row = TrainedModel(
        source=source,
        examples=len(trained.examples),
        data_digest=digest_of(trained.examples),
        catalogue_digest=keeping.catalogue_digest(labels, matters),
        figures=trained.figures.document() | {"labels": labels},
        content=trained.model.dumps(),
        version=0,
        trained_at=db.now(session),
    )
    return keeping.keep(session, actor, row)


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures on data; `model` is a version or first-day; `seen` where the model was trained on this very data."""

    model: str
    figures: Figures
    examples: int
    labels: tuple[str, ...]
    seen: bool = False


def evaluate(
    session: Session,
    examples: Sequence[Example],
    matters: Mapping[str, Matter],
    which: str = "",
    progress: Progress | None = None,
) -> Measured:
    """How right a model is on labelled data, its answers kept to the labels that stand there.

    `which` is a version or first-day; empty is the version trained last that fits the catalogue, else the first day.
    Raises InvalidInput for a `which` that is neither, NotFound for no such version.
    """
    labels = tuple(sorted({each.label for each in examples}))
    version = _version(session, matters, which)
    predict = _predictor(session, version, matters)
    predicted = []
    for number, each in enumerate(examples, 1):
        predicted.append(among(predict(each.text), labels))
        if progress:
            progress(number, len(examples))
    found = figures([each.label for each in examples], predicted)
    seen = version is not None and keeping.find(session, version).data_digest == digest_of(examples)
    return Measured(str(version or FIRST_DAY), found, len(examples), labels, seen)


def _predictor(session: Session, version: int | None, matters: Mapping[str, Matter]) -> Predictor:
    if version is not None:
        return keeping.load(session, version).probabilities
    phrases = first_day(tuple(matters.values()))
    return lambda text: phrases(untokenised(text))


def untokenised(text: str) -> str:
    """Tokens put together again, as phrases are found in running text; spaces beside Latin letters stay."""
    return _BETWEEN_TOKENS.sub("", text)


def _version(session: Session, matters: Mapping[str, Matter], which: str) -> int | None:
    if which == FIRST_DAY:
        return None
    if which:
        return read_version(which)
    newest = keeping.newest_fitting(session, matters)
    return newest.version if newest else None


def read_version(text: str) -> int:
    """The number of a version as a person writes it. Raises InvalidInput."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(
            "model", f"“{text}”不是模型版本，请写版本号或 {FIRST_DAY}", f"{text!r} is no version of a model"
        )
    return int(text)


def named(document: Mapping[str, Any], matters: Mapping[str, Matter]) -> dict[str, Any]:
    """The document of figures with its labels by their paths: 城乡建设, or 城乡建设 › 供水 › 停水."""

    def name(code: str) -> str:
        return path_of(code, matters)

    return {
        **document,
        "per_label": {name(code): {"code": code, **scores} for code, scores in document["per_label"].items()},
        "confusion": {
            name(true): {name(said): count for said, count in row.items()}
            for true, row in document["confusion"].items()
        },
    }


def path_of(code: str, matters: Mapping[str, Matter]) -> str:
    """The names down to a matter, or its code where it has gone."""
    return " › ".join(matters[code].path) if code in matters else code
