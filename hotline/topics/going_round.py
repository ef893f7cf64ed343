"""A round of topics: read what is new, place it, tell of what rises. It does nothing where nothing is new."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from hotline import db, lease
from hotline.models import Ticket, TopicTicket
from hotline.topics.alerts import raise_alerts
from hotline.topics.keeping import LOOK_BACK, read_some, send_back
from hotline.topics.placing import place, windows

TOPICS_SECONDS = 3600.0
LEASE, LEASE_SECONDS = "topics", 600.0
"""So long one process makes topics alone; each step keeps it so much longer."""


def topics_round() -> int:
    """Bring the topics up to date; how many tickets were placed. One process at a time."""
    with db.reading() as session:
        if not waiting(session):
            return 0
    ours = lease.Holder(LEASE, LEASE_SECONDS)
    try:
        return go_round(ours.holds)
    finally:
        ours.let_go()


def waiting(session: Session) -> bool:
    """Whether there is a ticket that has not been read, or not been placed."""
    newest = session.scalar(select(func.max(TopicTicket.ticket_id))) or 0
    unread = select(Ticket.id).where(
        Ticket.id > newest - LOOK_BACK, ~exists().where(TopicTicket.ticket_id == Ticket.id)
    )
    unplaced = select(TopicTicket.ticket_id).where(TopicTicket.topic_id <= 0)
    return any(session.scalar(each.limit(1)) is not None for each in (unread, unplaced))


def go_round(holds: Callable[[], bool]) -> int:
    """Read, place and tell, as long as `holds` says that it is ours to do; how many tickets were placed.

    Broken off at any point, the next round goes on from there.
    """
    while holds() and read_some():
        pass
    placed = sum(_placed(holds))
    if placed and holds():
        with db.transaction() as session:
            raise_alerts(session)
    return placed


def _placed(holds: Callable[[], bool]) -> Iterator[int]:
    with db.reading() as session:
        stretches = windows(session)
    for first, last in stretches:
        if not holds():
            return
        yield place(first, last)


def rebuild() -> Iterator[int]:
    """Make topics anew from the tickets; yields how many were read or placed after each step. Alerts stay, and so does
    the number of each topic whose tickets are mostly still together.
    """
    yield from send_back()
    while count := read_some():
        yield count
    yield from _placed(lambda: True)
