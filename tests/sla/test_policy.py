from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given

from routing import decision
from sla.calendar import Calendar
from sla.policy import KINDS, URGENCIES, WITHOUT_CITIZEN, Guards, Policy, mend_window_ends, return_window_ends
from sla.values import CLOCKS
from tests.sla.paper import SEEDS, at, changed, shipped, starts, steady

SETS = sorted(path.stem for path in (SEEDS / "policies").glob("*.json"))
EVERYDAY = ("consultation", "help", "complaint", "report", "suggestion", "praise", "other")
RESOLVE = {
    "guangdong-2022": (2, 10, 15, 15, 10, 10, 10),
    "jinan-2018": (5, 5, 5, 5, 5, 5, 5),
    "sichuan-2025": (3, 7, 15, 15, 7, 7, 7),
}


def loaded(code: str) -> Policy:
    return Policy.parse(shipped(f"policies/{code}.json"))


def said(policy: Policy, clock: str, kind: str, urgency: str) -> list[str]:
    return [allowance.text for allowance in policy.allowances(clock, kind, urgency)]


def test_the_three_published_sets_are_shipped() -> None:
    assert sorted(RESOLVE) == SETS
    assert [loaded(code).code for code in SETS] == SETS


def test_kinds_and_urgencies_are_those_of_the_router_and_three_more() -> None:
    assert dict(list(KINDS.items())[:7]) == decision.KINDS
    assert list(KINDS)[7:] == ["information_request", "motion", "assignment"]
    assert decision.URGENCIES == URGENCIES


@pytest.mark.parametrize("code", SETS)
def test_resolving_takes_the_published_working_days_by_kind(code: str) -> None:
    found = [said(loaded(code), "resolve", kind, "normal") for kind in EVERYDAY]
    assert found == [[f"{days} 个工作日"] for days in RESOLVE[code]]


@pytest.mark.parametrize("code", SETS)
def test_urgent_matters_are_resolved_the_same_day_and_by_kind(code: str) -> None:
    found = [said(loaded(code), "resolve", kind, "urgent") for kind in EVERYDAY]
    assert found == [[f"{days} 个工作日", "当日"] for days in RESOLVE[code]]


@pytest.mark.parametrize("code", SETS)
def test_utilities_are_back_within_24_hours(code: str) -> None:
    assert {str(said(loaded(code), "resolve", kind, "utilities")) for kind in EVERYDAY} == {"['24 小时']"}


@pytest.mark.parametrize("code", SETS)
@pytest.mark.parametrize("urgency", URGENCIES)
def test_requests_motions_and_assignments_have_limits_of_their_own(code: str, urgency: str) -> None:
    policy = loaded(code)
    assert said(policy, "resolve", "information_request", urgency) == ["20 个工作日"]
    assert said(policy, "resolve", "motion", urgency) == ["3 个月"]
    assert [a.mode for a in policy.allowances("resolve", "assignment", urgency)] == ["own_date"]


@pytest.mark.parametrize("code", SETS)
@pytest.mark.parametrize(
    ("clock", "normal", "urgent", "utilities"),
    [
        ("dispatch", "2 个工作小时", "15 分钟", "30 分钟"),
        ("accept", "1 个工作日", "15 分钟", "30 分钟"),
        ("contact", "24 小时", "2 小时", "2 小时"),
        ("review", "1 个工作日", "1 个工作日", "1 个工作日"),
        ("follow_up", "1 个工作日", "1 个工作日", "1 个工作日"),
        ("decide", "1 个工作日", "1 个工作日", "1 个工作日"),
    ],
)
def test_the_other_clocks_run_as_the_rules_say(code: str, clock: str, normal: str, urgent: str, utilities: str) -> None:
    policy = loaded(code)
    for kind in KINDS:
        if clock == "contact" and kind in WITHOUT_CITIZEN:
            assert policy.optional(clock, kind, "normal") == ()
            continue
        found = [said(policy, clock, kind, urgency) for urgency in ("normal", "urgent", "utilities")]
        assert found == [[normal], [urgent], [utilities]]


@pytest.mark.parametrize("code", SETS)
def test_the_guards_and_the_ladder_have_the_numbers_of_the_rules(code: str) -> None:
    policy = loaded(code)
    assert policy.guards == Guards(1, 2, 3, 1, 10, 3, 15)
    for clock in CLOCKS:
        ladder, (warn, urge, supervise, circulate) = policy.ladder(clock), policy.ladder(clock).telling
        assert ladder[:3] == (("warn", "urge", "supervise", "circulate"), (75,), (0, 1, 5))
        assert warn.tell == urge.tell == ("holder",)
        assert supervise.tell == circulate.tell == ("holder", "leader", "supervisor")
    assert policy.count_from_next_day
    assert not policy.closing


def test_a_policy_knows_where_it_comes_from_and_since_when() -> None:
    policy = loaded("jinan-2018")
    assert (policy.stamp, policy.effective_from) == ("jinan-2018@1", date(2018, 9, 1))
    assert "济南" in policy.source


@steady
@given(starts)
def test_a_return_is_possible_until_the_end_of_the_next_working_day(
    policy: Policy, calendar: Calendar, start: datetime
) -> None:
    assert return_window_ends(start, False, policy, calendar) == calendar.after_working_days(start, 1).at
    assert return_window_ends(start, True, policy, calendar) == calendar.after_working_days(start, 2).at


def test_a_bad_evaluation_can_be_mended_for_15_working_days(policy: Policy, calendar: Calendar) -> None:
    assert mend_window_ends(at("2026-11-02 10:00"), policy, calendar) == at("2026-11-23 24:00")


def test_counting_from_the_day_itself_until_closing_is_a_matter_of_data(calendar: Calendar) -> None:
    document = changed("counting", {"from_next_day": False, "expires": "closing"})
    policy = Policy.parse(document)
    assert return_window_ends(at("2026-11-02 10:00"), True, policy, calendar) == at("2026-11-03 17:00")


def test_a_clock_may_have_a_ladder_of_its_own() -> None:
    ladders = shipped("policies/jinan-2018.json")["ladders"]
    policy = Policy.parse(changed("ladders", {**ladders, "accept": [{"level": "urge", "working_days": 0}]}))
    assert policy.ladder("accept")[:3] == (("urge",), (), (0,))
    assert policy.ladder("resolve") == policy.ladder("default")


def test_an_unknown_kind_has_no_allowance_and_says_so(policy: Policy) -> None:
    with pytest.raises(ValueError, match="no resolve for gossip"):
        policy.allowances("resolve", "gossip", "normal")
