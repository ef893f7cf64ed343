"""How much came, whence and of what kind, how much each unit was given; 环比 and 同比, each table of one base."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from hotline import reports
from hotline.bulletins.periods import period_with
from hotline.bulletins.shapes import Cell, Json, Row, change_cell, columns, row, section, share_cell, table
from hotline.bulletins.stretches import Stretch, Three
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.reports import DayVolume

RECEIVED = "期内收到的全部来件，按收到时登记的{what}"
GIVEN = "期内首次转办的工单（不含不予受理、撤回、并单），按截止时的主办单位，含其下级"
DAYS_SHOWN = 14
"""A daily bulletin shows two weeks up to its day."""

Counts = Mapping[str, int]


def volume(session: Session, three: Three) -> Json:
    """The section 受理情况."""
    return section(
        "volume",
        "受理情况",
        tables=[
            _table(three, "source", "来源", SOURCES),
            _table(three, "kind", "类型", KINDS),
            _by_unit(three),
        ],
        pictures=[_days(session, three.now)],
    )


def _table(three: Three, code: str, what: str, names: Mapping[str, str]) -> Json:
    counts = [each.received_by(code) for each in (three.now, three.before, three.year_ago)]
    known = [each for each in names if any(each in found for found in counts)]
    return table(
        (code, f"按{what}", RECEIVED.format(what=what)),
        _heads(what, "收到"),
        _rows({each: names[each] for each in known}, *counts),
    )


def _by_unit(three: Three) -> Json:
    stretches = (three.now, three.before, three.year_ago)
    counts = [{code: each.counts["dispatched"] for code, each in found.unit_rows.items()} for found in stretches]
    names = {code: each.short_name for found in reversed(stretches) for code, each in found.unit_rows.items()}
    some = [code for code in sorted(names, key=three.order.__getitem__) if any(found.get(code) for found in counts)]
    quiet = [each.short_name for each in three.now.units.no_tickets]
    note = f"期内没有转办工单的单位 {len(quiet)} 家：{'、'.join(quiet)}。" if quiet else ""
    return table(
        ("unit", "按承办单位", GIVEN),
        _heads("承办单位", "转办"),
        _rows({each: names[each] for each in some}, *counts),
        note,
    )


def _heads(what: str, act: str) -> list[Json]:
    return columns(
        ("name", what, "text"),
        ("now", f"本期{act}（件）", "count"),
        ("share", "占比", "share"),
        ("before", "上期（件）", "count"),
        ("change", "环比", "change"),
        ("year_ago", "上年同期（件）", "count"),
        ("year_change", "同比", "change"),
    )


def _rows(names: Mapping[str, str], now: Counts, before: Counts, year_ago: Counts) -> list[Row]:
    """A row for each name, most first, and the total that they add up to."""
    whole = sum(now.values())

    def cells(name: str, *counts: int) -> list[Cell]:
        this, last, ago = counts
        return [name, this, share_cell(this, whole), last, change_cell(this, last), ago, change_cell(this, ago)]

    ordered = sorted(names, key=lambda code: -now.get(code, 0))
    found = [
        row(code, cells(names[code], *(each.get(code, 0) for each in (now, before, year_ago)))) for code in ordered
    ]
    total = cells("合计", *(sum(each.values()) for each in (now, before, year_ago)))
    return [*found, row("total", total, "total")]


def _days(session: Session, now: Stretch) -> Json:
    """What was received by day; in a year by month, and up to a single day for two weeks."""
    scope = now.scope
    if now.period.kind == "daily":
        scope = reports.scope_of(session, scope.first - timedelta(days=DAYS_SHOWN - 1), scope.last)
    days = reports.daily_volume(session, scope)
    points = [{"label": _label(each.day), "value": each.received} for each in days]
    title = f"近 {DAYS_SHOWN} 天每天收到多少件" if now.period.kind == "daily" else "每天收到多少件"
    if now.period.kind == "yearly":
        points, title = _months(days), "每月收到多少件"
    return {"code": "days", "title": title, "form": "columns", "unit": "件", "points": points}


def _label(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _months(days: list[DayVolume]) -> list[Json]:
    by_month = groupby(days, key=lambda each: period_with("monthly", each.day).first)
    return [{"label": f"{month.month}月", "value": sum(each.received for each in found)} for month, found in by_month]
