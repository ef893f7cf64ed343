"""Grouped, compared and staged figures as people and programs take them: JSON, and columns at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hotline.reports.comparing import Changes, Compared, CountChange, FigureChange
from hotline.reports.grouping import NAMES
from hotline.reports.groups import Group, Grouped
from hotline.reports.metrics import BY_KEY, COUNTS
from hotline.reports.printing import aligned, fraction
from hotline.reports.rates import Figure
from hotline.reports.scope import Scope
from hotline.reports.stages import StageFigure

SHOWN = ("closure_rate", "closed_on_time", "satisfied_of_evaluated", "overdue_rate")
VOLUMES = {"dispatched": "转办", "closed": "结案", "due": "应结", "overdue": "超期"}
STATES = {"rows": "", "none_due": "无应结工单", "no_tickets": "无工单"}


def period_json(scope: Scope) -> dict[str, Any]:
    """{from, to, cut_off} of a scope."""
    return {"from": scope.first.isoformat(), "to": scope.last.isoformat(), "cut_off": scope.cut_off.isoformat()}


def grouped_json(scope: Scope, found: Grouped) -> dict[str, Any]:
    """{period, by, judged, metrics, rows, total}; each row {code, name, state, figures, counts}."""
    rows = [_row_json(row, state) for state in STATES for row in getattr(found, state)]
    return {
        "period": period_json(scope),
        "by": found.by,
        "judged": found.judged,
        "metrics": _metrics_json(found.total.figures),
        "rows": rows,
        "total": _row_json(found.total, "rows"),
    }


def compared_json(found: Compared) -> dict[str, Any]:
    """{period, before, year_before, metrics, total, rows}; a figure: {now, before, year_before, on_before, on_year}."""
    return {
        "period": period_json(found.now),
        "before": period_json(found.before),
        "year_before": period_json(found.year_before),
        "metrics": _metrics_json(found.total.figures),
        "total": _changes_json(found.total),
        "rows": [_changes_json(row) for row in found.rows],
    }


def stages_json(scope: Scope, found: Sequence[StageFigure]) -> dict[str, Any]:
    """{period, stages}; hours as numbers, null for none."""
    hours = ("median_working", "p90_working", "median_natural", "p90_natural")
    rows = [
        {"clock": each.clock, "name": each.name, "due": each.due, "count": each.count}
        | {name: _number(getattr(each, name)) for name in hours}
        for each in found
    ]
    return {"period": period_json(scope), "stages": rows}


def _metrics_json(figures: Mapping[str, object]) -> list[dict[str, Any]]:
    return [
        {"key": metric.key, "name": metric.name, "unit": metric.unit, "falling": metric.falling}
        | {"numerator": metric.numerator, "denominator": metric.denominator, "excluded": metric.excluded}
        for metric in map(BY_KEY.__getitem__, figures)
    ]


def _row_json(row: Group, state: str) -> dict[str, Any]:
    figures = {key: _side_json(figure) for key, figure in row.figures.items()}
    return {"code": row.code, "name": row.name, "state": state, "figures": figures, "counts": row.counts}


def _side_json(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    numbers = {"numerator": figure.numerator, "denominator": figure.denominator}
    return numbers | {"value": _number(figure.value), "target": _number(figure.target)}


def _changes_json(row: Changes) -> dict[str, Any]:
    figures = {key: _figure_json(change) for key, change in row.figures.items()}
    counts = {key: _count_json(change) for key, change in row.counts.items()}
    return {"code": row.code, "name": row.name, "figures": figures, "counts": counts}


def _figure_json(change: FigureChange) -> dict[str, Any]:
    sides = {name: _side_json(getattr(change, name)) for name in ("now", "before", "year_before")}
    return sides | {"on_before": _number(change.on_before), "on_year": _number(change.on_year)}


def _count_json(change: CountChange) -> dict[str, Any]:
    sides = {"now": change.now, "before": change.before, "year_before": change.year_before}
    return sides | {"on_before": _number(change.on_before), "on_year": _number(change.on_year)}


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def grouped_table(found: Grouped) -> str:
    """The rows at a terminal: volumes, and the main rates with their fractions."""
    head = (NAMES[found.by], *VOLUMES.values(), *(BY_KEY[key].name for key in SHOWN), "")
    rows = [_line(row, STATES[state]) for state in STATES for row in getattr(found, state)]
    return "\n".join([*aligned([head, *rows, _line(found.total, "")]), "", found.judged])


def _line(row: Group, state: str) -> tuple[str, ...]:
    shown = (f"{row.figures[key].shown()} {fraction(row.figures[key])}" for key in SHOWN)
    return (row.name, *(f"{row.counts[name]:,}" for name in VOLUMES), *shown, state)


def compared_table(found: Compared) -> str:
    """本期, 环比 and 同比 at a terminal: the whole, then the volumes and main rates of each row."""
    sides = (("本期", found.now), ("上期", found.before), ("上年同期", found.year_before))
    heads = [f"{name} {scope.first} 至 {scope.last}" for name, scope in sides]
    lines = [("", "本期", "上期", "环比", "上年同期", "同比"), *_change_lines(found.total, tuple(found.total.figures))]
    for row in found.rows:
        lines += [(row.name, "", "", "", "", ""), *_change_lines(row, SHOWN)]
    return "\n".join(["；".join(heads), "", *aligned(lines)])


def _change_lines(row: Changes, keys: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name in (*COUNTS, *VOLUMES) if row.code == "" else VOLUMES:
        if change := row.counts.get(name):
            yield _count_cells(change)
    for key in keys:
        yield _figure_cells(row.figures[key])


def _count_cells(change: CountChange) -> tuple[str, ...]:
    grown = [signed(each, "%") for each in (change.on_before, change.on_year)]
    return (change.name, f"{change.now:,}", f"{change.before:,}", grown[0], f"{change.year_before:,}", grown[1])


def _figure_cells(change: FigureChange) -> tuple[str, ...]:
    unit = "个百分点" if change.now.unit == "%" else change.now.unit
    sides = [_side(each) for each in (change.now, change.before, change.year_before)]
    return (change.now.name, sides[0], sides[1], signed(change.on_before, unit), sides[2], signed(change.on_year, unit))


def _side(figure: Figure | None) -> str:
    return "空" if figure is None else f"{figure.shown()} {fraction(figure)}"


def signed(value: Decimal | None, unit: str) -> str:
    """+1.20 个百分点, -3.00 %; 空 where a side is empty."""
    return "空" if value is None else f"{value:+} {unit}"


def stages_table(found: Sequence[StageFigure]) -> str:
    """Each stage at a terminal."""
    head = (
        "环节",
        "到期",
        "已完成",
        "中位数（工作小时）",
        "九成位数（工作小时）",
        "中位数（小时）",
        "九成位数（小时）",
    )
    rows = [(each.name, f"{each.due:,}", f"{each.count:,}", *map(_hours, _taken(each))) for each in found]
    return "\n".join(aligned([head, *rows]))


def _taken(each: StageFigure) -> tuple[Decimal | None, ...]:
    return (each.median_working, each.p90_working, each.median_natural, each.p90_natural)


def _hours(value: Decimal | None) -> str:
    return "空" if value is None else f"{value}"
