"""The catalogue's versions over HTTP: drafts edited, checked, tried and published by the system administrator."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.catalogue_files import read_into, workbook_of
from api.contract import Contract
from api.schemas import Text, Whole, moment
from api.uploads import takes_files
from hotline import db
from hotline.cataloguing import comparing, document, drafts, number_in_force, publishing, trying, words
from hotline.cataloguing.documents import MOST_VERSIONS
from hotline.cataloguing.drafts import Change
from hotline.cataloguing.listing import listed, names_of
from hotline.cataloguing.shapes import check_part
from hotline.models import CatalogueVersion
from hotline.rulemaking.drafts import LONGEST_SOURCE

blueprint = Contract("catalogue_versions", __name__, url_prefix="/api/v1/catalogue", description="目录与权责清单")

Seen = Text(load_default="", longest=64, metadata={"description": "看到的那份草稿的 sha256；不是最新的即 409"})


class Version(Schema):
    """A version, or a draft that is not published; `sha256` is that of its rows."""

    version = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("draft", "published", "in_force")))
    source = fields.String(required=True)
    effective_from = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True)
    author = fields.String(required=True)
    created_at = moment(required=True)
    published_at = moment(required=True, allow_none=True)


class Versions(Schema):
    """Every version, the newest number first."""

    items = fields.List(fields.Nested(Version), required=True)


class NewDraft(Schema):
    """Why, and which version it begins with: the last publication without a number."""

    source = Text(required=True, longest=LONGEST_SOURCE)
    of = Whole(1, MOST_VERSIONS - 1)


class Paged(Schema):
    """Words to find, and which page."""

    q = fields.String(load_default="", validate=validate.Length(max=100))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    size = fields.Integer(load_default=50, validate=validate.Range(1, 500))


class Rows(Schema):
    """Rows of a part, each with its number, and how many there are."""

    total = fields.Integer(required=True)
    items = fields.List(fields.Dict(keys=fields.String()), required=True)


class WholePart(Schema):
    """A part's rows, all of them."""

    rows = fields.List(fields.Raw(), required=True)
    seen = Seen


class RowChange(Schema):
    """A row in place of the one with this number; a new one without a number; the row taken out where it is null."""

    number = Whole(1, 1_000_000)
    row = fields.Raw(required=True, allow_none=True)


class Edits(Schema):
    """Single rows of a part."""

    changes = fields.List(fields.Nested(RowChange), required=True, validate=validate.Length(1, 1000))
    seen = Seen


class Sheets(Schema):
    """A workbook (.xlsx, .ods), one part's .csv, or .json."""

    file = Upload(required=True)


class AsOf(Schema):
    """As if in force from this day on; today without it."""

    from_ = fields.Date(data_key="from", load_default=None)


class Finding(Schema):
    """What was found: its part and row, the matter that it concerns, and what to do."""

    part = fields.String(required=True)
    row = fields.Integer(required=True, allow_none=True)
    matter = fields.String(required=True, allow_none=True)
    message = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class Findings(Schema):
    """What stands against publishing (`clean`: nothing), and notes, which do not."""

    clean = fields.Boolean(required=True)
    faults = fields.List(fields.Nested(Finding), required=True)
    overlaps = fields.List(fields.Nested(Finding), required=True)
    gaps = fields.List(fields.Nested(Finding), required=True)
    notes = fields.List(fields.Nested(Finding), required=True)


class Against(Schema):
    """Against which version; the one in force without a number."""

    against = fields.Integer(load_default=None, validate=validate.Range(1, MOST_VERSIONS - 1))


class Tickets(Schema):
    """How many of the newest tickets are tried."""

    tickets = Whole(1, trying.AT_ONCE, load_default=trying.AT_ONCE)


class Way(Schema):
    """Where a message would go, and whether by itself."""

    matter = fields.String(required=True, allow_none=True)
    unit = fields.String(required=True, allow_none=True)
    goes = fields.Boolean(required=True)


class Move(Schema):
    """A ticket that would go another way; `right` is the unit that it ended with, null while it is open.

    Its number is empty for administrators, who read no tickets.
    """

    number = fields.String(required=True)
    before = fields.Nested(Way, required=True)
    after = fields.Nested(Way, required=True)
    right = fields.String(required=True, allow_none=True)
    verdict = fields.String(required=True, allow_none=True)


class Pair(Schema):
    """How many tickets would go from one unit to another."""

    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)
    tickets = fields.Integer(required=True)


class Trial(Schema):
    """What a version would have changed; `left` tickets were not looked at, `settled` of the others are closed."""

    tickets = fields.Integer(required=True)
    left = fields.Integer(required=True)
    settled = fields.Integer(required=True)
    right_before = fields.Integer(required=True)
    right_now = fields.Integer(required=True)
    goes_before = fields.Integer(required=True)
    goes_now = fields.Integer(required=True)
    goes_wrong_before = fields.Integer(required=True)
    goes_wrong_now = fields.Integer(required=True)
    better = fields.Integer(required=True)
    worse = fields.Integer(required=True)
    pairs = fields.List(fields.Nested(Pair), required=True)
    moves = fields.List(fields.Nested(Move), required=True)


class PartDifferences(Schema):
    """Rows added, removed, and changed with before, after and the fields that differ."""

    added = fields.List(fields.Dict(keys=fields.String()), required=True)
    removed = fields.List(fields.Dict(keys=fields.String()), required=True)
    changed = fields.List(fields.Dict(keys=fields.String()), required=True)


class Differences(Schema):
    """What differs, part by part."""

    matters = fields.Nested(PartDifferences, required=True)
    places = fields.Nested(PartDifferences, required=True)
    responsibilities = fields.Nested(PartDifferences, required=True)


class Publication(Schema):
    """From which day on; `behind`: also where it undoes a version published after the draft was made."""

    from_ = fields.Date(data_key="from", required=True)
    behind = fields.Boolean(load_default=False)
    seen = Seen


@blueprint.route("/versions", methods=["GET"])
@blueprint.response(200, Versions)
@permit("read_rules")
def list_versions() -> dict[str, Any]:
    """目录的各版，草稿在内."""
    with db.reading() as session:
        now = number_in_force(session)
        return {"items": [words.version_json(row, now) for row in drafts.versions(session)]}


@blueprint.route("/drafts", methods=["POST"])
@blueprint.arguments(NewDraft)
@blueprint.response(201, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_draft(body: dict[str, Any]) -> dict[str, Any]:
    """新建草稿：以最近发布的一版为底稿，或以旧版为底稿（即退回）."""
    with db.transaction() as session:
        return _shown(session, drafts.new_draft(session, actor(), body["source"], body.get("of")))


@blueprint.route("/versions/<int:version>", methods=["GET"])
@blueprint.response(200, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_version(version: int) -> dict[str, Any]:
    """一版的说明."""
    with db.reading() as session:
        return _shown(session, drafts.find_version(session, version))


@blueprint.route("/versions/<int:version>/rows/<string:part>", methods=["GET"])
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, Rows)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_rows(asked: dict[str, Any], version: int, part: str) -> dict[str, Any]:
    """一版的事项、地点或权责清单，可按名称和编码查找，分页."""
    check_part(part)
    with db.reading() as session:
        content = document(session, version)
        found = listed(content, names_of(session, content), part, asked["q"], asked["page"], asked["size"])
    return {"total": found.total, "items": [{"number": number, **row} for number, row in found.rows]}


@blueprint.route("/versions/<int:version>/sheets", methods=["GET"])
@blueprint.alt_response(200, description="工作簿", success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_sheets(version: int) -> Response:
    """一版的工作簿：事项、地点、权责清单三张表."""
    return workbook_of(version)


@blueprint.route("/versions/<int:version>/rows/<string:part>/replace", methods=["POST"])
@blueprint.arguments(WholePart)
@blueprint.response(200, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
@takes_files
def post_part(body: dict[str, Any], version: int, part: str) -> dict[str, Any]:
    """整表替换草稿的一部分."""
    with db.transaction() as session:
        return _shown(session, drafts.save(session, actor(), version, part, body["rows"], body["seen"]))


@blueprint.route("/versions/<int:version>/rows/<string:part>/edit", methods=["POST"])
@blueprint.arguments(Edits)
@blueprint.response(200, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_edits(body: dict[str, Any], version: int, part: str) -> dict[str, Any]:
    """改草稿的若干行：换、添、删."""
    changes = [Change(each["row"], each.get("number")) for each in body["changes"]]
    with db.transaction() as session:
        return _shown(session, drafts.edit(session, actor(), version, part, changes, body["seen"]))


@blueprint.route("/versions/<int:version>/import", methods=["POST"])
@blueprint.arguments(Sheets, location="files")
@blueprint.response(200, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
@takes_files
def post_import(uploaded: dict[str, FileStorage], version: int) -> dict[str, Any]:
    """把表格读进草稿；文件里没有的部分不动。有一行读不出就全部不收，逐行说明."""
    with db.transaction() as session:
        return _shown(session, read_into(session, version, uploaded["file"]))


@blueprint.route("/versions/<int:version>/findings", methods=["GET"])
@blueprint.arguments(AsOf, location="query")
@blueprint.response(200, Findings)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_findings(asked: dict[str, date | None], version: int) -> dict[str, Any]:
    """检查一版：空缺、重叠、错误和提示."""
    with db.reading() as session:
        return words.findings_json(publishing.findings(session, version, asked["from_"]))


@blueprint.route("/versions/<int:version>/differences", methods=["GET"])
@blueprint.arguments(Against, location="query")
@blueprint.response(200, Differences)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_rules")
def get_differences(asked: dict[str, int | None], version: int) -> dict[str, Any]:
    """与现行（或另一版）的差异：新增、删去、修改的行."""
    with db.reading() as session:
        old, new = document(session, asked["against"]), document(session, version)
    return words.differences_json(comparing.differences(old, new))


@blueprint.route("/versions/<int:version>/what-if", methods=["POST"])
@blueprint.arguments(Tickets, required=False)
@blueprint.response(200, Trial)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("edit_rules")
def post_what_if(body: dict[str, Any], version: int) -> dict[str, Any]:
    """按这一版试派最近的工单：哪些会改派、哪些会自动派出；一次最多 500 件，更多请用命令行."""
    with db.reading() as session:
        found = words.trial_json(trying.what_if(session, document(session, version), body["tickets"]))
    if not actor().sees_tickets:
        found["moves"] = [move | {"number": ""} for move in found["moves"]]
    return found


@blueprint.route("/versions/<int:version>/publish", methods=["POST"])
@blueprint.arguments(Publication)
@blueprint.response(200, Version)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_publication(body: dict[str, Any], version: int) -> dict[str, Any]:
    """从某一天起施行草稿；有空缺、重叠或错误的不能发布."""
    with db.transaction() as session:
        row = publishing.publish(session, actor(), version, body["from_"], body["seen"], body["behind"])
        return _shown(session, row)


@blueprint.route("/versions/<int:version>/discard", methods=["POST"])
@blueprint.response(204)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("edit_rules")
def post_discard(version: int) -> None:
    """删去草稿."""
    with db.transaction() as session:
        drafts.discard(session, actor(), version)


def _shown(session: Session, row: CatalogueVersion) -> dict[str, Any]:
    return words.version_json(row, number_in_force(session))
