"""The working calendar: statutory holidays, make-up working days 调休, and the hours and weekdays that are worked.

A Calendar is handed its years and built once; after that every question is a look-up in prefix arrays (one
bisect to find the day, then constant time), never a walk over days. All instants go in and come out aware, in
UTC; a "day" is a day of the calendar's zone. A deadline at the end of a day is the first instant of the next
day, written 24:00.

A year without a published notice is worked out from Monday to Friday less the legal holidays whose date is
fixed (元旦, 劳动节, 国庆节; 春节, 清明节, 端午节 and 中秋节 move and are left out), and every result that
looked at a day of such a year says `provisional`.

A unit may work on weekdays of its own. One that keeps no holidays lives by its weekdays alone: neither a holiday
nor a make-up day changes them, so no notice can move its deadlines and none of them is provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sla.years import (
    DEFAULT_HOURS,
    FIXED_HOLIDAYS,
    MONDAY_TO_FRIDAY,
    Year,
    checked_hours,
    checked_weekdays,
    named_days,
    need,
    read_holidays,
    read_hours,
    read_weekdays,
    read_years,
    read_zone,
)

__all__ = ["DEFAULT_HOURS", "FIXED_HOLIDAYS", "MONDAY_TO_FRIDAY", "Calendar", "Day", "Due", "Span", "Year"]

_FIRST_YEAR, _LAST_YEAR = 2000, 2059
_PLAIN = {(True, True): "工作日", (True, False): "单位工作日", (False, True): "单位休息日", (False, False): "周末"}
_NOTHING = timedelta(0)
_INSTANT = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


class Due(NamedTuple):
    """A deadline: `at` in UTC, and whether a day of a year without a published calendar was looked at."""

    at: datetime
    provisional: bool


class Day(NamedTuple):
    """One day as the calendar reads it; `name` is 工作日, 周末, a holiday's name, …调休上班, or …（本单位不休）.

    Where a unit's weekdays differ from Monday to Friday: 单位工作日 and 单位休息日.
    """

    date: date
    working: bool
    name: str
    published: bool


class Span(NamedTuple):
    """A stretch of working time within one interval of one day; both ends in UTC."""

    start: datetime
    end: datetime


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
    weekdays: tuple[int, ...]
    holidays: bool
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
        weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
        holidays: bool = True,
    ) -> Calendar:
        """Build from published years; `hours` are [from, to) in minutes of the day, in order, apart.

        `weekdays` are those that are worked, 0 is Monday; `holidays=False`: holidays are worked too.
        """
        intervals = tuple((timedelta(minutes=a), timedelta(minutes=b)) for a, b in checked_hours(hours))
        first_year, last_year = min([_FIRST_YEAR, *years]), max([_LAST_YEAR, *(y + 1 for y in years)])
        first, days = date(first_year, 1, 1).toordinal(), _days_between(first_year, last_year)
        week = checked_weekdays(weekdays)
        names, working = _read(years, range(first, first + days), week, holidays)
        flags = bytearray(days)
        for position in working:
            flags[position] = 1
        unpublished = (holidays and date.fromordinal(first + p).year not in years for p in range(days))
        return cls(
            version=version,
            years=dict(years),
            hours=intervals,
            zone=ZoneInfo(zone),
            weekdays=week,
            holidays=holidays,
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
        """Build from the shape of seeds/calendar.json; ValueError names the key that is wrong.

        Beside `version`, `years`, `hours` and `zone` it may have `weekdays` (1 is Monday, 7 is Sunday) and
        `holidays` (false: the unit works through them).
        """
        return cls.of(
            need(document, "version"),
            read_years(need(document, "years")),
            read_hours(document.get("hours")),
            read_zone(document.get("zone")),
            read_weekdays(document.get("weekdays")),
            read_holidays(document.get("holidays")),
        )

    # Days

    def local(self, at: datetime) -> datetime:
        """The instant as the wall clock of the calendar's zone shows it."""
        return at.astimezone(self.zone)

    def is_working_day(self, day: date) -> bool:
        """True for a day on which offices work, make-up Saturdays and Sundays included."""
        position = self._of_date(day)
        return self._before[position] < self._before[position + 1]

    def covers(self, at: datetime) -> bool:
        """True where the calendar reaches: other instants are refused."""
        return self._midnights[0] <= at < self._midnights[-1]

    def is_published(self, day: date) -> bool:
        """True where the day's year has a published notice."""
        return day.year in self.years

    def days(self, first: date, last: date) -> Iterator[Day]:
        """Each day from first to last, both included, with what it is called; for sums on paper."""
        for position in range(self._of_date(first), self._of_date(last) + 1):
            day = date.fromordinal(self._first + position)
            works = self._before[position] < self._before[position + 1]
            name = self._names.get(position) or _PLAIN[works, day.weekday() in MONDAY_TO_FRIDAY]
            yield Day(day, works, name, day.year in self.years)

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last year that it covers."""
        last = self._first + len(self._midnights) - 2
        return date.fromordinal(self._first).year, date.fromordinal(last).year

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

    def after_days(self, start: datetime, days: int) -> Due:
        """24:00 of the Nth day after the starting day (N ≥ 0), rest days counted; never provisional."""
        end = self._day(start) + days + 1
        if days < 0 or end >= len(self._midnights):
            raise ValueError(f"{days} days after {start.isoformat()} lie outside calendar {self.version}")
        return Due(self._midnights[end], provisional=False)

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
        return self.after_days(start, 0)

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

    def working_days_ended(self, start: datetime, end: datetime, *, closing: bool = False) -> int:
        """How many working days ended within (start, end]: at 24:00, or with `closing` when the office closed."""
        return max(0, self._days_done(end, closing) - self._days_done(start, closing))

    def days_ended(self, start: datetime, end: datetime) -> int:
        """How many days of the calendar, working or not, ended (at 24:00) within (start, end]."""
        return max(0, self._day(end) - self._day(start))

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

    def _days_done(self, at: datetime, closing: bool) -> int:
        """Working days from the calendar's first to the last that has ended by `at`."""
        day = self._day(at)
        return self._before[day + 1] if closing and at >= self._end(day, closing) else self._before[day]

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


def _read(
    years: Mapping[int, Year], span: range, weekdays: tuple[int, ...], keeps_holidays: bool
) -> tuple[dict[int, str], tuple[int, ...]]:
    """Names of the days that are not plain, and the positions of all working days."""
    holidays, makeups = named_days(years, span)
    offset = date.fromordinal(span.start).weekday()
    worked = [(offset + p) % 7 in weekdays for p in range(7)]
    if not keeps_holidays:
        names = {p: f"{name}（本单位不休）" for p, name in holidays.items() if worked[p % 7]}
        return names, tuple(p for p in range(len(span)) if worked[p % 7])
    working = tuple(p for p in range(len(span)) if p in makeups or (worked[p % 7] and p not in holidays))
    return holidays | makeups, working


def _days_between(first_year: int, last_year: int) -> int:
    return date(last_year + 1, 1, 1).toordinal() - date(first_year, 1, 1).toordinal()


@lru_cache(maxsize=8)
def _midnights(zone: str, first: int, days: int) -> tuple[datetime, ...]:
    """The first instant of each day, and the end of the last, in UTC."""
    here = ZoneInfo(zone)
    starts = (datetime.combine(date.fromordinal(first + p), time(), here) for p in range(days + 1))
    return tuple(start.astimezone(UTC) for start in starts)
