"""The unit's desk: its tickets, nearest deadline first, the open one beside the list."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from api.auth import actor, permit
from api.pages.acts import Answer, act_forms
from api.pages.alarms import alarm_strip
from api.pages.dossier import dossier
from api.pages.reminders import reminders
from api.pages.shapes import page_asked, pager, queue_tabs, row
from hotline import db, queries, worklists
from hotline.knowledge import knowledge
from hotline.models import Ticket
from hotline.rights import Actor
from hotline.worklists import UNIT_QUEUES, Queue


@permit("unit_desk")
def index() -> str:
    """The list alone."""
    with db.reading() as session:
        return page_with(session, actor(), None, {"ticket": None, "clocks": [], "acts": [], "moments": []})


@permit("unit_desk")
def show(number: str) -> str:
    """The list, and a ticket beside it."""
    who = actor()
    with db.reading() as session:
        ticket = queries.find_ticket(session, number, who)
        acts = act_forms(session, ticket, who, Answer())
        return page_with(session, who, ticket, dossier(session, ticket, who) | {"acts": acts})


def page_with(session: Session, who: Actor, ticket: Ticket | None, context: dict[str, Any]) -> str:
    """The page with its list; `context` is the ticket's part of it."""
    queue, page = _queue(), page_asked()
    asked = {} if queue is UNIT_QUEUES[0] else {"queue": queue.code}
    counts = worklists.queue_counts(session, who, UNIT_QUEUES)
    context["filter"] = {"title": queue.title, "why_empty": queue.why_empty}
    return render_template(
        "unit/index.html",
        reminders=reminders(session, who),
        alarms=alarm_strip(session, who),
        filters=queue_tabs("/unit", UNIT_QUEUES, counts, queue),
        rows=_rows(session, who, queue, page, ticket),
        pager=pager("/unit", asked, page, counts[queue.code]),
        list_href="/unit" + (f"?queue={queue.code}" if asked else ""),
        **context,
    )


def _queue() -> Queue:
    return next((queue for queue in UNIT_QUEUES if queue.code == request.args.get("queue")), UNIT_QUEUES[0])


def _rows(session: Session, who: Actor, queue: Queue, page: int, ticket: Ticket | None) -> list[dict[str, Any]]:
    found = worklists.queue_page(session, who, queue, page)
    know, deadlines = knowledge(session), worklists.nearest_deadlines(session, found, queue.clocks, who)
    here = "" if queue is UNIT_QUEUES[0] else f"?queue={queue.code}"
    return [
        row(know, each, who, deadlines.get(each.id), f"/unit/{each.number}{here}#ticket")
        | {"current": ticket is not None and each.id == ticket.id}
        for each in found
    ]


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule("/unit", endpoint="unit", view_func=index)
    blueprint.add_url_rule("/unit/<number:number>", endpoint="unit_ticket", view_func=show)
