"""Editions of the calendar and versions of policies: what was published then can be counted with today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from hotline.rulebook import CITY, HoursRow, Rulebook, YearRow
from sla.policy import Policy
from tests.hotline.city import at
from tests.sla.paper import shipped

CITY_HOURS = (("09:00", "12:00"), ("13:00", "17:00"))
EARLY = {"hours": [["08:00", "12:00"]], "weekdays": [1, 2, 3, 4, 5, 6], "holidays": True}
ROUND_THE_CLOCK = {"hours": [["00:00", "24:00"]], "weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False}
NONE: dict[str, Any] = {"notice": "n", "holidays": {}, "makeups": {}}
FREE_MONDAY = NONE | {"holidays": {"2026-06-08": "测试假"}}
MADE_UP = NONE | {"holidays": {"2027-01-01": "元旦"}, "makeups": {"2027-01-02": "元旦"}}


def rulebook(*rows: YearRow | HoursRow, **policies: Policy) -> Rulebook:
    years = [row for row in rows if isinstance(row, YearRow)]
    hours = [row for row in rows if isinstance(row, HoursRow)]
    return Rulebook(policies, years, hours, CITY_HOURS)


def due(rules: Rulebook, edition: str, start: str, days: int = 1, unit: str | None = None) -> datetime:
    return rules.calendar(edition, unit).after_working_days(at(start), days).at


BOOK = rulebook(
    YearRow(2025, 1, 1, NONE),
    YearRow(2026, 1, 1, NONE),
    HoursRow("town", 1, 2, EARLY),
    YearRow(2026, 2, 3, FREE_MONDAY),
    YearRow(2027, 1, 4, MADE_UP),
    HoursRow("town", 2, 5, ROUND_THE_CLOCK),
)


def test_editions_are_named_by_their_last_year_and_their_number() -> None:
    assert list(BOOK.editions) == ["cn-2026", "cn-2026+1", "cn-2026+2", "cn-2027+3", "cn-2027+4"]
    assert list(BOOK.editions.values()) == [1, 2, 3, 4, 5]
    assert (BOOK.first, BOOK.current) == ("cn-2026", "cn-2027+4")
    assert {name: BOOK.calendar(name).version for name in BOOK.editions} == {name: name for name in BOOK.editions}


def test_a_house_with_no_calendar_has_a_first_edition_that_is_provisional() -> None:
    rules = rulebook()
    assert (rules.first, rules.current) == ("cn-0", "cn-0")
    assert rules.calendar("").after_working_days(at("2026-06-01 10:00"), 1).provisional


def test_the_newest_version_of_a_year_wins_and_the_old_edition_still_counts_as_it_did() -> None:
    assert due(BOOK, "cn-2026", "2026-06-05 10:00") == at("2026-06-09 00:00")
    assert due(BOOK, "cn-2026+2", "2026-06-05 10:00") == at("2026-06-10 00:00")
    assert due(BOOK, "cn-2027+4", "2026-06-05 10:00") == at("2026-06-10 00:00")
    assert due(BOOK, "cn-2026", "2026-06-05 10:00") == at("2026-06-09 00:00")


def test_no_name_is_the_first_edition() -> None:
    assert BOOK.calendar("").version == "cn-2026"
    assert BOOK.calendar("") is BOOK.calendar("cn-2026")


def test_a_year_is_provisional_until_its_edition() -> None:
    start = at("2026-12-31 10:00")
    before, after = (BOOK.calendar(name).after_working_days(start, 1) for name in ("cn-2026+2", "cn-2027+3"))
    assert (before.at, before.provisional) == (at("2027-01-05 00:00"), True)
    assert (after.at, after.provisional) == (at("2027-01-03 00:00"), False)


def test_a_unit_lives_by_its_own_hours_from_their_edition_on() -> None:
    friday = "2026-06-12 10:00"
    assert due(BOOK, "cn-2026", friday, unit="town") == at("2026-06-16 00:00")
    assert due(BOOK, "cn-2026+1", friday, unit="town") == at("2026-06-14 00:00")
    assert due(BOOK, "cn-2027+4", "2026-06-13 10:00", unit="town") == at("2026-06-15 00:00")
    assert due(BOOK, "cn-2027+4", friday, unit="elsewhere") == at("2026-06-16 00:00")
    assert due(BOOK, "cn-2027+4", friday) == at("2026-06-16 00:00")


def test_units_without_hours_of_their_own_share_the_citys_calendar() -> None:
    assert BOOK.calendar("cn-2026+1", "x") is BOOK.calendar("cn-2026+1", "y") is BOOK.calendar("cn-2026+1")
    assert BOOK.calendar("cn-2026+1", "town") is not BOOK.calendar("cn-2026+1")


def test_the_citys_own_hours_take_the_place_of_the_settings_from_their_edition_on() -> None:
    rules = rulebook(YearRow(2026, 1, 1, NONE), HoursRow(CITY, 1, 2, EARLY))
    for edition, minutes in (("cn-2026", 7 * 60), ("cn-2026+1", 4 * 60)):
        for unit in (None, "town"):
            day = rules.calendar(edition, unit).working_minutes(at("2026-06-01 00:00"), at("2026-06-02 00:00"))
            assert day == minutes
    assert rules.document(2)["weekdays"] == [1, 2, 3, 4, 5, 6]
    assert "weekdays" not in rules.document(1)


def test_an_edition_or_a_policy_that_never_was_is_an_error() -> None:
    for unknown in ("cn-2028+7", "cn-2026+9"):
        with pytest.raises(LookupError):
            BOOK.calendar(unknown)
    with pytest.raises(LookupError):
        BOOK.policy("never@1")


def test_it_knows_what_it_has() -> None:
    rules = rulebook(YearRow(2026, 1, 1, NONE), **{"a@1": version("a", "1", "2026-01-01")})
    assert rules.knows("", "")
    assert rules.knows("cn-2026", "a@1")
    assert not rules.knows("cn-2027+1", "")
    assert not rules.knows("", "a@2")


# Policies


def version(code: str, number: str, effective_from: str) -> Policy:
    row = {"code": code, "version": number, "effective_from": effective_from}
    return Policy.parse({**shipped("policies/guangdong-2022.json"), **row})


def in_force(*policies: Policy, on: str) -> dict[str, str]:
    rules = rulebook(**{policy.stamp: policy for policy in policies})
    return {policy.code: policy.version for policy in rules.policies_on(date.fromisoformat(on))}


def test_of_each_set_the_newest_version_that_has_begun_is_in_force() -> None:
    sets = (
        version("a", "1", "2026-01-01"),
        version("a", "2", "2026-06-01"),
        version("a", "10", "2026-06-01"),
        version("b", "1", "2026-03-01"),
    )
    assert in_force(*sets, on="2026-05-31") == {"a": "1", "b": "1"}
    assert in_force(*sets, on="2026-06-01") == {"a": "10", "b": "1"}
    assert in_force(*reversed(sets), on="2026-06-01") == {"a": "10", "b": "1"}


def test_before_a_set_has_begun_its_first_version_stands_in() -> None:
    sets = (version("a", "2", "2027-01-01"), version("a", "1", "2026-01-01"))
    assert in_force(*sets, on="2025-12-31") == {"a": "1"}
    assert in_force(*sets, on="2026-12-31") == {"a": "1"}
    assert in_force(*sets, on="2027-01-01") == {"a": "2"}
