"""A ticket under somebody's hand: locked, with its history, and the one way in which an event is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hotline import clocks, db, facts, journal, lifecycle
from hotline.errors import NotFound, Stale
from hotline.knowledge import Knowledge, knowledge, today
from hotline.lifecycle import Action
from hotline.models import Event, Ticket
from hotline.rights import CITIZEN, SYSTEM, Actor
from hotline.rows import table_of
from sla.calendar import Calendar
from sla.clock import clocks as run_clocks
from sla.policy import Policy
from sla.values import Clock
from sla.values import Event as Moment

_LOCKED = (
    select(Ticket)
    .where(Ticket.number == bindparam("number"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_EVENTS = table_of(Event)
_HISTORY = (
    select(_EVENTS.c.seq, _EVENTS.c.at, _EVENTS.c.action, _EVENTS.c.data, _EVENTS.c.hash)
    .where(_EVENTS.c.subject == bindparam("subject"))
    .order_by(_EVENTS.c.seq)
)


@dataclass
class Case:
    """One ticket in one transaction: its row (locked), its history so far, and the time of the act."""

    session: Session
    ticket: Ticket
    actor: Actor
    at: datetime
    know: Knowledge
    events: list[Moment]
    link: journal.Link

    @property
    def policy(self) -> Policy:
        """The policy version that the ticket was opened under."""
        return self.know.policies[self.ticket.policy]

    @property
    def calendar(self) -> Calendar:
        """The calendar as the ticket's unit lives by it."""
        return self.know.rules.calendar(self.ticket.calendar, self.ticket.unit)

    def record(self, action: Action, data: Mapping[str, Any], text: str = "", by: Actor | None = None) -> Moment:
        """Write the event and fold it into the row. `text` is free text, kept apart so that it can be erased; `by` is
        who does it where it is not the actor.
        """
        by = by or self.actor
        entry = journal.Entry(
            subject=f"ticket:{self.ticket.id}",
            ticket_id=self.ticket.id,
            action=action,
            actor=by.id,
            unit=by.unit,
            at=self.at,
            data=data,
            text=text,
        )
        events, texts = journal.rows([entry], self.link)
        journal.write(self.session, events, texts)
        self.link = journal.Link(events[0]["seq"], events[0]["hash"])
        lifecycle.apply(self.ticket, action, self.at, data)
        moment = Moment(self.link.seq, self.at, action, data)
        self.events.append(moment)
        return moment

    def clocks(self) -> list[Clock]:
        """All clocks of the ticket, computed from its history."""
        return run_clocks(self.events, self.know.rules)

    def policy_for(self, unit: str | None, **facts: str | None) -> Policy:
        """The policy that a dispatch to `unit` puts the ticket under: the set that fits it best, in the version that
        was in force when the ticket came. Where none is made for it, it keeps what it has, or, if that was made for
        another unit or matter, comes under the city's own.
        """
        ticket = self.ticket
        known = {"kind": ticket.kind, "urgency": ticket.urgency, "matter": ticket.matter, "source": ticket.source}
        day, own = today(ticket.received_at), self.policy
        fitting = self.know.fitting_policy(day, known | facts | {"unit": unit})
        if fitting is not None:
            return own if fitting.code == own.code else fitting
        return self.know.default_policy(day) if own.applies_to else own

    def bring_up_to_date(self) -> None:
        """Put the ticket under the newest edition of the calendar, by an event that lists what moves."""
        current = self.know.rules.current
        if (self.ticket.calendar or self.know.rules.first) == current:
            return
        step = Moment(self.link.seq + 1, self.at, Action.RECOMPUTE, {"calendar": current})
        before, after = self.clocks(), run_clocks([*self.events, step], self.know.rules)
        moved = [_moved(old, new) for old, new in zip(before, after, strict=True) if old.due_at != new.due_at]
        self.record(Action.RECOMPUTE, {"calendar": current, "moved": moved}, by=SYSTEM)

    def finish(self) -> None:
        """Count the act and bring clocks and facts up to date."""
        self.ticket.version += 1
        computed, rules = self.clocks(), self.know.rules
        clocks.project(self.session, self.ticket, computed, self.at, rules)
        self.session.flush()
        facts.write(self.session, self.ticket, self.events, computed, rules)


def _moved(old: Clock, new: Clock) -> dict[str, Any]:
    named = {"clock": old.name, "opened_by": old.opened_by, **({"party": old.party} if old.party else {})}
    return named | {"from": old.due_at.isoformat(), "to": new.due_at.isoformat()}


def history(session: Session, ticket_id: int) -> tuple[list[Moment], journal.Link]:
    """The ticket's events in order, and the end of its chain."""
    rows = session.execute(_HISTORY, {"subject": f"ticket:{ticket_id}"}).all()
    link = journal.Link(rows[-1].seq, rows[-1].hash) if rows else journal.Link()
    return [Moment(row.seq, row.at, row.action, row.data) for row in rows], link


def visible(ticket: Ticket, actor: Actor) -> bool:
    """True when the actor may know of the ticket: a unit sees what it or a unit below it leads or assists."""
    if actor in (SYSTEM, CITIZEN):
        return True
    if not actor.of_unit:
        return actor.sees_tickets
    return bool(actor.units & {ticket.unit, *ticket.assisting})


def take(session: Session, number: str, actor: Actor, version: int | None = None) -> Case:
    """Lock the ticket for an act. Raises NotFound (also for what the actor may not know of) and Stale.

    The row is read as it is once the lock is held, and the act is never earlier than the one before: a transaction
    that began first and waited, or a clock that was set back, turns no history round.
    """
    ticket = session.scalars(_LOCKED, {"number": number}).first()
    if ticket is None or not visible(ticket, actor):
        raise NotFound(f"没有编号为 {number} 的工单，请核对编号", f"there is no ticket {number}; check the number")
    if version is not None and version != ticket.version:
        raise Stale(
            f"工单已被他人更新（您看到的是第 {version} 版，现为第 {ticket.version} 版），请刷新后再操作",
            f"the ticket is at version {ticket.version}, you saw {version}; reload and decide again",
        )
    events, link = history(session, ticket.id)
    at = max([db.now(session), *(event.at for event in events[-1:])])
    return Case(session, ticket, actor, at, knowledge(session, ticket.calendar, ticket.policy), events, link)
