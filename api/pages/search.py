"""Search: the index finds, the database decides what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from api.auth import actor, permit
from api.pages.shapes import names_of, ticket_href
from api.resources.search import ask, passages
from hotline import db, queries
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import STATUS_NAMES
from hotline.models import Ticket
from hotline.reports import read_day
from hotline.rights import Actor
from search.documents import Hit, Page, Unavailable

_DAYS = {"from": "received_from", "to": "received_to"}
"""A day's name in the API, and here."""

FILTERS = ("kind", "status", "unit", "source")
PAGE_SIZE = 20
EMPTY = Page((), 0, None)


@permit("search")
def search() -> str | tuple[str, int]:
    """Words, a number or a caller's phone, and filters; a unit finds only its own."""
    asked = {name: request.args.get(name, "").strip()[:200] for name in ("q", *FILTERS, *_DAYS.values(), "after")}
    who, errors, away = actor(), [], False
    page, tickets = EMPTY, {}
    with db.reading() as session:
        know = knowledge(session)
        try:
            page = ask(_filters(know, asked), who)
        except InvalidInput as wrong:
            errors = [{"field": _DAYS.get(wrong.field, wrong.field), "message": wrong.message["zh"]}]
        except Unavailable:
            away = True
        tickets = queries.tickets_of(session, [hit.id for hit in page.hits], who)
        results = [_result(know, tickets[hit.id], hit, who) for hit in page.hits if hit.id in tickets]
    shown = _shown(know, asked, who, page)
    status = 503 if away else 422 if errors else 200
    return render_template("search.html", **shown, results=results, errors=errors, unavailable=away), status


def _filters(know: Knowledge, asked: Mapping[str, str]) -> dict[str, Any]:
    """As the API's search has them. Raises InvalidInput for a day that is none; a code that is none is no filter."""
    known: dict[str, Mapping[Any, object]] = {
        "kind": KINDS,
        "status": STATUS_NAMES,
        "unit": know.units,
        "source": SOURCES,
    }
    codes = {name: [asked[name]] if asked[name] in known[name] else [] for name in FILTERS}
    first, last = (read_day(asked[name], field) if asked[name] else None for field, name in _DAYS.items())
    return {
        "q": asked["q"],
        **codes,
        "matter": [],
        "place": [],
        "from_": first,
        "to": last,
        "sort": "relevance" if asked["q"] else "received_at",
        "size": PAGE_SIZE,
        "after": asked["after"] or None,
    }


def _result(know: Knowledge, ticket: Ticket, hit: Hit, who: Actor) -> dict[str, Any]:
    """The ticket as the table has it, with the passages; none of a confidential one for whom it is hidden from."""
    marked = passages(ticket, hit, who)
    title = queries.shown_text(ticket, ticket.title, who)
    return names_of(ticket) | {
        "href": ticket_href(ticket.number, who),
        "title": marked["title"][0] if marked.get("title") else [(title, False)],
        "fragments": [piece for name in ("content", "reply") for piece in marked.get(name, ())][:2],
        "unit": know.short_names.get(ticket.unit or "", ""),
        "place": know.place_name(ticket.place),
    }


def _shown(know: Knowledge, asked: Mapping[str, str], who: Actor, page: Page) -> dict[str, Any]:
    onward = {name: value for name, value in asked.items() if value and name != "after"}
    return {
        "q": asked["q"],
        "filters": list(_filter_fields(know, asked, who)),
        "received_from": asked["received_from"],
        "received_to": asked["received_to"],
        "total": page.total,
        "relaxed": page.relaxed,
        "pager": {
            "previous": f"/search?{urlencode(onward)}" if asked["after"] else None,
            "next": f"/search?{urlencode({**onward, 'after': page.after})}" if page.after else None,
            "text": "",
        },
        "action": "/search",
    }


def _filter_fields(know: Knowledge, asked: Mapping[str, str], who: Actor) -> Iterator[dict[str, Any]]:
    units = {code: unit.name for code, unit in know.units.items() if not who.of_unit or code in who.units}
    offered: dict[str, tuple[str, Mapping[Any, str]]] = {
        "kind": ("类型", KINDS),
        "status": ("状态", STATUS_NAMES),
        "unit": ("承办单位", units),
        "source": ("来源", SOURCES),
    }
    for name, (label, names) in offered.items():
        options = [
            {"value": str(code), "title": title, "count": None, "selected": asked[name] == code}
            for code, title in names.items()
        ]
        yield {"name": name, "label": label, "options": options}


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/search", view_func=search)
