"""The calendar's administration: draft, look what moves, publish, move. Drafts are in drafts.py, moving in moving.py.

An edition is published under the chain of the subject `calendar`: two who publish at once cannot both continue it, so
editions are numbered without a gap and one of the two is told to look again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline import knowledge as knowing
from hotline.errors import OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.models import CalendarYear, WorkingHours
from hotline.rights import Actor
from hotline.rulebook import CITY
from hotline.rulemaking.drafts import (
    SUBJECT,
    Draft,
    checked_hours_of,
    checked_year,
    draft_year,
    identity,
    next_row,
)
from hotline.rulemaking.moving import MOVED, PUBLISHED, Move, Preview, last_published, move_round, moves
from hotline.rulemaking.rights import alone, check_right

__all__ = ["MOVED", "PUBLISHED", "Imported", "Move", "Preview", "import_years", "move_round", "moves", "publish"]


MOST_LOOKED_AT = 2_000
"""On a page or in the API no more tickets than these are looked at, the newest first; the command line takes all."""


def publish(session: Session, actor: Actor, draft: Draft) -> str:
    """Publish a draft as the next edition; its name. Deadlines move afterwards, by `move_round`.

    Raises Forbidden, OutOfOrder for what is published already, InvalidInput where the draft does not fit what was
    published meanwhile, and Stale where two publish at one moment.
    """
    check_right(actor)
    if draft.published_at is not None:
        raise OutOfOrder("这一版已经发布，请刷新页面", "this version is published already; reload")
    with alone(session):
        link = journal.last_link(session, SUBJECT)  # before the number: whoever publishes meanwhile breaks this link
        newest = _newest_edition(session)
        know = knowledge(session, _name_of(session))
        if isinstance(draft, CalendarYear):
            checked_year(know.rules, draft.year, draft.days, draft.source)
        else:
            checked_hours_of(know, draft.unit, draft.data)
        name = know.rules.followed_by(next_row(know.rules, draft)).current
        draft.published_at, draft.edition = db.now(session), newest + 1
        data = identity(draft) | {"edition": newest + 1, "name": name}
        events, _ = journal.rows([journal.Entry(SUBJECT, PUBLISHED, actor.id, draft.published_at, data)], link)
        journal.write(session, events)
    knowing.forget()
    return name


def _newest_edition(session: Session) -> int:
    newest = (session.scalar(select(func.max(table.edition))) or 1 for table in (CalendarYear, WorkingHours))
    return max(newest)


def _name_of(session: Session) -> str:
    """The name of the newest edition that an event has published, by which a process knows whether it is behind."""
    found = last_published(session)
    return str(found["name"]) if found else ""


class Imported(NamedTuple):
    """What became of a file: the years that are drafts now, and those that say what is published already."""

    drafted: list[int]
    unchanged: list[int]


def import_years(
    session: Session, actor: Actor, document: Mapping[str, Any], only: int | None = None, source: str = ""
) -> Imported:
    """Make drafts of the years of a document in the shape of seeds/calendar.json, or of one of them.

    `source` stands in for the years' own notices. Raises InvalidInput that names the year.
    """
    years = document.get("years") if isinstance(document, Mapping) else None
    if not isinstance(years, Mapping) or not all(isinstance(days, Mapping) for days in years.values()):
        raise InvalidInput(
            "years", "文件里要有 years：{年份: {notice, holidays, makeups}}", "years: an object is needed"
        )
    wanted = {int(year): days for year, days in years.items() if year.isdecimal() and only in (None, int(year))}
    if not wanted or (only is None and len(wanted) < len(years)):
        raise InvalidInput(
            "years", "文件里没有这一年，或有不是年份的键，请核对", "no such year in the file, or no year"
        )
    imported = Imported([], [])
    published = {row.year: row.days for row in knowledge(session).rules.years}
    for year, days in sorted(wanted.items()):
        notice = source or days.get("notice", "")
        if published.get(year) == {"makeups": {}, "holidays": {}, **days, "notice": notice}:
            imported.unchanged.append(year)
            continue
        _import_year(session, actor, year, days, notice)
        imported.drafted.append(year)
    return imported


def _import_year(session: Session, actor: Actor, year: int, days: Mapping[str, Any], notice: str) -> None:
    try:
        draft_year(session, actor, year, days, notice)
    except InvalidInput as error:
        raise InvalidInput(
            f"years.{year}.{error.field}", f"{year} 年：{error.message['zh']}", f"{year}: {error.message['en']}"
        ) from error


def read_file(path: Path) -> Any:
    """The JSON document in a file. Raises InvalidInput for what is none."""
    try:
        return json.loads(path.read_text("utf-8-sig"))
    except (ValueError, OSError, RecursionError) as error:
        raise InvalidInput("file", f"读不出 JSON：{error}", f"no JSON: {error}") from error


def city_or(unit: str) -> str:
    """The code under which hours are kept: `city` is everybody's."""
    return CITY if unit in ("", "city") else unit


def read_hours_text(text: str) -> list[list[str]]:
    """09:00-12:00,13:00-17:00 as [["09:00", "12:00"], …], in any of the dashes and commas that people write."""
    plain = text.translate(str.maketrans("，、；;—–～~：", ",,,,----:"))
    return [[time.strip() for time in interval.split("-")] for interval in plain.split(",") if interval.strip()]


def read_weekdays_text(text: str) -> list[int]:
    """1-6 or 1,3,5 as numbers, 1 being Monday. Raises InvalidInput."""
    found = re.fullmatch(r"([1-7])-([1-7])", text.strip(), re.ASCII)
    if found:
        return list(range(int(found[1]), int(found[2]) + 1))
    days = [day.strip() for day in text.split(",")]
    if not all(re.fullmatch(r"[1-7]", day, re.ASCII) for day in days):
        raise InvalidInput("weekdays", "工作日应写成 1-5 或 1,3,5，1 是星期一", "weekdays: 1-5 or 1,3,5 is needed")
    return [int(day) for day in days]
