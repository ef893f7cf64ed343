"""Repeats find each other: the traces that tickets leave, and who is like whom.

A projection beside the way of intake: the opening leaves one row in `untraced`, and a round compares the ticket a
moment after the commit, so that no message waits for it or is lost over it. Traces and undecided likenesses can be made
again at any time (`python -m hotline retrace`); what people said of a likeness stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, exists, func, or_, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline import db, lifecycle
from hotline.desk.opening import content_digest, first_sentence, sender_digest
from hotline.intake.inquiry import Inquiry
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Citizen, Likeness, Ticket, Trace, Untraced
from hotline.models.model import Model
from hotline.settings import settings
from routing.decision import Decision
from routing.likeness import WHOLE, Said, likeness, most_like, traces
from routing.likeness import Likeness as Score

BATCH = 50
"""Tickets in one go: two short transactions, so that on SQLite nobody waits long for the one writer."""

MOST = 5
"""Likenesses that are kept of one ticket."""

CANDIDATES = 30
PER_FEATURE = 40
"""So many newest tickets are looked at for each feature: a flood of one text makes no question slower."""

NEWEST = 10
"""So many of the same sender, and of the same text, are looked at, whatever traces they share."""

RETRACE_BATCH = 1000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Told:
    """What is compared of one ticket, or (id 0) of an inquiry that is none yet; `digest` is of its text."""

    id: int
    said: Said
    place: str
    digest: str
    open: bool = True
    parent_id: int | None = None

    def features(self) -> tuple[int, ...]:
        """The traces that it leaves; a text that cannot be read leaves none, and holds nobody up."""
        try:
            return traces(self.said.title, self.said.text, self.place)
        except Exception:
            log.exception("no_traces", ticket=self.id)
            return ()


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody that `told` is like: reason is same_person, same_text or alike."""

    told: Told
    other: Told
    score: Score

    @property
    def reason(self) -> str:
        """Which of the three; the same person before the same text, since there is something to tell them."""
        if self.told.said.sender and self.told.said.sender == self.other.said.sender:
            return "same_person"
        return "same_text" if self.told.digest == self.other.digest else "alike"


# The round


def trace_some() -> int:
    """Compare some of the tickets that wait to be; how many. Call until it gives 0.

    Its own transactions: the traces are there before anybody is looked for, so that of two tickets that two processes
    compare at the same moment, one at least finds the other. Done twice, it is as if done once.
    """
    with db.reading() as session:
        next_ones = select(Untraced.ticket_id).order_by(Untraced.ticket_id).limit(BATCH)
        fresh = _told_of(session, Ticket.id.in_(session.scalars(next_ones).all()))
        if not fresh:
            return 0
        features = {each.id: each.features() for each in fresh}
    with db.transaction() as session:
        _leave(session, features)
    with db.reading() as session:
        found = [pair for each in fresh for pair in _like(session, each, features[each.id])]
    with db.transaction() as session:
        _keep(session, found)
        session.execute(delete(Untraced).where(Untraced.ticket_id.in_(list(features))))
    return len(fresh)


def _told_of(session: Session, *which: ColumnElement[bool]) -> list[Told]:
    """What is to be compared of these tickets, in the order of their ids."""
    know = knowledge(session)
    return [_told(know, row) for row in session.execute(_COMPARED.where(*which).order_by(Ticket.id))]


_COMPARED = select(
    Ticket.id,
    Ticket.title,
    func.substr(Ticket.content, 1, WHOLE).label("content"),
    Ticket.content_digest,
    Ticket.place,
    Ticket.matter,
    Ticket.received_at,
    Ticket.status,
    Ticket.parent_id,
    Citizen.sender_digest,
).outerjoin(Citizen, Citizen.ticket_id == Ticket.id)


def _told(know: Knowledge, row: Any) -> Told:
    said = Said(
        row.content, row.title, _places(know, row.place), row.received_at, row.sender_digest or "", row.matter or ""
    )
    return Told(row.id, said, row.place or "", row.content_digest, row.status in lifecycle.OPEN, row.parent_id)


def _places(know: Knowledge, code: str | None) -> tuple[Any, ...]:
    return tuple(know.places[each] for each in know.place_tree.ancestors(code))


def _leave(session: Session, features: Mapping[int, Sequence[int]]) -> None:
    rows = [{"feature": each, "ticket_id": number} for number, own in features.items() for each in own]
    session.execute(delete(Trace).where(Trace.ticket_id.in_(list(features))))
    if rows:
        session.execute(_insert(session, Trace).on_conflict_do_nothing(), rows)


def _insert(session: Session, model: type[Model]) -> Any:
    return (postgresql if db.is_postgres(session) else sqlite).insert(model)


# Who is like whom


def like_now(session: Session, inquiry: Inquiry, decision: Decision) -> list[Found]:
    """Whom an inquiry that is no ticket yet is like, best first; for the agent who has the citizen on the line."""
    said = Said(
        inquiry.content,
        inquiry.title or first_sentence(inquiry.content),
        _places(knowledge(session), decision.place),
        db.now(session),
        sender_digest(inquiry) or "",
        decision.matter or "",
    )
    told = Told(0, said, decision.place or "", content_digest(inquiry))
    return _like(session, told, told.features())


def _like(session: Session, told: Told, features: Sequence[int]) -> list[Found]:
    """Whom it is like enough, best first, each once; tickets of the same text in any case."""
    if told.parent_id is not None:
        return []
    others = _candidates(session, told, features)
    found: dict[int, Found] = {}
    for other, score in _scored(told, others):
        last = _last(session, other)
        found.setdefault(last.id, Found(told, last, score))
    found.pop(told.id, None)
    return list(found.values())[:MOST]


def _scored(told: Told, others: Sequence[Told]) -> list[tuple[Told, Score]]:
    """Those that score enough, best first; then those of the same text that do not."""
    try:
        best = most_like(told.said, [each.said for each in others], len(others), settings().likeness_least)
        found = dict(best)
        same = (index for index, each in enumerate(others) if each.digest == told.digest and index not in found)
        found |= {index: likeness(told.said, others[index].said) for index in same}
    except Exception:
        log.exception("not_compared", ticket=told.id)
        return []
    return [(others[index], score) for index, score in found.items()]


def _last(session: Session, told: Told) -> Told:
    """The ticket itself, or the last in the row of what it was merged into."""
    while told.parent_id is not None:
        [told] = _told_of(session, Ticket.id == told.parent_id)
    return told


def _candidates(session: Session, told: Told, features: Sequence[int]) -> list[Told]:
    """Open tickets, and others within the days of the setting, that share most traces, the text or the sender."""
    shared = {f"feature_{place}": each for place, each in enumerate(features)}
    ids = {*session.scalars(_sharing(len(features)), shared | {"own": told.id})} if features else set()
    same = select(Ticket.id).where(Ticket.content_digest == told.digest, Ticket.id != told.id)
    parts = [same.order_by(Ticket.id.desc()).limit(NEWEST).subquery()]
    if told.said.sender:
        own = select(Citizen.ticket_id).where(Citizen.sender_digest == told.said.sender, Citizen.ticket_id != told.id)
        parts.append(own.order_by(Citizen.ticket_id.desc()).limit(NEWEST).subquery())
    ids.update(session.scalars(union_all(*map(select, parts))))
    return _told_of(session, Ticket.id.in_(ids), _near(told)) if ids else []


def _near(told: Told) -> ColumnElement[bool]:
    """Within the days of the setting from one another; however long ago the earlier one came, if it is still open."""
    at, days = told.said.at, timedelta(days=settings().likeness_days)
    not_too_old = or_(Ticket.received_at >= at - days, Ticket.status.in_(lifecycle.OPEN))
    return not_too_old if told.open else and_(not_too_old, Ticket.received_at <= at + days)


@cache
def _sharing(count: int) -> Select[int]:
    """The tickets that have most of `count` features, newest first among equals."""
    parts = (
        select(Trace.ticket_id)
        .where(Trace.feature == bindparam(f"feature_{place}"), Trace.ticket_id != bindparam("own"))
        .order_by(Trace.ticket_id.desc())
        .limit(PER_FEATURE)
        .subquery()
        for place in range(count)
    )
    shared = union_all(*(select(part.c.ticket_id) for part in parts)).subquery()
    grouped = select(shared.c.ticket_id).group_by(shared.c.ticket_id)
    return grouped.order_by(func.count().desc(), shared.c.ticket_id.desc()).limit(CANDIDATES)


def _keep(session: Session, found: Sequence[Found]) -> None:
    """Write what was found, the later ticket first; what people have decided stays."""
    rows = {(max(each.told.id, each.other.id), min(each.told.id, each.other.id)): each for each in found}
    for (later, earlier), each in sorted(rows.items(), key=lambda item: item[0]):
        said = {"reason": each.reason, "score": round(each.score.score, 4), "reasons": list(each.score.reasons)}
        added = _insert(session, Likeness).values(ticket_id=later, other_id=earlier, **said)
        free, key = Likeness.verdict.is_(None), ["ticket_id", "other_id"]
        session.execute(added.on_conflict_do_update(index_elements=key, set_=said, where=free))


# Keeping the projection


def drop_old(session: Session) -> int:
    """Take out the traces of tickets that are neither open nor within the days of the setting; how many tickets were.

    Call until it gives 0.
    """
    since = db.now(session) - timedelta(days=settings().likeness_days)
    first_kept = select(Ticket.id).where(Ticket.received_at >= since).order_by(Ticket.received_at, Ticket.id).limit(1)
    before = session.scalar(first_kept)
    still_open = exists().where(Ticket.id == Trace.ticket_id, Ticket.status.in_(lifecycle.OPEN))
    old = select(Trace.ticket_id).where(~still_open).distinct().order_by(Trace.ticket_id).limit(RETRACE_BATCH)
    ids = list(session.scalars(old if before is None else old.where(Trace.ticket_id < before)))
    if ids:
        session.execute(delete(Trace).where(Trace.ticket_id.in_(ids)))
    return len(ids)


def send_back(everything: bool = False) -> Iterator[int]:
    """Have the open and the recent tickets compared again: those without traces, or `everything`; yields how many after
    each batch, which is a transaction of its own. Senders that were not kept yet are filled in.
    """
    with db.reading() as session:
        since = db.now(session) - timedelta(days=settings().likeness_days)
    wanted = select(Ticket.id).where(or_(Ticket.received_at >= since, Ticket.status.in_(lifecycle.OPEN)))
    wanted = wanted.order_by(Ticket.id).limit(RETRACE_BATCH)
    if not everything:
        wanted = wanted.where(~exists().where(Trace.ticket_id == Ticket.id))
    last = 0
    while ids := _queued(wanted.where(Ticket.id > last)):
        last = ids[-1]
        yield len(ids)


def _queued(wanted: Select[int]) -> list[int]:
    with db.transaction() as session:
        ids = list(session.scalars(wanted))
        if ids:
            session.execute(_insert(session, Untraced).on_conflict_do_nothing(), [{"ticket_id": each} for each in ids])
            nobody = (Citizen.ticket_id.in_(ids), Citizen.sender_digest.is_(None), Citizen.phone_digest.is_not(None))
            filled = update(Citizen).where(*nobody).values(sender_digest=Citizen.phone_digest)
            session.execute(filled.execution_options(synchronize_session=False))
    return ids


def waiting(session: Session) -> int:
    """How many tickets wait to be compared."""
    return session.scalar(select(func.count()).select_from(Untraced)) or 0
