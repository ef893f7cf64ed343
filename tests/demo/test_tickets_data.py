"""The demo city's tickets: each entry well formed and playable by the life cycle's own table, and the whole mixed.

Nothing is loaded here: the stories are folded on an empty State, with the real moves, at the times they tell.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hotline import lifecycle
from hotline.lifecycle import Action, Status
from hotline.state import State
from routing.decision import KINDS, URGENCIES

DEMO = Path(__file__).parents[2] / "hotline" / "seeds" / "demo"
CATEGORIES = {
    *("城乡建设", "农村农业", "政法", "教育文体", "劳动和社会保障", "民政", "党务政务", "经济管理"),
    *("卫生计生", "商贸旅游", "环境保护", "交通运输", "纪检监察", "国土资源", "科技与信息产业"),
}
SOURCES = {
    "phone": {"phone"},
    "wechat": {"wechat"},
    "web": {"web"},
    "import": {"message_board", "mayor_mailbox"},
}
FIELDS = {
    *("id", "channel", "source", "days_ago", "time", "title", "name", "phone", "place", "kind"),
    *("confidential", "expect", "story"),
}
PARAMETERS = {
    "accept": set(),
    "assist": {"unit", "text"},
    "answer": {"public_reply"},
    "close": set(),
    "contact": {"text"},
    "decide_exclusion": {"approved", "text"},
    "decide_extension": {"approved", "text"},
    "decide_return": {"approved", "text"},
    "decide_suspension": {"approved", "text"},
    "dispatch": {"unit", "assisting", "complex"},
    "exclude": {"text"},
    "extend": {"days", "text"},
    "feedback": {"text"},
    "follow_up": {"answered", "solved", "satisfied", "level", "text"},
    "merge": {"into"},
    "reject": {"reason", "text"},
    "reopen": {"text"},
    "resolve": {"result", "public_reply"},
    "return": {"text", "proposed_unit"},
    "review": {"passed", "text"},
    "supervise": {"days", "text"},
    "suspend": {"days", "text", "evidence"},
    "urge": {"text"},
    "withdraw": {"text"},
}
BY_A_DISPATCHER = {"dispatch", "answer", "reject"}
"""A story that begins so, or whose `expect.unit` is null, stands at the triage desk first."""

ALLOWANCES = {"complaint": 15, "report": 15, "help": 10, "suggestion": 10, "consultation": 2}
"""Working days to resolve, by kind (policy guangdong-2022)."""

DAY = 24 * 60
LONGEST_HOLIDAY = timedelta(days=13)
"""A suspension of a few working days may have to wait for a long holiday before it resumes by itself."""


@cache
def _files() -> dict[str, list[dict[str, Any]]]:
    paths = sorted((DEMO / "tickets").glob("*.json"))
    return {path.name: json.loads(path.read_text("utf-8")) for path in paths}


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    return tuple(entry for entries in _files().values() for entry in entries)


@cache
def _by_id() -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in _entries()}


@cache
def _units() -> dict[str, str]:
    return {unit["name"]: unit["kind"] for unit in json.loads((DEMO / "units.json").read_text("utf-8"))}


def _begin(entry: dict[str, Any]) -> int:
    """Minutes from the midnight that begins today; negative for the days before."""
    hours, minutes = entry["time"].split(":")
    return int(hours) * 60 + int(minutes) - int(entry["days_ago"]) * DAY


def _timed(entry: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    at = _begin(entry)
    for act in entry["story"]:
        at += act["after_minutes"]
        yield at, act


def _end(entry: dict[str, Any]) -> int:
    return max((at for at, _ in _timed(entry)), default=_begin(entry))


def _event(act: dict[str, Any], state: State) -> dict[str, Any]:
    """The event's data for an act of a story, as the desk would write it."""
    if act["act"] == "dispatch":
        return {
            **{key: act[key] for key in ("unit", "assisting", "complex")},
            **{"kind": state.kind, "urgency": state.urgency, "designated": False},
            "count": state.dispatches + 1,
        }
    if act["act"] == "reopen":
        return {"unit": state.unit}
    return {key: value for key, value in act.items() if key not in ("act", "after_minutes")}


class Play:
    """One entry played on an empty State: `state` at the end, `marks` as (minute, act, status after it)."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.state = State()
        self.marks: list[tuple[int, str, str]] = []
        expect, start = entry["expect"], _begin(entry)
        self._do(start, "open", {"kind": expect["kind"], "urgency": expect["urgency"]})
        if expect["unit"] and (not entry["story"] or entry["story"][0]["act"] not in BY_A_DISPATCHER):
            machine = {"act": "dispatch", "unit": expect["unit"], "assisting": [], "complex": False}
            self._do(start, "dispatch", _event(machine, self.state))
        for at, act in _timed(entry):
            self._do(at, act["act"], _event(act, self.state))
            done = act["act"] == "follow_up" and act["solved"] and act["satisfied"]
            if done and self.state.status != Status.MERGED:
                self._do(at, "close", {})

    def _do(self, at: int, act: str, data: dict[str, Any]) -> None:
        action = Action(act)
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=at)
        if self.state.suspended_until and moment >= self.state.suspended_until:
            lifecycle.apply(self.state, Action.RESUME, moment, {"by_itself": True})
        if action == Action.DECIDE_SUSPENSION:
            data = data | {"until": (moment + LONGEST_HOLIDAY).isoformat()}
        if action != Action.OPEN:
            lifecycle.check(action, self.state)
        if action == Action.CLOSE:
            assert self.state.evaluated or self.state.tries >= 3
        lifecycle.apply(self.state, action, moment, data)
        self.marks.append((at, act, str(self.state.status)))


@cache
def _plays() -> dict[str, Play]:
    return {entry["id"]: Play(entry) for entry in _entries()}


def _share(count: int) -> float:
    return count / len(_entries())


def _surely_longer(minutes: int, working_days: int) -> bool:
    """True when a span exceeds so many working days whatever the weekday it began (a holiday may still excuse it)."""
    return minutes > (working_days * 7 / 5 + 2) * DAY


def _resolved_late(entry: dict[str, Any]) -> bool:
    """Resolved after the allowance of the kind and any extension granted, or still open then."""
    days = ALLOWANCES.get(entry["expect"]["kind"], 10)
    extended = [act for act in entry["story"] if act["act"] == "extend"]
    granted = any(act["act"] == "decide_extension" and act["approved"] for act in entry["story"])
    days += extended[0]["days"] if granted else 0
    play = _plays()[entry["id"]]
    sent = next((at for at, act, _ in play.marks if act == "dispatch"), None)
    if sent is None or play.state.status in (Status.MERGED, Status.WITHDRAWN):
        return False
    done = next((at for at, act, _ in play.marks if act == "resolve"), 0)
    return _surely_longer(done - sent, days)


def _accepted_late(entry: dict[str, Any]) -> bool:
    marks = _plays()[entry["id"]].marks
    sent = next((at for at, act, _ in marks if act == "dispatch"), None)
    taken = next((at for at, act, _ in marks if act in ("accept", "return", "merge", "withdraw")), 0)
    return sent is not None and _surely_longer(taken - sent, 1)


def test_there_are_two_hundred_to_two_hundred_and_twenty_tickets_in_files_a_person_can_read() -> None:
    assert 200 <= len(_entries()) <= 220
    for path in (DEMO / "tickets").glob("*.json"):
        assert len(path.read_text("utf-8").splitlines()) <= 400, path.name


def test_ids_are_unique() -> None:
    repeated = [name for name, count in Counter(entry["id"] for entry in _entries()).items() if count > 1]
    assert repeated == []


@pytest.mark.parametrize("name", _files())
def test_each_entry_has_the_fields_that_the_loader_reads(name: str) -> None:
    for entry in _files()[name]:
        said = "transcript" if entry["channel"] == "phone" else "content"
        assert set(entry) == FIELDS | {said}, entry["id"]
        assert entry["source"] in SOURCES[entry["channel"]], entry["id"]
        assert 0 <= entry["days_ago"] <= 60, entry["id"]
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", entry["time"]), entry["id"]
        assert re.fullmatch(r"13[89]0000\d{4}", entry["phone"]), entry["id"]
        assert entry["name"], entry["id"]
        assert entry[said], entry["id"]
        assert entry["kind"] is None or entry["kind"] in KINDS, entry["id"]
        assert isinstance(entry["confidential"], bool), entry["id"]


@pytest.mark.parametrize("name", _files())
def test_each_expectation_names_a_unit_category_kind_and_urgency_that_exist(name: str) -> None:
    for entry in _files()[name]:
        expect = entry["expect"]
        assert set(expect) == {"unit", "category", "kind", "urgency"}, entry["id"]
        level = "district" if expect["unit"] is None else _units()[expect["unit"]]
        assert level in ("district", "department", "enterprise"), entry["id"]
        assert expect["category"] in CATEGORIES, entry["id"]
        assert expect["kind"] in KINDS, entry["id"]
        assert expect["urgency"] in URGENCIES, entry["id"]


@pytest.mark.parametrize("name", _files())
def test_each_act_carries_its_own_parameters(name: str) -> None:
    for entry in _files()[name]:
        for act in entry["story"]:
            assert set(act) == {"act", "after_minutes"} | PARAMETERS[act["act"]], entry["id"]
            assert isinstance(act["after_minutes"], int), entry["id"]
            assert act["after_minutes"] > 0, entry["id"]
            for words in ("text", "result", "public_reply"):
                assert act.get(words, "said").strip(), entry["id"]
            for unit in (act.get("unit"), act.get("proposed_unit"), *act.get("assisting", ())):
                assert unit is None or unit in _units(), entry["id"]
            assert act.get("reason", "repeat") in lifecycle.REJECT_REASONS, entry["id"]
            assert 1 <= act.get("days", 1) <= 10, entry["id"]


@pytest.mark.parametrize("name", _files())
def test_each_story_is_allowed_by_the_life_cycle_and_lies_in_the_past(name: str) -> None:
    for entry in _files()[name]:
        play = _plays()[entry["id"]]
        assert play.state.extensions <= 1, entry["id"]
        latest = 0 if entry["days_ago"] else 6 * 60
        assert _end(entry) <= latest, f"{entry['id']} is not over before today, or before six in the morning"


@pytest.mark.parametrize("name", _files())
def test_an_evaluation_says_what_its_level_means(name: str) -> None:
    for entry in _files()[name]:
        for act in entry["story"]:
            if act["act"] != "follow_up":
                continue
            if act["answered"]:
                assert isinstance(act["solved"], bool), entry["id"]
                assert act["satisfied"] is (act["level"] >= 3), entry["id"]
            else:
                assert (act["solved"], act["satisfied"], act["level"]) == (None, None, None), entry["id"]


def test_a_unit_returns_a_ticket_within_a_day_of_its_dispatch() -> None:
    returns = 0
    for play in _plays().values():
        for (sent, before, _), (asked, act, _) in zip(play.marks, play.marks[1:], strict=False):
            if act == "return":
                returns += 1
                assert before in ("dispatch", "accept")
                assert asked - sent <= DAY
    assert returns >= 4


def test_an_extension_is_asked_before_the_deadline_could_have_passed() -> None:
    asked = 0
    for entry in _entries():
        play = _plays()[entry["id"]]
        sent = next((at for at, act, _ in play.marks if act == "dispatch"), 0)
        for at, act, _ in play.marks:
            if act == "extend":
                asked += 1
                assert at - sent <= ALLOWANCES[entry["expect"]["kind"]] * DAY
    assert asked >= 6


def test_a_ticket_is_merged_into_an_earlier_one_that_is_still_open() -> None:
    merged = 0
    for entry in _entries():
        for at, act in _timed(entry):
            if act["act"] != "merge":
                continue
            merged += 1
            parent = _by_id()[act["into"]]
            assert _begin(parent) < _begin(entry)
            statuses = [status for when, _, status in _plays()[parent["id"]].marks if when <= at]
            assert Status(statuses[-1]) in lifecycle.OPEN
    assert merged >= 5


def test_the_caller_of_a_merged_ticket_is_asked_after_the_reply_was_reviewed() -> None:
    asked = 0
    for entry in _entries():
        into = next((act["into"] for act in entry["story"] if act["act"] == "merge"), None)
        for at, act in _timed(entry):
            if into and act["act"] == "follow_up":
                asked += 1
                statuses = [status for when, _, status in _plays()[into].marks if when <= at]
                assert Status(statuses[-1]) in (Status.REVIEWED, Status.CLOSED)
    assert asked >= 3


def test_emergencies_and_outages_are_taken_within_minutes() -> None:
    hasty = 0
    for entry in _entries():
        limit = {"urgent": 15, "utilities": 30}.get(entry["expect"]["urgency"])
        first = entry["story"][0] if entry["story"] else None
        if limit and first and first["act"] == "accept":
            hasty += 1
            assert first["after_minutes"] <= limit, entry["id"]
    assert hasty >= 8


def test_no_public_reply_tells_who_wrote() -> None:
    for entry in _entries():
        for act in entry["story"]:
            reply = act.get("public_reply", "")
            assert entry["name"] not in reply
            assert not re.search(r"1\d{10}", reply)


def test_no_two_public_replies_are_the_same() -> None:
    replies = [act["public_reply"] for entry in _entries() for act in entry["story"] if "public_reply" in act]
    assert len(replies) > 120
    assert len(set(replies)) == len(replies)


def test_a_transcript_is_a_talk_of_six_to_fourteen_turns_by_both() -> None:
    for entry in _entries():
        if entry["channel"] != "phone":
            continue
        turns = entry["transcript"].split("\n")
        assert 6 <= len(turns) <= 14, entry["id"]
        assert turns[0].startswith("坐席：")
        assert {turn[:3] for turn in turns} == {"坐席：", "市民："}


@pytest.mark.parametrize(
    ("status", "low", "high"),
    [
        (Status.CLOSED, 0.55, 0.65),
        (Status.REVIEWED, 0.05, 0.10),
        (Status.RESOLVED, 0.05, 0.10),
        (Status.ACCEPTED, 0.09, 0.15),
        (Status.DISPATCHED, 0.05, 0.09),
        (Status.RECEIVED, 0.02, 0.04),
        (Status.REJECTED, 0.01, 0.04),
        (Status.WITHDRAWN, 0.005, 0.02),
        (Status.MERGED, 0.02, 0.04),
    ],
)
def test_the_tickets_end_in_all_states_in_the_shares_of_a_living_desk(status: Status, low: float, high: float) -> None:
    ends = Counter(str(play.state.status) for play in _plays().values())
    assert low <= _share(ends[status]) <= high


@pytest.mark.parametrize(
    ("channel", "low", "high"),
    [("phone", 0.30, 0.40), ("wechat", 0.30, 0.40), ("web", 0.20, 0.32), ("import", 0.03, 0.07)],
)
def test_the_channels_have_their_shares(channel: str, low: float, high: float) -> None:
    assert low <= _share(sum(entry["channel"] == channel for entry in _entries())) <= high


def test_some_are_answered_at_once_sent_back_by_the_review_reopened_or_closed_unevaluated() -> None:
    acts = Counter(act["act"] for entry in _entries() for act in entry["story"])
    assert acts["answer"] >= 4
    assert acts["reopen"] >= 2
    failed = [act for entry in _entries() for act in entry["story"] if act.get("passed") is False]
    assert len(failed) >= 3
    unreached = [play for play in _plays().values() if play.state.status == Status.CLOSED and play.state.tries >= 3]
    assert len(unreached) >= 3


def test_about_one_ticket_in_twelve_broke_a_limit() -> None:
    late = [entry["id"] for entry in _entries() if _resolved_late(entry) or _accepted_late(entry)]
    assert 0.05 <= _share(len(late)) <= 0.13


def test_most_evaluations_are_satisfied_and_some_are_not() -> None:
    told = [act for entry in _entries() for act in entry["story"] if act["act"] == "follow_up" and act["answered"]]
    unsatisfied = [act for act in told if not act["satisfied"]]
    assert 0.04 <= len(unsatisfied) / len(told) <= 0.2


def test_all_categories_districts_and_kinds_and_nearly_all_units_have_tickets() -> None:
    expects = [entry["expect"] for entry in _entries()]
    named = {expect["unit"] for expect in expects}
    districts = {name for name, kind in _units().items() if kind == "district"}
    others = {name for name, kind in _units().items() if kind in ("department", "enterprise")}
    assert {expect["category"] for expect in expects} == CATEGORIES
    assert {expect["kind"] for expect in expects} == set(KINDS)
    assert {expect["urgency"] for expect in expects} == set(URGENCIES)
    assert districts <= named
    assert len(others & named) >= 0.9 * len(others)


def test_reporters_of_wrongdoing_may_be_confidential() -> None:
    hidden = [entry for entry in _entries() if entry["confidential"]]
    assert len(hidden) >= 8
    assert {entry["expect"]["kind"] for entry in hidden} >= {"report"}


def test_lengths_and_scripts_vary_as_people_do() -> None:
    said = [entry.get("content") or entry["transcript"] for entry in _entries()]
    assert min(map(len, said)) <= 20
    assert sum(len(text) <= 60 for text in said) >= 30
    assert max(map(len, said)) >= 2000
    assert any("麻煩" in text for text in said), "somebody writes in Traditional characters"
    assert any("８" in text for text in said), "somebody types full-width digits"
    assert max(len(entry["name"]) for entry in _entries()) >= 18


def test_most_people_write_by_day_and_a_few_by_night() -> None:
    hours = [int(entry["time"][:2]) for entry in _entries()]
    night = [hour for hour in hours if hour >= 22 or hour < 6]
    assert 0.04 <= len(night) / len(hours) <= 0.2


def test_the_last_sixty_days_all_have_tickets() -> None:
    decades = Counter(min(entry["days_ago"] // 10, 5) for entry in _entries())
    assert min(decades[decade] for decade in range(6)) >= 15


def test_the_three_published_cases_are_there() -> None:
    potholes, insurance, wages = (_by_id()[name] for name in ("roads-01", "health-01", "labour-01"))
    assert potholes["expect"]["unit"] == "乌当区人民政府"
    assert insurance["expect"]["unit"] == "贵阳市医疗保障局"
    assert insurance["time"] == "11:19"
    assert [act["act"] for act in insurance["story"]][:3] == ["accept", "contact", "resolve"]
    assert sum(act["after_minutes"] for act in insurance["story"][:3]) == 55
    assert wages["expect"]["unit"] == "贵阳高新区管委会"
    assert "动力小镇" in wages["place"]
