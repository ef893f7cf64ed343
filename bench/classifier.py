"""Which category a message is about: how well it is learned, how well it is told before anything is learned, how fast.

Measured on messages-labelled.tsv (a category's name, a tab, the text as tokens), which is not part of the project: name
its folder with HOTLINE_BENCH_DATA or --data. Repeats and near repeats are never on both sides of a fold.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

from bench.duplicates import VARIABLE
from bench.figures import Figure, processor_seconds, say
from hotline import seeds
from routing import catalogue
from routing.blend import Blend
from routing.decision import Matter
from routing.evaluating import Figures, among, cross_validate, figures, first_day
from routing.learning import Example, train

LEAST_F1, LEAST_OF_THE_SUREST, MOST_ERROR, LEAST_FIRST_DAY = 0.915, 0.97, 0.03, 0.75
SUREST = 0.80
MOST_MILLISECONDS = 1.0
LENGTH = 500
"""Characters of the messages whose reading is timed."""


def classifier() -> Sequence[Figure]:
    """Learned and unlearned on the same messages; the model's time for one message, and the time to train it."""
    file = Path(os.environ.get(VARIABLE, ".")) / "messages-labelled.tsv"
    if VARIABLE not in os.environ or not file.is_file():
        missing = f"there is no messages-labelled.tsv: name its folder with {VARIABLE} or --data"
        return [Figure("classifier_skipped", 0, missing)]
    matters = catalogue.read(Path(seeds.__file__).parent / "catalogue")
    examples = _examples(file, matters)
    learned = cross_validate(examples, matters, progress=lambda done, steps: say(f"  {done} of {steps}"))
    return [*_learned(learned), *_first_day(examples, matters), *_speed(examples, matters)]


def _examples(file: Path, matters: Sequence[Matter]) -> list[Example]:
    codes = {matter.name: matter.code for matter in matters if matter.parent is None}
    rows = (line.partition("\t") for line in file.read_text("utf-8-sig").splitlines())
    return [Example(codes[label], text) for label, _, text in rows if text]


def _learned(measured: Figures) -> list[Figure]:
    surest = min(measured.coverage, key=lambda each: abs(each.coverage - SUREST)).accuracy
    return [
        Figure("classifier_macro_f1", measured.macro_f1, "macro-F1, 5 folds", LEAST_F1, measured.macro_f1),
        Figure("classifier_surest_80", surest, "right of the surest 80 %", LEAST_OF_THE_SUREST, surest),
        Figure("classifier_ece", measured.ece, "expected calibration error", MOST_ERROR),
    ]


def _first_day(examples: Sequence[Example], matters: Sequence[Matter]) -> list[Figure]:
    predict, labels = first_day(matters), {example.label for example in examples}
    measured = figures(
        [example.label for example in examples], [among(predict(example.text), labels) for example in examples]
    )
    return [
        Figure("first_day_macro_f1", measured.macro_f1, "macro-F1, no training", LEAST_FIRST_DAY, measured.macro_f1),
        Figure("first_day_ece", measured.ece, "expected calibration error"),
    ]


def _speed(examples: Sequence[Example], matters: Sequence[Matter]) -> list[Figure]:
    start = time.process_time()
    model = train(examples, matters)
    taken = time.process_time() - start
    texts = ["".join(example.text.split()) for example in examples]
    long = [text[:LENGTH] for text in texts if len(text) >= LENGTH][:300]
    alone, blended = cycle(long), cycle(long)
    blend = Blend(matters, model)
    reading = processor_seconds(lambda: model.probabilities(next(alone)), calls=len(long))
    weighing = processor_seconds(lambda: blend.weigh(next(blended)), calls=len(long))
    return [
        Figure("classifier_ms", reading * 1e3, f"ms, {LENGTH} characters", MOST_MILLISECONDS),
        Figure("classifier_with_phrases_ms", weighing * 1e3, f"ms, {LENGTH} characters, with phrases and reasons"),
        Figure("train_s", taken, f"s of one core, {len(examples)} messages"),
        Figure("model_mb", len(model.dumps()) / 1e6, "MB as kept"),
    ]
