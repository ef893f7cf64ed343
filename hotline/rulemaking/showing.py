"""A year of the calendar as it is shown: by whom it is lived by, in which edition, and on whose word."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from hotline import db
from hotline.errors import NotFound
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.models import CalendarYear, WorkingHours
from hotline.rulebook import CITY
from hotline.rulemaking.drafts import Draft, hours_of, next_row, years_of
from hotline.rulemaking.words import calendar_json, unit_name
from sla.calendar import Calendar


class Shown(NamedTuple):
    """A year of one edition as `unit` lives by it; `row` and `hours` are the versions that it is made of."""

    year: int
    unit: str
    whose: str
    calendar: Calendar
    row: CalendarYear | None
    hours: WorkingHours | None


def year_of(session: Session, year: int | None = None, unit: str = CITY, edition: str = "") -> Shown:
    """A year (this one without a number) in an edition ('' is the newest). Raises NotFound."""
    know = knowledge(session)
    unit = CITY if unit == "city" else unit
    year = year or today(db.now(session)).year
    if unit != CITY and unit not in know.units:
        raise NotFound(f"没有编码为“{unit[:60]}”的单位，请核对", f"there is no unit {unit[:60]!r}")
    if edition and edition not in know.rules.editions:
        known = "、".join(know.rules.editions)
        raise NotFound(f"没有“{edition[:60]}”这一版日历，现有 {known}", f"there is no edition {edition[:60]!r}")
    calendar = know.rules.calendar(edition or know.rules.current, unit or None)
    _within(calendar, year)
    last = know.rules.editions[calendar.version]
    years = [row for row in years_of(session) if row.year == year and (row.edition or last + 1) <= last]
    hours = [row for row in hours_of(session) if row.unit in (unit, CITY) and (row.edition or last + 1) <= last]
    hours.sort(key=lambda row: (row.unit == unit, row.edition or 0), reverse=True)
    return Shown(year, unit, unit_name(know, unit), calendar, next(iter(years), None), next(iter(hours), None))


def drafted(session: Session, draft: Draft) -> Calendar:
    """The calendar that publishing the draft would make, for whom it is."""
    rules = knowledge(session).rules
    unit = draft.unit if isinstance(draft, WorkingHours) else CITY
    after = rules.followed_by(next_row(rules, draft))
    return after.calendar(after.current, unit or None)


def _within(calendar: Calendar, year: int) -> None:
    first, last = calendar.reach
    if not first <= year <= last:
        raise InvalidInput("year", f"年份应在 {first} 到 {last} 之间", f"a year from {first} to {last} is needed")


def head(shown: Shown) -> str:
    """2026 年工作日历（全市，cn-2026，第 1 版），依据：…"""
    version = f"，第 {shown.row.version} 版" if shown.row else ""
    source = f"\n依据：{shown.row.source}" if shown.row else ""
    own = f"\n工作时间依据：{shown.hours.source}" if shown.hours else ""
    hours = "，".join("–".join(interval) for interval in as_json(shown)["hours"])
    return (
        f"{shown.year} 年工作日历（{shown.whose}，{shown.calendar.version}{version}）{source}\n工作时间：{hours}{own}"
    )


def as_json(shown: Shown) -> dict[str, Any]:
    """The year for machines."""
    row = shown.row
    return calendar_json(
        shown.calendar,
        shown.year,
        unit=shown.unit or None,
        version=row.version if row else None,
        source=row.source if row else None,
        published_at=row.published_at.isoformat() if row and row.published_at else None,
    )
