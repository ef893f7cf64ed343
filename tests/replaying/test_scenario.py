"""Shares that add up, quantiles that rise, and a scenario that says what was adjusted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.replaying.plans import Part, quotas
from hotline.replaying.scenario import FOLDER, Scenario, apportion, parse, read_scenario

weights = st.dictionaries(st.text(min_size=1, max_size=4), st.integers(0, 10**6), min_size=1, max_size=6).filter(
    lambda found: sum(found.values()) > 0
)


@given(st.integers(0, 10**7), weights)
def test_shares_add_up_and_are_nowhere_a_whole_one_from_the_exact_share(total: int, shares: dict[str, int]) -> None:
    found = apportion(total, shares)
    whole = sum(shares.values())
    assert sum(found.values()) == total
    assert all(abs(found[name] * whole - share * total) < whole for name, share in shares.items())


@given(st.integers(0, 10**6), weights, st.integers(2, 9))
def test_shares_of_proportional_weights_are_the_same(total: int, shares: dict[str, int], times: int) -> None:
    assert apportion(total, {name: share * times for name, share in shares.items()}) == apportion(total, shares)


@pytest.mark.parametrize("shares", [{"a": 0}, {"a": 2, "b": -1}, {}])
def test_shares_of_nothing_are_refused(shares: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no shares"):
        apportion(10, shares)


@given(st.lists(st.integers(40, 20_000), min_size=1, max_size=8))
def test_the_parts_of_several_processes_end_as_the_whole_does(sizes: list[int]) -> None:
    scenario = read_scenario("guiyang-2020")
    parts = [quotas(scenario, sizes, Part(number, len(sizes))) for number in range(len(sizes))]
    ends, content = scenario.scaled(sum(sizes))
    assert {name: sum(part[0][name] for part in parts) for name in ends} == ends
    assert sum(part[1] for part in parts) == content
    assert [sum(part[0].values()) for part in parts] == sizes
    assert all(min(part[0].values()) >= 0 for part in parts)


def test_at_its_own_number_of_tickets_the_ends_are_the_published_ones(scenario: Scenario) -> None:
    ends, content = scenario.scaled(scenario.tickets)
    assert (ends, content) == (dict(scenario.ends), scenario.content)
    assert ends["closed"] + ends["open_past_deadline"] == 11_411


@given(st.floats(0, 1), st.floats(0, 1))
def test_latencies_rise_with_their_probability(one: float, other: float) -> None:
    latency = read_scenario("guiyang-2020").latency_days
    low, high = sorted((one, other))
    assert latency(low) <= latency(high)


def test_latencies_are_the_quantiles_that_the_scenario_names(scenario: Scenario) -> None:
    found = {share: round(scenario.latency_days(share), 2) for share in (0.25, 0.5, 0.75, 0.9, 0.99)}
    assert found == {0.25: 4.8, 0.5: 11.2, 0.75: 22.3, 0.9: 41.0, 0.99: 168.0}


def test_a_scenario_whose_ends_do_not_add_up_is_refused() -> None:
    document = json.loads((FOLDER / "guiyang-2020.json").read_text("utf-8"))
    with pytest.raises(ValueError, match="do not add up"):
        parse(document | {"tickets": 12_935})
    with pytest.raises(ValueError, match="more content"):
        parse(document | {"content": 10_317})
    with pytest.raises(ValueError, match="must rise"):
        parse(document | {"latency_days": {"0.5": 3, "0.6": 2}})
    with pytest.raises(LookupError, match="guiyang-2020"):
        read_scenario("nowhere")


def test_the_scenario_says_what_was_calibrated_and_that_its_tickets_are_invented(scenario: Scenario) -> None:
    assert "虚构" in scenario.note
    assert any("ends" in knob for knob in scenario.calibrated)
    assert any("arrivals" in knob for knob in scenario.calibrated)
