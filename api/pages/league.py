"""The units beside each other: a table that sorts, by peer group, and those without a figure listed apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotline.reports import Figure, UnitRow, UnitTable

if TYPE_CHECKING:
    from api.pages.managers import Period

COLUMNS = (
    ("dispatched", "转办"),
    ("closure_rate", "办结率"),
    ("closed_on_time", "按时办结率"),
    ("satisfied_of_evaluated", "满意率"),
    ("overdue_rate", "超期率"),
)
"""The first is a count, the others are rates."""


def league(period: Period, table: UnitTable, asked: Mapping[str, str]) -> dict[str, Any]:
    """columns, units, unit_tabs and apart of managers/index.html; `asked` are the address's sort, order and group."""
    group = asked.get("group", "")
    sort = asked.get("sort") if asked.get("sort") in dict(COLUMNS) else "closed_on_time"
    down = asked.get("order", "down") != "up"
    rows = [unit for unit in table.rows if group in ("", unit.peer_group)]
    return {
        "columns": [_column(period, key, title, (str(sort), down), group) for key, title in COLUMNS],
        "units": [_unit(period, unit) for unit in _sorted(rows, str(sort), down)],
        "unit_tabs": _tabs(period, table.rows, group),
        "apart": [
            {"title": "有转办、还没有应结工单的单位", "names": [unit.short_name for unit in table.none_due]},
            {"title": "没有转办工单的单位", "names": [unit.short_name for unit in table.no_tickets]},
        ],
    }


def _column(period: Period, key: str, title: str, sorted_by: tuple[str, bool], group: str) -> dict[str, Any]:
    sort, down = sorted_by
    onward = {"sort": key, "order": "up" if key == sort and down else "down"} | ({"group": group} if group else {})
    state = ("descending" if down else "ascending") if key == sort else None
    return {"key": key, "title": title, "href": period.href(**onward) + "#units-title", "sort": state}


def _sorted(rows: Sequence[UnitRow], key: str, down: bool) -> list[UnitRow]:
    """By the column; an empty figure is neither best nor worst and comes last."""
    known = [row for row in rows if _value(row, key) is not None]
    empty = [row for row in rows if _value(row, key) is None]
    return sorted(known, key=lambda row: _value(row, key) or 0, reverse=down) + empty


def _value(row: UnitRow, key: str) -> float | None:
    if key == "dispatched":
        return row.counts["dispatched"]
    value = row.figures[key].value
    return None if value is None else float(value)


def _unit(period: Period, row: UnitRow) -> dict[str, Any]:
    cells = {key: _cell(period, row, row.figures[key]) for key, _ in COLUMNS[1:]}
    count = row.counts["dispatched"]
    cells["dispatched"] = {
        "value": count,
        "text": f"{count:,}",
        "numerator": None,
        "denominator": None,
        "share": None,
        "tone": "",
        "href": period.behind(row.figures["closure_share"], "denominator", row.code),
    }
    return {"name": row.name, "href": period.href(unit=row.code), "group": row.peer_group, "cells": cells}


def _cell(period: Period, row: UnitRow, figure: Figure) -> dict[str, Any]:
    value = _value(row, figure.metric)
    judged = figure.value is not None and figure.target is not None
    return {
        "value": value,
        "text": None if value is None else figure.shown(),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "share": None if value is None else value / 100,
        "tone": ("kept" if _reached(figure) else "breached") if judged else "",
        "href": period.behind(figure, "numerator", row.code) or period.behind(figure, "denominator", row.code),
    }


def _reached(figure: Figure) -> bool:
    return (figure.value or 0) >= (figure.target or 0)


def _tabs(period: Period, rows: Sequence[UnitRow], group: str) -> list[dict[str, Any]]:
    groups = [each for each in dict.fromkeys(row.peer_group for row in rows) if each]
    counted = [("", "全部", len(rows))]
    counted += [(each, each, sum(row.peer_group == each for row in rows)) for each in groups]
    return [
        {
            "title": title,
            "href": period.href(**({"group": code} if code else {})) + "#units-title",
            "count": count,
            "current": code == group,
        }
        for code, title, count in counted
    ]
