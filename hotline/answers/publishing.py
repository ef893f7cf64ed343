"""Publish, put right, withdraw, refuse: acts of a person with the right, each with an event in the audit chain."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.answers.candidates import known_of, propose, sent_back
from hotline.answers.masking import left_in
from hotline.desk.guards import needed
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.models import Answer, AnswerVersion, Reply, Ticket
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone

PUBLISHED, WITHDRAWN, REFUSED = "published", "withdrawn", "refused"
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_REASON = 500, 4000, 500


class Wording(NamedTuple):
    """What a person approved."""

    question: str
    answer: str


def publish(session: Session, number: str, actor: Actor, wording: Wording) -> Answer:
    """Publish a ticket's reply in these words; published already, a new version takes the place of the old, which is
    kept; withdrawn, it comes back.

    Raises Forbidden, NotFound, OutOfOrder (see `propose`), Stale, and InvalidInput (question, answer) while personal
    data stands in it.
    """
    _may(actor)
    proposal = propose(session, number)
    _check(session, proposal.ticket.id, wording)
    row = _of_ticket(session, proposal.ticket.id)
    action = "edit_answer" if row and row.state == PUBLISHED else "publish_answer"
    with alone(session):
        row = row or Answer(ticket_id=proposal.ticket.id, version=0, indexed=0)
        row.state, row.matter, row.unit = PUBLISHED, proposal.ticket.matter, proposal.unit
        row.question, row.answer = (text.strip() for text in wording)
        row.published_at = row.published_at or db.now(session)
        _decided(session, row, actor, action)
        kept = {"question": row.question, "answer": row.answer, "at": row.decided_at, "by": actor.id}
        session.add(AnswerVersion(answer_id=row.id, version=row.version, **kept))
    return row


def refuse(session: Session, number: str, actor: Actor, reason: str) -> Answer:
    """Say that a ticket's reply is not for the public: it is never proposed again.

    Raises Forbidden, NotFound, OutOfOrder where it was decided on before, Stale, and InvalidInput (reason).
    """
    _may(actor)
    _check_reason(reason)
    ticket_id = propose(session, number).ticket.id
    row = _of_ticket(session, ticket_id)
    if row and not sent_back(row):
        raise OutOfOrder("这件已经处理过，请刷新页面", "it was decided on before; look again")
    with alone(session):
        row = row or Answer(ticket_id=ticket_id, version=0, indexed=0)
        row.state, row.question, row.answer = REFUSED, "", ""
        _decided(session, row, actor, "refuse_answer", reason)
    return row


def withdraw(session: Session, answer_id: int, actor: Actor, reason: str) -> Answer:
    """Take an answer back: nobody finds or opens it any more. Its wordings stay for the audit.

    Raises Forbidden, NotFound, OutOfOrder where it is not published, and InvalidInput (reason).
    """
    _may(actor)
    _check_reason(reason)
    row = session.scalars(select(Answer).where(Answer.id == answer_id).with_for_update()).first()
    if row is None:
        raise NotFound(f"没有第 {answer_id} 条问答，请刷新后再试", f"there is no answer {answer_id}")
    if row.state != PUBLISHED:
        raise OutOfOrder("这条问答现在没有公开", "this answer is not published now")
    row.state = WITHDRAWN
    _decided(session, row, actor, "withdraw_answer", reason)
    return row


def send_back(session: Session) -> int:
    """Withdraw what is published of tickets that were reopened, or replied to anew, since a person approved it; how
    many. Once such a ticket is closed well again, `candidates` gives it to a person once more.
    """
    anew = exists().where(Reply.ticket_id == Answer.ticket_id, Reply.at > Answer.decided_at)
    of_reopened = select(Answer).join(Ticket, Ticket.id == Answer.ticket_id).where(or_(Ticket.status != "closed", anew))
    rows = session.scalars(of_reopened.where(Answer.state == PUBLISHED).with_for_update(of=Answer)).all()
    for row in rows:
        row.state = WITHDRAWN
        _decided(session, row, SYSTEM, "withdraw_answer", "工单重新办理，答复可能已变")
    return len(rows)


def _decided(session: Session, row: Answer, actor: Actor, action: str, reason: str = "") -> None:
    """The next version, and its event with the reason or the words, to which the audit chain commits."""
    row.version += 1
    row.decided_at, row.decided_by = db.now(session), actor.id
    session.add(row)
    session.flush()
    data = {"state": row.state, "version": row.version, "matter": row.matter, "unit": row.unit}
    text = reason.strip() or f"{row.question}\n{row.answer}"
    entry = journal.Entry(f"answer:{row.id}", action, actor.id, row.decided_at, data, text=text)
    journal.record(session, entry)


def _of_ticket(session: Session, ticket_id: int) -> Answer | None:
    return session.scalars(select(Answer).where(Answer.ticket_id == ticket_id).with_for_update()).first()


def _may(actor: Actor) -> None:
    if not actor.may("approve_answers"):
        raise Forbidden("只有派单员可以审核公开问答", "only a dispatcher approves public answers")


def _check_reason(reason: str) -> None:
    needed("reason", reason, "理由", "the reason")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason", f"理由最多 {LONGEST_REASON} 个字", f"{LONGEST_REASON} characters at most")


def _check(session: Session, ticket_id: int, wording: Wording) -> None:
    known, problems = known_of(session, ticket_id), []
    limits = (("question", "问题", LONGEST_QUESTION), ("answer", "答复", LONGEST_ANSWER))
    for (field, name, longest), text in zip(limits, wording, strict=True):
        if not 0 < len(text.strip()) <= longest:
            problems.append(InvalidInput(field, f"{name}应为 1 至 {longest} 个字", f"1 to {longest} characters"))
        if left := left_in(text.strip(), known):
            zh = f"{name}里还有{'、'.join(left)}，请改掉再公开"
            problems.append(InvalidInput(field, zh, f"the {field} still holds personal data; take it out"))
    if problems:
        raise InvalidInputs(problems)
