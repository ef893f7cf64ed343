"""公开问答 at the desk: which replies are worth publishing, and one page to read, put right, publish or refuse."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.auth import actor, permit
from api.pages.shapes import error_list, page_asked, pager
from hotline import db
from hotline.answers import publishing
from hotline.answers.candidates import Candidate, candidates, propose, sent_back
from hotline.answers.publishing import LONGEST_ANSWER, LONGEST_QUESTION, PUBLISHED, REFUSED, WITHDRAWN, Wording
from hotline.errors import Refused
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Answer, Ticket
from hotline.worklists import PAGE_SIZE

PATH = "/answers/candidates"
STATES = {PUBLISHED: "已公开", WITHDRAWN: "已撤下", REFUSED: "不公开"}
DECIDED = 50


@permit("approve_answers")
def index() -> str:
    """What nobody has decided on, most asked first; and what was decided last."""
    page = page_asked()
    with db.reading() as session:
        know, found = knowledge(session), candidates(session)
        shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        rows, decided = [_row(know, each) for each in shown], _decided(session)
    links = pager(PATH, {}, page, len(found))
    return render_template("answers/candidates.html", rows=rows, total=len(found), pager=links, decided=decided)


def _row(know: Knowledge, each: Candidate) -> dict[str, Any]:
    return {
        "href": f"{PATH}/{each.number}",
        "number": each.number,
        "title": each.title,
        "matter": know.matter_path(each.matter),
        "unit": know.unit_name(each.unit) or "热线",
        "like": each.like,
        "alike": each.alike,
        "received_at": each.received_at,
        "again": each.again,
    }


def _decided(session: Session) -> list[dict[str, Any]]:
    query = select(Answer, Ticket.number, Ticket.title).join(Ticket, Ticket.id == Answer.ticket_id)
    rows = session.execute(query.order_by(Answer.decided_at.desc(), Answer.id.desc()).limit(DECIDED))
    return [
        {
            "href": f"{PATH}/{number}",
            "title": row.question or title,
            "state": _state(row),
            "version": row.version,
            "at": row.decided_at,
        }
        for row, number, title in rows
    ]


@permit("approve_answers")
def candidate(number: str) -> tuple[str, int]:
    """Original and proposal side by side. 404 for no ticket, 409 for one whose reply may not be published."""
    return _page(number, None, [])


def _state(row: Answer) -> str:
    return "工单重办，系统已撤下" if sent_back(row) else STATES[row.state]


def _of(number: str) -> Select[Answer]:
    return select(Answer).join(Ticket, Ticket.id == Answer.ticket_id).where(Ticket.number == number)


def _page(
    number: str, values: dict[str, str] | None, errors: list[dict[str, str]], status: int = 200
) -> tuple[str, int]:
    with db.reading() as session:
        row = session.scalars(_of(number)).first()
        proposal = propose(session, number, check=row is None)  # what was published can always be withdrawn
        again = row is not None and sent_back(row)
        question = row.question if row and row.question else proposal.question.text
        answer = row.answer if row and row.answer and not again else proposal.answer.text
        context = {
            "number": number,
            "title": proposal.ticket.title,
            "said": proposal.said,
            "replied": proposal.replied,
            "question": proposal.question,
            "answer": proposal.answer,
            "values": values or {"question": question, "answer": answer},
            "row": row,
            "state": _state(row) if row else "",
            "again": again,
        }
    limits = {"question": LONGEST_QUESTION, "answer": LONGEST_ANSWER}
    return render_template("answers/candidate.html", **context, errors=errors, limits=limits, path=PATH), status


@permit("approve_answers")
def decide(number: str) -> Response | tuple[str, int]:
    """Publish, refuse or withdraw, by the button that was pressed."""
    values = {name: clean(request.form.get(name, "")) for name in ("question", "answer", "reason")}
    try:
        with db.transaction() as session:
            said = _decide(session, number, values)
    except (InvalidInput, Refused) as wrong:
        return _page(number, values, error_list(wrong), 409 if isinstance(wrong, Refused) else 422)
    flash(said)
    return redirect(PATH, 303)


def _decide(session: Session, number: str, values: dict[str, str]) -> str:
    act, who = request.form.get("act", ""), actor()
    if act == "publish":
        row = publishing.publish(session, number, who, Wording(values["question"], values["answer"]))
        return f"已公开，第 {row.id} 条问答。"
    if act == "refuse":
        publishing.refuse(session, number, who, values["reason"])
        return "已记下：不公开，以后不再提示。"
    if act == "withdraw":
        row_id = session.scalar(
            select(Answer.id).join(Ticket, Ticket.id == Answer.ticket_id).where(Ticket.number == number)
        )
        publishing.withdraw(session, row_id or 0, who, values["reason"])
        return "已撤下，市民已经看不到。"
    raise InvalidInput("act", "请选择公开、不公开或撤下", "choose publish, refuse or withdraw")


def register(blueprint: Blueprint) -> None:
    """Hang the views on their addresses."""
    add = blueprint.add_url_rule
    add(PATH, endpoint="answer_candidates", view_func=index)
    add(f"{PATH}/<number:number>", endpoint="answer_candidate", view_func=candidate)
    add(f"{PATH}/<number:number>", endpoint="answer_decide", view_func=decide, methods=["POST"])
