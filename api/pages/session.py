"""Staff sign in and out: the password, then for whoever has one the second factor on a page of its own."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from api.auth import asker, permit, public
from api.limits import limiter, login_limit
from api.pages.frame import landing
from hotline import db, second_factor, staff
from hotline.rights import Actor

WRONG = "用户名或密码不对，账号暂时锁定，或管理员还没有绑定验证器。请核对后再试；连续输错要等一会儿。"
"""The same words for every reason: who reads them learns neither which names exist nor that a password was right."""

WRONG_CODE = "数字不对、已经用过，或账号暂时锁定。请填下一组。"
TOO_LATE = "从输入密码起要在 5 分钟内填完验证码。请重新登录。"

LONGEST = 256
HALF_WAY = "half_way"


@public
def login() -> Response | str:
    """The form; who is signed in already goes to work."""
    who = asker()
    return redirect(landing(who)) if who else _form("", [])


def _form(username: str, errors: list[dict[str, str]]) -> str:
    hidden = {"next": _following()}
    return render_template("login.html", values={"username": username}, errors=errors, hidden=hidden, action="/login")


@limiter.limit(login_limit)
@public
def enter() -> Response | tuple[str, int]:
    """Sign in under a fresh session id, or go on to the second factor."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    signed = None
    if len(username) <= LONGEST and len(password) <= LONGEST:
        with db.transaction() as writer:
            signed = staff.sign_in(writer, username.replace("\0", ""), password)
    if signed is None:
        return _form(username[:64], [{"field": "", "message": WRONG}]), 401
    if isinstance(signed, staff.HalfWay):
        return _go_half_way(signed)
    return _begin(*signed)


def _go_half_way(half: staff.HalfWay) -> Response:
    """No session yet: the signed cookie holds who gave the right password, and nothing else."""
    following = _following()
    session.clear()
    session[HALF_WAY] = list(half)
    return redirect(url_for("pages.code", next=following or None), 303)


@public
def code() -> Response | str:
    """The form for the six digits."""
    half = _half_way()
    return _code_form([]) if half else _back_to_password()


@limiter.limit(login_limit)
@public
def enter_code() -> Response | tuple[str, int]:
    """Sign in under a fresh session id when the six digits are right."""
    half, said = _half_way(), second_factor.clean_code(request.form.get("totp", "")[:LONGEST])
    if half is None:
        return _back_to_password()
    if not second_factor.is_code(said):
        return _code_form([{"field": "totp", "message": _malformed(said)}]), 422
    with db.transaction() as writer:
        signed = staff.finish_sign_in(writer, half, said)
    return _begin(*signed) if signed else (_code_form([{"field": "totp", "message": WRONG_CODE}]), 401)


def _half_way() -> staff.HalfWay | None:
    """Who gave the right password in this browser within the last minutes, or None."""
    if HALF_WAY not in session:
        return None
    half = staff.HalfWay(*session[HALF_WAY])
    with db.reading() as reader:
        return half if staff.is_half_way(reader, half) else None


def _back_to_password() -> Response:
    """To the first page; with the reason where there was a password, and it is too late."""
    if session.pop(HALF_WAY, None):
        flash(TOO_LATE)
    return redirect(url_for("pages.login", next=_following() or None), 303)


def _code_form(errors: list[dict[str, str]]) -> str:
    return render_template("second_factor.html", errors=errors, hidden={"next": _following()}, action="/login/code")


def _malformed(said: str) -> str:
    return f"应为 6 位数字，您填了 {len(said)} 位" if said.isdigit() else "请填验证器上的 6 位数字"


def _begin(session_id: str, who: Actor) -> Response:
    """A new session, nothing of the old one: an id that somebody planted before is worth nothing."""
    following = _following()
    session.clear()
    session.permanent = True
    session["id"] = session_id
    return redirect(following or landing(who), 303)


def _following() -> str:
    """The page that was asked for before the sign-in."""
    return local_path(request.values.get("next", ""))


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
    blueprint.add_url_rule("/login/code", view_func=code)
    blueprint.add_url_rule("/login/code", view_func=enter_code, methods=["POST"])
    blueprint.add_url_rule("/logout", view_func=leave, methods=["POST"])
