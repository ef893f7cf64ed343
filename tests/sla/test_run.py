"""Clocks that stand still, that have a party, that are counted again: every date worked out by hand on paper.

November 2026 begins on a Sunday and has no holiday. A complaint that is dispatched on Monday the 2nd has 15 working
days: it is due on Monday the 23rd at 24:00.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import RESUME, Clock, Step
from tests.sla.paper import at, only, shipped, story

Act = tuple[str, str] | tuple[str, str, dict[str, Any]]

OPEN: Act = ("11-02 10:00", "open", {"kind": "complaint", "urgency": "normal"})
DISPATCH: Act = ("11-02 10:30", "dispatch", {"unit": "a"})
ACCEPT: Act = ("11-02 14:00", "accept")
TAKEN = (OPEN, DISPATCH, ACCEPT)


def day(text: str) -> datetime:
    return at(f"2026-{text}")


def suspended(since: str, until: str, days: int = 5) -> Act:
    return (since, "decide_suspension", {"approved": True, "days": days, "until": day(until).isoformat()})


def altered(**clocks_: Any) -> Policy:
    """The default policy with other rows, or with working days that expire when the office closes."""
    document = {**shipped("policies/guangdong-2022.json")}
    if clocks_.pop("closing", False):
        document["counting"] = {"from_next_day": True, "expires": "closing"}
    rows = {name: row for name, row in document["clocks"].items() if clocks_.get(name, row)}
    document["clocks"] = rows | {name: row for name, row in clocks_.items() if row}
    return Policy.parse(document)


@pytest.fixture
def run(policy: Policy, calendar: Calendar) -> Any:
    def play(*acts: Act, under: Policy = policy) -> list[Clock]:
        return clocks(story(*acts), Fixed(under, calendar))

    return play


def steps(clock: Clock) -> dict[str, datetime]:
    return {step.level: step.at for step in clock.steps}


def parties(found: list[Clock]) -> dict[str, Clock]:
    return {clock.party: clock for clock in found if clock.name == "assist"}


# Suspension


def test_a_suspension_asked_starts_the_decide_clock_and_moves_nothing(run: Any) -> None:
    found = run(*TAKEN, ("11-04 10:00", "suspend", {"days": 5}))
    assert only(found, "decide").due_at == day("11-05 24:00")
    assert only(found, "resolve").due_at == day("11-23 24:00")


def test_a_refused_suspension_moves_nothing(run: Any) -> None:
    asked: Act = ("11-04 10:00", "suspend", {"days": 5})
    found = run(*TAKEN, asked, ("11-05 10:00", "decide_suspension", {"approved": False, "days": 5}))
    assert only(found, "decide").met_at == day("11-05 10:00")
    assert [clock.name for clock in found].count("suspend") == 0
    assert only(found, "resolve").due_at == day("11-23 24:00")


def test_an_approved_suspension_stops_the_days_until_its_cap(run: Any) -> None:
    # the 3rd and 4th counted; the 5th to the 12th end within the suspension; 13 days are left from the 13th on
    found = run(*TAKEN, ("11-04 10:00", "suspend", {"days": 5}), suspended("11-05 10:00", "11-12 24:00"))
    clock = only(found, "resolve")
    assert clock.due_at == day("12-01 24:00")
    assert clock.suspended == ((day("11-05 10:00"), day("11-12 24:00")),)
    assert clock.running


def test_the_suspension_is_a_clock_whose_one_step_resumes_the_ticket(run: Any) -> None:
    cap = only(run(*TAKEN, suspended("11-05 10:00", "11-12 24:00")), "suspend")
    assert (cap.started_at, cap.due_at, cap.running) == (day("11-05 10:00"), day("11-12 24:00"), True)
    assert cap.steps == (Step(RESUME, day("11-12 24:00")),)


def test_resumed_by_hand_it_counts_on_from_there(run: Any) -> None:
    # only the 5th and 6th ended within it: 3, 4, then 9 is the third day, and the fifteenth is the 25th
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), ("11-09 15:00", "resume"))
    clock = only(found, "resolve")
    assert clock.due_at == day("11-25 24:00")
    assert clock.suspended == ((day("11-05 10:00"), day("11-09 15:00")),)
    assert only(found, "suspend").met_at == day("11-09 15:00")


def test_resumed_at_the_cap_it_is_as_if_the_cap_had_done_it(run: Any) -> None:
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), ("11-13 00:00", "resume"))
    assert only(found, "resolve").due_at == day("12-01 24:00")
    assert not only(found, "suspend").breached(day("12-01 10:00"))


def test_a_cap_that_was_noticed_days_later_ended_the_suspension_all_the_same(run: Any) -> None:
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), ("11-17 09:30", "resume"))
    assert only(found, "resolve").due_at == day("12-01 24:00")
    cap = only(found, "suspend")
    assert (cap.met_at, cap.breached(day("12-01 10:00"))) == (day("11-12 24:00"), False)


def test_within_one_day_nothing_is_lost_and_nothing_won(run: Any) -> None:
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), ("11-05 16:00", "resume"))
    assert only(found, "resolve").due_at == day("11-23 24:00")


def test_over_a_weekend_only_the_friday_is_given_back(run: Any) -> None:
    found = run(*TAKEN, suspended("11-06 16:00", "11-12 24:00"), ("11-09 09:00", "resume"))
    assert only(found, "resolve").due_at == day("11-24 24:00")


def test_over_the_national_day_holidays_days_off_do_not_count_twice(run: Any) -> None:
    acts = (("09-21 10:00", "open", {"kind": "complaint"}), ("09-21 10:30", "dispatch", {"unit": "a"}))
    # 22–24, 28–30 September, 8–10 (a made-up Saturday), 12–16 and 19 October
    assert only(run(*acts), "resolve").due_at == day("10-19 24:00")
    # 29, 30 September and 8 October end within it; 9 October is the fifth day
    away = (suspended("09-29 10:00", "10-16 24:00"), ("10-09 10:00", "resume"))
    assert only(run(*acts, *away), "resolve").due_at == day("10-22 24:00")


def test_two_suspensions_with_an_extension_between_them_are_counted_in_order(run: Any) -> None:
    acts: tuple[Act, ...] = (
        suspended("11-04 10:00", "11-12 24:00"),
        ("11-05 10:00", "resume"),  # the 4th: due on the 24th
        ("11-06 10:00", "extend", {"days": 3}),
        ("11-06 11:00", "decide_extension", {"approved": True, "days": 3}),  # 25, 26, 27
        suspended("11-09 10:00", "11-12 24:00"),
        ("11-11 10:00", "resume"),  # the 9th and 10th: the 30th and 1 December
    )
    clock = only([c for c in run(*TAKEN, *acts) if c.name == "resolve"], "resolve")
    assert clock.due_at == day("12-01 24:00")
    assert clock.suspended == (
        (day("11-04 10:00"), day("11-05 10:00")),
        (day("11-09 10:00"), day("11-11 10:00")),
    )
    assert only(run(*TAKEN, *acts[:2]), "resolve").due_at == day("11-24 24:00")
    assert only(run(*TAKEN, *acts[:4]), "resolve").due_at == day("11-27 24:00")


def test_office_minutes_that_were_left_are_left_when_it_ends(run: Any) -> None:
    policy = altered(resolve=[{"mode": "working_minutes", "amount": 960}])
    # 5.5 h on the 2nd, 7 h on the 3rd, 3.5 h on the 4th
    assert only(run(*TAKEN, under=policy), "resolve").due_at == day("11-04 13:30")
    # 9.5 h are left on the 3rd at 10:00: 5 h on the 5th from 11:00, 4.5 h on the 6th
    away = (suspended("11-03 10:00", "11-12 24:00"), ("11-05 11:00", "resume"))
    assert only(run(*TAKEN, *away, under=policy), "resolve").due_at == day("11-06 14:30")


def test_natural_time_moves_by_the_length_of_the_suspension(run: Any) -> None:
    urgent: Act = ("11-02 10:30", "dispatch", {"unit": "a", "urgency": "utilities"})
    away = (suspended("11-02 12:00", "11-05 24:00"), ("11-02 20:00", "resume"))
    assert only(run(OPEN, urgent, *away), "resolve").due_at == day("11-03 18:30")


def test_what_is_due_the_same_day_moves_by_the_days_that_ended(run: Any) -> None:
    urgent: Act = ("11-02 10:30", "dispatch", {"unit": "a", "urgency": "urgent"})
    away = suspended("11-02 15:00", "11-04 24:00", days=2)
    assert only(run(OPEN, urgent, away), "resolve").due_at == day("11-05 24:00")
    back = run(OPEN, urgent, away, ("11-02 17:00", "resume"))
    assert only(back, "resolve").due_at == day("11-02 24:00")


def test_months_move_by_all_days_that_ended(run: Any) -> None:
    motion: Act = ("11-02 10:00", "open", {"kind": "motion"})
    # the 5th to the 12th are eight days
    found = run(motion, DISPATCH, suspended("11-05 10:00", "11-12 24:00"))
    assert only(found, "resolve").due_at == at("2027-02-10 24:00")


def test_where_days_end_at_closing_time_a_day_that_had_closed_had_counted(run: Any) -> None:
    policy = altered(closing=True)
    assert only(run(*TAKEN, under=policy), "resolve").due_at == day("11-23 17:00")
    # the 5th had closed; the 6th and the 9th close within it
    away = (suspended("11-05 18:00", "11-12 17:00"), ("11-09 18:00", "resume"))
    assert only(run(*TAKEN, *away, under=policy), "resolve").due_at == day("11-25 17:00")


def test_a_deadline_that_the_source_set_moves_by_working_days(run: Any) -> None:
    own: Act = ("11-02 10:00", "open", {"kind": "complaint", "due_at": "2026-11-10"})
    found = run(own, DISPATCH, suspended("11-05 10:00", "11-12 24:00"), ("11-06 10:00", "resume"))
    assert only(found, "resolve").due_at == day("11-11 24:00")


def test_the_first_contact_stands_still_too_unless_it_was_made(run: Any) -> None:
    # 9 + 24 + 24 hours
    away = suspended("11-02 15:00", "11-04 24:00", days=2)
    assert only(run(*TAKEN, away), "contact").due_at == day("11-05 19:30")
    met = only(run(*TAKEN, ("11-02 14:30", "contact"), away), "contact")
    assert (met.due_at, met.suspended) == (day("11-03 10:30"), ())


def test_no_suspension_begins_after_the_breach(run: Any) -> None:
    # the first contact was due on the 3rd at 10:30; the answer was not
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"))
    late = only(found, "contact")
    assert (late.due_at, late.suspended) == (day("11-03 10:30"), ())
    exact = only(run(*TAKEN, suspended("11-03 10:30", "11-12 24:00")), "contact")
    assert exact.due_at == day("11-12 24:00")


def test_what_ends_within_the_day_leaves_what_was_due_in_it_the_rest_of_the_day(run: Any) -> None:
    own: Act = ("11-02 10:00", "open", {"kind": "complaint", "due_at": "2026-11-05T12:00"})
    away = (suspended("11-05 10:00", "11-12 24:00"), ("11-05 16:00", "resume"))
    assert only(run(own, DISPATCH, *away), "resolve").due_at == day("11-05 24:00")


def test_a_resumption_after_a_recount_makes_nothing_late_at_once(count: Any) -> None:
    # by the new edition it would have been due on the 20th, before the suspension began
    acts = (suspended("11-23 10:00", "11-30 24:00"), ("11-23 11:00", "recompute", {"calendar": "two"}))
    back = count(*TAKEN, *acts, ("11-23 15:00", "resume"), makeups=("11-14",))
    assert only(back, "resolve").due_at == day("11-23 24:00")


def test_a_suspension_into_an_unpublished_year_makes_the_deadline_provisional(run: Any) -> None:
    acts = (("12-01 10:00", "open", {"kind": "complaint"}), ("12-07 10:00", "dispatch", {"unit": "a"}))
    away = suspended("12-10 10:00", "12-24 24:00", days=10)
    assert (only(run(*acts), "resolve").provisional, only(run(*acts, away), "resolve").provisional) == (False, True)
    back = run(*acts, away, ("12-10 17:00", "resume"))
    assert not only(back, "resolve").provisional


def test_a_resumption_without_a_suspension_changes_nothing(run: Any) -> None:
    assert run(*TAKEN, ("11-05 10:00", "resume")) == run(*TAKEN)


@pytest.mark.parametrize("act", ["withdraw", "merge"])
def test_an_end_stops_the_suspension(run: Any, act: str) -> None:
    found = run(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), ("11-06 10:00", act))
    assert only(found, "suspend").stopped_at == day("11-06 10:00")
    assert not [clock for clock in found if clock.running]


# The warning with suspensions


def test_a_warning_before_the_suspension_stays_where_it_was(run: Any) -> None:
    urgent: Act = ("11-02 10:30", "dispatch", {"unit": "a", "urgency": "utilities"})
    away = (suspended("11-03 06:30", "11-12 24:00"), ("11-04 06:30", "resume"))
    found = steps(only(run(OPEN, urgent, *away), "resolve"))
    assert (found["warn"], found["urge"]) == (day("11-03 04:30"), day("11-04 10:30"))


def test_a_warning_after_the_suspension_comes_at_three_quarters_of_the_time_that_ran(run: Any) -> None:
    # 18 h: 4.5 before, 13.5 from the 5th 00:00 on
    found = steps(only(run(*TAKEN, suspended("11-02 15:00", "11-04 24:00", days=2)), "contact"))
    assert found["warn"] == day("11-05 13:30")


def test_working_time_warns_at_three_quarters_of_the_office_hours_that_ran(run: Any) -> None:
    # 20.5 h before, 86 h after: 79.875 h end 59.375 h after the resumption, on the 20th
    away = (suspended("11-05 10:00", "11-12 24:00"), ("11-09 15:00", "resume"))
    found = steps(only(run(*TAKEN, *away), "resolve"))
    assert found["warn"] == day("11-20 10:22") + timedelta(seconds=30)
    assert found["supervise"] == day("11-26 24:00")
    assert found["circulate"] == day("12-02 24:00")


def test_no_warning_falls_into_a_suspension(run: Any) -> None:
    for since in ("11-04 09:00", "11-16 15:00", "11-18 09:00", "11-19 16:59"):
        clock = only(run(*TAKEN, suspended(since, "12-01 24:00")), "resolve")
        ((begun, ended),) = clock.suspended
        assert not begun < steps(clock)["warn"] < ended


# Assisting units


WITH_TWO: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})


def test_each_assisting_unit_has_a_deadline_of_its_own(run: Any) -> None:
    found = parties(run(OPEN, WITH_TWO))
    assert {unit: clock.due_at for unit, clock in found.items()} == dict.fromkeys("bc", day("11-12 24:00"))
    assert {clock.opened_by for clock in found.values()} == {2}


def test_it_is_never_later_than_the_leads(run: Any) -> None:
    own: Act = ("11-02 10:00", "open", {"kind": "complaint", "due_at": "2026-11-10T12:00"})
    clock = parties(run(own, WITH_TWO))["b"]
    assert (clock.due_at, clock.allowance) == (day("11-10 12:00"), "主办单位的期限")


def test_where_the_policy_has_no_rows_for_them_the_leads_deadline_is_theirs(run: Any) -> None:
    found = parties(run(OPEN, WITH_TWO, under=altered(assist=None)))
    assert {clock.due_at for clock in found.values()} == {day("11-23 24:00")}


def test_urgent_matters_leave_them_half_a_day(run: Any) -> None:
    urgent: Act = ("11-02 10:30", "dispatch", {"unit": "a", "assisting": ["b"], "urgency": "urgent"})
    assert parties(run(OPEN, urgent))["b"].due_at == day("11-02 22:30")


def test_a_report_meets_the_clock_of_who_reports_and_no_other(run: Any) -> None:
    found = parties(run(OPEN, WITH_TWO, ("11-05 10:00", "assist", {"unit": "b"})))
    assert found["b"].met_at == day("11-05 10:00")
    assert found["c"].running
    stranger = run(OPEN, WITH_TWO, ("11-05 10:00", "assist", {"unit": "z"}))
    assert all(clock.running for clock in parties(stranger).values())


@pytest.mark.parametrize(
    "act",
    [
        ("11-05 10:00", "dispatch", {"unit": "z"}),
        ("11-05 10:00", "decide_return", {"approved": True}),
        ("11-05 10:00", "resolve"),
        ("11-05 10:00", "withdraw"),
    ],
)
def test_they_are_released_when_somebody_else_has_it_or_the_lead_has_answered(run: Any, act: Act) -> None:
    found = parties(run(OPEN, WITH_TWO, act))
    assert {clock.stopped_at for clock in found.values()} == {day("11-05 10:00")}


def test_a_new_dispatch_asks_those_that_it_names(run: Any) -> None:
    found = run(OPEN, WITH_TWO, ("11-05 10:00", "dispatch", {"unit": "z", "assisting": ["b"]}))
    running = [clock for clock in found if clock.name == "assist" and clock.running]
    assert [(clock.party, clock.opened_by, clock.due_at) for clock in running] == [("b", 3, day("11-17 24:00"))]


def test_they_stand_still_with_the_lead(run: Any) -> None:
    # the 5th and 6th end within it: the 13th and 16th
    found = run(OPEN, WITH_TWO, suspended("11-05 10:00", "11-12 24:00"), ("11-09 10:00", "resume"))
    assert {clock.due_at for clock in parties(found).values()} == {day("11-16 24:00")}


def test_an_extension_of_the_lead_gives_them_no_more_time(run: Any) -> None:
    found = run(OPEN, WITH_TWO, ("11-05 10:00", "decide_extension", {"approved": True, "days": 3}))
    assert {clock.due_at for clock in parties(found).values()} == {day("11-12 24:00")}


# Supervision


def test_a_supervision_has_a_deadline_of_its_own(run: Any) -> None:
    named = run(*TAKEN, ("11-05 10:00", "supervise", {"days": 2}))
    assert only(named, "supervise").due_at == day("11-09 24:00")
    assert only(run(*TAKEN, ("11-05 10:00", "supervise")), "supervise").due_at == day("11-10 24:00")


@pytest.mark.parametrize("act", ["feedback", "resolve"])
def test_feedback_or_the_answer_itself_meets_it(run: Any, act: str) -> None:
    found = run(*TAKEN, ("11-05 10:00", "supervise", {"days": 2}), ("11-06 10:00", act))
    assert only(found, "supervise").met_at == day("11-06 10:00")


def test_a_second_demand_takes_the_place_of_the_first(run: Any) -> None:
    demands: list[Act] = [(f"11-0{n} 10:00", "supervise", {"days": 1}) for n in (5, 6)]
    first, second = (clock for clock in run(*TAKEN, *demands) if clock.name == "supervise")
    assert (first.stopped_at, second.due_at) == (day("11-06 10:00"), day("11-09 24:00"))


def test_a_manager_who_wants_a_report_waits_for_no_suspension(run: Any) -> None:
    asked: Act = ("11-04 10:00", "supervise", {"days": 2})
    found = run(*TAKEN, asked, suspended("11-05 10:00", "11-12 24:00"))
    assert only(found, "supervise").due_at == day("11-06 24:00")


# Decisions


def test_a_refused_return_gives_a_unit_that_had_not_accepted_a_new_day_to_do_so(run: Any) -> None:
    back: tuple[Act, ...] = (("11-02 14:00", "return"), ("11-03 16:00", "decide_return", {"approved": False}))
    first, second = (clock for clock in run(OPEN, DISPATCH, *back) if clock.name == "accept")
    assert first.met_at == day("11-02 14:00")
    assert (second.opened_by, second.due_at, second.running) == (4, day("11-04 24:00"), True)
    assert [clock.name for clock in run(*TAKEN, ("11-02 15:00", "return"), back[1])].count("accept") == 1


ANSWERED: tuple[Act, ...] = (
    *TAKEN,
    ("11-05 10:00", "resolve"),
    ("11-05 15:00", "review", {"passed": True}),
)
CONTENT = {"answered": True, "solved": True, "satisfied": True}


@pytest.mark.parametrize("opinion", [{"solved": False, "satisfied": False}, {"solved": True, "satisfied": False}])
def test_after_a_bad_evaluation_the_hotline_has_a_day_to_decide(run: Any, opinion: Mapping[str, bool]) -> None:
    bad: Act = ("11-06 10:00", "follow_up", {"answered": True, **opinion})
    clock = only(run(*ANSWERED, bad), "decide")
    assert (clock.opened_by, clock.due_at, clock.running) == (6, day("11-09 24:00"), True)


@pytest.mark.parametrize("act", [("11-09 10:00", "reopen", {"unit": "a"}), ("11-09 10:00", "close")])
def test_reopening_or_closing_is_the_decision(run: Any, act: Act) -> None:
    bad: Act = ("11-06 10:00", "follow_up", {"answered": True, "solved": False, "satisfied": False})
    assert only(run(*ANSWERED, bad, act), "decide").met_at == day("11-09 10:00")


def test_the_third_failed_try_wants_a_decision_and_the_second_does_not(run: Any) -> None:
    tries: list[Act] = [(f"11-06 1{n}:00", "follow_up", {"answered": False}) for n in range(4)]
    assert "decide" not in [clock.name for clock in run(*ANSWERED, *tries[:2])]
    assert only(run(*ANSWERED, *tries[:3]), "decide").started_at == day("11-06 12:00")
    assert only(run(*ANSWERED, *tries), "decide").started_at == day("11-06 12:00")


def test_whoever_is_content_leaves_nothing_to_decide(run: Any) -> None:
    found = run(*ANSWERED, ("11-06 10:00", "follow_up", CONTENT))
    assert "decide" not in [clock.name for clock in found]


def test_the_caller_of_a_merged_ticket_starts_no_clock_on_it(run: Any) -> None:
    merged: Act = ("11-03 10:00", "merge", {"into": 9})
    bad: Act = ("11-06 10:00", "follow_up", {"answered": True, "solved": False, "satisfied": False})
    assert run(*TAKEN, merged, bad) == run(*TAKEN, merged)


# Merges undone


def joined(on: str, due: str, child: int = 7) -> Act:
    return (on, "absorb", {"child": child, "due_at": due})


def released(on: str, child: int = 7) -> Act:
    return (on, "release", {"child": child})


def test_with_the_merge_undone_its_deadline_goes(run: Any) -> None:
    acts = (*TAKEN, joined("11-03 10:00", "2026-11-12"))
    assert only(run(*acts), "resolve").due_at == day("11-12 24:00")
    clock = only(run(*acts, released("11-04 10:00")), "resolve")
    assert (clock.due_at, clock.allowance) == (day("11-23 24:00"), "15 个工作日")


def test_another_merge_still_binds(run: Any) -> None:
    acts = (*TAKEN, joined("11-03 10:00", "2026-11-12"), joined("11-03 11:00", "2026-11-16", child=8))
    assert only(run(*acts, released("11-04 10:00")), "resolve").due_at == day("11-16 24:00")
    assert only(run(*acts, released("11-04 10:00", child=8)), "resolve").due_at == day("11-12 24:00")


def test_a_breach_is_not_undone_with_the_merge(run: Any) -> None:
    acts = (*TAKEN, joined("11-03 10:00", "2026-11-12"))
    assert only(run(*acts, released("11-13 00:00")), "resolve").due_at == day("11-23 24:00")
    assert only(run(*acts, released("11-13 00:01")), "resolve").due_at == day("11-12 24:00")


def test_a_merge_undone_before_the_dispatch_binds_nothing(run: Any) -> None:
    acts = (OPEN, joined("11-02 10:10", "2026-11-12"), released("11-02 10:20"), DISPATCH)
    assert only(run(*acts), "resolve").due_at == day("11-23 24:00")


def test_a_merge_undone_before_a_failed_review_binds_nothing(run: Any) -> None:
    late = (joined("11-05 11:00", "2026-11-12"), released("11-05 12:00"))
    failed: Act = ("11-05 15:00", "review", {"passed": False})
    assert only(run(*TAKEN, ("11-05 10:00", "resolve"), *late, failed), "resolve").due_at == day("11-23 24:00")


def test_a_joined_deadline_binds_the_assisting_units_as_long_as_it_holds(run: Any) -> None:
    acts = (OPEN, WITH_TWO, joined("11-03 10:00", "2026-11-10"))
    assert {clock.due_at for clock in parties(run(*acts)).values()} == {day("11-10 24:00")}
    back = parties(run(*acts, released("11-04 10:00")))
    assert {clock.due_at for clock in back.values()} == {day("11-12 24:00")}


def test_an_unmerged_ticket_waits_for_a_dispatch_again_and_its_old_clocks_stay_stopped(run: Any) -> None:
    acts = (*TAKEN, ("11-03 10:00", "merge", {"into": 9}), ("11-04 10:00", "unmerge"))
    found = run(*acts)
    assert only(found, "resolve").stopped_at == day("11-03 10:00")
    dispatch = [clock for clock in found if clock.name == "dispatch"][-1]
    assert (dispatch.opened_by, dispatch.due_at, dispatch.running) == (5, day("11-04 12:00"), True)
    again = run(*acts, ("11-04 11:00", "dispatch", {"unit": "a"}))
    assert [clock.due_at for clock in again if clock.name == "resolve" and clock.running] == [day("11-25 24:00")]


# Counted again


@dataclass
class Editions:
    """Rules with several editions and policies, in memory."""

    policies: Mapping[str, Policy]
    calendars: Mapping[tuple[str, str | None], Calendar]
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def policy(self, stamp: str) -> Policy:
        """The version with this stamp; the default one where none is named."""
        return self.policies[stamp]

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        """A unit's own calendar, or the city's."""
        self.asked.append((edition, unit))
        return self.calendars.get((edition, unit)) or self.calendars[edition, None]


def edition(version: str, holidays: tuple[str, ...] = (), makeups: tuple[str, ...] = (), **more: Any) -> Calendar:
    """The shipped calendar with more holidays and make-up days in November 2026."""
    document = {**shipped("calendar.json"), "version": version, **more}
    year = document["years"]["2026"]
    changed = {
        "holidays": year["holidays"] | {f"2026-{day}": "测试假" for day in holidays},
        "makeups": year["makeups"] | {f"2026-{day}": "测试假" for day in makeups},
    }
    document["years"] = document["years"] | {"2026": year | changed}
    return Calendar.parse(document)


RECOMPUTE: Act = ("11-10 09:00", "recompute", {"calendar": "two"})


@pytest.fixture
def count(policy: Policy) -> Any:
    def play(*acts: Act, own: Calendar | None = None, **two: Any) -> list[Clock]:
        calendars: dict[tuple[str, str | None], Calendar] = {("", None): edition("one")}
        calendars["two", None] = edition("two", **two)
        if own:
            calendars["two", "a"] = own
        return clocks(story(*acts), Editions({"": policy}, calendars))

    return play


def test_a_holiday_that_is_added_moves_what_runs(count: Any) -> None:
    clock = only(count(*TAKEN, RECOMPUTE, holidays=("11-11", "11-12")), "resolve")
    assert (clock.due_at, clock.calendar, clock.running) == (day("11-25 24:00"), "two", True)


def test_a_make_up_day_that_is_added_moves_it_the_other_way(count: Any) -> None:
    assert only(count(*TAKEN, RECOMPUTE, makeups=("11-14",)), "resolve").due_at == day("11-20 24:00")


def test_what_was_met_is_not_counted_again(count: Any) -> None:
    met = only(count(*TAKEN, RECOMPUTE, holidays=("11-03",)), "accept")
    assert (met.due_at, met.calendar) == (day("11-03 24:00"), "one")


def test_what_was_breached_stays_breached(count: Any) -> None:
    for when, due, version in (("11-24 00:00", "11-24 24:00", "two"), ("11-24 00:01", "11-23 24:00", "one")):
        late: Act = (when, "recompute", {"calendar": "two"})
        clock = only(count(*TAKEN, late, holidays=("11-11",)), "resolve")
        assert (clock.due_at, clock.calendar) == (day(due), version)


def test_no_new_count_makes_a_running_clock_late_at_once(count: Any) -> None:
    # by the new edition it was due on the 20th; on the 23rd at 10:00 it gets the rest of the day
    late: Act = ("11-23 10:00", "recompute", {"calendar": "two"})
    clock = only(count(*TAKEN, late, makeups=("11-14",)), "resolve")
    assert (clock.due_at, clock.breached(day("11-23 12:00"))) == (day("11-23 24:00"), False)


def test_the_recount_goes_through_all_that_moved_it(count: Any) -> None:
    acts: tuple[Act, ...] = (
        *TAKEN,
        suspended("11-04 10:00", "11-12 24:00"),
        ("11-05 10:00", "resume"),  # the 4th: 24
        ("11-06 10:00", "decide_extension", {"approved": True, "days": 2}),  # 25, 26
    )
    assert only(count(*acts), "resolve").due_at == day("11-26 24:00")
    # 15 days with two holidays end on the 25th; the 4th given back: 26; two more: 27 and the 30th
    assert only(count(*acts, RECOMPUTE, holidays=("11-11", "11-12")), "resolve").due_at == day("11-30 24:00")


def test_a_suspensions_cap_was_promised_and_stays(count: Any) -> None:
    found = count(*TAKEN, suspended("11-05 10:00", "11-12 24:00"), RECOMPUTE, holidays=("11-11",))
    assert only(found, "suspend").due_at == day("11-12 24:00")


def test_what_begins_later_lives_by_the_new_edition(count: Any) -> None:
    found = count(*TAKEN, RECOMPUTE, ("11-10 10:00", "resolve"), holidays=("11-11", "11-12"))
    review = only(found, "review")
    assert (review.due_at, review.calendar) == (day("11-13 24:00"), "two")


def test_a_unit_lives_by_its_own_hours_and_the_hotline_by_the_citys(count: Any) -> None:
    saturdays = edition("two", weekdays=[1, 2, 3, 4, 5, 6])
    # with the Saturdays of the 7th and 14th the fifteenth day is the 19th
    found = count(*TAKEN, RECOMPUTE, ("11-13 10:00", "extend", {"days": 2}), own=saturdays)
    assert only(found, "resolve").due_at == day("11-19 24:00")
    assert only(found, "decide").due_at == day("11-16 24:00")


def test_each_assisting_units_clock_follows_its_own_calendar(policy: Policy) -> None:
    calendars: dict[tuple[str, str | None], Calendar] = {("", None): edition("one")}
    calendars["", "b"] = edition("one", weekdays=[1, 2, 3, 4, 5, 6, 7])
    found = parties(clocks(story(OPEN, WITH_TWO), Editions({"": policy}, calendars)))
    assert {unit: clock.due_at for unit, clock in found.items()} == {"b": day("11-10 24:00"), "c": day("11-12 24:00")}


def test_counting_again_by_the_same_days_changes_nothing_but_the_editions_name(count: Any) -> None:
    before, after = only(count(*TAKEN), "resolve"), only(count(*TAKEN, RECOMPUTE), "resolve")
    assert (after.due_at, after.steps, after.allowance) == (before.due_at, before.steps, before.allowance)
    assert (before.calendar, after.calendar) == ("one", "two")


# Policies


def test_a_dispatch_may_put_the_ticket_under_another_policy_from_then_on(policy: Policy) -> None:
    jinan = Policy.parse(shipped("policies/jinan-2018.json"))
    rules = Editions({"": policy, jinan.stamp: jinan, policy.stamp: policy}, {("", None): edition("one")})
    other: Act = ("11-02 10:30", "dispatch", {"unit": "a", "policy": jinan.stamp})
    found = clocks(story(OPEN, other, ("11-05 10:00", "resolve")), rules)
    assert [(clock.name, clock.policy) for clock in found if clock.name != "dispatch"] == [
        (name, jinan.stamp) for name in ("accept", "contact", "resolve", "review")
    ]
    assert only(found, "dispatch").policy == policy.stamp
    assert only(found, "resolve").due_at == day("11-09 24:00")
    with pytest.raises(LookupError):
        clocks(story(OPEN, ("11-02 10:30", "dispatch", {"unit": "a", "policy": "never@1"})), rules)


def test_a_recount_keeps_the_policy_that_the_clock_began_under(policy: Policy) -> None:
    jinan = Policy.parse(shipped("policies/jinan-2018.json"))
    calendars: dict[tuple[str, str | None], Calendar] = {
        ("", None): edition("one"),
        ("two", None): edition("two", holidays=("11-05",)),
    }
    rules = Editions({policy.stamp: policy, jinan.stamp: jinan}, calendars)
    opened: Act = ("11-02 10:00", "open", {"kind": "complaint", "policy": jinan.stamp})
    soon: Act = ("11-04 09:00", "recompute", {"calendar": "two"})
    clock = only(clocks(story(opened, DISPATCH, ACCEPT, soon), rules), "resolve")
    assert (clock.policy, clock.due_at) == (jinan.stamp, day("11-10 24:00"))
