"""One ticket's acts after its opening, in the order of time: what the dispatcher, the units, the follow-up desk and the
citizen do about it, if nobody stops the clock before.

A course is a pure function of its plan: the same plan gives the same acts whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from hotline.knowledge import ZONE
from hotline.lifecycle import Action
from hotline.replaying.scenario import Scenario
from routing.decision import Decision
from sla.calendar import Calendar
from sla.policy import Policy

CONTENT, UNHAPPY, UNREACHED = "content", "unhappy", "unreached"
"""How the citizen takes the last answer."""

_OFFICE = (timedelta(hours=9), timedelta(hours=17))
_MINUTE = timedelta(minutes=1)
_LONG_AGO = timedelta(days=4000)


@dataclass(slots=True)
class Plan:
    """What will be done about one message. `at` is when it comes, `unit` who answers it, `by_hand` whether a dispatcher
    hands it out. `latency` is in days from the message to the answer; a `stalled` one is never answered. `aside` is the
    act that ends it without an answer of a unit: answer, reject or withdraw. `heard` is what the router said, where
    memory keeps it.
    """

    number: int
    at: datetime
    seed: int
    unit: str
    intended: str
    kind: str = "help"
    urgency: str = "normal"
    by_hand: bool = False
    held: bool = False
    latency: float = 1.0
    last_word: str = CONTENT
    stalled: bool = False
    again: bool = False
    aside: str = ""
    heard: Decision | None = None

    @property
    def key(self) -> str:
        """The external id of its message."""
        return f"replayed-{self.number}"


class Step(NamedTuple):
    """An act: when, which, by whom (agent, dispatcher, unit, assisting, follow-up, citizen), with which fields."""

    at: datetime
    action: Action
    by: str
    fields: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Town:
    """What all courses share: how people behave, the calendar, the policy, and when the period ends (UTC)."""

    scenario: Scenario
    calendar: Calendar
    policy: Policy
    end: datetime

    def office(self, at: datetime, minutes: float) -> datetime:
        """So many office minutes after `at`."""
        return _second(self.calendar.after_working_minutes(at, max(1.0, minutes)).at)

    def answered(self, at: datetime, draw: Random) -> datetime:
        """A moment in office hours of the working day nearest to `at`."""
        day = self._working_day(self.calendar.local(at).date())
        opens, closes = _OFFICE
        return _second(datetime.combine(day, time(), ZONE) + opens + draw.random() * (closes - opens))

    def _working_day(self, day: date) -> date:
        for away in range(12):
            for other in (day - timedelta(days=away), day + timedelta(days=away)):
                if self.calendar.is_working_day(other):
                    return other
        return day

    def due(self, plan: Plan, handed: datetime) -> datetime:
        """The deadline for the answer to a ticket handed out then."""
        rows = self.policy.allowances("resolve", plan.kind, plan.urgency)
        return min(self.policy.due(row, handed, self.calendar).at for row in rows)


def course(plan: Plan, town: Town) -> Iterator[Step]:
    """The acts after the opening, each later than the one before; those after the period's end too."""
    walk = _Course(plan, town)
    last = plan.at
    for step in walk.aside() if plan.aside in ("answer", "reject") else walk.whole():
        last = max(step.at, last + timedelta(seconds=1))
        yield step._replace(at=last)


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


class _Course:
    """The telling of one course; chances are drawn in the order in which they are come upon."""

    def __init__(self, plan: Plan, town: Town) -> None:
        self.plan, self.town = plan, town
        self.draw = Random(plan.seed)
        self.at = plan.at
        self.due = plan.at

    def happens(self, name: str) -> bool:
        """Whether it does, by the scenario's chance of that name."""
        return self.draw.random() < self.town.scenario.behaviour[name]

    def after(self, minutes: float, office: bool = True) -> datetime:
        """Now moved on by about so many minutes, office minutes as a rule."""
        length = self.draw.lognormvariate(0, 0.6) * minutes
        self.at = self.town.office(self.at, length) if office else self.at + timedelta(minutes=length)
        return self.at

    def aside(self) -> Iterator[Step]:
        """Ended at the desk: the agent answers, or a dispatcher does not take it."""
        if self.plan.aside == "answer":
            self.at += timedelta(minutes=self.draw.uniform(2, 9))
            yield self.step(Action.ANSWER, "agent")
        else:
            self.after(30)
            yield self.step(Action.REJECT, "dispatcher", reason=self.draw.choice(("not_in_scope", "commercial")))

    def step(self, action: Action, by: str, **fields: Any) -> Step:
        return Step(_second(self.at), action, by, fields)

    def whole(self) -> Iterator[Step]:
        """From the dispatcher's hand to the end."""
        yield from self.handed_out()
        yield from self.returned()
        if self.plan.aside == "withdraw":
            self.after(200)
            yield self.step(Action.WITHDRAW, "citizen")
            return
        yield from self.taken()
        yield from self.answered(self.plan.at + timedelta(days=self.plan.latency))
        if self.plan.again:
            yield from self.taken_up_again()
        yield from self.asked(self.plan.last_word)

    def handed_out(self) -> Iterator[Step]:
        if self.plan.by_hand:
            self.at += timedelta(minutes=min(110.0, self.draw.lognormvariate(0, 0.7) * 12))
            self.at = min(self.at, self.town.end - 2 * _MINUTE)
            yield self.step(Action.DISPATCH, "dispatcher", unit=self.plan.unit)
        self.due = self.town.due(self.plan, self.at)

    def returned(self) -> Iterator[Step]:
        """A unit that holds it for another's business hands it back within hours; the hotline decides."""
        elsewhere = self.plan.intended != self.plan.unit
        if not self.happens("returned_if_elsewhere" if elsewhere else "returned_otherwise"):
            return
        self.after(70)
        proposed = {"proposed_unit": self.plan.intended} if elsewhere else {}
        yield self.step(Action.RETURN, "unit", **proposed)
        self.after(60)
        approved = elsewhere and self.happens("return_approved")
        yield self.step(Action.DECIDE_RETURN, "dispatcher", approved=approved)
        if approved:
            self.at += _MINUTE * self.draw.uniform(1, 20)
            yield self.step(Action.DISPATCH, "dispatcher", unit=self.plan.intended)
            self.due = self.town.due(self.plan, self.at)

    def taken(self) -> Iterator[Step]:
        """Accepted and the citizen called; urgent matters day and night."""
        pressing = self.plan.urgency != "normal"
        if self.happens("late_to_accept"):
            self.after(600)
        else:
            self.after(5 if pressing else 75, office=not pressing)
        yield self.step(Action.ACCEPT, "unit")

    def answered(self, wanted: datetime) -> Iterator[Step]:
        """Contact, an assisting unit's part, perhaps more time; then the answer and its review."""
        answer = max(self.town.answered(wanted, self.draw), self.at + 20 * _MINUTE)
        if self.plan.stalled:
            answer = max(answer, self.town.end) + _LONG_AGO
        yield from self.meanwhile(answer)
        self.at = answer
        yield from self.given()

    def meanwhile(self, answer: datetime) -> Iterator[Step]:
        """What is done before the answer, in order."""
        acts = [*self.contact(), *self.assist(answer), *self.more_time(answer), *self.urged()]
        yield from (each for each in sorted(acts, key=lambda each: each.at) if each.at < answer)

    def contact(self) -> Iterator[Step]:
        if self.happens("no_contact"):
            return
        length = 1900.0 if self.happens("late_to_contact") else 60.0 if self.plan.urgency != "normal" else 170.0
        at = self.at + timedelta(minutes=min(length * self.draw.lognormvariate(0, 0.5), 5000))
        yield Step(_second(at), Action.CONTACT, "unit")

    def assist(self, answer: datetime) -> Iterator[Step]:
        part = self.draw.uniform(0.15, 0.6)
        if self.happens("assisted"):
            length = min(answer - self.at, timedelta(days=12)) * part
            yield Step(self.town.office(self.at + length, 5), Action.ASSIST, "assisting")

    def urged(self) -> Iterator[Step]:
        if self.happens("urged"):
            yield Step(self.at + timedelta(days=self.draw.uniform(2, 20)), Action.URGE, "citizen")

    def more_time(self, answer: datetime) -> Iterator[Step]:
        """延期 is asked for before the deadline, by those who will be late more often."""
        late = answer > self.due
        asks = self.happens("extended_when_late" if late else "extended_in_time")
        if not asks or self.plan.urgency != "normal":
            return
        asked = self.town.calendar.part_way(self.at, self.due, self.draw.randint(55, 85))
        if asked is None or asked <= self.at:
            return
        decided = self.town.office(asked, self.draw.uniform(20, 200))
        approved = self.happens("extension_approved")
        if decided < min(self.due, answer):
            yield Step(_second(asked), Action.EXTEND, "unit", {"days": self.draw.choice((5, 5, 8, 10))})
            yield Step(decided, Action.DECIDE_EXTENSION, "dispatcher", {"approved": approved})

    def given(self) -> Iterator[Step]:
        """The answer, and its review; some are sent back once."""
        yield self.step(Action.RESOLVE, "unit")
        self.after(100)
        if self.happens("answer_sent_back"):
            yield self.step(Action.REVIEW, "dispatcher", passed=False)
            self.after(500)
            yield self.step(Action.RESOLVE, "unit")
            self.after(60)
        yield self.step(Action.REVIEW, "dispatcher", passed=True)

    def taken_up_again(self) -> Iterator[Step]:
        """Not content: a new cycle for the same unit."""
        yield from self.asked(UNHAPPY, closes=False)
        self.after(90)
        yield self.step(Action.REOPEN, "follow-up")
        started, self.due = self.at, self.town.due(self.plan, self.at)
        yield from self.taken()
        again = self.town.scenario.again_days(self.draw.random())
        yield from self.answered(started + timedelta(days=again))

    def asked(self, word: str, closes: bool = True) -> Iterator[Step]:
        """Followed up: up to three calls, and what the citizen says; the hotline closes what does not close itself."""
        self.after(120)
        for _ in range(2):
            if word != UNREACHED and self.happens("answers_first_call"):
                break
            yield self.step(Action.FOLLOW_UP, "follow-up", answered=False)
            self.after(240)
        yield self.step(Action.FOLLOW_UP, self.who_asks(word), **_OPINIONS[word](self.draw))
        if word != CONTENT and closes:
            self.after(90)
            yield self.step(Action.CLOSE, "follow-up")

    def who_asks(self, word: str) -> str:
        """Most are called; some say it themselves on their page."""
        itself = self.draw.random() < 0.25
        return "citizen" if itself and word != UNREACHED else "follow-up"


def _content(draw: Random) -> dict[str, Any]:
    return {"answered": True, "solved": True, "level": draw.choice((5, 5, 5, 4, 4, 3))}


def _unhappy(draw: Random) -> dict[str, Any]:
    level = draw.choice((1, 2, 2))
    return {"answered": True, "solved": draw.random() < 0.25, "level": level}


def _unreached(_draw: Random) -> dict[str, Any]:
    return {"answered": False}


_OPINIONS: Mapping[str, Callable[[Random], dict[str, Any]]] = {
    CONTENT: _content,
    UNHAPPY: _unhappy,
    UNREACHED: _unreached,
}
