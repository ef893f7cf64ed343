"""Callers by matter, district and day, counted in the tables: the past that `usual` reckons with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import Knowledge, knowledge, midnight, today
from hotline.models import Ticket, TopicTicket
from hotline.settings import settings
from hotline.topics.usual import EVERYWHERE, Cell, Past, days_between


@dataclass(frozen=True, slots=True)
class Counts:
    """Callers by cell and day from `first` to `last`; `begun` is the first day that anything was said on at all."""

    counts: dict[tuple[Cell, date], int]
    begun: date | None
    know: Knowledge

    def past(self, first: date) -> Past:
        """What came in the weeks of the setting before `first`, as far as there is anything."""
        since = first - timedelta(weeks=settings().topic_past_weeks)
        since = max(since, self.begun) if self.begun else first
        inside = {key: count for key, count in self.counts.items() if since <= key[1] < first}
        return Past(inside, tuple(days_between(since, first - timedelta(days=1))), self.know.calendar.is_working_day)


def counts(session: Session, first: date, last: date) -> Counts:
    """Callers by cell and day, of all that was read, both days included. A caller of several tickets of one cell and
    day is one.
    """
    know, day = knowledge(session), local_day(session)
    columns = (day.label("day"), Ticket.matter, Ticket.place)
    query = (
        select(*columns, func.count(distinct(TopicTicket.caller)))
        .join(Ticket, Ticket.id == TopicTicket.ticket_id)
        .where(within(first, last))
        .group_by(*columns)
    )
    found: Counter[tuple[Cell, date]] = Counter()
    for on, matter, place, callers in session.execute(query):
        found[(matter or "", district_of(know, place)), date.fromisoformat(on)] += callers
    return Counts(dict(found), begun(session), know)


def begun(session: Session) -> date | None:
    """The day of the first thing said that was read; None where nothing was."""
    first = session.scalar(select(TopicTicket.at).order_by(TopicTicket.at).limit(1))
    return today(first) if first else None


def within(first: date, last: date) -> ColumnElement[bool]:
    """The condition on topic_tickets of what was said from first to last, both included, in the city's days."""
    return (TopicTicket.at >= midnight(first)) & (TopicTicket.at < midnight(last + timedelta(days=1)))


def local_day(session: Session) -> ColumnElement[str]:
    """The day in the city on which something was said, as text; Asia/Shanghai is eight hours ahead all year."""
    if db.is_postgres(session):
        return func.to_char(func.timezone("Asia/Shanghai", TopicTicket.at), "YYYY-MM-DD")
    return func.date(TopicTicket.at, "+8 hours")


def district_of(know: Knowledge, place: str | None) -> str:
    """The code of the district that a place lies in; '' where nobody knows, or in none."""
    line = know.place_tree.ancestors(place)
    return next((code for code in line if know.places[code].level == "district"), "")


def cell_of(know: Knowledge, matter: str | None, place: str | None) -> Cell:
    """The cell that a topic is measured against: its matter in its district, or in the whole city."""
    return matter or "", district_of(know, place) or EVERYWHERE


def now_day(session: Session) -> tuple[datetime, date]:
    """The time of this transaction, and its day in the city."""
    at = db.now(session)
    return at, today(at)
