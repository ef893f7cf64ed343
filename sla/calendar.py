"""The working calendar: statutory holidays, make-up working days 调休, and two working intervals a day.

A Calendar is handed its years and built once; after that every question is a look-up in prefix arrays (one
bisect to find the day, then constant time), never a walk over days. All instants go in and come out aware, in
UTC; a "day" is a day of the calendar's zone. A deadline at the end of a day is the first instant of the next
day, written 24:00.

A year without a published notice is worked out from Monday to Friday less the legal holidays whose date is
fixed (元旦, 劳动节, 国庆节; 春节, 清明节, 端午节 and 中秋节 move and are left out), and every result that
looked at a day of such a year says `provisional`.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
"""Legal holidays of a fixed date by (month, day): 全国年节及纪念日放假办法 as amended for 2025."""

DEFAULT_HOURS = ((540, 720), (780, 1020))
"""09:00–12:00 and 13:00–17:00, in minutes of the day."""

_FIRST_YEAR, _LAST_YEAR = 2000, 2059
_NOTHING = timedelta(0)
_INSTANT = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


class Due(NamedTuple):
    """A deadline: `at` in UTC, and whether a day of a year without a published calendar was looked at."""

    at: datetime
    provisional: bool


class Day(NamedTuple):
    """One day as the calendar reads it; `name` is 工作日, 周末, a holiday's name, or …调休上班."""

    date: date
    working: bool
    name: str
    published: bool


class Span(NamedTuple):
    """A stretch of working time within one interval of one day; both ends in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Year:
    """One published year: its notice, and holidays and make-up working days as {date: name of the holiday}.

    A notice may name days of the December before (the New Year holiday); they stand with the notice.
    """

    notice: str = ""
    holidays: Mapping[date, str] = field(default_factory=dict)
    makeups: Mapping[date, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """One version of the working calendar. Make it with `of` or `parse`; it never changes afterwards.

    It reaches from 2000 (or the first published year) to 2059 (or the year after the last published one);
    an instant or a deadline outside raises ValueError. A naive datetime raises TypeError.
    """

    version: str
    years: Mapping[int, Year]
    hours: tuple[tuple[timedelta, timedelta], ...]
    zone: ZoneInfo
    day_length: timedelta
    _first: int
    _midnights: tuple[datetime, ...]
    _names: Mapping[int, str]
    _working: tuple[int, ...]
    _before: tuple[int, ...]
    _unpublished: tuple[int, ...]

    @classmethod
    def of(
        cls,
        version: str,
        years: Mapping[int, Year],
        hours: Iterable[tuple[int, int]] = DEFAULT_HOURS,
        zone: str = "Asia/Shanghai",
    ) -> Calendar:
        """Build from published years; `hours` are [from, to) in minutes of the day, in order, apart."""
        intervals = tuple((timedelta(minutes=a), timedelta(minutes=b)) for a, b in _checked(hours))
        first_year, last_year = min([_FIRST_YEAR, *years]), max([_LAST_YEAR, *(y + 1 for y in years)])
        first, days = date(first_year, 1, 1).toordinal(), _days_between(first_year, last_year)
        names, working = _read(years, first, days)
        flags = bytearray(days)
        for position in working:
            flags[position] = 1
        unpublished = (date.fromordinal(first + p).year not in years for p in range(days))
        return cls(
            version=version,
            years=dict(years),
            hours=intervals,
            zone=ZoneInfo(zone),
            day_length=sum((b - a for a, b in intervals), _NOTHING),
            _first=first,
            _midnights=_midnights(zone, first, days),
            _names=names,
            _working=working,
            _before=tuple(accumulate(flags, initial=0)),
            _unpublished=tuple(accumulate(unpublished, initial=0)),
        )

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Calendar:
        """Build from the shape of seeds/calendar.json; ValueError names the key that is wrong."""
        years = {int(y): _parse_year(y, row) for y, row in _need(document, "years").items()}
        hours = document.get("hours")
        minutes = DEFAULT_HOURS if hours is None else tuple((_minute(a), _minute(b)) for a, b in hours)
        return cls.of(_need(document, "version"), years, minutes, document.get("zone", "Asia/Shanghai"))

    # Days

    def local(self, at: datetime) -> datetime:
        """The instant as the wall clock of the calendar's zone shows it."""
        return at.astimezone(self.zone)

    def is_working_day(self, day: date) -> bool:
        """True for a day on which offices work, make-up Saturdays and Sundays included."""
        position = self._of_date(day)
        return self._before[position] < self._before[position + 1]

    def is_published(self, day: date) -> bool:
        """True where the day's year has a published notice."""
        return day.year in self.years

    def days(self, first: date, last: date) -> Iterator[Day]:
        """Each day from first to last, both included, with what it is called; for sums on paper."""
        for position in range(self._of_date(first), self._of_date(last) + 1):
            day = date.fromordinal(self._first + position)
            works = self._before[position] < self._before[position + 1]
            name = self._names.get(position) or ("工作日" if works else "周末")
            yield Day(day, works, name, day.year in self.years)

    # Deadlines

    def after_working_days(
        self, start: datetime, days: int, *, from_next_day: bool = True, closing: bool = False
    ) -> Due:
        """The end of the Nth working day (N ≥ 1): the first working day after the starting day is day 1.

        `from_next_day=False` counts the starting day itself when it is a working day. `closing=True` expires
        when the office closes, not at 24:00; a starting day whose office has closed is then no day 1.
        """
        if days < 1:
            raise ValueError(f"working days must be 1 or more, not {days}")
        day = self._day(start)
        if from_next_day or (closing and start > self._end(day, closing)):
            day += 1
        return self._nth(day, days, closing)

    def after_deadline(self, due_at: datetime, days: int, *, closing: bool = False) -> Due:
        """The end of the Nth working day after a deadline (N ≥ 0; 0 is the deadline itself).

        A deadline at 24:00 belongs to the day it ends: a working day after Monday 24:00 is Tuesday 24:00.
        """
        if days == 0:
            return Due(due_at.astimezone(UTC), provisional=False)
        return self.after_working_days(due_at - _INSTANT, days, closing=closing)

    def steps_after_deadline(self, due_at: datetime, counts: Sequence[int], *, closing: bool = False) -> list[datetime]:
        """The `after_deadline` of several N at once, for escalation ladders."""
        done = self._before[self._day(due_at - _INSTANT) + 1] - 1
        return [self._end(self._working_at(done + n), closing) if n else due_at for n in counts]

    def after_working_minutes(self, start: datetime, minutes: float) -> Due:
        """The first instant by which so many office minutes have passed; 0 minutes is the start itself."""
        return self.after_working_time(start, timedelta(minutes=minutes))

    def after_working_time(self, start: datetime, length: timedelta) -> Due:
        """As after_working_minutes, to the microsecond; at an interval's end, not at the next one's start."""
        if length < _NOTHING:
            raise ValueError("working time must not be negative")
        if not length:
            return Due(start.astimezone(UTC), provisional=False)
        day = self._day(start)
        last, passed = self._when(self._worked(day, start) + length)
        return Due(self._midnights[last] + passed, self._provisional(day, last))

    def after_minutes(self, start: datetime, minutes: float) -> Due:
        """Natural time: day and night, holidays too; never provisional."""
        return Due(start.astimezone(UTC) + timedelta(minutes=minutes), provisional=False)

    def after_months(self, start: datetime, months: int, *, from_next_day: bool = True) -> Due:
        """24:00 of the same day so many months later, or of that month's last day where it has no such day.

        Natural (民法典 202): rest days count, and the end does not move off them. `from_next_day=False`: one
        day less.
        """
        day = self.local(start).date()
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        end = self._of_date(date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])))
        return Due(self._midnights[end + from_next_day], provisional=False)

    def same_day(self, start: datetime) -> Due:
        """24:00 of the starting day, working day or not."""
        return Due(self._midnights[self._day(start) + 1], provisional=False)

    # Time spent

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Office time between two instants; nothing when the end is not after the start."""
        if end <= start:
            return _NOTHING
        return self._worked(self._day(end), end) - self._worked(self._day(start), start)

    def part_way(self, start: datetime, end: datetime, percent: int) -> datetime | None:
        """When so many percent of the office time between have passed; None where there is none."""
        done = self._worked(self._day(start), start)
        length = self._worked(self._day(end), end) - done
        if length <= _NOTHING:
            return None
        day, passed = self._when(done + length * percent // 100)
        return self._midnights[day] + passed

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """Whole office minutes between two instants."""
        return self.working_time(start, end) // _MINUTE

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start`, up to and with the day of `end` (24:00 ends its day)."""
        return max(0, self._before[self._day(end - _INSTANT) + 1] - self._before[self._day(start) + 1])

    def working_spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The stretches of office time between two instants, in order, for sums on paper."""
        first, last = self._day(start), self._day(end)
        for day in self._working[self._before[first] : self._before[last + 1]]:
            for opens, closes in self.hours:
                span = Span(max(start, self._midnights[day] + opens), min(end, self._midnights[day] + closes))
                if span.start < span.end:
                    yield span

    # Look-ups: a "position" counts days from the calendar's first day

    def _day(self, at: datetime) -> int:
        position = bisect_right(self._midnights, at) - 1
        if not 0 <= position < len(self._midnights) - 1:
            raise ValueError(f"{at.isoformat()} lies outside calendar {self.version}")
        return position

    def _of_date(self, day: date) -> int:
        position = day.toordinal() - self._first
        if not 0 <= position < len(self._midnights) - 1:
            raise ValueError(f"{day} lies outside calendar {self.version}")
        return position

    def _working_at(self, index: int) -> int:
        if index >= len(self._working):
            raise ValueError(f"the deadline lies outside calendar {self.version}")
        return self._working[index]

    def _nth(self, day: int, count: int, closing: bool) -> Due:
        last = self._working_at(self._before[day] + count - 1)
        return Due(self._end(last, closing), self._provisional(day, last))

    def _end(self, day: int, closing: bool) -> datetime:
        return self._midnights[day] + self.hours[-1][1] if closing else self._midnights[day + 1]

    def _worked(self, day: int, at: datetime) -> timedelta:
        """Office time from the calendar's first instant to `at`, which lies in `day`."""
        done = self._before[day] * self.day_length
        if self._before[day + 1] == self._before[day]:
            return done
        passed = at - self._midnights[day]
        for opens, closes in self.hours:
            if passed > opens:
                done += min(passed, closes) - opens
        return done

    def _when(self, worked: timedelta) -> tuple[int, timedelta]:
        """The working day, and the time of that day, by which so much office time has passed (as _worked)."""
        index, rest = divmod(worked, self.day_length)
        if not rest:
            index, rest = index - 1, self.day_length
        for opens, closes in self.hours:
            if rest <= closes - opens:
                return self._working_at(index), opens + rest
            rest -= closes - opens
        raise AssertionError("more work than a day has")

    def _provisional(self, first: int, last: int) -> bool:
        return self._unpublished[last + 1] > self._unpublished[first]


def _read(years: Mapping[int, Year], first: int, days: int) -> tuple[dict[int, str], tuple[int, ...]]:
    """Names of the days that are not plain, and the positions of all working days."""
    holidays = _fixed(years, first, days)
    makeups: dict[int, str] = {}
    for year in years.values():
        holidays |= {d.toordinal() - first: name for d, name in year.holidays.items()}
        makeups |= {d.toordinal() - first: f"{name}调休上班" for d, name in year.makeups.items()}
    both = sorted(date.fromordinal(first + p).isoformat() for p in holidays.keys() & makeups.keys())
    if both:
        raise ValueError(f"holiday and make-up working day at once: {', '.join(both)}")
    offset = date.fromordinal(first).weekday()
    working = tuple(p for p in range(days) if p in makeups or ((p + offset) % 7 < 5 and p not in holidays))
    return holidays | makeups, working


def _fixed(years: Mapping[int, Year], first: int, days: int) -> dict[int, str]:
    span = range(date.fromordinal(first).year, date.fromordinal(first + days - 1).year + 1)
    return {
        date(year, *month_day).toordinal() - first: name
        for year in span
        if year not in years
        for month_day, name in FIXED_HOLIDAYS.items()
    }


def _days_between(first_year: int, last_year: int) -> int:
    return date(last_year + 1, 1, 1).toordinal() - date(first_year, 1, 1).toordinal()


@lru_cache(maxsize=8)
def _midnights(zone: str, first: int, days: int) -> tuple[datetime, ...]:
    """The first instant of each day, and the end of the last, in UTC."""
    here = ZoneInfo(zone)
    starts = (datetime.combine(date.fromordinal(first + p), time(), here) for p in range(days + 1))
    return tuple(start.astimezone(UTC) for start in starts)


def _checked(hours: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    intervals = tuple(hours)
    edges = [edge for interval in intervals for edge in interval]
    if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > 1440:
        raise ValueError(f"hours: intervals in order, within 0 and 1440 minutes, are needed, not {intervals}")
    return intervals


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        raise ValueError(f"hours: HH:MM is needed, not {text!r}")
    return int(hour) * 60 + int(minute)


def _need(document: Mapping[str, Any], key: str) -> Any:
    if key not in document:
        raise ValueError(f"calendar: {key} is missing")
    return document[key]


def _parse_year(year: str, row: Mapping[str, Any]) -> Year:
    return Year(row.get("notice", ""), _dates(year, row, "holidays"), _dates(year, row, "makeups"))


def _dates(year: str, row: Mapping[str, Any], key: str) -> dict[date, str]:
    try:
        return {date.fromisoformat(text): name for text, name in row.get(key, {}).items()}
    except ValueError as error:
        raise ValueError(f"calendar: years.{year}.{key}: {error}") from error
