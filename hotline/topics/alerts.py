"""Rises are told to managers: once for each topic and rise, and again when its callers have doubled.

An alert is an act: it stands in the audit chain with its evidence as it was, and no rebuilding takes it back. It is
over when the topic is QUIET decimal zeros more likely than its threshold; what rises after that is another rise. So a
topic that wavers about the threshold is told of once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import journal
from hotline.models import Notice, Topic, TopicAlert, TopicTicket
from hotline.notices import ITEMS
from hotline.rights import SYSTEM
from hotline.settings import settings
from hotline.topics.counting import cell_of, counts, local_day, now_day, within
from hotline.topics.heat import growth_points
from hotline.topics.hottest import callers_before, tickets_of
from hotline.topics.rises import SPANS, Strongest, strongest
from hotline.topics.thresholds import family_of, thresholds

RAISED = "raise_topic_alert"
WORDS = "words"
QUIET = 1.0
DOUBLED = 2
LEVEL = "topic"
"""The level of an alert's notice, and the clock that its items name: no clock of a ticket has it."""

MOST_NUMBERS = 200

Callers = Mapping[date, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Rise:
    """A topic with its strongest days; `threshold` is the decimal zeros from which managers are told."""

    topic: Topic
    best: Strongest
    threshold: float
    family: str

    @property
    def zeros(self) -> float:
        """The decimal zeros of its chance."""
        return growth_points(self.best.chance)


def raise_alerts(session: Session) -> list[TopicAlert]:
    """Write the alerts that the last days give, with their notices and events; those raised now.

    Within the caller's transaction. Alerts whose rise has gone are marked as over.
    """
    at, day = now_day(session)
    callers = _callers(session, day)
    ids = sorted({topic for topic, days in callers.items() if _enough(days)} | _running(session).keys())
    if not ids:
        return []
    locked = select(Topic).where(Topic.id.in_(ids)).order_by(Topic.id).with_for_update()
    rises = {rise.topic.id: rise for rise in _rises(session, session.scalars(locked).all(), callers, day)}
    running = _running(session)  # once more: whoever had the topics before us may have told of them
    for topic, alert in running.items():
        if topic not in rises or rises[topic].zeros < rises[topic].threshold - QUIET:
            alert.over_at = at
    levels = {topic: _level(rise, running.get(topic)) for topic, rise in rises.items()}
    return [_raise(session, rises[topic], level, at) for topic, level in levels.items() if level]


def _enough(days: Callers) -> bool:
    return len(frozenset[str]().union(*days.values())) >= settings().topic_alert_least


def _callers(session: Session, last: date) -> dict[int, dict[date, frozenset[str]]]:
    """The callers of each topic by day, of the longest of the SPANS."""
    columns = TopicTicket.topic_id, local_day(session).label("day"), TopicTicket.caller
    recent = within(last - timedelta(days=max(SPANS) - 1), last)
    found: defaultdict[int, defaultdict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for topic, day, caller in session.execute(select(*columns).where(recent, TopicTicket.topic_id > 0).distinct()):
        found[topic or 0][date.fromisoformat(day)].add(caller)
    return {topic: {day: frozenset(each) for day, each in days.items()} for topic, days in found.items()}


def _running(session: Session) -> dict[int, TopicAlert]:
    """The last alert of each topic whose rise is not over."""
    rows = session.scalars(select(TopicAlert).where(TopicAlert.over_at.is_(None)).order_by(TopicAlert.id))
    return {row.topic_id: row for row in rows}


def _rises(session: Session, topics: Sequence[Topic], callers: Mapping[int, Callers], day: date) -> Iterator[_Rise]:
    """The topics whose past is known and that somebody spoke of in the last days."""
    since = day - timedelta(days=max(SPANS) - 1)
    told = counts(session, since - timedelta(weeks=settings().topic_past_weeks), since - timedelta(days=1))
    past, zeros = told.past(since), thresholds(session)
    before = callers_before(session, [topic.id for topic in topics], past)
    for topic in topics:
        cell = cell_of(told.know, topic.matter, topic.place)
        own = before.get(topic.id, 0) if topic.basis == WORDS else None
        best = strongest(past, cell, callers.get(topic.id, {}), day, own)
        if best is not None:
            family = family_of(told.know, topic.matter)
            yield _Rise(topic, best, zeros.of(family), family)


def _level(rise: _Rise, last: TopicAlert | None) -> int:
    """The level at which managers are told now; 0 where there is nothing new to tell."""
    if rise.best.seen < settings().topic_alert_least or rise.zeros < rise.threshold:
        return 0
    if last is None:
        return 1
    return last.level + 1 if rise.best.seen >= DOUBLED * last.seen else 0


def _raise(session: Session, rise: _Rise, level: int, at: datetime) -> TopicAlert:
    topic, best = rise.topic, rise.best
    behind = tickets_of(session, topic.id, best.first, best.last)
    alert = TopicAlert(
        topic_id=topic.id,
        level=level,
        name=topic.name,
        matter=topic.matter,
        place=topic.place,
        family=rise.family,
        raised_at=at,
        first=best.first,
        last=best.last,
        seen=best.seen,
        expected=round(best.usual.expected, 4),
        chance=best.chance,
        threshold=10**-rise.threshold,
        numbers=[ticket.number for ticket in behind[:MOST_NUMBERS]],
        reason="",
    )
    session.add(alert)
    session.flush()
    _tell(session, alert, len(behind))
    return alert


def _tell(session: Session, alert: TopicAlert, count: int) -> None:
    """The event, and the managers' notice."""
    names = ("level", "seen", "expected", "chance", "threshold", "numbers")
    data = {"topic": alert.topic_id, "first": str(alert.first), "last": str(alert.last)}
    data |= {name: getattr(alert, name) for name in names}
    journal.record(session, journal.Entry(subject_of(alert.id), RAISED, SYSTEM.id, alert.raised_at, data))
    items = [[number, LEVEL, alert.raised_at.isoformat()] for number in alert.numbers[:ITEMS]]
    session.add(Notice(at=alert.raised_at, role="manager", unit=None, level=LEVEL, count=count, items=items))


def subject_of(alert: int) -> str:
    """The subject of an alert's events."""
    return f"topic_alert:{alert}"
