"""Bulletins over HTTP: drafts, publications with their hashes, corrections, and the files made of them."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from api.auth import actor, permit
from api.contract import Contract
from api.errors import answer, language
from api.schemas import Text, moment
from hotline import db
from hotline.bulletins import dresses, freezing
from hotline.bulletins.fonts import NoChineseFont
from hotline.bulletins.periods import KINDS, read_first
from hotline.models import Bulletin

blueprint = Contract("bulletins", __name__, url_prefix="/api/v1/bulletins", description="通报")


class BulletinPeriod(Schema):
    """The bulletin of a kind whose period begins on a day."""

    kind = fields.String(required=True, validate=validate.OneOf(tuple(KINDS)))
    first = fields.Date(required=True)


class BulletinsWanted(Schema):
    """All kinds, or one."""

    kind = fields.String(load_default=None, validate=validate.OneOf(tuple(KINDS)))


class BulletinPublication(BulletinPeriod):
    """What is to be published; `remark` is a paragraph of the office's own, at the beginning.

    `seen` is the sha256 of the draft that somebody looked at: where the figures have changed since, nothing happens.
    """

    remark = Text(load_default="", longest=freezing.LONGEST_REMARK)
    seen = fields.String(load_default="", validate=validate.Length(max=64))


class BulletinCorrection(Schema):
    """Why it is corrected; without a remark the old one stays."""

    reason = Text(required=True, longest=freezing.LONGEST_REASON)
    remark = Text(load_default=None, allow_none=True, longest=freezing.LONGEST_REMARK)


class BulletinLine(Schema):
    """A published version; `sha256` is of its content's one byte form: keys sorted, no spaces, UTF-8."""

    kind = fields.String(required=True)
    first = fields.Date(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    sha256 = fields.String(required=True)
    published_at = moment(required=True)
    reason = fields.String(required=True, allow_none=True)


class BulletinLines(Schema):
    """Published versions."""

    items = fields.List(fields.Nested(BulletinLine), required=True)


class BulletinDocument(Schema):
    """A draft (version 0) or a version with everything that it shows: the shapes are in hotline/bulletins/shapes.py."""

    sha256 = fields.String(required=True)
    content = fields.Dict(keys=fields.String(), required=True)


class BulletinOne(BulletinDocument):
    """A published version, and all versions of the same bulletin, newest first."""

    versions = fields.List(fields.Nested(BulletinLine), required=True)


class BulletinVersion(Schema):
    """Which version; the newest where none is named."""

    version = fields.Integer(load_default=None, validate=validate.Range(1, 10_000))


@blueprint.route("", methods=["GET"])
@blueprint.arguments(BulletinsWanted, location="query")
@blueprint.response(200, BulletinLines)
@permit("read_rates")
def get_list(asked: dict[str, Any]) -> dict[str, Any]:
    """The newest version of each bulletin, the latest periods first; one hundred at most."""
    with db.reading() as session:
        return {"items": [_line(row) for row in freezing.newest(session, kind=asked["kind"])]}


@blueprint.route("/draft", methods=["GET"])
@blueprint.arguments(BulletinPeriod, location="query")
@blueprint.response(200, BulletinDocument)
@permit("read_rates")
def get_draft(asked: dict[str, Any]) -> dict[str, Any]:
    """What would be published now, without a remark. While the period runs, `content.over` is false."""
    with db.reading() as session:
        content = freezing.draft(session, asked["kind"], asked["first"])
    return {"sha256": freezing.digest(content), "content": content}


@blueprint.route("", methods=["POST"])
@blueprint.arguments(BulletinPublication)
@blueprint.response(201, BulletinLine)
@permit("publish_bulletins")
def publish(asked: dict[str, Any]) -> dict[str, Any]:
    """Freeze the bulletin of a period that is over; its hash stands in the audit chain. 409 where it is published."""
    with db.reading() as session:
        content = freezing.draft(session, asked["kind"], asked["first"])
    if asked["seen"]:
        freezing.check_seen(content, asked["seen"])
    with db.transaction() as session:
        return _line(freezing.publish(session, actor(), freezing.with_remark(content, asked["remark"])))


@blueprint.route("/<string:kind>/<string:first>", methods=["GET"])
@blueprint.arguments(BulletinVersion, location="query")
@blueprint.response(200, BulletinOne)
@permit("read_rates")
def get_one(asked: dict[str, Any], kind: str, first: str) -> dict[str, Any]:
    """A published bulletin as it was frozen."""
    with db.reading() as session:
        row = freezing.find(session, kind, read_first(first), asked["version"])
        versions = [_line(each) for each in freezing.versions(session, kind, read_first(first))]
    return {"sha256": row.sha256, "content": row.content, "versions": versions}


@blueprint.route("/<string:kind>/<string:first>/correct", methods=["POST"])
@blueprint.arguments(BulletinCorrection)
@blueprint.response(201, BulletinLine)
@permit("publish_bulletins")
def correct(asked: dict[str, Any], kind: str, first: str) -> dict[str, Any]:
    """A new version beside the old, from today's figures of the same cut-off, with the difference. 409 for none."""
    with db.reading() as session:
        content = freezing.correction(session, kind, read_first(first), asked["reason"], asked["remark"])
    with db.transaction() as session:
        return _line(freezing.publish(session, actor(), content))


@blueprint.route("/<string:kind>/<string:first>/<int:version>/<string:form>", methods=["GET"])
@permit("read_rates")
def get_file(kind: str, first: str, version: int, form: str) -> Any:
    """A version as pdf, docx, xlsx or html: the same bytes whenever it is asked for. 503 without a Chinese font."""
    with db.reading() as session:
        row = freezing.find(session, kind, read_first(first), version)
    try:
        return attachment(row, form)
    except NoChineseFont as error:
        return answer(503, error.message[language()], error.code)


def attachment(row: Bulletin, form: str) -> Response:
    """A version as a file to keep. Raises InvalidInput for an unknown form, and NoChineseFont."""
    made = dresses.dressed(row.content, row.sha256, form)
    response = Response(made, content_type=dresses.DRESSES[form].media_type)
    name = dresses.file_name(row.content, form)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-SHA256"] = row.sha256
    return response


def _line(row: Bulletin) -> dict[str, Any]:
    line = {name: getattr(row, name) for name in ("kind", "first", "version", "sha256", "reason")}
    return line | {"title": row.content["title"], "published_at": row.published_at.isoformat()}
