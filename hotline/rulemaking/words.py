"""The rules in Chinese for a terminal: a year month by month, what a draft moves, and what a trial found."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hotline.explaining import time_of_day
from hotline.knowledge import ZONE, Knowledge
from hotline.rulebook import CITY
from hotline.rulemaking.drafts import Draft
from hotline.rulemaking.moving import Preview
from hotline.rulemaking.notices import WEEKDAYS
from hotline.rulemaking.trying import Trial
from sla import values as sla
from sla.calendar import Calendar, Day

FIRST_MOVES = 20


PLAIN = frozenset({"工作日", "单位工作日", "单位休息日", "周末"})


def state_of(day: Day) -> str:
    """休 for a day off that is no plain weekend, 班 for a make-up day, or nothing."""
    if day.name in PLAIN:
        return ""
    return "休" if not day.working else "班" if day.name.endswith("调休上班") else ""


def year_lines(calendar: Calendar, year: int, head: str) -> Iterator[str]:
    """The whole year, a line for each week, every month with its working days."""
    yield head
    if year not in calendar.years:
        yield "这一年还没有公布放假安排：按周一至周五减固定节日暂定，公布后重新计算。"
    for month in range(1, 13):
        yield from _month_lines(calendar, year, month)


def month_days(calendar: Calendar, year: int, month: int) -> list[Day]:
    """The days of a month."""
    return list(calendar.days(date(year, month, 1), date(year, month, monthrange(year, month)[1])))


def _month_lines(calendar: Calendar, year: int, month: int) -> Iterator[str]:
    days = month_days(calendar, year, month)
    yield f"\n{year}年{month}月　{sum(day.working for day in days)} 个工作日"
    yield "   ".join(WEEKDAYS)
    cells = ["    "] * days[0].date.weekday() + [f"{day.date.day:2d}{state_of(day) or '　'}" for day in days]
    for start in range(0, len(cells), 7):
        yield " ".join(cells[start : start + 7]).rstrip()
    for state in ("休", "班"):
        named = [f"{day.date.day}日{day.name}" for day in days if state_of(day) == state]
        if named:
            yield f"{state}：{'、'.join(named)}"


def stated(at: datetime) -> str:
    """2026年11月22日 24:00: the end of a day belongs to that day."""
    local = at.astimezone(ZONE)
    if local.hour == local.minute == local.second == 0:
        return f"{_day(local.date() - timedelta(days=1))} 24:00"
    return f"{_day(local.date())} {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def hours_words(data: Mapping[str, Any]) -> str:
    """09:00–12:00，13:00–17:00，星期一、星期二…；节假日休息."""
    hours = "，".join("–".join(interval) for interval in data["hours"])
    days = "、".join(WEEKDAYS[day - 1] for day in data.get("weekdays", [1, 2, 3, 4, 5]))
    return f"{hours}；星期{days}；节假日{'休息' if data.get('holidays', True) else '不休'}"


def draft_name(know: Knowledge, draft: Draft) -> str:
    """2027 年日历第 1 版, or 乌当区人民政府工作时间第 1 版."""
    year = getattr(draft, "year", None)
    whose = f"{year} 年日历" if year else f"{unit_name(know, getattr(draft, 'unit', CITY))}工作时间"
    return f"{whose}第 {draft.version} 版"


def unit_name(know: Knowledge, unit: str | None) -> str:
    """The unit's name; the city for CITY, the hotline for None."""
    return "热线" if unit is None else "全市" if unit == CITY else know.unit_name(unit) or unit


def move_lines(know: Knowledge, preview: Preview) -> Iterator[str]:
    """What moves: counts by unit, and the first of them."""
    moved = [move for move in preview.moves if move.moved]
    settled = sum(move.settled for move in preview.moves)
    yield f"{len(moved)} 个在办期限会改，{settled} 个暂定期限成为确定。"
    yield from (f"  {unit_name(know, unit)}：{count}" for unit, count in preview.by_unit().items())
    for move in moved[:FIRST_MOVES]:
        whose = unit_name(know, move.unit)
        yield f"  {move.number} {sla.CLOCKS[move.clock]}（{whose}） {stated(move.was)} → {stated(move.to)}"
    if len(moved) > FIRST_MOVES:
        yield f"  其余 {len(moved) - FIRST_MOVES:,} 个从略"


def trial_lines(trial: Trial) -> Iterator[str]:
    """The table of differences."""
    yield f"{_day(trial.since.astimezone(ZONE).date())} 起收到、适用本方案的 {trial.tickets:,} 件"
    yield "时限\t应到期\t原超期\t草案超期\t新增超期\t不再超期"
    for row in trial.rows:
        numbers = (row.due, row.breached, row.drafted, len(row.newly), len(row.no_longer))
        yield "\t".join([row.name, *map(str, numbers)])
        for words, tickets in (("新增", row.newly), ("不再", row.no_longer)):
            if tickets:
                more = f" 等 {len(tickets)} 件" if len(tickets) > FIRST_MOVES else ""
                yield f"  {words}：{'、'.join(tickets[:FIRST_MOVES])}{more}"


def trial_json(trial: Trial) -> dict[str, Any]:
    """The trial for machines, every ticket number included."""
    return {
        "since": trial.since.isoformat(),
        "tickets": trial.tickets,
        "left": trial.left,
        "clocks": [
            {
                "clock": row.clock,
                "name": row.name,
                "due": row.due,
                "breached": row.breached,
                "breached_under_draft": row.drafted,
                "newly_breached": row.newly,
                "no_longer_breached": row.no_longer,
            }
            for row in trial.rows
        ],
    }


def calendar_json(calendar: Calendar, year: int, **more: Any) -> dict[str, Any]:
    """A year for machines: the days that are not plain, working days by month, hours and weekdays."""
    days = list(calendar.days(date(year, 1, 1), date(year, 12, 31)))
    named = {state: {str(d.date): d.name for d in days if state_of(d) == state} for state in ("休", "班")}
    return {
        "year": year,
        "edition": calendar.version,
        "provisional": year not in calendar.years,
        "holidays": named["休"],
        "makeups": named["班"],
        "working_days": [sum(d.working for d in days if d.date.month == month) for month in range(1, 13)],
        "hours": [[time_of_day(opens), time_of_day(closes)] for opens, closes in calendar.hours],
        "weekdays": [day + 1 for day in calendar.weekdays],
        **more,
    }
