"""GET /api/v1/notices: what fell due, by addressee and level, for a city's own SMS or office system to hand on."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from hotline import db
from hotline.notices import notices_for

blueprint = Contract("notices", __name__, url_prefix="/api/v1/notices", description="提醒")

FURTHEST = 2**62


class After(Schema):
    """What comes after the last notice that was read, oldest first."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, FURTHEST))
    size = fields.Integer(load_default=100, validate=validate.Range(1, 100))


class Item(Schema):
    """One step that fell due."""

    number = fields.String(required=True)
    clock = fields.String(required=True)
    due_at = fields.String(required=True, metadata={"format": "date-time"})


class Notice(Schema):
    """One message to one role, of one unit or of the hotline: `items` names 50 of `count` at most."""

    id = fields.Integer(required=True)
    at = fields.String(required=True, metadata={"format": "date-time"})
    role = fields.String(required=True)
    unit = fields.String(required=True, allow_none=True)
    level = fields.String(required=True)
    count = fields.Integer(required=True)
    items = fields.List(fields.Nested(Item), required=True)


class Notices(Schema):
    """Notices in the order of their ids; `after` is the id to go on from, in the next call."""

    items = fields.List(fields.Nested(Notice), required=True)
    after = fields.Integer(required=True)


@blueprint.route("", methods=["GET"])
@blueprint.arguments(After, location="query")
@blueprint.response(200, Notices)
@permit("read_notices")
def list_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """What the reader is told, once it grows no more: a minute and a half after the first of it fell due."""
    with db.reading() as session:
        found = notices_for(session, actor(), asked["after"], asked["size"])
    views = [
        {
            "id": row.id,
            "at": row.at.isoformat(),
            "role": row.role,
            "unit": row.unit,
            "level": row.level,
            "count": row.count,
            "items": [dict(zip(("number", "clock", "due_at"), item, strict=True)) for item in row.items],
        }
        for row in found
    ]
    return {"items": views, "after": found[-1].id if found else asked["after"]}
