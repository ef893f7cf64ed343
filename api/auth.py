"""Who is asking, and may they: default deny. Every view declares its permission; one without it is refused.

Machines and units come with a bearer token, staff with a session of their browser. A browser's session sends a CSRF
token with each act; a bearer token needs none, because no browser sends it by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from hotline import db, staff
from hotline.errors import Forbidden
from hotline.rights import Actor

PUBLIC = "public"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


def permit(permission: str) -> Callable[[View], View]:
    """Declare a view's permission (hotline.rights.PERMISSIONS, or PUBLIC)."""

    def mark(view: View) -> View:
        marked: Any = getattr(view, "__func__", view)
        marked.permission = permission
        marked._apidoc = {**getattr(marked, "_apidoc", {}), "permission": permission}  # read by api.contract
        return view

    return mark


public = permit(PUBLIC)


def unattended(view: View) -> View:
    """Mark a view that an open page asks for by itself, over and over: no sign that anybody sits there, so that a
    session idles out all the same.
    """
    marked: Any = view
    marked.unattended = True
    return view


def actor() -> Actor:
    """Who is asking. Raises 401 when nobody is; views with a permission other than PUBLIC always have somebody."""
    found = asker()
    if found is None:
        raise Unauthorized
    return found


def asker() -> Actor | None:
    """Who is asking, or None for the public; looked up once a request."""
    if "asker" not in g:
        g.asker = _look_up()
    found: Actor | None = g.asker
    return found


def _look_up() -> Actor | None:
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _, token = header.partition(" ")
        with db.reading() as reader:
            found = staff.actor_of_token(reader, token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise Unauthorized
        return found
    return _of_browser()


def _of_browser() -> Actor | None:
    session_id = session.get("id")
    if not session_id:
        return None
    with db.reading() as reader:
        found, stale = staff.actor_of_session(reader, session_id)
    if stale and not getattr(current_app.view_functions.get(request.endpoint or ""), "unattended", False):
        with db.transaction() as writer:
            staff.touch_session(writer, session_id)
    return found


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # 404 or 405 answers
    permission = getattr(current_app.view_functions[request.endpoint], "permission", None)
    if permission == PUBLIC:
        _check_origin()
        return None
    found = asker()
    if found is None:
        return _to_login()
    if permission is None or not found.may(permission):
        raise Forbidden("您的角色没有这项权限，如需要请找管理员", "your roles do not allow this; ask an administrator")
    _check_origin()
    return None


def _check_origin() -> None:
    """A browser's act needs its CSRF token; the JSON API takes a session's act too, with X-CSRFToken."""
    from api import csrf

    if request.method in SAFE_METHODS or request.headers.get("Authorization"):
        return
    if session.get("id") or not _is_api():
        csrf.protect()


def _is_api() -> bool:
    return request.path.startswith(("/api/", "/wechat/"))


def _to_login() -> Response:
    if _is_api():
        raise Unauthorized
    return redirect(url_for("pages.login", next=request.full_path if request.method == "GET" else None))


def init_app(app: Flask) -> None:
    """Check every request before its view."""
    app.before_request(_check)
    public(app.view_functions["static"])
