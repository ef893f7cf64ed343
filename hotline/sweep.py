"""The sweep: every clock whose next step is due is escalated, each level exactly once, however late it is found.

It reads only the index of `next_at <= now`, never bounded below, so it catches up after any outage; rows that another
worker holds are passed over; the unique key of escalations makes each level happen once. A suspension's only step is
no escalation: the ticket resumes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hotline import db, desk, journal
from hotline.lifecycle import Action
from hotline.models import Clock, Escalation, Event, Ticket
from hotline.rights import SYSTEM
from sla.values import RESUME

SWEEP_BATCH = 500


def resume_due(session: Session, limit: int = SWEEP_BATCH) -> int:
    """Resume up to `limit` tickets whose suspension has reached its cap; how many. Call until it gives 0."""
    due = (
        select(Ticket.number)
        .join(Clock, Clock.ticket_id == Ticket.id)
        .where(Clock.next_at <= db.now(session), Clock.next_level == RESUME)
        .order_by(Clock.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    numbers = list(session.scalars(due))
    for number in numbers:
        desk.perform(session, number, SYSTEM, Action.RESUME, {})
    return len(numbers)


def sweep(session: Session, limit: int = SWEEP_BATCH) -> int:
    """Escalate up to `limit` clocks whose next step is due; how many clocks were taken. Call until it gives 0."""
    at = db.now(session)
    due = (
        select(Clock, Ticket.unit)
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .where(Clock.next_at <= at, Clock.next_level != RESUME)
        .order_by(Clock.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(due).all()
    if not taken:
        return 0
    found = [(clock, unit, passed) for clock, unit in taken for passed in [_passed(clock, at)]]
    _escalate(session, found, at)
    for clock, _unit, passed in found:
        rest = clock.steps[clock.steps.index(passed[-1]) + 1 :]
        clock.next_level, clock.next_at = (rest[0][0], datetime.fromisoformat(rest[0][1])) if rest else (None, None)
    return len(taken)


def _passed(clock: Clock, at: datetime) -> list[list[str]]:
    """The steps from the next one on that are due: more than one after an outage."""
    levels = [step[0] for step in clock.steps]
    return [s for s in clock.steps[levels.index(str(clock.next_level)) :] if datetime.fromisoformat(s[1]) <= at]


def _escalate(session: Session, found: Sequence[tuple[Clock, str | None, list[list[str]]]], at: datetime) -> None:
    links = _links(session, {clock.ticket_id for clock, _, _ in found})
    escalations: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for clock, unit, passed in found:
        for level, due in passed:
            escalations.append(_escalation(clock, unit, level, datetime.fromisoformat(due), at))
            made, _ = journal.rows([_entry(clock, unit, level, due, at)], links[clock.ticket_id])
            links[clock.ticket_id] = journal.Link(made[0]["seq"], made[0]["hash"])
            events += made
    session.execute(insert(Escalation), escalations)
    journal.write(session, events)


def _links(session: Session, tickets: set[int]) -> dict[int, journal.Link]:
    """The end of each ticket's chain, in one query; the tickets' rows are locked."""
    newest = (
        select(Event.ticket_id, Event.seq, Event.hash)
        .where(Event.ticket_id.in_(tickets))
        .order_by(Event.ticket_id, Event.seq)
    )
    return {row.ticket_id: journal.Link(row.seq, row.hash) for row in session.execute(newest) if row.ticket_id}


def _escalation(clock: Clock, unit: str | None, level: str, due: datetime, at: datetime) -> dict[str, Any]:
    identity = {
        "ticket_id": clock.ticket_id,
        "clock": clock.name,
        "cycle": clock.cycle,
        "opened_by": clock.opened_by,
        "party": clock.party,
    }
    return identity | {"level": level, "unit": unit, "due_at": due, "detected_at": at}


def _entry(clock: Clock, unit: str | None, level: str, due: str, at: datetime) -> journal.Entry:
    return journal.Entry(
        subject=f"ticket:{clock.ticket_id}",
        ticket_id=clock.ticket_id,
        action="escalate",
        actor="system",
        unit=unit,
        at=at,
        data={
            "clock": clock.name,
            "cycle": clock.cycle,
            "opened_by": clock.opened_by,
            **({"party": clock.party} if clock.party else {}),
            "level": level,
            "due_at": due,
        },
    )
