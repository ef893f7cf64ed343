"""The values that clocks are computed from, and the Clock itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

CLOCKS = {
    "dispatch": "转办",
    "accept": "签收",
    "contact": "先行联系",
    "resolve": "办结",
    "review": "审核",
    "follow_up": "回访",
    "decide": "审批",
    "assist": "协办",
    "supervise": "督办反馈",
    "suspend": "挂账",
}
"""Clocks by code (rules.md, Clocks). `suspend` runs from a suspension's approval to its cap; its one step ends it."""

UNITS_CLOCKS = frozenset({"accept", "contact", "resolve", "assist", "supervise", "suspend"})
"""Clocks that a unit keeps; the others are the hotline's own."""

RESUME = "resume"
"""The level of the one step of a `suspend` clock: nobody is told off, the ticket resumes."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a ticket: `seq` from 1, `at` in UTC (aware), `action` a word of lifecycle.Action."""

    seq: int
    at: datetime
    action: str
    data: Mapping[str, Any] = field(default_factory=dict)


class Step(NamedTuple):
    """One step of the escalation ladder: level is warn, urge, supervise, circulate or RESUME; `at` in UTC."""

    level: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of one ticket in one cycle. All times in UTC (aware).

    `opened_by` is the seq of the event that started it; `party` is the unit of an `assist` clock, else '': (name,
    opened_by, party) tells a ticket's clocks apart. `suspended` are the times that did not count. `met_at` is the
    fulfilment; `stopped_at` the end without one (returned, withdrawn, merged …). In time when met_at <= due_at.
    `provisional` when a year without a published calendar was counted, `working` when somebody's working time was.
    """

    name: str
    cycle: int
    opened_by: int
    started_at: datetime
    due_at: datetime
    allowance: str
    ladder: Callable[[], tuple[Step, ...]] = field(compare=False, repr=False)
    policy: str
    calendar: str
    provisional: bool = False
    met_at: datetime | None = None
    stopped_at: datetime | None = None
    sum: tuple[str, ...] = ()
    party: str = ""
    suspended: tuple[tuple[datetime, datetime], ...] = ()
    working: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """The ladder's instants; counted when asked for, since most clocks of a long history have ended."""
        return self.ladder()

    @property
    def running(self) -> bool:
        """True until the clock is met or stopped."""
        return self.met_at is None and self.stopped_at is None

    @property
    def ended_at(self) -> datetime | None:
        """When it was met or stopped."""
        return self.met_at or self.stopped_at

    def breached(self, now: datetime) -> bool:
        """True where it ended, or still runs `now`, after the deadline; exactly at due is in time."""
        return (self.ended_at or now) > self.due_at
