"""The managers' units beside each other: a table that sorts, by peer group, and those without a figure apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages.figured import changed, grown, line
from api.pages.managing import manager_tabs
from api.pages.period import Period, head, read_period
from hotline import db, reports
from hotline.reports import Group, UnitRow, comparing
from hotline.reports.scope import peer_groups

PATH = "/managers/units"
COUNT = "dispatched"
COLUMNS = {
    COUNT: "转办",
    "closed_on_time": "按时办结率",
    "closure_rate": "办结率",
    "solved_rate": "解决率",
    "satisfied_of_evaluated": "满意率",
    "overdue_rate": "超期率",
}
"""The first is a count, the others are rates."""


@permit("read_rates")
def index() -> tuple[str, int]:
    """The table, sorted as the address says."""
    with db.reading() as session:
        period = read_period(session)
        context = _context(session, period, request.args)
    return render_template("managers/units.html", **context), 422 if period.errors else 200


def _context(session: Session, period: Period, asked: Mapping[str, str]) -> dict[str, Any]:
    sort = asked.get("sort", "")
    sort = sort if sort in COLUMNS else "closed_on_time"
    down = asked.get("order", "down") != "up"
    table = reports.by_unit(session, period.scope)
    earlier = {row.code: row for row in reports.grouped(session, comparing.before(period.scope), "unit").every}
    kept = {"sort": sort, "order": "down" if down else "up"}
    return {
        "tabs": manager_tabs(),
        "period": head(session, period, PATH, **kept),
        "errors": period.errors,
        "columns": [_column(period, key, title, sort, down) for key, title in COLUMNS.items()],
        "units": [_unit(period, row, earlier.get(row.code)) for row in _sorted(table.rows, sort, down)],
        "groups": _groups(session, period, kept),
        "apart": [
            {"title": "有转办、还没有应结工单的单位", "names": [unit.short_name for unit in table.none_due]},
            {"title": "没有转办工单的单位", "names": [unit.short_name for unit in table.no_tickets]},
        ],
        "export": period.exported(what="groups", by="unit") if actor().may("export") else None,
    }


def _column(period: Period, key: str, title: str, sort: str, down: bool) -> dict[str, Any]:
    onward = {"sort": key, "order": "up" if key == sort and down else "down"}
    state = ("descending" if down else "ascending") if key == sort else None
    return {"key": key, "title": title, "href": period.href(PATH, **onward), "sort": state}


def _sorted(rows: Sequence[UnitRow], key: str, down: bool) -> list[UnitRow]:
    """By the column; an empty figure is neither best nor worst and comes last."""
    known = [row for row in rows if _value(row, key) is not None]
    empty = [row for row in rows if _value(row, key) is None]
    return sorted(known, key=lambda row: _value(row, key) or 0, reverse=down) + empty


def _value(row: UnitRow, key: str) -> Decimal | int | None:
    return row.counts[COUNT] if key == COUNT else row.figures[key].value


def _unit(period: Period, row: UnitRow, earlier: Group | None) -> dict[str, Any]:
    return {
        "name": row.name,
        "href": period.href(PATH, unit=row.code, group=""),
        "count": row.counts[COUNT],
        "count_href": period.listed(count=COUNT, by="unit", row=row.code),
        "grown": grown(comparing.growth(row.counts[COUNT], earlier.counts[COUNT] if earlier else 0)),
        "cells": [_cell(period, row, earlier, key) for key in COLUMNS if key != COUNT],
    }


def _cell(period: Period, row: UnitRow, earlier: Group | None, key: str) -> dict[str, Any]:
    figure = row.figures[key]
    difference = comparing.difference(figure, earlier.figures.get(key) if earlier else None)
    links = {f"{side}href": period.behind(figure, part, row.code) for side, part in _SIDES.items()}
    return line(period, figure) | links | {"change": changed(difference, figure).replace(" 个百分点", " 点")}


_SIDES = {"": "numerator", "denominator_": "denominator"}


def _groups(session: Session, period: Period, kept: dict[str, str]) -> list[dict[str, Any]]:
    names = ["", *dict.fromkeys(peer_groups(session).values())]
    return [
        {
            "title": name or "全部",
            "href": period.href(PATH, unit="", group=name, **kept),
            "count": None,
            "current": name == (period.scope.group or ""),
        }
        for name in names
    ]


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule(PATH, endpoint="managers_units", view_func=index)
