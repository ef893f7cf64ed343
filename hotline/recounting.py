"""Facts made again from the events: after an upgrade, and for the proof that they are what the events say.

Ticket by ticket, so a house may be at work meanwhile: each batch locks its tickets, and rewrites only those whose rows
are not what their history says. Run twice, the second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline import clocks, db, facts
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import BadEvaluation, Clock, Event, Fact, Ticket, Uncounted
from hotline.models.model import Model
from hotline.rows import Row, Rows, change_all, insert_all, table_of
from hotline.rulebook import Rulebook
from sla.values import Event as Moment

BATCH = 200
"""Tickets in one transaction: an act on one of them waits so long."""

Transaction = Callable[[], AbstractContextManager[Session]]
Watch = Callable[[Iterable[Sequence[int]], str, int], Iterable[Sequence[int]]]


_Both = tuple[list[Row], list[Row]]


class Recounted(NamedTuple):
    """How many tickets were looked at, how many of them had other rows than their history says, and those whose
    history cannot be read (`verify` says why): their rows stay as they are.
    """

    tickets: int
    changed: int
    broken: list[int]


class _Told(NamedTuple):
    """A ticket's rows as they are kept and as its history says they are, facts and bad evaluations; `said` is None
    where the history cannot be read.
    """

    ticket_id: int
    kept: _Both
    said: _Both | None

    @property
    def right(self) -> bool:
        """True where nothing need be done."""
        return self.kept == self.said


def unwatched(batches: Iterable[Sequence[int]], _words: str, _total: int) -> Iterable[Sequence[int]]:
    """No progress bar."""
    return batches


def recount(transaction: Transaction = db.transaction, watch: Watch = unwatched) -> Recounted:
    """Make every ticket's facts, and the working minutes of its clocks, from its events.

    Safe to break off and to run again; until it has gone through once after an upgrade, no report is given.
    """
    with db.reading() as session:
        ids = list(session.scalars(select(Ticket.id).order_by(Ticket.id)))
    batches, done = _batches(ids), Recounted(len(ids), 0, [])
    for batch in watch(batches, "recount", len(batches)):
        with transaction() as session:
            done = _recount(session, batch, done)
    with transaction() as session:
        facts.forget_the_past(session)
        session.execute(delete(Uncounted).where(Uncounted.name == facts.NAME))
    return done


def unlike(session: Session) -> Iterator[str]:
    """A sentence for each ticket whose facts are not what its events say; reads only."""
    if not facts.is_counted(session):
        yield "facts: not made from the history yet; run python -m hotline recount"
        return
    told = select(Event.ticket_id).where(Event.action == Action.OPEN).order_by(Event.ticket_id)
    ids = [number for number in session.scalars(told) if number is not None]
    for batch in _batches(ids):
        for each in _told(session, batch):
            if not each.right:
                yield f"ticket:{each.ticket_id}: its facts are not what the history says"


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[n : n + BATCH] for n in range(0, len(ids), BATCH)]


def _recount(session: Session, ids: Sequence[int], done: Recounted) -> Recounted:
    session.execute(select(Ticket.id).where(Ticket.id.in_(ids)).order_by(Ticket.id).with_for_update()).all()
    wrong = [each for each in _told(session, ids) if not each.right]
    said = {each.ticket_id: each.said for each in wrong if each.said is not None}
    for part, model in enumerate((Fact, BadEvaluation)):
        table = table_of(model)
        session.execute(delete(table).where(table.c.ticket_id.in_(said)))
        if rows := [row for both in said.values() for row in both[part]]:
            insert_all(session, Rows(model, rows))
    _fill_worked(session, ids)
    broken = [each.ticket_id for each in wrong if each.said is None]
    return Recounted(done.tickets, done.changed + len(said), done.broken + broken)


def _told(session: Session, ids: Sequence[int]) -> Iterator[_Told]:
    """Each ticket's rows, as kept and as said; neighbours that say the same are one, whoever wrote them."""
    named = session.execute(select(Ticket.id, Ticket.number, Ticket.source).where(Ticket.id.in_(ids))).all()
    rules, histories = _rules(session, ids), _histories(session, ids)
    kept, bad = _kept(session, Fact, ids), _kept(session, BadEvaluation, ids)
    for ticket in named:
        if ticket.id in histories:
            agent, events = histories[ticket.id]
            row = {"id": ticket.id, "number": ticket.number, "source": ticket.source, "agent": agent}
            mine = _joined(kept.get(ticket.id, [])), bad.get(ticket.id, [])
            yield _Told(ticket.id, mine, _said(row, events, rules))


def _said(row: Row, events: Sequence[Moment], rules: Rulebook) -> _Both | None:
    try:
        bad: list[Row] = [{"ticket_id": row["id"], **each} for each in facts.bad_evaluations(events, rules)]
        return list(facts.stretches(row, events, rules)), bad
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def _rules(session: Session, ids: Sequence[int]) -> Rulebook:
    """Every version that these tickets may name, a moment old or not."""
    named = select(Ticket.calendar, Ticket.policy).where(Ticket.id.in_(ids)).distinct()
    known = [knowledge(session, row.calendar, row.policy) for row in session.execute(named).all()]
    return known[-1].rules


def _histories(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, list[Moment]]]:
    """By ticket who opened it, and its events in order."""
    rows = session.execute(
        select(Event.ticket_id, Event.actor, Event.seq, Event.at, Event.action, Event.data)
        .where(Event.ticket_id.in_(ids))
        .order_by(Event.ticket_id, Event.seq)
    )
    found = {}
    for number, events in groupby(rows, key=lambda row: int(row.ticket_id)):
        history = list(events)
        found[number] = history[0].actor, [Moment(row.seq, row.at, row.action, row.data) for row in history]
    return found


def _kept(session: Session, model: type[Model], ids: Sequence[int]) -> dict[int, list[Row]]:
    table = table_of(model)
    query = select(table).where(table.c.ticket_id.in_(ids)).order_by(*table.primary_key)
    rows = [dict(row) for row in session.execute(query).mappings()]
    return {number: list(mine) for number, mine in groupby(rows, key=lambda row: int(row["ticket_id"]))}


def _joined(rows: Iterable[Row]) -> list[Row]:
    """Two acts at one instant may leave a row that says what the one before it says."""
    joined: list[Row] = []
    for row in rows:
        last = joined[-1] if joined else None
        if last and last["known_until"] == row["known_from"] and _words(last) == _words(row):
            joined[-1] = {**last, "known_until": row["known_until"]}
        else:
            joined.append(row)
    return joined


def _words(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in facts.TIMES}


def _fill_worked(session: Session, ids: Sequence[int]) -> None:
    """The working minutes of clocks that were met before they were counted."""
    missing = Clock.ticket_id.in_(ids), Clock.met_at.is_not(None), Clock.worked.is_(None)
    columns = (Clock.id, Clock.name, Clock.party, Clock.unit, Clock.calendar, Clock.started_at, Clock.met_at)
    rows, rules = session.execute(select(*columns).where(*missing)).all(), _rules(session, ids)
    if rows:
        change_all(
            session, Rows(Clock, [{"id": row.id, "worked": clocks.worked(row, row.unit, rules)} for row in rows])
        )
