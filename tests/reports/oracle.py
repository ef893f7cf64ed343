"""The rates by hand: every ticket's history is folded event by event, with no SQL but the reading of the events.

Clocks come from the pure engine over the events before the cut-off alone, so that the rows kept for "as it was known
then" are held against a second opinion.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import quantiles
from typing import Any

from sqlalchemy.orm import Session

from hotline import lifecycle
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Event, Ticket
from hotline.state import State
from sla.clock import clocks as run_clocks
from sla.values import Clock
from sla.values import Event as Moment

KNOWN_CLOCKS = {"dispatch": "dispatch_on_time", "accept": "accept_on_time", "contact": "contact_on_time"}


@dataclass
class Tally:
    """Numerator and denominator by metric, counts by name, minutes of closed tickets."""

    top: Counter[str] = field(default_factory=Counter)
    bottom: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    natural: list[int] = field(default_factory=list)
    working: list[int] = field(default_factory=list)

    def add(self, metric: str, counted: bool, among: bool = True) -> None:
        self.bottom[metric] += among
        self.top[metric] += among and counted


def judge(session: Session, start: datetime, cut_off: datetime, wanted: Mapping[str, Any] | None = None) -> Tally:
    """The figures of [start, cut_off) for tickets with these `units`, `kind`, `source`, `matter`, `place` and `agent`
    (left out: all), and if `assessed` without those that are excluded.
    """
    know, tally = knowledge(session), Tally()
    tickets = {t.id: t for t in session.query(Ticket).all()}
    agents = {row.ticket_id: row.actor for row in session.query(Event).filter(Event.action == "open")}
    published = session.query(Event).filter(Event.subject == "calendar", Event.action == "edit_rules")
    names = [row.data["name"] for row in published.order_by(Event.seq) if row.at < cut_off]
    edition = names[-1] if names else know.rules.first
    histories: dict[int, list[Moment]] = defaultdict(list)
    rows = session.query(Event).filter(Event.ticket_id.is_not(None), Event.at < cut_off)
    for row in rows.order_by(Event.ticket_id, Event.seq):
        histories[row.ticket_id or 0].append(Moment(row.seq, row.at, row.action, row.data))
    for number, events in histories.items():
        _One(know, tickets[number], events, start, cut_off, {"edition": edition, **(wanted or {})}).into(
            tally, agents[number]
        )
    return tally


class _One:
    """One ticket as its events before the cut-off make it."""

    def __init__(
        self,
        know: Knowledge,
        ticket: Ticket,
        events: list[Moment],
        start: datetime,
        cut_off: datetime,
        wanted: Mapping[str, Any],
    ) -> None:
        self.know, self.events, self.start, self.cut_off, self.wanted = know, events, start, cut_off, wanted
        self.state = lifecycle.fold((e.action, e.at, e.data) for e in events)
        self.clocks = run_clocks(events, know.rules)
        self.source = ticket.source
        given = [e for e in events if e.action == "dispatch" or (e.action == "reopen" and e.data["unit"])]
        self.first_given = given[0].at if given else None

    def had(self, action: str, **data: Any) -> list[Moment]:
        return [e for e in self.events if e.action == action and data.items() <= e.data.items()]

    def into(self, tally: Tally, agent: str) -> None:
        state = self.state
        own = {"source": self.source, "kind": state.kind, "matter": state.matter, "place": state.place, "agent": agent}
        if any(self.wanted.get(name) not in (None, value) for name, value in own.items()):
            return
        if self.wanted.get("assessed") and state.excluded == "yes":
            return
        self._clocks(tally)
        units = self.wanted.get("units")
        if self.first_given is None:
            if not units and self.start <= self.events[0].at:
                self._never_given(tally)
        elif self.start <= self.first_given and (not units or self.state.unit in units):
            self._given(tally)

    def at(self, seq: int) -> State:
        """The state that the events up to this one lead to."""
        return lifecycle.fold((e.action, e.at, e.data) for e in self.events if e.seq <= seq)

    def _never_given(self, tally: Tally) -> None:
        names = {"closed": "answered_at_once", "received": "waiting"}
        tally.counts[names.get(self.state.status, self.state.status)] += 1

    def _given(self, tally: Tally) -> None:
        if self.state.status in ("rejected", "withdrawn", "merged"):
            tally.counts[self.state.status] += 1
            return
        closed = self.state.status == "closed"
        resolves = [c for c in self.clocks if c.name == "resolve"]
        late = any(self._late(c) for c in resolves)
        present = [c for c in resolves if c.cycle == self.state.cycle]
        passed = bool(present) and present[-1].due_at <= self.cut_off
        in_time = bool(present) and present[-1].met_at is not None and present[-1].met_at <= present[-1].due_at
        should = closed or passed
        tally.counts["dispatched"] += 1
        tally.counts["closed"] += closed
        tally.counts["open_past_deadline"] += passed and not closed
        tally.counts["open_within_limits"] += not should
        tally.counts["provisional"] += bool(present) and present[-1].provisional
        tally.counts["reopened_open"] += bool(self.had("reopen")) and not closed
        tally.add("closure_rate", closed, should)
        tally.add("closure_share", closed)
        tally.add("closed_on_time", closed and not late, should)
        tally.add("overdue_rate", late if closed else late or not in_time, should)
        self._acts(tally, closed)
        self._opinions(tally, closed)
        if closed:
            self._handling(tally)

    def _acts(self, tally: Tally, closed: bool) -> None:
        calm = not self.had("reopen") and not self.had("decide_return", approved=True)
        tally.add("closed_first_time", calm and len(self.had("dispatch")) == 1, closed)
        tally.add("return_rate", bool(self.had("return")))
        tally.add("extension_rate", bool(self.had("decide_extension", approved=True)))
        tally.add("reopen_rate", bool(self.had("reopen")), closed)

    def _opinions(self, tally: Tally, closed: bool) -> None:
        said = self.had("follow_up", answered=True)
        newest: Mapping[str, Any] = said[-1].data if said else {}
        tally.add("solved_rate", newest.get("solved") is True, bool(said))
        tally.add("satisfied_of_evaluated", newest.get("satisfied") is True, bool(said))
        tally.add("satisfied_of_closed", newest.get("satisfied") is True, closed)
        tally.add("evaluation_rate", bool(said), closed)
        tally.counts["not_evaluated"] += closed and not said
        for position, each in enumerate(said):
            if each.data["level"] <= 2:
                self._mending(tally, each, said[position + 1 :])

    def _mending(self, tally: Tally, bad: Moment, later: Iterable[Moment]) -> None:
        def ends(edition: str) -> datetime:
            return self.know.rules.calendar(edition).after_working_days(bad.at, 15).at

        good = [e for e in later if e.data["solved"] and e.data["level"] >= 3]
        mended = [e for e in good if e.at <= ends(self.at(e.seq).calendar)]
        tally.add("mended_rate", bool(mended), bool(mended) or ends(self.wanted["edition"]) <= self.cut_off)

    def _handling(self, tally: Tally) -> None:
        answers = self.had("resolve") or [*self.had("close"), *self.had("answer")]
        end = max(e.at for e in answers)
        assert self.first_given is not None
        tally.natural.append(int((end - self.first_given).total_seconds() // 60))
        calendar = self.know.rules.calendar(self.state.calendar)
        tally.working.append(calendar.working_minutes(self.first_given, end))

    def _late(self, clock: Clock) -> bool:
        return clock.ended_at > clock.due_at if clock.ended_at else clock.due_at <= self.cut_off

    def _clocks(self, tally: Tally) -> None:
        units = self.wanted.get("units")
        for clock in self.clocks:
            metric = KNOWN_CLOCKS.get(clock.name)
            if metric is None or not self.start < clock.due_at <= self.cut_off:
                continue
            if units and (clock.name == "dispatch" or self.at(clock.opened_by).unit not in units):
                continue
            if clock.stopped_at and clock.stopped_at <= clock.due_at:
                continue
            tally.add(metric, clock.met_at is not None and clock.met_at <= clock.due_at)


def middle_and_ninth(minutes: list[int]) -> tuple[float, float] | None:
    """Median and 90th percentile in hours, by the standard library."""
    if len(minutes) < 2:
        return (minutes[0] / 60, minutes[0] / 60) if minutes else None
    cuts = quantiles(minutes, n=10, method="inclusive")
    return cuts[4] / 60, cuts[8] / 60
