"""Which replies are worth publishing: closed, good, nobody's secret, and asked again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from hotline import vault
from hotline.answers.masking import Known, Masked, masked
from hotline.errors import NotFound, OutOfOrder
from hotline.kinds import OF_CITIZENS
from hotline.models import Answer, Citizen, Evaluation, Likeness, Reply, Ticket, TopicTicket
from hotline.rights import SYSTEM

READ = 2000
"""So many of the newest that might do are looked at."""

KINDS = tuple(kind for kind in OF_CITIZENS if kind != "report")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket whose reply might be published. `like`: tickets that say the same; `alike`: of the same matter among
    all candidates. `again`: it was published, and sent back when its ticket was reopened.
    """

    ticket_id: int
    number: str
    title: str
    matter: str | None
    unit: str | None
    received_at: datetime
    like: int
    alike: int
    again: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the machine proposes of a ticket, beside what was said."""

    ticket: Ticket
    said: str
    replied: str
    unit: str | None
    question: Masked
    answer: Masked


def _fit() -> list[ColumnElement[bool]]:
    """Conditions on Ticket; `accused` is JSON and looked at in the rows."""
    last = (Evaluation.ticket_id == Ticket.id) & (Evaluation.cycle == Ticket.cycle)
    good = last & Evaluation.answered & Evaluation.solved.is_(True) & func.coalesce(Evaluation.satisfied, True)
    bad = last & Evaluation.answered & or_(Evaluation.solved.is_(False), Evaluation.satisfied.is_(False))
    passed = (Reply.ticket_id == Ticket.id) & Reply.passed.is_(True) & (Reply.public_reply != "")
    return [
        Ticket.status == "closed",
        Ticket.kind.in_(KINDS),
        Ticket.confidential.is_(False),
        Ticket.parent_id.is_(None),
        or_(exists().where(good), Ticket.no_reply),
        ~exists().where(bad),
        exists().where(passed),
        ~exists().where(Citizen.ticket_id == Ticket.id, Citizen.erased_at.is_not(None)),
    ]


def candidates(session: Session) -> list[Candidate]:
    """Tickets that no person has decided on yet, or not since they were reopened, those first, then the most asked."""
    columns = (Ticket.id, Ticket.number, Ticket.title, Ticket.matter, Ticket.unit, Ticket.received_at, Ticket.accused)
    query = select(*columns, Answer.id.label("again")).outerjoin(Answer, Answer.ticket_id == Ticket.id)
    undecided = or_(Answer.id.is_(None), Answer.decided_by == SYSTEM.id)
    newest = query.where(*_fit(), undecided).order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(READ)
    rows = [row for row in session.execute(newest) if not row.accused]
    like = _like(session, [row.id for row in rows])
    matters = Counter(row.matter for row in rows if row.matter)
    found = [_candidate(row, like[row.id], matters[row.matter]) for row in rows]
    return sorted(found, key=lambda each: (not each.again, -each.like, -each.alike))


def _candidate(row: Any, like: int, alike: int) -> Candidate:
    what = (row.id, row.number, row.title, row.matter, row.unit, row.received_at)
    return Candidate(*what, like, alike, again=row.again is not None)


def sent_back(row: Answer) -> bool:
    """True where the system, and no person, decided last: its ticket was reopened, and a person is to look again."""
    return row.decided_by == SYSTEM.id


def _like(session: Session, ids: Sequence[int]) -> Counter[int]:
    """Ticket → how many others say the same, by likeness or by topic, whichever finds more."""
    by_words: Counter[int] = Counter()
    for one, other in ((Likeness.ticket_id, Likeness.other_id), (Likeness.other_id, Likeness.ticket_id)):
        apart = Likeness.verdict.is_(None) | (Likeness.verdict != "apart")
        counted = select(one, func.count(other)).where(one.in_(ids), apart).group_by(one)
        by_words.update(dict(_pairs(session, counted)))
    return by_words | Counter(dict(_by_topic(session, ids)))


def _by_topic(session: Session, ids: Sequence[int]) -> list[tuple[int, int]]:
    mine = select(TopicTicket.ticket_id, TopicTicket.topic_id)
    topics = _pairs(session, mine.where(TopicTicket.ticket_id.in_(ids), TopicTicket.topic_id.is_not(None)))
    sizes = select(TopicTicket.topic_id, func.count()).where(TopicTicket.topic_id.in_({topic for _, topic in topics}))
    counts = dict(_pairs(session, sizes.group_by(TopicTicket.topic_id)))
    return [(ticket, counts[topic] - 1) for ticket, topic in topics]


def _pairs(session: Session, query: Any) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in session.execute(query)]


def propose(session: Session, number: str, check: bool = True) -> Proposal:
    """The machine's proposal for a ticket: question and answer with personal data taken out.

    Raises NotFound, and with `check` OutOfOrder for a ticket whose reply may not be published, whoever wants it.
    """
    ticket = session.scalars(select(Ticket).where(Ticket.number == number)).first()
    if ticket is None:
        raise NotFound(f"没有工单 {number}，请核对编号", f"there is no ticket {number}")
    fits = session.scalar(select(Ticket.id).where(Ticket.id == ticket.id, *_fit()))
    if check and (fits is None or ticket.accused):
        raise OutOfOrder(
            "这件的答复不能公开：只有已结案、审核通过、市民认可，又不涉及举报、保密和被举报单位的才可以",
            "its reply may not be published: it must be closed, reviewed and found good, and nobody's secret",
        )
    reply = session.scalars(
        select(Reply).where(Reply.ticket_id == ticket.id, Reply.passed.is_(True)).order_by(Reply.seq.desc()).limit(1)
    ).first()
    replied, unit = (reply.public_reply, reply.unit) if reply else ("", None)
    known = known_of(session, ticket.id)
    question, answer = (masked(text, known) for text in (ticket.content, replied))
    return Proposal(ticket, ticket.content, replied, unit, question, answer)


def known_of(session: Session, ticket_id: int) -> Known:
    """What the house knows of who wrote, decrypted in this process alone."""
    row = session.get(Citizen, ticket_id)
    if row is None or row.erased_at:
        return Known()
    names = ("name", "phone", "id_number", "address")
    closed = {name: getattr(row, name) for name in names}
    return Known(**{name: vault.decrypt(text, f"{name}:{ticket_id}") for name, text in closed.items() if text})
