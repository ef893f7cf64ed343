"""The engine against two others: workclock's arithmetic and chinesecalendar's days, neither of which knows ours.

chinesecalendar says which days of 2020 to 2026 are worked; a loop of our own counts them. workclock is told the rest
days by chinesecalendar, not by our notices, and adds and subtracts office time by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from workclock import Break, Holidays, Schedule, WorkDay

from sla.calendar import Calendar
from tests.sla.paper import shipped

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2020, 1, 1), date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

WORKED = {day: chinese_calendar.is_workday(day) for day in DAYS}

Rests = Callable[[date], bool]


def never_rests(day: date) -> bool:
    return False


def rests_on_sundays_and_holidays(day: date) -> bool:
    """A Saturday is worked unless it is part of a holiday."""
    on_holiday, holiday = chinese_calendar.get_holiday_detail(day)
    return on_holiday and (day.weekday() == 6 or holiday is not None)


OFFICE = (WorkDay(time(9), time(17), days=range(7)), Break(time(12), time(13), days=range(7)))

UNITS: dict[str, tuple[dict[str, object], tuple[WorkDay | Break, ...], Rests]] = {
    "office": ({}, OFFICE, chinese_calendar.is_holiday),
    "works on Saturdays": ({"weekdays": [1, 2, 3, 4, 5, 6]}, OFFICE, rests_on_sundays_and_holidays),
    "three intervals": (
        {"hours": [["08:00", "10:00"], ["10:30", "12:00"], ["14:00", "18:00"]]},
        (
            WorkDay(time(8), time(18), days=range(7)),
            Break(time(10), time(10, 30), days=range(7)),
            Break(time(12), time(14), days=range(7)),
        ),
        chinese_calendar.is_holiday,
    ),
    "day and night": (
        {"weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False, "hours": [["00:00", "24:00"]]},
        (WorkDay(time(0), time(0), days=range(7)),),
        never_rests,
    ),
}

every_unit = pytest.mark.parametrize("name", UNITS)


@cache
def pair(name: str) -> tuple[Calendar, Schedule]:
    """Ours, and workclock's of the same unit: it knows rest days only, so make-up days are days that it is not told."""
    keys, hours, rests = UNITS[name]
    rest_days = Holidays([day for day in DAYS if rests(day)])
    return Calendar.parse({**shipped("calendar.json"), **keys}), Schedule([*hours, rest_days], time_zone=SHANGHAI)


def starts(seed: str, count: int) -> Iterator[tuple[random.Random, datetime]]:
    """Random instants, to the microsecond, early enough for every length to end within 2026."""
    chance, last = random.Random(seed), len(DAYS) - 120
    for _ in range(count):
        day = DAYS[chance.randrange(last)]
        within = timedelta(microseconds=chance.randrange(86_400_000_000))
        yield chance, datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + within


@every_unit
def test_office_time_ends_when_workclock_says(name: str) -> None:
    ours, theirs = pair(name)
    for chance, start in starts(name, 1500):
        length = timedelta(microseconds=chance.randrange(1, 200 * 3_600_000_000))
        assert ours.after_working_time(start, length).at == theirs.add(start, length), (name, start, length)


@every_unit
def test_whole_office_hours_end_when_workclock_says(name: str) -> None:
    ours, theirs = pair(name)
    for chance, start in starts(name, 800):
        begun, hours = start.replace(minute=0, second=0, microsecond=0), chance.randrange(1, 80)
        assert ours.after_working_minutes(begun, hours * 60).at == theirs.add(begun, hours=hours), (name, begun, hours)


@every_unit
def test_office_time_between_is_what_workclock_says(name: str) -> None:
    ours, theirs = pair(name)
    for chance, start in starts(name, 1500):
        end = start + timedelta(microseconds=chance.randrange(90 * 86_400_000_000))
        assert ours.working_time(start, end) == theirs.between(start, end), (name, start, end)


def test_every_day_of_2020_to_2026_is_worked_or_not_as_chinesecalendar_says(calendar: Calendar) -> None:
    assert [day for day in DAYS if calendar.is_working_day(day) != WORKED[day]] == []


@every_unit
def test_every_day_of_every_unit_is_worked_or_not_as_chinesecalendar_says(name: str) -> None:
    ours, _ = pair(name)
    rests = UNITS[name][2]
    assert [day for day in DAYS if ours.is_working_day(day) == rests(day)] == []


@pytest.mark.parametrize("days", [1, 2, 3, 5, 7, 10, 15, 20])
def test_from_every_day_the_nth_working_day_is_the_one_that_a_loop_over_chinesecalendar_finds(
    calendar: Calendar, days: int
) -> None:
    for first in DAYS[:-60]:
        day, left = first, days
        while left:
            day += timedelta(days=1)
            left -= WORKED[day]
        ends = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
        start = datetime(first.year, first.month, first.day, 16, 30, tzinfo=SHANGHAI)
        assert calendar.after_working_days(start, days) == (ends, False), (first, days)


def test_every_holiday_and_make_up_day_carries_the_name_that_chinesecalendar_gives(calendar: Calendar) -> None:
    chinese = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}
    made_up = 0
    for day in calendar.days(FIRST, LAST):
        _, holiday = chinese_calendar.get_holiday_detail(day.date)
        if holiday is None:
            assert day.name in ("工作日", "周末"), day
            continue
        made_up += day.working
        assert chinese[holiday][:2] in day.name, day
        assert day.name.endswith("调休上班") == day.working, day
    assert made_up > 30
