"""Forms that make tickets of their own kind: a meeting's task, a motion, an information request, this also public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit, public
from api.limits import intake_limit, is_known, limiter
from api.pages.forms import named, unit_options, units_named
from api.pages.keeping import keep
from api.pages.public import key_sent
from api.pages.shapes import error_list
from api.resources.entries import brought_by
from hotline import db, desk, vault, worker, worklists
from hotline.desk.opening import Opened
from hotline.errors import Refused
from hotline.intake.forms import FORMS, LONGEST_TEXT, Entered, Field, entered
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.kinds import OF_FORMS
from hotline.knowledge import Knowledge, knowledge, today
from hotline.rights import CITIZEN, Actor

PATHS = {"assignment": "assignment", "information-request": "information_request", "motion": "motion"}
"""The last part of a form's address → the kind of ticket that it makes."""

REQUEST = "information_request"

DRAWN = {"choice": "radio", "unit": "select", "units": "text", "names": "text", "identity": "text"}
"""Type of field → what is drawn for it, where that is another."""


@permit("enter_forms")
def first_form() -> Response:
    """The first of the forms."""
    return redirect("/entries/assignment")


@permit("enter_forms")
def show_form(form: str) -> str:
    """An empty form."""
    return _page(PATHS[form], {}, [])


@permit("enter_forms")
def enter_form(form: str) -> Response | tuple[str, int]:
    """Make a ticket of what was filled in; the form's own key makes a form sent twice one ticket."""
    kind, who = PATHS[form], actor()
    values, key = _values(kind), key_sent()
    try:
        opened = _enter(kind, values, key, who)
    except InvalidInput as wrong:
        return _page(kind, values, error_list(wrong), key), 422
    except Refused as refused:
        return _page(kind, values, error_list(refused)), 409
    return _entered(kind, opened, who)


def _entered(kind: str, opened: Opened, who: Actor) -> Response:
    """On to the ticket; an applicant at the window is handed the page with number and code."""
    number, unit = opened.ticket.number, opened.ticket.unit
    flash(f"已录入，编号 {number}。" + ("已转办。" if unit else "等派单员转办。"))
    if kind == REQUEST:
        keep("sent", {"code": opened.query_code, "again": not opened.created})
        return redirect("/sent", 303)
    return redirect(f"/tickets/{number}" if who.sees_tickets else "/entries", 303)


def _page(kind: str, values: Mapping[str, str], errors: list[dict[str, str]], key: str = "") -> str:
    with db.reading() as session:
        context = _context(knowledge(session), kind, values, errors, key)
    tabs = [
        {"title": OF_FORMS[each], "href": f"/entries/{path}", "count": None, "current": each == kind}
        for path, each in PATHS.items()
    ]
    action = next(f"/entries/{path}" for path, each in PATHS.items() if each == kind)
    return render_template("entries/form.html", tabs=tabs, action=action, **context)


@public
def request_form() -> str:
    """The public form of an information request."""
    return _public_page({}, [])


@limiter.limit(intake_limit, exempt_when=is_known)
@public
def request_sent() -> Response | tuple[str, int]:
    """Take an information request from its applicant, who gets number and code."""
    values, key = _values(REQUEST), key_sent()
    try:
        opened = _enter(REQUEST, values, key, CITIZEN)
    except InvalidInput as wrong:
        return _public_page(values, error_list(wrong), key), 422
    except Refused as refused:
        return _public_page(values, error_list(refused)), 409
    keep("sent", {"code": opened.query_code, "again": not opened.created})
    return redirect("/sent", 303)


def _public_page(values: Mapping[str, str], errors: list[dict[str, str]], key: str = "") -> str:
    with db.reading() as session:
        context = _context(knowledge(session), REQUEST, values, errors, key)
        limit = worklists.promised_for(session, REQUEST)
    return render_template("entries/request.html", action="/information-request", home_href="/", limit=limit, **context)


def _values(kind: str) -> dict[str, str]:
    return {one.name: request.form.get(one.name, "") for one in FORMS[kind].fields}


def _enter(kind: str, values: Mapping[str, str], key: str, who: Actor) -> Opened:
    with db.transaction() as session:
        opened = desk.enter(session, _read(session, kind, values, key, who), who)
    worker.nudge()
    return opened


def _read(session: Session, kind: str, values: Mapping[str, str], key: str, who: Actor) -> Entered:
    """The form, with units said by name. Raises InvalidInputs with all that is wrong."""
    answers: dict[str, object] = dict(values)
    problems: list[InvalidInput] = []
    try:
        answers |= {"assisting": _codes(session, values)} if "assisting" in values else {}
    except InvalidInput as wrong:
        answers["assisting"], problems = [], list(wrong.problems)
    source = "web" if who == CITIZEN else brought_by(who)
    try:
        form = entered(kind, answers, f"form:{key}", today(db.now(session)), source)
    except InvalidInput as wrong:
        problems = [*wrong.problems, *problems]
    if problems:
        raise InvalidInputs(problems)
    return form


def _codes(session: Session, values: Mapping[str, str]) -> list[str]:
    return list(units_named(knowledge(session), values["assisting"]))


def _context(
    know: Knowledge, kind: str, values: Mapping[str, str], errors: list[dict[str, str]], key: str
) -> dict[str, Any]:
    form = FORMS[kind]
    return {
        "form": form,
        "fields": [_field(one, values.get(one.name, ""), know) for one in form.fields],
        "errors": errors,
        "form_key": key or vault.new_token(),
    }


def _field(one: Field, value: str, know: Knowledge) -> dict[str, Any]:
    """The field as the template draws it."""
    return {
        "name": one.name,
        "label": one.label,
        "type": DRAWN.get(one.type, one.type),
        "required": one.required,
        "hint": one.hint,
        "half": one.half,
        "rows": 6,
        "options": unit_options(know) if one.type == "unit" else named(one.options),
        "value": value,
        "maxlength": {"textarea": LONGEST_TEXT, "text": one.longest, "identity": 30}.get(one.type),
        "inputmode": "tel" if one.type == "tel" else None,
        "autocomplete": "off",
    }


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule, forms = blueprint.add_url_rule, ",".join(f'"{path}"' for path in PATHS)
    rule("/entries", view_func=first_form)
    rule(f"/entries/<any({forms}):form>", view_func=show_form)
    rule(f"/entries/<any({forms}):form>", view_func=enter_form, methods=["POST"])
    rule("/information-request", view_func=request_form)
    rule("/information-request", view_func=request_sent, methods=["POST"])
