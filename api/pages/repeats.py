"""Repeats on the desk: what a ticket seems to repeat, what a person says of it, and the piles of a flood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.dossier import line
from api.pages.shapes import error_list, names_of, row, ticket_href
from hotline import db, piles, queries, worker, worklists
from hotline.desk.verdicts import APART, JOINED
from hotline.errors import NotFound, Refused
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket
from hotline.piles import Pile
from hotline.proposals import REASONS, Proposal, decide, how_alike, proposals
from hotline.repeats import like_now
from hotline.rights import Actor
from routing.decision import Decision

DONE = {JOINED: "已并单，来件人仍会收到答复和回访。", APART: "已记下：不是同一件，不再提示。"}
PILED = "received"
"""The list in which floods are shown as piles."""


def proposed(session: Session, tickets: Sequence[Ticket], who: Actor) -> dict[int, list[dict[str, Any]]]:
    """By ticket its proposals, in the shape of templates/repeats.html."""
    know = knowledge(session)
    found = proposals(session, tickets, who)
    return {number: [_shape(know, each, who) for each in mine] for number, mine in found.items()}


def _shape(know: Knowledge, each: Proposal, who: Actor) -> dict[str, Any]:
    return line(each.other, who, REASONS[each.reason]) | {
        "unit": know.short_names.get(each.other.unit or "", ""),
        "words": each.words,
        "reasons": each.reasons,
        "joins": each.joins,
        "tells": each.tells,
        "child": each.child.number,
        "parent": each.parent.number,
        "may_join": each.may_join,
        "may_part": who.may(APART),
        "action": f"/tickets/{each.ticket.number}/likenesses/{each.other.number}",
        "version": each.ticket.version,
    }


def like_lines(session: Session, inquiry: Inquiry, decision: Decision, who: Actor) -> list[dict[str, Any]]:
    """What somebody on the line seems to repeat: other tickets in a line each, as desk/call.html has them."""
    know, found = knowledge(session), like_now(session, inquiry, decision)
    tickets = queries.tickets_of(session, [each.other.id for each in found], who)
    return [
        line(tickets[each.other.id], who, _relation(know, each.reason, each.score.score, tickets[each.other.id]))
        for each in found
        if each.other.id in tickets
    ]


def _relation(know: Knowledge, reason: str, score: float, ticket: Ticket) -> str:
    tells = "，可告知进展" if reason == "same_person" else ""
    unit = know.short_names.get(ticket.unit or "", "")
    return " · ".join(filter(None, (f"{REASONS[reason]}{tells}", how_alike(score), unit)))


def under_row(ticket: Ticket, pile: Pile | None, proposals: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What stands under a ticket's row: the pile that it stands for, and its surest proposal."""
    heap = {"words": pile.words, "href": f"/desk/piles/{ticket.number}"} if pile else None
    return {"pile": heap, "proposal": next(iter(proposals), None)}


@permit("merge")
def say(number: str, other: str) -> Response:
    """Joined or apart; back to where it was said, with what came of it in a sentence."""
    verdict = request.form.get("verdict", "")
    if verdict not in DONE:
        abort(400)
    seen = request.form.get("version", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    try:
        with db.transaction() as session:
            decide(session, (number, other), actor(), verdict, version)
    except NotFound:
        raise
    except (Refused, InvalidInput) as refused:
        flash(f"没有办成：{refused.message['zh']}。")
    else:
        worker.nudge()
        flash(DONE[verdict])
    return redirect("/desk" if request.form.get("back") == "desk" else ticket_href(number, actor()), 303)


@permit("desk")
def pile(number: str) -> str:
    """The tickets of a pile, the first of them on top; with ?all=1 every one is chosen."""
    return _pile_page(number, [])


def _pile_page(number: str, errors: list[dict[str, str]]) -> str:
    who = actor()
    with db.reading() as session:
        know, ticket = knowledge(session), queries.find_ticket(session, number, who)
        found, waiting = piles.members(session, number, who)
        due = worklists.nearest_deadlines(session, waiting, ("dispatch",))
        rows = [row(know, each, who, due.get(each.id)) for each in waiting]
        chosen = request.form.getlist("chosen")
        for each in rows:
            each["chosen"] = each["number"] in chosen or request.args.get("all") == "1"
        return render_template(
            "desk/pile.html",
            pile={"words": found.words, "count": found.count} if found else None,
            ticket=names_of(ticket) | {"href": ticket_href(number, who)},
            first=rows[0] if rows else None,
            rows=rows[1:],
            may_join=who.may("merge"),
            action=f"/desk/piles/{number}",
            most=piles.MOST_AT_ONCE,
            errors=errors,
        )


@permit("merge")
def join(number: str) -> Response | tuple[str, int]:
    """Merge what was chosen into the first of the pile."""
    try:
        done = piles.join(number, request.form.getlist("chosen"), actor())
    except InvalidInput as wrong:
        return _pile_page(number, error_list(wrong)), 422
    worker.nudge()
    if done.count:
        flash(f"已把 {done.count} 件并入 {done.into}，来件人仍会收到答复和回访。")
    for refused, why in list(done.refused.items())[:5]:
        flash(f"{refused} 没有并：{why}。")
    return redirect("/desk", 303)


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule = blueprint.add_url_rule
    rule(
        "/tickets/<number:number>/likenesses/<number:other>",
        endpoint="say_likeness",
        view_func=say,
        methods=["POST"],
    )
    rule("/desk/piles/<number:number>", endpoint="pile", view_func=pile)
    rule("/desk/piles/<number:number>", endpoint="join_pile", view_func=join, methods=["POST"])
