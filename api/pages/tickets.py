"""A ticket's own page: everything the reader may see of it, and the acts they may do, each a form."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.errors import STATUSES
from api.pages import unit
from api.pages.acts import Answer, act_forms
from api.pages.alarms import alarm_strip
from api.pages.dossier import dossier, line
from api.pages.forms import FORMS, read_act
from api.pages.repeats import proposed
from api.pages.shapes import error_list, ticket_href
from api.pages.suggestion import suggestion_of
from api.uploads import takes_files
from hotline import db, desk, queries, worker, worklists
from hotline.desk.evidence import attach
from hotline.desk.privacy import unmask
from hotline.errors import NotFound, Refused, Stale
from hotline.explaining import explanation
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.proposals import similar_tickets
from hotline.rights import Actor


@permit("read_tickets")
def show(number: str) -> str | Response:
    """The ticket; a unit's people read it beside their list."""
    if actor().of_unit:
        return redirect(ticket_href(number, actor()))
    return _page(number, Answer())


def _page(number: str, answer: Answer) -> str:
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        context = dossier(session, ticket, who, answer.reveal) | {"acts": act_forms(session, ticket, who, answer)}
        if who.of_unit:
            return unit.page_with(session, who, ticket, context)
        told = {each["number"] for each in context["ticket"]["links"]}
        others = [other for why, other in similar_tickets(session, ticket, who) if why == "same_caller"]
        context |= {
            "suggestion": suggestion_of(session, ticket) if ticket.status == "received" else None,
            "proposals": proposed(session, [ticket], who)[ticket.id],
            "like_tickets": [line(other, who, "同一来电人") for other in others if other.number not in told],
            "alarms": alarm_strip(session, who) if who.may("desk") else {"total": 0, "items": []},
            "back": _back(ticket, who),
        }
    return render_template("desk/ticket.html", **context)


def _back(ticket: Ticket, who: Actor) -> dict[str, str]:
    """The queue that the ticket stands in, or where the reader's work is."""
    if not who.may("desk"):
        return {"title": "统计", "href": "/managers"} if who.may("read_rates") else {"title": "搜索", "href": "/search"}
    waiting = "pending" if ticket.pending else ticket.status
    queue = next((each for each in worklists.DESK_QUEUES if each.code == waiting), worklists.DESK_QUEUES[-1])
    return {"title": queue.title, "href": f"/desk?queue={queue.code}"}


@permit("read_tickets")
@takes_files
def act(number: str) -> Response | tuple[str, int]:
    """Do one act; what cannot be done is said in its place, with all that was filled in."""
    who, action = actor(), _action()
    seen = request.form.get("version", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    try:
        with db.transaction() as session:
            fields = read_act(action, request.form, knowledge(session))
            if FORMS[action].takes_files:
                fields["evidence"] = _keep_files(session, number, who)
            desk.perform(session, number, who, action, fields, version)
    except NotFound:
        raise
    except InvalidInput as wrong:
        return _page(number, Answer(action, request.form, error_list(wrong))), 422
    except Refused as refused:
        stale = version if isinstance(refused, Stale) else None
        return _page(number, Answer(action, request.form, _refusal(refused), stale)), STATUSES[type(refused)]
    worker.nudge()
    flash(FORMS[action].done)
    return redirect(ticket_href(number, who), 303)


def _keep_files(session: Session, number: str, who: Actor) -> list[int]:
    """The ids of the files that came with the form: kept in the act's own transaction, so they stay with it or not."""
    try:
        files = [each for each in request.files.getlist("evidence") if each.filename]
        return [attach(session, number, who, each.filename or "", each.read()).id for each in files]
    except InvalidInput as wrong:
        raise InvalidInput("evidence", wrong.message["zh"], wrong.message["en"]) from None


def _action() -> Action:
    """The act that was asked for; 400 for what is none."""
    name = request.form.get("act", "")
    found = next((action for action in FORMS if action == name), None)
    return found or abort(400)


def _refusal(refused: Refused) -> list[dict[str, str]]:
    if isinstance(refused, Stale):
        return [{"field": "", "message": "您打开之后有人处理过这件工单。您填的都还在，请看看变化，再决定要不要提交："}]
    return error_list(refused)


@permit("unmask")
def reveal(number: str) -> tuple[str, int]:
    """Who wrote, in full, for a reason that is kept in the ticket's history."""
    try:
        with db.transaction() as session:
            person = unmask(session, number, actor(), request.form.get("reason", "").strip()[:500])
    except InvalidInput as wrong:
        return _page(number, Answer(reveal={"errors": error_list(wrong)})), 422
    return _page(number, Answer(reveal={"person": person})), 200


@permit("read_tickets")
def clocks(number: str) -> str:
    """How each deadline was counted, as a sum on paper."""
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        now, know = db.now(session), knowledge(session)
        sums = [
            {
                "label": each.title,
                "cycle": each.clock.cycle,
                "deadline": worklists.deadline_of(each.clock, now, know.rules.calendar(each.clock.calendar, each.unit)),
                "lines": each.lines,
            }
            for each in explanation(session, ticket)
        ]
        title = queries.shown_text(ticket, ticket.title, who)
    return render_template(
        "clocks.html", ticket={"number": number, "title": title, "href": ticket_href(number, who)}, clocks=sums
    )


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule = blueprint.add_url_rule
    rule("/tickets/<number:number>", view_func=show)
    rule("/tickets/<number:number>", view_func=act, methods=["POST"])
    rule("/tickets/<number:number>/reveal", view_func=reveal, methods=["POST"])
    rule("/tickets/<number:number>/clocks", view_func=clocks)
