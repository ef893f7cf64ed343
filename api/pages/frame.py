"""What every page has around it: who reads, where one can go, the city's name, and a word when the search is behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app, request

from api.auth import asker
from hotline import db, search_state
from hotline.knowledge import ZONE, knowledge
from hotline.rights import Actor
from hotline.settings import settings

NAVIGATION = (
    ("desk", "坐席台", "/desk"),
    ("enter_forms", "专项录入", "/entries"),
    ("unit_desk", "本单位工单", "/unit"),
    ("read_rates", "统计", "/managers"),
    ("read_ledger", "台账", "/ledger"),
    ("decide_exclusion", "考核申请", "/exclusions"),
    ("search", "搜索", "/search"),
    ("read_rules", "规则", "/rules"),
    ("approve_answers", "公开问答", "/answers/candidates"),
    ("read_models", "派单差错", "/misdispatch"),
)
"""Permission, title, address: the first that a person may open is where they land after signing in."""

LAG_SECONDS = 30


def moment(at: datetime) -> str:
    """2026年11月22日 15:30, in the city's time."""
    local = at.astimezone(ZONE)
    return f"{day(local)} {local:%H:%M}"


def day(on: date) -> str:
    """2026年11月22日; of an instant, its day in the city."""
    local = on.astimezone(ZONE) if isinstance(on, datetime) else on
    return f"{local.year}年{local.month}月{local.day}日"


def landing(who: Actor) -> str:
    """Where a person's work is."""
    return next((href for _, href in _open_to(who)), "/")


def _open_to(who: Actor) -> Iterator[tuple[str, str]]:
    """Title and address of each page that a person may open, of those that this application has."""
    there = {rule.rule for rule in current_app.url_map.iter_rules()}
    return ((title, href) for permission, title, href in NAVIGATION if who.may(permission) and href in there)


def hotline_name() -> str:
    """The hotline as people know it, with its city."""
    city, name = settings().city, settings().hotline_name
    return name if name.startswith(city) else f"{city} {name}"


def context() -> dict[str, Any]:
    """The context of every page."""
    who = asker()
    return {
        "staff": _staff(who) if who else None,
        "city": settings().city,
        "hotline_name": hotline_name(),
        "nav": list(_navigation(who)) if who else [],
        "lag": _lag() if who else None,
    }


def _staff(who: Actor) -> dict[str, Any]:
    unit = ""
    if who.unit:
        with db.reading() as session:
            unit = knowledge(session).unit_name(who.unit)
    return {"name": who.name, "roles": sorted(who.roles), "unit_name": unit, "may_search": who.may("search")}


def _navigation(who: Actor) -> Iterator[dict[str, Any]]:
    for title, href in _open_to(who):
        yield {"title": title, "href": href, "current": request.path.startswith(href)}


def _lag() -> str | None:
    """How far the search is behind, and why; None where nobody would notice."""
    with db.reading() as session:
        found = search_state.state(session)
    count = f"{found.waiting:,} 条{'以上' if found.more else ''}变化没有进入索引"
    if found.away:
        waiting = f"还有 {count}，恢复后自动补上。" if found.waiting else "恢复后自动接上。"
        return f"检索自 {moment(found.away)} 起没有回应，受理和办理照常进行；{waiting}"
    if found.lacking:
        return f"检索正在补全，约有 {found.lacking:,} 件工单还没有进入索引，暂时可能查不到；受理和办理照常进行。"
    if found.since and found.seconds > LAG_SECONDS:
        return f"检索结果晚于办理：自 {moment(found.since)} 起有 {count}，正在自动补上。"
    return None


def init_app(app: Flask) -> None:
    """Give every template its filters and its context."""
    app.jinja_env.filters.update(moment=moment, day=day)
    app.context_processor(context)
