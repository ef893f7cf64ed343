"""Documents in versions as the API shows and takes them: policy sets and schemes of assessment alike."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas import moment
from hotline.models import PolicyVersion, SchemeVersion


class VersionLine(Schema):
    """A version of a document; a draft is not published."""

    code = fields.String(required=True)
    version = fields.Integer(required=True)
    name = fields.String(required=True)
    source = fields.String(required=True)
    effective_from = fields.String(required=True)
    published_at = moment(required=True, allow_none=True)


class VersionList(Schema):
    """Every version of every document of the kind."""

    items = fields.List(fields.Nested(VersionLine), required=True)


class VersionDocument(VersionLine):
    """A version with its document."""

    document = fields.Dict(keys=fields.String(), required=True)


class WhichVersion(Schema):
    """Without a number, the newest published version."""

    version = fields.Integer(load_default=None, validate=validate.Range(1, 1_000_000))


class DraftDocument(Schema):
    """A document in the shape of those in hotline/seeds/policies or hotline/seeds/schemes."""

    document = fields.Dict(keys=fields.String(), required=True)


class InForceFrom(Schema):
    """The day from which on it is in force, today at the earliest."""

    from_ = fields.Date(data_key="from", required=True)


class PublishedRule(Schema):
    """The stamp of the version, or the name of the edition, that is published now."""

    published = fields.String(required=True)


def version_line(row: PolicyVersion | SchemeVersion) -> dict[str, Any]:
    """A version without its document."""
    return {
        "code": row.set_code if isinstance(row, PolicyVersion) else row.code,
        "version": row.version,
        "name": row.data["name"],
        "source": row.data["source"],
        "effective_from": row.effective_from.isoformat(),
        "published_at": row.published_at.isoformat() if row.published_at else None,
    }


def version_document(row: PolicyVersion | SchemeVersion) -> dict[str, Any]:
    """A version with its document."""
    return version_line(row) | {"document": row.data}
