"""Topics as pages and the API show them: plain values, names in Chinese, nothing of who wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import NotFound
from hotline.knowledge import knowledge
from hotline.models import Topic as Row
from hotline.models import TopicAlert, TopicTicket
from hotline.settings import settings
from hotline.topics.counting import counts, local_day, within
from hotline.topics.heat import chance_words
from hotline.topics.hottest import Topic, shown, sums
from hotline.topics.thresholds import VERDICTS
from hotline.topics.usual import EVERYWHERE, days_between

MOST_ALERTS = 50
STRONG, SLIGHT = 0.001, 0.05
"""How seldom a district's callers are by chance: 明显高于往常, 高于往常."""

COLUMNS = 8
"""Stretches of days that a table by district shows, newest last."""


def topic_view(topic: Topic) -> dict[str, Any]:
    """A topic for machines: everything that `hottest` says of it, times in ISO, tickets by number."""
    names = ("id", "name", "matter", "place", "count", "callers", "likes", "usual", "growth", "chance", "heat", "units")
    return {name: getattr(topic, name) for name in names} | {
        "first": topic.first.isoformat(),
        "last": topic.last.isoformat(),
        "parts": [{"name": part.name, "words": part.words, "points": part.points} for part in topic.parts],
        "tickets": [ticket.number for ticket in topic.tickets],
    }


def find_topic(session: Session, topic_id: int, first: date, last: date) -> Topic | None:
    """A topic as it is within a period; None where nobody spoke of it then. Raises NotFound where there is none."""
    row_of(session, topic_id)
    found = sums(session, first, last, topic_id)
    return shown(session, knowledge(session), found[0], first, last) if found else None


def row_of(session: Session, topic_id: int) -> Row:
    """The topic's own row. Raises NotFound."""
    row = session.get(Row, topic_id)
    if row is None:
        raise NotFound(f"没有第 {topic_id} 号热点，可能已并入别的热点", f"there is no topic {topic_id}")
    return row


def exists(session: Session, topic_id: int) -> bool:
    """Whether there is such a topic now: it may have gone into another one."""
    return session.get(Row, topic_id) is not None


def topic_of(session: Session, alert_id: int) -> int:
    """The topic that an alert is about. Raises NotFound."""
    alert = session.get(TopicAlert, alert_id)
    if alert is None:
        raise NotFound(f"没有第 {alert_id} 号预警，请刷新后再试", f"there is no alert {alert_id}")
    return alert.topic_id


def course(session: Session, topic_id: int, first: date, last: date) -> list[tuple[date, int]]:
    """How many tickets each day of the period brought the topic, quiet days too."""
    day = local_day(session).label("day")
    query = select(day, func.count()).where(TopicTicket.topic_id == topic_id, within(first, last)).group_by(day)
    found = dict(session.execute(query).all())
    return [(each, found.get(str(each), 0)) for each in days_between(first, last)]


@dataclass(frozen=True, slots=True)
class Cell:
    """A district's callers in a stretch of days; `usual` None without a past. `words` say how it compares."""

    callers: int
    usual: float | None
    words: str
    tone: str
    """'', slight or strong."""


@dataclass(frozen=True, slots=True)
class Map:
    """Districts against stretches of days: `columns` (first, last), and `rows` (name, a Cell for each column)."""

    columns: list[tuple[date, date]]
    rows: list[tuple[str, list[Cell]]]


def by_district(session: Session, last: date, days: int) -> Map:
    """The callers of each district in the last stretches of `days` days, each against what is usual there."""
    begin = last - timedelta(days=COLUMNS * days - 1)
    told = counts(session, begin - timedelta(weeks=settings().topic_past_weeks), last)
    columns = [(begin + timedelta(days=days * n), begin + timedelta(days=days * (n + 1) - 1)) for n in range(COLUMNS)]
    know = told.know
    districts = [code for code, place in know.places_in_force.items() if place.level == "district"]
    names = {code: know.places[code].name for code in sorted(districts)} | {"": "地点不明"}
    table: dict[str, list[Cell]] = {code: [] for code in names}
    for first, end in columns:
        past = told.past(first)
        seen: Counter[str] = Counter()
        for ((_, district), day), count in told.counts.items():
            if first <= day <= end:
                seen[district] += count
        for code, cells in table.items():
            usual = past.usual((EVERYWHERE, code), first, end)
            cells.append(_cell(seen[code], usual.expected if usual else None, usual.chance(seen[code]) if usual else 1))
    return Map(columns, [(names[code], cells) for code, cells in table.items() if any(cell.callers for cell in cells)])


def _cell(seen: int, expected: float | None, chance: float) -> Cell:
    if expected is None:
        return Cell(seen, None, "没有往期可比" if seen else "", "")
    if chance <= STRONG:
        return Cell(seen, expected, "明显高于往常", "strong")
    return Cell(seen, expected, "高于往常", "slight") if chance <= SLIGHT else Cell(seen, expected, "", "")


def alerts(session: Session, topic_id: int | None = None, open_only: bool = False) -> list[TopicAlert]:
    """Alerts, the newest first: of one topic or of all, or those alone that nobody has judged."""
    query = select(TopicAlert).order_by(TopicAlert.id.desc()).limit(MOST_ALERTS)
    query = query if topic_id is None else query.where(TopicAlert.topic_id == topic_id)
    return list(session.scalars(query.where(TopicAlert.verdict.is_(None)) if open_only else query))


def alert_view(alert: TopicAlert) -> dict[str, Any]:
    """An alert with its evidence, times in ISO."""
    names = ("id", "level", "name", "matter", "place", "seen", "expected", "chance", "threshold", "verdict", "reason")
    return {name: getattr(alert, name) for name in names} | {
        "topic": alert.topic_id,
        "raised_at": alert.raised_at.isoformat(),
        "over_at": alert.over_at.isoformat() if alert.over_at else None,
        "first": str(alert.first),
        "last": str(alert.last),
        "tickets": list(alert.numbers),
        "verdict_name": VERDICTS.get(alert.verdict or ""),
    }


def evidence(alert: TopicAlert) -> str:
    """The evidence in a sentence."""
    days = f"{alert.first.month}月{alert.first.day}日"
    days += f"至{alert.last.month}月{alert.last.day}日" if alert.last != alert.first else ""
    return (
        f"{days}有 {alert.seen} 人反映，往常约 {alert.expected:.1f} 人；"
        f"偶然出现的可能{chance_words(alert.chance)}（预警线{chance_words(alert.threshold)}）"
    )


def units_words(names: Sequence[str]) -> str:
    """Units in a row, or that there is none."""
    return "、".join(names) or "尚未转办"
