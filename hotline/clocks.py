"""Clocks in the tables: a projection of the events by sla, and the sweep that escalates what is due.

`project` runs after each act, in its transaction. `sweep` reads only the index of `next_at <= now`, never bounded
below, so it catches up after any outage; the unique key of escalations makes each level happen exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.models import Clock, Escalation, Event, Ticket
from sla import values as sla

LEVEL_NAMES = {"warn": "预警", "urge": "催办", "supervise": "督办", "circulate": "通报"}
SWEEP_BATCH = 500


def first_rows(ticket_id: int, unit: str | None, computed: Sequence[sla.Clock]) -> list[dict[str, Any]]:
    """The clock rows of a ticket that has none yet."""
    return [_row(ticket_id, unit, clock, clock.started_at, ()) for clock in computed]


def project(session: Session, ticket: Ticket, computed: Sequence[sla.Clock], at: datetime) -> None:
    """Bring the ticket's clock rows to what sla `computed`.

    A deadline or verdict that changes closes its row at `at` and opens a new one, so that the past can be asked.
    """
    rows = _current(session, ticket.id)
    added = []
    for clock in computed:
        row = rows.get((clock.name, clock.opened_by))
        if row is None:
            added.append(_row(ticket.id, ticket.unit, clock, clock.started_at, ()))
        elif _rewrites(row, clock) and row.known_from < at:
            row.known_until, row.next_at = at, None
            added.append(_row(ticket.id, ticket.unit, clock, at, _done(session, row)))
        else:
            _update(session, row, clock)
    if added:
        session.flush()
        session.execute(insert(Clock), added)
    resolve = [clock for clock in computed if clock.name == "resolve" and clock.cycle == ticket.cycle]
    ticket.due_at = resolve[-1].due_at if resolve else None


def _current(session: Session, ticket_id: int) -> dict[tuple[str, int], Clock]:
    rows = session.scalars(select(Clock).where(Clock.ticket_id == ticket_id, Clock.known_until.is_(None)))
    return {(row.name, row.opened_by): row for row in rows}


def _rewrites(row: Clock, clock: sla.Clock) -> bool:
    """True when something that was already known would change, not only be added to."""
    ended = row.met_at is not None or row.stopped_at is not None
    return row.due_at != clock.due_at or (ended and (row.met_at, row.stopped_at) != (clock.met_at, clock.stopped_at))


def _update(session: Session, row: Clock, clock: sla.Clock) -> None:
    moved = row.due_at != clock.due_at
    if moved:
        row.due_at, row.allowance, row.steps = clock.due_at, clock.allowance, _steps(clock)
        row.provisional, row.calendar = clock.provisional, clock.calendar
    if not moved and (row.met_at, row.stopped_at) == (clock.met_at, clock.stopped_at):
        return
    row.met_at, row.stopped_at = clock.met_at, clock.stopped_at
    row.next_level, row.next_at = _next(clock, _done(session, row)) if clock.running else (None, None)


def _done(session: Session, row: Clock) -> set[str]:
    """Levels that have been escalated already for this clock."""
    return set(
        session.scalars(
            select(Escalation.level).where(
                Escalation.ticket_id == row.ticket_id,
                Escalation.clock == row.name,
                Escalation.cycle == row.cycle,
                Escalation.opened_by == row.opened_by,
            )
        )
    )


def _steps(clock: sla.Clock) -> list[list[str]]:
    return [[step.level, step.at.isoformat()] for step in clock.steps]


def _next(clock: sla.Clock, done: Iterable[str]) -> tuple[str | None, datetime | None]:
    """The first step not yet done; steps beyond the fulfilment of a breached clock are not taken any more."""
    step = next((s for s in clock.steps if s.level not in done), None)
    return (step.level, step.at) if step and clock.running else (None, None)


def _row(
    ticket_id: int, unit: str | None, clock: sla.Clock, known_from: datetime, done: Iterable[str]
) -> dict[str, Any]:
    level, at = _next(clock, done)
    return {
        "ticket_id": ticket_id,
        "cycle": clock.cycle,
        "name": clock.name,
        "opened_by": clock.opened_by,
        "unit": unit,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "allowance": clock.allowance,
        "policy": clock.policy,
        "calendar": clock.calendar,
        "provisional": clock.provisional,
        "met_at": clock.met_at,
        "stopped_at": clock.stopped_at,
        "steps": _steps(clock),
        "next_level": level,
        "next_at": at,
        "known_from": known_from,
        "known_until": None,
    }


def sweep(session: Session, limit: int = SWEEP_BATCH) -> int:
    """Escalate up to `limit` clocks whose next step is due; how many clocks were taken. Call until it gives 0."""
    at = db.now(session)
    due = (
        select(Clock, Ticket.unit)
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .where(Clock.next_at.is_not(None), Clock.next_at <= at)
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
            "level": level,
            "due_at": due,
        },
    )
