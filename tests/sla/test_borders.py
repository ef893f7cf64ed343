"""Where one value more or less would be another rule: guards left out, kinds without a row, the last published day."""

from __future__ import annotations

import pytest

from sla.calendar import Calendar
from sla.policy import Policy
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
