"""The managers' pages beside each other: one row of tabs, the period and the filters going along from one to next."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import current_app, request

from api.pages.period import FILTERS

TABS = (
    ("概览", "/managers"),
    ("单位", "/managers/units"),
    ("时限", "/managers/clocks"),
    ("渠道", "/managers/sources"),
    ("满意度", "/managers/satisfaction"),
    ("电话", "/managers/calls"),
    ("考核", "/managers/assessment"),
    ("通报", "/managers/bulletins"),
    ("热点", "/managers/topics"),
)
"""Title and address; those that this application has are shown."""


def manager_tabs() -> list[dict[str, Any]]:
    """The tabs of macros.tabs, this page's own marked; what the address asks for stays asked for."""
    there = {rule.rule for rule in current_app.url_map.iter_rules()}
    asked = urlencode([(name, request.args[name]) for name in ("from", "to", *FILTERS) if request.args.get(name)])
    return [
        {"title": title, "href": f"{href}?{asked}" if asked else href, "count": None, "current": _is_here(href)}
        for title, href in TABS
        if href in there
    ]


def _is_here(href: str) -> bool:
    return request.path == href or (href != "/managers" and request.path.startswith(f"{href}/"))
