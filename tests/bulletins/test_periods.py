"""Which days a bulletin is about, what it is compared with, and its number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.bulletins.periods import KINDS, instant, newest_over, period_of, period_with
from hotline.intake.inquiry import InvalidInput
from tests.hotline.city import at

kinds = st.sampled_from(sorted(KINDS))
days = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@given(kinds, days)
def test_every_day_lies_in_one_period_and_the_period_before_ends_where_it_begins(kind: str, day: date) -> None:
    period = period_with(kind, day)
    assert period.first <= day <= period.last
    assert period == period_of(kind, period.first)
    assert period.before.last == period.first - timedelta(days=1)
    assert period_with(kind, period.last + timedelta(days=1)).before == period


@given(kinds, days)
def test_a_year_ago_is_a_period_of_the_same_kind_some_year_before(kind: str, day: date) -> None:
    period = period_with(kind, day)
    ago = period.year_ago
    assert ago == period_of(kind, ago.first)
    assert 364 <= (period.first - ago.first).days <= 366
    if kind == "monthly":
        assert (ago.first.month, ago.first.day) == (period.first.month, 1)


def test_a_leap_day_is_compared_with_the_last_of_february() -> None:
    assert period_of("daily", date(2028, 2, 29)).year_ago.first == date(2027, 2, 28)


def test_names_and_numbers_are_as_people_write_them() -> None:
    said = [
        (each.name, each.issue)
        for each in (
            period_of("daily", date(2026, 12, 31)),
            period_of("weekly", date(2025, 12, 29)),
            period_of("monthly", date(2026, 10, 1)),
            period_of("yearly", date(2026, 1, 1)),
        )
    ]
    assert said == [
        ("2026年12月31日", "2026年第365期"),
        ("2026年第1周（12月29日至1月4日）", "2026年第1期"),
        ("2026年10月", "2026年第10期"),
        ("2026年", "2026年度"),
    ]


def test_the_newest_period_that_is_over_is_not_the_one_that_runs() -> None:
    assert newest_over("monthly", date(2026, 11, 1)).first == date(2026, 10, 1)
    assert newest_over("weekly", date(2026, 11, 23)).last == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("kind", "first", "said"),
    [
        ("monthly", date(2026, 10, 2), "2026-10-01"),
        ("weekly", date(2026, 11, 18), "2026-11-16"),
        ("hourly", date(2026, 10, 1), "月报"),
        ("daily", date(1, 1, 1), "年份"),
    ],
)
def test_what_begins_no_period_is_told_what_would(kind: str, first: date, said: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        period_of(kind, first)
    assert said in wrong.value.message["zh"]


def test_midnight_is_said_as_the_end_of_its_day() -> None:
    assert instant(at("2026-11-01 00:00")) == "2026年10月31日 24:00"
    assert instant(at("2026-11-01 09:05")) == "2026年11月1日 09:05"
