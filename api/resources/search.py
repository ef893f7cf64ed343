"""GET /api/v1/search: the index finds, the database decides what is shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from webargs.fields import DelimitedList

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import check_codes, day_span, shared, wrong_cursor
from api.schemas import Filters, Fragment, TicketLine, Unit, codes
from hotline import db, facets, queries, searching
from hotline.facets import EVALUATIONS, FACETS
from hotline.knowledge import Knowledge, knowledge
from hotline.rights import Actor
from routing.decision import URGENCIES
from search.documents import BadCursor, Hit, Query

blueprint = Contract("search", __name__, url_prefix="/api/v1/search", description="检索")

SORTS = ("relevance", "received_at", "due_at")
PERIODS = (("due_from", "due_to"), ("closed_from", "closed_to"))
"""First and last day of the times beside that of receipt."""


class SearchFilters(Filters):
    """Filters of the search, its words and its order, and which facets are to be counted."""

    q = fields.String(required=True, validate=validate.Length(max=500))
    sort = fields.String(load_default="relevance", validate=validate.OneOf(SORTS))
    urgency = codes(URGENCIES)
    evaluation = codes(EVALUATIONS)
    overdue = fields.String(load_default="", validate=validate.OneOf(("", "yes")))
    due_from = fields.Date(load_default=None)
    due_to = fields.Date(load_default=None)
    closed_from = fields.Date(load_default=None)
    closed_to = fields.Date(load_default=None)
    facets = DelimitedList(fields.String(validate=validate.OneOf(tuple(FACETS))), load_default=())


class FoundTicket(TicketLine):
    """A found ticket; `highlights` names the field and its fragments, `files` where only a file holds the words."""

    score = fields.Float(required=True)
    highlights = fields.Dict(
        keys=fields.String(), values=fields.List(fields.List(fields.Nested(Fragment))), required=True
    )


class Counted(Schema):
    """A code of a facet with its name, and how many tickets have it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    count = fields.Integer(required=True)


class FoundPage(Schema):
    """A page of hits. `relaxed`: none has all the words, these have at least half of them. `facets`: those asked for,
    each counted without its own filter. `did_you_mean`: a spelling that finds more, null where there is none. `units`:
    those whose names begin with the sounds that were typed (wdq: 乌当区).
    """

    items = fields.List(fields.Nested(FoundTicket), required=True)
    total = fields.Integer(required=True)
    relaxed = fields.Boolean(required=True)
    next = fields.String(required=True, allow_none=True)
    facets = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(Counted)), required=True)
    did_you_mean = fields.String(required=True, allow_none=True)
    units = fields.List(fields.Nested(Unit), required=True)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(SearchFilters, location="query")
@blueprint.response(200, FoundPage)
@blueprint.alt_response(503, "SERVICE_UNAVAILABLE")
@permit("search")
def search(filters: dict[str, Any]) -> Response:
    """Search tickets; the hotline's people also by a caller's phone or a query code. A unit finds only its own."""
    who = actor()
    with db.reading() as session:
        know = knowledge(session)
        check_codes(know, filters)
        try:
            found = searching.find(session, wanted(filters), filters["q"], who)
        except BadCursor:
            raise wrong_cursor() from None
        tickets, text = searching.lines(session, found.page.hits, who), found.sought.text
        items = [
            _item(know, tickets[hit.id], hit, who, searching.passages(session, tickets[hit.id], hit, text, who))
            for hit in found.page.hits
            if hit.id in tickets
        ]
    return _answer(
        {
            "items": items,
            "total": found.page.total,
            "relaxed": found.page.relaxed,
            "next": found.page.after,
            "facets": _facets(know, found.page.facets),
            "did_you_mean": found.better,
            "units": [queries.unit_view(know, code) for code in found.units],
        }
    )


def wanted(filters: Mapping[str, Any]) -> Query:
    """The filters as the index takes them; nothing of the reader's right is in them. Raises InvalidInput."""
    due, closed = (day_span(filters[first], filters[last], (first, last)) for first, last in PERIODS)
    return Query(
        **shared(filters),
        due_from=due[0],
        due_to=due[1],
        closed_from=closed[0],
        closed_to=closed[1],
        urgencies=tuple(filters["urgency"]),
        evaluations=tuple(filters["evaluation"]),
        overdue=filters["overdue"] == "yes",
        facets=tuple(filters["facets"]),
        **{name: filters[name] for name in ("sort", "size", "after")},
    )


def _answer(body: dict[str, Any]) -> Response:
    """As it stands: to walk through the schema once more would cost as much as all the rest of a search."""
    return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")


def _item(know: Knowledge, ticket: Any, hit: Hit, who: Actor, passages: Mapping[str, Any]) -> dict[str, Any]:
    """The ticket as the table has it."""
    highlights = {
        name: [[{"text": text, "match": match} for text, match in piece] for piece in pieces]
        for name, pieces in passages.items()
    }
    return queries.ticket_line(know, ticket, who) | {"score": hit.score, "highlights": highlights}


def _facets(know: Knowledge, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    return {
        facet: [{"code": each.code, "name": each.name, "count": each.count} for each in facets.counted(know, facet, of)]
        for facet, of in counts.items()
    }
