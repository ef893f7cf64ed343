"""The whole in a paragraph and one table: every rate with its fraction, its target, and what it was before."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline import reports
from hotline.bulletins.shapes import (
    Cell,
    Json,
    change_cell,
    columns,
    points_cell,
    rate_cell,
    row,
    said,
    section,
    shown,
    table,
)
from hotline.bulletins.stretches import Three
from hotline.reports import MAIN, METRICS, Figure
from hotline.reports.printing import target_words

LINED = ("closed_on_time", "satisfied_of_evaluated")
"""The rates drawn over the last twelve months."""

HEADS = columns(
    ("name", "指标", "text"),
    ("now", "本期", "rate"),
    ("target", "目标", "share"),
    ("before", "上期", "rate"),
    ("change", "环比", "points"),
    ("year_ago", "上年同期", "rate"),
    ("year_change", "同比", "points"),
)


def overview(session: Session, three: Three) -> Json:
    """The section 总体情况."""
    lined = [_line(session, three)] if three.now.period.kind in ("monthly", "yearly") else []
    return section("overview", "总体情况", text=_text(three), tables=[_rates(three)], pictures=lined)


def _text(three: Three) -> list[str]:
    now, counts = three.now, three.now.report.counts
    rates = {metric: _rate(now.report.figure(metric)) for metric in (*MAIN, "satisfied_of_closed")}
    return [
        f"{now.period.name}，共收到诉求 {now.received.total():,} 件，{_compared(three)}。"
        f"首次转办 {counts['dispatched']:,} 件，其中已结案 {counts['closed']:,} 件、"
        f"在办未到期 {counts['open_within_limits']:,} 件、已到期未结案 {counts['open_past_deadline']:,} 件；"
        f"另有即答即结 {counts['answered_at_once']:,} 件、不予受理 {counts['rejected']:,} 件、"
        f"撤回 {counts['withdrawn']:,} 件、并单 {counts['merged']:,} 件、待受理 {counts['waiting']:,} 件。",
        f"办结率（应结口径）{rates['closure_rate']}，按时办结率 {rates['closed_on_time']}，"
        f"满意率（结案口径）{rates['satisfied_of_closed']}，"
        f"满意率（有效回访口径）{rates['satisfied_of_evaluated']}；"
        f"已结案未评价 {counts['not_evaluated']:,} 件。",
    ]


def _rate(figure: Figure) -> str:
    cell = rate_cell(figure)
    return "没有可算的（分母为零）" if cell is None else f" {said(cell)}"


def _compared(three: Three) -> str:
    now, before, year_ago = (each.received.total() for each in (three.now, three.before, three.year_ago))
    return f"{_moved('环比', now, before)}，{_moved('同比', now, year_ago)}"


def _moved(word: str, now: int, before: int) -> str:
    """环比上升 12.3 %（上期 100 件)."""
    cell = change_cell(now, before)
    if cell is None:
        return f"{word}没有可比的数"
    direction = "持平" if now == before else f"{'上升' if now > before else '下降'} {shown(cell).lstrip('+−')}"
    return f"{word}{direction}（{'上期' if word == '环比' else '上年同期'} {before:,} 件）"


def _rates(three: Three) -> Json:
    some = [each for each in METRICS if each.source != "calls" or _figure(three, each.id, each.part)[0].denominator]
    rows = [row(each.key, _cells(each.name, *_figure(three, each.id, each.part))) for each in some]
    base = "比率附分子/分母；环比、同比是两期之差，比率以百分点计，时长以小时计；目标是本期施行的"
    return table(("rates", "主要指标", base), HEADS, rows, _definitions(three))


def _figure(three: Three, metric: str, part: str) -> tuple[Figure, Figure, Figure]:
    now, before, year_ago = (each.report.figure(metric, part) for each in (three.now, three.before, three.year_ago))
    return now, before, year_ago


def _cells(name: str, now: Figure, before: Figure, year_ago: Figure) -> list[Cell]:
    target: Cell = None
    if now.target is not None:
        target = {"text": target_words(now), "value": str(now.target), "of": None}
    compared = (rate_cell(before), points_cell(now, before), rate_cell(year_ago), points_cell(now, year_ago))
    return [name, rate_cell(now), target, *compared]


def _definitions(three: Three) -> str:
    """How the main rates are made, and what they leave out."""
    figures = [three.now.report.figure(metric) for metric in (*MAIN, "satisfied_of_closed")]
    made = [f"{each.name}：{each.definition}" for each in figures]
    left_out = dict.fromkeys(each.exclusions for each in figures if each.exclusions)
    return "。".join([*made, *left_out]) + "。"


def _line(session: Session, three: Three) -> Json:
    points = reports.rate_line(session, three.now.scope)
    names = {each.id: each.name for each in METRICS}
    series = [
        {
            "name": names[metric],
            "points": [
                {"label": f"{each.first.year}年{each.first.month}月", "cell": rate_cell(each.figures[metric])}
                for each in points
            ],
        }
        for metric in LINED
    ]
    return {"code": "year", "title": "近十二个月按时办结率和满意率", "form": "lines", "unit": "%", "series": series}
