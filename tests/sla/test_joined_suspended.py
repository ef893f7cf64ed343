"""A ticket that is merged into a suspended one: what is left of its time is left when the suspension ends."""

from __future__ import annotations

from typing import Any

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import Clock
from tests.sla.paper import at, only, story

TAKEN = (
    ("11-02 10:00", "open", {"kind": "complaint", "urgency": "normal"}),
    ("11-02 10:30", "dispatch", {"unit": "a"}),
    ("11-02 14:00", "accept"),
)
UNTIL = at("2026-11-19 24:00").isoformat()
SUSPENDED = ("11-05 10:00", "decide_suspension", {"approved": True, "days": 10, "until": UNTIL})


@pytest.fixture
def answer(policy: Policy, calendar: Calendar) -> Any:
    def play(*acts: Any) -> Clock:
        return only(clocks(story(*TAKEN, SUSPENDED, *acts), Fixed(policy, calendar), explain=True), "resolve")

    return play


def merged(due: str) -> Any:
    return ("11-06 10:00", "absorb", {"child": 7, "due_at": due})


def test_a_deadline_that_joins_stands_still_with_the_clock(answer: Any) -> None:
    # from the 6th to the 19th ten working days end: what was due on the 10th is due on the 24th
    clock = answer(merged("2026-11-10"))
    assert clock.due_at == at("2026-11-24 24:00")
    assert any("11月10日" in line and "并入" in line for line in clock.sum)
    assert any("该期限移至 2026年11月24日" in line for line in clock.sum)
    assert clock.suspended == ((at("2026-11-05 10:00"), at("2026-11-19 24:00")),)


def test_a_suspension_that_ends_early_gives_the_joined_deadline_less(answer: Any) -> None:
    # the 6th and the 9th ended in it
    assert answer(merged("2026-11-10"), ("11-10 10:00", "resume")).due_at == at("2026-11-12 24:00")


def test_the_earlier_one_wins_once_both_stand_still(answer: Any) -> None:
    # its own deadline, the 23rd, is moved by eleven working days to the 8th of December, the joined one by ten
    assert answer().due_at == at("2026-12-08 24:00")
    assert answer(merged("2026-11-24")).due_at == at("2026-12-08 24:00")
    assert answer(merged("2026-11-23")).due_at == at("2026-12-07 24:00")


def test_with_the_merge_undone_its_own_deadline_is_back(answer: Any) -> None:
    undone = ("11-09 10:00", "release", {"child": 7})
    assert answer(merged("2026-11-10"), undone).due_at == at("2026-12-08 24:00")


def test_what_joins_after_the_suspension_is_taken_as_it_is(answer: Any) -> None:
    late = ("11-20 00:00", "absorb", {"child": 7, "due_at": "2026-11-24"})
    assert answer(("11-20 00:00", "resume"), late).due_at == at("2026-11-24 24:00")
