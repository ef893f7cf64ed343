"""How instants and lengths of time are said in Chinese, as a clerk says them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sla.calendar import Calendar

_WEEKDAYS = "一二三四五六日"
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


def remaining(due_at: datetime, now: datetime, calendar: Calendar) -> str:
    """还剩 1 个工作日 3 小时 / 已超期 2 小时: exactly at the deadline it is not yet overdue."""
    if now > due_at:
        return f"已超期 {length(due_at, now, calendar)}"
    return f"还剩 {length(now, due_at, calendar)}"


def length(start: datetime, end: datetime, calendar: Calendar) -> str:
    """From start to end: under a day as the wall clock goes, beyond it in working days and office hours."""
    natural = end - start
    if natural < _DAY:
        return _hours(natural)
    worked = calendar.working_time(start, end)
    if not worked:
        return f"{natural.days} 天" + _and_hours(natural % _DAY)
    days, rest = divmod(worked, calendar.day_length)
    return f"{days} 个工作日" + _and_hours(rest) if days else _hours(rest).replace(" 小时", " 个工作小时")


def minutes(span: timedelta) -> str:
    """A length to the second: 30 分钟, 7 小时 30 分钟, 29 分钟 15 秒."""
    seconds = span % _MINUTE // _SECOND
    if not seconds:
        return _hours(span)
    return f"{_hours(span)} {seconds} 秒" if span >= _MINUTE else f"{seconds} 秒"


def clock(at: datetime, calendar: Calendar) -> str:
    """The time of the day, to the minute where it is whole minutes: 16:30, 16:30:45."""
    local = calendar.local(at)
    return f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"


def moment(at: datetime, calendar: Calendar) -> str:
    """2026年11月22日 周日 15:30."""
    local = calendar.local(at)
    return f"{local.year}年{day(local)} {local:%H:%M}"


def deadline(at: datetime, calendar: Calendar) -> str:
    """As `moment`, midnight said as 24:00 of the day it ends."""
    local = calendar.local(at)
    if local.hour or local.minute or local.second or local.microsecond:
        return moment(at, calendar)
    ended = local.date() - _DAY
    return f"{ended.year}年{day(ended)} 24:00"


def exact(at: datetime, calendar: Calendar) -> str:
    """As `deadline`, with the seconds where there are any: 2026年11月22日 周日 15:30:45."""
    said = deadline(at, calendar)
    seconds = calendar.local(at).second
    return f"{said}:{seconds:02}" if seconds else said


def day(on: date) -> str:
    """11月22日 周日."""
    return f"{on.month}月{on.day}日 周{_WEEKDAYS[on.weekday()]}"


def _hours(span: timedelta) -> str:
    hours, rest = divmod(span, _HOUR)
    count = rest // _MINUTE
    if not hours:
        return f"{count} 分钟" if count else "1 分钟以内"
    return f"{hours} 小时 {count} 分钟" if count else f"{hours} 小时"


def _and_hours(rest: timedelta) -> str:
    return f" {rest // _HOUR} 小时" if rest >= _HOUR else ""
