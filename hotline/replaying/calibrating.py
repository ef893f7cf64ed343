"""Calibration: the drawn plans end nearly as the scenario says; tickets drawn by lot make up the rest.

A unit that would have been slower hurries, one that would have answered lets it lie, a citizen is content or is not.
Whoever is changed goes on through the same acts, and every figure is still counted from what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random

from hotline.knowledge import Knowledge
from hotline.lifecycle import Action
from hotline.replaying.course import CONTENT, UNHAPPY, Plan, Step, Town, course
from hotline.replaying.scenario import OPEN_ENDS
from sla.clock import clocks
from sla.values import Event

_SOONEST = timedelta(days=9)
"""A ticket that came later than this before the end cannot well be hurried to its close."""


@dataclass(slots=True)
class Adjusted:
    """How many plans were changed: hurried to a close, left lying, opinions; and how many there were."""

    tickets: int = 0
    hurried: int = 0
    left: int = 0
    opinions: int = 0
    drawn: dict[str, int] = field(default_factory=dict)

    def add(self, other: Adjusted) -> None:
        """Count another part in."""
        for name in ("tickets", "hurried", "left", "opinions"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.drawn = {name: self.drawn.get(name, 0) + count for name, count in other.drawn.items()}


class Unreachable(ValueError):
    """The scenario's ends cannot be met with so few tickets, or with these behaviours."""


def end_of(plan: Plan, town: Town, know: Knowledge) -> str:
    """How the ticket stands at the period's end: closed, open_past_deadline or open_within_limits.

    By the plan's own acts and by the clocks that the desk will run over them.
    """
    done = [step for step in course(plan, town) if step.at < town.end]
    if done and _closes(done[-1]):
        return "closed"
    events = [Event(1, plan.at, Action.OPEN, _opening(plan, town, know))]
    if not plan.by_hand:
        events.append(Event(2, plan.at, Action.DISPATCH, {"unit": plan.unit}))
    events += [Event(seq, step.at, step.action, step.fields) for seq, step in enumerate(done, len(events) + 1)]
    answers = [clock for clock in clocks(_with_unit(events), know.rules) if clock.name == "resolve"]
    return "open_past_deadline" if answers[-1].due_at <= town.end else "open_within_limits"


def _opening(plan: Plan, town: Town, know: Knowledge) -> dict[str, str]:
    return {
        "kind": plan.kind,
        "urgency": plan.urgency,
        "policy": town.policy.stamp,
        "calendar": know.rules.current,
    }


def _with_unit(events: Iterable[Event]) -> list[Event]:
    """A reopening goes to the unit that had it last."""
    unit, told = None, []
    for event in events:
        unit = event.data.get("unit") or unit
        fields = {**event.data, "unit": unit} if event.action == Action.REOPEN else event.data
        told.append(Event(event.seq, event.at, event.action, fields))
    return told


def _closes(step: Step) -> bool:
    return step.action == Action.CLOSE or (
        step.action == Action.FOLLOW_UP and bool(step.fields.get("solved")) and step.fields["level"] >= 3
    )


class Calibration:
    """Brings plans to wanted ends; `adjusted` says what was changed."""

    def __init__(self, plans: Sequence[Plan], town: Town, know: Knowledge) -> None:
        self.town, self.know = town, know
        self.plans = [plan for plan in plans if not plan.aside]
        self.draw = Random(town.scenario.seed + 7 * len(self.plans))
        self.ends = {plan.number: end_of(plan, town, know) for plan in self.plans}
        self.adjusted = Adjusted(len(self.plans), drawn=self._counts())

    def _counts(self) -> dict[str, int]:
        found = dict.fromkeys(("closed", *OPEN_ENDS), 0)
        for end in self.ends.values():
            found[end] += 1
        return found

    def meet(self, ends: Mapping[str, int], content: int) -> Adjusted:
        """Change as few plans as it takes. Raises Unreachable."""
        for end in OPEN_ENDS:
            surplus = self._counts()[end] - ends[end]
            self.adjusted.hurried += self._change(self._of(end), self._hurried, surplus)
        for end in OPEN_ENDS:
            lacking = ends[end] - self._counts()[end]
            self.adjusted.left += self._change(self._of("closed"), partial(self._left, end), lacking)
        self.adjusted.opinions += self._opinions(content)
        return self.adjusted

    def _of(self, end: str) -> list[Plan]:
        """The plans with this end, in an order by lot."""
        found = [plan for plan in self.plans if self.ends[plan.number] == end]
        self.draw.shuffle(found)
        return found

    def _change(self, plans: Sequence[Plan], change: Callable[[Plan], bool], count: int) -> int:
        """Change `count` of the plans, passing over those that cannot be; how many."""
        done = 0
        for plan in plans:
            if done >= count:
                break
            done += change(plan)
        if done < count:
            raise Unreachable(f"只有 {len(self.plans)} 件，凑不出情景给定的结果，请增加 --tickets")
        return done

    def _hurried(self, plan: Plan) -> bool:
        left = self.town.end - plan.at
        if left < _SOONEST:
            return False
        was = plan.latency, plan.stalled, plan.again
        plan.stalled = plan.again = False
        plan.latency = min(plan.latency, self.draw.uniform(0.2, 0.75) * (left - timedelta(days=6)) / timedelta(days=1))
        return self._now(plan, "closed") or self._undo(plan, was)

    def _left(self, end: str, plan: Plan) -> bool:
        """Let lie; a deadline after the end is only had by what came in the last weeks."""
        young = self.town.end - plan.at < timedelta(days=45)
        if end == "open_within_limits" and not young:
            return False
        was = plan.latency, plan.stalled, plan.again
        plan.stalled, plan.again = True, False
        return self._now(plan, end) or self._undo(plan, was)

    def _now(self, plan: Plan, end: str) -> bool:
        if end_of(plan, self.town, self.know) != end:
            return False
        self.ends[plan.number] = end
        return True

    @staticmethod
    def _undo(plan: Plan, was: tuple[float, bool, bool]) -> bool:
        plan.latency, plan.stalled, plan.again = was
        return False

    def _opinions(self, content: int) -> int:
        """So many of the closed have a content citizen."""
        closed = self._of("closed")
        surplus = sum(plan.last_word == CONTENT for plan in closed) - content
        word, other = (UNHAPPY, CONTENT) if surplus > 0 else (CONTENT, UNHAPPY)
        able = [plan for plan in closed if plan.last_word == other]
        return self._change(able, partial(self._says, word), abs(surplus))

    def _says(self, word: str, plan: Plan) -> bool:
        was, plan.last_word = plan.last_word, word
        if end_of(plan, self.town, self.know) == "closed":
            return True
        plan.last_word = was
        return False
