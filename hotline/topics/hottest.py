"""The hottest topics of a period: how many spoke of each, how that compares with the usual, and why it is hot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from hotline.knowledge import Knowledge, knowledge
from hotline.models import Like, Ticket, TopicTicket
from hotline.models import Topic as Row
from hotline.reports.behind import Behind
from hotline.settings import settings
from hotline.topics.counting import cell_of, counts, local_day, within
from hotline.topics.heat import Part, parts_of
from hotline.topics.usual import Past, Usual


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic within a period. `matter`, `place` and `units` are names in Chinese ('' where nobody knows).

    `count` tickets of `callers` different senders with `likes`, the first and the last said at `first` and `last`
    (UTC). `usual` is how many callers were to be expected, None where there is no past to know it from; `growth` is
    callers / usual; `chance` how likely so many or more would be by chance. `heat` is the sum of its `parts`.
    """

    id: int
    name: str
    matter: str
    place: str
    first: datetime
    last: datetime
    count: int
    callers: int
    likes: int
    usual: float | None
    growth: float | None
    heat: float
    units: list[str]
    tickets: list[Behind]
    chance: float | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Sum:
    """What a topic comes to in a period, before it is compared with others."""

    row: Row
    count: int
    callers: int
    likes: int
    days: int
    first: datetime
    last: datetime
    usual: Usual | None
    parts: tuple[Part, ...]

    @property
    def heat(self) -> float:
        """The sum of the parts as they are shown."""
        return round(sum(part.points for part in self.parts), 1)


def hottest(session: Session, first: date, last: date, limit: int = 10) -> list[Topic]:
    """The topics with most heat among what was said from `first` to `last`, both included, hottest first.

    Topics of fewer callers than the setting in that time are left out. `tickets` are those of the period, oldest first.
    Everybody's eyes: names hold no personal data, and what may be shown of a ticket is asked where it is shown.
    """
    found = sums(session, first, last)[:limit]
    return [shown(session, knowledge(session), each, first, last) for each in found]


def sums(session: Session, first: date, last: date, topic: int | None = None) -> list[Sum]:
    """Every topic of the period with its heat, hottest first; or this one alone, however few spoke of it."""
    least = settings().topic_least if topic is None else 1
    rows = [row for row in session.execute(_in_period(session, first, last, topic)) if row.callers >= least]
    if not rows:
        return []
    since = first - timedelta(weeks=settings().topic_past_weeks)
    told = counts(session, since, first - timedelta(days=1))
    ids = [row.topic_id for row in rows]
    before = callers_before(session, ids, told.past(first))
    topics = {each.id: each for each in session.scalars(select(Row).where(Row.id.in_(ids)))}
    past, know = told.past(first), told.know
    found = []
    for row in (row for row in rows if row.topic_id in topics):
        of = topics[row.topic_id]
        usual = past.usual(cell_of(know, of.matter, of.place), first, last)
        usual = usual.of_topic(before.get(of.id, 0)) if usual and of.basis == "words" else usual
        parts = parts_of(settings().topic_weights, row.callers, row.likes, row.days, usual)
        found.append(Sum(of, row.tickets, row.callers, row.likes, row.days, row.first, row.last, usual, parts))
    return sorted(found, key=lambda each: (-each.heat, -each.callers, each.row.id))


def _in_period(session: Session, first: date, last: date, topic: int | None) -> Any:
    query = (
        select(
            TopicTicket.topic_id,
            func.count().label("tickets"),
            func.count(distinct(TopicTicket.caller)).label("callers"),
            func.coalesce(func.sum(Like.likes), 0).label("likes"),
            func.count(distinct(local_day(session))).label("days"),
            func.min(TopicTicket.at).label("first"),
            func.max(TopicTicket.at).label("last"),
        )
        .outerjoin(Like, Like.ticket_id == TopicTicket.ticket_id)
        .where(within(first, last), TopicTicket.topic_id > 0 if topic is None else TopicTicket.topic_id == topic)
    )
    return query.group_by(TopicTicket.topic_id)


def callers_before(session: Session, topics: Sequence[int], past: Past) -> dict[int, int]:
    """How many callers each topic had in the days of a past, each once a day, as the past itself is counted."""
    if not (past.days and topics):
        return {}
    each_day = select(TopicTicket.topic_id, local_day(session).label("day"), TopicTicket.caller).distinct()
    told = each_day.where(within(past.days[0], past.days[-1]), TopicTicket.topic_id.in_(topics)).subquery()
    return dict(session.execute(select(told.c.topic_id, func.count()).group_by(told.c.topic_id)).all())


def shown(session: Session, know: Knowledge, found: Sum, first: date, last: date) -> Topic:
    """A sum as a Topic, with its tickets."""
    row, usual = found.row, found.usual
    expected = usual.expected if usual else None
    return Topic(
        id=row.id,
        name=row.name,
        matter=know.matters[row.matter].name if row.matter in know.matters else "",
        place=know.place_name(row.place),
        first=found.first,
        last=found.last,
        count=found.count,
        callers=found.callers,
        likes=found.likes,
        usual=None if expected is None else round(expected, 1),
        growth=None if not expected else round(found.callers / expected, 1),
        heat=found.heat,
        units=[know.unit_name(code) for code in row.units if code in know.units],
        tickets=tickets_of(session, row.id, first, last),
        chance=usual.chance(found.callers) if usual else None,
        parts=found.parts,
    )


def tickets_of(session: Session, topic: int, first: date, last: date) -> list[Behind]:
    """The tickets of a topic that were said in the period, oldest first."""
    query = select(Ticket.id, Ticket.number).join(TopicTicket, TopicTicket.ticket_id == Ticket.id)
    query = query.where(within(first, last), TopicTicket.topic_id == topic).order_by(TopicTicket.at, Ticket.id)
    return [Behind(*row) for row in session.execute(query)]
