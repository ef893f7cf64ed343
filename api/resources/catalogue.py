"""The lists that codes come from: matters, units, places; and who is asking."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import jsonify, request
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.contract import Contract
from api.schemas import Me, Nodes
from hotline import db
from hotline.knowledge import Knowledge, knowledge
from hotline.queries import unit_view
from hotline.rights import PERMISSIONS, ROLES

blueprint = Contract("catalogue", __name__, url_prefix="/api/v1", description="目录")

KEPT_SECONDS = 300


@blueprint.route("/matters", methods=["GET"])
@blueprint.alt_response(200, schema=Nodes, success=True)
@blueprint.alt_response(304, description="没有变化")
@permit("read_catalogue")
def matters() -> Response:
    """The catalogue of matters."""
    return _list(
        {"code": m.code, "name": m.name, "parent": m.parent, "kind": m.kind, "path": list(m.path)}
        for m in _know().matters_in_force.values()
    )


@blueprint.route("/units", methods=["GET"])
@blueprint.alt_response(200, schema=Nodes, success=True)
@blueprint.alt_response(304, description="没有变化")
@permit("read_catalogue")
def units() -> Response:
    """The units that handle tickets."""
    know = _know()
    return _list(
        {"code": u.code, "name": u.name, "parent": u.parent, "kind": u.kind, "short_name": know.short_names[u.code]}
        for u in know.units.values()
    )


@blueprint.route("/places", methods=["GET"])
@blueprint.alt_response(200, schema=Nodes, success=True)
@blueprint.alt_response(304, description="没有变化")
@permit("read_catalogue")
def places() -> Response:
    """The places of the city."""
    return _list(
        {"code": p.code, "name": p.name, "parent": p.parent, "level": p.level} for p in _know().places_in_force.values()
    )


@blueprint.route("/me", methods=["GET"])
@blueprint.response(200, Me)
@permit("me")
def me() -> dict[str, Any]:
    """Who the token or session stands for, and what it may do."""
    who = actor()
    return {
        "id": who.id,
        "name": who.name,
        "roles": [{"code": role, "name": ROLES[role]} for role in sorted(who.roles)],
        "unit": unit_view(_know(), who.unit),
        "permissions": sorted(permission for permission in PERMISSIONS if who.may(permission)),
    }


def _know() -> Knowledge:
    with db.reading() as session:
        return knowledge(session)


def _list(items: Iterable[dict[str, Any]]) -> Response:
    response = jsonify({"items": list(items)})
    response.add_etag()
    response.cache_control.private = True
    response.cache_control.max_age = KEPT_SECONDS
    return response.make_conditional(request)
