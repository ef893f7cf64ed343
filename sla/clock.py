"""All clocks of a ticket from its whole history: `clocks(events, policy, calendar)`.

Pure: the same events, policy and calendar give the same clocks, whoever asks and when. Each act is one
short function that says which clocks it meets, stops and starts. An act that has no clock is passed over, so
histories may hold words this module does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sla.calendar import Calendar
from sla.policy import Policy
from sla.run import Note, Run
from sla.sums import lines
from sla.values import Clock, Event

_UNIT = ("accept", "contact", "resolve")
_ASKED = ("return", "extend")
_MINUTE = timedelta(minutes=1)


def clocks(events: Sequence[Event], policy: Policy, calendar: Calendar, explain: bool = False) -> list[Clock]:
    """Every clock of every cycle, in the order they began; `events` is the whole history in order of seq.

    `explain=True` fills each clock's `sum` with Chinese lines, like a sum on paper. ValueError for a kind or
    urgency that the policy does not know, and for an instant outside the calendar.
    """
    play = _Play(policy, calendar)
    for event in events:
        act = _ACTS.get(event.action)
        if act:
            act(play, event)
    return [run.clock(policy, calendar, lines(run, policy, calendar) if explain else ()) for run in play.runs]


class Spent(NamedTuple):
    """Whole minutes a clock ran: office time, and day and night."""

    working: int
    natural: int


def spent(clock: Clock, until: datetime, calendar: Calendar) -> Spent:
    """From the start to the end of the clock, or to `until` where that is earlier or the clock still runs."""
    end = min(until, clock.ended_at or until)
    natural = max(timedelta(0), end - clock.started_at)
    return Spent(calendar.working_minutes(clock.started_at, end), natural // _MINUTE)


class _Play:
    """The state between two events; `running` is keyed by clock name, decide by `return` or `extend`."""

    def __init__(self, policy: Policy, calendar: Calendar) -> None:
        self.policy, self.calendar = policy, calendar
        self.cycle, self.kind, self.urgency = 1, "other", "normal"
        self.opened: Event | None = None
        self.own_due: datetime | None = None
        self.joined: tuple[Event, datetime] | None = None
        self.joined_late: tuple[Event, datetime] | None = None
        self.answer: Run | None = None
        self.asked_days = 0
        self.tries = 0
        self.runs: list[Run] = []
        self.running: dict[str, Run] = {}

    # What acts are made of

    def start(self, key: str, event: Event) -> Run:
        self.stop(event, key)
        name = "decide" if key in _ASKED else key
        allowances = self.policy.allowances(name, self.kind, self.urgency)
        ends = [(self.policy.due(a, event.at, self.calendar), a) for a in allowances]
        due, allowance = min(ends, key=lambda end: end[0].at)
        run = Run(name, self.cycle, event, self.kind, self.urgency, allowance, due.at, due.provisional)
        self.runs.append(run)
        self.running[key] = run
        return run

    def meet(self, key: str, event: Event) -> None:
        run = self.running.pop(key, None)
        if run:
            run.meet(event)

    def stop(self, event: Event, *keys: str) -> None:
        for key in keys:
            run = self.running.pop(key, None)
            if run:
                run.stop(event)

    def stop_all(self, event: Event) -> None:
        self.stop(event, *list(self.running))

    def classify(self, data: Mapping[str, Any]) -> None:
        self.kind = data.get("kind") or self.kind
        self.urgency = data.get("urgency") or self.urgency

    def to_unit(self, event: Event) -> None:
        self.stop(event, *_UNIT, *_ASKED)
        self.start("accept", event)
        self.start("contact", event)
        self.answer = self.start("resolve", event)
        self._own_date(self.answer)
        if self.joined:
            self.answer.cap("joined", *self.joined)

    def _own_date(self, run: Run) -> None:
        """The source's own deadline; in a later cycle only while it still lies ahead."""
        due, opened = self.own_due, self.opened
        if due is None or opened is None or (self.cycle > 1 and due <= run.opened.at):
            return
        if run.allowance.mode == "own_date":
            run.move(Note("own_date", opened, due))
        run.cap("own_date", opened, due)

    # Acts

    def open(self, event: Event) -> None:
        self.classify(event.data)
        self.opened, self.own_due = event, _instant(event.data.get("due_at"), self.calendar)
        self.start("dispatch", event)

    def answer_or_reject(self, event: Event) -> None:
        self.meet("dispatch", event)
        self.stop_all(event)

    def dispatch(self, event: Event) -> None:
        self.meet("dispatch", event)
        self.classify(event.data)
        self.to_unit(event)

    def accept(self, event: Event) -> None:
        self.meet("accept", event)

    def contact(self, event: Event) -> None:
        self.meet("contact", event)

    def ask_return(self, event: Event) -> None:
        self.meet("accept", event)
        self.start("return", event)

    def decide_return(self, event: Event) -> None:
        self.meet("return", event)
        if event.data.get("approved"):
            self.stop(event, *_UNIT, *_ASKED)
            self.start("dispatch", event)

    def ask_extension(self, event: Event) -> None:
        self.asked_days = event.data.get("days") or 0
        self.start("extend", event)

    def decide_extension(self, event: Event) -> None:
        self.meet("extend", event)
        days = event.data.get("days") or self.asked_days
        run = self.answer
        if not (event.data.get("approved") and days and run and run.stopped_at is None):
            return
        due = self.calendar.after_deadline(run.due_at, days, closing=self.policy.closing)
        run.move(Note("extended", event, due.at, days), provisional=run.provisional or due.provisional)

    def resolve(self, event: Event) -> None:
        self.meet("contact", event)
        self.meet("resolve", event)
        self.stop(event, "accept", *_ASKED)
        self.start("review", event)

    def review(self, event: Event) -> None:
        self.meet("review", event)
        if event.data.get("passed"):
            self.tries = 0
            self.start("follow_up", event)
        elif self.answer and self.answer.met_at:
            self.answer.revive(event)
            self.running["resolve"] = self.answer
            if self.joined_late:
                self.answer.cap("joined", *self.joined_late)

    def follow_up(self, event: Event) -> None:
        self.tries += 1
        if event.data.get("answered") or self.tries >= self.policy.guards.follow_up_tries:
            self.meet("follow_up", event)

    def reopen(self, event: Event) -> None:
        self.stop_all(event)
        self.cycle += 1
        self.joined = self.joined_late = self.answer = None
        self.classify(event.data)
        if event.data.get("unit"):
            self.to_unit(event)
        else:
            self.start("dispatch", event)

    def close(self, event: Event) -> None:
        self.meet("follow_up", event)
        self.stop_all(event)

    def absorb(self, event: Event) -> None:
        """The parent keeps the earliest deadline; an answer already given is never made late by a merge."""
        due = _instant(event.data.get("due_at"), self.calendar)
        if due is None:
            return
        self.joined = min(self.joined or (event, due), (event, due), key=lambda joined: joined[1])
        if self.answer and self.answer.running:
            self.answer.cap("joined", event, due)
        else:
            self.joined_late = self.joined


_ACTS: dict[str, Callable[[_Play, Event], None]] = {
    "open": _Play.open,
    "answer": _Play.answer_or_reject,
    "reject": _Play.answer_or_reject,
    "dispatch": _Play.dispatch,
    "accept": _Play.accept,
    "contact": _Play.contact,
    "return": _Play.ask_return,
    "decide_return": _Play.decide_return,
    "extend": _Play.ask_extension,
    "decide_extension": _Play.decide_extension,
    "resolve": _Play.resolve,
    "review": _Play.review,
    "follow_up": _Play.follow_up,
    "reopen": _Play.reopen,
    "close": _Play.close,
    "withdraw": _Play.stop_all,
    "merge": _Play.stop_all,
    "absorb": _Play.absorb,
}


def _instant(value: object, calendar: Calendar) -> datetime | None:
    """A deadline in event data, ISO or datetime; without an offset it is local; a bare date ends 24:00."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        at = value
    else:
        text = str(value)
        at = datetime.fromisoformat(text)
        if len(text) == len("2026-11-22"):
            at = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time())
    return (at if at.tzinfo else at.replace(tzinfo=calendar.zone)).astimezone(UTC)
