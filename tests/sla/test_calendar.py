from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import Calendar, Due, Year
from tests.sla.paper import at, count_minutes, starts, steady, walk_days, walk_minutes


def test_every_day_of_2004_to_2026_agrees_with_an_independent_calendar(calendar: Calendar) -> None:
    ordinals = range(date(2004, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    days = [date.fromordinal(ordinal) for ordinal in ordinals]
    differing = [day for day in days if calendar.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert differing == []


def test_the_shipped_years_are_2004_to_2026_each_with_its_notice(calendar: Calendar) -> None:
    assert sorted(calendar.years) == list(range(2004, 2027))
    assert all(f"{number}年" in year.notice for number, year in calendar.years.items())


@steady
@given(starts, st.integers(1, 60))
def test_working_days_equal_a_walk_over_days(calendar: Calendar, start: datetime, days: int) -> None:
    assert calendar.after_working_days(start, days).at == walk_days(start, days)


@steady
@given(starts, st.integers(0, 1300))
def test_working_minutes_equal_a_walk_over_minutes(calendar: Calendar, start: datetime, minutes: int) -> None:
    assert calendar.after_working_minutes(start, minutes).at == walk_minutes(start, minutes)


@steady
@given(starts, st.integers(0, 14_000))
def test_minutes_worked_equal_a_count_of_minutes(calendar: Calendar, start: datetime, natural: int) -> None:
    end = start + timedelta(minutes=natural)
    assert calendar.working_minutes(start, end) == count_minutes(start, end)


@steady
@given(starts, st.timedeltas(timedelta(0), timedelta(days=20)), st.integers(1, 40), st.booleans(), st.booleans())
def test_a_later_start_never_ends_earlier(
    calendar: Calendar, start: datetime, later: timedelta, days: int, next_day: bool, closing: bool
) -> None:
    def ends(begin: datetime) -> list[datetime]:
        return [
            calendar.after_working_days(begin, days, from_next_day=next_day, closing=closing).at,
            calendar.after_working_minutes(begin, days * 37).at,
            calendar.after_deadline(begin, days, closing=closing).at,
            calendar.after_months(begin, days, from_next_day=next_day).at,
            calendar.same_day(begin).at,
        ]

    pairs = list(zip(ends(start), ends(start + later), strict=True))
    assert all(first <= second for first, second in pairs)


@steady
@given(starts, st.integers(1, 60), st.integers(1, 2000))
def test_a_longer_allowance_never_ends_earlier(calendar: Calendar, start: datetime, days: int, minutes: int) -> None:
    assert calendar.after_working_days(start, days).at < calendar.after_working_days(start, days + 1).at
    shorter = calendar.after_working_minutes(start, minutes).at
    assert start < shorter < calendar.after_working_minutes(start, minutes + 1).at


@settings(steady, max_examples=25)
@given(starts, st.integers(0, 40), st.integers(1, 20))
def test_one_more_holiday_never_shortens(calendar: Calendar, start: datetime, ahead: int, amount: int) -> None:
    day = calendar.local(start).date() + timedelta(days=ahead)
    fuller = with_holiday(calendar, day)
    assert fuller.after_working_days(start, amount).at >= calendar.after_working_days(start, amount).at
    assert fuller.after_working_minutes(start, amount * 60).at >= calendar.after_working_minutes(start, amount * 60).at
    end = start + timedelta(days=amount)
    assert fuller.working_time(start, end) <= calendar.working_time(start, end)


def with_holiday(calendar: Calendar, day: date) -> Calendar:
    years = {
        number: replace(year, makeups={d: name for d, name in year.makeups.items() if d != day})
        for number, year in calendar.years.items()
    }
    extra = {2004: replace(years[2004], holidays={**years[2004].holidays, day: "临时放假"})}
    return Calendar.of("fuller", years | extra)


@steady
@given(starts, st.integers(1, 3000), st.integers(0, 59_999_999))
def test_time_worked_until_a_deadline_is_the_allowance_to_the_microsecond(
    calendar: Calendar, start: datetime, minutes: int, fraction: int
) -> None:
    start += timedelta(microseconds=fraction)
    due = calendar.after_working_minutes(start, minutes).at
    assert calendar.working_time(start, due) == timedelta(minutes=minutes)


@steady
@given(starts, st.integers(1, 40), st.integers(1, 99))
def test_a_part_of_the_way_is_that_part_of_the_office_time(
    calendar: Calendar, start: datetime, days: int, percent: int
) -> None:
    due = calendar.after_working_days(start, days).at
    part = calendar.part_way(start, due, percent)
    assert part is not None
    assert calendar.working_time(start, part) == calendar.working_time(start, due) * percent // 100


def days_after(calendar: Calendar, start: str, days: int, **switches: bool) -> Due:
    return calendar.after_working_days(at(start), days, **switches)


def test_the_day_after_the_start_is_day_one(calendar: Calendar) -> None:
    assert days_after(calendar, "2026-11-02 00:00", 1).at == at("2026-11-03 24:00")
    assert days_after(calendar, "2026-11-02 23:59", 1).at == at("2026-11-03 24:00")


def test_counting_from_the_day_itself_is_a_switch(calendar: Calendar) -> None:
    assert days_after(calendar, "2026-11-02 10:00", 1, from_next_day=False).at == at("2026-11-02 24:00")
    assert days_after(calendar, "2026-11-07 10:00", 1, from_next_day=False).at == at("2026-11-09 24:00")


def test_expiring_at_closing_time_is_a_switch(calendar: Calendar) -> None:
    assert days_after(calendar, "2026-11-02 10:00", 2, closing=True).at == at("2026-11-04 17:00")


def test_a_day_whose_office_has_closed_is_no_day_one(calendar: Calendar) -> None:
    same = {"from_next_day": False, "closing": True}
    assert days_after(calendar, "2026-11-02 17:00", 1, **same).at == at("2026-11-02 17:00")
    assert days_after(calendar, "2026-11-02 17:01", 1, **same).at == at("2026-11-03 17:00")


def test_new_year_is_no_working_day(calendar: Calendar) -> None:
    assert days_after(calendar, "2025-12-31 10:00", 1).at == at("2026-01-04 24:00")


def test_make_up_sundays_before_and_after_spring_festival_count(calendar: Calendar) -> None:
    # 2026: rest 15–23 February, work on Saturday 14 and Saturday 28 February
    assert days_after(calendar, "2026-02-13 10:00", 1).at == at("2026-02-14 24:00")
    assert days_after(calendar, "2026-02-14 10:00", 1).at == at("2026-02-24 24:00")
    assert days_after(calendar, "2026-02-27 10:00", 1).at == at("2026-02-28 24:00")
    # 2025: work on Sunday 26 January, rest 28 January to 4 February
    assert days_after(calendar, "2025-01-24 10:00", 1).at == at("2025-01-26 24:00")


def test_the_prolonged_spring_festival_of_2020_lasts_until_the_second_of_february(calendar: Calendar) -> None:
    assert days_after(calendar, "2020-01-23 16:00", 1).at == at("2020-02-03 24:00")
    assert calendar.after_working_minutes(at("2020-01-23 16:00"), 120).at == at("2020-02-03 10:00")


def test_the_29th_of_february_counts(calendar: Calendar) -> None:
    assert days_after(calendar, "2024-02-28 10:00", 1).at == at("2024-02-29 24:00")
    assert calendar.after_months(at("2023-11-29 10:00"), 3).at == at("2024-02-29 24:00")


def test_three_months_end_with_the_same_day_or_the_months_last(calendar: Calendar) -> None:
    assert calendar.after_months(at("2026-03-15 10:00"), 3).at == at("2026-06-15 24:00")
    assert calendar.after_months(at("2026-11-30 10:00"), 3).at == at("2027-02-28 24:00")
    assert calendar.after_months(at("2026-12-31 23:59"), 3).at == at("2027-03-31 24:00")
    assert calendar.after_months(at("2026-03-15 10:00"), 3, from_next_day=False).at == at("2026-06-14 24:00")


def test_natural_time_runs_day_and_night_and_is_never_provisional(calendar: Calendar) -> None:
    assert calendar.after_minutes(at("2026-12-31 23:50"), 15) == Due(at("2027-01-01 00:05"), False)
    assert calendar.same_day(at("2027-10-02 00:00")) == Due(at("2027-10-02 24:00"), False)
    assert not calendar.after_months(at("2026-12-31 10:00"), 3).provisional


def test_office_hours_stop_for_lunch(calendar: Calendar) -> None:
    assert calendar.after_working_minutes(at("2026-11-02 11:30"), 60).at == at("2026-11-02 13:30")
    assert calendar.after_working_minutes(at("2026-11-02 12:20"), 60).at == at("2026-11-02 14:00")


def test_an_allowance_used_up_at_the_end_of_an_interval_ends_there(calendar: Calendar) -> None:
    assert calendar.after_working_minutes(at("2026-11-02 11:00"), 60).at == at("2026-11-02 12:00")
    assert calendar.after_working_minutes(at("2026-11-02 16:00"), 60).at == at("2026-11-02 17:00")
    assert calendar.after_working_minutes(at("2026-11-06 16:00"), 60 + 420).at == at("2026-11-09 17:00")


def test_a_start_at_night_or_on_a_weekend_waits_for_the_office(calendar: Calendar) -> None:
    assert calendar.after_working_minutes(at("2026-11-02 03:00"), 120).at == at("2026-11-02 11:00")
    assert calendar.after_working_minutes(at("2026-11-02 22:00"), 120).at == at("2026-11-03 11:00")
    assert calendar.after_working_minutes(at("2026-11-07 10:00"), 120).at == at("2026-11-09 11:00")
    assert days_after(calendar, "2026-11-07 10:00", 1).at == at("2026-11-09 24:00")


def test_no_working_minutes_end_where_they_begin(calendar: Calendar) -> None:
    assert calendar.after_working_minutes(at("2026-11-07 10:00"), 0).at == at("2026-11-07 10:00")


def test_a_day_after_a_deadline_at_24_is_the_very_next_day(calendar: Calendar) -> None:
    assert calendar.after_deadline(at("2026-11-02 24:00"), 1).at == at("2026-11-03 24:00")
    assert calendar.after_deadline(at("2026-11-02 15:00"), 1).at == at("2026-11-03 24:00")
    assert calendar.after_deadline(at("2026-11-06 24:00"), 5).at == at("2026-11-13 24:00")
    assert calendar.after_deadline(at("2026-11-02 15:00"), 0).at == at("2026-11-02 15:00")


def test_several_steps_after_a_deadline_are_the_same_as_one_by_one(calendar: Calendar) -> None:
    due = at("2026-09-30 24:00")
    singly = [calendar.after_deadline(due, n, closing=True).at for n in (0, 1, 5)]
    assert calendar.steps_after_deadline(due, (0, 1, 5), closing=True) == singly


def test_working_days_between_count_neither_the_first_day_nor_rest_days(calendar: Calendar) -> None:
    assert calendar.working_days_between(at("2026-09-30 10:00"), at("2026-10-10 24:00")) == 3
    assert calendar.working_days_between(at("2026-09-30 10:00"), at("2026-09-30 18:00")) == 0


def test_a_deadline_that_looks_into_an_unpublished_year_is_provisional(calendar: Calendar) -> None:
    assert days_after(calendar, "2026-12-30 10:00", 1) == Due(at("2026-12-31 24:00"), False)
    assert days_after(calendar, "2026-12-31 10:00", 1) == Due(at("2027-01-04 24:00"), True)
    assert calendar.after_working_minutes(at("2026-12-31 16:00"), 60) == Due(at("2026-12-31 17:00"), False)
    assert calendar.after_working_minutes(at("2026-12-31 16:00"), 61) == Due(at("2027-01-04 09:01"), True)
    assert days_after(calendar, "2027-01-04 10:00", 1) == Due(at("2027-01-05 24:00"), True)
    assert calendar.after_working_minutes(at("2003-12-31 16:00"), 61).provisional
    assert not days_after(calendar, "2003-12-31 16:00", 1).provisional


def test_an_unpublished_year_rests_on_weekends_and_on_holidays_of_fixed_date(calendar: Calendar) -> None:
    resting = [day.date for day in calendar.days(date(2027, 1, 1), date(2027, 12, 31)) if not day.working]
    weekdays = [(day.month, day.day) for day in resting if day.weekday() < 5]
    assert weekdays == [(1, 1), (10, 1)]
    assert [day.name for day in calendar.days(date(2028, 5, 1), date(2028, 5, 3))] == ["劳动节", "劳动节", "工作日"]


def test_publishing_a_year_takes_the_mark_away(calendar: Calendar) -> None:
    published = Calendar.of("later", {**calendar.years, 2027: Year("通知", {date(2027, 1, 1): "元旦"})})
    assert published.after_working_days(at("2026-12-31 10:00"), 1) == Due(at("2027-01-04 24:00"), False)


def test_each_day_is_called_by_its_name(calendar: Calendar) -> None:
    names = [day.name for day in calendar.days(date(2026, 9, 30), date(2026, 10, 11))]
    assert names == ["工作日", *["国庆节"] * 7, "工作日", "工作日", "国庆节调休上班", "周末"]
    assert not calendar.is_published(date(2027, 1, 1))
    assert [day.published for day in calendar.days(date(2026, 12, 31), date(2027, 1, 1))] == [True, False]


def test_working_spans_are_the_office_time_between(calendar: Calendar) -> None:
    spans = list(calendar.working_spans(at("2026-11-06 11:30"), at("2026-11-09 09:15")))
    assert spans == [
        (at("2026-11-06 11:30"), at("2026-11-06 12:00")),
        (at("2026-11-06 13:00"), at("2026-11-06 17:00")),
        (at("2026-11-09 09:00"), at("2026-11-09 09:15")),
    ]


def test_three_intervals_a_day_and_a_whole_day_are_possible() -> None:
    three = Calendar.of("three", {}, ((480, 600), (660, 720), (780, 900)))
    assert three.after_working_minutes(at("2026-11-02 09:30"), 120).at == at("2026-11-02 13:30")
    whole = Calendar.of("whole", {}, ((0, 1440),))
    assert whole.after_working_minutes(at("2026-11-06 23:00"), 120).at == at("2026-11-09 01:00")


def test_times_of_any_zone_come_out_in_utc(calendar: Calendar) -> None:
    start = calendar.local(at("2026-11-02 10:00"))
    results = (
        calendar.after_working_days(start, 1),
        calendar.after_working_minutes(start, 0),
        calendar.after_working_minutes(start, 5),
        calendar.after_minutes(start, 5),
        calendar.after_deadline(start, 0),
        calendar.same_day(start),
    )
    assert all(due.at.tzinfo is UTC for due in results)


def test_a_naive_time_is_refused(calendar: Calendar) -> None:
    with pytest.raises(TypeError):
        calendar.after_working_days(datetime(2026, 11, 2, 10), 1)  # noqa: DTZ001 - that is the point


def test_what_lies_outside_the_calendar_is_refused_not_guessed(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="outside calendar"):
        calendar.after_working_days(at("1999-12-31 10:00"), 1)
    with pytest.raises(ValueError, match="outside calendar"):
        calendar.after_working_days(at("2059-12-31 10:00"), 1)
    with pytest.raises(ValueError, match="outside calendar"):
        calendar.is_working_day(date(2060, 1, 1))


def test_no_day_and_negative_time_are_refused(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        calendar.after_working_days(at("2026-11-02 10:00"), 0)
    with pytest.raises(ValueError, match="negative"):
        calendar.after_working_minutes(at("2026-11-02 10:00"), -1)


def test_a_calendar_does_not_change_with_the_data_it_was_made_from() -> None:
    years = {2026: Year("通知")}
    calendar = Calendar.of("mine", years)
    years.clear()
    assert calendar.is_published(date(2026, 1, 1))
