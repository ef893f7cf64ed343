"""Whom a report accuses, over sentences of our own: found by any of its names, and never handed the report."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from routing.decision import Message
from tests.routing.city import ROUTER, UNITS

LINES = Path(__file__).with_name("accusations.tsv").read_text("utf-8").splitlines()
ROWS = [(row["text"], row["accused"]) for row in csv.DictReader(LINES, delimiter="\t", quoting=csv.QUOTE_NONE)]
BY_NAME = {name: unit.code for unit in UNITS for name in (unit.name, *unit.aliases)}
PARENTS = {unit.code: unit.parent for unit in UNITS}


def _line(code: str | None) -> set[str]:
    line = set()
    while code:
        line.add(code)
        code = PARENTS[code]
    return line


@pytest.mark.parametrize(("text", "accused"), ROWS)
def test_the_accused_and_nobody_else_are_found_and_none_of_them_is_proposed(text: str, accused: str) -> None:
    named = {BY_NAME[word[1:]] if word.startswith("@") else word for word in accused.split()}
    decision = ROUTER.route(Message(text, kind="report"))
    assert set(decision.accused) == named
    receivers = [decision.unit, *decision.assisting, *(each.unit for each in decision.candidates)]
    assert not [code for code in receivers if _line(code) & named]


def test_there_are_sixty_of_them() -> None:
    assert len(ROWS) >= 60


def test_a_report_on_a_village_goes_to_its_township_or_above_and_where_the_city_itself_is_accused_to_nobody() -> None:
    village = BY_NAME["黄连村"]
    decision = ROUTER.route(Message("举报羊昌镇黄连村村委会套取低保资金", kind="report"))
    assert village in decision.accused
    assert decision.unit != village
    assert ROUTER.route(Message("举报市政府某领导以权谋私,征地补偿款没发", kind="report")).unit is None
