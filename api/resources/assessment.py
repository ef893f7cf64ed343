"""Assessment over HTTP: rankings for who reads the rates; schemes drafted and published by the system administrator."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.resources.filters import day_span
from api.resources.versions import (
    DraftDocument,
    InForceFrom,
    PublishedRule,
    VersionDocument,
    VersionList,
    WhichVersion,
    version_document,
    version_line,
)
from api.schemas import Whole
from hotline import db, reports
from hotline.assessment import drafts, ranking, trying, words
from hotline.assessment.documents import read
from hotline.assessment.drafts import DEFAULT
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS

blueprint = Contract("assessment", __name__, url_prefix="/api/v1/assessment", description="考核")


class TrialMonths(Schema):
    """On how many whole months back a draft is tried."""

    months = Whole(1, trying.MOST_MONTHS, load_default=trying.MONTHS)


class SchemeTrial(Schema):
    """Each unit of each month, under the version that judged it and under the draft. Points are decimals as text."""

    draft = fields.Dict(keys=fields.String(), required=True)
    months = fields.List(fields.Dict(keys=fields.String()), required=True)


class RankedPeriod(Schema):
    """Two days, both included, in Asia/Shanghai; the scheme as CODE or CODE@VERSION; perhaps of one unit's own units,
    one kind or one source.
    """

    from_ = fields.Date(data_key="from", required=True)
    to = fields.Date(required=True)
    scheme = fields.String(load_default=DEFAULT, validate=validate.Length(max=60))
    unit = fields.String(load_default=None, validate=validate.Length(max=64))
    kind = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))
    source = fields.String(load_default=None, validate=validate.OneOf(tuple(SOURCES)))


class RankingOfPeriod(Schema):
    """The ranking, peer group by peer group, with every number that the points are made of, as text."""

    scheme = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    full = fields.String(required=True)
    early = fields.Boolean(required=True)
    excluded = fields.Integer(required=True)
    groups = fields.List(fields.Dict(keys=fields.String()), required=True)
    red = fields.List(fields.Dict(keys=fields.String()), required=True)
    black = fields.List(fields.Dict(keys=fields.String()), required=True)
    outside = fields.List(fields.Dict(keys=fields.String()), required=True)


@blueprint.route("/ranking", methods=["GET"])
@blueprint.arguments(RankedPeriod, location="query")
@blueprint.response(200, RankingOfPeriod)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rates")
def get_ranking(asked: dict[str, Any]) -> dict[str, Any]:
    """一段时间的考核排名：按类别分组，每项得分带分子、分母和目标，不计入考核的工单不算在内."""
    day_span(asked["from_"], asked["to"])
    who = (asked[name] for name in ("unit", "kind", "source"))
    with db.reading() as session:
        scope = reports.scope_of(session, asked["from_"], asked["to"], *who)
        return words.ranking_json(ranking(session, asked["scheme"], scope))


@blueprint.route("/schemes", methods=["GET"])
@blueprint.response(200, VersionList)
@permit("read_schemes")
def get_schemes() -> dict[str, Any]:
    """考核方案的各版，草稿在内."""
    with db.reading() as session:
        return {"items": [version_line(row) for row in drafts.versions(session)]}


@blueprint.route("/schemes/<string:code>", methods=["GET"])
@blueprint.arguments(WhichVersion, location="query")
@blueprint.response(200, VersionDocument)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_schemes")
def get_scheme(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """一个考核方案的一版，全文."""
    with db.reading() as session:
        return version_document(drafts.find_version(session, code, asked["version"]))


@blueprint.route("/schemes/<string:code>/drafts", methods=["POST"])
@blueprint.arguments(DraftDocument)
@blueprint.response(200, VersionDocument)
@permit("edit_schemes")
def post_scheme_draft(body: dict[str, Any], code: str) -> dict[str, Any]:
    """存考核方案的草稿；每个方案只有一份草稿，再存即替换."""
    with db.transaction() as session:
        return version_document(drafts.save_draft(session, actor(), code, body["document"]))


@blueprint.route("/schemes/<string:code>/try", methods=["POST"])
@blueprint.arguments(TrialMonths, required=False)
@blueprint.response(200, SchemeTrial)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("edit_schemes")
def post_scheme_try(body: dict[str, Any], code: str) -> dict[str, Any]:
    """拿前几个整月试算草稿：每个单位在施行版本和草稿下的名次、得分和变化."""
    with db.reading() as session:
        draft = read(drafts.the_draft(session, code).data)
        return words.trial_json(draft, trying.try_draft(session, draft, body["months"]))


@blueprint.route("/schemes/<string:code>/publish", methods=["POST"])
@blueprint.arguments(InForceFrom)
@blueprint.response(200, PublishedRule)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_schemes")
def post_scheme_publish(body: dict[str, Any], code: str) -> dict[str, str]:
    """从某一天起施行草稿；以前开始的考核期仍按原来的版本."""
    with db.transaction() as session:
        return {"published": drafts.publish(session, actor(), code, body["from_"]).stamp}
