from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.words import deadline, remaining
from tests.sla.paper import at, only, shipped, starts, steady, story

OPEN = ("09-25 16:10", "open", {"kind": "complaint", "urgency": "normal"})
DISPATCH = ("09-28 10:05", "dispatch", {"unit": "a"})


def told(policy: Policy, calendar: Calendar, name: str, *acts: Any) -> list[str]:
    return list(only(clocks(story(*acts), Fixed(policy, calendar), explain=True), name).sum)


def test_the_sum_of_working_days_reads_like_a_sum_on_paper(policy: Policy, calendar: Calendar) -> None:
    assert told(policy, calendar, "resolve", OPEN, DISPATCH, ("10-22 16:00", "resolve")) == [
        "办结时限：投诉、一般件，15 个工作日（广东省办法）",
        "起算：2026年9月28日 周一 10:05 转办（第 2 号记录）",
        "起算当日不计，次日起计",
        "9月29日 周二至9月30日 周三：计 2 日，累计 2 日",
        "10月1日 周四至10月7日 周三：国庆节，不计",
        "10月8日 周四至10月9日 周五：计 2 日，累计 4 日",
        "10月10日 周六：国庆节调休上班，计 1 日，累计 5 日",
        "10月11日 周日：周末，不计",
        "10月12日 周一至10月16日 周五：计 5 日，累计 10 日",
        "10月17日 周六至10月18日 周日：周末，不计",
        "10月19日 周一至10月23日 周五：计 5 日，累计 15 日",
        "合计：15 个工作日",
        "时限：2026年10月23日 周五 24:00",
        "依据：广东省 2022 年办理时限（guangdong-2022 第 1 版），工作日历 cn-2026.1",
        "结论：按时，2026年10月22日 周四 16:00 提交答复（第 3 号记录），提前 1 个工作日 1 小时",
    ]


def test_the_sum_of_office_hours_shows_intervals_and_rest_days(policy: Policy, calendar: Calendar) -> None:
    lines = told(policy, calendar, "dispatch", ("09-24 16:10", "open"), ("09-28 11:00", "dispatch"))
    assert lines[2:6] == [
        "9月24日 周四：16:10—17:00，计 50 分钟，累计 50 分钟",
        "9月25日 周五至9月27日 周日：中秋节，不计",
        "9月28日 周一：09:00—10:10，计 1 小时 10 分钟，累计 2 小时",
        "合计：2 小时",
    ]
    assert lines[-1] == "结论：超期 50 分钟，2026年9月28日 周一 11:00 转办（第 2 号记录）"


def test_a_start_after_hours_is_told(policy: Policy, calendar: Calendar) -> None:
    lines = told(policy, calendar, "dispatch", ("11-02 18:00", "open"))
    assert lines[2] == "11月2日 周一：起算时已下班，不计"


def test_the_sum_counts_the_allowance_whatever_the_day(policy: Policy, calendar: Calendar) -> None:
    whole = told(policy, calendar, "resolve", OPEN, DISPATCH)
    assert "合计：15 个工作日" in whole
    assert whole[-1] == "结论：计时中"


def test_natural_time_says_that_nights_and_holidays_count(policy: Policy, calendar: Calendar) -> None:
    lines = told(policy, calendar, "contact", OPEN, DISPATCH)
    assert lines[2] == "昼夜连续计算，夜间、周末和节假日都计：共 24 小时"


def test_several_rows_are_laid_side_by_side(policy: Policy, calendar: Calendar) -> None:
    urgent = ("09-28 10:05", "dispatch", {"urgency": "urgent"})
    lines = told(policy, calendar, "resolve", OPEN, urgent)
    assert lines[2] == ("同时适用：15 个工作日至 2026年10月23日 周五 24:00；当日至 2026年9月28日 周一 24:00；取较早者")
    assert lines[3] == "当日办结：到当日 24:00 为止，周末和节假日不顺延"


def test_months_say_how_they_end(policy: Policy, calendar: Calendar) -> None:
    lines = told(policy, calendar, "resolve", ("11-02 10:00", "open", {"kind": "motion"}), ("11-02 10:30", "dispatch"))
    assert lines[2] == "按月连续计算，周末和节假日都计：3 个月后的对应日为最后一日"


def test_a_deadline_in_an_unpublished_year_says_why_it_is_provisional(policy: Policy, calendar: Calendar) -> None:
    acts = (("12-21 10:00", "open", {"kind": "help"}), ("12-21 10:30", "dispatch"))
    (line,) = [line for line in told(policy, calendar, "resolve", *acts) if line.startswith("暂定")]
    assert line == "暂定：2027 年放假安排尚未公布，按周一至周五推算（只除元旦、劳动节、国庆节法定日），公布后重算"


def test_published_deadlines_are_not_called_provisional(policy: Policy, calendar: Calendar) -> None:
    assert not any("暂定" in line for line in told(policy, calendar, "resolve", OPEN, DISPATCH))


def test_what_moved_a_deadline_is_told_in_order(policy: Policy, calendar: Calendar) -> None:
    lines = told(
        policy,
        calendar,
        "resolve",
        OPEN,
        DISPATCH,
        ("10-20 10:00", "extend", {"days": 2}),
        ("10-20 11:00", "decide_extension", {"approved": True, "days": 2}),
        ("10-21 10:00", "resolve"),
        ("10-21 11:00", "review", {"passed": False}),
        ("10-21 12:00", "absorb", {"child": 3, "due_at": "2026-10-22"}),
        ("10-26 10:00", "resolve"),
    )
    assert lines[12:] == [
        "2026年10月20日 周二 11:00 批准延期 2 个工作日（第 4 号记录），自原时限次日起计",
        "10月24日 周六至10月25日 周日：周末，不计",
        "10月26日 周一至10月27日 周二：计 2 日，累计 2 日",
        "合计：2 个工作日",
        "2026年10月21日 周三 11:00 审核未通过（第 6 号记录），继续计时",
        "并入的工单期限 2026年10月22日 周四 24:00 较早，以此为准：2026年10月21日 周三 12:00 并入工单（第 7 号记录）",
        "时限：2026年10月22日 周四 24:00",
        "依据：广东省 2022 年办理时限（guangdong-2022 第 1 版），工作日历 cn-2026.1",
        "结论：超期 1 个工作日 1 小时，2026年10月26日 周一 10:00 提交答复（第 8 号记录）",
    ]


def test_the_sources_own_deadline_is_told(policy: Policy, calendar: Calendar) -> None:
    opened = ("09-25 16:10", "open", {"kind": "complaint", "due_at": "2026-10-10"})
    assert "来件自带期限 2026年10月10日 周六 24:00，以此为准" in told(policy, calendar, "resolve", opened, DISPATCH)
    task = ("09-25 16:10", "open", {"kind": "assignment", "due_at": "2026-12-10"})
    assert told(policy, calendar, "resolve", task, DISPATCH)[2:5] == [
        "以交办时定下的期限为准",
        "来件自带期限 2026年12月10日 周四 24:00，以此为准",
        "时限：2026年12月10日 周四 24:00",
    ]


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("09-29 24:00", "结论：按时，2026年9月30日 周三 00:00 签收（第 3 号记录），恰在时限"),
        ("09-30 00:01", "结论：超期 1 分钟，2026年9月30日 周三 00:01 签收（第 3 号记录）"),
    ],
)
def test_the_verdict_at_the_edge(policy: Policy, calendar: Calendar, when: str, verdict: str) -> None:
    assert told(policy, calendar, "accept", OPEN, DISPATCH, (when, "accept"))[-1] == verdict


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("09-28 17:00", "结论：2026年9月28日 周一 17:00 撤回（第 3 号记录）后不再计时，未超期"),
        ("09-30 08:00", "结论：2026年9月30日 周三 08:00 撤回（第 3 号记录）后不再计时，已超期 8 小时"),
    ],
)
def test_a_stopped_clock_says_whether_it_was_late(policy: Policy, calendar: Calendar, when: str, verdict: str) -> None:
    assert told(policy, calendar, "accept", OPEN, DISPATCH, (when, "withdraw"))[-1] == verdict


def test_counting_from_the_day_itself_is_told(calendar: Calendar) -> None:
    counting = {"from_next_day": False, "expires": "closing"}
    policy = Policy.parse({**shipped("policies/jinan-2018.json"), "counting": counting})
    lines = told(policy, calendar, "accept", OPEN, DISPATCH)
    assert lines[2:5] == ["自起算当日起计", "9月28日 周一：计 1 日，累计 1 日", "合计：1 个工作日"]
    assert lines[5] == "时限：2026年9月28日 周一 17:00"


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-02 14:00", "还剩 1 个工作日 3 小时"),
        ("2026-10-30 14:00", "还剩 2 个工作日 3 小时"),
        ("2026-11-02 17:30", "还剩 1 个工作日"),
        ("2026-11-03 09:10", "还剩 14 小时 50 分钟"),
        ("2026-11-03 22:00", "还剩 2 小时"),
        ("2026-11-03 23:59", "还剩 1 分钟"),
        ("2026-11-03 24:00", "还剩 1 分钟以内"),
        ("2026-11-04 02:00", "已超期 2 小时"),
        ("2026-11-05 10:00", "已超期 1 个工作日 1 小时"),
        ("2026-11-05 00:00", "已超期 1 个工作日"),
    ],
)
def test_the_remaining_time_to_the_end_of_3_november(calendar: Calendar, now: str, said: str) -> None:
    assert remaining(at("2026-11-03 24:00"), at(now), calendar) == said


def test_less_than_a_working_day_over_a_weekend_is_said_in_office_hours(calendar: Calendar) -> None:
    assert remaining(at("2026-11-09 11:00"), at("2026-11-06 18:00"), calendar) == "还剩 2 个工作小时"


def test_a_long_holiday_without_office_hours_is_said_in_days(calendar: Calendar) -> None:
    assert remaining(at("2026-10-03 12:00"), at("2026-10-01 10:00"), calendar) == "还剩 2 天 2 小时"


@steady
@given(starts, st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_overdue_is_said_exactly_when_it_is_so(calendar: Calendar, due: datetime, distance: timedelta) -> None:
    assert remaining(due, due + distance, calendar).startswith("已超期" if distance > timedelta(0) else "还剩")


def test_midnight_is_said_as_24_of_the_day_it_ends(calendar: Calendar) -> None:
    assert deadline(at("2026-12-31 24:00"), calendar) == "2026年12月31日 周四 24:00"
    assert deadline(at("2026-12-31 17:00"), calendar) == "2026年12月31日 周四 17:00"
