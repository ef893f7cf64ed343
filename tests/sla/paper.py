"""Deadlines the slow way, by walking days and minutes over the raw data, and short ways to write histories."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from sla.values import Clock, Event

SEEDS = Path(__file__).parents[2] / "hotline" / "seeds"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}

steady = settings(derandomize=True, deadline=None, max_examples=80)

starts = st.datetimes(datetime(2020, 1, 1), datetime(2028, 6, 30)).map(  # noqa: DTZ001 - localised in the next line
    lambda at: at.replace(second=0, microsecond=0, tzinfo=SHANGHAI).astimezone(UTC)
)
"""Instants of 2020 to 2028, to the minute, at any hour of any day."""


@cache
def shipped(name: str) -> Any:
    return json.loads((SEEDS / name).read_text("utf-8"))


def changed(path: str, value: object) -> dict[str, Any]:
    """The shipped Jinan set with one thing changed; a path like clocks.accept.0.mode; None takes it away."""
    document: dict[str, Any] = copy.deepcopy(shipped("policies/jinan-2018.json"))
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    place: Any = document
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


def at(text: str) -> datetime:
    """A wall-clock time of Shanghai, "2026-11-02 10:00"; 24:00 is the end of the day."""
    if text.endswith("24:00"):
        return at(text.replace("24:00", "00:00")) + timedelta(days=1)
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def works(day: date) -> bool:
    """Straight from the notices, for published years; Monday to Friday less the fixed holidays for others."""
    holidays, makeups = _named_days()
    if day in makeups:
        return True
    published = str(day.year) in shipped("calendar.json")["years"]
    free = day in holidays if published else (day.month, day.day) in FIXED
    return day.weekday() < 5 and not free


@cache
def _named_days() -> tuple[set[date], set[date]]:
    years = shipped("calendar.json")["years"].values()
    return (
        {date.fromisoformat(day) for year in years for day in year["holidays"]},
        {date.fromisoformat(day) for year in years for day in year["makeups"]},
    )


def walk_days(start: datetime, days: int) -> datetime:
    """Day after day, from the day after the start."""
    day = start.astimezone(SHANGHAI).date()
    while days:
        day += timedelta(days=1)
        days -= works(day)
    return at(f"{day} 24:00")


def walk_minutes(start: datetime, minutes: int) -> datetime:
    """Minute after minute."""
    now = start.astimezone(SHANGHAI)
    while minutes:
        minutes -= _office(now)
        now += timedelta(minutes=1)
    return now.astimezone(UTC)


def count_minutes(start: datetime, end: datetime) -> int:
    """How many minutes of a stretch are office time, one by one."""
    local = start.astimezone(SHANGHAI)
    return sum(_office(local + timedelta(minutes=i)) for i in range((end - start) // timedelta(minutes=1)))


def _office(now: datetime) -> bool:
    minute = now.hour * 60 + now.minute
    return (540 <= minute < 720 or 780 <= minute < 1020) and works(now.date())


def story(*acts: tuple[str, str] | tuple[str, str, Mapping[str, Any]]) -> list[Event]:
    """A history of 2026 out of ("11-02 10:00", "open", {…}) in order."""
    return [Event(seq, at(f"2026-{act[0]}"), act[1], act[2] if len(act) > 2 else {}) for seq, act in enumerate(acts, 1)]


def only(found: Sequence[Clock], name: str, cycle: int = 1) -> Clock:
    """The one clock of that name and cycle."""
    (clock,) = (c for c in found if c.name == name and c.cycle == cycle)
    return clock
