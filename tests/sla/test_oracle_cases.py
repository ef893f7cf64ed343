"""Dates worked out by hand from the printed notices, and what must hold for any dates at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import Calendar
from tests.sla.paper import at, shipped, starts, steady

DAYS = [
    # New Year: one day, bridged, on a weekend
    ("2020-12-31 17:30", 1, "2021-01-04", False),
    ("2021-12-31 09:00", 1, "2022-01-04", False),
    ("2022-12-30 09:00", 1, "2023-01-03", False),
    ("2024-12-31 09:00", 1, "2025-01-02", False),
    ("2025-12-31 09:00", 1, "2026-01-04", False),  # Sunday the 4th is made up
    # Spring Festival, with the Sundays and Saturdays made up before and after it
    ("2021-02-05 10:00", 1, "2021-02-07", False),  # Sunday
    ("2021-02-10 10:00", 3, "2021-02-20", False),  # the third is Saturday
    ("2023-01-20 10:00", 2, "2023-01-29", False),  # Saturday the 28th, Sunday the 29th
    ("2024-02-02 10:00", 1, "2024-02-04", False),  # Sunday
    ("2024-02-09 10:00", 1, "2024-02-18", False),  # Sunday
    ("2025-01-24 10:00", 2, "2025-01-27", False),
    ("2025-01-27 10:00", 4, "2025-02-08", False),  # the fourth is Saturday
    ("2026-02-13 10:00", 1, "2026-02-14", False),  # Saturday
    ("2026-02-14 10:00", 5, "2026-02-28", False),  # the fifth is Saturday
    # 2020: rest from 24 January, prolonged to Sunday 2 February
    ("2020-01-17 10:00", 1, "2020-01-19", False),  # Sunday
    ("2020-01-23 10:00", 1, "2020-02-03", False),
    ("2020-01-22 10:00", 6, "2020-02-07", False),
    ("2020-01-31 10:00", 1, "2020-02-03", False),
    # 29 February: a Saturday in 2020, a Thursday in 2024
    ("2020-02-28 10:00", 1, "2020-03-02", False),
    ("2020-02-29 10:00", 1, "2020-03-02", False),
    ("2024-02-28 10:00", 1, "2024-02-29", False),
    ("2024-02-29 10:00", 1, "2024-03-01", False),
    # National Day
    ("2020-09-30 10:00", 2, "2020-10-10", False),  # Friday the 9th, Saturday the 10th
    ("2023-09-28 10:00", 2, "2023-10-08", False),  # Saturday and Sunday
    ("2025-09-30 10:00", 3, "2025-10-11", False),  # the third is Saturday
    ("2026-09-30 16:30", 5, "2026-10-13", False),
    ("2026-09-30 00:00", 5, "2026-10-13", False),
    # The end of what is published
    ("2026-12-30 10:00", 1, "2026-12-31", False),
    ("2026-12-31 10:00", 1, "2027-01-04", True),
    ("2027-02-05 10:00", 1, "2027-02-08", True),  # Spring Festival of 2027 is not known yet
    ("2027-09-30 10:00", 1, "2027-10-04", True),  # 1 to 3 October are the law's
    ("2028-02-28 10:00", 1, "2028-02-29", True),
]

HOURS = [
    ("2026-09-30 16:30", 1, "2026-10-08 09:30", False),
    ("2026-10-09 16:00", 8, "2026-10-10 17:00", False),  # Saturday is made up; it ends with the day
    ("2020-01-23 16:00", 2, "2020-02-03 10:00", False),
    ("2024-02-28 16:30", 7.5, "2024-02-29 17:00", False),
    ("2024-02-29 16:59", 1, "2024-03-01 09:59", False),
    ("2025-12-31 16:00", 2, "2026-01-04 10:00", False),
    ("2026-12-31 16:00", 1, "2026-12-31 17:00", False),
    ("2026-12-31 16:00", 1.5, "2027-01-04 09:30", True),
    ("2026-02-14 11:00", 40, "2026-02-28 17:00", False),  # Saturday is made up
    ("2026-02-14 11:00", 46, "2026-03-02 16:00", False),
]


@pytest.mark.parametrize(("start", "days", "last", "provisional"), DAYS)
def test_so_many_working_days_end_on_the_day_that_the_notice_gives(
    calendar: Calendar, start: str, days: int, last: str, provisional: bool
) -> None:
    assert calendar.after_working_days(at(start), days) == (at(f"{last} 24:00"), provisional)


@pytest.mark.parametrize(("start", "hours", "due", "provisional"), HOURS)
def test_so_many_office_hours_end_at_the_minute_worked_out_by_hand(
    calendar: Calendar, start: str, hours: float, due: str, provisional: bool
) -> None:
    assert calendar.after_working_minutes(at(start), hours * 60) == (at(due), provisional)


@pytest.mark.parametrize(
    ("first", "last", "resting"),
    [
        ("2020-01-24", "2020-02-02", 10),
        ("2021-02-11", "2021-02-17", 7),
        ("2025-10-01", "2025-10-08", 8),
        ("2026-02-15", "2026-02-23", 9),
        ("2026-10-01", "2026-10-07", 7),
    ],
)
def test_the_long_holidays_rest_from_their_first_day_to_their_last_and_no_longer(
    calendar: Calendar, first: str, last: str, resting: int
) -> None:
    before, after = date.fromisoformat(first), date.fromisoformat(last)
    days = list(calendar.days(before, after))
    assert [day.working for day in days] == [False] * resting
    assert calendar.is_working_day(after + timedelta(days=1))


UNITS: list[dict[str, Any]] = [
    {},
    {"hours": [["08:30", "11:30"], ["12:15", "12:45"], ["14:00", "18:30"]]},
    {"weekdays": [1, 2, 3, 4, 5, 6], "hours": [["09:00", "24:00"]]},
    {"weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False, "hours": [["00:00", "24:00"]]},
    {"holidays": False},
]
CALENDARS = [Calendar.parse({**shipped("calendar.json"), **keys}) for keys in UNITS]

calendars = st.sampled_from(CALENDARS)
spans = st.timedeltas(timedelta(0), timedelta(days=40))


def ends(calendar: Calendar, start: datetime, amount: int, next_day: bool, closing: bool) -> list[datetime]:
    """Every way of counting, from the same start."""
    return [
        calendar.after_working_days(start, amount, from_next_day=next_day, closing=closing).at,
        calendar.after_working_time(start, timedelta(minutes=37 * amount, microseconds=amount)).at,
        calendar.after_deadline(start, amount, closing=closing).at,
        calendar.after_months(start, amount, from_next_day=next_day).at,
        calendar.after_days(start, amount).at,
        calendar.after_minutes(start, amount).at,
    ]


@steady
@given(calendars, starts, spans, st.integers(1, 40), st.booleans(), st.booleans())
def test_who_starts_later_is_never_due_earlier(
    calendar: Calendar, start: datetime, later: timedelta, amount: int, next_day: bool, closing: bool
) -> None:
    earlier = ends(calendar, start, amount, next_day, closing)
    assert all(a <= b for a, b in zip(earlier, ends(calendar, start + later, amount, next_day, closing), strict=True))


@steady
@given(calendars, starts, st.integers(1, 40), st.integers(1, 20), st.booleans(), st.booleans())
def test_a_longer_allowance_is_always_due_later(
    calendar: Calendar, start: datetime, amount: int, more: int, next_day: bool, closing: bool
) -> None:
    shorter = ends(calendar, start, amount, next_day, closing)
    longer = ends(calendar, start, amount + more, next_day, closing)
    assert all(a < b for a, b in zip(shorter, longer, strict=True))


@settings(steady, max_examples=40)
@given(st.sampled_from(UNITS), starts, st.integers(0, 50), st.integers(1, 30), st.booleans(), st.booleans())
def test_a_holiday_more_never_shortens_and_moves_nobody_who_keeps_none(
    keys: dict[str, Any], start: datetime, ahead: int, amount: int, next_day: bool, closing: bool
) -> None:
    plain = CALENDARS[UNITS.index(keys)]
    fuller = with_holiday(keys, plain.local(start).date() + timedelta(days=ahead))
    before, after = (ends(each, start, amount, next_day, closing) for each in (plain, fuller))
    assert all(a <= b for a, b in zip(before, after, strict=True))
    assert before == after or keys.get("holidays", True)
    end = start + timedelta(days=amount)
    for ended in (False, True):
        fewer, more = (each.working_days_ended(start, end, closing=ended) for each in (fuller, plain))
        assert more - 1 <= fewer <= more


def with_holiday(keys: dict[str, Any], day: date) -> Calendar:
    """The same unit with a day off by an extra notice; a make-up day on that day falls away."""
    plain = Calendar.parse({**shipped("calendar.json"), **keys})
    years = {
        number: replace(year, makeups={d: name for d, name in year.makeups.items() if d != day})
        for number, year in plain.years.items()
    }
    years[2004] = replace(years[2004], holidays={**years[2004].holidays, day: "临时放假"})
    hours = [(opens // timedelta(minutes=1), closes // timedelta(minutes=1)) for opens, closes in plain.hours]
    return Calendar.of("fuller", years, hours, weekdays=plain.weekdays, holidays=plain.holidays)


@steady
@given(calendars, starts, spans, spans, st.booleans())
def test_days_that_ended_add_up_wherever_the_time_is_cut(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta, closing: bool
) -> None:
    cut, end = start + first, start + first + second
    parts = [calendar.working_days_ended(a, b, closing=closing) for a, b in ((start, cut), (cut, end))]
    assert sum(parts) == calendar.working_days_ended(start, end, closing=closing)
    assert calendar.days_ended(start, cut) + calendar.days_ended(cut, end) == calendar.days_ended(start, end)


@steady
@given(calendars, starts, st.integers(1, 40), st.booleans())
def test_the_nth_working_day_is_the_one_by_which_n_have_ended(
    calendar: Calendar, start: datetime, days: int, closing: bool
) -> None:
    due = calendar.after_working_days(start, days, closing=closing).at
    begun = calendar.same_day(start).at
    assert calendar.working_days_ended(begun, due, closing=closing) == days
    assert calendar.working_days_ended(begun, due - timedelta(microseconds=1), closing=closing) == days - 1
