"""Who writes when, what becomes of it, and that every course is one that the life cycle allows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from hotline import lifecycle
from hotline.knowledge import Knowledge, midnight, today
from hotline.lifecycle import Action
from hotline.replaying.arrivals import arrivals, weight_of
from hotline.replaying.calibrating import Calibration, Unreachable, end_of
from hotline.replaying.course import CONTENT, Plan, Town, course
from hotline.replaying.plans import Part, Planner, coming, share_of, town_of
from hotline.replaying.scenario import Scenario
from hotline.state import State

COUNT = 250


@pytest.fixture(scope="module")
def town(scenario: Scenario, know: Knowledge) -> Town:
    """What all courses share."""
    return town_of(scenario, know)


@pytest.fixture(scope="module")
def as_drawn(scenario: Scenario, know: Knowledge) -> list[Plan]:
    """The plans of some hundred tickets, as they are drawn."""
    return drawn(scenario, know)


@pytest.fixture
def plans(as_drawn: list[Plan]) -> list[Plan]:
    """The same, to be changed."""
    return [replace(plan) for plan in as_drawn]


def drawn(scenario: Scenario, know: Knowledge) -> list[Plan]:
    messages = coming(scenario, know, COUNT)
    return Planner(scenario, know, COUNT).plans(messages, lambda _unit: scenario.first, lambda _more: None)


def test_messages_come_in_order_and_within_the_year(scenario: Scenario, know: Knowledge, town: Town) -> None:
    moments = arrivals(scenario, 5000, know.calendar, Random(1))
    assert moments == sorted(moments)
    assert midnight(scenario.first) <= moments[0]
    assert moments[-1] < town.end
    assert {today(at) for at in moments} >= {date(2020, 3, 2), date(2020, 9, 7), scenario.last}


def test_the_spring_festival_of_2020_with_its_longer_end_is_quiet(scenario: Scenario, know: Knowledge) -> None:
    usual, longer = date(2020, 1, 20), date(2020, 1, 31)
    made_up = date(2020, 1, 19)
    assert not know.calendar.is_working_day(longer)
    assert weight_of(scenario, longer, know.calendar) < weight_of(scenario, usual, know.calendar) / 2
    assert weight_of(scenario, made_up, know.calendar) > weight_of(scenario, longer, know.calendar) * 2


def test_the_same_seed_draws_the_same_plans_and_the_same_courses(
    scenario: Scenario, know: Knowledge, town: Town, plans: list[Plan]
) -> None:
    again = drawn(scenario, know)
    assert again == plans
    assert [list(course(plan, town)) for plan in again] == [list(course(plan, town)) for plan in plans]


def test_two_workers_draw_the_same_plans(scenario: Scenario, know: Knowledge, plans: list[Plan]) -> None:
    planner, messages = Planner(scenario, know, COUNT), coming(scenario, know, COUNT)
    assert planner.plans(messages, lambda _unit: scenario.first, lambda _more: None, workers=2) == plans


def test_processes_share_the_messages_out_and_lose_none(scenario: Scenario, know: Knowledge) -> None:
    messages = coming(scenario, know, COUNT)
    parts = [share_of(messages, Part(number, 3)) for number in range(3)]
    assert sorted(each for part in parts for each in part) == messages
    assert sum(not each.aside for each in messages) == COUNT


def test_latencies_are_given_out_as_the_quantiles_have_them(scenario: Scenario, plans: list[Plan]) -> None:
    ordered = sorted(plan.latency for plan in plans)
    expected = [scenario.latency_days((rank + 0.5) / len(plans)) for rank in range(len(plans))]
    assert ordered == pytest.approx(expected)


def test_every_course_is_a_row_of_legal_moves_each_later_than_the_one_before(plans: list[Plan], town: Town) -> None:
    for plan in plans:
        state, last = State(), plan.at
        lifecycle.apply(state, Action.OPEN, plan.at, {"kind": plan.kind, "urgency": plan.urgency})
        if not plan.by_hand:
            _hand_out(state, plan.unit)
        for step in course(plan, town):
            assert step.at > last
            lifecycle.check(step.action, state)
            _apply(state, plan, step.action, dict(step.fields))
            last = step.at
        assert state.status in lifecycle.TERMINAL


def _hand_out(state: State, unit: str) -> None:
    data = {"unit": unit, "assisting": [], "kind": "help", "urgency": "normal", "complex": False}
    lifecycle.apply(state, Action.DISPATCH, midnight(date(2020, 1, 1)), data | {"designated": False, "count": 1})


def _apply(state: State, plan: Plan, action: Action, fields: dict[str, object]) -> None:
    at = midnight(date(2020, 1, 1))
    if action == Action.DISPATCH:
        _hand_out(state, str(fields["unit"]))
        return
    if action == Action.REOPEN:
        fields["unit"] = state.unit
    if action == Action.ASSIST:
        fields["unit"] = "dept-transport"
    lifecycle.apply(state, action, at, fields)
    if action == Action.FOLLOW_UP and fields.get("solved") and plan.last_word == CONTENT and state.tries:
        lifecycle.apply(state, Action.CLOSE, at, {})


def test_calibration_meets_the_ends_to_the_ticket_by_changing_few_plans(
    scenario: Scenario, know: Knowledge, town: Town, plans: list[Plan]
) -> None:
    ends, content = scenario.scaled(COUNT)
    adjusted = Calibration(plans, town, know).meet(ends, content)
    kept = [plan for plan in plans if not plan.aside]
    found = {plan.number: end_of(plan, town, know) for plan in kept}
    assert Counter(found.values()) == ends
    assert sum(plan.last_word == CONTENT for plan in kept if found[plan.number] == "closed") == content
    assert adjusted.hurried + adjusted.left + adjusted.opinions < COUNT // 10
    assert sum(adjusted.drawn.values()) == adjusted.tickets == COUNT


def test_ends_that_no_behaviour_reaches_are_refused_with_what_to_do(
    know: Knowledge, town: Town, plans: list[Plan]
) -> None:
    with pytest.raises(Unreachable, match="--tickets"):
        Calibration(plans, town, know).meet({"closed": 0, "open_past_deadline": 0, "open_within_limits": COUNT}, 0)


def test_what_is_said_is_the_catalogues_own_and_about_the_units_business(
    scenario: Scenario, know: Knowledge, plans: list[Plan]
) -> None:
    citizens = Planner(scenario, know, COUNT).citizens
    said = [citizens.say(plan.intended, plan.key, Random(plan.seed)) for plan in plans]
    assert len({each.inquiry.content for each in said}) > COUNT * 0.98
    assert all(
        any(example.rstrip("。") in each.inquiry.content for example in each.task.matter.examples) for each in said
    )
    assert len({plan.unit for plan in plans}) > 40
