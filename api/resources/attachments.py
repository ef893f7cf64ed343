"""/api/v1/tickets/{number}/attachments: files handed in as evidence. What comes out is saved, never opened in place."""

from __future__ import annotations

import io
from typing import Any

from flask import request, send_file
from flask_smorest.fields import Upload
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.schemas import moment
from api.uploads import takes_files
from hotline import db, queries
from hotline.desk.evidence import TYPES, attach, opened
from hotline.files import file_of, file_view, files_of
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge

blueprint = Contract("attachments", __name__, url_prefix="/api/v1/tickets", description="附件")

SEALED_OFF = "default-src 'none'; sandbox"
"""Should a browser show it after all, it runs nothing and reaches nothing."""


class File(Schema):
    """A file in a multipart body."""

    file = Upload(required=True)


class Attachment(Schema):
    """A file of a ticket; `event` is the seq of the event it was handed in with, null while no act has taken it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    size = fields.Integer(required=True)
    digest = fields.String(required=True)
    by = fields.String(required=True)
    at = moment(required=True)
    event = fields.Integer(required=True, allow_none=True)


@blueprint.route("/<number:number>/attachments", methods=["POST"])
@blueprint.arguments(File, location="files")
@blueprint.response(201, Attachment)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
@permit("attach")
@takes_files
def post_attachment(files: dict[str, Any], number: str) -> dict[str, Any]:
    """Upload a file; its id is handed in with an act, as one of `evidence`. The type is told by the content alone."""
    if extra := sorted({*request.form, *request.files} - {"file"}):
        raise InvalidInput(extra[0], "没有这个字段，请删去", "there is no such field")
    if len(request.files.getlist("file")) > 1:
        raise InvalidInput("file", "一次传一个文件", "one file at a time")
    with db.transaction() as session:
        row = attach(session, number, actor(), files["file"].filename or "", files["file"].read())
        return file_view(knowledge(session), row)


@blueprint.route("/<number:number>/attachments", methods=["GET"])
@blueprint.response(200, Attachment(many=True))
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def list_attachments(number: str) -> list[dict[str, Any]]:
    """The ticket's files that the reader may read: a unit reads its own and what the hotline handed in."""
    who = actor()
    with db.reading() as session:
        know, ticket = knowledge(session), queries.find_ticket(session, number, who)
        return [file_view(know, row) for row in files_of(session, ticket, who)]


@blueprint.route("/<number:number>/attachments/<int:file_id>", methods=["GET"])
@blueprint.alt_response(200, description="文件本身", success=True)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("read_tickets")
def get_attachment(number: str, file_id: int) -> Response:
    """The file itself, to be saved."""
    who = actor()
    with db.reading() as session:
        row = file_of(session, queries.find_ticket(session, number, who), file_id, who)
        content, kind, name = opened(row), TYPES[row.type], row.name
    response = send_file(io.BytesIO(content), kind, as_attachment=True, download_name=name)
    response.headers["Content-Security-Policy"] = SEALED_OFF
    response.headers["Cache-Control"] = "no-store"
    return response
