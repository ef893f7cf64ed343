"""How a suspension is told on paper, line by line, for each way of counting: worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import Event
from tests.sla.paper import at, only, shipped, story

OPEN = ("11-02 10:00", "open", {"kind": "complaint", "urgency": "normal"})
DISPATCH = ("11-02 10:30", "dispatch", {"unit": "a"})
SUSPENDED = "挂账，不计（第 3 号记录）"


def away(since: str, until: str) -> Any:
    data = {"approved": True, "days": 2, "until": at(f"2026-{until}").isoformat()}
    return (since, "decide_suspension", data)


def told(calendar: Calendar, *acts: Any, **keys: Any) -> str:
    """What stands between the suspension's line and the deadline's, a line each."""
    policy = Policy.parse({**shipped("policies/guangdong-2022.json"), **keys})
    lines = only(clocks(story(*acts), Fixed(policy, calendar), explain=True), "resolve").sum
    begin = next(i for i, line in enumerate(lines) if line.endswith(SUSPENDED))
    end = next(i for i, line in enumerate(lines) if line.startswith("时限："))
    return "\n".join(lines[begin + 1 : end])


@pytest.mark.parametrize(
    ("since", "until", "back"),
    [
        (
            "11-05 18:00",
            "11-09 18:00",
            ["11月6日 周五：计 1 日，累计 1 日", "周末", "11月9日 周一：计 1 日，累计 2 日"],
        ),
        ("11-05 10:00", "11-09 10:00", ["11月5日 周四至11月6日 周五：计 2 日，累计 2 日", "周末"]),
        (
            "11-05 17:00",
            "11-09 17:00",
            ["11月6日 周五：计 1 日，累计 1 日", "周末", "11月9日 周一：计 1 日，累计 2 日"],
        ),
    ],
)
def test_where_days_end_at_closing_time_those_that_closed_in_it_are_given_back(
    calendar: Calendar, since: str, until: str, back: list[str]
) -> None:
    counting = {"from_next_day": True, "expires": "closing"}
    days = "\n".join("11月7日 周六至11月8日 周日：周末，不计" if line == "周末" else line for line in back)
    assert told(calendar, OPEN, DISPATCH, away(since, until), counting=counting) == (
        f"挂账期间结束的工作日，恢复后补回：\n{days}\n合计：2 个工作日\n"
        "补回的工作日，自原时限次日起计：\n11月24日 周二至11月25日 周三：计 2 日，累计 2 日\n合计：2 个工作日\n"
        "时限由 2026年11月23日 周一 17:00 移至 2026年11月25日 周三 17:00"
    )


def test_months_are_given_back_the_days_that_ended_and_not_the_first(calendar: Calendar) -> None:
    motion = ("11-02 10:00", "open", {"kind": "motion"})
    assert told(calendar, motion, DISPATCH, away("11-02 15:00", "11-04 24:00")) == (
        "挂账期间过了 2 个 24:00，时限顺延同样多的天数\n时限由 2027年2月2日 周二 24:00 移至 2027年2月4日 周四 24:00"
    )


def test_what_ends_too_late_to_be_in_time_says_that_it_has_the_rest_of_the_day(calendar: Calendar) -> None:
    opened = ("11-02 10:00", "open", {"kind": "complaint", "due_at": "2026-11-05T12:00"})
    back = ("11-05 16:00", "resume")
    assert told(calendar, opened, DISPATCH, away("11-05 10:00", "11-12 24:00"), back) == (
        "挂账期间没有要补回的工作日\n时限不变\n"
        "恢复办理不使工单立即超期：计至恢复当日，2026年11月5日 周四 24:00，以此为准（第 4 号记录）"
    )


def test_office_hours_that_were_left_are_told_twice(calendar: Calendar) -> None:
    clocks_ = shipped("policies/guangdong-2022.json")["clocks"]
    rows = {**clocks_, "resolve": [{"mode": "working_minutes", "amount": 960}]}
    assert told(calendar, OPEN, DISPATCH, away("11-03 10:00", "11-05 11:00"), clocks=rows) == (
        "挂账时还没有用的工作时间，到 2026年11月4日 周三 13:30 为止：\n"
        "11月3日 周二：10:00—12:00、13:00—17:00，计 6 小时，累计 6 小时\n"
        "11月4日 周三：09:00—12:00、13:00—13:30，计 3 小时 30 分钟，累计 9 小时 30 分钟\n合计：9 小时 30 分钟\n"
        "恢复后接着计：\n11月5日 周四：11:00—12:00、13:00—17:00，计 5 小时，累计 5 小时\n"
        "11月6日 周五：09:00—12:00、13:00—14:30，计 4 小时 30 分钟，累计 9 小时 30 分钟\n合计：9 小时 30 分钟\n"
        "时限由 2026年11月4日 周三 13:30 移至 2026年11月6日 周五 14:30"
    )


def test_days_of_another_year_than_the_start_name_their_year(calendar: Calendar) -> None:
    opened = ("12-21 10:00", "open", {"kind": "complaint", "urgency": "normal"})
    given = ("12-21 10:30", "dispatch", {"unit": "a"})
    granted = {"approved": True, "days": 2, "until": at("2027-01-06 10:00").isoformat()}
    policy = Policy.parse(shipped("policies/guangdong-2022.json"))
    events = [*story(opened, given), Event(3, at("2027-01-04 10:00"), "decide_suspension", granted)]
    lines = "\n".join(only(clocks(events, Fixed(policy, calendar), explain=True), "resolve").sum)
    assert "挂账期间结束的工作日，恢复后补回：\n2027年1月4日 周一至1月5日 周二：计 2 日" in lines
    assert "补回的工作日，自原时限次日起计：\n2027年1月13日 周三至1月14日 周四：计 2 日" in lines


def test_a_suspension_on_the_starting_day_says_that_it_did_not_count(calendar: Calendar) -> None:
    said = told(calendar, OPEN, DISPATCH, away("11-02 15:00", "11-04 10:00"))
    assert said.startswith("挂账期间结束的工作日，恢复后补回（起算当日本不计，不补）：\n11月3日 周二：计 1 日")


def test_a_day_whose_office_closed_after_the_suspension_is_not_given_back(calendar: Calendar) -> None:
    counting = {"from_next_day": True, "expires": "closing"}
    said = told(calendar, OPEN, DISPATCH, away("11-05 10:00", "11-05 18:00"), counting=counting)
    assert said.startswith("挂账期间结束的工作日，恢复后补回：\n11月5日 周四：计 1 日")


def test_a_date_from_outside_stands_still_by_whole_working_days(calendar: Calendar) -> None:
    opened = ("11-02 10:00", "open", {"kind": "complaint", "urgency": "utilities", "due_at": "2026-11-03T06:00"})
    said = told(calendar, opened, DISPATCH, away("11-02 18:00", "11-04 10:00"))
    assert "共" not in said.partition("\n")[0], "the allowance is in hours, the date is not"
    assert "挂账期间结束的工作日，恢复后补回：\n11月2日 周一至11月3日 周二：计 2 日" in said
