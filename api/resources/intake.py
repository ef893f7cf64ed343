"""Intake of the web and the phone: POST /api/v1/intake/web and /calls."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from api.auth import actor, asker, permit, public
from api.limits import intake_limit, is_known, limiter
from hotline import db, desk, vault, worker
from hotline.intake.inquiry import InvalidInput
from hotline.intake.phone import inquiry_of_call
from hotline.intake.web import inquiry_of_form
from hotline.queries import opened_view
from hotline.rights import CITIZEN
from routing.decision import KINDS

blueprint = Blueprint("intake", __name__, url_prefix="/api/v1/intake", description="来件")


class WebInquiry(Schema):
    """What a citizen's form hands in."""

    content = fields.String(required=True)
    title = fields.String()
    name = fields.String()
    phone = fields.String()
    place = fields.String()
    kind = fields.String(validate=validate.OneOf(tuple(KINDS)))
    confidential = fields.Boolean()
    no_reply = fields.Boolean()


class CallInquiry(Schema):
    """A call with its transcript in one of the recognisers' forms."""

    call_id = fields.String(required=True)
    form = fields.String(required=True)
    caller = fields.String(load_default="")
    started_at = fields.String(load_default=None, allow_none=True)
    transcript = fields.Raw(required=True)


@blueprint.route("/web", methods=["POST"])
@blueprint.arguments(WebInquiry)
@limiter.limit(intake_limit, exempt_when=is_known)
@public
def post_web(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a message from a web form. With an Idempotency-Key the same message sent again is the same ticket."""
    who = asker()
    inquiry = inquiry_of_form(body, _key(who.id if who else "public"))
    with db.transaction() as session:
        opened = desk.open_ticket(session, inquiry, who or CITIZEN)
        view = opened_view(session, opened, who)
    worker.nudge()
    return view, 201


@blueprint.route("/calls", methods=["POST"])
@blueprint.arguments(CallInquiry)
@permit("intake")
def post_call(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a call's transcript. The same call_id sent again is the same ticket."""
    who = actor()
    inquiry = inquiry_of_call(**body)
    with db.transaction() as session:
        opened = desk.open_ticket(session, inquiry, who)
        view = opened_view(session, opened, who)
    worker.nudge()
    return view, 201


def _key(scope: str) -> str:
    """The external id: the caller's Idempotency-Key within its own scope, or a fresh one."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if len(given) > 128 or not given.isprintable():
        raise InvalidInput("Idempotency-Key", "幂等键最多 128 个可见字符", "the key has at most 128 visible characters")
    return f"{scope}:{given}" if given else vault.new_token()
