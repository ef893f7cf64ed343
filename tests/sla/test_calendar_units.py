"""A unit's own week: weekdays, holidays worked through, hours of its own; and how many days have ended."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from sla.calendar import Calendar, Due
from tests.sla.paper import at, shipped

ALL_WEEK = [1, 2, 3, 4, 5, 6, 7]


def unit(**keys: object) -> Calendar:
    return Calendar.parse({**shipped("calendar.json"), **keys})


def names(calendar: Calendar, first: str, last: str) -> list[str]:
    return [day.name for day in calendar.days(date.fromisoformat(first), date.fromisoformat(last))]


def test_a_unit_that_works_on_saturdays_counts_them_but_keeps_holidays() -> None:
    saturdays = unit(weekdays=[1, 2, 3, 4, 5, 6])
    assert saturdays.after_working_days(at("2026-11-06 10:00"), 1).at == at("2026-11-07 24:00")
    assert saturdays.after_working_days(at("2026-11-07 10:00"), 1).at == at("2026-11-09 24:00")
    assert saturdays.after_working_days(at("2026-09-30 16:30"), 3).at == at("2026-10-10 24:00")


def test_a_unit_that_never_rests_works_day_and_night_through_holidays() -> None:
    always = unit(weekdays=ALL_WEEK, holidays=False, hours=[["00:00", "24:00"]])
    assert always.after_working_days(at("2026-09-30 16:30"), 5).at == at("2026-10-05 24:00")
    assert always.after_working_minutes(at("2026-09-30 16:30"), 5 * 24 * 60).at == at("2026-10-05 16:30")
    assert always.working_time(at("2026-10-01 00:00"), at("2026-10-08 00:00")) == timedelta(days=7)


def test_a_unit_that_keeps_no_holidays_keeps_no_make_up_days_either() -> None:
    weekdays = unit(holidays=False)
    assert weekdays.after_working_days(at("2026-09-30 16:30"), 2).at == at("2026-10-02 24:00")
    assert not weekdays.is_working_day(date(2026, 10, 10))


def test_no_notice_can_move_a_unit_that_keeps_no_holidays_so_nothing_is_provisional() -> None:
    always = unit(weekdays=ALL_WEEK, holidays=False)
    assert always.after_working_days(at("2026-12-31 10:00"), 1) == Due(at("2027-01-01 24:00"), False)
    assert unit(weekdays=ALL_WEEK).after_working_days(at("2026-12-31 10:00"), 1) == Due(at("2027-01-02 24:00"), True)


def test_a_units_days_are_called_by_what_they_are_to_it() -> None:
    saturdays, never = unit(weekdays=[1, 2, 3, 4, 6]), unit(weekdays=ALL_WEEK, holidays=False)
    assert names(saturdays, "2026-11-05", "2026-11-08") == ["工作日", "单位休息日", "单位工作日", "周末"]
    assert names(never, "2026-10-07", "2026-10-10") == ["国庆节（本单位不休）", "工作日", "工作日", "单位工作日"]
    assert names(unit(holidays=False), "2026-10-02", "2026-10-03") == ["国庆节（本单位不休）", "周末"]
    assert names(saturdays, "2026-10-10", "2026-10-10") == ["国庆节调休上班"]


def test_a_lunch_and_a_tea_make_three_intervals() -> None:
    three = unit(hours=[["08:00", "10:00"], ["10:30", "12:00"], ["13:00", "24:00"]])
    assert three.after_working_minutes(at("2026-11-06 09:30"), 150).at == at("2026-11-06 13:30")
    assert three.after_working_days(at("2026-11-06 09:30"), 1, closing=True).at == at("2026-11-09 24:00")


@pytest.mark.parametrize(
    ("start", "end", "ended", "closed"),
    [
        ("2026-11-02 24:00", "2026-11-03 24:00", 1, 1),
        ("2026-11-02 10:00", "2026-11-02 17:00", 0, 1),
        ("2026-11-02 10:00", "2026-11-02 16:59", 0, 0),
        ("2026-11-02 17:00", "2026-11-02 24:00", 1, 0),
        ("2026-11-06 18:00", "2026-11-09 09:00", 1, 0),
        ("2026-09-30 18:00", "2026-10-10 24:00", 4, 3),
        ("2026-11-03 10:00", "2026-11-02 10:00", 0, 0),
    ],
)
def test_working_days_that_ended_are_those_whose_end_was_reached(
    calendar: Calendar, start: str, end: str, ended: int, closed: int
) -> None:
    assert calendar.working_days_ended(at(start), at(end)) == ended
    assert calendar.working_days_ended(at(start), at(end), closing=True) == closed


def test_days_that_ended_add_up_over_any_cut(calendar: Calendar) -> None:
    cuts = [at("2026-09-30 16:30") + timedelta(hours=7 * n) for n in range(80)]
    for closing in (False, True):
        parts = [calendar.working_days_ended(a, b, closing=closing) for a, b in pairwise(cuts)]
        assert sum(parts) == calendar.working_days_ended(cuts[0], cuts[-1], closing=closing) > 0
    assert sum(calendar.days_ended(a, b) for a, b in pairwise(cuts)) == calendar.days_ended(cuts[0], cuts[-1])


def test_days_ended_count_every_day(calendar: Calendar) -> None:
    assert calendar.days_ended(at("2026-09-30 16:30"), at("2026-10-10 23:59")) == 10
    assert calendar.days_ended(at("2026-09-30 16:30"), at("2026-10-10 24:00")) == 11
    assert calendar.days_ended(at("2026-10-10 24:00"), at("2026-09-30 16:30")) == 0
