"""Lives of tickets as a city's are: when they come, what is done to them, and how long each step takes. Pure.

The proportions are judgement, chosen so that every set that a report counts has something in it: one in seven answered
at once, one in sixteen handed back, one in twenty extended, one in twelve sent back by the review, one in eight of the
citizens not content, half of those taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hotline.lifecycle import Action

KINDS = {"complaint": 34, "help": 36, "consultation": 20, "suggestion": 7, "praise": 3}
SOURCES = {"phone": 52, "wechat": 20, "web": 18, "message_board": 10}
AGENTS = 40

DAYS_OF_WORK = (1.0, 1.6, 2.4, 3.5, 5.0, 6.5, 8.5, 11.0, 14.0, 24.0)
"""How long a unit takes until it answers: the ten tenths, in days."""

HOURS = (0.4, 0.3, 0.2, 0.2, 0.2, 0.4, 1.0, 2.2, 4.2, 5.2, 5.4, 4.8, 3.2, 3.4, 4.6, 4.8, 4.6, 4.0, 3.0, 2.8, 2.6, 2.0)
"""How often a message comes in each hour of the day, from midnight on; hardly ever after ten in the evening."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act: `actor` does it, `unit` is the actor's."""

    at: datetime
    action: Action
    data: dict[str, Any]
    actor: str = "system"
    unit: str | None = None


@dataclass(slots=True)
class Life:
    """What is done to one ticket, in order, as far as `now`; `dice` decides."""

    dice: Random
    received: datetime
    now: datetime
    units: Sequence[str]
    said: dict[str, Any]
    at: datetime = field(init=False)
    steps: list[Step] = field(default_factory=list)
    unit: str = ""

    def __post_init__(self) -> None:
        self.at = self.received
        if self.dice.random() < 0.14:
            self.wait(0.02)
            self.do(Action.ANSWER, {})
        elif self.dice.random() < 0.04:
            self.wait(0.1)
            self.do(Action.REJECT, {"reason": "not_in_scope"})
        else:
            self.handled()

    def wait(self, days: float) -> None:
        """Let so many days go by, give or take a third."""
        self.at += timedelta(days=days * self.dice.uniform(0.67, 1.33))

    def do(self, action: Action, data: dict[str, Any], of_unit: bool = False) -> None:
        """An act, unless it lies ahead."""
        if self.at <= self.now:
            who = ("staff:7", self.unit) if of_unit else ("system", None)
            self.steps.append(Step(self.at, action, data, *who))

    def handled(self) -> None:
        """By a unit, or by a second where the first hands it back; once more where the citizen was not content."""
        count = 1
        self.dispatched(count)
        if self.dice.random() < 0.06:
            self.wait(0.3)
            self.do(Action.RETURN, {"unit": self.unit, "reason": "", "proposed_unit": None}, of_unit=True)
            self.wait(0.2)
            self.do(Action.DECIDE_RETURN, {"approved": True})
            count += 1
            self.dispatched(count)
        self.worked_on()
        while not self.asked():
            if self.dice.random() < 0.5:
                self.do(Action.CLOSE, {})
                return
            self.do(Action.REOPEN, {"unit": self.unit})
            self.worked_on()

    def dispatched(self, count: int) -> None:
        """Handed to a unit."""
        self.wait(0.05)
        self.unit = self.units[min(int(self.dice.expovariate(1 / 9)), len(self.units) - 1)]
        data = {"unit": self.unit, "assisting": [], "complex": False, "designated": False, "count": count}
        self.do(Action.DISPATCH, self.said | data)

    def worked_on(self) -> None:
        """Taken, spoken about and answered; the review sends one in twelve back."""
        self.wait(0.5)
        self.do(Action.ACCEPT, {"unit": self.unit}, of_unit=True)
        self.wait(0.3)
        self.do(Action.CONTACT, {"unit": self.unit}, of_unit=True)
        work = self.dice.choice(DAYS_OF_WORK)
        if work > 10 and self.dice.random() < 0.4:
            self.wait(work / 2)
            self.do(Action.EXTEND, {"days": 5}, of_unit=True)
            self.wait(0.3)
            self.do(Action.DECIDE_EXTENSION, {"approved": True, "days": 5})
        self.wait(work / 2)
        self.do(Action.RESOLVE, {"unit": self.unit}, of_unit=True)
        self.wait(0.4)
        passed = self.dice.random() > 0.08
        self.do(Action.REVIEW, {"passed": passed})
        if not passed:
            self.wait(1)
            self.do(Action.RESOLVE, {"unit": self.unit}, of_unit=True)
            self.wait(0.4)
            self.do(Action.REVIEW, {"passed": True})

    def asked(self) -> bool:
        """What the citizen says; False where it was not what was hoped for, and the ticket is open still."""
        if self.dice.random() < 0.12:
            for _ in range(3):
                self.wait(0.3)
                self.do(Action.FOLLOW_UP, {"answered": False, "solved": None, "satisfied": None, "level": None})
            self.do(Action.CLOSE, {})
            return True
        self.wait(0.6)
        content = self.dice.random() < 0.88
        level = self.dice.choice((3, 4, 5, 5)) if content else self.dice.choice((1, 2))
        self.do(Action.FOLLOW_UP, {"answered": True, "solved": content, "satisfied": content, "level": level})
        if content:
            self.do(Action.CLOSE, {})
        self.wait(0.2)
        return content


def moment(dice: Random, day: datetime) -> datetime:
    """A moment of the day that begins at `day`, more often when people are awake."""
    [hour] = dice.choices(range(len(HOURS)), HOURS)
    return day + timedelta(hours=hour, seconds=dice.uniform(0, 3600))
