"""Intake of forms: POST /api/v1/intake/assignments, /information-requests and /motions."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.auth import actor, permit
from api.contract import Contract
from api.resources.intake import KEY, external_id
from api.schemas import Opened
from hotline import db, desk, worker
from hotline.intake.forms import FORMS, Field, Form, entered
from hotline.knowledge import today
from hotline.queries import opened_view
from hotline.rights import Actor

blueprint = Contract("entries", __name__, url_prefix="/api/v1/intake", description="专项来件")


def _schema(form: Form, name: str) -> type[Schema]:
    """The form as OpenAPI has it; what its fields hold is checked by the form, in the person's words."""
    return Schema.from_dict({one.name: _field(one) for one in form.fields}, name=name)


def _field(one: Field) -> fields.Field[Any]:
    options = "、".join(f"{code}（{words}）" for code, words in one.options.items())
    told = {"description": "：".join(filter(None, (one.label, options or one.hint)))}
    given: dict[str, Any] = {"required": one.required, "allow_none": not one.required, "metadata": told}
    several = one.type in ("units", "names")
    return fields.List(fields.String(), **given) if several else fields.String(**given)


@blueprint.route("/assignments", methods=["POST"])
@blueprint.arguments(_schema(FORMS["assignment"], "Assignment"))
@blueprint.doc(parameters=[KEY])
@blueprint.alt_response(201, schema=Opened, success=True)
@blueprint.alt_response(409, "CONFLICT")
@permit("enter_forms")
def post_assignment(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a task from a meeting (交办). With `unit` it is dispatched at once, which needs the right to dispatch."""
    return _enter("assignment", body), 201


@blueprint.route("/information-requests", methods=["POST"])
@blueprint.arguments(_schema(FORMS["information_request"], "InformationRequest"))
@blueprint.doc(parameters=[KEY])
@blueprint.alt_response(201, schema=Opened, success=True)
@blueprint.alt_response(409, "CONFLICT")
@permit("enter_forms")
def post_information_request(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take an information request (依申请公开); the applicant is to be given `number` and `query_code`."""
    return _enter("information_request", body), 201


@blueprint.route("/motions", methods=["POST"])
@blueprint.arguments(_schema(FORMS["motion"], "Motion"))
@blueprint.doc(parameters=[KEY])
@blueprint.alt_response(201, schema=Opened, success=True)
@blueprint.alt_response(409, "CONFLICT")
@permit("enter_forms")
def post_motion(body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Take a deputies' motion (建议提案). With `unit` it is dispatched at once, which needs the right to dispatch."""
    return _enter("motion", body), 201


def _enter(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    who = actor()
    with db.transaction() as session:
        form = entered(kind, body, external_id(who.id), today(db.now(session)), brought_by(who))
        view = opened_view(session, desk.enter(session, form, who), who)
    worker.nudge()
    return view


def brought_by(who: Actor) -> str:
    """The source of an information request: the hotline's people write down what came to the window or by letter."""
    return "window" if who.may("desk") else "government_site"
