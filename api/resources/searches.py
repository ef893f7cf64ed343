"""/api/v1/search/saved: searches that a person keeps, with how much that is new each of them finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.auth import actor, permit
from api.contract import Contract
from api.resources.search import SearchFilters, wanted
from api.schemas import Text, moment
from hotline import db, searches
from hotline.intake.inquiry import InvalidInput
from hotline.models import SavedSearch
from search.documents import Query

blueprint = Contract("searches", __name__, url_prefix="/api/v1/search/saved", description="保存的搜索")

DAYS = {"received_from": "from", "received_to": "to"}
"""A day's name in the pages' address, by which it is kept, and here."""

_KEPT = {here: kept for kept, here in DAYS.items()}


class Name(Schema):
    """The name of a search."""

    name = Text(longest=searches.LONGEST_NAME, required=True)


class Kept(Name):
    """A search to keep; `asked` are its parameters as GET /search takes them."""

    asked = fields.Dict(keys=fields.String(), values=Text(longest=500), load_default=dict)


class Saved(Schema):
    """A saved search. A phone in it is no longer there in clear: `caller` stands for it. `new`: tickets received since
    it was last seen, null while the index does not answer.
    """

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    asked = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    created_at = moment(required=True)
    seen_at = moment(required=True)
    new = fields.Integer(required=True, allow_none=True)


@blueprint.route("", methods=["GET"])
@blueprint.response(200, Saved(many=True))
@permit("search")
def list_saved() -> list[dict[str, Any]]:
    """One's own saved searches, by name."""
    who = actor()
    with db.reading() as session:
        rows = searches.kept(session, who)
        counts = searches.news(session, rows, _read, who)
    return [_view(row, new) for row, new in zip(rows, counts, strict=True)]


@blueprint.route("", methods=["POST"])
@blueprint.arguments(Kept)
@blueprint.response(201, Saved)
@blueprint.alt_response(409, "CONFLICT")
@permit("search")
def keep_search(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a search under a name. A phone is kept by its HMAC alone."""
    _read(body["asked"])
    asked = {_KEPT.get(name, name): text for name, text in body["asked"].items()}
    with db.transaction() as session:
        return _view(searches.keep(session, actor(), body["name"], asked), 0)


@blueprint.route("/<int:search_id>", methods=["PATCH"])
@blueprint.arguments(Name)
@blueprint.response(200, Saved)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("search")
def rename_search(body: dict[str, Any], search_id: int) -> dict[str, Any]:
    """Give it another name."""
    who = actor()
    with db.transaction() as session:
        row = searches.rename(session, who, search_id, body["name"])
    with db.reading() as session:
        [new] = searches.news(session, [row], _read, who)
    return _view(row, new)


@blueprint.route("/<int:search_id>/seen", methods=["POST"])
@blueprint.response(200, Saved)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("search")
def see_search(search_id: int) -> dict[str, Any]:
    """Note that what it finds has been seen: only what is received from now on is new."""
    with db.transaction() as session:
        return _view(searches.see(session, actor(), search_id), 0)


@blueprint.route("/<int:search_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(404, "NOT_FOUND")
@permit("search")
def drop_search(search_id: int) -> None:
    """Drop it."""
    with db.transaction() as session:
        searches.drop(session, actor(), search_id)


def _read(asked: Mapping[str, str]) -> Query:
    """The filters of what was asked. Raises InvalidInput."""
    plain = {DAYS.get(name, name): text for name, text in asked.items() if name != "caller"}
    try:
        filters = SearchFilters().load({"q": "", **plain})
    except ValidationError as wrong:
        field = next(iter(wrong.messages_dict))
        raise InvalidInput(
            f"asked.{field}", "没有这个搜索条件，或者写法不对", "there is no such parameter, or its value is wrong"
        ) from None
    return wanted(filters)


def _view(row: SavedSearch, new: int | None) -> dict[str, Any]:
    asked = {DAYS.get(name, name): text for name, text in row.asked.items()}
    at = {"created_at": row.created_at.isoformat(), "seen_at": row.seen_at.isoformat()}
    return {"id": row.id, "name": row.name, "asked": asked, "new": new, **at}
