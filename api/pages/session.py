"""Staff sign in and out."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from api.auth import asker, permit, public
from api.limits import limiter, login_limit
from api.pages.frame import landing
from hotline import db, staff

WRONG = "用户名或密码不对，或账号暂时锁定。请核对后再试；连续输错要等一会儿。"
"""The same words for every reason."""

LONGEST = 256


@public
def login() -> Response | str:
    """The form; who is signed in already goes to work."""
    who = asker()
    return redirect(landing(who)) if who else _form("", [])


def _form(username: str, errors: list[dict[str, str]]) -> str:
    return render_template(
        "login.html",
        values={"username": username},
        errors=errors,
        needs_code=False,
        hidden={"next": local_path(request.values.get("next", ""))},
        action="/login",
    )


@limiter.limit(login_limit)
@public
def enter() -> Response | tuple[str, int]:
    """Sign in under a fresh session id."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    signed = None
    if len(username) <= LONGEST and len(password) <= LONGEST:
        with db.transaction() as writer:
            signed = staff.sign_in(writer, username.replace("\0", ""), password)
    if signed is None:
        return _form(username[:64], [{"field": "", "message": WRONG}]), 401
    _begin(signed[0])
    return redirect(local_path(request.form.get("next", "")) or landing(signed[1]), 303)


def _begin(session_id: str) -> None:
    """A new session, nothing of the old one: an id that somebody planted before is worth nothing."""
    session.clear()
    session.permanent = True
    session["id"] = session_id


def local_path(asked: str) -> str:
    """The path when it leads to a page of ours, else an empty text: nobody is sent elsewhere after signing in."""
    return asked if re.fullmatch(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}", asked) else ""


@permit("me")
def leave() -> Response:
    """End the session, here and on the server."""
    with db.transaction() as writer:
        staff.sign_out(writer, session.get("id", ""))
    session.clear()
    flash("您已退出。")
    return redirect("/login", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule("/login", view_func=login)
    blueprint.add_url_rule("/login", view_func=enter, methods=["POST"])
    blueprint.add_url_rule("/logout", view_func=leave, methods=["POST"])
