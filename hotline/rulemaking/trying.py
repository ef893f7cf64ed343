"""A draft of a policy set, tried on what came in the last days: which clocks would have been breached under it.

Every ticket that would have come under the draft is counted twice from its own history: as it was, and with the draft
in place. What people did stays what they did; only the measure changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import Knowledge, knowledge, today
from hotline.models import Ticket
from hotline.rulebook import Rulebook
from hotline.rulemaking.moving import histories
from hotline.rulemaking.policies import in_force_with
from hotline.rulemaking.rights import Watch, unwatched
from hotline.settings import settings
from sla import values as sla
from sla.calendar import Calendar
from sla.choice import choose
from sla.clock import clocks as run_clocks
from sla.policy import Policy

BATCH = 200
DAYS = 90
MOST_DAYS = 366
"""A draft is tried on a year at most."""


class Instead(NamedTuple):
    """The rules of all times, with the draft wherever a history names a policy."""

    rules: Rulebook
    draft: Policy

    def policy(self, stamp: str) -> Policy:
        """The draft, whatever the history names."""
        return self.draft

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        """As it was."""
        return self.rules.calendar(edition, unit)


@dataclass
class Difference:
    """One clock: how many fell due either way, breaches as they were and under the draft, whose the differences are."""

    clock: str
    due: int = 0
    breached: int = 0
    drafted: int = 0
    newly: list[str] = field(default_factory=list)
    no_longer: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The clock in Chinese."""
        return sla.CLOCKS[self.clock]


class Trial(NamedTuple):
    """What a draft would have changed: `tickets` came under it, of those received since `since`; `left` more were
    not looked at.
    """

    since: datetime
    tickets: int
    left: int
    rows: list[Difference]


def try_draft(
    session: Session, draft: Policy, days: int = DAYS, watch: Watch = unwatched, most: int | None = None
) -> Trial:
    """Try `draft` on the tickets of the last `days`; on the newest `most` of them, or on all (None)."""
    at = db.now(session)
    since = at - timedelta(days=days)
    ids = list(session.scalars(select(Ticket.id).where(Ticket.received_at >= since).order_by(Ticket.id.desc())))
    looked = ids if most is None else ids[:most]
    batches = [looked[n : n + BATCH] for n in range(0, len(looked), BATCH)]
    rows = {name: Difference(name) for name in sla.CLOCKS}
    tickets = sum(_try(session, batch, draft, rows, at) for batch in watch(batches, "试算", len(batches)))
    return Trial(since, tickets, len(ids) - len(looked), [row for row in rows.values() if row.due or row.newly])


def _try(session: Session, ids: Sequence[int], draft: Policy, rows: dict[str, Difference], at: datetime) -> int:
    know = knowledge(session)
    instead, tickets = Instead(know.rules, draft), _under(session, know, ids, draft)
    found = histories(session, list(tickets))
    for ticket_id, number in tickets.items():
        events = found[ticket_id]
        for was, drafted in _both(run_clocks(events, know.rules), run_clocks(events, instead)):
            _count(rows, number, was, drafted, at)
    return len(tickets)


def _under(session: Session, know: Knowledge, ids: Sequence[int], draft: Policy) -> dict[int, str]:
    """Numbers of the tickets that would have come under the draft, by id."""
    asked = select(
        Ticket.id,
        Ticket.number,
        Ticket.received_at,
        Ticket.kind,
        Ticket.urgency,
        Ticket.matter,
        Ticket.source,
        Ticket.unit,
    )
    found = session.execute(asked.where(Ticket.id.in_(ids)))
    return {row.id: row.number for row in found if _code(know, row, draft) == draft.code}


def _code(know: Knowledge, row: Any, draft: Policy) -> str:
    facts = {name: getattr(row, name) for name in ("kind", "urgency", "matter", "source", "unit")}
    made_for_some = [policy for policy in in_force_with(know, draft, today(row.received_at)) if policy.applies_to]
    fitting = choose(made_for_some, facts, know.chain)
    return fitting.code if fitting else settings().policy_set


def _both(
    was: Sequence[sla.Clock], drafted: Sequence[sla.Clock]
) -> Iterator[tuple[sla.Clock | None, sla.Clock | None]]:
    """Each clock beside itself; a draft may have clocks that were not, and the other way round."""
    old, new = ({(c.name, c.opened_by, c.party, c.cycle): c for c in clocks} for clocks in (was, drafted))
    yield from ((old.get(key), new.get(key)) for key in {**old, **new})


def _count(
    rows: dict[str, Difference], number: str, was: sla.Clock | None, drafted: sla.Clock | None, at: datetime
) -> None:
    one = was or drafted
    if one is None or one.name == "suspend":
        return
    row, late, later = rows[one.name], _breached(was, at), _breached(drafted, at)
    row.due += any(clock is not None and _due(clock, at) for clock in (was, drafted))
    row.breached += late
    row.drafted += later
    if later and not late:
        row.newly.append(number)
    if late and not later:
        row.no_longer.append(number)


def _due(clock: sla.Clock, at: datetime) -> bool:
    return clock.met_at is not None or clock.due_at <= at or _breached(clock, at)


def _breached(clock: sla.Clock | None, at: datetime) -> bool:
    """Exactly at due is in time."""
    return clock is not None and (clock.ended_at or at) > clock.due_at
