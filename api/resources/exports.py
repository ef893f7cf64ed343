"""POST /api/v1/reports/exports: a list or a table as a file, with a reason, audited before it goes out."""

from __future__ import annotations

import io
from typing import Any

from flask import send_file
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.resources.reports import Period, row_of, scope_of
from api.schemas import Text
from hotline import db, reports
from hotline.intake.inquiry import InvalidInput
from hotline.reports import exporting, sheets
from hotline.reports.grouping import BY

blueprint = Contract("exports", __name__, url_prefix="/api/v1/reports", description="导出")


class ExportAsked(Period):
    """What is to go out, as what, and why: `tickets` behind a metric's part (or a count), or `groups` by something."""

    what = fields.String(required=True, validate=validate.OneOf(("tickets", "groups")))
    format = fields.String(required=True, validate=validate.OneOf(tuple(exporting.TYPES)))
    reason = Text(required=True, longest=exporting.LONGEST_REASON)
    metric = fields.String(load_default=None, validate=validate.Length(max=64))
    part = fields.String(load_default="", validate=validate.OneOf(("", *reports.PARTS)))
    by = fields.String(load_default=None, validate=validate.OneOf(tuple(BY)))
    row = fields.String(load_default=None, validate=validate.Length(max=64))


@blueprint.route("/exports", methods=["POST"])
@blueprint.arguments(ExportAsked)
@blueprint.alt_response(200, description="文件本身", success=True)
@blueprint.alt_response(409, "CONFLICT")
@permit("export")
def post_export(body: dict[str, Any]) -> Response:
    """导出一个数字背后的工单清单，或一张分组表；要写理由，导出人、理由、筛选条件、行数和哈希都进审计."""
    who = actor()
    with db.reading() as session:
        made = exporting.file_of(who, _sheet(session, body), body["format"], body["reason"])
    with db.transaction() as session:
        exporting.record(session, who, made)
    answer = send_file(io.BytesIO(made.content), made.type, as_attachment=True, download_name=made.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sheet(session: Any, body: dict[str, Any]) -> exporting.Sheet:
    scope = scope_of(session, body)
    if body["what"] == "groups":
        if body["by"] is None:
            raise InvalidInput("by", "请写明按什么分组(by)", "say by what it is grouped (by)")
        return sheets.group_sheet(session, scope, body["by"])
    if body["metric"] is None:
        raise InvalidInput("metric", "请写明是哪项指标或数量(metric)", "say which metric or count (metric)")
    return sheets.ticket_sheet(session, reports.Asked(scope, body["metric"], body["part"], row_of(body)))
