from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.stages import HOTLINES, STAGES, stretches, taken
from sla.values import Event
from tests.sla.paper import at, starts, steady, story

AT_UNIT = ["dispatch", "accept", "contact", "return", "decide_return", "suspend", "decide_suspension", "resume"]
AFTER = ["resolve", "review", "follow_up", "reopen", "close", "withdraw", "merge", "unmerge", "answer", "escalate"]
WORDS = st.sampled_from([*AT_UNIT, *AFTER])
DATA = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["a", "b", None]),
        "approved": st.booleans(),
        "passed": st.booleans(),
        "until": st.sampled_from(["2024-03-01T16:00:00+00:00", "2027-03-01T16:00:00+00:00"]),
    }
)
ACTS = st.lists(st.tuples(st.integers(0, 5000), WORDS, DATA), max_size=20)


def told(*acts: Any, until: str = "12-31 10:00") -> list[tuple[str, str | None, str, str]]:
    found = stretches(story(*acts), at(f"2026-{until}"))
    return [(each.stage, each.unit, clock(each.start), clock(each.end)) for each in found]


def clock(instant: datetime) -> str:
    return f"{instant + timedelta(hours=8):%m-%d %H:%M}"


OPEN, DISPATCH, ACCEPT = ("11-02 10:00", "open"), ("11-02 11:00", "dispatch", {"unit": "a"}), ("11-02 14:00", "accept")


def test_a_whole_life_goes_through_every_stage_in_turn() -> None:
    life = told(
        OPEN,
        DISPATCH,
        ACCEPT,
        ("11-02 15:00", "contact"),
        ("11-04 10:00", "resolve"),
        ("11-05 10:00", "review", {"passed": True}),
        ("11-06 10:00", "follow_up", {"answered": True}),
        ("11-06 10:00", "close"),
    )
    assert life == [
        ("dispatch", None, "11-02 10:00", "11-02 11:00"),
        ("accept", "a", "11-02 11:00", "11-02 14:00"),
        ("contact", "a", "11-02 14:00", "11-02 15:00"),
        ("work", "a", "11-02 15:00", "11-04 10:00"),
        ("review", None, "11-04 10:00", "11-05 10:00"),
        ("follow_up", None, "11-05 10:00", "11-06 10:00"),
    ]


def test_a_return_waits_for_the_hotline_and_a_refused_one_goes_back_to_the_unit() -> None:
    asked = ("11-02 12:00", "return", {"unit": "a"})
    refused = told(OPEN, DISPATCH, asked, ("11-02 13:00", "decide_return", {"approved": False}), ACCEPT)
    assert [(stage, unit) for stage, unit, _, _ in refused] == [
        ("dispatch", None), ("accept", "a"), ("decide", None), ("accept", "a"), ("contact", "a")
    ]  # fmt: skip
    approved = told(OPEN, DISPATCH, asked, ("11-02 13:00", "decide_return", {"approved": True}))
    assert approved[-2:] == [
        ("decide", None, "11-02 12:00", "11-02 13:00"), ("dispatch", None, "11-02 13:00", "12-31 10:00")
    ]  # fmt: skip


def test_a_suspension_ends_at_its_cap_however_late_it_is_noticed() -> None:
    until = {"approved": True, "until": at("2026-11-06 24:00").isoformat()}
    acts = (OPEN, DISPATCH, ACCEPT, ("11-02 15:00", "contact"), ("11-03 10:00", "decide_suspension", until))
    late = told(*acts, ("11-09 09:00", "resume"), ("11-09 10:00", "resolve"), until="11-09 11:00")
    assert late[4:6] == [("suspended", "a", "11-03 10:00", "11-07 00:00"), ("work", "a", "11-07 00:00", "11-09 10:00")]
    assert told(*acts, until="11-10 09:00")[4:] == [*late[4:5], ("work", "a", "11-07 00:00", "11-10 09:00")]


def test_a_refused_suspension_is_the_units_time_like_any_other() -> None:
    refused = {"approved": False, "until": at("2026-11-06 24:00").isoformat()}
    acts = (OPEN, DISPATCH, ACCEPT, ("11-02 15:00", "contact"), ("11-03 10:00", "decide_suspension", refused))
    assert told(*acts)[3:] == [("work", "a", "11-02 15:00", "12-31 10:00")]


def test_an_answer_that_does_not_pass_is_worked_on_again() -> None:
    acts = (OPEN, DISPATCH, ACCEPT, ("11-04 10:00", "resolve"), ("11-05 10:00", "review", {"passed": False}))
    assert told(*acts)[-2:] == [
        ("review", None, "11-04 10:00", "11-05 10:00"), ("work", "a", "11-05 10:00", "12-31 10:00")
    ]  # fmt: skip


def test_the_cap_of_a_suspension_is_told_in_utc_however_it_was_written() -> None:
    until = {"approved": True, "until": "2026-11-07T00:00:00+08:00"}
    found = stretches(story(OPEN, DISPATCH, ("11-03 10:00", "decide_suspension", until)), at("2026-11-09 10:00"))
    assert found[2].stage == "suspended"
    assert found[2].end.tzinfo is UTC


def test_what_lies_between_the_end_and_a_reopening_is_nobodys() -> None:
    acts = (OPEN, ("11-02 11:00", "answer"), ("11-03 11:00", "reopen", {"unit": "b"}))
    assert told(*acts, until="11-04 11:00")[1:] == [
        ("ended", None, "11-02 11:00", "11-03 11:00"), ("accept", "b", "11-03 11:00", "11-04 11:00")
    ]  # fmt: skip


@steady
@given(starts, ACTS)
def test_each_instant_belongs_to_one_stage_and_they_add_up_to_the_whole_life(
    calendar: Calendar, start: datetime, acts: list[tuple[int, str, dict[str, Any]]]
) -> None:
    now, events = start, [Event(1, start, "open", {})]
    for seq, (minutes, word, data) in enumerate(acts, 2):
        now += timedelta(minutes=minutes)
        events.append(Event(seq, now, word, data))
    until = now + timedelta(hours=5)
    found = stretches(events, until)
    assert all(one.end == next_.start and one[:2] != next_[:2] for one, next_ in pairwise(found))
    assert all(each.start < each.end and each.stage in STAGES for each in found)
    assert all(each.unit is None or each.stage not in HOTLINES | {"ended"} for each in found)
    if found:
        assert found[0].start == start
        assert found[-1].end <= until
        whole = found[-1].end - start
        assert sum((each.natural for each in taken(found, lambda _: calendar).values()), timedelta(0)) == whole


def test_time_taken_is_counted_by_the_calendar_of_whose_time_it_was(calendar: Calendar) -> None:
    found = stretches(story(OPEN, DISPATCH), at("2026-11-03 10:00"))
    asked: list[str | None] = []

    def calendar_of(unit: str | None) -> Calendar:
        asked.append(unit)
        return calendar

    spent = taken(found, calendar_of)
    assert asked == [None, "a"]
    assert spent["accept"] == (timedelta(hours=23), timedelta(hours=6))
