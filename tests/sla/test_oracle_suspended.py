"""Suspended clocks against a walk that knows no arithmetic: from minute to minute, or from day's end to day's end."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import Clock, Event
from tests.sla.paper import shipped

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BEGIN = datetime(2025, 12, 20, tzinfo=UTC)
"""Around two New Years and a Spring Festival with make-up days."""


def _walk_minutes(start: datetime, amount: int, away: tuple[datetime, datetime], counts: Any) -> datetime:
    at = start
    while amount:
        if counts(at) and not away[0] <= at < away[1]:
            amount -= 1
        at += MINUTE
    return at


def _walk_days(start: datetime, days: int, away: tuple[datetime, datetime], calendar: Calendar) -> datetime:
    """24:00 of the day by which so many working days have ended while the clock ran."""
    day = calendar.local(start).date() + DAY
    while True:
        end = datetime(day.year, day.month, day.day, tzinfo=calendar.zone).astimezone(UTC) + DAY
        days -= calendar.is_working_day(day) and not away[0] < end <= away[1]
        if not days:
            return end
        day += DAY


def _office(calendar: Calendar, at: datetime) -> bool:
    local = calendar.local(at)
    passed = timedelta(hours=local.hour, minutes=local.minute)
    return calendar.is_working_day(local.date()) and any(a <= passed < b for a, b in calendar.hours)


def _resolve(policy: Policy, calendar: Calendar, times: list[datetime], until: datetime, kind: str) -> Clock:
    start, asked, decided, resumed = times
    events = [
        Event(1, start, "open", {"kind": kind, "urgency": "normal"}),
        Event(2, start, "dispatch", {"unit": "a"}),
        Event(3, start, "accept"),
        Event(4, asked, "suspend", {"days": 3}),
        Event(5, decided, "decide_suspension", {"approved": True, "days": 3, "until": until.isoformat()}),
    ]
    if resumed < until:
        events.append(Event(6, resumed, "resume"))
    (found,) = (clock for clock in clocks(events, Fixed(policy, calendar)) if clock.name == "resolve")
    return found


def _changed(mode: str, amount: int) -> Policy:
    document = shipped("policies/guangdong-2022.json")
    rows = [{"mode": mode, "amount": amount}]
    return Policy.parse(document | {"clocks": document["clocks"] | {"resolve": rows}})


@pytest.mark.parametrize("mode", ["working_minutes", "natural_minutes", "working_days"])
def test_a_suspended_clock_ends_where_a_walk_ends_that_skips_the_suspension(calendar: Calendar, mode: str) -> None:
    dice = random.Random(f"suspended {mode}")
    for _ in range(300 if mode == "working_days" else 60):
        amount = dice.randint(1, 8) if mode == "working_days" else dice.randint(30, 900)
        policy = _changed(mode, amount)
        start = BEGIN + timedelta(minutes=dice.randrange(90 * 24 * 60))
        plain = _resolve(policy, calendar, [start, start, start, start], start, "help").due_at
        decided = start + (plain - start) * dice.random()
        decided = min(plain, decided.replace(second=0, microsecond=0) + MINUTE)
        until = calendar.after_working_days(decided, dice.randint(1, 10)).at
        resumed = decided + timedelta(minutes=dice.choice([1, 30, 60 * 26, 60 * 24 * 30]))
        away = (decided, min(resumed, until))
        got = _resolve(policy, calendar, [start, start, decided, resumed], until, "help").due_at
        if mode == "working_days":
            assert got == _walk_days(start, amount, away, calendar)
        elif mode == "natural_minutes":
            assert got == _walk_minutes(start, amount, away, lambda _: True)
        else:
            assert got == _walk_minutes(start, amount, away, lambda at: _office(calendar, at))


@pytest.mark.parametrize("kind", ["consultation", "help", "complaint"])
def test_a_later_end_of_a_suspension_never_makes_the_deadline_earlier(
    policy: Policy, calendar: Calendar, kind: str
) -> None:
    dice = random.Random(kind)
    for _ in range(200):
        start = BEGIN + timedelta(minutes=dice.randrange(90 * 24 * 60))
        decided = start + timedelta(minutes=dice.randrange(24 * 60))
        until = calendar.after_working_days(decided, 10).at
        ends = sorted(decided + timedelta(minutes=dice.randrange(15 * 24 * 60)) for _ in range(2))
        early, late = (_resolve(policy, calendar, [start, start, decided, end], until, kind).due_at for end in ends)
        assert early <= late
        assert all(
            step.at >= start for step in _resolve(policy, calendar, [start, start, decided, ends[1]], until, kind).steps
        )
