"""What a lawyer does with a sum: read its lines, count the days and minutes that they name, and compare with the
deadline. The reader knows the words of the lines and the raw notices, and nothing of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.values import Clock, Event
from tests.sla.paper import at, shipped, steady, works

ALL_WEEK = [1, 2, 3, 4, 5, 6, 7]
LOCAL_DAYS = {"2026-06-03": "本市活动日", "2026-06-09": "本市活动日"}
_DAY = r"(?:(\d{4})年)?(\d+)月(\d+)日 周."
_STRETCH = re.compile(rf"{_DAY}(?:至{_DAY})?：(.*)")
_COUNT = re.compile(r"计 (\d+) 日，累计 (\d+) 日$")
_HOURS = re.compile(r"(\d\d:\d\d(?::\d\d)?)—(\d\d:\d\d(?::\d\d)?)")
_AT = re.compile(r"(\d{4})年(\d+)月(\d+)日 周. (\d\d:\d\d(?::\d\d)?)")
_LENGTH = re.compile(r"(?:(\d+) 小时)?(?: ?(\d+) 分钟)?(?: ?(\d+) 秒)?$")


class Unit(NamedTuple):
    """Who works how: what its calendar is parsed with, and whether it works on a day, straight from the notices."""

    keys: Mapping[str, Any]
    works: Callable[[date], bool]


def _on_saturdays(day: date) -> bool:
    holidays, _ = days_named()
    return works(day) or (day.weekday() == 5 and day not in holidays)


@cache
def days_named() -> tuple[set[date], set[date]]:
    years = shipped("calendar.json")["years"].values()
    return (
        {date.fromisoformat(day) for year in years for day in year["holidays"]},
        {date.fromisoformat(day) for year in years for day in year["makeups"]},
    )


UNITS = {
    "office": Unit({}, works),
    "saturdays": Unit({"weekdays": [1, 2, 3, 4, 5, 6]}, _on_saturdays),
    "always": Unit({"weekdays": ALL_WEEK, "holidays": False, "hours": [["00:00", "24:00"]]}, lambda _: True),
}


@cache
def edition_of(edition: str, unit: str) -> Calendar:
    document = shipped("calendar.json")
    year = document["years"]["2026"]
    more = {**year, "holidays": {**year["holidays"], **LOCAL_DAYS}} if edition == "second" else year
    years = {**document["years"], "2026": more}
    return Calendar.parse({**document, "version": edition, "years": years, **UNITS[unit].keys})


@dataclass
class Editions:
    """Two editions of the calendar: the second has two local days off more."""

    policy_: Policy
    unit: Unit

    def policy(self, _stamp: str) -> Policy:
        return self.policy_

    def calendar(self, edition: str, _unit: str | None = None) -> Calendar:
        return edition_of(edition or "first", next(name for name in UNITS if UNITS[name] is self.unit))

    def works(self, day: date, edition: str) -> bool:
        closed = edition == "second" and str(day) in LOCAL_DAYS and self.unit.keys.get("holidays", True)
        return self.unit.works(day) and not closed


def moments(line: str) -> list[datetime]:
    """The instants that a line names."""
    return [at(f"{int(y):04}-{int(m):02}-{int(d):02} {time}") for y, m, d, time in _AT.findall(line)]


def length(text: str) -> timedelta:
    """2 小时 5 分钟."""
    found = _LENGTH.search(text)
    assert found
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@dataclass
class Section:
    """One list of days with its total: the days that count, or the office time and where it ended."""

    days: list[date] = field(default_factory=list)
    first: date | None = None
    last: date | None = None
    spent: timedelta = timedelta(0)
    until: datetime | None = None


class Reader:
    """Adds up the lines of one sum; every line's own numbers are checked on the way."""

    def __init__(self, lines: Sequence[str], works: Callable[[date], bool]) -> None:
        self.lines, self.works = lines, works
        self.start = moments(next(line for line in lines if line.startswith("起算：")))[0]
        self.year = int(re.findall(r"\d{4}", lines[1])[0])

    def sections(self, lines: Sequence[str]) -> Iterator[Section]:
        section = Section()
        for line in lines:
            if line.startswith("合计："):
                self._check_total(section, line.removeprefix("合计："))
                yield section
                section = Section()
            elif found := _STRETCH.fullmatch(line):
                self._add(section, found)

    def _add(self, section: Section, found: re.Match[str]) -> None:
        y1, m1, d1, y2, m2, d2, rest = found.groups()
        first = date(int(y1 or self.year), int(m1), int(d1))
        last = date(int(y2 or first.year), int(m2), int(d2)) if m2 else first
        assert section.last is None or first == section.last + timedelta(days=1), "no day is left out"
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        if count := _COUNT.search(rest):
            assert len(days) == int(count[1])
            section.days += days
            assert len(section.days) == int(count[2])
            assert all(map(self.works, days))
        elif spans := _HOURS.findall(rest):
            self._add_hours(section, first, spans, rest)
        elif not rest.endswith("起算时已下班，不计"):
            assert rest.endswith("不计")
            assert not any(map(self.works, days))
        section.first, section.last = section.first or first, last

    def _add_hours(self, section: Section, day: date, spans: list[tuple[str, str]], rest: str) -> None:
        assert self.works(day)
        ends = [(at(f"{day} {opens}"), at(f"{day} {closes}")) for opens, closes in spans]
        counted = sum((b - a for a, b in ends), timedelta(0))
        section.spent += counted
        section.until = ends[-1][1]
        said, total = rest.split("计 ", 1)[1].split("，累计 ")
        assert (length(said), length(total)) == (counted, section.spent)

    def _check_total(self, section: Section, said: str) -> None:
        if said.endswith("个工作日"):
            assert int(said.partition(" ")[0]) == len(section.days)
        elif section.spent:
            assert length(said) == section.spent

    def due(self) -> datetime:
        """The deadline by what stands there, line by line."""
        due, lines = None, list(self.lines)
        while lines:
            head = lines.pop(0)
            if "批准延期" in head:
                due = self._extended(due, head, lines)
            elif head.endswith("，不计" + _number(head)) and "挂账" in head:
                due = self._suspended(due, head, lines)
            elif "以此为准" in head or "计至重算当日" in head:
                due = moments(head)[0]
            elif head.startswith("昼夜连续计算"):
                due = self.start + length(head.rpartition("共 ")[2])
            elif due is None and (_STRETCH.fullmatch(head)):
                (section, *_) = self.sections([head, *lines])
                due = section.until or end_of(section.days[-1])
                self._check_first(section, due)
        assert due is not None
        return due

    def _check_first(self, section: Section, due: datetime) -> None:
        started = section.first
        assert started is not None
        assert at(f"{started} 00:00") <= self.start + timedelta(days=1) <= due + timedelta(days=1)

    def _extended(self, due: datetime | None, head: str, lines: list[str]) -> datetime:
        assert due is not None
        days = re.search(r"延期 (\d+) 个工作日", head)
        (section, *_) = self.sections(lines)
        assert days
        assert len(section.days) == int(days[1])
        assert section.first == _next_day(due)
        return end_of(section.days[-1])

    def _suspended(self, due: datetime | None, head: str, lines: list[str]) -> datetime:
        assert due is not None
        since, until = moments(head)
        kind = lines[0]
        told = next(line for line in lines if line.startswith("时限"))
        if kind.startswith("挂账共"):
            assert length(kind.partition("挂账共 ")[2].partition("，")[0]) == until - since
            due += until - since
        elif kind.startswith("挂账时还没有用"):
            left, rest, *_ = self.sections(lines)
            assert left.spent == rest.spent
            due = rest.until or (due if left.spent else until)
        elif kind.startswith("挂账期间结束的工作日"):
            ended, back, *_ = self.sections(lines)
            assert len(ended.days) == len(back.days) > 0
            assert all(since < end_of(day) <= until for day in ended.days)
            assert back.first == _next_day(due)
            due = end_of(back.days[-1])
        else:
            started = (self.start + timedelta(hours=8)).date()
            assert not any(self.works(day) for day in _days_ended(since, until) if day != started)
        assert told == "时限不变" or moments(told)[1] == due
        return due


def _number(head: str) -> str:
    return head[head.rindex("（") :] if "（" in head else ""


def _days_ended(since: datetime, until: datetime) -> list[date]:
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(600)]
    return [day for day in days if since < end_of(day) <= until]


def end_of(day: date) -> datetime:
    return at(f"{day} 24:00")


def _next_day(due: datetime) -> date:
    local = due - timedelta(microseconds=1) + timedelta(hours=8)
    return local.date() + timedelta(days=1)


def read(clock: Clock, rules: Editions) -> datetime:
    """The deadline as a reader of the sum adds it up; the sum names the same one at its end."""
    reader = Reader(clock.sum, lambda day: rules.works(day, clock.calendar))
    due = reader.due()
    assert moments(next(line for line in clock.sum if re.match("时限：", line))) == [due]
    return due


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["extend", "suspend", "resume", "recompute", "absorb", "reject_answer"]),
        st.integers(1, 9000),
        st.integers(1, 20),
    ),
    max_size=5,
)
STARTS = st.datetimes(datetime(2026, 5, 10), datetime(2026, 11, 1)).map(  # noqa: DTZ001 - localised in the next line
    lambda each: at(each.replace(microsecond=0).isoformat(" "))
)


def history(start: datetime, kind: str, acts: Sequence[tuple[str, int, int]], rules: Editions) -> list[Event]:
    """A dispatch and what may follow it while the clock of the answer runs and is not breached."""
    events = [
        Event(1, start, "open", {"kind": kind}),
        Event(2, start, "dispatch", {"unit": "a", "assisting": ["b"]}),
    ]
    for word, minutes, days in acts:
        now = events[-1].at + timedelta(minutes=minutes)
        for data in _data(events, word, now, days, rules):
            events.append(Event(len(events) + 1, now, *data))
    return events


def _data(events: list[Event], word: str, now: datetime, days: int, rules: Editions) -> Iterator[tuple[str, Any]]:
    found = clocks(events, rules)
    answer, stands = next(c for c in found if c.name == "resolve"), [c for c in found if c.name == "suspend"]
    suspended = bool(stands) and stands[-1].running and now < stands[-1].due_at
    if stands and stands[-1].running and (word == "resume" or not suspended):
        yield "resume", {}
    elif suspended or now > answer.due_at:
        return
    elif word == "extend":
        yield "extend", {"days": days}
        yield "decide_extension", {"approved": True, "days": days}
    elif word == "suspend":
        until = rules.calendar("").after_working_days(now, days).at
        yield "suspend", {"days": days}
        yield "decide_suspension", {"approved": True, "days": days, "until": until.isoformat()}
    elif word == "recompute":
        yield "recompute", {"calendar": "second"}
    elif word == "absorb":
        yield "absorb", {"child": 9, "due_at": (now + timedelta(days=days)).isoformat()}


@pytest.mark.parametrize("unit", list(UNITS))
@steady
@given(STARTS, st.sampled_from(["consultation", "help", "complaint"]), ACTS)
def test_working_days_add_up_to_the_deadline(
    policy: Policy, unit: str, start: datetime, kind: str, acts: list[tuple[str, int, int]]
) -> None:
    rules = Editions(policy, UNITS[unit])
    for clock in clocks(history(start, kind, acts, rules), rules, explain=True):
        if clock.name in ("resolve", "assist", "accept"):
            assert read(clock, rules) == clock.due_at


@pytest.mark.parametrize("mode", ["working_minutes", "natural_minutes"])
@pytest.mark.parametrize("unit", list(UNITS))
@steady
@given(start=STARTS, acts=ACTS, amount=st.integers(1, 9000))
def test_minutes_add_up_to_the_deadline(
    unit: str, mode: str, start: datetime, acts: list[tuple[str, int, int]], amount: int
) -> None:
    document = shipped("policies/guangdong-2022.json")
    row = {"mode": mode, "amount": amount}
    policy = Policy.parse({**document, "clocks": {**document["clocks"], "resolve": [row]}})
    rules = Editions(policy, UNITS[unit])
    found = clocks(history(start, "help", acts, rules), rules, explain=True)
    (clock,) = (each for each in found if each.name == "resolve")
    if not any("延期" in line for line in clock.sum):
        assert read(clock, rules) == clock.due_at


def test_a_suspension_by_hand(policy: Policy) -> None:
    """10 working days from 1 June; suspended on the 4th at 10:00, for 3 working days: 4, 5 and 8 June end in it."""
    rules = Editions(policy, UNITS["office"])
    acts = [("decide_suspension", {"approved": True, "days": 2, "until": at("2026-06-08 24:00").isoformat()})]
    events = [
        Event(1, at("2026-06-01 09:00"), "open", {"kind": "help"}),
        Event(2, at("2026-06-01 10:00"), "dispatch", {"unit": "a"}),
        *(Event(3, at("2026-06-04 10:00"), *act) for act in acts),
        Event(4, at("2026-06-08 24:00"), "resume", {}),
    ]
    (clock,) = (each for each in clocks(events, rules, explain=True) if each.name == "resolve")
    assert clock.due_at == at("2026-06-18 24:00")
    assert list(clock.sum[9:18]) == [
        "2026年6月4日 周四 10:00 至 2026年6月8日 周一 24:00 挂账，不计（第 3 号记录）",
        "挂账期间结束的工作日，恢复后补回：",
        "6月4日 周四至6月5日 周五：计 2 日，累计 2 日",
        "6月6日 周六至6月7日 周日：周末，不计",
        "6月8日 周一：计 1 日，累计 3 日",
        "合计：3 个工作日",
        "补回的工作日，自原时限次日起计：",
        "6月16日 周二至6月18日 周四：计 3 日，累计 3 日",
        "合计：3 个工作日",
    ]
