from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import Clock, Event
from tests.sla.paper import at, only, shipped, starts, steady, story

Act = tuple[str, str] | tuple[str, str, dict[str, Any]]

# Monday 2 November 2026; the month has no holiday
OPEN: Act = ("11-02 10:00", "open", {"kind": "complaint", "urgency": "normal"})
DISPATCH: Act = ("11-02 10:30", "dispatch", {"unit": "a"})
ACCEPT: Act = ("11-02 14:00", "accept")
RESOLVE: Act = ("11-05 10:00", "resolve")
PASSED: Act = ("11-05 15:00", "review", {"passed": True})


@pytest.fixture
def run(policy: Policy, calendar: Calendar) -> Any:
    def play(*acts: Act) -> list[Clock]:
        return clocks(story(*acts), Fixed(policy, calendar))

    return play


def day(text: str) -> datetime:
    return at(f"2026-{text}")


def names(found: Sequence[Clock]) -> list[str]:
    return [clock.name for clock in found]


# Dispatch


def test_opening_starts_the_dispatch_clock_alone(run: Any) -> None:
    (clock,) = run(OPEN)
    assert (clock.name, clock.cycle, clock.opened_by) == ("dispatch", 1, 1)
    assert (clock.started_at, clock.due_at) == (day("11-02 10:00"), day("11-02 12:00"))
    assert clock.running


@pytest.mark.parametrize("act", ["dispatch", "answer", "reject"])
def test_a_dispatch_an_answer_or_a_rejection_meets_the_dispatch_clock(run: Any, act: str) -> None:
    assert only(run(OPEN, ("11-02 10:30", act)), "dispatch").met_at == day("11-02 10:30")


@pytest.mark.parametrize("act", ["answer", "reject"])
def test_what_is_answered_or_rejected_has_no_other_clock(run: Any, act: str) -> None:
    assert names(run(OPEN, ("11-02 10:30", act))) == ["dispatch"]


def test_urgent_matters_are_dispatched_in_a_quarter_of_an_hour_at_night_too(run: Any) -> None:
    (clock,) = run(("11-07 23:50", "open", {"kind": "help", "urgency": "urgent"}))
    assert clock.due_at == day("11-08 00:05")


def test_exactly_at_due_is_in_time_and_a_moment_later_is_not(run: Any) -> None:
    clock = only(run(OPEN, ("11-02 12:00", "dispatch")), "dispatch")
    assert clock.met_at == clock.due_at
    assert not clock.breached(day("12-01 10:00"))
    late = replace(clock, met_at=clock.due_at + timedelta(microseconds=1))
    assert late.breached(day("11-02 11:00"))


def test_a_running_clock_is_breached_only_after_its_deadline(run: Any) -> None:
    (clock,) = run(OPEN)
    assert not clock.breached(clock.due_at)
    assert clock.breached(clock.due_at + timedelta(microseconds=1))


# The unit's clocks


def test_a_dispatch_starts_accept_contact_and_resolve(run: Any) -> None:
    found = run(OPEN, DISPATCH)
    assert names(found) == ["dispatch", "accept", "contact", "resolve"]
    assert only(found, "accept").due_at == day("11-03 24:00")
    assert only(found, "contact").due_at == day("11-03 10:30")
    assert only(found, "resolve").due_at == day("11-23 24:00")
    assert {clock.opened_by for clock in found[1:]} == {2}


@pytest.mark.parametrize("act", ["accept", "return"])
def test_accepting_or_asking_to_return_meets_the_accept_clock(run: Any, act: str) -> None:
    assert only(run(OPEN, DISPATCH, ("11-02 14:00", act)), "accept").met_at == day("11-02 14:00")


@pytest.mark.parametrize("act", ["contact", "resolve"])
def test_a_contact_or_an_answer_meets_the_contact_clock(run: Any, act: str) -> None:
    assert only(run(OPEN, DISPATCH, ACCEPT, ("11-02 15:00", act)), "contact").met_at == day("11-02 15:00")


def test_only_the_first_contact_counts(run: Any) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, ("11-02 15:00", "contact"), ("11-06 15:00", "contact"))
    assert only(found, "contact").met_at == day("11-02 15:00")


def test_an_answer_meets_the_resolve_clock(run: Any) -> None:
    assert only(run(OPEN, DISPATCH, ACCEPT, RESOLVE), "resolve").met_at == day("11-05 10:00")


def test_a_dispatch_that_changes_kind_and_urgency_uses_those(run: Any) -> None:
    found = run(OPEN, ("11-02 10:30", "dispatch", {"kind": "consultation", "urgency": "utilities"}))
    assert only(found, "dispatch").due_at == day("11-02 12:00")
    assert only(found, "accept").due_at == day("11-02 11:00")
    assert only(found, "resolve").due_at == day("11-03 10:30")


def test_urgent_matters_are_due_the_same_day(run: Any) -> None:
    found = run(OPEN, ("11-02 10:30", "dispatch", {"urgency": "urgent"}))
    clock = only(found, "resolve")
    assert (clock.due_at, clock.allowance) == (day("11-02 24:00"), "当日")


def test_the_earliest_of_several_rows_wins_whichever_it_is(calendar: Calendar) -> None:
    document = {**shipped("policies/jinan-2018.json")}
    rows = [{"mode": "working_days", "amount": 1}, {"mode": "natural_minutes", "amount": 1440}]
    document["clocks"] = {**document["clocks"], "review": rows}
    policy = Policy.parse(document)

    def review(on: str) -> Clock:
        return only(clocks(story(OPEN, DISPATCH, ACCEPT, (on, "resolve")), Fixed(policy, calendar)), "review")

    assert review("11-05 10:00").due_at == day("11-06 10:00")
    assert review("11-06 10:00").due_at == day("11-07 10:00")


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("consultation", "11-04 24:00"),
        ("help", "11-16 24:00"),
        ("report", "11-23 24:00"),
        ("information_request", "11-30 24:00"),
        ("assignment", "11-23 24:00"),
    ],
)
def test_the_resolve_deadline_goes_by_kind(run: Any, kind: str, due: str) -> None:
    found = run(("11-02 10:00", "open", {"kind": kind}), DISPATCH)
    assert only(found, "resolve").due_at == day(due)


def test_a_motion_takes_three_months_and_is_not_provisional(run: Any) -> None:
    clock = only(run(("11-02 10:00", "open", {"kind": "motion"}), DISPATCH), "resolve")
    assert (clock.due_at, clock.provisional) == (at("2027-02-02 24:00"), False)


# The source's own deadline


def own(due: str | datetime, kind: str = "complaint") -> Act:
    return ("11-02 10:00", "open", {"kind": kind, "due_at": due})


def test_the_sources_own_deadline_wins_when_it_is_earlier(run: Any) -> None:
    clock = only(run(own("2026-11-10T04:00:00+00:00"), DISPATCH), "resolve")
    assert (clock.due_at, clock.allowance) == (day("11-10 12:00"), "来件自带期限")


def test_the_sources_own_deadline_changes_nothing_when_it_is_later(run: Any) -> None:
    assert only(run(own("2026-12-10T04:00:00Z"), DISPATCH), "resolve").due_at == day("11-23 24:00")


def test_the_sources_own_deadline_touches_no_other_clock(run: Any) -> None:
    found = run(own("2026-11-02T10:35:00+08:00"), DISPATCH)
    assert only(found, "accept").due_at == day("11-03 24:00")


def test_an_assignment_goes_by_its_own_date_even_when_it_is_later(run: Any) -> None:
    clock = only(run(own("2026-12-20", "assignment"), DISPATCH), "resolve")
    assert (clock.due_at, clock.provisional) == (day("12-20 24:00"), False)


@pytest.mark.parametrize("due", ["2026-11-10T12:00", "2026-11-10T12:00+08:00", day("11-10 12:00")])
def test_a_deadline_may_be_local_with_an_offset_or_a_datetime(run: Any, due: str | datetime) -> None:
    assert only(run(own(due), DISPATCH), "resolve").due_at == day("11-10 12:00")


def test_a_deadline_that_was_over_before_the_dispatch_is_breached_at_once(run: Any) -> None:
    clock = only(run(own("2026-11-02T10:15:00+08:00"), DISPATCH), "resolve")
    assert clock.breached(clock.started_at)
    assert {step.at for step in clock.steps[:2]} == {clock.due_at}


# Return


def test_a_return_asked_starts_the_decide_clock_and_its_decision_meets_it(run: Any) -> None:
    acts = (OPEN, DISPATCH, ("11-02 14:00", "return"))
    assert only(run(*acts), "decide").due_at == day("11-03 24:00")
    found = run(*acts, ("11-02 16:00", "decide_return", {"approved": False}))
    assert only(found, "decide").met_at == day("11-02 16:00")


def test_an_approved_return_stops_the_units_clocks_and_starts_a_dispatch_clock(run: Any) -> None:
    found = run(OPEN, DISPATCH, ("11-02 14:00", "return"), ("11-02 16:00", "decide_return", {"approved": True}))
    for name in ("contact", "resolve"):
        clock = only(found, name)
        assert (clock.met_at, clock.stopped_at) == (None, day("11-02 16:00"))
    first, second = (clock for clock in found if clock.name == "dispatch")
    assert first.met_at == day("11-02 10:30")
    assert (second.opened_by, second.running, second.due_at) == (4, True, day("11-03 10:00"))


def test_a_refused_return_lets_the_units_clocks_run_on(run: Any) -> None:
    found = run(OPEN, DISPATCH, ("11-02 14:00", "return"), ("11-02 16:00", "decide_return", {"approved": False}))
    assert only(found, "contact").running
    assert only(found, "resolve").running
    assert names(found).count("dispatch") == 1


def test_the_next_unit_has_clocks_of_its_own(run: Any) -> None:
    back = (("11-02 14:00", "return"), ("11-02 16:00", "decide_return", {"approved": True}))
    found = run(OPEN, DISPATCH, *back, ("11-03 09:00", "dispatch", {"unit": "b"}))
    stopped, running = (clock for clock in found if clock.name == "resolve")
    assert not stopped.running
    assert (running.opened_by, running.due_at) == (5, day("11-24 24:00"))


def test_a_return_after_the_deadline_does_not_launder_the_breach(run: Any) -> None:
    found = run(OPEN, DISPATCH, ("11-05 14:00", "return"), ("11-05 16:00", "decide_return", {"approved": True}))
    assert only(found, "contact").breached(day("11-05 16:00"))
    assert only(found, "accept").breached(day("11-05 16:00"))


def test_a_dispatch_in_place_of_a_decision_ends_what_was_asked(run: Any) -> None:
    asked = (("11-02 14:00", "return"), ("11-02 14:30", "extend", {"days": 3}))
    found = run(OPEN, DISPATCH, *asked, ("11-02 16:00", "dispatch", {"unit": "b"}))
    assert [c.stopped_at for c in found if c.name == "decide"] == [day("11-02 16:00")] * 2
    assert [c.running for c in found if c.name == "resolve"] == [False, True]


# Extension


def test_an_extension_decided_after_an_approved_return_moves_nothing(run: Any) -> None:
    back = (("11-02 14:00", "return"), ("11-02 16:00", "decide_return", {"approved": True}))
    found = run(OPEN, DISPATCH, *back, ("11-03 10:00", "decide_extension", {"approved": True, "days": 9}))
    assert only(found, "resolve").due_at == day("11-23 24:00")


def test_what_was_provisional_stays_so_when_it_is_extended(policy: Policy, calendar: Calendar) -> None:
    events = [
        Event(1, at("2003-12-20 10:00"), "open", {"kind": "help"}),
        Event(2, at("2003-12-20 10:00"), "dispatch", {"unit": "a"}),
        Event(3, at("2003-12-25 10:00"), "decide_extension", {"approved": True, "days": 3}),
    ]
    assert only(clocks(events, Fixed(policy, calendar)), "resolve").provisional


def test_an_approved_extension_counts_on_from_the_original_deadline(run: Any) -> None:
    acts = (OPEN, DISPATCH, ACCEPT, ("11-10 10:00", "extend", {"days": 10}))
    assert only(run(*acts), "decide").due_at == day("11-11 24:00")
    found = run(*acts, ("11-11 10:00", "decide_extension", {"approved": True, "days": 10}))
    clock = only(found, "resolve")
    assert (clock.due_at, clock.allowance) == (at("2026-12-07 24:00"), "15 个工作日，延期 10 个工作日")
    assert only(found, "decide").met_at == day("11-11 10:00")


def test_the_days_asked_for_hold_where_the_decision_names_none(run: Any) -> None:
    found = run(
        OPEN, DISPATCH, ("11-10 10:00", "extend", {"days": 3}), ("11-11 10:00", "decide_extension", {"approved": True})
    )
    assert only(found, "resolve").due_at == day("11-26 24:00")


def test_a_refused_extension_changes_no_deadline(run: Any) -> None:
    refused: Act = ("11-11 10:00", "decide_extension", {"approved": False, "days": 10})
    found = run(OPEN, DISPATCH, ("11-10 10:00", "extend", {"days": 10}), refused)
    assert only(found, "resolve").due_at == day("11-23 24:00")


def test_an_extension_into_an_unpublished_year_is_provisional(run: Any) -> None:
    acts = (("12-01 10:00", "open", {"kind": "complaint"}), ("12-07 10:00", "dispatch"))
    assert not only(run(*acts), "resolve").provisional
    extended = (("12-20 10:00", "extend", {"days": 10}), ("12-21 10:00", "decide_extension", {"approved": True}))
    assert only(run(*acts, *extended), "resolve").provisional


# Review, follow-up, close


def test_an_answer_without_acceptance_ends_the_accept_clock(run: Any) -> None:
    clock = only(run(OPEN, DISPATCH, RESOLVE), "accept")
    assert (clock.met_at, clock.stopped_at) == (None, day("11-05 10:00"))
    assert clock.breached(day("11-05 10:00"))


def test_an_answer_starts_the_review_clock(run: Any) -> None:
    assert only(run(OPEN, DISPATCH, ACCEPT, RESOLVE), "review").due_at == day("11-06 24:00")


def test_an_answer_that_fails_its_review_was_no_answer(run: Any) -> None:
    failed: Act = ("11-05 15:00", "review", {"passed": False})
    found = run(OPEN, DISPATCH, ACCEPT, RESOLVE, failed)
    clock = only(found, "resolve")
    assert (clock.running, clock.due_at) == (True, day("11-23 24:00"))
    assert only(found, "review").met_at == day("11-05 15:00")
    again = only(run(OPEN, DISPATCH, ACCEPT, RESOLVE, failed, ("11-24 10:00", "resolve")), "resolve")
    assert again.met_at == day("11-24 10:00")
    assert again.breached(day("11-24 10:00"))


def test_a_passed_review_starts_the_follow_up_clock(run: Any) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, RESOLVE, PASSED)
    assert only(found, "review").met_at == day("11-05 15:00")
    assert only(found, "follow_up").due_at == day("11-06 24:00")
    assert only(found, "resolve").met_at == day("11-05 10:00")


def test_an_answered_follow_up_meets_its_clock(run: Any) -> None:
    answered: Act = ("11-06 10:00", "follow_up", {"answered": True})
    assert only(run(OPEN, DISPATCH, RESOLVE, PASSED, answered), "follow_up").met_at == day("11-06 10:00")


def test_the_third_failed_try_meets_the_follow_up_clock_and_not_the_second(run: Any) -> None:
    tries: list[Act] = [(f"11-06 1{n}:00", "follow_up", {"answered": False}) for n in range(3)]
    assert only(run(OPEN, DISPATCH, RESOLVE, PASSED, *tries[:2]), "follow_up").running
    assert only(run(OPEN, DISPATCH, RESOLVE, PASSED, *tries), "follow_up").met_at == day("11-06 12:00")


def test_tries_are_counted_anew_after_each_review(run: Any) -> None:
    tries: list[Act] = [(f"11-06 1{n}:00", "follow_up", {"answered": False}) for n in range(2)]
    again: list[Act] = [
        ("11-09 10:00", "reopen", {"unit": "a"}),
        ("11-10 10:00", "resolve"),
        ("11-10 11:00", "review", {"passed": True}),
        ("11-10 12:00", "follow_up", {"answered": False}),
    ]
    assert only(run(OPEN, DISPATCH, RESOLVE, PASSED, *tries, *again), "follow_up", cycle=2).running


def test_closing_meets_the_follow_up_clock(run: Any) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, RESOLVE, PASSED, ("11-06 10:00", "close"))
    assert only(found, "follow_up").met_at == day("11-06 10:00")
    assert not any(clock.running for clock in found)


@pytest.mark.parametrize("act", ["merge", "withdraw", "reject", "answer", "close"])
def test_an_end_stops_what_still_runs_and_leaves_what_was_met(run: Any, act: str) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, ("11-03 10:00", act))
    assert only(found, "accept").met_at == day("11-02 14:00")
    for name in ("contact", "resolve"):
        clock = only(found, name)
        assert (clock.met_at, clock.stopped_at) == (None, day("11-03 10:00"))


# Cycles


def test_reopening_with_a_unit_starts_its_clocks_at_once_in_the_next_cycle(run: Any) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, RESOLVE, PASSED, ("11-09 10:00", "reopen", {"unit": "a"}))
    assert [clock.name for clock in found if clock.cycle == 2] == ["accept", "contact", "resolve"]
    assert only(found, "resolve", cycle=2).due_at == day("11-30 24:00")
    assert only(found, "follow_up").stopped_at == day("11-09 10:00")


def test_reopening_without_a_unit_starts_the_dispatch_clock(run: Any) -> None:
    found = run(OPEN, DISPATCH, ACCEPT, RESOLVE, PASSED, ("11-09 10:00", "reopen", {"unit": None}))
    assert [clock.name for clock in found if clock.cycle == 2] == ["dispatch"]
    assert only(found, "dispatch", cycle=2).due_at == day("11-09 12:00")


def test_closing_and_reopening_launders_no_breach(run: Any) -> None:
    late = (("11-24 10:00", "resolve"), ("11-24 11:00", "review", {"passed": True}), ("11-24 12:00", "close"))
    before = run(OPEN, DISPATCH, *late)
    after = run(OPEN, DISPATCH, *late, ("11-25 10:00", "reopen", {"unit": "a"}))
    assert only(after, "resolve").breached(day("11-24 10:00"))
    assert after[: len(before)] == before


def test_a_later_cycle_keeps_kind_and_urgency(run: Any) -> None:
    acts = (("11-02 10:00", "open", {"kind": "consultation"}), DISPATCH, RESOLVE, PASSED)
    found = run(*acts, ("11-09 10:00", "reopen", {"unit": "a"}))
    assert only(found, "resolve", cycle=2).due_at == day("11-11 24:00")


def test_a_source_deadline_that_is_over_does_not_bind_the_next_cycle(run: Any) -> None:
    again: Act = ("11-09 10:00", "reopen", {"unit": "a"})
    acts = (DISPATCH, RESOLVE, PASSED, again)
    assert only(run(own("2026-11-06"), *acts), "resolve", cycle=2).due_at == day("11-30 24:00")
    assert only(run(own("2026-11-12"), *acts), "resolve", cycle=2).due_at == day("11-12 24:00")


# Merging


def joined(on: str, due: str) -> Act:
    return (on, "absorb", {"child": 7, "due_at": due})


def test_the_parent_keeps_the_earliest_deadline(run: Any) -> None:
    earlier = only(run(OPEN, DISPATCH, joined("11-03 10:00", "2026-11-12T10:00+08:00")), "resolve")
    assert (earlier.due_at, earlier.allowance) == (day("11-12 10:00"), "并入工单的期限")
    later = only(run(OPEN, DISPATCH, joined("11-03 10:00", "2026-12-12T10:00+08:00")), "resolve")
    assert later.due_at == day("11-23 24:00")


def test_what_was_joined_before_the_dispatch_counts_as_well(run: Any) -> None:
    assert only(run(OPEN, joined("11-02 10:10", "2026-11-12"), DISPATCH), "resolve").due_at == day("11-12 24:00")


def test_the_earliest_of_several_joined_deadlines_wins(run: Any) -> None:
    several = [joined("11-03 10:00", f"2026-11-{n}") for n in (13, 11, 12)]
    assert only(run(OPEN, DISPATCH, *several), "resolve").due_at == day("11-11 24:00")
    assert only(run(OPEN, *several, ("11-03 10:00", "dispatch")), "resolve").due_at == day("11-11 24:00")


def test_a_joined_ticket_without_a_deadline_changes_nothing(run: Any) -> None:
    assert only(run(OPEN, DISPATCH, ("11-03 10:00", "absorb", {"child": 7})), "resolve").due_at == day("11-23 24:00")


def test_a_merge_makes_no_given_answer_late_but_binds_it_when_it_fails_review(run: Any) -> None:
    acts = (OPEN, DISPATCH, RESOLVE, joined("11-05 11:00", "2026-11-05"))
    assert not only(run(*acts), "resolve").breached(day("11-05 11:00"))
    failed = only(run(*acts, ("11-05 15:00", "review", {"passed": False})), "resolve")
    assert (failed.running, failed.due_at) == (True, day("11-05 24:00"))


def test_a_deadline_that_had_passed_at_the_merge_makes_no_parent_late(run: Any) -> None:
    late = joined("11-05 11:00", "2026-11-04")
    assert only(run(OPEN, DISPATCH, late), "resolve").due_at == day("11-23 24:00")
    failed = (OPEN, DISPATCH, RESOLVE, late, ("11-05 15:00", "review", {"passed": False}))
    assert only(run(*failed), "resolve").due_at == day("11-23 24:00")
    meanwhile = (OPEN, joined("11-03 10:00", "2026-11-04"), ("11-05 10:00", "dispatch"))
    assert only(run(*meanwhile), "resolve").due_at == day("11-26 24:00")


def test_a_joined_deadline_does_not_bind_the_next_cycle(run: Any) -> None:
    acts = (OPEN, DISPATCH, joined("11-03 10:00", "2026-11-12"), RESOLVE, PASSED)
    assert only(run(*acts, ("11-09 10:00", "reopen", {"unit": "a"})), "resolve", cycle=2).due_at == day("11-30 24:00")


# Steps


def steps(clock: Clock) -> dict[str, datetime]:
    return {step.level: step.at for step in clock.steps}


def test_the_ladder_warns_at_three_quarters_and_climbs_in_working_days(run: Any) -> None:
    found = steps(only(run(OPEN, DISPATCH), "accept"))
    # 10:30–24:00 is 5.5 office hours, the next day 7: three quarters of 12.5 hours end on the 3rd at 13:52:30
    assert found["warn"] == day("11-03 13:52") + timedelta(seconds=30)
    assert found["urge"] == day("11-03 24:00")
    assert found["supervise"] == day("11-04 24:00")
    assert found["circulate"] == day("11-10 24:00")


def test_office_hours_warn_within_office_hours(run: Any) -> None:
    assert steps(run(("11-02 16:30", "open"))[0])["warn"] == day("11-03 10:00")


def test_natural_time_warns_in_natural_time(run: Any) -> None:
    assert steps(only(run(OPEN, DISPATCH), "contact"))["warn"] == day("11-03 04:30")


def test_an_extension_moves_the_whole_ladder(run: Any) -> None:
    asked = (("11-10 10:00", "extend", {"days": 10}), ("11-11 10:00", "decide_extension", {"approved": True}))
    found = steps(only(run(OPEN, DISPATCH, *asked), "resolve"))
    assert found["urge"] == day("12-07 24:00")
    assert found["supervise"] == day("12-08 24:00")
    assert found["warn"] > steps(only(run(OPEN, DISPATCH), "resolve"))["warn"]


def test_a_deadline_on_a_rest_day_still_warns_before_it(run: Any) -> None:
    clock = only(run(("11-07 10:00", "open", {"due_at": "2026-11-07T14:00"}), ("11-07 10:00", "dispatch")), "resolve")
    assert steps(clock)["warn"] == day("11-07 13:00")


# All of it


WORDS = st.sampled_from(
    (
        *("open", "answer", "reject", "dispatch", "accept", "contact", "return", "decide_return", "extend"),
        *("decide_extension", "resolve", "review", "follow_up", "reopen", "close", "withdraw", "merge"),
        *("absorb", "note"),
    )
)
DATA = st.fixed_dictionaries(
    {},
    optional={
        "approved": st.booleans(),
        "passed": st.booleans(),
        "answered": st.booleans(),
        "unit": st.sampled_from(["a", None]),
        "days": st.integers(1, 10),
        "due_at": st.sampled_from(["2026-06-01", "2024-02-29T10:00:00Z"]),
        "urgency": st.sampled_from(["normal", "urgent", "utilities"]),
    },
)
HISTORIES = st.lists(st.tuples(st.integers(0, 5000), WORDS, DATA), max_size=30)


def history(start: datetime, acts: list[tuple[int, str, dict[str, Any]]]) -> list[Event]:
    now, events = start, [Event(1, start, "open", {"kind": "help"})]
    for seq, (minutes, word, data) in enumerate(acts, 2):
        now += timedelta(minutes=minutes)
        events.append(Event(seq, now, word, data))
    return events


@steady
@given(starts, HISTORIES)
def test_whatever_happens_each_clock_is_sound(
    policy: Policy, calendar: Calendar, start: datetime, acts: list[tuple[int, str, dict[str, Any]]]
) -> None:
    found = clocks(history(start, acts), Fixed(policy, calendar), explain=True)
    keys = [(clock.cycle, clock.name, clock.opened_by) for clock in found]
    assert len(set(keys)) == len(keys)
    for clock in found:
        assert clock.met_at is None or clock.stopped_at is None
        assert clock.ended_at is None or clock.ended_at >= clock.started_at
        assert [step.at for step in clock.steps] == sorted(step.at for step in clock.steps)
        assert all(moment.tzinfo is UTC for moment in (clock.due_at, *(step.at for step in clock.steps)))
        assert clock.sum
    running = [clock.name for clock in found if clock.running and clock.name != "decide"]
    assert len(set(running)) == len(running)


@steady
@given(starts, HISTORIES)
def test_explaining_changes_nothing_but_the_sum(
    policy: Policy, calendar: Calendar, start: datetime, acts: list[tuple[int, str, dict[str, Any]]]
) -> None:
    events = history(start, acts)
    told = clocks(events, Fixed(policy, calendar), explain=True)
    assert [replace(clock, sum=()) for clock in told] == clocks(events, Fixed(policy, calendar))


def test_words_without_a_clock_are_passed_over(run: Any) -> None:
    assert run(OPEN, ("11-02 10:10", "note"), ("11-02 10:15", "urge")) == run(OPEN)


def test_an_unknown_kind_is_refused(run: Any) -> None:
    with pytest.raises(ValueError, match="gossip"):
        run(("11-02 10:00", "open", {"kind": "gossip"}))


def test_clocks_name_their_policy_and_calendar(run: Any) -> None:
    (clock,) = run(OPEN)
    assert (clock.policy, clock.calendar) == ("guangdong-2022@1", "cn-2026.1")
