"""What is wrong in a policy or a calendar is refused by one sentence that names the key and says what is needed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sla.calendar import Calendar
from sla.policy import Policy
from tests.sla.paper import changed, shipped

KINDS = "consultation, help, complaint, report, suggestion, praise, other, information_request, motion, assignment"
MODES = "working_days, working_minutes, natural_minutes, same_day, months, own_date"
LADDERS = "default, dispatch, accept, contact, resolve, review, follow_up, decide, assist, supervise"
GUARDS = (
    "return_working_days, return_working_days_complex, dispatches_before_designation, extension_max_count, "
    "extension_max_working_days, follow_up_tries, mended_within_working_days, suspension_max_count, "
    "suspension_max_working_days, urges_per_day, supervise_working_days"
)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("name", None, "name is missing"),
        ("name", 7, "name: str is needed, not 7"),
        ("source", None, "source is missing"),
        ("source", 7, "source: str is needed, not 7"),
        ("version", 1, "version: str is needed, not 1"),
        ("version", None, "version is missing"),
        ("effective_from", None, "effective_from is missing"),
        ("effective_from", 20180901, "effective_from: str is needed, not 20180901"),
        ("effective_from", "last spring", "effective_from: Invalid isoformat string: 'last spring'"),
        ("counting", None, "counting is missing"),
        ("counting", [], "counting: dict is needed, not []"),
        ("counting.from_next_day", "yes", "counting.from_next_day: bool is needed, not 'yes'"),
        ("counting.from_next_day", None, "counting.from_next_day is missing"),
        ("counting.expires", None, "counting.expires is missing"),
        ("counting.expires", 24, "counting.expires: str is needed, not 24"),
        ("counting.expires", "noon", "counting.expires: 'noon' is none of end_of_day, closing"),
        ("guards", None, "guards is missing"),
        ("guards", [], "guards: dict is needed, not []"),
        ("guards.follow_up_tries", None, "guards.follow_up_tries is missing"),
        ("guards.follow_up_tries", 0, "guards.follow_up_tries: 1 or more is needed, not 0"),
        ("guards.follow_up_tries", True, "guards.follow_up_tries: int is needed, not True"),
        (
            "guards.patience",
            3,
            f"guards.patience is not known; {GUARDS} are",
        ),
        ("clocks", None, "clocks is missing"),
        ("clocks", [], "clocks: dict is needed, not []"),
        ("clocks.review", None, "clocks.review is missing"),
        ("clocks.review", {}, "clocks.review: list is needed, not {}"),
        ("clocks.review", [], "clocks.review: no row for kind consultation and urgency normal"),
        (
            "clocks.snooze",
            [],
            "clocks.snooze is not known; dispatch, accept, contact, resolve, review, follow_up, decide, assist are",
        ),
        ("clocks.assist", {}, "clocks.assist: list is needed, not {}"),
        ("clocks.accept.0", "1 day", "clocks.accept[0]: an object is needed, not '1 day'"),
        (
            "clocks.accept.0.mode",
            "moons",
            f"clocks.accept[0].mode: 'moons' is none of {MODES}",
        ),
        ("clocks.accept.0.mode", None, "clocks.accept[0].mode is missing"),
        ("clocks.accept.0.mode", 1, "clocks.accept[0].mode: str is needed, not 1"),
        ("clocks.accept.0.amount", None, "clocks.accept[0].amount is missing"),
        ("clocks.accept.0.amount", 0, "clocks.accept[0].amount: 1 or more is needed, not 0"),
        ("clocks.accept.0.amount", "1", "clocks.accept[0].amount: int is needed, not '1'"),
        (
            "clocks.accept.1.urgencies",
            ["late"],
            "clocks.accept[1].urgencies: 'late' is none of normal, urgent, utilities",
        ),
        ("clocks.accept.1.urgencies", "late", "clocks.accept[1].urgencies: list is needed, not 'late'"),
        ("clocks.accept.1.urgencies", ["utilities"], "clocks.accept: no row for kind consultation and urgency urgent"),
        (
            "clocks.accept.0.kindz",
            ["help"],
            "clocks.accept[0].kindz is not known; kinds, urgencies, mode, amount, basis are",
        ),
        (
            "clocks.resolve.0.kinds",
            ["gossip"],
            f"clocks.resolve[0].kinds: 'gossip' is none of {KINDS}",
        ),
        ("clocks.resolve.0.kinds", "gossip", "clocks.resolve[0].kinds: list is needed, not 'gossip'"),
        ("ladders", None, "ladders is missing"),
        ("ladders", [], "ladders: dict is needed, not []"),
        ("ladders.default", None, "ladders.default is missing"),
        ("ladders.default", {}, "ladders.default: list is needed, not {}"),
        ("ladders.accept", {}, "ladders.accept: list is needed, not {}"),
        ("ladders.review", [3], "ladders.review[0]: an object is needed, not 3"),
        (
            "ladders.snooze",
            [],
            f"ladders.snooze is not known; {LADDERS} are",
        ),
        ("ladders.default.0", "warn", "ladders.default[0]: an object is needed, not 'warn'"),
        ("ladders.default.0.level", None, "ladders.default[0].level is missing"),
        (
            "ladders.default.0.shout",
            1,
            "ladders.default[0].shout is not known; level, percent, working_days, tell, by are",
        ),
        (
            "ladders.default.0.level",
            "shout",
            "ladders.default[0].level: 'shout' is none of warn, urge, supervise, circulate",
        ),
        (
            "ladders.default.0.percent",
            100,
            "ladders.default[0].percent: below 100, and without working_days, is needed",
        ),
        ("ladders.default.0.percent", 0, "ladders.default[0].percent: 1 or more is needed, not 0"),
        ("ladders.default.0.percent", "75", "ladders.default[0].percent: int is needed, not '75'"),
        ("ladders.default.0.percent", None, "ladders.default[0].working_days is missing"),
        (
            "ladders.default.0.working_days",
            1,
            "ladders.default[0].percent: below 100, and without working_days, is needed",
        ),
        ("ladders.default.1.working_days", 7, "ladders.default: each level once, the earliest step first, is needed"),
        ("ladders.default.1.level", "warn", "ladders.default: each level once, the earliest step first, is needed"),
        ("ladders.default.1.working_days", -1, "ladders.default[1].working_days: 0 or more is needed, not -1"),
        ("ladders.default.1.working_days", "1", "ladders.default[1].working_days: int is needed, not '1'"),
        ("ladders.default.2.tell", ["mayor"], "ladders.default[2].tell: 'mayor' is none of holder, leader, supervisor"),
        ("ladders.default.2.by", ["post"], "ladders.default[2].by: 'post' is none of desk, feed"),
        ("ladders.default.2.by", "desk", "ladders.default[2].by: list is needed, not 'desk'"),
        ("applies_to", {}, "applies_to: a list is needed, not {}"),
        ("applies_to", ["help"], "applies_to[0]: an object is needed, not 'help'"),
        ("applies_to", [{}], "applies_to[0]: one of kind, urgency, matter, source, unit is needed"),
        ("applies_to", [{"kind": "help"}, {}], "applies_to[1]: one of kind, urgency, matter, source, unit is needed"),
        (
            "applies_to",
            [{"kind": "help"}, {"colour": "red"}],
            "applies_to[1].colour is not known; kind, urgency, matter, source, unit are",
        ),
        (
            "applies_to",
            [{"kind": "gossip"}],
            f"applies_to[0].kind: 'gossip' is none of {KINDS}",
        ),
        ("applies_to", [{"urgency": "late"}], "applies_to[0].urgency: 'late' is none of normal, urgent, utilities"),
        ("applies_to", [{"urgency": 3}], "applies_to[0].urgency: str is needed, not 3"),
        ("applies_to", [{"matter": 3}], "applies_to[0].matter: str is needed, not 3"),
    ],
)
def test_what_is_wrong_in_a_policy_is_refused_by_its_name_and_key(path: str, value: object, said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole sentence is compared below
        Policy.parse(changed(path, value))
    assert str(refused.value) == f"policy jinan-2018: {said}"


@pytest.mark.parametrize(("code", "said"), [(None, "?: code is missing"), (7, "7: code: str is needed, not 7")])
def test_a_policy_without_a_name_is_refused_as_such(code: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"^policy {re.escape(said)}$"):
        Policy.parse(changed("code", code))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"hours": [["09:00", "12:00"], ["11:00", "17:00"]]},
            "hours: intervals in order, within 0 and 1440 minutes, are needed, not ((540, 720), (660, 1020))",
        ),
        (
            {"hours": [["09:00", "12:00"], ["12:00", "17:00"]]},
            "hours: intervals in order, within 0 and 1440 minutes, are needed, not ((540, 720), (720, 1020))",
        ),
        (
            {"hours": [["12:00", "09:00"]]},
            "hours: intervals in order, within 0 and 1440 minutes, are needed, not ((720, 540),)",
        ),
        ({"hours": []}, "hours: intervals in order, within 0 and 1440 minutes, are needed, not ()"),
        ({"hours": [["9", "noon"]]}, "calendar: hours: [[\"HH:MM\", \"HH:MM\"], …] is needed, not [['9', 'noon']]"),
        (
            {"hours": [["09:00", "24:01"]]},
            "hours: intervals in order, within 0 and 1440 minutes, are needed, not ((540, 1441),)",
        ),
        (
            {"hours": [["09:75", "12:00"]]},
            "calendar: hours: [[\"HH:MM\", \"HH:MM\"], …] is needed, not [['09:75', '12:00']]",
        ),
        (
            {"hours": [["09:00", "012:00"]]},
            "calendar: hours: [[\"HH:MM\", \"HH:MM\"], …] is needed, not [['09:00', '012:00']]",
        ),
        ({"hours": [[9, 12]]}, 'calendar: hours: [["HH:MM", "HH:MM"], …] is needed, not [[9, 12]]'),
        ({"hours": 8}, 'calendar: hours: [["HH:MM", "HH:MM"], …] is needed, not 8'),
        ({"hours": [["09:00"]]}, 'calendar: hours: [["HH:MM", "HH:MM"], …] is needed, not [[\'09:00\']]'),
        ({"weekdays": []}, "weekdays: one to seven different weekdays are needed, not () (0 is Monday)"),
        ({"weekdays": [0]}, "calendar: weekdays: a list of 1 (Monday) to 7 is needed, not [0]"),
        ({"weekdays": [1, 8]}, "calendar: weekdays: a list of 1 (Monday) to 7 is needed, not [1, 8]"),
        ({"weekdays": [1, 1]}, "weekdays: one to seven different weekdays are needed, not (0, 0) (0 is Monday)"),
        ({"weekdays": "12345"}, "calendar: weekdays: a list of 1 (Monday) to 7 is needed, not '12345'"),
        ({"weekdays": [True]}, "calendar: weekdays: a list of 1 (Monday) to 7 is needed, not [True]"),
        ({"holidays": "no"}, "calendar: holidays: true or false is needed, not 'no'"),
        ({"holidays": 0}, "calendar: holidays: true or false is needed, not 0"),
        ({"zone": "Asia/Atlantis"}, "calendar: zone: 'Asia/Atlantis' is not known"),
        ({"zone": 8}, "calendar: zone: 8 is not known"),
        ({"zone": "../etc"}, "calendar: zone: '../etc' is not known"),
        ({"zone": ""}, "calendar: zone: '' is not known"),
        ({"years": []}, "calendar: years: an object is needed, not []"),
        ({"years": {"26": {}}}, "calendar: years.26: a year from 1949 to 2199 is needed"),
        ({"years": {"1948": {}}}, "calendar: years.1948: a year from 1949 to 2199 is needed"),
        ({"years": {"2200": {}}}, "calendar: years.2200: a year from 1949 to 2199 is needed"),
        ({"years": {"new": {}}}, "calendar: years.new: a year from 1949 to 2199 is needed"),
        ({"years": {"2026": []}}, "calendar: years.2026: an object is needed, not []"),
        (
            {"years": {"2026": {"makeups": ["2026-10-10"]}}},
            "calendar: years.2026.makeups: an object is needed, not ['2026-10-10']",
        ),
        (
            {"years": {"2026": {"holidays": ["2026-10-10"]}}},
            "calendar: years.2026.holidays: an object is needed, not ['2026-10-10']",
        ),
        (
            {"years": {"2026": {"holidays": {"2026-13-01": "元旦"}}}},
            "calendar: years.2026.holidays: month must be in 1..12",
        ),
        (
            {"years": {"2026": {"makeups": {"soon": "元旦"}}}},
            "calendar: years.2026.makeups: Invalid isoformat string: 'soon'",
        ),
        (
            {
                "years": {
                    "2026": {
                        "holidays": {"2026-01-02": "a", "2026-01-01": "a"},
                        "makeups": {"2026-01-01": "b", "2026-01-02": "a"},
                    }
                }
            },
            "holiday and make-up working day at once: 2026-01-01, 2026-01-02",
        ),
    ],
)
def test_what_is_wrong_in_a_calendar_is_refused_by_its_key(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole sentence is compared below
        Calendar.parse({**shipped("calendar.json"), **change})
    assert str(refused.value) == said


@pytest.mark.parametrize("key", ["version", "years"])
def test_a_calendar_without_a_needed_key_is_refused(key: str) -> None:
    document = {k: v for k, v in shipped("calendar.json").items() if k != key}
    with pytest.raises(ValueError, match=f"^calendar: {key} is missing$"):
        Calendar.parse(document)


def test_what_is_no_object_is_no_calendar() -> None:
    with pytest.raises(ValueError, match=r"^calendar: version is missing$"):
        Calendar.parse([])  # type: ignore[arg-type]


def test_the_first_and_the_last_year_that_a_calendar_may_have() -> None:
    assert Calendar.parse({"version": "long", "years": {"1949": {}}}).reach == (1949, 2059)
    assert Calendar.parse({"version": "long", "years": {"2199": {}}}).reach == (2000, 2200)
