"""/api/v1/models, and /api/v1/reports/misdispatch with its remedies made into a draft."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from hotline import db
from hotline.knowledge import knowledge
from hotline.learning import keeping, mending, remedies, reporting, showing
from hotline.learning.misdispatch import misdispatch
from hotline.learning.remedies import Remedy

blueprint = Contract("learning", __name__, url_prefix="/api/v1", description="模型与派单差错")

TRIES = 4
LONGEST = validate.Length(max=64)


class DispatchThreshold(Schema):
    """The threshold of automatic dispatch: `basis` is history, model or setting; shares are null where unknown."""

    threshold = fields.Float(required=True)
    basis = fields.String(required=True)
    asked = fields.Float(required=True)
    cases = fields.Integer(required=True)
    coverage = fields.Float(required=True, allow_none=True)
    accuracy = fields.Float(required=True, allow_none=True)
    words = fields.String(required=True)


class ModelVersion(Schema):
    """A trained model: where it comes from, whether it answers, and its figures by cross-validation."""

    version = fields.Integer(required=True)
    state = fields.String(required=True)
    trained_at = fields.String(required=True, metadata={"format": "date-time"})
    source = fields.String(required=True)
    examples = fields.Integer(required=True)
    data_digest = fields.String(required=True)
    catalogue_digest = fields.String(required=True)
    promoted_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    retired_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    labels = fields.List(fields.Dict(), required=True)
    dispatch = fields.String(required=True)
    figures = fields.Dict(required=True)


class ModelList(Schema):
    """What answers now (null: the first day's phrases), and every version, newest first."""

    in_force = fields.Integer(required=True, allow_none=True)
    words = fields.String(required=True)
    dispatch = fields.Nested(DispatchThreshold, required=True)
    items = fields.List(fields.Nested(ModelVersion), required=True)


class MisdispatchSpan(Schema):
    """Two days, both included; without them the last whole week. With `remedies` also what would have prevented it."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    unit = fields.String(load_default=None, validate=LONGEST)
    remedies = fields.Boolean(load_default=False)


class RemedyProposal(Schema):
    """A row (matter, place, unit) or a phrase of a matter."""

    kind = fields.String(required=True, validate=validate.OneOf(("row", "phrase")))
    matter = fields.String(required=True, validate=LONGEST)
    place = fields.String(load_default="", validate=LONGEST)
    unit = fields.String(load_default="", validate=LONGEST)
    phrase = fields.String(load_default="", validate=LONGEST)


class RemedyProposals(Schema):
    """The remedies to put into a draft, and the period of the report that they come from."""

    from_ = fields.Date(data_key="from", load_default=None)
    to = fields.Date(load_default=None)
    remedies = fields.List(fields.Nested(RemedyProposal), required=True, validate=validate.Length(1, mending.MOST))


class MisdispatchReport(Schema):
    """派单差错: `matters` most corrected first; a rate is null where nothing was sent, `remedies` if not tried."""

    period = fields.Dict(required=True)
    total = fields.Dict(required=True)
    matters = fields.List(fields.Dict(), required=True)
    flows = fields.List(fields.Dict(), required=True)
    remedies = fields.List(fields.Dict(), required=True, allow_none=True)


class DraftMade(Schema):
    """A draft of the catalogue."""

    version = fields.Integer(required=True)
    source = fields.String(required=True)


@blueprint.route("/models", methods=["GET"])
@blueprint.response(200, ModelList)
@permit("read_models")
def list_models() -> dict[str, Any]:
    """Every trained model, what answers now, and the threshold of automatic dispatch."""
    with db.reading() as session:
        matters = knowledge(session).matters_in_force
        return showing.overview_json(showing.overview(session, matters), matters)


@blueprint.route("/models/<int:version>", methods=["GET"])
@blueprint.response(200, ModelVersion)
@permit("read_models")
def get_model(version: int) -> dict[str, Any]:
    """One version with all its figures."""
    with db.reading() as session:
        return _version(session, version)


def _version(session: Any, version: int) -> dict[str, Any]:
    matters = knowledge(session).matters_in_force
    return showing.line_json(showing.line_of(session, matters, version), matters, whole=True)


@blueprint.route("/models/<int:version>/promote", methods=["POST"])
@blueprint.response(200, ModelVersion)
@permit("promote_models")
def promote(version: int) -> dict[str, Any]:
    """Put a version in force; one that is older than the catalogue is refused."""
    with db.transaction() as session:
        keeping.promote(session, actor(), version, knowledge(session).matters_in_force)
        return _version(session, version)


@blueprint.route("/models/rollback", methods=["POST"])
@blueprint.response(200, ModelList)
@permit("promote_models")
def rollback() -> dict[str, Any]:
    """Take the version in force back, to the one before it or to none."""
    with db.transaction() as session:
        keeping.rollback(session, actor())
        matters = knowledge(session).matters_in_force
        return showing.overview_json(showing.overview(session, matters), matters)


@blueprint.route("/reports/misdispatch", methods=["GET"])
@blueprint.arguments(MisdispatchSpan, location="query")
@blueprint.response(200, MisdispatchReport)
@permit("read_models")
def get_misdispatch(asked: dict[str, Any]) -> dict[str, Any]:
    """What was sent wrongly in a period, by matter and from unit to unit."""
    with db.reading() as session:
        know = knowledge(session)
        scope = reporting.scope_between(session, asked["from_"], asked["to"], asked["unit"])
        report = misdispatch(session, scope)
        found = remedies.remedies(session, know, report, TRIES) if asked["remedies"] else None
        return reporting.as_json(know, scope, report, found)


@blueprint.route("/reports/misdispatch/draft", methods=["POST"])
@blueprint.arguments(RemedyProposals)
@blueprint.response(201, DraftMade)
@permit("edit_rules")
def make_draft(asked: dict[str, Any]) -> dict[str, Any]:
    """A draft of the catalogue with some remedies in it; a person publishes it."""
    with db.transaction() as session:
        scope = reporting.scope_between(session, asked["from_"], asked["to"])
        made = mending.make_draft(session, actor(), scope, [Remedy(**each) for each in asked["remedies"]])
        return {"version": made.version, "source": made.source}
