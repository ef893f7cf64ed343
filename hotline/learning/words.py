"""Figures and models in words and tables, for the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hotline.knowledge import ZONE
from hotline.learning.reading import BadLine
from hotline.models import TrainedModel

BAD_SHOWN = 20
CONFUSED_SHOWN = 10


def percent(share: float | None) -> str:
    """97.1 %, or a dash where there is nothing to count."""
    return "—" if share is None else f"{100 * share:.1f}%"


def figure_lines(figures: Mapping[str, Any]) -> Iterator[str]:
    """A model's figures: the whole, coverage against accuracy, each label, and what is most often confused."""
    yield f"宏平均 F1 {figures['macro_f1']:.3f}  准确率 {percent(figures['accuracy'])}  校准误差 {figures['ece']:.3f}"
    yield "最有把握的部分  其中正确  把握不低于"
    for point in figures["coverage"]:
        threshold = point.get("threshold")
        lowest = "" if threshold is None else f"{threshold:.3f}"
        yield f"{percent(point['coverage']):>10}  {percent(point['accuracy']):>10}  {lowest:>10}"
    yield "  精确率    召回率      F1    条数  类别"
    for name, row in figures["per_label"].items():
        shares = "".join(f"{row[key]:>8.3f}" for key in ("precision", "recall", "f1"))
        yield f"{shares}{row['support']:>8}  {name}"
    yield from _confused(figures["confusion"])


def _confused(confusion: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    wrong = [(count, true, said) for true, row in confusion.items() for said, count in row.items() if true != said]
    most = sorted((each for each in wrong if each[0]), reverse=True)[:CONFUSED_SHOWN]
    if most:
        yield "最常混淆（应为 → 判为）"
    for count, true, said in most:
        yield f"{count:>6}  {true} → {said}"


def bad_lines(bad: Sequence[BadLine]) -> Iterator[str]:
    """The lines that were not taken, by number, the first of them."""
    if bad:
        yield f"有 {len(bad)} 行没有采用："
    for each in bad[:BAD_SHOWN]:
        yield f"  第 {each.line} 行：{each.reason}"
    if len(bad) > BAD_SHOWN:
        yield f"  ……其余 {len(bad) - BAD_SHOWN} 行从略"


def model_line(row: TrainedModel, state: str) -> str:
    """One version in a list."""
    at = row.trained_at.astimezone(ZONE)
    return "\t".join(
        [
            f"第 {row.version} 版",
            f"{at:%Y-%m-%d %H:%M}",
            f"{row.examples} 条",
            f"宏平均 F1 {row.figures['macro_f1']:.3f}",
            state,
            row.source,
        ]
    )
