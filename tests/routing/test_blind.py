"""Two hundred messages and labels by somebody who had read neither router, phrases nor other tests (blind.tsv).

The half `test` was never looked at while anything was tuned: measured once, at 0.90 right, 0.97 of what is sent. The
half `dev` was tuned on after its first measurement of 0.88 and 0.94, and holds what was gained.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from routing.decision import Message
from tests.routing.city import ROUTER
from tests.routing.measuring import is_sent

LINES = (Path(__file__).parent / "blind.tsv").read_text("utf-8").splitlines()
ROWS = list(csv.DictReader(LINES, delimiter="\t", quoting=csv.QUOTE_NONE))
BOTH = [(row, ROUTER.route(Message(row["text"]))) for row in ROWS]


def share(half: str, right: list[bool]) -> float:
    assert right, half
    return sum(right) / len(right)


@pytest.mark.parametrize(("half", "least"), [("dev", 0.95), ("test", 0.95)])
def test_what_is_sent_at_once_is_right(half: str, least: float) -> None:
    sent = [
        decision.unit in (row["unit"], *row["units_ok"].split(","))
        for row, decision in BOTH
        if row["half"] == half and is_sent(decision)
    ]
    assert len(sent) >= 70
    assert share(half, sent) >= least


@pytest.mark.parametrize(("half", "least"), [("dev", 0.88), ("test", 0.85)])
def test_kinds_are_mostly_right(half: str, least: float) -> None:
    right = [d.kind in (row["kind"], *row["kinds_ok"].split(",")) for row, d in BOTH if row["half"] == half]
    assert share(half, right) >= least


@pytest.mark.parametrize(("half", "least"), [("dev", 0.88), ("test", 0.9)])
def test_urgencies_are_mostly_right(half: str, least: float) -> None:
    assert share(half, [d.urgency == row["urgency"] for row, d in BOTH if row["half"] == half]) >= least
