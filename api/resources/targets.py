"""/api/v1/reports/targets: what the city wants its figures to reach, with the day from which it does."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.schemas import Code, Text
from hotline import db
from hotline.reports import targets
from hotline.reports.metrics import BY_KEY

blueprint = Contract("targets", __name__, url_prefix="/api/v1/reports", description="目标值")


class Target(Schema):
    """A target: `value` null from the day on which there is none any more, a most where `falling`; `unit` and `group`
    null: for all.
    """

    metric = fields.String(required=True)
    name = fields.String(required=True)
    value = fields.Float(required=True, allow_none=True)
    unit_of_value = fields.String(required=True)
    falling = fields.Boolean(required=True)
    unit = fields.String(required=True, allow_none=True)
    group = fields.String(required=True, allow_none=True)
    from_ = fields.String(data_key="from", attribute="from", required=True)
    source = fields.String(required=True)


class Targets(Schema):
    """Every target there was, by metric, the newest first."""

    items = fields.List(fields.Nested(Target), required=True)


class NewTarget(Schema):
    """A target from a day on, of a unit, of a peer group, or with neither of all; `value` null for none any more."""

    metric = fields.String(required=True, validate=validate.OneOf(tuple(BY_KEY)))
    value = fields.Decimal(required=True, allow_none=True, allow_nan=False)
    from_ = fields.Date(data_key="from", required=True)
    unit = Code(load_default="")
    group = Code(load_default="")
    source = Text(required=True, longest=targets.LONGEST_SOURCE)


@blueprint.route("/targets", methods=["GET"])
@blueprint.response(200, Targets)
@permit("read_rules")
def get_targets() -> dict[str, Any]:
    """各项指标的目标值，历次的都在."""
    with db.reading() as session:
        return {"items": [targets.as_json(row) for row in targets.listed(session)]}


@blueprint.route("/targets", methods=["POST"])
@blueprint.arguments(NewTarget)
@blueprint.response(200, Target)
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_targets")
def post_target(body: dict[str, Any]) -> dict[str, Any]:
    """从某一天起施行一项目标值；过去的报表保持当时的目标."""
    whose = targets.Aim(body["unit"], body["group"])
    asked = targets.NewTarget(body["metric"], body["value"], body["from_"], body["source"], whose)
    with db.transaction() as session:
        return targets.as_json(targets.set_target(session, actor(), asked))
