"""Why each deadline is what it is: every clock of a ticket with its sum, its rules, and whose calendar it follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from hotline import db
from hotline.desk.case import history
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Ticket
from hotline.progress import clock_state
from sla.calendar import MONDAY_TO_FRIDAY, Calendar
from sla.clock import clocks as run_clocks
from sla.values import CLOCKS, UNITS_CLOCKS, Clock, Event

STATES = {"running": "计时中", "kept": "按时", "missed": "超期", "stopped": "不再计时"}
"""The verdict on a clock in a word; its last line says by how much."""

_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Explained:
    """One clock: `unit` whose time it is (None: the hotline's), `hours` how that unit works where not as the city."""

    clock: Clock
    state: str
    unit: str | None
    unit_name: str
    policy_name: str
    hours: str

    @property
    def title(self) -> str:
        """办结, or 协办（市交通委） for an assisting unit's."""
        name = CLOCKS[self.clock.name]
        return f"{name}（{self.unit_name}）" if self.clock.party and self.unit_name else name

    @property
    def lines(self) -> tuple[str, ...]:
        """The sum, and before the verdict whose working hours it follows."""
        *counted, verdict = self.clock.sum
        own = [f"按{self.unit_name}自己的工作时间计：{self.hours}"] if self.hours else []
        return (*counted, *own, verdict)


def explanation(session: Session, ticket: Ticket) -> list[Explained]:
    """Every clock of every cycle with its sum, in the order they began."""
    know, now = knowledge(session, ticket.calendar, ticket.policy), db.now(session)
    events, _ = history(session, ticket.id)
    holders = _holders(events)
    found = run_clocks(events, know.rules, explain=True)
    return [_explained(know, clock, holders, now) for clock in found]


def _explained(know: Knowledge, clock: Clock, holders: Mapping[int, str | None], now: datetime) -> Explained:
    unit = clock.party or (holders[clock.opened_by] if clock.name in UNITS_CLOCKS else None)
    return Explained(
        clock=clock,
        state=clock_state(clock.due_at, clock.met_at, clock.stopped_at, now),
        unit=unit,
        unit_name=know.unit_name(unit),
        policy_name=know.rules.policy(clock.policy).name,
        hours=_own_hours(know, clock.calendar, unit) if clock.working else "",
    )


def _holders(events: Sequence[Event]) -> dict[int, str | None]:
    """Which unit held the ticket once each event had happened, by seq."""
    holders: dict[int, str | None] = {}
    unit: str | None = None
    for event in events:
        if event.action in ("dispatch", "reopen"):
            unit = event.data.get("unit")
        elif event.action == "unmerge" or (event.action == "decide_return" and event.data.get("approved")):
            unit = None
        holders[event.seq] = unit
    return holders


def _own_hours(know: Knowledge, edition: str, unit: str | None) -> str:
    """How the unit works, in words, where it has hours of its own in this edition; else ''."""
    if not unit:
        return ""
    city, own = know.rules.calendar(edition), know.rules.calendar(edition, unit)
    same = (city.hours, city.weekdays, city.holidays) == (own.hours, own.weekdays, own.holidays)
    return "" if same else hours_in_words(own)


def hours_in_words(calendar: Calendar) -> str:
    """每周一至周五，09:00—12:00、13:00—17:00, and whether holidays are worked through."""
    days = "、".join(_WEEKDAYS[each] for each in calendar.weekdays)
    week = "每周一至周五" if calendar.weekdays == MONDAY_TO_FRIDAY else f"每周{days}"
    hours = "、".join(f"{time_of_day(opens)}—{time_of_day(closes)}" for opens, closes in calendar.hours)
    return f"{week}，{hours}{'' if calendar.holidays else '，节假日不休'}"


def time_of_day(of_day: timedelta) -> str:
    """09:00 for nine hours after midnight; 24:00 is the end of the day."""
    hours, minutes = divmod(of_day // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"


def as_json(found: Sequence[Explained]) -> list[dict[str, Any]]:
    """The clocks as the API gives them; times in UTC."""
    return [_json(each) for each in found]


def _json(each: Explained) -> dict[str, Any]:
    clock = each.clock
    return {
        "clock": clock.name,
        "name": CLOCKS[clock.name],
        "title": each.title,
        "cycle": clock.cycle,
        "opened_by": clock.opened_by,
        "party": clock.party,
        "unit": {"code": each.unit, "name": each.unit_name} if each.unit else None,
        "started_at": clock.started_at.isoformat(),
        "due_at": clock.due_at.isoformat(),
        "met_at": _iso(clock.met_at),
        "stopped_at": _iso(clock.stopped_at),
        "allowance": clock.allowance,
        "state": each.state,
        "verdict": clock.sum[-1].removeprefix("结论："),
        "provisional": clock.provisional,
        "suspended": [{"from": since.isoformat(), "to": until.isoformat()} for since, until in clock.suspended],
        "policy": {"stamp": clock.policy, "name": each.policy_name},
        "calendar": {"edition": clock.calendar, "own_hours": each.hours or None},
        "lines": list(each.lines),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def in_words(number: str, found: Sequence[Explained]) -> str:
    """All sums under each other, for a terminal or a printer."""
    return "\n".join(_in_words(number, found))


def _in_words(number: str, found: Sequence[Explained]) -> Iterator[str]:
    yield f"工单 {number}：{len(found)} 个时限"
    for each in found:
        cycle = f"，第 {each.clock.cycle} 轮" if each.clock.cycle > 1 else ""
        yield f"\n【{each.title}{cycle}】{STATES[each.state]}"
        yield from (f"  {line}" for line in each.lines)
