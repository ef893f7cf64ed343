"""An answer that does not pass its review: its clock runs on with what came meanwhile, dates worked out by hand."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.values import Clock, Event
from tests.sla.paper import at, only, shipped, story

OPEN = ("12-28 10:00", "open", {"kind": "help", "urgency": "normal"})
TAKEN = (OPEN, ("12-28 10:30", "dispatch", {"unit": "a"}), ("12-28 11:00", "accept"))
ANSWER = ("12-29 10:00", "resolve")
FAILED = ("12-31 10:00", "review", {"passed": False})
NEWER = {"calendar": "two"}
JOINED = {"child": 7, "due_at": "2026-12-31"}


class _Editions(NamedTuple):
    """Without a notice for 2027, and `two` with one: the 4th and 5th of January rest."""

    one_policy: Policy
    one: Calendar
    two: Calendar

    def policy(self, _stamp: str) -> Policy:
        return self.one_policy

    def calendar(self, edition: str, _unit: str | None = None) -> Calendar:
        return self.two if edition == "two" else self.one


@pytest.fixture
def rules(policy: Policy, calendar: Calendar) -> _Editions:
    """The shipped policy, and both editions of the calendar."""
    shipped_ = shipped("calendar.json")
    rest = {f"2027-01-{day:02}": "元旦" for day in (1, 2, 3, 4, 5)}
    years = shipped_["years"] | {"2027": {"notice": "通知", "holidays": rest, "makeups": {}}}
    return _Editions(policy, calendar, Calendar.parse({**shipped_, "version": "two", "years": years}))


@pytest.fixture
def answered(rules: _Editions) -> Any:
    """The answer's clock after some acts."""

    def play(*acts: Any) -> Clock:
        events = story(*TAKEN, *[act for act in acts if isinstance(act, tuple)])
        later = [act for act in acts if isinstance(act, Event)]
        return only(clocks([*events, *later], rules, explain=True), "resolve")

    return play


@pytest.fixture
def assisted(rules: _Editions) -> Any:
    """The same with two units that assist, of which b has reported: the clocks of b, of c and of the lead."""
    sent = ("12-28 10:30", "dispatch", {"unit": "a", "assisting": ["b", "c"]})
    taken = (OPEN, sent, ("12-28 11:00", "accept"), ("12-28 12:00", "assist", {"unit": "b"}))

    def play(*acts: Any) -> list[Clock]:
        found = clocks(story(*taken, *acts), rules, explain=True)
        assert sum(clock.name == "assist" for clock in found) == 2
        return [
            next(clock for clock in found if (clock.name, clock.party) == named)
            for named in (("assist", "b"), ("assist", "c"), ("resolve", ""))
        ]

    return play


def test_a_year_that_was_published_while_the_answer_was_reviewed_is_counted_once_it_is_sent_back(answered: Any) -> None:
    # ten working days from the 29th: three in December, then without the notice to the 12th, with it to the 14th
    assert answered(ANSWER, FAILED).due_at == at("2027-01-12 24:00")
    assert answered(ANSWER, FAILED).provisional
    clock = answered(ANSWER, ("12-30 10:00", "recompute", NEWER), FAILED)
    assert (clock.due_at, clock.provisional, clock.calendar) == (at("2027-01-14 24:00"), False, "two")
    assert clock.due_at == answered(("12-29 09:00", "recompute", NEWER)).due_at
    assert any("第 5 号记录" in line and "1月14日 周四 24:00" in line for line in clock.sum)


def test_what_has_passed_its_review_stays_under_the_edition_that_it_was_counted_by(answered: Any) -> None:
    clock = answered(ANSWER, ("12-30 10:00", "recompute", NEWER))
    assert (clock.due_at, clock.calendar) == (at("2027-01-12 24:00"), "cn-2026.1")


def test_an_edition_that_came_after_the_deadline_gives_no_more_time(answered: Any) -> None:
    newer = Event(5, at("2027-01-13 09:00"), "recompute", NEWER)
    late = Event(6, at("2027-01-13 10:00"), "review", {"passed": False})
    clock = answered(ANSWER, newer, late)
    assert clock.due_at == at("2027-01-12 24:00")


def test_an_edition_that_came_at_the_deadline_itself_still_counts(answered: Any) -> None:
    newer = Event(5, at("2027-01-12 24:00"), "recompute", NEWER)
    late = Event(6, at("2027-01-13 10:00"), "review", {"passed": False})
    assert answered(ANSWER, newer, late).due_at == at("2027-01-14 24:00")


def test_each_edition_that_came_meanwhile_is_told_by_its_own_name(answered: Any) -> None:
    editions = (("12-29 11:00", "recompute", {"calendar": "between"}), ("12-30 10:00", "recompute", NEWER))
    told = [line for line in answered(ANSWER, *editions, FAILED).sum if "工作日历更新" in line]
    assert ["按 between 重算" in told[0], "按 two 重算" in told[1]] == [True, True]


def test_each_edition_is_taken_for_one_answer_only(answered: Any) -> None:
    again = (("12-31 11:00", "resolve"), ("12-31 12:00", "review", {"passed": False}))
    clock = answered(ANSWER, ("12-30 10:00", "recompute", NEWER), FAILED, *again)
    assert sum("工作日历更新" in line for line in clock.sum) == 1


def test_a_merge_that_was_undone_while_the_answer_was_reviewed_binds_it_no_more(answered: Any) -> None:
    merged = ("12-28 12:00", "absorb", JOINED)
    assert answered(merged, ANSWER, FAILED).due_at == at("2026-12-31 24:00")
    undone = ("12-30 10:00", "release", {"child": 7})
    assert answered(merged, ANSWER, undone, FAILED).due_at == at("2027-01-12 24:00")


def test_an_answer_that_a_merge_made_late_stays_late_when_the_merge_is_undone(answered: Any) -> None:
    merged = ("12-28 12:00", "absorb", {"child": 7, "due_at": "2026-12-28"})
    undone = ("12-30 10:00", "release", {"child": 7})
    clock = answered(merged, ANSWER, undone)
    assert (clock.due_at, clock.breached(at("2026-12-30 10:00"))) == (at("2026-12-28 24:00"), True)


def test_whoever_assists_and_has_not_reported_must_still_report_once_the_answer_is_sent_back(assisted: Any) -> None:
    _, before, _ = assisted(ANSWER)
    assert before.stopped_at == at("2026-12-29 10:00")
    reported, waiting, lead = assisted(ANSWER, FAILED)
    assert (waiting.stopped_at, waiting.met_at, waiting.due_at) == (None, None, before.due_at)
    assert waiting.due_at <= lead.due_at
    assert any("审核未通过" in line for line in waiting.sum)
    assert reported.met_at == at("2026-12-28 12:00")
    assert assisted(ANSWER, FAILED, ("12-31 11:00", "assist", {"unit": "c"}))[1].met_at == at("2026-12-31 11:00")


def test_whoever_assists_follows_the_editions_and_merges_that_came_while_the_answer_was_reviewed(assisted: Any) -> None:
    newer = ("12-30 10:00", "recompute", NEWER)
    for acts in ((newer,), (newer, ("12-30 11:00", "absorb", JOINED)), (("12-30 11:00", "absorb", JOINED),)):
        _, waiting, lead = assisted(ANSWER, *acts, FAILED)
        early = [act for act in acts if act[1] == "recompute"] + [act for act in acts if act[1] == "absorb"]
        moved = [(f"12-29 0{hour}:00", *act[1:]) for hour, act in enumerate(early, 8)]
        assert [waiting.due_at, lead.due_at] == [clock.due_at for clock in assisted(*moved)[1:]]


def test_a_merge_undone_while_the_answer_was_reviewed_binds_those_that_assist_no_more(assisted: Any) -> None:
    merged, undone = ("12-28 13:00", "absorb", JOINED), ("12-30 10:00", "release", {"child": 7})
    assert assisted(merged, ANSWER, FAILED)[1].due_at == at("2026-12-31 24:00")
    assert assisted(merged, ANSWER, undone, FAILED)[1].due_at == assisted(ANSWER, FAILED)[1].due_at


def test_an_assist_that_was_late_before_the_answer_stays_late(assisted: Any) -> None:
    merged = ("12-28 13:00", "absorb", {"child": 7, "due_at": "2026-12-28"})
    acts = (merged, ANSWER, ("12-30 09:00", "recompute", NEWER), ("12-30 10:00", "release", {"child": 7}), FAILED)
    waiting = assisted(*acts)[1]
    assert (waiting.due_at, waiting.breached(at("2026-12-31 10:00"))) == (at("2026-12-28 24:00"), True)


def test_a_new_dispatch_owes_nothing_to_those_who_assisted_before(assisted: Any) -> None:
    again = ("12-31 11:00", "dispatch", {"unit": "d", "assisting": []})
    sent_back_again = (("12-31 12:00", "resolve"), ("12-31 13:00", "review", {"passed": False}))
    assert assisted(ANSWER, FAILED, again, *sent_back_again)[1].stopped_at == at("2026-12-31 11:00")
