"""The catalogue as open data: files for anybody, kept by caches until the rules change."""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Answer

from api.auth import public
from api.limits import is_known, limiter, query_limit
from hotline import db
from hotline.cataloguing import open_data

KEPT_SECONDS = 3600
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


@limiter.limit(query_limit, exempt_when=is_known)
@public
def file(name: str) -> Answer:
    """catalogue.json with everything, or one list as CSV; other sites may read it."""
    with db.reading() as session:
        found = open_data.published(session).get(name)
    if found is None:
        raise NotFound
    response = Response(found, content_type=TYPES[name.rpartition(".")[2]])
    response.add_etag()
    response.cache_control.public = True
    response.cache_control.max_age = KEPT_SECONDS
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/open-data/<string:name>", endpoint="open_data", view_func=file)
