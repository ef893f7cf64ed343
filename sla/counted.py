"""What counted and what did not, line by line in Chinese: the middle of every sum on paper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from sla.calendar import MONDAY_TO_FRIDAY, Calendar, Day, Span
from sla.words import clock, day, minutes

_INSTANT = timedelta(microseconds=1)
_NOTHING = timedelta(0)


def last_day(due_at: datetime, calendar: Calendar) -> date:
    """The day that a deadline belongs to: 24:00 ends its day."""
    return calendar.local(due_at - _INSTANT).date()


def working_days(first: date, last: date, calendar: Calendar, year: int | None = None) -> Iterator[str]:
    """Each stretch of days from first to last, both included: how many count and how many that makes, or why none.

    `year` is the one that need not be said: the first day's, or that of the start where the sum names it before.
    """
    total, known = 0, year or first.year
    for days in _alike(calendar.days(first, last)):
        if days[0].working:
            total += len(days)
            yield f"{_stretch(days, known)}：{_why(days[0])}计 {len(days)} 日，累计 {total} 日"
        else:
            yield f"{_stretch(days, known)}：{days[0].name}，不计"
    yield f"合计：{total} 个工作日"


def office_hours(start: datetime, due_at: datetime, calendar: Calendar) -> Iterator[str]:
    """Each working day from start to due with its intervals, and each stretch of days that rest."""
    first, total = calendar.local(start).date(), _NOTHING
    spans: dict[date, list[Span]] = defaultdict(list)
    for span in calendar.working_spans(start, due_at):
        spans[calendar.local(span.start).date()].append(span)
    for days in _alike(calendar.days(first, max(first, last_day(due_at, calendar)))):
        if not days[0].working:
            yield f"{_stretch(days, first.year)}：{days[0].name}，不计"
            continue
        for each in days:
            counted = sum((span.end - span.start for span in spans[each.date]), _NOTHING)
            total += counted
            hours = _hours_of(spans[each.date], counted, total, calendar)
            yield f"{_dated(each.date, first.year)}：{_why(each)}{hours}"
    yield f"合计：{minutes(total)}"


def provisional_years(first: date, last: date, calendar: Calendar) -> str:
    """暂定: which years from first to last have no published calendar, and how they were counted."""
    years = "、".join(f"{year} 年" for year in range(first.year, last.year + 1) if year not in calendar.years)
    week = "周一至周五" if calendar.weekdays == MONDAY_TO_FRIDAY else "本单位每周工作日"
    return f"暂定：{years}放假安排尚未公布，按{week}推算（只除元旦、劳动节、国庆节法定日），公布后重算"


def _hours_of(spans: list[Span], counted: timedelta, total: timedelta, calendar: Calendar) -> str:
    if not spans:
        return "起算时已下班，不计"
    hours = "、".join(f"{clock(span.start, calendar)}—{_closes(span, calendar)}" for span in spans)
    return f"{hours}，计 {minutes(counted)}，累计 {minutes(total)}"


def _closes(span: Span, calendar: Calendar) -> str:
    ends = clock(span.end, calendar)
    return "24:00" if ends == "00:00" else ends


def _why(each: Day) -> str:
    return "" if each.name == "工作日" else f"{each.name}，"


def _alike(days: Iterable[Day]) -> Iterator[list[Day]]:
    """Runs of days that read the same."""
    for _, run in groupby(days, key=lambda each: (each.working, each.name)):
        yield list(run)


def _stretch(days: list[Day], year: int) -> str:
    if len(days) == 1:
        return _dated(days[0].date, year)
    return f"{_dated(days[0].date, year)}至{_dated(days[-1].date, days[0].date.year)}"


def _dated(on: date, year: int) -> str:
    """The day, with its year where that is another one."""
    return day(on) if on.year == year else f"{on.year}年{day(on)}"
