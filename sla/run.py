"""A clock while the events of a ticket are played: mutable here, and a Clock value at the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sla.calendar import Calendar
from sla.policy import Allowance, Policy
from sla.values import Clock, Event, Step


class Note(NamedTuple):
    """What moved or revived a clock: own_date, joined, extended or sent_back; `due_at` from then on."""

    what: str
    event: Event
    due_at: datetime
    days: int = 0


@dataclass(slots=True)
class Run:
    """One clock in play; `ended` is the event that met or stopped it."""

    name: str
    cycle: int
    opened: Event
    kind: str
    urgency: str
    allowance: Allowance
    due_at: datetime
    provisional: bool
    notes: list[Note] = field(default_factory=list)
    met_at: datetime | None = None
    stopped_at: datetime | None = None
    ended: Event | None = None

    @property
    def running(self) -> bool:
        """True until the clock is met or stopped."""
        return self.met_at is None and self.stopped_at is None

    def meet(self, event: Event) -> None:
        """Fulfilled by this event, in time or not."""
        self.met_at, self.ended = event.at, event

    def stop(self, event: Event) -> None:
        """Ended without fulfilment."""
        self.stopped_at, self.ended = event.at, event

    def revive(self, event: Event) -> None:
        """The answer did not pass its review: the clock was never met and runs on to the same deadline."""
        self.met_at = self.ended = None
        self.notes.append(Note("sent_back", event, self.due_at))

    def move(self, note: Note, *, provisional: bool = False) -> None:
        """Take the note's deadline."""
        self.notes.append(note)
        self.due_at, self.provisional = note.due_at, provisional

    def cap(self, what: str, event: Event, due_at: datetime | None) -> None:
        """An earlier deadline wins; a later one, or none, changes nothing."""
        if due_at is not None and due_at < self.due_at:
            self.move(Note(what, event, due_at))

    @property
    def said(self) -> str:
        """The allowance in words, with what moved it."""
        words = self.allowance.text
        for note in self.notes:
            if note.what == "extended":
                words += f"，延期 {note.days} 个工作日"
            elif note.what != "sent_back":
                words = "来件自带期限" if note.what == "own_date" else "并入工单的期限"
        return words

    def steps(self, policy: Policy, calendar: Calendar) -> tuple[Step, ...]:
        """The ladder's instants: a share of the allowance in the clock's own time, then days after due."""
        ladder = policy.ladder(self.name)
        early = [self._share(percent, calendar) for percent in ladder.percents]
        past = calendar.steps_after_deadline(self.due_at, ladder.working_days, closing=policy.closing)
        return tuple(map(Step, ladder.levels, early + past))

    def clock(self, policy: Policy, calendar: Calendar, lines: tuple[str, ...]) -> Clock:
        """The finished value."""
        return Clock(
            name=self.name,
            cycle=self.cycle,
            opened_by=self.opened.seq,
            started_at=self.opened.at,
            due_at=self.due_at,
            allowance=self.said,
            steps=self.steps(policy, calendar),
            policy=policy.stamp,
            calendar=calendar.version,
            provisional=self.provisional,
            met_at=self.met_at,
            stopped_at=self.stopped_at,
            sum=lines,
        )

    def _share(self, percent: int, calendar: Calendar) -> datetime:
        """When so much of the way to the deadline is used up; at the deadline where it began too late."""
        start = self.opened.at
        if self.due_at <= start:
            return self.due_at
        at = calendar.part_way(start, self.due_at, percent) if self.allowance.working else None
        return at or start + (self.due_at - start) * percent // 100
