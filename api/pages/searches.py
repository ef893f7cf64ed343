"""A person's saved searches: kept, gone to, renamed, dropped."""

from __future__ import annotations

from functools import partial
from itertools import zip_longest
from typing import Any

from flask import Blueprint, flash, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.asked import NAMES, href, wanted_of
from hotline import db, searches
from hotline.errors import Refused
from hotline.intake.inquiry import InvalidInput
from hotline.rights import Actor


def listed(session: Session, who: Actor, counted: bool) -> list[dict[str, Any]]:
    """The person's own with their addresses; how much is new where `counted`, None where nobody can say."""
    rows = searches.kept(session, who)
    counts = searches.news(session, rows if counted else (), partial(wanted_of, counting=False), who)
    return [
        {"id": row.id, "name": row.name, "href": f"/search/saved/{row.id}", "new": new}
        for row, new in zip_longest(rows, counts)
    ]


@permit("search")
def keep() -> Response:
    """Keep the search that stands in the form."""
    asked = {name: text for name in NAMES if (text := request.form.get(name, "").strip()[:500])}
    try:
        with db.transaction() as session:
            row = searches.keep(session, actor(), request.form.get("name", ""), asked)
            flash(f"已保存为“{row.name}”。")
    except (InvalidInput, Refused) as wrong:
        flash(wrong.message["zh"])
    return redirect(href(asked))


@permit("search")
def go(search_id: int) -> Response:
    """To what it finds; what was new has been seen then."""
    with db.transaction() as session:
        return redirect(href(searches.see(session, actor(), search_id).asked))


@permit("search")
def change(search_id: int) -> Response:
    """Rename it, or drop it."""
    try:
        with db.transaction() as session:
            if request.form.get("act") == "drop":
                searches.drop(session, actor(), search_id)
                flash("已删除。")
            else:
                searches.rename(session, actor(), search_id, request.form.get("name", ""))
                flash("已改名。")
    except InvalidInput as wrong:
        flash(wrong.message["zh"])
    return redirect("/search")


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    rule = blueprint.add_url_rule
    rule("/search/saved", endpoint="keep_search", view_func=keep, methods=["POST"])
    rule("/search/saved/<int:search_id>", endpoint="saved_search", view_func=go)
    rule("/search/saved/<int:search_id>", endpoint="change_search", view_func=change, methods=["POST"])
