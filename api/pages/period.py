"""The question that a managers' page answers: days and filters, read from the address and written into every link."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session

from api.pages.frame import day
from api.pages.shapes import error_list
from hotline import db, reports
from hotline.bulletins.periods import instant
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge, knowledge, today
from hotline.reports import Figure, Scope
from hotline.reports.scope import agents, peer_groups

FILTERS = {
    "unit": "单位",
    "group": "单位分组",
    "kind": "类型",
    "source": "来源",
    "matter": "事项",
    "place": "区域",
    "agent": "坐席",
}
"""What narrows a page beside its days, by the name in the address."""

PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "units": ("单位", "/managers/units", {}),
    "clocks": ("时限", "/managers/clocks", {}),
    "sources": ("渠道", "/managers/sources", {}),
    **{f"sources-{by}": ("渠道", "/managers/sources", {"by": by}) for by in ("kind", "matter", "place")},
    "satisfaction": ("满意度", "/managers/satisfaction", {}),
}
"""Pages that a list may lead back to, by the name in its address: never an address of somebody else's making."""

LISTED_DEPTH = 2
"""Matters and places that the form offers: so many levels of the tree; deeper ones are reached by the tables."""


@dataclass(frozen=True, slots=True)
class Period:
    """The question of the page: its scope, and the part of an address that asks it again."""

    scope: Scope
    errors: list[dict[str, str]]

    def href(self, path: str = "/managers", **more: str) -> str:
        """An address of the same days and filters, with `more`; what is empty there is left out."""
        return f"{path}?{urlencode({name: value for name, value in (self.asked | more).items() if value})}"

    def listed(self, **more: str) -> str:
        """Where the list behind a number of this page is, which leads back here."""
        return self.href("/managers/tickets", at=_here(), **more)

    def exported(self, **more: str) -> str:
        """Where a table of this page is taken out."""
        return self.href("/managers/export", at=_here(), **more)

    def back(self) -> dict[str, str]:
        """{title, href} of the page that the address says one came from; the overview where it says none of PAGES."""
        title, path, kept = PAGES.get(request.args.get("at", ""), ("统计", "/managers", {}))
        return {"title": title, "href": self.href(path, **kept)}

    @property
    def asked(self) -> dict[str, str]:
        """The days and the filters in force, by their names in an address."""
        return {"from": str(self.scope.first), "to": str(self.scope.last), **self.filters}

    @property
    def filters(self) -> dict[str, str]:
        """The filters in force, by name."""
        said = {name: getattr(self.scope, name) for name in FILTERS}
        return {name: value for name, value in said.items() if value}

    def behind(self, figure: Figure, part: str, unit: str = "") -> str | None:
        """Where the tickets of a numerator or denominator are; None where there are none."""
        if not (figure.numerator if part == "numerator" else figure.denominator):
            return None
        if figure.metric in ("connect_rate", "connect_rate_15s"):
            return self.href("/managers/calls")
        more = {"by": "unit", "row": unit} if unit else {}
        return self.listed(metric=figure.metric, part=part, **more)


def _here() -> str:
    """The name in PAGES of the page that is being made, the nearest; '' for the overview and all others."""
    asked = dict(request.args.items())
    named = [name for name, (_, path, kept) in PAGES.items() if path == request.path and asked.items() >= kept.items()]
    return max(named, key=len, default="")


def read_period(session: Session, names: Sequence[str] = tuple(FILTERS)) -> Period:
    """The days and the filters `names` of the address; the last thirty days of all, and why, where it cannot be."""
    last = today(db.now(session))
    first = last - timedelta(days=29)
    asked = request.args
    try:
        begins = reports.read_day(asked["from"], "from") if asked.get("from") else first
        ends = reports.read_day(asked["to"], "to") if asked.get("to") else last
        chosen: dict[str, Any] = {name: asked.get(name) or None for name in names}
        return Period(reports.scope_of(session, begins, ends, **chosen), [])
    except InvalidInput as wrong:
        return Period(reports.scope_of(session, first, last), error_list(wrong))


def head(
    session: Session, period: Period, path: str, holds: Sequence[str] = tuple(FILTERS), **kept: str
) -> dict[str, Any]:
    """`period` of managers/frame.html: title, presets, filters in force and the form.

    The filters that do not hold on the page, and `kept`, stay in the address all the same.
    """
    scope, now = period.scope, db.now(session)
    names = filter_names(session, period)
    stay = {**kept, **{name: code for name, code in period.filters.items() if name not in holds}}
    return {
        "from": str(scope.first),
        "to": str(scope.last),
        "title": told(session, period, holds),
        "cut_off": instant(min(scope.cut_off, now)),
        "presets": [_preset(period, path, title, span, kept) for title, span in _spans(today(now)).items()],
        "chips": [
            {"label": FILTERS[name], "name": said, "href": period.href(path, **{name: "", **kept})}
            for name, said in names.items()
            if name in holds
        ],
        "idle": [f"{FILTERS[name]}“{said}”" for name, said in names.items() if name not in holds],
        "here": request.host_url.rstrip("/") + period.href(path, **kept),
        "all": f"{path}?{urlencode({'from': str(scope.first), 'to': str(scope.last), **stay})}",
        "fields": [field for field in _fields(session, period) if field["name"] in holds] if holds else [],
        "kept": stay,
        "open": any(error["field"] in holds for error in period.errors),
        "action": path,
    }


def told(session: Session, period: Period, holds: Sequence[str] = tuple(FILTERS)) -> str:
    """The question in words: 2026年1月1日至2026年1月31日，乌当区人民政府."""
    names = filter_names(session, period)
    span = f"{day(period.scope.first)}至{day(period.scope.last)}"
    return "，".join([span, *(said for name, said in names.items() if name in holds)])


def _spans(now: date) -> dict[str, tuple[date, date]]:
    month, year = now.replace(day=1), now.replace(month=1, day=1)
    before, quarter = month - timedelta(days=1), month.replace(month=(now.month - 1) // 3 * 3 + 1)
    return {
        "今天": (now, now),
        "本周": (now - timedelta(days=now.weekday()), now),
        "近 7 天": (now - timedelta(days=6), now),
        "本月": (month, now),
        "上月": (before.replace(day=1), before),
        "近 30 天": (now - timedelta(days=29), now),
        "本季度": (quarter, now),
        "今年": (year, now),
        "去年": (year.replace(year=year.year - 1), year - timedelta(days=1)),
    }


def _preset(period: Period, path: str, title: str, span: tuple[date, date], kept: dict[str, str]) -> dict[str, Any]:
    href = period.href(path, **{"from": str(span[0]), "to": str(span[1]), **kept})
    return {"title": title, "href": href, "current": span == (period.scope.first, period.scope.last)}


def filter_names(session: Session, period: Period) -> dict[str, str]:
    """The filters in force, each in words."""
    know, people = knowledge(session), agents(session)

    def name_of(name: str, code: str) -> str:
        if name == "agent":
            return people.get(code, ("", {"system": "系统", "citizen": "来件人"}.get(code, code)))[1]
        if name == "unit":
            return know.unit_name(code) or code
        known = {"kind": KINDS, "source": SOURCES, "group": {}}.get(name, {})
        if name == "matter":
            return know.matters[code].name
        return know.place_name(code) or code if name == "place" else known.get(code, code)

    return {name: name_of(name, code) for name, code in period.filters.items()}


def _fields(session: Session, period: Period) -> Iterator[dict[str, Any]]:
    """The form's selects; a value that was refused stays to be seen in its message, not in the select."""
    know = knowledge(session)
    options = {
        "unit": unit_options(session),
        "group": [{"value": each, "title": each} for each in dict.fromkeys(peer_groups(session).values())],
        "kind": [{"value": code, "title": name} for code, name in KINDS.items()],
        "source": [{"value": code, "title": name} for code, name in SOURCES.items()],
        "matter": _tree(know.matter_tree.parents, {code: each.name for code, each in know.matters.items()}),
        "place": _tree(know.place_tree.parents, {code: each.name for code, each in know.places.items()}),
        "agent": [{"value": code, "title": f"{name}（{login}）"} for code, (login, name) in agents(session).items()],
    }
    for name, label in FILTERS.items():
        value = getattr(period.scope, name) or ""
        listed = options[name]
        if value and not _offered(listed, value):
            listed = [{"value": value, "title": filter_names(session, period)[name]}, *listed]
        yield {"name": name, "label": label, "type": "select", "value": value, "options": listed}


def _offered(options: Sequence[dict[str, Any]], value: str) -> bool:
    return any(each.get("value") == value or _offered(each.get("options", ()), value) for each in options)


def unit_options(session: Session) -> list[dict[str, Any]]:
    """The options of a select of units: by peer group; those without one by themselves."""
    know, groups = knowledge(session), peer_groups(session)
    named = [
        {"title": group, "options": [_unit(know, code) for code, its in groups.items() if its == group]}
        for group in dict.fromkeys(groups.values())
    ]
    return [*named, {"title": "其他", "options": [_unit(know, code) for code in know.units if code not in groups]}]


def _unit(know: Knowledge, code: str) -> dict[str, str]:
    return {"value": code, "title": know.short_names.get(code) or code}


def _tree(parents: dict[str, str | None], names: dict[str, str]) -> list[dict[str, str]]:
    """The upper levels in the order of their codes, what lies below set in."""

    def depth(code: str | None) -> int:
        return 0 if code is None else 1 + depth(parents.get(code))

    deep = {code: depth(code) for code in sorted(parents)}
    return [
        {"value": code, "title": "　" * (level - 1) + names.get(code, code)}
        for code, level in deep.items()
        if level <= LISTED_DEPTH
    ]
