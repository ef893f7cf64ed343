"""Search: one field, facets with their counts, and all of it in the address, so that a page can be sent to someone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages import searches
from api.pages.asked import PERIODS, Asked, asked_of, href, sort_of, wanted_of
from api.pages.shapes import names_of, ticket_href
from api.resources.filters import wrong_cursor
from hotline import db, facets, queries, searching
from hotline.facets import FACETS, TREES
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket
from hotline.rights import Actor
from hotline.searching import EMPTY, Answer
from search.documents import BadCursor, Hit, Unavailable

MOST_OPTIONS = 12
SORT_NAMES = {"relevance": "最相关", "received_at": "最新收到", "due_at": "期限最近"}
OPEN = ("overdue", "status", "unit", "matter")
"""Facets that are unfolded though nothing of them is chosen."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to show: the answer, the tickets of its hits, and what went wrong."""

    answer: Answer
    results: list[dict[str, Any]]
    errors: list[dict[str, str]]
    away: bool = False

    @property
    def status(self) -> int:
        """The status of the page."""
        return 503 if self.away else 422 if self.errors else 200


@permit("search")
def search() -> tuple[str, int]:
    """Words, a number, a query code or a caller's phone, and filters; a unit finds only its own."""
    who = actor()
    with db.reading() as session:
        know = knowledge(session)
        asked = asked_of(know, request.args)
        found = _find(session, know, asked, who)
        onward = _onward(asked, found.answer)
        kept = searches.listed(session, who, counted=not asked and not found.away)
    shown = _shown(know, asked, onward, found.answer)
    return render_template(
        "search.html",
        **shown,
        results=found.results,
        errors=found.errors,
        unavailable=found.away,
        saved=kept,
        may_save=bool(onward) and not found.away,
    ), found.status


def _find(session: Session, know: Knowledge, asked: Asked, who: Actor) -> _Found:
    nothing = Answer(EMPTY, searching.recognise(session, asked.get("q", ""), who))
    try:
        answer = searching.find(session, wanted_of(asked), asked.get("q", ""), who, asked.get("caller"))
    except BadCursor:
        return _Found(nothing, [], _errors(wrong_cursor()))
    except InvalidInput as wrong:
        return _Found(nothing, [], _errors(wrong))
    except Unavailable:
        return _Found(nothing, [], [], away=True)
    tickets = queries.tickets_of(session, [hit.id for hit in answer.page.hits], who)
    hits = [hit for hit in answer.page.hits if hit.id in tickets]
    return _Found(answer, [_result(session, know, tickets[hit.id], hit, (answer, who)) for hit in hits], [])


def _errors(wrong: InvalidInput) -> list[dict[str, str]]:
    return [{"field": wrong.field, "message": wrong.message["zh"]}]


def _result(session: Session, know: Knowledge, ticket: Ticket, hit: Hit, asked: tuple[Answer, Actor]) -> dict[str, Any]:
    """The ticket as the table has it, with the passages; none of a confidential one for whom it is hidden from."""
    answer, who = asked
    marked = searching.passages(session, ticket, hit, answer.sought.text, who)
    title = queries.listed_title(know, ticket, who)
    return names_of(ticket) | {
        "href": ticket_href(ticket.number, who),
        "title": marked["title"][0] if marked.get("title") else [(title, False)],
        "fragments": [piece for name in ("content", "reply", "files") for piece in marked.get(name, ())][:2],
        "in_file": "files" in marked,
        "unit": know.short_names.get(ticket.unit or "", ""),
        "place": know.place_name(ticket.place),
    }


def _onward(asked: Asked, answer: Answer) -> Asked:
    """The address that leads on from here. A phone that was typed stands in it by its HMAC alone; the rest of a code's
    search is left behind.
    """
    sought = answer.sought
    words = {"q": sought.text} | ({"caller": sought.caller} if sought.caller else {})
    plain = {name: text for name, text in asked.items() if name != "after"}
    return {name: text for name, text in {**plain, **words}.items() if text} if not sought.only else {}


def _shown(know: Knowledge, asked: Asked, onward: Asked, answer: Answer) -> dict[str, Any]:
    page, sort = answer.page, sort_of(asked)
    return {
        "q": asked.get("q", ""),
        "action": "/search",
        "hidden": {name: text for name, text in onward.items() if name in FACETS or name in ("sort", "caller")},
        "periods": [
            (label, name, asked.get(f"{name}_from", ""), asked.get(f"{name}_to", "")) for name, label in PERIODS.items()
        ],
        "onward": onward,
        "chips": list(_chips(know, onward)),
        "facets": [
            _facet(know, name, counts, onward) for name, counts in page.facets.items() if counts or name in onward
        ],
        "units": [{"title": know.unit_name(code), "href": href(onward, q="", unit=code)} for code in answer.units],
        "better": {"text": answer.better, "href": href(onward, q=answer.better)} if answer.better else None,
        "sorts": [
            {"title": title, "href": href(onward, sort=name), "current": name == sort, "count": None}
            for name, title in SORT_NAMES.items()
            if name != "relevance" or onward.get("q")
        ],
        "total": page.total,
        "relaxed": page.relaxed,
        "pager": {
            "previous": href(onward) if asked.get("after") else None,
            "next": href(onward, after=page.after) if page.after else None,
            "text": "",
        },
    }


def _chips(know: Knowledge, onward: Asked) -> Iterator[dict[str, str]]:
    """What is in force, each with the address without it."""
    for facet, label in FACETS.items():
        codes = onward[facet].split(",") if facet in onward else []
        for code in codes:
            rest = ",".join(each for each in codes if each != code)
            yield {"words": f"{label}：{facets.name_of(know, facet, code)}", "href": href(onward, **{facet: rest})}
    for name, label in PERIODS.items():
        first, last = onward.get(f"{name}_from"), onward.get(f"{name}_to")
        if first or last:
            words = f"{label}：{first or '最早'} 至 {last or '今后'}"
            yield {"words": words, "href": href(onward, **{f"{name}_from": "", f"{name}_to": ""})}
    if "caller" in onward:
        yield {"words": "同一个来电号码", "href": href(onward, caller="")}


def _facet(know: Knowledge, name: str, counts: Mapping[str, int], onward: Asked) -> dict[str, Any]:
    """A facet with the commonest codes of its level; a chosen code leads to the search without it."""
    chosen = onward[name].split(",") if name in onward else []
    offered = _level(know, name, counts, chosen) if name in TREES else counts
    every = facets.counted(know, name, {code: counts.get(code, 0) for code in {*offered, *chosen}})
    options = [
        {
            "title": each.name,
            "count": each.count,
            "current": each.code in chosen,
            "href": href(onward, **{name: _toggled(name, each.code, chosen)}),
        }
        for each in every[:MOST_OPTIONS]
    ]
    return {"label": FACETS[name], "options": options, "open": bool(chosen) or name in OPEN}


def _toggled(name: str, code: str, chosen: list[str]) -> str:
    """The codes after a click: of a tree the one alone, else one more or one less."""
    if code in chosen:
        return ",".join(each for each in chosen if each != code)
    return code if name in TREES else ",".join([*chosen, code])


def _level(know: Knowledge, name: str, counts: Mapping[str, int], chosen: list[str]) -> list[str]:
    """The codes next below the chosen ones; where nothing is chosen, the top ones, and of a city what lies in it."""
    parents = {"unit": know.unit_tree, "matter": know.matter_tree, "place": know.place_tree}[name].parents
    above = set(chosen) or {code for code, parent in parents.items() if parent is None}
    top = [] if chosen else [code for code in counts if parents.get(code) is None]
    below = [code for code in counts if parents.get(code) in above]
    return [*top, *below] if chosen or len(above) == 1 else top


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule("/search", view_func=search)
    searches.register(blueprint)
