"""The managers' page of assessment: units ranked among their peers, what cost whom how many points, and the lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import permit
from api.pages import assessment_schemes
from api.pages.behind import rows_of
from api.pages.managing import manager_tabs
from api.pages.period import FILTERS, Period, head, read_period, told
from api.pages.shapes import error_list, page_asked, pager
from hotline import db
from hotline.assessment import Listed, Peer, Ranked, Ranking, Score, ranking, words
from hotline.assessment.documents import plain
from hotline.assessment.drafts import DEFAULT, versions
from hotline.assessment.ranking import excluded, part_behind
from hotline.assessment.scoring import Part
from hotline.errors import NotFound
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.reports import Behind, Scope
from hotline.reports.metrics import BY_KEY
from hotline.worklists import PAGE_SIZE

PATH = "/managers/assessment"
LEFT_OUT = "excluded"


@permit("read_rates")
def index() -> tuple[str, int]:
    """The ranking of a period under a scheme, all peer groups or one."""
    with db.reading() as session:
        period = read_period(session)
        context = _context(session, period)
    return render_template("assessment/index.html", **context), 422 if context["errors"] else 200


def _context(session: Session, period: Period) -> dict[str, Any]:
    published = {row.code: row.data["name"] for row in versions(session) if row.published_at is not None}
    found, errors = _asked(session, period, published)
    return {
        "tabs": manager_tabs(),
        "errors": [*period.errors, *errors],
        "period": _head(session, period, published, found.scheme if found else ""),
        "found": _found(period, found, period.scope.group or "") if found else None,
    }


def _asked(session: Session, period: Period, published: dict[str, Any]) -> tuple[Ranking | None, list[dict[str, str]]]:
    """The ranking under the scheme of the address, or the first one that there is; None where there is none."""
    first = DEFAULT if DEFAULT in published else next(iter(published), "")
    asked = request.args.get("scheme") or first
    if not published:
        return None, []
    try:
        return ranking(session, asked, _city(period)), []
    except NotFound as refused:
        wrong = [{**each, "field": "scheme"} for each in error_list(refused)]
        return ranking(session, first, _city(period)), wrong


def _city(period: Period) -> Scope:
    """The period of the whole city: a ranking is of all tickets, whatever else the address asks."""
    scope = period.scope
    return Scope(first=scope.first, last=scope.last, start=scope.start, cut_off=scope.cut_off)


def _head(session: Session, period: Period, schemes: dict[str, str], scheme: str) -> dict[str, Any]:
    """The question of all managers' pages, of which the group holds here, and which scheme."""
    made = head(session, period, PATH, ("group",), scheme=request.args.get("scheme", ""))
    options = [{"value": code, "title": name} for code, name in schemes.items()]
    field = {"name": "scheme", "label": "方案", "type": "select", "required": True, "value": scheme, "options": options}
    return made | {"fields": [field, *made["fields"]] if len(options) > 1 else made["fields"]}


def _href(period: Period, path: str = PATH, **more: str) -> str:
    """The address with the question and the scheme of this one, and `more`."""
    return period.href(path, **{"scheme": request.args.get("scheme", ""), **more})


def _found(period: Period, found: Ranking, group: str) -> dict[str, Any]:
    rules = found.rules
    return {
        "name": rules.name,
        "version": rules.version,
        "from": rules.effective_from,
        "href": f"{assessment_schemes.PATH}/{rules.code}?version={rules.version}",
        "early": found.early,
        "full": plain(rules.full),
        "method": words.method_words(rules),
        "measures": [{"name": each.name, "weight": plain(each.weight)} for each in rules.measures],
        "excluded": found.excluded,
        "excluded_href": _href(period, f"{PATH}/tickets", unit="", list=LEFT_OUT),
        "groups": [_peer(period, peer) for peer in found.groups if group in ("", peer.name)],
        "group_tabs": _group_tabs(period, found, group),
        "lists": [
            _list(period, title, words.list_words(rules, color), [one for one in units if group in ("", one.group)])
            for title, color, units in (("红榜", "red", found.red), ("黑榜", "black", found.black))
            if getattr(rules, color)
        ],
        "outside": [unit.name for unit in found.outside],
    }


def _group_tabs(period: Period, found: Ranking, group: str) -> list[dict[str, Any]]:
    counted = [("", "全部", sum(len(peer.ranked) for peer in found.groups))]
    counted += [(peer.name, peer.name, len(peer.ranked)) for peer in found.groups]
    return [
        {"title": title, "href": _href(period, unit="", group=code), "count": count, "current": code == group}
        for code, title, count in counted
    ]


def _list(period: Period, title: str, rule: str, listed: list[Listed]) -> dict[str, Any]:
    groups = [
        {
            "name": name,
            "units": [
                {"name": one.name, "points": one.points, "why": one.why, "href": _unit_href(period, one.unit)}
                for one in units
            ],
        }
        for name, units in words.by_group(listed)
    ]
    return {"title": title, "rule": rule, "several": "；或 " in rule, "groups": groups}


def _unit_href(period: Period, unit: str) -> str:
    """The unit's overview; a ranking is of all tickets, and so is that."""
    return period.href("/managers", **dict.fromkeys(FILTERS, "") | {"unit": unit})


def _peer(period: Period, peer: Peer) -> dict[str, Any]:
    return {
        "name": peer.name,
        "ranked": [_ranked(period, one) for one in peer.ranked],
        "apart": [{"title": title, "names": [unit.name for unit in units]} for title, units in words.apart(peer)],
    }


def _ranked(period: Period, one: Ranked) -> dict[str, Any]:
    return {
        "place": one.place,
        "name": one.name,
        "href": _unit_href(period, one.unit),
        "points": one.points,
        "scaled": _scaled(one),
        "worst": one.lost[0].words if one.lost else "",
        "cells": [_cell(period, one, score) for score in one.scores],
    }


def _scaled(one: Ranked) -> str:
    """The weight that was measured, where something was left out; '' where all was."""
    made = [score.weight for score in one.scores if score.points is not None]
    return f"由 {plain(sum(made, Decimal(0)))}" if len(made) < len(one.scores) else ""


def _cell(period: Period, one: Ranked, score: Score) -> dict[str, Any]:
    several = len(score.parts) > 1
    named = tuple(source for part in score.parts for source in part.sources)
    return {
        "points": score.points,
        "share": None if score.points is None else float(score.points / score.weight),
        "floored": score.floored,
        "parts": [_part(period, one.unit, score, part, named) for part in score.parts if part.denominator],
        "several": several,
    }


def _part(period: Period, unit: str, score: Score, part: Part, named: tuple[str, ...]) -> dict[str, Any]:
    """One share of a metric with the addresses of its tickets; what remains is what the `named` sources leave."""
    sources = {"sources": ",".join(part.sources or named)}
    if named and not part.sources:
        sources["others"] = "1"

    def behind(side: str, count: int) -> str | None:
        more = {"metric": score.metric, "part": side, "unit": unit, **sources}
        return _href(period, f"{PATH}/tickets", **more) if count else None

    return {
        "name": part.name if len(score.parts) > 1 or part.sources else "",
        "value": part.value,
        "target": plain(part.target),
        "numerator": part.numerator,
        "denominator": part.denominator,
        "href": behind("numerator", part.numerator),
        "denominator_href": behind("denominator", part.denominator),
    }


# The tickets behind a number


@permit("read_rates")
def tickets() -> str:
    """The tickets behind a number of the ranking, or those left out of it."""
    with db.reading() as session:
        period, page = read_period(session, ("unit",)), page_asked()
        title, note, behind = _behind(session, period)
        rows = rows_of(session, behind[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
        asked = {name: value for name, value in request.args.items() if name != "page"}
    return render_template(
        "tickets.html",
        title=title,
        note=note,
        rows=rows,
        total=len(behind),
        pager=pager(f"{PATH}/tickets", asked, page, len(behind)),
        back={"title": "考核", "href": _href(period, unit="", group=request.args.get("group", ""))},
    )


def _behind(session: Session, period: Period) -> tuple[str, str, list[Behind]]:
    """(title, how the number is made, what is behind it). Raises InvalidInput for a number that there is not."""
    asked = request.args
    if asked.get("list") == LEFT_OUT:
        note = f"{told(session, period)}首次转办、经批准不计入考核的工单。"
        return "不计入考核的工单", note, excluded(session, period.scope)
    metric, side = asked.get("metric", ""), asked.get("part", "numerator")
    sources = tuple(filter(None, asked.get("sources", "").split(",")))
    if unknown := [each for each in sources if each not in SOURCES]:
        zh = f"没有编码为“{unknown[0][:40]}”的来源，请从考核页打开"
        raise InvalidInput("sources", zh, f"there is no source {unknown[0][:40]!r}")
    behind = part_behind(session, metric, side, period.scope, sources, asked.get("others") == "1")
    named = next(each for each in BY_KEY.values() if each.id == metric)
    whose = ("除去" if asked.get("others") == "1" else "只看") + "、".join(SOURCES[each] for each in sources)
    note = f"{told(session, period)}。{named.numerator if side == 'numerator' else named.denominator}，不含不计入考核的"
    title = f"{named.name}：{'分子' if side == 'numerator' else '分母'}"
    return title, f"{note}；{whose}。" if sources else f"{note}。", behind


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule(PATH, endpoint="assessment", view_func=index)
    blueprint.add_url_rule(f"{PATH}/tickets", endpoint="assessment_tickets", view_func=tickets)
    assessment_schemes.register(blueprint)
