"""A clock while the events of a ticket are played: mutable here, and a Clock value at the end.

The deadline is always what the allowance gives, taken through the notes in order; so a new edition of the calendar,
or a suspension that ended early, is the same count made once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sla.calendar import Calendar
from sla.policy import Allowance, Policy
from sla.values import RESUME, Clock, Event, Step

_NOTHING = timedelta(0)


@dataclass(slots=True, eq=False)
class Note:
    """What moved or revived a clock, and the deadline from then on.

    what: own_date, joined, lead (each brings a `date`), extended (`days`), suspended and resumed (`until`), recomputed,
    sent_back.
    """

    what: str
    event: Event
    days: int = 0
    date: datetime | None = None
    until: datetime | None = None
    before: datetime | None = None
    due_at: datetime | None = None

    @property
    def moved(self) -> bool:
        """True where the deadline after it is another than before."""
        return self.before != self.due_at


@dataclass(slots=True, eq=False)
class Run:
    """One clock in play; `ended` is the event that met or stopped it, `unit` the one whose calendar it follows."""

    name: str
    cycle: int
    opened: Event
    kind: str
    urgency: str
    allowance: Allowance
    policy: Policy
    calendar: Calendar
    unit: str | None
    due_at: datetime
    provisional: bool
    party: str = ""
    dated: bool = False
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
        """The answer did not pass its review: the clock never ended and runs on to the same deadline."""
        self.met_at = self.stopped_at = self.ended = None
        self.add(Note("sent_back", event))

    def add(self, note: Note) -> None:
        """Take a note into the count."""
        self.notes.append(note)
        self._take(note)

    def cap(self, what: str, event: Event, date: datetime | None) -> None:
        """An earlier deadline wins; a later one, or none, changes nothing."""
        if date is not None:
            self.add(Note(what, event, date=date))

    def uncap(self, events: Sequence[Event]) -> None:
        """Without the deadlines that these events brought in."""
        self.notes = [note for note in self.notes if note.what != "joined" or note.event not in events]
        self.count()

    def resume(self, event: Event, at: datetime) -> None:
        """The suspension that would last to its cap ends `at`; a clock that did not stand still goes on as it was."""
        for note in [note for note in self.notes if note.what == "suspended" and note.until and note.until >= at]:
            note.until = at
            self.notes.append(Note("resumed", event, until=at))
        self.count()

    def follow_lead(self, due_at: datetime) -> None:
        """The lead unit's deadline is another now, and this one is never later."""
        for note in self.notes:
            if note.what == "lead":
                note.date = due_at

    def recompute(self, event: Event, calendar: Calendar) -> None:
        """Count again by another edition of the calendar."""
        self.calendar = calendar
        self.notes.append(Note("recomputed", event, before=self.due_at))
        self.count()

    def count(self) -> None:
        """The deadline from the beginning, through all notes."""
        due = self.policy.due(self.allowance, self.opened.at, self.calendar)
        self.due_at, self.provisional, self.dated = due.at, due.provisional, False
        for note in self.notes:
            self._take(note)

    def _take(self, note: Note) -> None:
        if note.what != "recomputed":
            note.before = self.due_at
        match note.what:
            case "extended":
                due = self.calendar.after_deadline(self.due_at, note.days, closing=self.policy.closing)
                self.due_at, self.provisional = due.at, self.provisional or due.provisional
            case "suspended":
                self._suspend(note.event.at, note.until or note.event.at)
            case "recomputed" | "resumed":
                self.due_at = self._not_past(note.until or note.event.at)
            case "own_date" | "joined" | "lead" if note.date is not None:
                own = note.what == "own_date" and self.allowance.mode == "own_date"
                if own or note.date < self.due_at:
                    self._date(note, note.date)
        note.due_at = self.due_at

    def _date(self, note: Note, date: datetime) -> None:
        """A date from outside. One that comes while the clock stands still stands still with it, and wins if it is the
        earlier one then too.
        """
        before = self.due_at, self.provisional, self.dated
        self.due_at, self.provisional, self.dated = date, False, True
        for each in self.notes:
            if each.what == "suspended" and each.until and each.event.at <= note.event.at < each.until:
                self._suspend(note.event.at, each.until)
                if self.due_at >= before[0]:
                    self.due_at, self.provisional, self.dated = before

    def _not_past(self, at: datetime) -> datetime:
        """Neither a new count nor the end of a suspension makes a clock late at once: then that day is its last."""
        return self.due_at if self.due_at >= at else self.calendar.same_day(at).at

    def _suspend(self, start: datetime, end: datetime) -> None:
        """What was left when the suspension began is left when it ends. A day counts when its end is reached with the
        clock running, so days move by the working days that ended in the suspension; the starting day is none of them
        where counting begins with the next.
        """
        mode = "working_days" if self.dated else self.allowance.mode
        if mode in ("working_days", "own_date", "months") and self.policy.count_from_next_day and not self.dated:
            start = min(end, max(start, self.calendar.same_day(self.opened.at).at))
        match mode:
            case "natural_minutes":
                self.due_at += end - start
            case "working_minutes":
                due = self.calendar.after_working_time(end, self.calendar.working_time(start, self.due_at))
                self.due_at, self.provisional = due.at, self.provisional or due.provisional
            case "same_day" | "months":
                self.due_at += timedelta(days=self.calendar.days_ended(start, end))
            case _:
                days = self.calendar.working_days_ended(start, end, closing=self.policy.closing)
                due = self.calendar.after_deadline(self.due_at, days, closing=self.policy.closing)
                self.due_at, self.provisional = due.at, self.provisional or due.provisional

    @property
    def said(self) -> str:
        """The allowance in words, with what moved it."""
        words = self.allowance.text
        for note in self.notes:
            if note.what == "extended":
                words += f"，延期 {note.days} 个工作日"
            elif note.what in _DATED and note.moved:
                words = _DATED[note.what]
        return words

    @property
    def working(self) -> bool:
        """True where working time was counted: not for a date from outside, unless an extension came after it."""
        working = self.allowance.working
        for note in self.notes:
            if note.what == "extended" or (note.what in _DATED and note.moved):
                working = note.what == "extended"
        return working

    @property
    def suspended(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when it did not count."""
        if not self.notes:
            return ()
        return tuple((note.event.at, note.until) for note in self.notes if note.what == "suspended" and note.until)

    def steps(self) -> tuple[Step, ...]:
        """The ladder's instants: a share of the allowance in the clock's own time, then days after due."""
        if self.name == "suspend":
            return (Step(RESUME, self.due_at),)
        ladder, closing = self.policy.ladder(self.name), self.policy.closing
        early = [self._share(percent) for percent in ladder.percents]
        past = self.calendar.steps_after_deadline(self.due_at, ladder.working_days, closing=closing)
        return tuple(map(Step, ladder.levels, early + past))

    def clock(self, lines: tuple[str, ...]) -> Clock:
        """The finished value."""
        return Clock(
            name=self.name,
            cycle=self.cycle,
            opened_by=self.opened.seq,
            started_at=self.opened.at,
            due_at=self.due_at,
            allowance=self.said,
            ladder=self.steps,
            policy=self.policy.stamp,
            calendar=self.calendar.version,
            provisional=self.provisional,
            met_at=self.met_at,
            stopped_at=self.stopped_at,
            sum=lines,
            party=self.party,
            suspended=self.suspended,
            working=self.working,
        )

    def _share(self, percent: int) -> datetime:
        """When so much of the way to the deadline is used up; at the deadline where it began too late."""
        start = self.opened.at
        if self.due_at <= start:
            return self.due_at
        suspended = self.suspended
        if suspended:
            return self._share_between(percent, suspended)
        at = self.calendar.part_way(start, self.due_at, percent) if self.allowance.working else None
        return at or start + (self.due_at - start) * percent // 100

    def _share_between(self, percent: int, suspended: Sequence[tuple[datetime, datetime]]) -> datetime:
        """As `_share`, over the stretches that were not suspended."""
        stretches, start = [], self.opened.at
        for since, until in suspended:
            stretches.append((start, min(since, self.due_at)))
            start = until
        stretches.append((start, max(start, self.due_at)))
        worked = [self.calendar.working_time(a, b) for a, b in stretches]
        working = self.allowance.working and any(worked)
        lengths = worked if working else [b - a for a, b in stretches]
        rest = sum(lengths, _NOTHING) * percent // 100
        for (since, _), length in zip(stretches, lengths, strict=True):
            if rest <= length:
                return self.calendar.after_working_time(since, rest).at if working else since + rest
            rest -= length
        raise AssertionError("a share is not more than the whole")


_DATED = {"own_date": "来件自带期限", "joined": "并入工单的期限", "lead": "主办单位的期限"}
