"""All clocks of a ticket from its whole history: `clocks(events, rules)`.

Pure: the same events and rules give the same clocks, whoever asks and when. Each act is one short function that says
which clocks it meets, stops and starts. An act that has no clock is passed over, so histories may hold words this
module does not know. Which policy and which edition of the calendar hold is in the events themselves: the opening
names both, a dispatch or reopening may name another policy, and only a `recompute` moves to another edition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sla.calendar import Calendar
from sla.policy import Allowance, Policy
from sla.rules import Rules
from sla.run import Note, Run
from sla.sums import lines
from sla.values import Clock, Event

_UNIT = ("accept", "contact", "resolve", "supervise", "suspend")
_ASKED = ("return", "extend", "suspension")
_DECIDED = (*_ASKED, "outcome")
_ASSIST = "assist:"


def clocks(events: Sequence[Event], rules: Rules, explain: bool = False) -> list[Clock]:
    """Every clock of every cycle, in the order they began; `events` is the whole history in order of seq.

    `explain=True` fills each clock's `sum` with Chinese lines, like a sum on paper. ValueError for a kind or
    urgency that the policy does not know, and for an instant outside the calendar; LookupError for a version of the
    rules that never was.
    """
    play = _Play(rules)
    for event in events:
        act = _ACTS.get(event.action)
        if act:
            act(play, event)
    return [run.clock(lines(run) if explain else ()) for run in play.runs]


class _Play:
    """The state between two events. `running` is keyed by clock name; decide by what is to be decided, assist by
    assist and unit.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.policy: Policy
        self.edition = ""
        self.cycle, self.kind, self.urgency = 1, "other", "normal"
        self.unit: str | None = None
        self.assisting: Sequence[str] = ()
        self.opened: Event | None = None
        self.own_due: datetime | None = None
        self.joined: list[tuple[datetime, Event]] = []
        self.joined_late: list[tuple[datetime, Event]] = []
        self.answer: Run | None = None
        self.newer: list[Event] = []
        self.accepted = self.ended = False
        self.asked_days = self.tries = 0
        self.runs: list[Run] = []
        self.running: dict[str, Run] = {}

    # What acts are made of

    def begin(self, name: str, event: Event, allowances: Sequence[Allowance], unit: str | None, party: str = "") -> Run:
        """A new run of the earliest of `allowances`."""
        calendar = self.rules.calendar(self.edition, unit)
        ends = [(self.policy.due(a, event.at, calendar), a) for a in allowances]
        due, allowance = min(ends, key=lambda end: end[0].at) if len(ends) > 1 else ends[0]
        run = Run(
            name, self.cycle, event, self.kind, self.urgency, allowance, self.policy, calendar, unit, *due, party
        )  # fmt: skip
        self.runs.append(run)
        return run

    def start(self, key: str, event: Event, unit: str | None = None) -> Run:
        self.stop(event, key)
        name = "decide" if key in _DECIDED else key
        run = self.begin(name, event, self.policy.allowances(name, self.kind, self.urgency), unit)
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
        self.ended = True
        self.stop(event, *list(self.running))

    def assists(self) -> dict[str, Run]:
        """What assisting units still have to do."""
        return {key: run for key, run in self.running.items() if key.startswith(_ASSIST)}

    def unreported(self) -> list[Run]:
        """What assisting units had not done when the answer that stands was given: it stopped their clocks."""
        answered = self.answer.ended if self.answer else None
        return [run for run in self.runs if run.name == "assist" and run.stopped_at and run.ended is answered]

    def stop_unit(self, event: Event) -> None:
        self.stop(event, *_UNIT, *_ASKED, *self.assists())

    def classify(self, data: Mapping[str, Any]) -> None:
        self.kind = data.get("kind") or self.kind
        self.urgency = data.get("urgency") or self.urgency
        if "policy" in data:
            self.policy = self.rules.policy(data["policy"])

    def to_unit(self, event: Event) -> None:
        self.stop_unit(event)
        self.unit, self.accepted = event.data.get("unit"), False
        self.start("accept", event, self.unit)
        if self.policy.optional("contact", self.kind, self.urgency):
            self.start("contact", event, self.unit)
        self.answer = self.start("resolve", event, self.unit)
        self._own_date(self.answer)
        ahead = [joined for joined in self.joined if joined[0] > event.at]
        if ahead:
            due, absorbed = min(ahead, key=lambda joined: joined[0])
            self.answer.cap("joined", absorbed, due)
        for unit in self.assisting:
            self._assist(event, unit, self.answer)

    def _assist(self, event: Event, unit: str, lead: Run) -> None:
        """An assisting unit's own deadline, never later than the lead's."""
        allowances = self.policy.optional("assist", self.kind, self.urgency) or (lead.allowance,)
        run = self.begin("assist", event, allowances, unit, unit)
        run.cap("lead", event, lead.due_at)
        self.running[_ASSIST + unit] = run

    def _own_date(self, run: Run) -> None:
        """The source's own deadline; in a later cycle only while it still lies ahead."""
        due, opened = self.own_due, self.opened
        if due is not None and opened is not None and (self.cycle == 1 or due > run.opened.at):
            run.cap("own_date", opened, due)

    # Acts

    def open(self, event: Event) -> None:
        self.policy = self.rules.policy(event.data.get("policy") or "")
        self.classify(event.data)
        self.edition = event.data.get("calendar") or ""
        self.opened = event
        self.own_due = _instant(event.data.get("due_at"), self.rules.calendar(self.edition))
        self.start("dispatch", event)

    def answer_or_reject(self, event: Event) -> None:
        self.meet("dispatch", event)
        self.stop_all(event)

    def dispatch(self, event: Event) -> None:
        self.meet("dispatch", event)
        self.classify(event.data)
        self.assisting = event.data.get("assisting") or ()
        self.to_unit(event)

    def accept(self, event: Event) -> None:
        self.accepted = True
        self.meet("accept", event)

    def contact(self, event: Event) -> None:
        self.meet("contact", event)

    def assist(self, event: Event) -> None:
        self.meet(f"{_ASSIST}{event.data.get('unit')}", event)

    def ask_return(self, event: Event) -> None:
        self.meet("accept", event)
        self.start("return", event)

    def decide_return(self, event: Event) -> None:
        self.meet("return", event)
        if event.data.get("approved"):
            self.stop_unit(event)
            self.assisting = ()
            self.start("dispatch", event)
        elif not self.accepted:
            self.start("accept", event, self.unit)

    def ask_extension(self, event: Event) -> None:
        self.asked_days = event.data.get("days") or 0
        self.start("extend", event)

    def decide_extension(self, event: Event) -> None:
        self.meet("extend", event)
        days = event.data.get("days") or self.asked_days
        run = self.answer
        if event.data.get("approved") and days and run and run.stopped_at is None:
            run.add(Note("extended", event, days=days))

    def ask_suspension(self, event: Event) -> None:
        self.start("suspension", event)

    def decide_suspension(self, event: Event) -> None:
        """Approved: the unit's clocks stand still until the cap, or until somebody resumes before it."""
        self.meet("suspension", event)
        until = _instant(event.data.get("until"), self.rules.calendar(self.edition))
        if not event.data.get("approved") or until is None:
            return
        for run in self._suspendable():
            if event.at <= run.due_at:  # no suspension begins after the breach
                run.add(Note("suspended", event, until=until))
        cap = self.begin("suspend", event, (Allowance("working_days", event.data.get("days") or 1),), self.unit)
        cap.due_at = until
        self.running["suspend"] = cap

    def _suspendable(self) -> list[Run]:
        """What the unit and those that assist it must do; a manager's demand for a report does not stand still."""
        return [run for key, run in self.running.items() if key in ("contact", "resolve", *self.assists())]

    def resume(self, event: Event) -> None:
        """By hand, or by itself at the cap, however late that was noticed."""
        cap = self.running.pop("suspend", None)
        if cap is None:
            return
        cap.meet(event)
        cap.met_at = at = min(event.at, cap.due_at)
        for run in self._suspendable():
            run.resume(event, at)

    def supervise(self, event: Event) -> None:
        self.stop(event, "supervise")
        days = event.data.get("days") or self.policy.guards.supervise_working_days
        allowance = Allowance("working_days", days, "督办要求")
        self.running["supervise"] = self.begin("supervise", event, (allowance,), self.unit)

    def feedback(self, event: Event) -> None:
        self.meet("supervise", event)

    def resolve(self, event: Event) -> None:
        self.meet("contact", event)
        self.meet("resolve", event)
        self.meet("supervise", event)
        self.stop_unit(event)
        self.newer = []
        self.start("review", event)

    def review(self, event: Event) -> None:
        self.meet("review", event)
        if event.data.get("passed"):
            self.tries = 0
            self.start("follow_up", event)
        elif self.answer and self.answer.met_at:
            unreported = self.unreported()
            self.revive(event, "resolve", self.answer)
            for run in unreported:
                self.revive(event, _ASSIST + run.party, run)
            self.newer = []

    def revive(self, event: Event, key: str, run: Run) -> None:
        """The clock of the answer, or of an assisting unit that has not reported, runs on with what came while it was
        thought to be over: other editions of the calendar, and deadlines of tickets that were merged into this one.
        """
        for newer in self.newer:
            if newer.at <= run.due_at:
                self.recount(run, Event(newer.seq, newer.at, newer.action, {"calendar": newer.data["calendar"]}))
        run.revive(event)
        self.running[key] = run
        if self.joined_late:
            due, absorbed = min(self.joined_late, key=lambda joined: joined[0])
            run.cap("joined", absorbed, due)

    def follow_up(self, event: Event) -> None:
        """Whoever is not content, or cannot be reached, leaves it to the hotline to reopen or close."""
        self.tries += 1
        answered = event.data.get("answered")
        if answered or self.tries >= self.policy.guards.follow_up_tries:
            self.meet("follow_up", event)
            content = event.data.get("solved") and event.data.get("satisfied")
            if not (self.ended or content or "outcome" in self.running):
                self.start("outcome", event)

    def reopen(self, event: Event) -> None:
        self.meet("outcome", event)
        self.stop_all(event)
        self.cycle += 1
        self.joined, self.joined_late, self.answer, self.ended = [], [], None, False
        self.classify(event.data)
        if event.data.get("unit"):
            self.assisting = [unit for unit in self.assisting if unit != event.data["unit"]]
            self.to_unit(event)
        else:
            self.assisting = ()
            self.start("dispatch", event)

    def close(self, event: Event) -> None:
        self.meet("follow_up", event)
        self.meet("outcome", event)
        self.stop_all(event)

    def absorb(self, event: Event) -> None:
        """The parent keeps the earliest deadline that lies ahead. One that has passed is the child's own breach, which
        stays with the child; an answer already given is never made late by a merge.
        """
        due = _instant(event.data.get("due_at"), self.rules.calendar(self.edition))
        if due is None or due <= event.at:
            return
        self.joined.append((due, event))
        if self.answer and self.answer.running:
            for run in [self.answer, *self.assists().values()]:
                run.cap("joined", event, due)
        else:
            self.joined_late = list(self.joined)

    def release(self, event: Event) -> None:
        """A merge is undone: its deadline goes with it, unless it was breached already."""
        child = event.data.get("child")
        gone = [absorbed for _, absorbed in self.joined if absorbed.data.get("child") == child]
        self.joined = [each for each in self.joined if each[1] not in gone]
        self.joined_late = [each for each in self.joined_late if each[1] not in gone]
        answer = [self.answer] if self.answer and self.answer.stopped_at is None else []
        for run in [*answer, *self.assists().values(), *self.unreported()]:
            if (run.met_at or run.stopped_at or event.at) <= run.due_at:
                run.uncap(gone)

    def unmerge(self, event: Event) -> None:
        """On its own again, at the triage desk."""
        self.ended = False
        self.assisting = ()
        self.start("dispatch", event)

    def recompute(self, event: Event) -> None:
        """Another edition of the calendar: for what starts from now on, and for what runs and is not breached."""
        self.edition = event.data["calendar"]
        if self.answer and self.answer.met_at:
            self.newer.append(event)
        for key, run in self.running.items():
            if key != "suspend" and event.at <= run.due_at:
                self.recount(run, event)

    def recount(self, run: Run, event: Event) -> None:
        """By the edition that the event names; the lead unit's own deadline is counted before those that follow it."""
        if run.name == "assist" and self.answer:
            run.follow_lead(self.answer.due_at)
        run.recompute(event, self.rules.calendar(event.data["calendar"], run.unit))


_ACTS: dict[str, Callable[[_Play, Event], None]] = {
    "open": _Play.open,
    "answer": _Play.answer_or_reject,
    "reject": _Play.answer_or_reject,
    "dispatch": _Play.dispatch,
    "accept": _Play.accept,
    "contact": _Play.contact,
    "assist": _Play.assist,
    "return": _Play.ask_return,
    "decide_return": _Play.decide_return,
    "extend": _Play.ask_extension,
    "decide_extension": _Play.decide_extension,
    "suspend": _Play.ask_suspension,
    "decide_suspension": _Play.decide_suspension,
    "resume": _Play.resume,
    "supervise": _Play.supervise,
    "feedback": _Play.feedback,
    "resolve": _Play.resolve,
    "review": _Play.review,
    "follow_up": _Play.follow_up,
    "reopen": _Play.reopen,
    "close": _Play.close,
    "withdraw": _Play.stop_all,
    "merge": _Play.stop_all,
    "absorb": _Play.absorb,
    "release": _Play.release,
    "unmerge": _Play.unmerge,
    "recompute": _Play.recompute,
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
