"""What a calendar is made of: the years' notices, the working hours and the working weekdays, read and checked.

Every wrong key of a document is a ValueError that names it and says what is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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

MONDAY_TO_FRIDAY = (0, 1, 2, 3, 4)
"""The weekdays that offices work unless told otherwise, as date.weekday() counts them."""

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Year:
    """One published year: its notice, and holidays and make-up working days as {date: name of the holiday}.

    A notice may name days of the December before (the New Year holiday); they stand with the notice.
    """

    notice: str = ""
    holidays: Mapping[date, str] = field(default_factory=dict)
    makeups: Mapping[date, str] = field(default_factory=dict)


def need(document: Mapping[str, Any], key: str) -> Any:
    """The value of a key that must be there; ValueError where it is missing."""
    if not isinstance(document, Mapping) or key not in document:
        raise ValueError(f"calendar: {key} is missing")
    return document[key]


def read_years(rows: Any) -> dict[int, Year]:
    """{"2026": {"notice", "holidays": {"2026-01-01": "元旦"}, "makeups"}} as Years by number."""
    return {_number(year): _year(year, row) for year, row in _mapping(rows, "years").items()}


def read_hours(rows: Any) -> tuple[tuple[int, int], ...]:
    """[["09:00", "12:00"], …] in minutes of the day; "24:00" is the day's end; None is the default hours."""
    if rows is None:
        return DEFAULT_HOURS
    try:
        return tuple((_minute(opens), _minute(closes)) for opens, closes in rows)
    except (TypeError, ValueError) as error:
        raise ValueError(f'calendar: hours: [["HH:MM", "HH:MM"], …] is needed, not {rows!r}') from error


def read_weekdays(rows: Any) -> tuple[int, ...]:
    """[1, 2, 3, 4, 5] as ISO counts weekdays (1 is Monday), less one; None is Monday to Friday."""
    if rows is None:
        return MONDAY_TO_FRIDAY
    if not isinstance(rows, list) or any(type(day) is not int or not 1 <= day <= 7 for day in rows):
        raise ValueError(f"calendar: weekdays: a list of 1 (Monday) to 7 is needed, not {rows!r}")
    return tuple(day - 1 for day in rows)


def read_holidays(value: Any) -> bool:
    """Whether holidays are kept; None is yes."""
    if value is None:
        return True
    if type(value) is not bool:
        raise ValueError(f"calendar: holidays: true or false is needed, not {value!r}")
    return value


def read_zone(name: Any) -> str:
    """A name that the time zone database knows; None is Asia/Shanghai."""
    try:
        return ZoneInfo("Asia/Shanghai" if name is None else name).key
    except (ValueError, TypeError, AttributeError, OSError, ZoneInfoNotFoundError) as error:
        raise ValueError(f"calendar: zone: {name!r} is not known") from error


def checked_hours(hours: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The intervals if they are in order, apart and within a day; else ValueError."""
    intervals = tuple(hours)
    edges = [edge for interval in intervals for edge in interval]
    if not edges or edges != sorted(set(edges)) or edges[0] < 0 or edges[-1] > 1440:
        raise ValueError(f"hours: intervals in order, within 0 and 1440 minutes, are needed, not {intervals}")
    return intervals


def checked_weekdays(weekdays: Iterable[int]) -> tuple[int, ...]:
    """The weekdays in order, if each is within 0 and 6 and there is one at least; else ValueError."""
    days = tuple(weekdays)
    if not days or len(set(days)) != len(days) or not set(days) <= set(range(7)):
        raise ValueError(f"weekdays: one to seven different weekdays are needed, not {days} (0 is Monday)")
    return tuple(sorted(days))


def named_days(years: Mapping[int, Year], span: range) -> tuple[dict[int, str], dict[int, str]]:
    """Holidays and make-up days of the days in `span` (ordinals), each by its position in it and with its name.

    A year without a notice has its fixed holidays. ValueError where a day is both.
    """
    holidays = _fixed(years, span.start, len(span))
    makeups: dict[int, str] = {}
    for year in years.values():
        holidays |= {d.toordinal() - span.start: name for d, name in year.holidays.items()}
        makeups |= {d.toordinal() - span.start: f"{name}调休上班" for d, name in year.makeups.items()}
    both = sorted(date.fromordinal(span.start + p).isoformat() for p in holidays.keys() & makeups.keys())
    if both:
        raise ValueError(f"holiday and make-up working day at once: {', '.join(both)}")
    return holidays, makeups


def _fixed(years: Mapping[int, Year], first: int, days: int) -> dict[int, str]:
    span = range(date.fromordinal(first).year, date.fromordinal(first + days - 1).year + 1)
    return {
        date(year, *month_day).toordinal() - first: name
        for year in span
        if year not in years
        for month_day, name in FIXED_HOLIDAYS.items()
    }


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"HH:MM is needed, not {text!r}")
    return int(found[1]) * 60 + int(found[2])


def _mapping(rows: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(rows, Mapping):
        raise ValueError(f"calendar: {path}: an object is needed, not {rows!r}")  # noqa: TRY004 - one kind of error
    return rows


def _number(year: str) -> int:
    if not (year.isdecimal() and 1949 <= int(year) <= 2199):
        raise ValueError(f"calendar: years.{year}: a year from 1949 to 2199 is needed")
    return int(year)


def _year(year: str, row: Any) -> Year:
    days = _mapping(row, f"years.{year}")
    return Year(days.get("notice", ""), _dates(year, days, "holidays"), _dates(year, days, "makeups"))


def _dates(year: str, row: Mapping[str, Any], key: str) -> dict[date, str]:
    path = f"years.{year}.{key}"
    names = _mapping(row.get(key, {}), path)
    try:
        return {date.fromisoformat(text): name for text, name in names.items()}
    except ValueError as error:
        raise ValueError(f"calendar: {path}: {error}") from error
