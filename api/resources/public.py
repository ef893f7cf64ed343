"""The citizen's own ticket by query code and the last four digits of the phone."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from api.auth import public
from api.contract import Contract
from api.limits import per_address, per_code
from api.schemas import Flag, Progress, Text, Whole
from hotline import db, desk, worker
from hotline.lifecycle import Action
from hotline.progress import find, progress_view
from hotline.rights import CITIZEN

blueprint = Contract("public", __name__, url_prefix="/api/v1/public/tickets", description="公众查询")


class Digits(Schema):
    """The last four digits of the phone that was left; empty for a ticket without one."""

    phone_tail = Text(load_default="", longest=20)


class Evaluation(Digits):
    """What the citizen says of the answer; `level` from 5, very satisfied, to 1."""

    solved = Flag(required=True)
    satisfied = Flag(allow_none=True)
    level = Whole(1, 5, required=True)
    text = Text(load_default="", longest=500)


class Said(Digits):
    """Why it is taken back or urged, if the citizen says so."""

    text = Text(load_default="", longest=500)


@blueprint.route("/<string:query_code>", methods=["GET"])
@per_address
@per_code
@blueprint.arguments(Digits, location="query")
@blueprint.alt_response(200, schema=Progress, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def get_progress(query: dict[str, str], query_code: str) -> dict[str, Any]:
    """How far a ticket is. A wrong code, wrong digits and no such ticket are one and the same answer."""
    with db.reading() as session:
        return progress_view(session, find(session, query_code, query["phone_tail"]))


@blueprint.route("/<string:query_code>/evaluation", methods=["POST"])
@per_address
@per_code
@blueprint.arguments(Evaluation)
@blueprint.alt_response(200, schema=Progress, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def post_evaluation(body: dict[str, Any], query_code: str) -> dict[str, Any]:
    """Evaluate the answer, once."""
    return _act(query_code, body.pop("phone_tail"), Action.FOLLOW_UP, {"answered": True, **body})


@blueprint.route("/<string:query_code>/withdraw", methods=["POST"])
@per_address
@per_code
@blueprint.arguments(Said)
@blueprint.alt_response(200, schema=Progress, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def post_withdrawal(body: dict[str, Any], query_code: str) -> dict[str, Any]:
    """Take the matter back."""
    return _act(query_code, body.pop("phone_tail"), Action.WITHDRAW, body)


@blueprint.route("/<string:query_code>/urge", methods=["POST"])
@per_address
@per_code
@blueprint.arguments(Said)
@blueprint.alt_response(200, schema=Progress, success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@blueprint.alt_response(429, "TOO_MANY_REQUESTS")
@public
def post_urge(body: dict[str, Any], query_code: str) -> dict[str, Any]:
    """Urge whoever has it in hand, once a day."""
    return _act(query_code, body.pop("phone_tail"), Action.URGE, body)


def _act(code: str, phone_tail: str, action: Action, body: dict[str, Any]) -> dict[str, Any]:
    with db.transaction() as session:
        found = find(session, code, phone_tail)
        desk.perform(session, found.number, CITIZEN, action, body)
        view = progress_view(session, find(session, code, phone_tail))
    worker.nudge()
    return view
