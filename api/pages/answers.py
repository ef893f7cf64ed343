"""看看别人问过的: published answers, for everybody; a list, a search and a page for each."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from api.auth import public
from api.pages.shapes import page_asked
from api.resources.answers import per_address
from hotline import db
from hotline.answers import finding
from hotline.answers.finding import LONGEST_QUERY, MOST_PAGES, PAGE_SIZE, Found, Shown
from hotline.errors import NotFound
from hotline.intake.fields import clean
from search.documents import Unavailable

PATH = "/answers"


@per_address
@public
def index() -> tuple[str, int]:
    """The newest, those of a category, or those that a question finds. 503, with a way on, while the index is away."""
    text, matter = (clean(request.args.get(name, ""))[:LONGEST_QUERY].strip() for name in ("q", "matter"))
    page, away = min(page_asked(), MOST_PAGES), False
    with db.reading() as session:
        groups = finding.categories(session)
        names = {code: name for code, name, _ in groups}
        try:
            found = finding.found(session, text, matter) if text else finding.listed(session, matter, page)
        except Unavailable:
            found, away = Found([], 0), True
    shown = {"q": text, "matter": matter, "matter_name": names.get(matter, ""), "groups": groups, "found": found}
    more = None if text or page * PAGE_SIZE >= found.total or page >= MOST_PAGES else page + 1
    return render_template("answers/index.html", **shown, unavailable=away, more=more), 503 if away else 200


@per_address
@public
def answer(answer_id: int) -> str:
    """A question with its answer. 404 for one that is not published, or not any more."""
    with db.reading() as session:
        return render_template("answers/answer.html", answer=finding.one(session, answer_id))


def went_on(asked: str) -> str:
    """The first words of a message by who found no solution in the answer of this number; '' for none such."""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return ""
    try:
        with db.reading() as session:
            return f"看过公开问答“{finding.one(session, int(asked)).question[:80]}”，没有解决。\n"
    except NotFound:
        return ""


def also_useful(content: str) -> list[Shown]:
    """What may answer a message that was just sent; nothing while the index is away."""
    try:
        with db.reading() as session:
            return finding.like(session, content)
    except Unavailable:
        return []


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    blueprint.add_url_rule(PATH, endpoint="answers", view_func=index)
    blueprint.add_url_rule(f"{PATH}/<int:answer_id>", endpoint="answer", view_func=answer)
