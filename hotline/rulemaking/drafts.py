"""Drafts of the calendar: a version of a year, or of somebody's working hours, that is not published yet.

There is at most one draft of each year and of each unit's hours; saving again replaces it. What a draft may not hold
is an InvalidInput that says so in Chinese, with the fields `source`, `days`, `hours`, `weekdays`, `holidays`, `unit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.errors import NotFound, OutOfOrder, Stale
from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from hotline.knowledge import Knowledge, knowledge
from hotline.models import CalendarYear, WorkingHours
from hotline.rights import Actor
from hotline.rulebook import CITY, HoursRow, Rulebook, YearRow
from hotline.rulemaking.rights import alone, check_right, digest
from sla.calendar import Calendar
from sla.years import FIXED_HOLIDAYS, checked_hours, checked_weekdays, read_hours, read_weekdays

Draft = CalendarYear | WorkingHours
SUBJECT = "calendar"
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_NAME, LONGEST_SOURCE = 30, 300


def year_draft(session: Session, year: int) -> CalendarYear | None:
    """The draft of a year, if there is one."""
    mine = (CalendarYear.year == year) & CalendarYear.published_at.is_(None)
    return session.scalars(select(CalendarYear).where(mine)).first()


def hours_draft(session: Session, unit: str) -> WorkingHours | None:
    """The draft of a unit's hours (CITY: the city's), if there is one."""
    mine = (WorkingHours.unit == unit) & WorkingHours.published_at.is_(None)
    return session.scalars(select(WorkingHours).where(mine)).first()


def all_drafts(session: Session) -> list[Draft]:
    """Every draft of the calendar, years first."""
    years = select(CalendarYear).where(CalendarYear.published_at.is_(None)).order_by(CalendarYear.year)
    hours = select(WorkingHours).where(WorkingHours.published_at.is_(None)).order_by(WorkingHours.unit)
    return [*session.scalars(years), *session.scalars(hours)]


def draft_year(session: Session, actor: Actor, year: int, days: Mapping[str, Any], source: str) -> CalendarYear:
    """Keep `days` ({holidays: {date: name}, makeups: {date: name}}) as the draft of a year.

    `source` is the notice that says so. Raises Forbidden, InvalidInput, and Stale where two save at once.
    """
    check_right(actor)
    document = checked_year(knowledge(session).rules, year, days, source)
    with alone(session):
        draft = year_draft(session, year) or CalendarYear(
            year=year, version=_next_version(session, CalendarYear, CalendarYear.year == year)
        )
        draft.days, draft.source = document, document["notice"]
        session.add(draft)
        _note(session, actor, draft, "draft_rules")
    return draft


def draft_hours(session: Session, actor: Actor, unit: str, data: Mapping[str, Any], source: str) -> WorkingHours:
    """Keep `data` ({hours: [["09:00", "12:00"], …], weekdays: [1 … 7], holidays: bool}) as the draft of a unit's hours.

    `unit` is a code, or CITY for all that have no hours of their own. Raises as `draft_year`.
    """
    check_right(actor)
    know = knowledge(session)
    document, said = checked_hours_of(know, unit, data), checked_source(source)
    with alone(session):
        draft = hours_draft(session, unit) or WorkingHours(
            unit=unit, version=_next_version(session, WorkingHours, WorkingHours.unit == unit)
        )
        draft.data, draft.source = document, said
        session.add(draft)
        _note(session, actor, draft, "draft_rules")
    return draft


def discard(session: Session, actor: Actor, draft: Draft) -> None:
    """Throw a draft away. Raises Forbidden, and OutOfOrder for what has been published."""
    check_right(actor)
    if draft.published_at is not None:
        raise OutOfOrder("已发布的版本不能删除，只能再发布新的一版", "what is published stays; publish another version")
    _note(session, actor, draft, "discard_rules")
    session.delete(draft)


def find_draft(session: Session, year: int | None = None, unit: str | None = None) -> Draft:
    """The draft of a year, or of a unit's hours. Raises NotFound."""
    found = year_draft(session, year) if year is not None else hours_draft(session, unit or CITY)
    if found is None:
        raise NotFound("没有草稿，请先保存草稿", "there is no draft; save one first")
    return found


def check_seen(draft: Draft, seen: str) -> None:
    """Raise Stale where a draft's content (its sha256) is not what somebody looked at before publishing it."""
    if identity(draft)["sha256"] != seen:
        raise Stale("草稿刚刚被改过，请重新看一遍再发布", "the draft was changed meanwhile; look at it again")


def next_row(rules: Rulebook, draft: Draft) -> YearRow | HoursRow:
    """The draft as a row of the edition after the newest."""
    edition = rules.last + 1
    if isinstance(draft, CalendarYear):
        return YearRow(draft.year, draft.version, edition, draft.days)
    return HoursRow(draft.unit, draft.version, edition, draft.data)


def identity(draft: Draft) -> dict[str, Any]:
    """Which draft it is, as events name it."""
    what = {"year": draft.year} if isinstance(draft, CalendarYear) else {"unit": draft.unit}
    content = draft.days if isinstance(draft, CalendarYear) else draft.data
    return what | {"version": draft.version, "source": draft.source, "sha256": digest(content)}


def _note(session: Session, actor: Actor, draft: Draft, action: str) -> None:
    journal.record(session, journal.Entry(SUBJECT, action, actor.id, db.now(session), identity(draft)))


def _next_version(session: Session, table: type[Any], mine: Any) -> int:
    return (session.scalar(select(func.max(table.version)).where(mine)) or 0) + 1


# What a draft may hold


def checked_year(rules: Rulebook, year: int, days: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The year as seeds/calendar.json has it, in order of date. Raises InvalidInput with everything that is wrong."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput(
            "year", f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间", f"a year from {FIRST_YEAR} to {LAST_YEAR} is needed"
        )
    wrong: list[InvalidInput] = []
    try:
        notice = checked_source(source)
    except InvalidInput as error:
        wrong.append(error)
    wrong += _wrong_days(year, days)
    if wrong:
        raise wrong[0] if len(wrong) == 1 else InvalidInputs(wrong)
    parts = {part: dict(sorted(days.get(part, {}).items())) for part in ("holidays", "makeups")}
    document = {"notice": notice, **parts}
    _check_whole(rules, YearRow(year, 0, 0, document), "days")
    return document


def checked_hours_of(know: Knowledge, unit: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The hours with every key in its place. Raises InvalidInput."""
    if unit != CITY and unit not in know.units:
        raise InvalidInput("unit", f"没有编码为“{unit}”的单位，请核对", f"there is no unit {unit!r}")
    if extra := data.keys() - {"hours", "weekdays", "holidays"}:
        raise InvalidInput("hours", f"不认识“{'、'.join(extra)}”，请删去", f"unknown: {', '.join(extra)}")
    try:
        checked_hours(read_hours(data.get("hours")))
    except ValueError as error:
        zh = "时段应写成 09:00-12:00，前后不重叠、由早到晚，可写到 24:00"
        raise InvalidInput("hours", zh, str(error)) from error
    weekdays, holidays = data.get("weekdays", [1, 2, 3, 4, 5]), data.get("holidays", True)
    try:
        checked_weekdays(read_weekdays(weekdays))
    except (ValueError, TypeError) as error:
        zh = "工作日应为 1（星期一）到 7（星期日）里的至少一天，不重复"
        raise InvalidInput("weekdays", zh, str(error)) from error
    if type(holidays) is not bool:
        raise InvalidInput("holidays", "是否放法定节假日，应为 true 或 false", "holidays: true or false is needed")
    hours = [list(interval) for interval in data.get("hours") or know.rules.city_hours]
    document = {"hours": hours, "weekdays": sorted(weekdays), "holidays": holidays}
    _check_whole(know.rules, HoursRow(unit, 0, 0, document), "hours", unit)
    return document


def missing_holidays(year: int, days: Mapping[str, Any]) -> list[str]:
    """Legal holidays of a fixed date that the days leave out, as sentences: perhaps right, perhaps forgotten."""
    named = days.get("holidays", {})
    return [
        f"{month}月{day}日（{name}）没有列为放假，请核对是否漏写"
        for (month, day), name in FIXED_HOLIDAYS.items()
        if date(year, month, day).isoformat() not in named and (year >= 2025 or (month, day) != (5, 2))
    ]


def checked_source(source: object, example: str = "国务院办公厅关于2027年部分节假日安排的通知") -> str:
    """Why something is drafted; `example` is shown to who left it out. Raises InvalidInput."""
    text = clean(source).strip() if isinstance(source, str) else ""
    if not 4 <= len(text) <= LONGEST_SOURCE:
        zh = f"请写明依据，如“{example}”，不超过 {LONGEST_SOURCE} 字"
        raise InvalidInput("source", zh, "name the notice or decision that this follows")
    return text


def _wrong_days(year: int, days: Mapping[str, Any]) -> Iterator[InvalidInput]:
    if extra := days.keys() - {"notice", "holidays", "makeups"}:
        yield _bad(f"不认识“{'、'.join(extra)}”，只能有 holidays 和 makeups", f"unknown: {', '.join(extra)}")
    for part, word in (("holidays", "放假"), ("makeups", "上班")):
        named = days.get(part, {})
        if not isinstance(named, Mapping):
            yield _bad(f"{part} 应写成 {{日期: 节日名}}", f"{part}: an object of date and name is needed")
            continue
        for day, name in named.items():
            yield from _wrong_day(year, day, name, word)
    holidays, makeups = (days.get(part, {}) for part in ("holidays", "makeups"))
    if isinstance(holidays, Mapping) and isinstance(makeups, Mapping):
        for day in sorted(holidays.keys() & makeups.keys()):
            yield _bad(f"{day} 既放假又上班，请去掉一处", f"{day} is both a holiday and a make-up day")


def _wrong_day(year: int, text: str, name: Any, word: str) -> Iterator[InvalidInput]:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        yield _bad(f"“{text[:20]}”不是日期，请写成 {year}-10-01", f"{text[:20]!r} is no date")
        return
    if day.isoformat() != text or (day.year != year and (day.year, day.month) != (year - 1, 12)):
        zh = f"{text} 不在 {year} 年（或上一年 12 月），请核对年份"
        yield _bad(zh, f"{text} is not a day of {year}, nor of the December before")
    if word == "上班" and day.weekday() < 5:
        zh = f"{text} 是星期{'一二三四五'[day.weekday()]}，本来就上班，不用列为补班，请核对日期"
        yield _bad(zh, f"{text} is a weekday; a make-up day is a Saturday or Sunday")
    if not isinstance(name, str) or not 0 < len(clean(name).strip()) <= LONGEST_NAME or clean(name) != name:
        yield _bad(f"{text} 要写节日名，不超过 {LONGEST_NAME} 字", f"{text}: a name of 1 to {LONGEST_NAME} characters")


def _bad(zh: str, en: str) -> InvalidInput:
    return InvalidInput("days", zh, en)


def _check_whole(rules: Rulebook, row: YearRow | HoursRow, field: str, unit: str = CITY) -> None:
    """The whole calendar with the draft in it; InvalidInput where it contradicts another year."""
    after = rules.followed_by(row)
    try:
        Calendar.parse(after.document(after.last, unit))
    except ValueError as error:
        zh = f"与已发布的日历合不起来（{error}），请核对"
        raise InvalidInput(field, zh, f"it does not fit what is published: {error}") from error


def years_of(session: Session) -> Sequence[CalendarYear]:
    """Every version of every year, newest year and version first."""
    return session.scalars(select(CalendarYear).order_by(CalendarYear.year.desc(), CalendarYear.version.desc())).all()


def hours_of(session: Session) -> Sequence[WorkingHours]:
    """Every version of everybody's hours, the city's first, newest version first."""
    return session.scalars(select(WorkingHours).order_by(WorkingHours.unit, WorkingHours.version.desc())).all()
