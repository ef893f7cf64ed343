"""The managers' list of tickets that a unit asks to be kept out of its assessment."""

from __future__ import annotations

from flask import Blueprint, render_template

from api.auth import actor, permit
from api.pages.shapes import page_asked, pager, row
from hotline import db, worklists
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.worklists import EXCLUSIONS


@permit(Action.DECIDE_EXCLUSION)
def index() -> str:
    """What waits for a decision, newest first."""
    who, page = actor(), page_asked()
    with db.reading() as session:
        know, found = knowledge(session), worklists.queue_page(session, who, EXCLUSIONS, page)
        total = worklists.queue_counts(session, who, [EXCLUSIONS])[EXCLUSIONS.code]
        deadlines = worklists.nearest_deadlines(session, found, worklists.DESK_QUEUES[-1].clocks)
        rows = [row(know, ticket, who, deadlines.get(ticket.id)) for ticket in found]
    return render_template(
        "tickets.html",
        title=EXCLUSIONS.title,
        note=EXCLUSIONS.what,
        rows=rows,
        total=total,
        pager=pager("/exclusions", {}, page, total),
        back={"title": "统计", "href": "/managers"},
    )


def register(blueprint: Blueprint) -> None:
    """Hang the view on its address."""
    blueprint.add_url_rule("/exclusions", endpoint="exclusions", view_func=index)
