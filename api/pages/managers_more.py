"""The managers' further pages: the clocks with their stages, where tickets come from, and what citizens say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages.figured import card, grown, line
from api.pages.managers import levels_of
from api.pages.managing import manager_tabs
from api.pages.period import Period, head, read_period
from hotline import db, reports
from hotline.desk.hotline_acts import LEVELS as STARS
from hotline.knowledge import knowledge
from hotline.reports import Changes, StageFigure, UnitRow, comparing, evaluations, figures

CLOCKS, SOURCES, SATISFACTION = "/managers/clocks", "/managers/sources", "/managers/satisfaction"
BY = {"source": "来源", "kind": "类型", "matter": "事项", "place": "区域"}
RATES_BESIDE = ("closed_on_time", "satisfied_of_evaluated", "overdue_rate")
ON_TIME = ("dispatch_on_time", "accept_on_time", "contact_on_time", "closed_on_time")
STRAYED = ("overdue_rate", "extension_rate", "return_rate", "reopen_rate")
SAID = ("satisfied_of_evaluated", "satisfied_of_closed", "solved_rate", "evaluation_rate")
LEAST_EVALUATED = 5
"""Units with fewer evaluations are not ranked: one citizen would be the whole figure."""


@permit("read_rates")
def clocks() -> tuple[str, int]:
    """Each clock: in time or not, how long it took, and what is overdue."""
    with db.reading() as session:
        period = read_period(session)
        total = reports.compared(session, period.scope).total
        found = reports.stages(session, period.scope)
        longest = max((each.p90_natural or Decimal(0) for each in found), default=Decimal(0))
        context = _frame(session, period, CLOCKS) | {
            "on_time": [card(period, total.figures[key]) for key in ON_TIME],
            "strayed": [card(period, total.figures[key]) for key in STRAYED],
            "stages": [_stage(each, longest) for each in found],
            "levels": levels_of(session, period),
        }
    return render_template("managers/clocks.html", **context), 422 if period.errors else 200


def _stage(each: StageFigure, longest: Decimal) -> dict[str, Any]:
    hours = (each.median_natural, each.p90_natural, each.median_working, each.p90_working)
    return {
        "name": each.name,
        "due": each.due,
        "count": each.count,
        "hours": [None if value is None else f"{value:,.1f}" for value in hours],
        "shares": [float(value / longest) if value is not None and longest else None for value in hours[:2]],
    }


def _frame(session: Session, period: Period, path: str, **kept: str) -> dict[str, Any]:
    return {"tabs": manager_tabs(), "period": head(session, period, path, **kept), "errors": period.errors}


@permit("read_rates")
def sources() -> tuple[str, int]:
    """Where tickets come from and what they are about; matters and places open to what lies below."""
    by = request.args.get("by", "")
    by = by if by in BY else "source"
    with db.reading() as session:
        period = read_period(session)
        found = reports.grouped(session, period.scope, by)
        sides = [reports.grouped(session, side, by) for side in _before(period)]
        total = found.total.counts["dispatched"]
        most = max((row.counts["dispatched"] for row in found.rows), default=0)
        rows = [_source(session, period, by, row, sides) for row in found.rows if row.counts["dispatched"]]
        context = _frame(session, period, SOURCES, by=by) | {
            "by": BY[by],
            "ways": [
                {"title": title, "href": period.href(SOURCES, by=code), "count": None, "current": code == by}
                for code, title in BY.items()
            ],
            "rows": sorted((row | {"bar": row["count"] / most} for row in rows), key=lambda row: -row["count"]),
            "total": total,
            "total_href": period.listed(count="dispatched"),
            "total_cells": [line(period, found.total.figures[key]) for key in RATES_BESIDE],
            "above": _above(session, period, by),
            "export": period.exported(what="groups", by=by) if actor().may("export") else None,
        }
        for row in context["rows"]:
            row["share"] = f"{figures.rate(row['count'], total, 1)} %"
    return render_template("managers/sources.html", **context), 422 if period.errors else 200


def _before(period: Period) -> tuple[reports.Scope, reports.Scope]:
    return comparing.before(period.scope), comparing.year_before(period.scope)


def _source(
    session: Session, period: Period, by: str, row: reports.Group, sides: list[reports.Grouped]
) -> dict[str, Any]:
    count = row.counts["dispatched"]
    then = [next((each.counts["dispatched"] for each in side.every if each.code == row.code), 0) for side in sides]
    return {
        "name": row.name,
        "count": count,
        "href": period.listed(count="dispatched", by=by) + f"&row={row.code}",
        "below": period.href(SOURCES, by=by, **{by: row.code}) if _opens(session, period, by, row.code) else None,
        "on_before": grown(comparing.growth(count, then[0])),
        "on_year": grown(comparing.growth(count, then[1])),
        "then": then,
        "cells": [
            line(period, row.figures[key])
            | {"href": _side(period, by, row, key, "numerator"), "denominator_href": _side(period, by, row, key, "")}
            for key in RATES_BESIDE
        ],
    }


def _side(period: Period, by: str, row: reports.Group, key: str, part: str) -> str | None:
    figure = row.figures[key]
    if not (figure.numerator if part else figure.denominator):
        return None
    asked = {"metric": figure.metric, "part": part or "denominator", "by": by}
    return period.listed(**asked) + f"&row={row.code}"


def _opens(session: Session, period: Period, by: str, code: str) -> bool:
    """There is something below the row that is not shown yet."""
    know = knowledge(session)
    tree = {"matter": know.matter_tree, "place": know.place_tree}.get(by)
    return bool(tree and code != getattr(period.scope, by) and code in tree.parents.values())


def _above(session: Session, period: Period, by: str) -> list[dict[str, str]]:
    """The way back up from the matter or place asked for."""
    know = knowledge(session)
    tree = {"matter": know.matter_tree, "place": know.place_tree}.get(by)
    asked = getattr(period.scope, by)
    if not tree or not asked:
        return []
    known: dict[str, Any] = dict(know.matters) if by == "matter" else dict(know.places)
    chain = [(code, known[code].name) for code in reversed(tree.ancestors(asked)[1:])]
    ways = [("", "全部"), *chain]
    return [{"title": name, "href": period.href(SOURCES, by=by, **{by: code})} for code, name in ways]


@permit("read_rates")
def satisfaction() -> tuple[str, int]:
    """Both ways to count satisfaction beside each other, what was said, and by whom the work was done."""
    with db.reading() as session:
        period = read_period(session)
        total: Changes = reports.compared(session, period.scope).total
        ranked = [row for row in reports.by_unit(session, period.scope).rows if _evaluated(row)]
        shown = [row for row in ranked if _evaluated(row) >= LEAST_EVALUATED]
        said = evaluations.levels(session, period.scope)
        context = _frame(session, period, SATISFACTION) | {
            "rates": [card(period, total.figures[key]) for key in SAID],
            "mended": card(period, total.figures["mended_rate"]),
            "levels": _stars(period, said),
            "evaluated": sum(said.values()),
            "not_evaluated": total.counts["not_evaluated"].now,
            "not_evaluated_href": period.listed(count="not_evaluated"),
            "units": [_said(period, row) for row in sorted(shown, key=_worst)],
            "left_out": len(ranked) - len(shown),
            "least": LEAST_EVALUATED,
        }
    return render_template("managers/satisfaction.html", **context), 422 if period.errors else 200


def _evaluated(row: UnitRow) -> int:
    return row.figures["satisfied_of_evaluated"].denominator or 0


def _worst(row: UnitRow) -> tuple[Decimal, int]:
    return row.figures["satisfied_of_evaluated"].value or Decimal(0), -_evaluated(row)


def _stars(period: Period, said: dict[int | None, int]) -> list[dict[str, Any]]:
    """Each level with its share of all that was said, and where its bar begins."""
    whole, begun, made = sum(said.values()), 0, []
    for level, count in said.items():
        name = STARS[level] if level else "没有说满意程度"
        share = {"from": begun / whole, "share": count / whole} if whole else {"from": 0, "share": 0}
        words = f"{figures.rate(count, whole, 1)} %" if whole else ""
        href = f"{period.listed()}&stars={level or ''}" if count else None
        tone = "" if not level else "kept" if level > 2 else "breached"
        made.append({"level": level, "name": name, "count": count, "words": words, "href": href, "tone": tone, **share})
        begun += count
    return made


def _said(period: Period, row: UnitRow) -> dict[str, Any]:
    def cell(key: str) -> dict[str, Any]:
        figure = row.figures[key]
        sides = {"href": "numerator", "denominator_href": "denominator"}
        return line(period, figure) | {name: period.behind(figure, part, row.code) for name, part in sides.items()}

    cells = [cell(key) for key in (*SAID, "mended_rate")]
    return {"name": row.name, "href": period.href(SATISFACTION, unit=row.code, group=""), "cells": cells}


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    for path, view in ((CLOCKS, clocks), (SOURCES, sources), (SATISFACTION, satisfaction)):
        blueprint.add_url_rule(path, endpoint=f"managers_{view.__name__}", view_func=view)
