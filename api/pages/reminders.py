"""The quiet line above a desk's list: what its people were reminded of today, each with a link to where it waits."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline import worklists
from hotline.notices import Today, told_today
from hotline.rights import Actor

_DESK = {"dispatch": "received", "review": "resolved", "follow_up": "reviewed", "decide": "pending"}


def reminders(session: Session, who: Actor) -> list[dict[str, str]]:
    """[{words: 3 项超期 1 个工作日以上, href}], the gravest first; none on a quiet day."""
    told = told_today(session, who)
    if not told:
        return []
    words = worklists.ladder_words(session)
    return [{"words": f"{each.count:,} 项{words.get(each.level, '')}", "href": _href(who, each)} for each in told]


def _href(who: Actor, told: Today) -> str:
    if who.of_unit:
        return f"/unit?queue={'soon' if told.level == 'warn' else 'overdue'}"
    return f"/desk?queue={_DESK.get(told.clock, 'all')}"
