"""Clocks in the tables: a projection of the events by sla. `project` runs after each act, in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from hotline.lifecycle import OPEN
from hotline.models import Clock, Escalation, Ticket
from hotline.models import tickets as models
from hotline.rows import table_of
from sla import values as sla
from sla.rules import Rules

NEVER = datetime.fromisoformat(f"{models.NEVER}+00:00")
"""The nearest deadline of a ticket for which no clock runs."""

_CLOCKS = table_of(Clock)
_CURRENT = select(Clock).where(Clock.ticket_id == bindparam("ticket"), Clock.known_until.is_(None))

_SORTED = frozenset({"dispatch", "accept", "contact", "resolve", "review", "follow_up"})
"""The clocks by which work lists are sorted; a lead's or the hotline's own."""

LEVEL_NAMES = {"warn": "预警", "urge": "催办", "supervise": "督办", "circulate": "通报"}


def first_rows(ticket_id: int, unit: str | None, computed: Sequence[sla.Clock], rules: Rules) -> list[dict[str, Any]]:
    """The clock rows of a ticket that has none yet."""
    return [_row(ticket_id, unit, clock, clock.started_at, (), worked(clock, unit, rules)) for clock in computed]


def project(session: Session, ticket: Ticket, computed: Sequence[sla.Clock], at: datetime, rules: Rules) -> None:
    """Bring the ticket's clock rows to what sla `computed`.

    A deadline or verdict that changes closes its row at `at` and opens a new one, so that the past can be asked.
    """
    rows = _current(session, ticket.id)
    added = []
    for clock in computed:
        row = rows.get((clock.name, clock.opened_by, clock.party))
        if row is None:
            spent = worked(clock, ticket.unit, rules)
            added.append(_row(ticket.id, ticket.unit, clock, clock.started_at, (), spent))
        elif _rewrites(row, clock) and row.known_from < at:
            row.known_until, row.next_at = at, None
            spent = worked(clock, row.unit, rules)
            added.append(_row(ticket.id, row.unit, clock, at, _done(session, row), spent))
        else:
            _update(session, row, clock, rules)
    if added:
        session.execute(_CLOCKS.insert(), added)
    resolve = [clock for clock in computed if clock.name == "resolve" and clock.cycle == ticket.cycle]
    answer = resolve[-1] if resolve else None
    gone = answer is not None and answer.stopped_at is not None and ticket.status in OPEN
    ticket.due_at = None if answer is None or gone else answer.due_at
    ticket.nearest_at = nearest(computed)


def nearest(computed: Sequence[sla.Clock]) -> datetime:
    """The nearest deadline that runs, NEVER where none does: what a work list is sorted by."""
    return min((clock.due_at for clock in computed if clock.running and clock.name in _SORTED), default=NEVER)


def worked(clock: sla.Clock | Row[*tuple[Any, ...]], unit: str | None, rules: Rules) -> int | None:
    """Office minutes from start to fulfilment of a clock or its row, by the edition that it ran by, as `unit` lives by
    it; None while it is not met.
    """
    if clock.met_at is None:
        return None
    whose = clock.party or (unit if clock.name in sla.UNITS_CLOCKS else None)
    return rules.calendar(clock.calendar, whose).working_minutes(clock.started_at, clock.met_at)


def _current(session: Session, ticket_id: int) -> dict[tuple[str, int, str], Clock]:
    rows = session.scalars(_CURRENT, {"ticket": ticket_id})
    return {(row.name, row.opened_by, row.party): row for row in rows}


def _rewrites(row: Clock, clock: sla.Clock) -> bool:
    """True when something that was already known would change, not only be added to."""
    ended = row.met_at is not None or row.stopped_at is not None
    return row.due_at != clock.due_at or (ended and (row.met_at, row.stopped_at) != (clock.met_at, clock.stopped_at))


def _update(session: Session, row: Clock, clock: sla.Clock, rules: Rules) -> None:
    moved = (row.due_at, row.calendar) != (clock.due_at, clock.calendar)
    if moved:
        row.due_at, row.allowance, row.steps = clock.due_at, clock.allowance, _steps(clock)
        row.provisional, row.calendar = clock.provisional, clock.calendar
    if not moved and (row.met_at, row.stopped_at) == (clock.met_at, clock.stopped_at):
        return
    row.met_at, row.stopped_at, row.worked = clock.met_at, clock.stopped_at, worked(clock, row.unit, rules)
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
                Escalation.party == row.party,
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
    ticket_id: int, unit: str | None, clock: sla.Clock, known_from: datetime, done: Iterable[str], spent: int | None
) -> dict[str, Any]:
    level, at = _next(clock, done)
    return {
        "ticket_id": ticket_id,
        "cycle": clock.cycle,
        "name": clock.name,
        "opened_by": clock.opened_by,
        "party": clock.party,
        "unit": clock.party or unit,
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
        "worked": spent,
    }
