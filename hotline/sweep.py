"""The sweep: every clock whose next step is due is escalated, each level exactly once, however late it is found.

It reads only the index of `next_at <= now`, never bounded below, so it catches up after any outage; tickets and clocks
that another holds are passed over; the unique key of escalations makes each level happen once. A suspension's only
step is no escalation: the ticket resumes. A batch is five statements, however many clocks it takes: what is due, the
ends of the chains, escalations and events, the clocks' next steps; and the notices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from hotline import db, desk, journal, notices
from hotline.errors import Refused
from hotline.lifecycle import Action
from hotline.models import Clock, Escalation, Event, Ticket
from hotline.rights import SYSTEM
from hotline.rows import Rows, change_all, insert_all
from sla.values import RESUME

log = structlog.get_logger()

SWEEP_BATCH = 1000
"""Clocks in one transaction: the tickets' rows are locked meanwhile, and an act on one of them waits so long."""


def resume_due(session: Session, limit: int = SWEEP_BATCH) -> int:
    """Resume up to `limit` tickets whose suspension has reached its cap; how many. Call until it gives 0.

    A ticket that cannot be resumed is told to the log and left, for it must not stop the clocks of all the others.
    """
    due = (
        select(Ticket.number)
        .join(Clock, Clock.ticket_id == Ticket.id)
        .where(Clock.next_at <= db.now(session), Clock.next_level == RESUME)
        .order_by(Clock.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sum(_resumed(session, number) for number in list(session.scalars(due)))


def _resumed(session: Session, number: str) -> bool:
    try:
        with session.begin_nested():
            desk.perform(session, number, SYSTEM, Action.RESUME, {})
    except (Refused, LookupError, ValueError) as error:
        log.warning("not_resumed", number=number, error=str(error))
        return False
    return True


def sweep(session: Session, limit: int = SWEEP_BATCH) -> int:
    """Escalate up to `limit` clocks whose next step is due; how many clocks were taken. Call until it gives 0."""
    at = db.now(session)
    taken = session.execute(_due(at, limit)).all()
    if not taken:
        return 0
    found = [(clock, *_split(clock, at)) for clock in taken]
    fallen = [_Fallen(clock, clock.party or clock.unit, *step) for clock, passed, _ in found for step in passed]
    _write(session, fallen, at)
    nexts = [{"id": clock.id, "next_level": step[0], "next_at": step[1]} for clock, _, step in found]
    change_all(session, Rows(Clock, nexts))
    notices.tell(session, [_told(each) for each in fallen], at)
    return len(taken)


class _Fallen(NamedTuple):
    """One step of one clock that is due; `unit` is whose it is: the party of an assisting unit's clock."""

    clock: Row[Any]
    unit: str | None
    level: str
    due: datetime


def _due(at: datetime, limit: int) -> Select[Any]:
    """The clocks to take, longest overdue first, locked with their tickets: a ticket's lock orders its chain."""
    clock = (Clock.id, Clock.ticket_id, Clock.name, Clock.cycle, Clock.opened_by, Clock.party, Clock.policy)
    return (
        select(*clock, Clock.steps, Clock.next_level, Ticket.unit, Ticket.number)
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .where(Clock.next_at <= at, Clock.next_level != RESUME)
        .order_by(Clock.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


Step = tuple[str, datetime]


def _split(clock: Row[Any], at: datetime) -> tuple[list[Step], Step | tuple[None, None]]:
    """(the steps from the next one on that are due, more than one after an outage; the one to come, if there is)."""
    levels = [level for level, _ in clock.steps]
    passed: list[Step] = []
    for level, when in clock.steps[levels.index(clock.next_level) :]:
        step = (level, datetime.fromisoformat(when))
        if step[1] > at:
            return passed, step
        passed.append(step)
    return passed, (None, None)


def _write(session: Session, fallen: Sequence[_Fallen], at: datetime) -> None:
    """The escalations, and an event of each at the end of its ticket's chain."""
    links = _links(session, sorted({each.clock.ticket_id for each in fallen}))
    events: list[dict[str, Any]] = []
    for each in fallen:
        [event], _ = journal.rows([_entry(each, at)], links[each.clock.ticket_id])
        links[each.clock.ticket_id] = journal.Link(event["seq"], event["hash"])
        events.append(event)
    insert_all(session, Rows(Escalation, [_escalation(each, at) for each in fallen]))
    insert_all(session, Rows(Event, events))


def _links(session: Session, tickets: Sequence[int]) -> dict[int, journal.Link]:
    """The end of each ticket's chain; asked once the tickets are locked, to see what their last holders wrote."""
    seq, digest = (
        select(column).where(Event.ticket_id == Ticket.id).order_by(Event.seq.desc()).limit(1).scalar_subquery()
        for column in (Event.seq, Event.hash)
    )
    locked = Ticket.id.in_(bindparam(None, tickets, expanding=True, literal_execute=True))
    ends = session.execute(select(Ticket.id, seq, digest).where(locked))
    return {number: journal.Link(*link) for number, *link in ends}


def _identity(clock: Row[Any]) -> dict[str, Any]:
    return {"clock": clock.name, "cycle": clock.cycle, "opened_by": clock.opened_by}


def _escalation(each: _Fallen, at: datetime) -> dict[str, Any]:
    named = {"ticket_id": each.clock.ticket_id, **_identity(each.clock), "party": each.clock.party}
    return named | {"level": each.level, "unit": each.unit, "due_at": each.due, "detected_at": at}


def _entry(each: _Fallen, at: datetime) -> journal.Entry:
    party = {"party": each.clock.party} if each.clock.party else {}
    return journal.Entry(
        subject=f"ticket:{each.clock.ticket_id}",
        ticket_id=each.clock.ticket_id,
        action=Action.ESCALATE,
        actor=SYSTEM.id,
        unit=each.unit,
        at=at,
        data=_identity(each.clock) | party | {"level": each.level, "due_at": each.due.isoformat()},
    )


def _told(each: _Fallen) -> notices.Found:
    return notices.Found(
        each.clock.number, each.clock.policy, each.clock.name, each.unit, each.level, each.due.isoformat()
    )
