"""/api/v1/tickets/{number}/answered-before: what was replied to tickets like this one."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.auth import actor, permit
from api.contract import Contract
from hotline import db, queries
from hotline.answered_before import answered_before
from hotline.knowledge import today

blueprint = Contract("answered", __name__, url_prefix="/api/v1/tickets", description="以前的答复")


class AnsweredBefore(Schema):
    """A public reply of before, its unit, matter and month. `number` and `title` are null for who may not know of the
    ticket.
    """

    reply = fields.String(required=True)
    unit = fields.String(required=True)
    matter = fields.String(required=True)
    month = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)


@blueprint.route("/<number:number>/answered-before", methods=["GET"])
@blueprint.response(200, AnsweredBefore(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(503, "SERVICE_UNAVAILABLE")
@permit("search")
def get_answered_before(number: str) -> list[dict[str, Any]]:
    """The public replies that the most similar closed tickets got, best first."""
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        return [
            {
                "reply": each.reply,
                "unit": each.unit,
                "matter": each.matter,
                "month": f"{today(each.at):%Y-%m}",
                "number": each.ticket and each.ticket.number,
                "title": each.ticket and queries.shown_text(each.ticket, each.ticket.title, who),
            }
            for each in answered_before(session, ticket, who)
        ]
