"""The citizen's pages: write, keep the number, look how far it is, evaluate, take back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from api.auth import public
from api.limits import intake_limit, is_known, limiter, per_address, per_code
from api.pages import answers
from api.pages.keeping import drop, keep, kept
from api.pages.shapes import error_list
from api.pages.status import PROMISES, status_page
from hotline import db, desk, vault, worker, worklists
from hotline.desk.opening import Opened
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import Inquiry, InvalidInput, InvalidInputs
from hotline.intake.web import CONTENT_LENGTH, inquiry_of_form
from hotline.knowledge import knowledge
from hotline.lifecycle import TERMINAL, Action
from hotline.models import Clock
from hotline.progress import find, progress_view
from hotline.rights import CITIZEN
from sla import words
from sla.calendar import Calendar

FORM = ("content", "place", "name", "phone", "confidential", "no_reply", "latitude", "longitude")
TOLD = {"dispatch": "转给负责的单位", "contact": "与您联系", "resolve": "答复您"}
"""Clocks that are promises to the citizen."""

DONE = {
    Action.FOLLOW_UP: "谢谢，已收到您的评价。",
    Action.WITHDRAW: "已撤回。",
    Action.URGE: "已催办，办理的人会看到。",
}

NOTHING_ASKED = {"code": "", "phone_tail": ""}


@public
def home() -> str:
    """Write what is wrong, or look how far it is; who comes from a published answer goes on from its question."""
    return _home(dict.fromkeys(FORM, "") | {"content": answers.went_on(request.args.get("answer", ""))}, [])


def _home(values: Mapping[str, Any], errors: list[dict[str, str]], form_key: str = "") -> str:
    with db.reading() as session:
        limits = worklists.promised(session)
    return render_template(
        "public/home.html",
        values=values,
        errors=errors,
        content_limit=CONTENT_LENGTH[1],
        form_key=form_key or vault.new_token(),
        limits=limits,
        action="/",
        status_action="/status",
        query=NOTHING_ASKED,
    )


@limiter.limit(intake_limit, exempt_when=is_known)
@public
def send() -> Response | tuple[str, int]:
    """Take what was written. The form's own key makes a form sent twice one ticket."""
    values, key = {name: request.form.get(name, "") for name in FORM}, key_sent()
    try:
        opened = _open(_inquiry(values, key))
    except InvalidInput as wrong:
        return _home(values, error_list(wrong), key), 422
    except Refused as refused:  # the key was used for other words: the person changed them after sending
        return _home(values, error_list(refused)), 409
    keep("sent", {"code": opened.query_code, "again": not opened.created})
    return redirect("/sent", 303)


def key_sent() -> str:
    """The key that was made with the form, so that a form sent twice is one ticket; a fresh one for what is none."""
    given = request.form.get("form_key", "")
    return given if re.fullmatch(r"[\w-]{20,64}", given, re.ASCII) else vault.new_token()


def _inquiry(values: Mapping[str, str], key: str) -> Inquiry:
    """The Inquiry of the form, which asks for a phone: without one nobody can answer. Raises all problems at once."""
    problems: list[InvalidInput] = []
    try:
        inquiry = inquiry_of_form(values, f"form:{key}")
    except InvalidInput as wrong:
        problems += wrong.problems
    if not values["phone"].strip():
        problems.append(InvalidInput("phone", "请填写手机号，11 位数字", "a phone number is needed"))
    if problems:
        raise InvalidInputs(problems)
    return inquiry


def _open(inquiry: Inquiry) -> Opened:
    with db.transaction() as session:
        opened = desk.open_ticket(session, inquiry, CITIZEN)
    worker.nudge()
    return opened


@public
def sent() -> Response | str:
    """What to keep: the number, the code, who has it and by when. The code stands in no address."""
    given = kept("sent")
    if given is None:
        return redirect("/", 303)
    with db.reading() as session:
        ticket, clocks = worklists.receipt(session, given["code"])
        know = knowledge(session)
        return render_template(
            "public/sent.html",
            number=ticket.number,
            is_request=ticket.kind == "information_request",
            query_code=in_groups(given["code"]),
            unit=know.unit_name(ticket.unit),
            closed=ticket.status in TERMINAL,
            promises=[_promise(clock, know.calendar) for clock in clocks if clock.name in TOLD],
            advice=ticket.decision["advice"],
            again=given["again"],
            also=answers.also_useful(ticket.content),
            status_href="/status",
            home_href="/",
        )


def in_groups(code: str) -> str:
    """7K3M-9QXT-2HRBP: as a person copies it."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _promise(clock: Clock, calendar: Calendar) -> dict[str, Any]:
    return {
        "what": TOLD[clock.name],
        "due_at": clock.due_at,
        "due_words": words.deadline(clock.due_at, calendar),
        "words": f"{clock.allowance}内",
        "provisional": clock.provisional,
        "why": worklists.PROVISIONAL if clock.provisional else "",
    }


@public
def query() -> str:
    """Ask how far a ticket is; a code from the page before is filled in, the digits never are."""
    given = kept("sent")
    return _query(in_groups(given["code"]) if given else "", [])


def _query(code: str, errors: list[dict[str, str]], wrong: bool = False) -> str:
    return render_template(
        "public/status_query.html",
        values={"code": code, "phone_tail": ""},
        errors=errors,
        not_found=wrong,
        action="/status",
        home_href="/",
    )


@per_address
@per_code
@public
def ask() -> Response | tuple[str, int]:
    """Look the code and digits up; wrong code, wrong digits and no such ticket are one answer."""
    code, tail = request.form.get("code", "").strip(), request.form.get("phone_tail", "").strip()
    if errors := list(_missing(code, tail)):
        return _query(code, errors), 422
    try:
        with db.reading() as session:
            find(session, code, tail)
    except NotFound:
        return _query(code, [], wrong=True), 404
    keep("proof", {"code": code, "tail": tail})
    return redirect("/progress", 303)


def _missing(code: str, tail: str) -> Iterator[dict[str, str]]:
    if not code:
        yield {"field": "code", "message": "请填写查询码，或工单编号"}
    if not re.fullmatch(r"\d{4}", tail, re.ASCII):
        yield {"field": "phone_tail", "message": "手机号后四位应为 4 位数字"}


@public
def progress() -> Response | str:
    """How far the ticket is that this browser has proved to be its own."""
    return _progress() or redirect("/status", 303)


def _progress(acts: Mapping[str, Any] | None = None) -> str | None:
    """The page, with the errors of a form that was just sent; None without a proof that still holds."""
    proof = kept("proof")
    if proof is None:
        return None
    try:
        with db.reading() as session:
            found = find(session, proof["code"], proof["tail"])
            view = progress_view(session, found)
            calendar = knowledge(session).calendar
            coming = worklists.next_deadline(session, found.row.parent_id or found.id, PROMISES)
    except NotFound:
        drop("proof")
        return None
    page = status_page(view, coming, calendar)
    for name, given in (acts or {}).items():
        if page[name] or name == "urge":  # who urges twice has no button any more, and is told why
            page[name] = (page[name] or {}) | given
    return render_template("public/status.html", **page, hidden={}, home_href="/", query_href="/status")


@per_address
@public
def evaluate() -> Response | tuple[str, int]:
    """What the citizen thinks of the answer."""
    values = {name: request.form.get(name, "") for name in ("solved", "satisfied", "level", "comment")}
    return _act(Action.FOLLOW_UP, "evaluation", values)


@per_address
@public
def withdraw() -> Response | tuple[str, int]:
    """The citizen takes the matter back."""
    return _act(Action.WITHDRAW, "withdraw", {"reason": request.form.get("reason", "")})


@per_address
@public
def urge() -> Response | tuple[str, int]:
    """The citizen asks the unit to get on with it, once a day."""
    return _act(Action.URGE, "urge", {"reason": ""})


def _act(action: Action, form: str, values: dict[str, str]) -> Response | tuple[str, int]:
    proof = kept("proof")
    if proof is None:
        return redirect("/status", 303)
    try:
        fields = _opinion(values) if action == Action.FOLLOW_UP else {"text": values["reason"][:500]}
        with db.transaction() as session:
            found = find(session, proof["code"], proof["tail"])
            desk.perform(session, found.number, CITIZEN, action, fields)
    except (InvalidInput, Refused) as wrong:
        page = _progress({form: {"values": values, "errors": error_list(wrong)}})
        return (page, 409 if isinstance(wrong, Refused) else 422) if page else redirect("/status", 303)
    worker.nudge()
    flash(DONE[action])
    return redirect("/progress", 303)


def _opinion(values: Mapping[str, str]) -> dict[str, Any]:
    """The form's answers as the act takes them; what was not chosen is said by name, all at once."""
    asked = {"solved": "问题是否解决", "satisfied": "对办理是否满意", "level": "评分"}
    missing = [
        InvalidInput(name, f"请选择{what}", f"choose {name}") for name, what in asked.items() if not values[name]
    ]
    if missing:
        raise InvalidInputs(missing)
    level = int(values["level"]) if values["level"] in "12345" else 0
    chosen = {name: values[name] == "yes" for name in ("solved", "satisfied")}
    return {"answered": True, **chosen, "level": level, "text": values["comment"][:500]}


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule = blueprint.add_url_rule
    rule("/", view_func=home)
    rule("/", view_func=send, methods=["POST"])
    rule("/sent", view_func=sent)
    rule("/status", view_func=query)
    rule("/status", view_func=ask, methods=["POST"])
    rule("/progress", view_func=progress)
    rule("/progress/evaluation", view_func=evaluate, methods=["POST"])
    rule("/progress/urge", view_func=urge, methods=["POST"])
    rule("/progress/withdraw", view_func=withdraw, methods=["POST"])
