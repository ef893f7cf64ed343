"""The periods of bulletins: days, weeks from Monday, months and years; the one before each, and the same a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import ZONE

KINDS = {"daily": "日报", "weekly": "周报", "monthly": "月报", "yearly": "年报"}
"""Kinds of bulletin by code."""

EARLIEST, LATEST = 1950, 2100
_WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Period:
    """The days of one bulletin, both included."""

    kind: str
    first: date
    last: date

    @property
    def name(self) -> str:
        """2026年10月, 2026年第44周（10月26日至11月1日）…"""
        day, last = self.first, self.last
        if self.kind == "daily":
            return f"{day.year}年{day.month}月{day.day}日"
        if self.kind == "weekly":
            year, week, _ = day.isocalendar()
            return f"{year}年第{week}周（{day.month}月{day.day}日至{last.month}月{last.day}日）"
        return f"{day.year}年{day.month}月" if self.kind == "monthly" else f"{day.year}年"

    @property
    def issue(self) -> str:
        """The number 期号 within the year: 2026年第10期."""
        day = self.first
        if self.kind == "yearly":
            return f"{day.year}年度"
        year, week, _ = day.isocalendar()
        number = {"daily": day.timetuple().tm_yday, "weekly": week, "monthly": day.month}[self.kind]
        return f"{year if self.kind == 'weekly' else day.year}年第{number}期"

    @property
    def before(self) -> Period:
        """The period right before, which 环比 compares with."""
        return period_with(self.kind, self.first - timedelta(days=1))

    @property
    def year_ago(self) -> Period:
        """The same period a year before, which 同比 compares with: a week's is 52 weeks before; a leap day's is 28
        February.
        """
        if self.kind == "weekly":
            return period_with(self.kind, self.first - timedelta(weeks=52))
        day = self.first
        leap = (day.month, day.day) == (2, 29)
        return period_with(self.kind, day.replace(year=day.year - 1, day=28 if leap else day.day))


def period_with(kind: str, day: date) -> Period:
    """The period of this kind that `day` lies in."""
    if kind == "daily":
        return Period(kind, day, day)
    if kind == "weekly":
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + timedelta(days=6))
    if kind == "monthly":
        first = day.replace(day=1)
        return Period(kind, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return Period(kind, date(day.year, 1, 1), date(day.year, 12, 31))


def period_of(kind: str, first: date) -> Period:
    """The period that begins on `first`. Raises InvalidInput naming kind or first."""
    if kind not in KINDS:
        names = "、".join(f"{code}（{name}）" for code, name in KINDS.items())
        raise InvalidInput("kind", f"没有“{kind[:20]}”这种通报，可选：{names}", f"kind: one of {', '.join(KINDS)}")
    found = period_with(kind, _checked(first))
    if found.first != first:
        rule = {"weekly": "星期一", "monthly": "每月 1 日", "yearly": "1 月 1 日"}[kind]
        zh = f"{KINDS[kind]}从{rule}起，{first} 不是（星期{_WEEKDAYS[first.weekday()]}），请写 {found.first}"
        raise InvalidInput("first", zh, f"first: this period begins on {found.first}")
    return found


def read_first(text: str) -> date:
    """The day of a path or an option. Raises InvalidInput (first) for anything but YYYY-MM-DD of our times."""
    try:
        return _checked(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date())
    except ValueError:
        zh = f"起始日期应写成 2026-10-01 这样的日期，您写的是“{text[:40]}”"
        raise InvalidInput("first", zh, "first: a date such as 2026-10-01") from None


def _checked(first: date) -> date:
    if not EARLIEST <= first.year <= LATEST:
        raise InvalidInput("first", f"{first} 太早或太晚，请核对年份", "first: check the year")
    return first


def newest_over(kind: str, today: date) -> Period:
    """The newest period that is over."""
    return period_with(kind, today).before


def instant(at: datetime) -> str:
    """2026年10月31日 24:00; midnight is the end of the day that it ends."""
    local = at.astimezone(ZONE)
    if (local.hour, local.minute) == (0, 0):
        local, clock = local - timedelta(days=1), "24:00"
    else:
        clock = f"{local:%H:%M}"
    return f"{local.year}年{local.month}月{local.day}日 {clock}"
