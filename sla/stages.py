"""Where a ticket's time went: a fold over its events that gives each instant of its life to exactly one stage.

Pure, and on the same events as the clocks. Whose time it was: the unit's that held the ticket, or the hotline's. What
a unit asks of the hotline is the hotline's time only while nothing else can go on: a return that waits for its
decision. While an extension or a suspension is decided the unit works on. A suspension ends at its cap, however late
somebody noticed; what lies between a ticket's end and its reopening is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sla.calendar import Calendar
from sla.values import Event

STAGES = {
    "dispatch": "待转办",
    "accept": "待签收",
    "contact": "待联系",
    "work": "办理",
    "decide": "退单待审批",
    "suspended": "挂账",
    "review": "待审核",
    "follow_up": "待回访",
    "ended": "已了结、后重办",
}
"""Stages by code, in the order of a ticket's life."""

HOTLINES = frozenset({"dispatch", "decide", "review", "follow_up"})
"""Stages in which the hotline is waited for."""


class Stretch(NamedTuple):
    """One stage from `start` to `end` (UTC); `unit` is whose time it was, None for the hotline's and nobody's."""

    stage: str
    unit: str | None
    start: datetime
    end: datetime


class Taken(NamedTuple):
    """How long: natural time, and working time by the calendar of whose time it was."""

    natural: timedelta
    working: timedelta

    def __add__(self, other: object) -> Taken:
        """The two together."""
        if not isinstance(other, Taken):
            return NotImplemented
        return Taken(self.natural + other.natural, self.working + other.working)


NOTHING = Taken(timedelta(0), timedelta(0))


@dataclass(slots=True)
class _Life:
    stage: str
    unit: str | None = None
    accepted: bool = False
    contacted: bool = False
    cap: datetime | None = None

    def at_unit(self) -> str:
        """What the unit has to do next: accept, contact the citizen, then the work itself."""
        if not self.accepted:
            return "accept"
        return "work" if self.contacted else "contact"

    def hold(self, unit: str | None) -> None:
        """Another holder, who begins with nothing done; None is the desk."""
        self.unit, self.accepted, self.contacted, self.cap = unit, False, False, None
        self.stage = self.at_unit() if unit else "dispatch"


def stretches(events: Sequence[Event], until: datetime) -> list[Stretch]:
    """The stages of a ticket in order, without a gap, from its first event to its end, or to `until` while it lives.

    `events` is the whole history in order. Neighbours of one stage and one unit are one stretch.
    """
    if not events:
        return []
    found: list[Stretch] = []
    life, since = _Life("dispatch"), events[0].at
    for event in events[1:]:
        found += _cut(life, since, event.at)
        since = event.at
        change = _CHANGES.get(event.action)
        if change:
            change(life, event)
    if life.stage != "ended":
        found += _cut(life, since, max(since, until))
    return list(_joined(found))


def taken(found: Sequence[Stretch], calendar_of: Callable[[str | None], Calendar]) -> dict[str, Taken]:
    """Time by stage: of the stages that the ticket has been in, in the order of STAGES."""
    total: dict[str, Taken] = {}
    for each in found:
        working = calendar_of(each.unit).working_time(each.start, each.end)
        total[each.stage] = total.get(each.stage, NOTHING) + Taken(each.end - each.start, working)
    return {stage: total[stage] for stage in STAGES if stage in total}


def _cut(life: _Life, start: datetime, end: datetime) -> Iterator[Stretch]:
    """From start to end; a suspension that reaches its cap on the way becomes work there."""
    if life.stage == "suspended" and life.cap is not None and life.cap < end:
        cap = max(start, life.cap)
        yield Stretch("suspended", life.unit, start, cap)
        life.stage, life.cap, start = life.at_unit(), None, cap
    yield Stretch(life.stage, None if life.stage in HOTLINES | {"ended"} else life.unit, start, end)


def _joined(found: Sequence[Stretch]) -> Iterator[Stretch]:
    last: Stretch | None = None
    for each in found:
        if each.start == each.end:
            continue
        if last and (last.stage, last.unit) == (each.stage, each.unit):
            last = last._replace(end=each.end)
            continue
        if last:
            yield last
        last = each
    if last:
        yield last


def _to_unit(life: _Life, event: Event) -> None:
    life.hold(event.data.get("unit"))


def _to_triage(life: _Life, _event: Event) -> None:
    life.hold(None)


def _accept(life: _Life, _event: Event) -> None:
    life.accepted = True
    life.stage = life.at_unit()


def _contact(life: _Life, _event: Event) -> None:
    life.contacted = True
    if life.stage == "contact":
        life.stage = "work"


def _decide_return(life: _Life, event: Event) -> None:
    if event.data.get("approved"):
        life.hold(None)
    else:
        life.stage = life.at_unit()


def _decide_suspension(life: _Life, event: Event) -> None:
    if event.data.get("approved") and event.data.get("until"):
        life.stage, life.cap = "suspended", datetime.fromisoformat(event.data["until"]).astimezone(UTC)


def _resume(life: _Life, _event: Event) -> None:
    life.stage, life.cap = life.at_unit(), None


def _review(life: _Life, event: Event) -> None:
    life.stage = "follow_up" if event.data.get("passed") else "work"


def _into(stage: str) -> Callable[[_Life, Event], None]:
    def change(life: _Life, _event: Event) -> None:
        life.stage, life.cap = stage, None

    return change


_CHANGES: Mapping[str, Callable[[_Life, Event], None]] = {
    "dispatch": _to_unit,
    "accept": _accept,
    "contact": _contact,
    "return": _into("decide"),
    "decide_return": _decide_return,
    "decide_suspension": _decide_suspension,
    "resume": _resume,
    "resolve": _into("review"),
    "review": _review,
    "reopen": _to_unit,
    "unmerge": _to_triage,
    "answer": _into("ended"),
    "reject": _into("ended"),
    "close": _into("ended"),
    "withdraw": _into("ended"),
    "merge": _into("ended"),
}
