"""The engine against a walk: every minute of 2020 to 2029 lies in a plain array, and the oracle steps through it.

Nothing of the engine's arithmetic is used here: the days come straight out of the notices' JSON, an instant is a
count of minutes since 2020 on Shanghai's clock (which has had no summer time since 1991), and a walk is a walk.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Any, NamedTuple

import pytest

from sla.calendar import Calendar
from sla.policy import Allowance, Policy
from tests.sla.paper import shipped

SHANGHAI = timezone(timedelta(hours=8))
ZERO = datetime(2020, 1, 1, tzinfo=SHANGHAI)
DAYS = (date(2030, 1, 1) - date(2020, 1, 1)).days
LAST_START = (date(2028, 12, 31) - date(2020, 1, 1)).days * 1440
DAY = 1440

UNITS: dict[str, dict[str, Any]] = {
    "office": {},
    "three intervals": {"hours": [["08:30", "11:30"], ["12:15", "12:45"], ["14:00", "18:30"]]},
    "works on Saturdays": {"weekdays": [1, 2, 3, 4, 5, 6], "hours": [["09:00", "17:00"]]},
    "day and night": {"weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False, "hours": [["00:00", "24:00"]]},
    "keeps no holidays": {"holidays": False},
    "rests on Mondays": {"weekdays": [2, 3, 4, 5, 6, 7], "hours": [["10:00", "12:00"], ["13:00", "24:00"]]},
}

SWITCHES = [(next_day, closing) for next_day in (True, False) for closing in (True, False)]

every_unit = pytest.mark.parametrize("name", UNITS)


class Walk(NamedTuple):
    """A unit's ten years, a byte a minute: 1 where it works; 1 where a working day ends, at 24:00 or at closing."""

    calendar: Calendar
    works: list[bool]
    office: bytes
    midnight_ends: bytes
    closing_ends: bytes
    closes: int
    by_notice: bool


@cache
def unit(name: str) -> Walk:
    keys = UNITS[name]
    weekdays, by_notice = keys.get("weekdays", [1, 2, 3, 4, 5]), keys.get("holidays", True)
    hours = [[minute(text) for text in row] for row in keys.get("hours", [["09:00", "12:00"], ["13:00", "17:00"]])]
    works = [worked(date(2020, 1, 1) + timedelta(days=n), weekdays, by_notice) for n in range(DAYS)]
    pattern = bytes(any(opens <= m < closes for opens, closes in hours) for m in range(DAY))
    midnights, closings = bytearray(DAYS * DAY + 1), bytearray(DAYS * DAY + 1)
    for number, working in enumerate(works):
        midnights[(number + 1) * DAY] = working
        closings[number * DAY + hours[-1][1]] = working
    return Walk(
        calendar=Calendar.parse({**shipped("calendar.json"), **keys}),
        works=works,
        office=b"".join(pattern if working else bytes(DAY) for working in works),
        midnight_ends=bytes(midnights),
        closing_ends=bytes(closings),
        closes=hours[-1][1],
        by_notice=by_notice,
    )


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def worked(day: date, weekdays: list[int], by_notice: bool) -> bool:
    if not by_notice:
        return day.isoweekday() in weekdays
    rest, made_up = notices()
    if day.isoformat() in made_up:
        return True
    fixed = {"01-01", "05-01", "05-02", "10-01", "10-02", "10-03"}
    free = day.isoformat() in rest if day.year <= 2026 else day.isoformat()[5:] in fixed
    return day.isoweekday() in weekdays and not free


@cache
def notices() -> tuple[set[str], set[str]]:
    years = shipped("calendar.json")["years"].values()
    return {day for year in years for day in year["holidays"]}, {day for year in years for day in year["makeups"]}


def at(count: int) -> datetime:
    return ZERO + timedelta(minutes=count)


def starts(name: str, count: int) -> Iterator[tuple[random.Random, int]]:
    """Random minutes of nine years; a third of them on an edge, where mistakes live."""
    chance = random.Random(name)
    edges = (0, 1, 539, 540, 541, 719, 720, 779, 780, 1019, 1020, 1021, 1439, unit(name).closes % DAY)
    for number in range(count):
        start = chance.randrange(LAST_START)
        yield chance, start if number % 3 else start - start % DAY + chance.choice(edges)


def looked_ahead(walk: Walk, first: int, last: int) -> bool:
    """Whether a day from first to last is of a year that no notice has named."""
    days = (date(2020, 1, 1) + timedelta(days=n) for n in range(first, last + 1))
    return walk.by_notice and any(day.year > 2026 for day in days)


@every_unit
def test_working_minutes_are_the_minutes_walked(name: str) -> None:
    walk = unit(name)
    for chance, start in starts(name, 900):
        length = left = chance.choice((1, 7, 60, 420, 421, chance.randrange(1, 4000)))
        now = start
        while left:
            left -= walk.office[now]
            now += 1
        due = walk.calendar.after_working_minutes(at(start), length)
        assert due.at == at(now), (name, at(start), length)
        assert due.provisional == looked_ahead(walk, start // DAY, (now - 1) // DAY), (name, at(start), length)


@every_unit
def test_minutes_worked_between_are_the_minutes_counted(name: str) -> None:
    walk = unit(name)
    for chance, start in starts(name, 900):
        end = start + chance.randrange(40 * DAY)
        assert walk.calendar.working_minutes(at(start), at(end)) == sum(walk.office[start:end]), (name, at(start), end)


def walk_working_days(walk: Walk, start: int, days: int, next_day: bool, closing: bool) -> int:
    """From minute to minute, until so many working days have ended: those of the starting day on, or of the next."""
    ends, back = (walk.closing_ends, walk.closes) if closing else (walk.midnight_ends, DAY)
    first = start // DAY + next_day
    now = start - 1
    while days:
        now = ends.index(1, now + 1)  # the next minute that carries the mark
        days -= (now - back) // DAY >= first
    return now


@every_unit
@pytest.mark.parametrize(("next_day", "closing"), SWITCHES)
def test_working_days_are_the_day_ends_walked(name: str, next_day: bool, closing: bool) -> None:
    walk, policy = unit(name), counting(next_day, closing)
    for chance, start in starts(name, 300):
        days = chance.randrange(1, 40)
        now = walk_working_days(walk, start, days, next_day, closing)
        due = policy.due(Allowance("working_days", days), at(start), walk.calendar)
        assert due.at == at(now), (name, at(start), days)
        if next_day:
            last = (now - (walk.closes if closing else DAY)) // DAY
            assert due.provisional == looked_ahead(walk, start // DAY + 1, last), (name, at(start), days)


@cache
def counting(next_day: bool, closing: bool) -> Policy:
    expires = "closing" if closing else "end_of_day"
    switches = {"from_next_day": next_day, "expires": expires}
    return Policy.parse({**shipped("policies/guangdong-2022.json"), "counting": switches})


@every_unit
@pytest.mark.parametrize("closing", [True, False])
def test_working_days_ended_are_the_ends_met_on_the_way(name: str, closing: bool) -> None:
    walk = unit(name)
    ends = walk.closing_ends if closing else walk.midnight_ends
    for chance, start in starts(name, 600):
        end = start + chance.choice((0, 1, chance.randrange(3 * DAY), chance.randrange(60 * DAY)))
        found = walk.calendar.working_days_ended(at(start), at(end), closing=closing)
        assert found == sum(ends[start + 1 : end + 1]), (name, at(start), at(end))


@every_unit
def test_days_ended_are_the_midnights_met_on_the_way(name: str) -> None:
    walk = unit(name)
    for chance, start in starts(name, 300):
        end = start + chance.choice((0, 1, DAY, chance.randrange(30 * DAY)))
        midnights = sum(now % DAY == 0 for now in range(start + 1, end + 1))
        assert walk.calendar.days_ended(at(start), at(end)) == midnights, (at(start), at(end))


@every_unit
def test_steps_after_a_deadline_are_working_days_after_the_day_it_ends(name: str) -> None:
    walk = unit(name)
    for chance, due in starts(name, 300):
        if not due:
            continue
        days = chance.randrange(1, 12)
        expected = walk_working_days(walk, due - 1, days, next_day=True, closing=False)
        assert walk.calendar.after_deadline(at(due), days).at == at(expected), (name, at(due), days)


def test_natural_minutes_pass_one_by_one_whatever_the_day() -> None:
    calendar, policy = unit("office").calendar, counting(next_day=True, closing=False)
    for chance, start in starts("office", 400):
        length = chance.randrange(1, 3000)
        now = at(start)
        for _ in range(length):
            now += timedelta(minutes=1)
        assert policy.due(Allowance("natural_minutes", length), at(start), calendar) == (now, False)


def test_the_same_day_and_natural_days_end_at_the_midnights_walked_to() -> None:
    walk, policy = unit("office"), counting(next_day=True, closing=False)
    for chance, start in starts("office", 400):
        days, now = chance.randrange(25), start
        for number in range(days + 1):
            now += 1
            while now % DAY:
                now += 1
            if not number:
                assert policy.due(Allowance("same_day"), at(start), walk.calendar) == (at(now), False)
        assert walk.calendar.after_days(at(start), days) == (at(now), False)


@pytest.mark.parametrize("next_day", [True, False])
def test_months_end_on_the_day_walked_to(next_day: bool) -> None:
    walk, policy = unit("office"), counting(next_day, closing=False)
    for chance, start in starts("office", 400):
        months = chance.randrange(1, 13)
        first = day = at(start).date()
        left = months
        while left or not (day.day == first.day or last_of_month(day)):
            day += timedelta(days=1)
            left -= day.day == 1
        ends = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=next_day)
        assert policy.due(Allowance("months", months), at(start), walk.calendar) == (ends, False), (at(start), months)


def last_of_month(day: date) -> bool:
    return (day + timedelta(days=1)).month != day.month
