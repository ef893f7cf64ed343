"""以前是怎么答的: what was replied to tickets like this one. On its own, so that no ticket waits for the index."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages.shapes import ticket_href
from hotline import db, queries
from hotline.answered_before import answered_before
from hotline.knowledge import today
from hotline.models import Ticket
from hotline.rights import Actor
from search.documents import Unavailable


@permit("search")
def before(number: str) -> tuple[str, int]:
    """The public replies that the most similar closed tickets got."""
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        shown = {"number": number, "href": ticket_href(number, who), "title": _title(ticket, who)}
        try:
            answers, away = _answers(session, ticket, who), False
        except Unavailable:
            answers, away = [], True
    return render_template("before.html", ticket=shown, answers=answers, unavailable=away), 503 if away else 200


def _title(ticket: Ticket, who: Actor) -> str:
    return queries.shown_text(ticket, ticket.title, who)


def _answers(session: Session, ticket: Ticket, who: Actor) -> list[dict[str, Any]]:
    return [
        {
            "reply": each.reply,
            "unit": each.unit,
            "matter": each.matter,
            "month": f"{today(each.at):%Y年%-m月}",
            "ticket": each.ticket and {"href": ticket_href(each.ticket.number, who), "title": _title(each.ticket, who)},
        }
        for each in answered_before(session, ticket, who)
    ]


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/tickets/<number:number>/before", view_func=before)
