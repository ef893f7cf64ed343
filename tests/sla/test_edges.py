"""Where one step more or less would show: to the microsecond, at both ends of the calendar, whose hours, whose turn."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.counted import provisional_years
from sla.policy import Policy
from sla.rules import Fixed
from sla.stages import stretches
from sla.values import Clock, Event
from sla.years import Year, read_hours
from tests.sla.paper import at, only, shipped, story

Act = tuple[str, str] | tuple[str, str, dict[str, Any]]

OPEN: Act = ("11-02 10:00", "open", {"kind": "complaint", "urgency": "normal"})
DISPATCH: Act = ("11-02 10:30", "dispatch", {"unit": "a"})
ACCEPT: Act = ("11-02 14:00", "accept")
TAKEN = (OPEN, DISPATCH, ACCEPT)
ANSWER: Act = ("11-05 10:00", "resolve")
UNHAPPY = {"answered": True, "solved": False, "satisfied": False}
MICROSECOND = timedelta(microseconds=1)


class _Units(NamedTuple):
    """Unit a works on every day of the week; the only editions are the first and `two`."""

    one_policy: Policy
    city: Calendar
    everyday: Calendar

    def policy(self, _stamp: str) -> Policy:
        return self.one_policy

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        if edition not in ("", "two"):
            raise LookupError(edition)
        return self.everyday if unit == "a" else self.city


@pytest.fixture
def run(policy: Policy, calendar: Calendar) -> Any:
    def play(*acts: Act, under: Policy = policy, explain: bool = False) -> list[Clock]:
        return clocks(story(*acts), Fixed(under, calendar), explain)

    return play


@pytest.fixture
def own(policy: Policy, calendar: Calendar) -> Any:
    everyday = Calendar.parse({**shipped("calendar.json"), "weekdays": [1, 2, 3, 4, 5, 6, 7]})

    def play(*acts: Act) -> list[Clock]:
        return clocks(story(*acts), _Units(policy, calendar, everyday))

    return play


def day(text: str) -> Any:
    return at(f"2026-{text}")


def altered(**keys: Any) -> Policy:
    return Policy.parse({**shipped("policies/guangdong-2022.json"), **keys})


# The ladder


def test_a_clock_climbs_the_ladder_of_its_own(run: Any) -> None:
    ladders = shipped("policies/guangdong-2022.json")["ladders"]
    policy = altered(ladders={**ladders, "accept": [{"level": "urge", "working_days": 2}]})
    assert only(run(*TAKEN, under=policy), "accept").steps == (("urge", day("11-05 24:00")),)


def test_where_days_end_at_closing_time_so_do_the_steps_after_the_deadline(run: Any) -> None:
    policy = altered(counting={"from_next_day": True, "expires": "closing"})
    found = dict(only(run(*TAKEN, under=policy), "resolve").steps)
    assert (found["urge"], found["supervise"]) == (day("11-23 17:00"), day("11-24 17:00"))
    assert found["circulate"] == day("11-30 17:00")


def test_a_share_of_the_time_is_cut_to_the_microsecond_and_never_rounded_up(policy: Policy, calendar: Calendar) -> None:
    # three quarters of what is left of the day, less 3 microseconds: 2.25 of them are cut to 3
    opened = Event(1, day("11-02 10:00"), "open", {"kind": "complaint", "urgency": "urgent"})
    sent = Event(2, day("11-02 12:00") + 3 * MICROSECOND, "dispatch", {"unit": "a"})
    clock = only(clocks([opened, sent], Fixed(policy, calendar)), "resolve")
    assert dict(clock.steps)["warn"] == day("11-02 21:00")
    away = {"approved": True, "days": 1, "until": day("11-02 24:00").isoformat()}
    suspended = Event(3, day("11-02 15:00"), "decide_suspension", away)
    back = Event(4, day("11-02 16:00"), "resume")
    clock = only(clocks([opened, sent, suspended, back], Fixed(policy, calendar)), "resolve")
    assert dict(clock.steps)["warn"] == day("11-02 21:15")
    assert calendar.part_way(day("11-02 10:00") + 3 * MICROSECOND, day("11-02 12:00"), 75) == day("11-02 11:30")


def test_a_warning_that_falls_on_the_start_of_a_suspension_is_given_there(run: Any) -> None:
    # 18 of the 24 hours for the first contact are over on the 3rd at 04:30
    away: Act = ("11-03 04:30", "decide_suspension", {"approved": True, "until": day("11-12 24:00").isoformat()})
    assert dict(only(run(*TAKEN, away), "contact").steps)["warn"] == day("11-03 04:30")


def test_from_a_supervision_on_everybody_is_told_unless_the_policy_says_whom() -> None:
    steps = [
        {"level": "warn", "percent": 50},
        {"level": "urge", "working_days": 0},
        {"level": "supervise", "working_days": 1},
        {"level": "circulate", "working_days": 2, "tell": ["supervisor"], "by": ["feed"]},
    ]
    found = altered(ladders={"default": steps}).ladder("resolve").telling
    everybody, by = ("holder", "leader", "supervisor"), ("desk", "feed")
    assert found == ((("holder",), by), (("holder",), by), (everybody, by), (("supervisor",), ("feed",)))
    last = altered(ladders={"default": [{"level": "circulate", "working_days": 1}]}).ladder("resolve").telling
    assert last == ((everybody, by),)


def test_a_row_says_on_what_it_rests_or_nothing() -> None:
    clocks_ = shipped("policies/guangdong-2022.json")["clocks"]
    rows = [{"mode": "same_day", "basis": "办法第八条"}, {"mode": "months", "amount": 1}]
    found = altered(clocks={**clocks_, "resolve": rows}).allowances("resolve", "help", "normal")
    assert [(row.mode, row.amount, row.basis) for row in found] == [("same_day", 0, "办法第八条"), ("months", 1, "")]


# Working minutes


def test_working_minutes_are_whole_and_cut(calendar: Calendar) -> None:
    minutes = calendar.working_minutes(day("11-02 11:00"), day("11-02 11:01") + timedelta(seconds=59))
    assert (minutes, type(minutes)) == (1, int)


# Whose turn it is


def test_a_returned_ticket_that_is_answered_and_reopened_asks_no_unit_of_before(run: Any) -> None:
    with_two: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})
    returned: Act = ("11-03 10:00", "decide_return", {"approved": True})
    found = run(OPEN, with_two, returned, ("11-03 11:00", "answer"), ("11-04 10:00", "reopen", {"unit": "b"}))
    assert {clock.name for clock in found if clock.cycle == 2} == {"accept", "contact", "resolve"}


def test_an_unmerged_ticket_that_is_answered_and_reopened_asks_no_unit_of_before(run: Any) -> None:
    with_two: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})
    apart: tuple[Act, ...] = (("11-03 10:00", "merge"), ("11-03 10:30", "unmerge"), ("11-03 11:00", "answer"))
    found = run(OPEN, with_two, *apart, ("11-04 10:00", "reopen", {"unit": "b"}))
    assert {clock.name for clock in found if clock.cycle == 2} == {"accept", "contact", "resolve"}


def test_a_unit_that_assisted_and_gets_the_reopened_ticket_leads_it_and_the_others_assist(run: Any) -> None:
    with_two: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})
    found = run(OPEN, with_two, ANSWER, ("11-06 10:00", "reopen", {"unit": "b"}))
    assert [clock.party for clock in found if clock.name == "assist" and clock.cycle == 2] == ["c"]


@pytest.mark.parametrize(
    "again",
    [
        (ANSWER, ("11-06 10:00", "reopen", {"unit": "b"})),
        (("11-03 10:00", "merge"), ("11-03 10:30", "unmerge"), ("11-04 10:00", "dispatch", {"unit": "b"})),
    ],
)
def test_who_is_not_content_after_a_new_beginning_wants_a_decision_again(run: Any, again: tuple[Act, ...]) -> None:
    rest: tuple[Act, ...] = (
        ("11-09 10:00", "resolve"),
        ("11-09 11:00", "review", {"passed": True}),
        ("11-09 12:00", "follow_up", UNHAPPY),
    )
    assert [clock.started_at for clock in run(*TAKEN, *again, *rest) if clock.name == "decide"] == [day("11-09 12:00")]


def test_a_unit_that_works_on_saturdays_has_them_in_whatever_is_asked_of_it(own: Any) -> None:
    # Friday the 6th: its next working day is Saturday
    sent: Act = ("11-06 10:30", "dispatch", {"unit": "a"})
    asked: Act = ("11-06 11:00", "return", {"unit": "a"})
    refused = own(OPEN, sent, asked, ("11-06 12:00", "decide_return", {"approved": False}))
    assert [clock.due_at for clock in refused if clock.name == "accept"] == [day("11-07 24:00")] * 2
    assert only(own(OPEN, sent, ("11-06 11:00", "supervise", {"days": 1})), "supervise").due_at == day("11-07 24:00")


def test_a_manager_says_what_the_days_of_a_supervision_are(run: Any) -> None:
    found = only(run(*TAKEN, ("11-03 10:00", "supervise", {"days": 2}), explain=True), "supervise")
    assert found.sum[0] == "督办反馈时限：投诉、一般件，2 个工作日（督办要求）"


# Merges


def joined(on: str, due: str, child: int) -> Act:
    return (on, "absorb", {"child": child, "due_at": due})


def test_the_earliest_merge_after_an_answer_binds_it_once_it_has_failed_its_review(run: Any) -> None:
    failed: Act = ("11-09 10:00", "review", {"passed": False})
    later, sooner = joined("11-06 10:00", "2026-11-13", 7), joined("11-06 11:00", "2026-11-12", 8)
    for first, second in ((later, sooner), (sooner, later)):
        found = only(run(*TAKEN, ANSWER, first, second, failed, explain=True), "resolve")
        assert found.due_at == day("11-12 24:00")
        number = 5 if first is sooner else 6
        assert next(line for line in found.sum if line.startswith("并入的工单期限")).endswith(f"（第 {number} 号记录）")
    same = joined("11-06 11:00", "2026-11-12", 9)
    assert only(run(*TAKEN, ANSWER, sooner, same, failed), "resolve").due_at == day("11-12 24:00")


def test_after_one_merge_is_undone_the_others_bind_all_the_same(run: Any) -> None:
    undone: Act = ("11-06 12:00", "release", {"child": 8})
    failed: Act = ("11-09 10:00", "review", {"passed": False})
    two = (joined("11-06 10:00", "2026-11-13", 7), joined("11-06 11:00", "2026-11-12", 8))
    assert only(run(*TAKEN, ANSWER, *two, undone, failed), "resolve").due_at == day("11-13 24:00")
    again = joined("11-06 13:00", "2026-11-11", 9)
    assert only(run(*TAKEN, *two, undone, again), "resolve").due_at == day("11-11 24:00")


def test_a_merged_deadline_is_read_by_the_edition_that_holds(own: Any) -> None:
    assert only(own(*TAKEN, joined("11-03 10:00", "2026-11-12", 7)), "resolve").due_at == day("11-12 24:00")


# What is counted again


def test_an_edition_may_come_before_the_ticket_has_a_unit(run: Any) -> None:
    newer: Act = ("11-02 10:10", "recompute", {"calendar": "two"})
    assert only(run(OPEN, newer, DISPATCH), "resolve").due_at == day("11-23 24:00")


def test_an_answer_that_failed_its_review_is_counted_again_by_its_units_own_week(own: Any) -> None:
    newer: Act = ("11-05 11:00", "recompute", {"calendar": "two"})
    failed: Act = ("11-06 10:00", "review", {"passed": False})
    assert only(own(*TAKEN, ANSWER, newer, failed), "resolve").due_at == day("11-17 24:00")


def test_assisting_units_are_bound_by_the_leads_new_date(policy: Policy, calendar: Calendar) -> None:
    clocks_ = shipped("policies/guangdong-2022.json")["clocks"]
    longer = altered(clocks={**clocks_, "assist": [{"mode": "working_days", "amount": 20}]})
    document = shipped("calendar.json")
    year = document["years"]["2026"]
    rest = {**year["holidays"], "2026-11-11": "测试假", "2026-11-12": "测试假"}
    two = Calendar.parse({**document, "years": {**document["years"], "2026": {**year, "holidays": rest}}})

    class Editions(NamedTuple):
        def policy(self, _stamp: str) -> Policy:
            return longer

        def calendar(self, edition: str, _unit: str | None = None) -> Calendar:
            return two if edition == "two" else calendar

    with_one: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b"]})
    found = clocks(story(OPEN, with_one), Editions(), explain=True)
    assert only(found, "assist").due_at == day("11-23 24:00")
    assert "不晚于主办单位的期限 2026年11月23日 周一 24:00，以此为准" in only(found, "assist").sum
    newer: Act = ("11-05 10:00", "recompute", {"calendar": "two"})
    assert only(clocks(story(OPEN, with_one, newer), Editions()), "assist").due_at == day("11-25 24:00")


def test_an_extension_for_which_nobody_named_days_moves_nothing(run: Any) -> None:
    asked: tuple[Act, ...] = (("11-03 10:00", "extend"), ("11-03 11:00", "decide_extension", {"approved": True}))
    assert only(run(*TAKEN, *asked), "resolve").due_at == day("11-23 24:00")


def test_an_extension_and_a_failed_review_are_told_with_their_records(run: Any) -> None:
    acts: tuple[Act, ...] = (
        ("11-03 11:00", "decide_extension", {"approved": True, "days": 2}),
        ANSWER,
        ("11-06 10:00", "review", {"passed": False}),
    )
    found = only(run(*TAKEN, *acts, explain=True), "resolve").sum
    assert "2026年11月3日 周二 11:00 批准延期 2 个工作日（第 4 号记录），自原时限次日起计" in found
    assert "2026年11月6日 周五 10:00 审核未通过（第 6 号记录），继续计时" in found


def test_what_was_due_within_a_suspension_that_reached_its_cap_has_the_rest_of_that_day(run: Any) -> None:
    opened: Act = ("11-02 10:00", "open", {"kind": "complaint", "due_at": "2026-11-05T12:00"})
    until = day("11-05 16:00").isoformat()
    away: Act = ("11-05 10:00", "decide_suspension", {"approved": True, "days": 1, "until": until})
    assert only(run(opened, DISPATCH, away, ("11-05 16:00", "resume")), "resolve").due_at == day("11-05 24:00")


def test_a_recount_is_told_as_its_event_has_it(run: Any) -> None:
    moved = [
        {"clock": "resolve", "opened_by": 9, "from": "2026-11-01T16:00:00+00:00", "to": "2026-11-02T16:00:00+00:00"},
        {"clock": "resolve", "opened_by": 2, "from": "2026-11-20T16:00:00+00:00", "to": "2026-11-23T16:00:00+00:00"},
        {"clock": "assist", "opened_by": 2, "party": "b", "from": "2026-11-11T16:00:00+00:00",
         "to": "2026-11-12T16:00:00+00:00"},
    ]  # fmt: skip
    newer: Act = ("11-05 10:00", "recompute", {"calendar": "two", "moved": moved})
    with_two: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})
    found = run(OPEN, with_two, newer, explain=True)
    told = {
        (clock.name, clock.party): next(line for line in clock.sum if "重算" in line)
        for clock in found
        if clock.name in ("resolve", "assist")
    }
    begun = "2026年11月5日 周四 10:00 工作日历更新，按 two 重算（第 3 号记录）："
    assert told["resolve", ""] == begun + "时限由 2026年11月20日 周五 24:00 改为 2026年11月23日 周一 24:00"
    assert told["assist", "b"] == begun + "时限由 2026年11月11日 周三 24:00 改为 2026年11月12日 周四 24:00"
    assert told["assist", "c"] == begun + "时限不变"


def test_a_recount_that_would_be_late_at_once_says_until_when_it_is_counted(policy: Policy) -> None:
    document = shipped("calendar.json")
    year = document["years"]["2026"]
    one = Calendar.parse(document)
    two = Calendar.parse(
        {
            **document,
            "years": {**document["years"], "2026": {**year, "makeups": {**year["makeups"], "2026-11-14": "测试假"}}},
        }
    )

    class Editions(NamedTuple):
        def policy(self, _stamp: str) -> Policy:
            return policy

        def calendar(self, edition: str, _unit: str | None = None) -> Calendar:
            return two if edition == "two" else one

    late: Act = ("11-23 10:00", "recompute", {"calendar": "two"})
    found = only(clocks(story(*TAKEN, late), Editions(), explain=True), "resolve")
    assert "重算不使正在计时的工单立即超期：计至重算当日，2026年11月23日 周一 24:00" in found.sum


# Suspended


def suspended(since: str, until: str) -> Act:
    return (since, "decide_suspension", {"approved": True, "days": 2, "until": day(until).isoformat()})


def test_a_date_of_the_source_moves_by_working_days_also_where_the_allowance_is_hours(run: Any) -> None:
    opened: Act = ("11-02 10:00", "open", {"kind": "help", "urgency": "utilities", "due_at": "2026-11-03T08:00"})
    # the 2nd, 3rd and 4th end within it: the 4th, 5th and 6th in their place
    away = suspended("11-02 12:00", "11-04 24:00")
    assert only(run(opened, DISPATCH, away), "resolve").due_at == day("11-06 24:00")


def test_the_day_of_an_assignment_or_a_motion_did_not_count_and_is_not_given_back(run: Any) -> None:
    away = suspended("11-02 15:00", "11-04 24:00")
    for kind, due in (("assignment", day("11-25 24:00")), ("motion", at("2027-02-04 24:00"))):
        assert only(run(("11-02 10:00", "open", {"kind": kind}), DISPATCH, away), "resolve").due_at == due


def test_months_and_what_is_due_the_same_day_move_by_rest_days_too(run: Any) -> None:
    motion: Act = ("11-02 10:00", "open", {"kind": "motion"})
    found = only(run(motion, DISPATCH, suspended("11-06 15:00", "11-08 24:00")), "resolve")
    assert found.due_at == at("2027-02-05 24:00")
    urgent: Act = ("11-05 10:30", "dispatch", {"unit": "a", "urgency": "urgent"})
    found = only(run(OPEN, urgent, suspended("11-05 15:00", "11-07 24:00"), explain=True), "resolve")
    assert found.due_at == day("11-08 24:00")
    assert "挂账期间过了 3 个 24:00，时限顺延同样多的天数" in found.sum


def test_a_cap_noticed_after_the_deadline_gives_no_more_time(run: Any) -> None:
    noticed: Act = ("12-05 10:00", "resume")
    found = only(run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), noticed), "resolve")
    assert found.due_at == day("12-01 24:00")


def test_office_minutes_given_back_in_a_year_without_a_notice_are_provisional(run: Any) -> None:
    clocks_ = shipped("policies/guangdong-2022.json")["clocks"]
    policy = altered(clocks={**clocks_, "resolve": [{"mode": "working_minutes", "amount": 960}]})
    acts: tuple[Act, ...] = (("12-28 10:00", "open", {"kind": "help"}), ("12-28 10:30", "dispatch", {"unit": "a"}))
    assert not only(run(*acts, under=policy), "resolve").provisional
    assert only(run(*acts, suspended("12-29 10:00", "12-31 24:00"), under=policy), "resolve").provisional


def test_an_office_with_one_interval_a_day_closes_at_its_end(calendar: Calendar) -> None:
    plain = Calendar.of("plain", calendar.years, ((540, 1020),))
    policy = altered(counting={"from_next_day": False, "expires": "closing"})
    sent: Act = ("11-02 17:30", "dispatch", {"unit": "a"})
    found = only(clocks(story(OPEN, sent), Fixed(policy, plain), explain=True), "resolve")
    assert "起算时已下班，次日起计" in found.sum
    assert found.due_at == day("11-23 17:00")


# Stages


def test_acts_of_one_moment_and_acts_that_change_no_stage_cut_nothing_off() -> None:
    acts: tuple[Act, ...] = (
        OPEN,
        ("11-02 10:00", "dispatch", {"unit": "a"}),
        ("11-02 11:00", "urge"),
        ("11-02 12:00", "accept"),
        ("11-02 13:00", "contact"),
        ("11-02 14:00", "resolve"),
    )
    found = stretches(story(*acts), day("11-02 15:00"))
    assert [each.stage for each in found] == ["accept", "contact", "work", "review"]


# The calendar


def test_a_calendar_covers_from_its_first_instant_to_before_its_last() -> None:
    calendar = Calendar.of("plain", {})
    first, last = at("2000-01-01 00:00"), at("2059-12-31 24:00")
    assert calendar.covers(first)
    assert not calendar.covers(first - MICROSECOND)
    assert calendar.covers(last - MICROSECOND)
    assert not calendar.covers(last)
    assert calendar.reach == (2000, 2059)


def test_steps_after_a_deadline_end_at_24_unless_told_otherwise(calendar: Calendar) -> None:
    found = calendar.steps_after_deadline(day("11-04 24:00"), (0, 1, 2))
    assert found == [day("11-04 24:00"), day("11-05 24:00"), day("11-06 24:00")]


def test_working_days_between_two_days_of_a_week(calendar: Calendar) -> None:
    monday = day("11-02 10:00")
    assert calendar.working_days_between(monday, day("11-03 24:00")) == 1
    assert calendar.working_days_between(monday, day("11-04 00:00") + MICROSECOND) == 2
    assert calendar.working_days_between(monday, day("11-06 17:00")) == 4


def test_the_last_year_has_its_fixed_holidays_too() -> None:
    calendar = Calendar.of("plain", {})
    assert [each.name for each in calendar.days(date(2059, 10, 1), date(2059, 10, 3))] == ["国庆节"] * 3
    assert [each.name for each in calendar.days(date(2058, 5, 1), date(2058, 5, 1))] == ["劳动节"]


def test_each_year_without_a_notice_is_named(calendar: Calendar) -> None:
    said = provisional_years(date(2026, 12, 28), date(2028, 1, 4), calendar)
    assert said.startswith("暂定：2027 年、2028 年放假安排尚未公布，按周一至周五推算")
    everyday = Calendar.of("everyday", calendar.years, weekdays=range(7))
    said = provisional_years(date(2027, 1, 1), date(2027, 1, 4), everyday)
    rest = "（只除元旦、劳动节、国庆节法定日），公布后重算"
    assert said == f"暂定：2027 年放假安排尚未公布，按本单位每周工作日推算{rest}"


def test_what_a_calendar_does_not_say_is_as_the_city_lives() -> None:
    plain = Calendar.parse({"version": "plain", "years": {"2026": {"notice": "国办发明电〔2025〕7号"}, "2027": {}}})
    assert plain.zone.key == "Asia/Shanghai"
    assert {number: year.notice for number, year in plain.years.items()} == {2026: "国办发明电〔2025〕7号", 2027: ""}
    assert plain.years[2027] == Year("", {}, {})


def test_weekdays_are_counted_from_0_to_6() -> None:
    assert Calendar.of("weekend", {}, weekdays=(6, 5)).weekdays == (5, 6)
    for wrong in ((7,), (-1,), (0, 0), ()):
        with pytest.raises(ValueError, match="one to seven different weekdays"):
            Calendar.of("none", {}, weekdays=wrong)


def test_hours_lie_within_the_day() -> None:
    for wrong in (((-60, 60),), ((540, 720), (780, 1441))):
        with pytest.raises(ValueError, match="within 0 and 1440 minutes"):
            Calendar.of("none", {}, wrong)


def test_a_time_that_cannot_be_read_is_named_beneath_the_list_it_stands_in() -> None:
    with pytest.raises(ValueError, match="hours") as refused:
        read_hours([["9", "noon"]])
    assert str(refused.value.__cause__) == "HH:MM is needed, not '9'"
