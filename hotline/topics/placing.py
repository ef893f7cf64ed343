"""Tickets are placed into topics: those of some weeks at a time, grouped anew, with the topics that they were in.

A group takes the number of the topic that most of its tickets were in, so that a topic that goes on for months stays
one, though only the last weeks are looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import knowledge, today
from hotline.models import Ticket, Topic, TopicTicket
from hotline.settings import settings
from hotline.topics.counting import Counts, counts, district_of, within
from hotline.topics.grouping import Node, groups
from hotline.topics.refreshing import refresh
from hotline.topics.rises import SPANS, rises
from hotline.topics.usual import Cell

RISE, WORDS = "rise", "words"
STEPS = 4
"""A large import is gone through in steps of this part of a window: what is three parts apart is still compared."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A ticket of the window: `before` is the topic that it was in (0: none), `waits` that it is to be placed."""

    id: int
    at: datetime
    caller: str
    before: int
    waits: bool
    features: bytes
    matter: str
    district: str

    @property
    def day(self) -> date:
        """The day in the city on which it was said."""
        return today(self.at)

    @property
    def cell(self) -> Cell:
        """Its matter and district."""
        return self.matter, self.district


@dataclass(frozen=True, slots=True)
class _Found:
    """A group that may be a topic."""

    basis: str
    tickets: list[Placed]

    @property
    def callers(self) -> int:
        return len({ticket.caller for ticket in self.tickets})


def windows(session: Session) -> list[tuple[date, date]]:
    """The stretches of days to be grouped so that everything that waits is placed, oldest first; none without any.

    Each is as long as the setting says; after a large import they overlap.
    """
    waits = TopicTicket.topic_id <= 0
    first, last, newest = (
        session.scalar(each)
        for each in (
            select(func.min(TopicTicket.at)).where(waits),
            select(func.max(TopicTicket.at)).where(waits),
            select(func.max(TopicTicket.at)),
        )
    )
    if first is None or last is None or newest is None:
        return []
    length = timedelta(days=settings().topic_days)
    end = min(today(newest), today(first) + length / STEPS)
    found = [(end - length, end)]
    while end < today(last):
        end = min(today(newest), end + length / STEPS)
        found.append((end - length, end))
    return found


def place(first: date, last: date) -> int:
    """Group what was said from first to last, and write which ticket is in which topic; how many were placed.

    Its own transactions: grouping happens between two of them.
    """
    with db.reading() as session:
        tickets, told = _tickets(session, first, last), None
        if any(ticket.waits for ticket in tickets):
            told = counts(session, first - timedelta(weeks=settings().topic_past_weeks, days=max(SPANS)), last)
        by_rise = set(session.scalars(select(Topic.id).where(Topic.basis == RISE)))
        older = _older(session, {ticket.before for ticket in tickets}, first)
    if told is None:
        return 0
    found = _found(tickets, told, by_rise)
    numbered = _numbered(found, older)
    with db.transaction() as session:
        _write(session, tickets, numbered)
    return sum(ticket.waits for ticket in tickets)


def _tickets(session: Session, first: date, last: date) -> list[Placed]:
    know = knowledge(session)
    columns = (TopicTicket.ticket_id, TopicTicket.at, TopicTicket.caller, TopicTicket.topic_id, TopicTicket.features)
    query = select(*columns, Ticket.matter, Ticket.place).join(Ticket, Ticket.id == TopicTicket.ticket_id)
    rows = session.execute(query.where(within(first, last)).order_by(TopicTicket.ticket_id))
    return [
        Placed(
            row.ticket_id,
            row.at,
            row.caller,
            abs(row.topic_id or 0),
            row.topic_id is not None and row.topic_id <= 0,
            row.features,
            row.matter or "",
            district_of(know, row.place),
        )
        for row in rows
    ]


def _older(session: Session, topics: set[int], first: date) -> frozenset[int]:
    """Those of the topics that have tickets from before the window: they stay topics, however few go on with them."""
    ids = sorted(topics - {0})
    if not ids:
        return frozenset()
    before = TopicTicket.topic_id.in_(ids), ~(within(first, date.max - timedelta(days=2)))
    return frozenset(session.scalars(select(TopicTicket.topic_id).where(*before).distinct()))


def _found(tickets: Sequence[Placed], told: Counts, by_rise: set[int]) -> list[_Found]:
    """Groups of like words first; of what is left the rises of a matter in a district."""
    alike = [_Found(WORDS, members) for members in _by_words([ticket for ticket in tickets if ticket.features])]
    enough = [group for group in alike if group.callers >= 2]
    taken = {ticket.id for group in enough if group.callers >= settings().topic_least for ticket in group.tickets}
    left = [ticket for ticket in tickets if ticket.id not in taken and ticket.features]
    risen = list(_by_rises(left, told, by_rise))
    in_rise = {ticket.id for group in risen for ticket in group.tickets}
    rest = [group for group in enough if not any(ticket.id in in_rise for ticket in group.tickets)]
    return [*rest, *risen]


def _by_words(tickets: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Groups of like messages; those of one text in one place are compared once."""
    same: defaultdict[tuple[bytes, str, str], list[Placed]] = defaultdict(list)
    for ticket in tickets:
        same[ticket.features, ticket.district, ticket.matter].append(ticket)
    members = list(same.values())
    for group in groups([Node(*key) for key in same]):
        yield [ticket for index in group for ticket in members[index]]


def _by_rises(left: Sequence[Placed], told: Counts, by_rise: set[int]) -> Iterator[_Found]:
    """What rose before and goes on, and what rises now; a rise of the same cell within a week is the same."""
    found = rises(
        ((ticket.cell, ticket.day, ticket.caller) for ticket in left),
        {ticket.day for ticket in left if ticket.waits},
        told.past,
        settings().topic_alert_least,
        settings().topic_chance,
    )
    kept: defaultdict[tuple[Cell, int], list[Placed]] = defaultdict(list)
    for ticket in left:
        if ticket.before in by_rise:
            kept[ticket.cell, ticket.before].append(ticket)
    near = timedelta(days=max(SPANS))
    for cell, spans in found.items():
        of_cell = [ticket for ticket in left if ticket.cell == cell]
        for first, last in spans:
            going_on = (key for key, each in kept.items() if key[0] == cell and _touches(each, first - near, last))
            key = next(going_on, (cell, -1 - len(kept)))
            known = {ticket.id for ticket in kept[key]}
            kept[key] += [ticket for ticket in of_cell if first <= ticket.day <= last and ticket.id not in known]
    return (_Found(RISE, tickets) for tickets in kept.values())


def _touches(tickets: Sequence[Placed], first: date, last: date) -> bool:
    return any(first <= ticket.day <= last for ticket in tickets)


def _numbered(found: Sequence[_Found], older: frozenset[int]) -> list[tuple[int, _Found]]:
    """(number of its topic, 0 for a new one) of each group that is a topic: the largest overlaps take theirs first."""
    overlaps = [
        (-count, topic, index)
        for index, group in enumerate(found)
        for topic, count in Counter(ticket.before for ticket in group.tickets).items()
        if topic
    ]
    numbers: dict[int, int] = {}
    for _, topic, index in sorted(overlaps):
        if index not in numbers and topic not in numbers.values():
            numbers[index] = topic
    least = settings().topic_least
    return [
        (numbers.get(index, 0), group)
        for index, group in enumerate(found)
        if group.callers >= least or numbers.get(index) in older
    ]


def _write(session: Session, tickets: Sequence[Placed], numbered: Sequence[tuple[int, _Found]]) -> None:
    """Write what changed: which ticket is in which topic, and the rows of the topics concerned."""
    topic_of: dict[int, int] = {}
    there = set(session.scalars(select(Topic.id).where(Topic.id.in_([number for number, _ in numbered]))))
    for number, group in numbered:
        topic = number if number in there else _new(session, group, number)
        topic_of |= dict.fromkeys((ticket.id for ticket in group.tickets), topic)
    moved = [ticket for ticket in tickets if ticket.waits or topic_of.get(ticket.id, 0) != ticket.before]
    if moved:
        changed = [{"ticket_id": ticket.id, "topic_id": topic_of.get(ticket.id)} for ticket in moved]
        session.execute(update(TopicTicket), changed)
    concerned = {topic for ticket in moved for topic in (ticket.before, topic_of.get(ticket.id, 0))}
    refresh(session, sorted(concerned - {0}))


def _new(session: Session, group: _Found, number: int) -> int:
    """A row for a topic that has none, under its old number where it has one; `refresh` fills it."""
    at = [ticket.at for ticket in group.tickets]
    row = {"name": "", "basis": group.basis, "first_at": min(at), "last_at": max(at), "count": 0, "callers": 0}
    known = {"id": number} if number else {}
    return session.scalars(insert(Topic).values(**row, **known, units=[]).returning(Topic.id)).one()
