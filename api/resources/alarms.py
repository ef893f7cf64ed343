"""GET /api/v1/alarms: the dangers and outages that nobody has taken in hand yet."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.auth import actor, permit, unattended
from api.contract import Contract
from hotline import db
from hotline.alarms import foremost, ringing
from hotline.queries import shown_text

blueprint = Contract("alarms", __name__, url_prefix="/api/v1/alarms", description="警报")


class Alarm(Schema):
    """An open ticket that rings; `alarms` are codes, `what` their names."""

    number = fields.String(required=True)
    alarms = fields.List(fields.String(), required=True)
    what = fields.String(required=True)
    title = fields.String(required=True)
    since = fields.String(required=True, metadata={"format": "date-time"})
    status = fields.String(required=True)


class Alarms(Schema):
    """How many ring, and of these the newest eighteen and the two that have waited longest."""

    total = fields.Integer(required=True)
    items = fields.List(fields.Nested(Alarm), required=True)


@blueprint.route("", methods=["GET"])
@blueprint.response(200, Alarms)
@permit("desk")
@unattended
def list_alarms() -> dict[str, Any]:
    """The tickets with an alarm that are neither accepted nor answered."""
    who = actor()
    with db.reading() as session:
        found = ringing(session, who)
        items = [
            {
                "number": one.ticket.number,
                "alarms": list(one.codes),
                "what": one.what,
                "title": shown_text(one.ticket, one.ticket.title, who),
                "since": one.since.isoformat(),
                "status": one.ticket.status,
            }
            for one in foremost(found)
        ]
    return {"total": len(found), "items": items}
