"""A call becomes a ticket: its words, the ticket being filled, and what the machine thinks, side by side.

Nothing is kept until the agent decides; the transcript travels with the form, and the call's own id makes a form sent
twice one ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.desk import desk_page
from api.pages.dossier import line, turn_lines
from api.pages.forms import FORMS, matter_options, named
from api.pages.repeats import like_lines
from api.pages.shapes import error_list
from api.pages.suggestion import NOBODY, choices, suggestion
from api.pages.summary import call_summary
from chinese.spoken import phones
from hotline import db, desk, vault, worker, worklists
from hotline.errors import Refused
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.intake.web import inquiry_of_form
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import REJECT_REASONS, Action
from hotline.models import Ticket
from routing.decision import KINDS, URGENCIES, Decision

FORM_NAMES = {
    "plain": "",
    "alibaba": "阿里云语音识别",
    "huawei": "华为云语音识别",
    "iflytek-v1": "讯飞语音识别",
    "iflytek-v2": "讯飞语音识别",
    "volcengine": "火山引擎语音识别",
}
ACTS: tuple[dict[str, Any], ...] = (
    {"name": "dispatch", "title": "建单并转办", "key": "Alt+D", "primary": True},
    {"name": "open", "title": "只建单", "key": "Alt+S", "primary": False},
    {"name": "answer", "title": "答复并结案", "key": "Alt+W", "primary": False},
    {"name": "reject", "title": "不予受理", "key": "Alt+B", "primary": False},
)
TEXTS = ("title", "content", "place", "kind", "name", "phone", "confidential")
"""Fields of the ticket that are the citizen's; the others belong to the act."""


@permit("intake")
def call() -> Response | str | tuple[str, int]:
    """Read a transcript and show what it would become; with an act, make it so."""
    call_id = request.form.get("call_id", "") or f"desk:{vault.new_token()}"
    caller, text = request.form.get("caller", "").strip(), request.form.get("transcript", "")
    try:
        form, said = worklists.pasted_call(call_id, caller, text)
    except InvalidInput as wrong:
        return desk_page({"caller": caller, "transcript": text}, _of_the_call(wrong)), 422
    hidden = {"call_id": call_id, "caller": caller, "transcript": text}
    if "act" not in request.form:
        return _page(said, said, FORM_NAMES[form], hidden, [])
    try:
        return _make(said)
    except InvalidInput as wrong:
        return _page(said, _filled(said), FORM_NAMES[form], hidden, error_list(wrong)), 422
    except Refused as refused:
        return _page(said, _filled(said), FORM_NAMES[form], hidden, error_list(refused)), 409


def _of_the_call(wrong: InvalidInput) -> list[dict[str, str]]:
    """A path into a recogniser's JSON is named in the words, and shown at the one field there is."""
    return [{**each, "field": "caller" if each["field"] == "caller" else "transcript"} for each in error_list(wrong)]


def _filled(said: Inquiry) -> Inquiry:
    """The inquiry with what the agent typed, as typed."""
    typed: dict[str, Any] = {name: request.form.get(name, "") for name in TEXTS}
    typed["confidential"] = bool(typed["confidential"])
    return replace(said, **typed)


def _make(said: Inquiry) -> Response:
    """Open the ticket and do the chosen act, both or neither. Raises InvalidInput and Refused."""
    checked = inquiry_of_form({name: request.form.get(name, "") for name in TEXTS}, said.external_id)
    inquiry = replace(said, **{name: getattr(checked, name) for name in TEXTS})
    action, fields = _chosen_act()
    with db.transaction() as session:
        opened = desk.open_ticket(session, inquiry, actor(), hold=True)
        if action and opened.created:
            desk.perform(session, opened.ticket.number, actor(), action, fields)
    worker.nudge()
    flash(f"已建单，编号 {opened.ticket.number}。" + (FORMS[action].done if action else "等派单员转办。"))
    return redirect(f"/tickets/{opened.ticket.number}", 303)


def _chosen_act() -> tuple[Action | None, dict[str, Any]]:
    """The act that goes with the opening, with its arguments; None where the ticket waits for a dispatcher."""
    form = request.form
    match form.get("act"):
        case "answer":
            return Action.ANSWER, {"public_reply": form.get("public_reply", "").strip()}
        case "reject":
            return Action.REJECT, {"reason": form.get("reason", "")}
        case "dispatch" if form.get("candidate", "") not in ("", NOBODY):
            chosen = {name: form.get(name) or None for name in ("matter", "kind", "urgency")}
            return Action.DISPATCH, {"unit": form["candidate"], **chosen}
    return None, {}


def _page(said: Inquiry, shown: Inquiry, form: str, hidden: Mapping[str, str], errors: list[dict[str, str]]) -> str:
    """The call's page; `said` is what the recogniser heard, `shown` what the fields hold."""
    with db.reading() as session:
        know, decision = knowledge(session), worklists.suggested(session, replace(said, kind=None))
        callers, like = worklists.of_caller(session, said), like_lines(session, said, decision, actor())
        chosen = request.form.get("candidate") or decision.unit or NOBODY
        return render_template(
            "desk/call.html",
            call={"caller": hidden["caller"], "started_at": None, "form_label": form},
            turns=turn_lines(said.turns, [said.place, said.name]),
            summary=call_summary(know, said.turns, asdict(decision), " ".join(filter(None, (said.name, said.phone)))),
            fields=_fields(know, said, shown, decision),
            errors=errors,
            suggestion=suggestion(know, decision),
            choices=choices(know, decision, chosen),
            caller_tickets=_lines(callers, ""),
            like_tickets=like,
            acts=ACTS,
            hidden=hidden,
            action="/desk/calls",
        )


def _lines(tickets: list[Ticket], why: str) -> list[dict[str, Any]]:
    return [line(ticket, actor(), why) for ticket in tickets]


def _fields(know: Knowledge, said: Inquiry, shown: Inquiry, decision: Decision) -> list[dict[str, Any]]:
    """The ticket's fields, each with the turn that its value comes from."""
    given, here = request.form, know.place_name(decision.place)

    def text(name: str, label: str, type_: str = "text", **more: Any) -> dict[str, Any]:
        value = getattr(shown, name)
        return {"name": name, "label": label, "type": type_, "value": value, "source": _source(said, name), **more}

    def select(name: str, label: str, value: str | None, options: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        chosen = given.get(name, value)
        return {"name": name, "label": label, "type": "select", "value": chosen, "options": options, **more}

    return [
        text("title", "标题", required=True, maxlength=100),
        text("content", "诉求内容", "textarea", required=True, rows=6, maxlength=5000),
        text("place", "地点", maxlength=200, hint=f"从内容看，在{here}" if here and not said.place else ""),
        select("kind", "类型", decision.kind, named(KINDS), required=True, half=True),
        select("urgency", "紧急程度", decision.urgency, named(URGENCIES), required=True, half=True),
        select("matter", "事项", decision.matter, matter_options(know)),
        text("name", "姓名", maxlength=50, half=True),
        text("phone", "回电号码", "tel", maxlength=20, half=True),
        {"name": "confidential", "label": "要求保密", "type": "checkbox", "value": shown.confidential},
        {
            "name": "public_reply",
            "label": "当场答复",
            "type": "textarea",
            "rows": 3,
            "value": given.get("public_reply", ""),
            "hint": "只在“答复并结案”时用；会公开显示。",
        },
        select("reason", "不予受理的原因", None, named(REJECT_REASONS), hint="只在“不予受理”时用。"),
    ]


def _source(said: Inquiry, name: str) -> dict[str, Any] | None:
    """The citizen's turn in which the value was said, and the words."""
    value = str(getattr(said, name))
    for turn in said.turns if value and name in ("place", "name", "phone") else ():
        if turn.role != "agent" and (value in turn.text or (name == "phone" and value in phones(turn.text))):
            return {"seq": turn.seq, "words": turn.text if len(turn.text) <= 24 else value}
    return None


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/desk/calls", view_func=call, methods=["POST"])
