"""The managers' overview: four rates, the day's volume, what is overdue, what is hot; every number opens to tickets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from api.auth import permit
from api.pages import behind
from api.pages.behind import rows_of
from api.pages.figured import cards, grown, line, then
from api.pages.managing import manager_tabs
from api.pages.period import Period, head, read_period
from api.pages.topics import alert_href
from hotline import db, reports, worklists
from hotline.reports import Compared, Point
from hotline.topics import hottest, showing

PATH = "/managers"
LEVEL_ROWS = 4
_NOT_OF_CLOCKS = ("kind", "matter", "place", "agent")
"""Filters that what is overdue is not narrowed by."""


@permit("read_rates")
def index() -> tuple[str, int]:
    """The whole page."""
    with db.reading() as session:
        period = read_period(session)
        context = _context(session, period)
    return render_template("managers/index.html", **context), 422 if period.errors else 200


def _context(session: Session, period: Period) -> dict[str, Any]:
    found = reports.compared(session, period.scope)
    points = reports.rate_line(session, period.scope)
    return {
        "tabs": manager_tabs(),
        "period": head(session, period, PATH),
        "errors": period.errors,
        "rates": [
            each | {"year": [_point(each["metric"], point) for point in points]}
            for each in cards(period, found.total, reports.MAIN)
        ],
        "months": [_month(period, point) for point in points],
        "volumes": _volumes(period, found),
        "levels": levels_of(session, period),
        "levels_whole": any(name in period.filters for name in _NOT_OF_CLOCKS),
        "days": _days(session, period),
        "days_of": "转办" if period.filters else "收到",
        "topics": _topics(session, period),
        "metrics": [line(period, change.now) for change in found.total.figures.values()],
        "exports": [{"title": "给程序用的 JSON", "href": period.href("/api/v1/reports/rates")}],
    }


def _point(metric: str, point: Point) -> dict[str, Any]:
    value = point.figures[metric].value
    return {"label": _label(point), "value": None if value is None else float(value) / 100}


def _label(point: Point) -> str:
    return f"{point.first.year}年{point.first.month}月"


def _month(period: Period, point: Point) -> dict[str, Any]:
    """The figures of a month in words, and where its own page is."""
    href = period.href(PATH, **{"from": str(point.first), "to": str(point.last)})
    return {"label": _label(point), "href": href, "cells": [then(point.figures[key]) for key in reports.MAIN]}


def _volumes(period: Period, found: Compared) -> list[dict[str, Any]]:
    return [
        {
            "name": change.name,
            "count": change.now,
            "before": change.before,
            "year_before": change.year_before,
            "on_before": grown(change.on_before),
            "on_year": grown(change.on_year),
            "href": period.listed(count=code) if change.now else None,
        }
        for code, change in found.total.counts.items()
        if code in reports.COUNTS
    ]


def _days(session: Session, period: Period) -> list[dict[str, Any]]:
    """What came each day; of a part of the tickets what was handed out, since what came had no unit yet."""
    if not period.filters:
        return [
            {"day": each.day, "count": each.received, "href": period.listed(day=str(each.day))}
            for each in reports.daily_volume(session, period.scope)
        ]
    return [
        {
            "day": reports.read_day(each.code, "from"),
            "count": each.counts["dispatched"],
            "href": period.listed(count="dispatched", by="day", row=each.code),
        }
        for each in reports.grouped(session, period.scope, "day").rows
    ]


def _topics(session: Session, period: Period) -> dict[str, Any]:
    """The three hottest topics and the alerts that nobody has judged: of the city, whatever the filters."""
    found = hottest(session, period.scope.first, period.scope.last, 3)
    return {
        "rows": [
            {
                "name": each.name,
                "callers": each.callers,
                "count": each.count,
                "href": period.href(f"/managers/topics/{each.id}"),
            }
            for each in found
        ],
        "alerts": [
            {"name": each.name, "href": alert_href(period, each)}
            for each in showing.alerts(session, open_only=True)[:3]
        ],
        "href": period.href("/managers/topics"),
    }


def levels_of(session: Session, period: Period) -> list[dict[str, Any]]:
    """What is overdue, by level of escalation, each with the first few of its tickets."""
    words = worklists.ladder_words(session)
    return [
        {
            "label": each.name,
            "what": words.get(each.level, ""),
            "count": len(each.tickets),
            "href": period.listed(level=each.level),
            "rows": rows_of(session, each.tickets[:LEVEL_ROWS]),
        }
        for each in reports.overdue_by_level(session, period.scope)
    ]


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address, and the lists behind the numbers on theirs."""
    blueprint.add_url_rule(PATH, endpoint="managers", view_func=index)
    behind.register(blueprint)
