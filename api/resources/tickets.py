"""Tickets as staff, units and machines read them: lists, one ticket, its history, clocks and likenesses."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from marshmallow import Schema
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import check_codes, pack, shared, unpack
from api.schemas import Citizen, Clock, Event, ListFilters, Similar, Text, Ticket, TicketPage
from hotline import db, queries
from hotline.desk.privacy import unmask
from hotline.knowledge import knowledge
from hotline.lifecycle import STATUS_NAMES, Status
from hotline.models import Ticket as TicketRow
from hotline.progress import clock_state
from hotline.proposals import similar_tickets
from hotline.timeline import events_view

blueprint = Contract("tickets", __name__, url_prefix="/api/v1/tickets", description="工单")

ETAG = {"ETag": {"schema": {"type": "string"}, "description": "工单的版本，操作时放进 If-Match"}}


class Reason(Schema):
    """Why the citizen's name and phone are looked at; kept in the ticket's history."""

    reason = Text(required=True, longest=500)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ListFilters, location="query")
@blueprint.response(200, TicketPage)
@permit("read_tickets")
def list_tickets(filters: dict[str, Any]) -> dict[str, Any]:
    """Tickets that the reader may see, page by page."""
    who, order = actor(), filters["order"]
    wanted = queries.Wanted(**shared(filters), order=order)
    after = unpack(order, filters["after"])
    with db.reading() as session:
        know = knowledge(session)
        check_codes(know, filters)
        found, cursor = queries.ticket_list(session, who, wanted, filters["size"], after)
        items = [queries.ticket_line(know, ticket, who) for ticket in found]
    return {"items": items, "next": pack([order, cursor[0].isoformat(), cursor[1]]) if cursor else None}


@blueprint.route("/<number:number>", methods=["GET"])
@blueprint.alt_response(200, schema=Ticket, headers=ETAG, success=True)
@blueprint.alt_response(304, description="工单没有变化")
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_ticket(number: str) -> Response:
    """One ticket, the citizen masked; its ETag is its version."""
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, actor())
        view = queries.ticket_view(session, ticket, actor())
    return with_version(view).make_conditional(request)


def with_version(view: dict[str, Any]) -> Response:
    """A ticket's view with its version as ETag."""
    response = jsonify(Ticket().dump(view))
    response.set_etag(str(view["version"]))
    return response


@blueprint.route("/<number:number>/events", methods=["GET"])
@blueprint.response(200, Event(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_events(number: str) -> list[dict[str, Any]]:
    """The ticket's whole history, in order."""
    with db.reading() as session:
        return events_view(session, queries.find_ticket(session, number, actor()), actor())


@blueprint.route("/<number:number>/clocks", methods=["GET"])
@blueprint.response(200, Clock(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_clocks(number: str) -> list[dict[str, Any]]:
    """All clocks of the ticket with their sums, line by line."""
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, actor())
        now, clocks = db.now(session), queries.ticket_clocks(session, ticket)
    states = [clock_state(each.due_at, each.met_at, each.stopped_at, now) for each in clocks]
    return [queries.clock_view(each) | {"state": state} for each, state in zip(clocks, states, strict=True)]


@blueprint.route("/<number:number>/similar", methods=["GET"])
@blueprint.response(200, Similar(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_similar(number: str) -> list[dict[str, Any]]:
    """Tickets that seem to be about the same; for the hotline's people those of the same caller too."""
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        know, found = knowledge(session), similar_tickets(session, ticket, who)
    return [_similar(other, reason, queries.listed_title(know, other, who)) for reason, other in found]


def _similar(ticket: TicketRow, reason: str, title: str) -> dict[str, Any]:
    names = {"status": ticket.status, "status_name": STATUS_NAMES[Status(ticket.status)]}
    return {"number": ticket.number, "title": title, "reason": reason, **names}


@blueprint.route("/<number:number>/unmask", methods=["POST"])
@blueprint.arguments(Reason)
@blueprint.response(200, Citizen)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("unmask")
def post_unmask(body: dict[str, str], number: str) -> dict[str, str]:
    """The citizen's name and phone in full, for a reason that stays in the ticket's history."""
    with db.transaction() as session:
        return unmask(session, number, actor(), body["reason"])
