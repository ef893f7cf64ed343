"""What must hold when all is quiet again, whatever was killed: read from the tables, the index and the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, relay, rounds
from hotline.desk.case import history
from hotline.knowledge import knowledge
from hotline.models import Clock, Escalation, Event, Ticket
from sla.clock import clocks as run_clocks


def is_delivered() -> bool:
    """True when everything is delivered and nothing is due."""
    with db.reading() as session:
        due = session.scalar(select(func.count()).where(Clock.next_at <= db.now(session)))
        return not (relay.lag(session)[0] or due)


def is_sealed() -> bool:
    """True when every event is in a seal."""
    with db.reading() as session:
        return not session.scalar(select(func.count()).where(Event.seal.is_(None)))


def lost_or_doubled(session: Session, ledger: list[dict[str, Any]], prefix: str) -> list[str]:
    """Promises that are not kept once and by that number, and tickets that nobody was promised."""
    rows = session.execute(select(Ticket.external_id, Ticket.number).where(Ticket.external_id.contains(prefix)))
    kept = Counter((external_id.rpartition(":")[2], number) for external_id, number in rows)
    promised = Counter((line["key"], line["number"]) for line in ledger)
    return [
        f"{key}: promised {promised[key]}, kept {kept[key]}" for key in promised | kept if promised[key] != kept[key]
    ]


def wrong_clocks(session: Session) -> list[str]:
    """Tickets whose clocks are not what their history makes them."""
    know, wrong = knowledge(session), []
    kept: dict[int, Counter[Any]] = {}
    for row in session.scalars(select(Clock).where(Clock.known_until.is_(None))):
        kept.setdefault(row.ticket_id, Counter())[row.name, row.opened_by, row.due_at, row.met_at, row.stopped_at] += 1
    for ticket in session.scalars(select(Ticket)):
        events, _ = history(session, ticket.id)
        computed = run_clocks(events, know.rules)
        right = Counter((c.name, c.opened_by, c.due_at, c.met_at, c.stopped_at) for c in computed)
        if not right or kept.get(ticket.id) != right:
            wrong.append(f"{ticket.number}: {kept.get(ticket.id)} for {right}")
    return wrong


def wrong_escalations(session: Session, at: datetime) -> list[str]:
    """Steps due by `at` that were not escalated exactly once, as a row and as an event, and steps not yet due."""
    due: Counter[Any] = Counter()
    for clock in session.scalars(select(Clock).where(Clock.known_until.is_(None))):
        end = min(filter(None, (clock.met_at, clock.stopped_at, at)))
        steps = (level for level, moment in clock.steps if datetime.fromisoformat(moment) <= end)
        due.update((clock.ticket_id, clock.name, clock.cycle, clock.opened_by, level) for level in steps)
    rows = select(
        Escalation.ticket_id, Escalation.clock, Escalation.cycle, Escalation.opened_by, Escalation.level
    ).where(Escalation.due_at <= at)
    written = Counter(tuple(row) for row in session.execute(rows))
    told = Counter(_step(event) for event in session.scalars(select(Event).where(Event.action == "escalate")))
    told = Counter({key: count for key, count in told.items() if key in written})
    return [
        f"{key}: due {due[key]}, escalated {written[key]}, told {told[key]}"
        for key in due | written
        if not due[key] == written[key] == told[key] == 1
    ]


def _step(event: Event) -> tuple[Any, ...]:
    data = event.data
    return event.ticket_id, data["clock"], data["cycle"], data["opened_by"], data["level"]


def not_indexed(session: Session) -> list[str]:
    """Tickets that the index has not, or in another version; and what it has too much."""
    index = rounds.index()
    index.refresh()
    table = {row.id: row.version for row in session.execute(select(Ticket.id, Ticket.version))}
    found = index.versions(list(table))
    wrong = [f"ticket {id}: {found.get(id)} for {version}" for id, version in table.items() if found.get(id) != version]
    return wrong + ([] if index.count() == len(table) else [f"{index.count()} documents for {len(table)} tickets"])
