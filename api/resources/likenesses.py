"""Likenesses of a ticket: what it seems to repeat, and what a person says of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.resources.acts import IF_MATCH
from api.resources.filters import wanted_version
from api.resources.tickets import ETAG, with_version
from api.schemas import Likeness, Ticket
from hotline import db, queries, worker
from hotline.desk.verdicts import APART, JOINED
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import STATUS_NAMES, Status
from hotline.proposals import REASONS, Proposal, decide, proposals
from hotline.rights import Actor

blueprint = Contract("likenesses", __name__, url_prefix="/api/v1/tickets", description="重复与并单")


class Verdict(Schema):
    """`joined` merges the later ticket into the earlier one (并单); `apart`: 不是同一件, not proposed again."""

    verdict = fields.String(required=True, validate=validate.OneOf((JOINED, APART)))


@blueprint.route("/<number:number>/likenesses", methods=["GET"])
@blueprint.response(200, Likeness(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_likenesses(number: str) -> list[dict[str, Any]]:
    """Tickets that seem to be the same matter and that nobody has said anything of, surest first."""
    who = actor()
    with db.reading() as session:
        ticket, know = queries.find_ticket(session, number, who), knowledge(session)
        return [_view(know, each, who) for each in proposals(session, [ticket], who)[ticket.id]]


def _view(know: Knowledge, each: Proposal, who: Actor) -> dict[str, Any]:
    other = each.other
    return {
        "number": other.number,
        "title": queries.listed_title(know, other, who),
        "status": other.status,
        "status_name": STATUS_NAMES[Status(other.status)],
        "unit": queries.unit_view(know, other.unit),
        "received_at": other.received_at.isoformat(),
        "reason": each.reason,
        "reason_name": REASONS[each.reason],
        "score": round(each.score, 4),
        "words": each.words,
        "reasons": list(each.reasons),
        "proposed": each.joins,
        "may_join": each.may_join,
    }


@blueprint.route("/<number:number>/likenesses/<number:other>", methods=["POST"])
@blueprint.arguments(Verdict)
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.alt_response(200, schema=Ticket, headers=ETAG, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("merge")
def post_verdict(body: dict[str, str], number: str, other: str) -> Response:
    """Say what the two are; the answer is the ticket that was acted on: for `joined` the later one."""
    who, version = actor(), wanted_version()
    with db.transaction() as session:
        ticket = decide(session, (number, other), who, body["verdict"], version)
        view = queries.ticket_view(session, ticket, who)
    worker.nudge()
    return with_version(view)
