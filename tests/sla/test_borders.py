"""Where one value more or less would be another rule: guards left out, kinds without a row, the last published day."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import Clock, Event
from tests.sla.paper import at, shipped


def _policy(**guards: int) -> Policy:
    document = shipped("policies/guangdong-2022.json")
    kept = {name: value for name, value in document["guards"].items() if not name.startswith(("suspension", "urges"))}
    return Policy.parse({**document, "guards": kept | guards})


def test_a_guard_that_the_document_gives_holds_and_one_that_it_leaves_out_has_its_default() -> None:
    guards = _policy(suspension_max_working_days=45).guards
    assert (guards.suspension_max_working_days, guards.suspension_max_count, guards.urges_per_day) == (45, 1, 1)
    assert _policy(urges_per_day=3).guards.urges_per_day == 3


def test_only_the_contact_of_kinds_without_a_citizen_may_have_no_row() -> None:
    document = shipped("policies/guangdong-2022.json")
    for clock, kind in (("contact", "help"), ("resolve", "motion")):
        rows = [dict(row) for row in document["clocks"][clock]]
        for row in rows:
            row["kinds"] = [each for each in row.get("kinds", ["help", "motion"]) if each != kind]
        with pytest.raises(ValueError, match=f"no row for kind {kind}"):
            Policy.parse({**document, "clocks": {**document["clocks"], clock: rows}})


def test_a_deadline_on_the_last_published_day_is_not_provisional_and_one_on_the_next_is(calendar: Calendar) -> None:
    last = calendar.after_working_days(at("2026-12-30 10:00"), 1)
    assert (calendar.local(last.at).date().isoformat(), last.provisional) == ("2027-01-01", False)
    assert calendar.after_working_days(at("2026-12-30 10:00"), 2).provisional
    assert not calendar.after_working_minutes(at("2026-12-31 16:00"), 60).provisional
    assert calendar.holidays is True


def _sum(start: str, calendar: Calendar, **counting: object) -> list[str]:
    """What counts, line by line, of one working day for the review of an answer given at `start`."""
    document = {**shipped("policies/guangdong-2022.json"), "counting": counting}
    acts = [("open", {"kind": "complaint", "urgency": "normal"}), ("dispatch", {"unit": "a"}), ("resolve", {})]
    events = [Event(seq, at(start), action, data) for seq, (action, data) in enumerate(acts, 1)]
    found = clocks(events, Fixed(Policy.parse(document), calendar), explain=True)
    return list(next(clock.sum for clock in found if clock.name == "review"))[2:5]


def test_a_start_at_closing_time_still_has_that_day_and_one_after_it_the_next(calendar: Calendar) -> None:
    same_day = {"from_next_day": False, "expires": "closing"}
    assert _sum("2026-11-02 17:00", calendar, **same_day) == [
        "自起算当日起计",
        "11月2日 周一：计 1 日，累计 1 日",
        "合计：1 个工作日",
    ]
    assert _sum("2026-11-02 17:01", calendar, **same_day) == [
        "起算时已下班，次日起计",
        "11月3日 周二：计 1 日，累计 1 日",
        "合计：1 个工作日",
    ]


def test_a_count_that_begins_in_the_next_year_names_it(calendar: Calendar) -> None:
    first = _sum("2025-12-31 10:00", calendar, from_next_day=True, expires="end_of_day")[1]
    assert first.startswith("2026年1月1日 周四")


class _Two(NamedTuple):
    """The city's calendar, and another of the same days for every unit."""

    one: Policy
    city: Calendar

    def policy(self, stamp: str) -> Policy:
        return self.one

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        return Calendar.of("units", self.city.years) if unit else self.city


def _suspended(calendar: Calendar, **data: Any) -> list[Clock]:
    opened = Event(1, at("2026-11-02 10:00"), "open", {"kind": "complaint", "urgency": "normal"})
    given = Event(2, at("2026-11-02 10:30"), "dispatch", {"unit": "a"})
    decided = Event(3, at("2026-11-03 10:00"), "decide_suspension", data)
    rules = _Two(Policy.parse(shipped("policies/guangdong-2022.json")), calendar)
    return [clock for clock in clocks([opened, given, decided], rules) if clock.name == "suspend"]


def test_a_suspension_runs_to_its_cap_under_the_units_calendar_and_says_its_days(calendar: Calendar) -> None:
    (cap,) = _suspended(calendar, approved=True, days=3, until="2026-11-07T00:00")
    assert (cap.due_at, cap.allowance, cap.calendar) == (at("2026-11-07 00:00"), "3 个工作日", "units")
    (bare,) = _suspended(calendar, approved=True, until="2026-11-05T00:00+08:00")
    assert bare.allowance == "1 个工作日"


def test_no_suspension_begins_without_an_approval_or_without_an_end(calendar: Calendar) -> None:
    assert not _suspended(calendar, approved=False, days=3, until="2026-11-07T00:00")
    assert not _suspended(calendar, approved=True, days=3)
