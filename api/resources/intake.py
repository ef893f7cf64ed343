"""Intake of the web and the phone: POST /api/v1/intake/web and /calls."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields

from api.auth import actor, asker, permit, public
from api.contract import Contract
from api.limits import intake_limit, is_known, limiter
from api.schemas import Flag, Opened
from hotline import db, desk, vault, worker
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.intake.phone import inquiry_of_call
from hotline.intake.vendors import FORMS
from hotline.intake.web import inquiry_of_form
from hotline.queries import opened_view
from hotline.rights import CITIZEN, Actor
from routing.decision import KINDS

blueprint = Contract("intake", __name__, url_prefix="/api/v1/intake", description="来件")

KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "maxLength": 128},
    "description": "同一个键的同一内容只成为一件工单；同一个键换了内容则为 409",
}


class WebInquiry(Schema):
    """What a citizen's form hands in; the intake checks each text and says what is wrong in the person's words."""

    content = fields.String(required=True)
    title = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    place = fields.String(allow_none=True)
    kind = fields.String(allow_none=True, metadata={"description": "、".join(KINDS)})
    confidential = Flag(allow_none=True)
    no_reply = Flag(allow_none=True)
    latitude = fields.Float(allow_none=True, metadata={"description": "事发地的纬度，度；与经度一起给"})
    longitude = fields.Float(allow_none=True, metadata={"description": "事发地的经度，度"})
    datum = fields.String(allow_none=True, metadata={"description": "坐标系：wgs84（默认）或 gcj02"})


class CallInquiry(Schema):
    """A call with its transcript in one of the recognisers' forms."""

    call_id = fields.String(required=True)
    form = fields.String(required=True, metadata={"description": "、".join(FORMS)})
    caller = fields.String(load_default="", allow_none=True)
    started_at = fields.String(load_default=None, allow_none=True)
    transcript = fields.Raw(required=True)


@blueprint.route("/web", methods=["POST"])
@limiter.limit(intake_limit, exempt_when=is_known)
@blueprint.arguments(WebInquiry)
@blueprint.doc(parameters=[KEY])
@blueprint.alt_response(201, schema=Opened, success=True)
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def post_web(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a message from a web form. With an Idempotency-Key the same message sent again is the same ticket."""
    who = asker()
    return _open(inquiry_of_form(body, external_id(who.id if who else "public")), who), 201


@blueprint.route("/calls", methods=["POST"])
@blueprint.arguments(CallInquiry)
@blueprint.alt_response(201, schema=Opened, success=True)
@blueprint.alt_response(409, "CONFLICT")
@permit("intake")
def post_call(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a call's transcript. The same call_id sent again is the same ticket."""
    return _open(inquiry_of_call(**body), actor()), 201


def _open(inquiry: Inquiry, who: Actor | None) -> dict[str, Any]:
    with db.transaction() as session:
        opened = desk.open_ticket(session, inquiry, who or CITIZEN)
        view = opened_view(session, opened, who)
    worker.nudge()
    return view


def external_id(scope: str) -> str:
    """The external id: the caller's Idempotency-Key within its own scope, or a fresh one."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if len(given) > 128 or not given.isprintable():
        raise InvalidInput("Idempotency-Key", "幂等键最多 128 个可见字符", "the key has at most 128 visible characters")
    return f"{scope}:{given}" if given else vault.new_token()
