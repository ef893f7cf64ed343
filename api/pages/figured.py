"""Figures as the managers' templates take them: in words, with their fraction, target, change and the links behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from api.pages.period import Period
from hotline.reports import Changes, Figure, FigureChange
from hotline.reports.metrics import BY_KEY, key_of
from hotline.reports.printing import target_words

SAME = "持平"


def card(period: Period, change: FigureChange) -> dict[str, Any]:
    """A figure in large type."""
    figure = change.now
    return line(period, figure) | {
        "of": BY_KEY[figure.metric].denominator.partition("：")[0].partition("（")[0],
        "changes": [
            {"name": "比上期", "words": changed(change.on_before, figure), "then": then(change.before)},
            {"name": "比上年同期", "words": changed(change.on_year, figure), "then": then(change.year_before)},
        ],
    }


def line(period: Period, figure: Figure) -> dict[str, Any]:
    """A figure with its words and links; `aim` is its target in words, `target` the share 0..1 of a rate's."""
    return {
        "metric": key_of(figure.metric, figure.part),
        "name": figure.name,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "text": None if figure.value is None else figure.shown(),
        "share": None if figure.value is None or figure.unit != "%" else float(figure.value) / 100,
        "target": float(figure.target) / 100 if figure.target is not None and figure.unit == "%" else None,
        "aim": target_words(figure),
        "met": figure.reached,
        "tone": {True: "kept", False: "breached", None: ""}[figure.reached],
        "why": figure.note or "这段时间没有可算的工单",
        "definition": figure.definition,
        "exclusions": figure.exclusions,
        "href": period.behind(figure, "numerator"),
        "denominator_href": period.behind(figure, "denominator"),
    }


def changed(difference: Decimal | None, figure: Figure) -> str:
    """高 1.2 个百分点, 低 0.4 小时, 持平; '' where one side is empty."""
    if difference is None:
        return ""
    size = abs(difference).quantize(Decimal("0.1")) if figure.unit == "%" else abs(difference)
    unit = "个百分点" if figure.unit == "%" else figure.unit
    return f"{'高' if difference > 0 else '低'} {size} {unit}" if size else SAME


def grown(growth: Decimal | None) -> str:
    """多 12.3 %, 少 4 %, 持平; '' where there was nothing then."""
    if growth is None:
        return ""
    size = abs(growth).quantize(Decimal("0.1"))
    return f"{'多' if growth > 0 else '少'} {size} %" if size else SAME


def then(figure: Figure | None) -> str:
    """90.4 %（47/52）, or 没有数."""
    if figure is None or figure.value is None:
        return "没有数"
    if figure.numerator is None:
        return figure.shown()
    return f"{figure.shown()}，{figure.numerator:,}/{figure.denominator:,}"


def cards(period: Period, total: Changes, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Those figures of a whole, in order."""
    return [card(period, total.figures[key]) for key in keys]
