"""The managers' page: four rates, the units, what is overdue, how many came; every number opens to its tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages import league
from api.pages.frame import day
from api.pages.shapes import error_list, page_asked, pager, row
from hotline import db, queries, reports, worklists
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.reports import Behind, Figure, LevelCount, Point, Scope
from hotline.reports.metrics import BY_KEY
from hotline.worklists import PAGE_SIZE

LEVEL_ROWS = 4


@dataclass(frozen=True, slots=True)
class Period:
    """The question of the page: its scope, and the part of an address that asks it again."""

    scope: Scope
    errors: list[dict[str, str]]

    def href(self, path: str = "/managers", **more: str) -> str:
        """An address of the same period and unit, with `more`."""
        asked = {"from": str(self.scope.first), "to": str(self.scope.last)}
        unit = {"unit": self.scope.unit} if self.scope.unit else {}
        return f"{path}?{urlencode({**asked, **unit, **more})}"

    def behind(self, figure: Figure, part: str, unit: str = "") -> str | None:
        """Where the tickets of a numerator or denominator are; None where there are none."""
        if not (figure.numerator if part == "numerator" else figure.denominator):
            return None
        more = {"unit": unit} if unit else {}
        return self.href("/managers/tickets", metric=figure.metric, part=part, **more)


def read_period(session: Session) -> Period:
    """The period of the address: from, to, unit; the last thirty days, and why, where it cannot be."""
    last = today(db.now(session))
    first = last - timedelta(days=29)
    asked, unit = request.args, request.args.get("unit") or None
    try:
        begins = reports.read_day(asked["from"], "from") if asked.get("from") else first
        ends = reports.read_day(asked["to"], "to") if asked.get("to") else last
        return Period(reports.scope_of(session, begins, ends, unit), [])
    except InvalidInput as wrong:
        return Period(reports.scope_of(session, first, last), error_list(wrong))


@permit("read_rates")
def index() -> tuple[str, int]:
    """The whole page."""
    with db.reading() as session:
        period = read_period(session)
        context = _context(session, period)
    return render_template("managers/index.html", **context), 422 if period.errors else 200


def _context(session: Session, period: Period) -> dict[str, Any]:
    scope = period.scope
    report, table = reports.rates_of(session, scope), reports.by_unit(session, scope)
    line = reports.rate_line(session, scope)
    return {
        "period": _head(session, period),
        "errors": period.errors,
        "rates": [_rate(period, report.figure(metric), line) for metric in reports.MAIN],
        **league.league(period, table, request.args),
        "levels": _levels(session, period),
        "days": [
            {"day": each.day, "count": each.received, "href": period.href("/managers/tickets", day=str(each.day))}
            for each in reports.daily_volume(session, scope)
        ],
        "metrics": [_metric(period, figure) for figure in report.metrics],
        "counts": [{"name": name, "count": report.counts[code]} for code, name in reports.COUNTS.items()],
        "exports": [{"title": "JSON", "href": period.href("/api/v1/reports/rates")}],
        "action": "/managers",
    }


def _head(session: Session, period: Period) -> dict[str, Any]:
    scope, now = period.scope, today(db.now(session))
    month = now.replace(day=1)
    spans = {
        "近 30 天": (now - timedelta(days=29), now),
        "本月": (month, now),
        "上月": ((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        "今年": (now.replace(month=1, day=1), now),
    }
    unit = knowledge(session).unit_name(scope.unit)
    return {
        "from": str(scope.first),
        "to": str(scope.last),
        "title": f"{unit + '，' if unit else ''}{day(scope.first)}至{day(scope.last)}",
        "unit": scope.unit,
        "presets": [_preset(period, title, *span) for title, span in spans.items()],
    }


def _preset(period: Period, title: str, first: date, last: date) -> dict[str, Any]:
    href = period.href(**{"from": str(first), "to": str(last)})
    return {"title": title, "href": href, "current": (first, last) == (period.scope.first, period.scope.last)}


def _rate(period: Period, figure: Figure, line: Sequence[Point]) -> dict[str, Any]:
    met = None if figure.value is None or figure.target is None else figure.value >= figure.target
    return {
        "metric": figure.metric,
        "name": figure.name,
        "text": None if figure.value is None else figure.shown(),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "of": BY_KEY[figure.metric].denominator.partition(":")[0].partition("(")[0],
        "target": float(figure.target) / 100 if figure.target is not None else None,
        "met": met,
        "why": figure.note or "这段时间没有可算的工单",
        "href": period.behind(figure, "numerator"),
        "denominator_href": period.behind(figure, "denominator"),
        "year": [_point(figure.metric, point) for point in line],
    }


def _point(metric: str, point: Point) -> dict[str, Any]:
    value = point.figures[metric].value
    label = f"{point.first.year}年{point.first.month}月"
    return {"label": label, "value": None if value is None else float(value) / 100}


def _metric(period: Period, figure: Figure) -> dict[str, Any]:
    return {
        "metric": f"{figure.metric}.{figure.part}" if figure.part else figure.metric,
        "name": figure.name,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "text": None if figure.value is None else figure.shown(),
        "why": figure.note,
        "definition": figure.definition,
        "exclusions": figure.exclusions,
        "href": period.behind(figure, "numerator"),
        "denominator_href": period.behind(figure, "denominator"),
    }


def _levels(session: Session, period: Period) -> list[dict[str, Any]]:
    words = worklists.ladder_words(session)
    return [
        {
            "label": each.name,
            "what": words.get(each.level, ""),
            "count": len(each.tickets),
            "href": period.href("/managers/tickets", level=each.level),
            "rows": _rows(session, each.tickets[:LEVEL_ROWS]),
        }
        for each in reports.overdue_by_level(session, period.scope)
    ]


def _rows(session: Session, behind: Sequence[Behind]) -> list[dict[str, Any]]:
    """Rows in the order of `behind`, which may name a ticket twice."""
    who, know = actor(), knowledge(session)
    tickets = queries.tickets_of(session, [each.ticket_id for each in behind], who)
    deadlines = worklists.nearest_deadlines(session, list(tickets.values()), worklists.DESK_QUEUES[-1].clocks)
    found = [tickets[each.ticket_id] for each in behind if each.ticket_id in tickets]
    return [row(know, ticket, who, deadlines.get(ticket.id)) for ticket in found]


@permit("read_rates")
def tickets() -> str:
    """The tickets behind a number: of a metric's part, of a level of escalation, or of a day."""
    with db.reading() as session:
        period, page = read_period(session), page_asked()
        title, note, behind = _behind(session, period)
        rows = _rows(session, behind[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
        asked = {name: value for name, value in request.args.items() if name != "page"}
    return render_template(
        "tickets.html",
        title=title,
        note=note,
        rows=rows,
        total=len(behind),
        pager=pager("/managers/tickets", asked, page, len(behind)),
        back={"title": "统计", "href": period.href()},
    )


def _behind(session: Session, period: Period) -> tuple[str, str, list[Behind]]:
    """(title, how the number is made, what is behind it). Raises InvalidInput for a number that there is not."""
    asked: Mapping[str, str] = request.args
    if "level" in asked:
        return _at_level(session, period, asked["level"])
    if "day" in asked:
        one = reports.read_day(asked["day"], "from")
        return f"{day(one)}收到", "", worklists.received_on(session, one, actor())
    metric, part = asked.get("metric", ""), asked.get("part", "numerator")
    behind = reports.tickets_behind(session, metric, part, period.scope)
    named = next(each for each in BY_KEY.values() if each.id == metric)
    words = named.numerator if part == "numerator" else named.denominator
    return f"{named.name}：{'分子' if part == 'numerator' else '分母'}", words, behind


def _at_level(session: Session, period: Period, level: str) -> tuple[str, str, list[Behind]]:
    levels: dict[str, LevelCount] = {each.level: each for each in reports.overdue_by_level(session, period.scope)}
    if level not in levels:
        raise InvalidInput("level", f"没有“{level[:20]}”这一级，请从统计页打开", f"there is no level {level[:20]!r}")
    return levels[level].name, worklists.ladder_words(session).get(level, ""), levels[level].tickets


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule("/managers", endpoint="managers", view_func=index)
    blueprint.add_url_rule("/managers/tickets", endpoint="managers_tickets", view_func=tickets)
