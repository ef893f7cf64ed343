"""Rates over HTTP: each number with its fraction, and behind each side as many tickets as it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.test_acts import dispatched, reviewed
from tests.hotline_fixtures import Web


def days() -> str:
    """A period that holds now, whatever the zone."""
    now = datetime.now(UTC)
    return f"from={now - timedelta(days=2):%Y-%m-%d}&to={now + timedelta(hours=8):%Y-%m-%d}"


def figures(web: Web, query: str = "") -> dict[str, dict[str, Any]]:
    answer = web.get(f"reports/rates?{days()}{query}", "manager")
    assert answer.status_code == 200, answer.text
    assert answer.json["cut_off"]
    return {each["metric"]: each for each in answer.json["metrics"]}


def test_a_satisfied_citizen_moves_the_rates_by_one(web: Web) -> None:
    number = reviewed(web)
    dispatched(web)
    before = figures(web)["closure_share"]
    assert (before["numerator"], before["denominator"], before["value"]) == (0, 2, 0.0)
    assert figures(web)["solved_rate"]["value"] is None, "an empty denominator gives an empty cell"
    web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=5)
    found = figures(web)
    after = found["closure_share"]
    assert (after["numerator"], after["denominator"], after["value"]) == (1, 2, 50.0)
    assert found["satisfied_of_evaluated"]["value"] == 100.0
    assert figures(web, "&unit=district-gaoxin")["closure_share"]["denominator"] == 0


def test_behind_each_number_stand_as_many_tickets_as_it_says(web: Web) -> None:
    numbers = {reviewed(web), dispatched(web), dispatched(web)}
    for metric, figure in figures(web).items():
        if figure["denominator"] is None:
            continue
        for part in ("numerator", "denominator"):
            path, found = f"reports/rates/{metric}/tickets?{days()}&part={part}&size=2", []
            answer = web.get(path, "manager")
            assert answer.status_code == 200, (metric, answer.text)
            found += answer.json["items"]
            while answer.json["next"]:
                answer = web.get(f"{path}&after={answer.json['next']}", "manager")
                found += answer.json["items"]
            if figure[part] is not None:
                assert len(found) == figure[part], (metric, part)
            assert {each["number"] for each in found} <= numbers


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_wrong_question_is_named_and_units_ask_none(web: Web) -> None:
    wrong = {
        "rates": "from",
        "rates?from=2026-02-01&to=2026-01-01": "to",
        "rates?from=2015-01-01&to=2026-01-01": "to",
        "rates?from=0001-01-01&to=0001-01-02": "from",
        f"rates?{days()}&unit=nowhere": "unit",
        f"rates?{days()}&kind=x": "kind",
        f"rates/nothing/tickets?{days()}&part=numerator": "metric",
        f"rates/closure_share/tickets?{days()}&part=both": "part",
        f"rates/closure_share/tickets?{days()}&part=numerator&after=x": "after",
        f"rates/closure_share/tickets?{days()}&part=numerator&after=LTE=": "after",
    }
    for path, field in wrong.items():
        answer = web.get(f"reports/{path}", "manager")
        assert answer.status_code == 422, (path, answer.text)
        assert field in [error["field"] for error in answer.json["errors"]], path
    assert web.get(f"reports/rates?{days()}", "wudang").status_code == 403
