"""Lists of twenty over a house with a year behind it: the first page beside one at the end, a small house beside it."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from bench import history, house
from bench.figures import Figure, say
from hotline import db, queries
from hotline.models import Ticket
from hotline.queries import Wanted
from hotline.rights import Actor

SMALL, SIZE, REPEATS, MOST = 10_000, 20, 200, 1.3
READER = Actor("staff:1", "bench", frozenset({"dispatcher"}))


def lists() -> list[Figure]:
    """The last page to the first, and the first of BENCH_TICKETS tickets to that of ten thousand, by both orders."""
    small, _ = _measured(SMALL)
    first, last = _measured(history.asked_for())
    return [
        Figure("list_last_page", last / first, "times the first page", MOST),
        Figure("list_of_many", first / small, "times the list of 10,000", MOST),
    ]


def _measured(tickets: int) -> tuple[float, float]:
    """Milliseconds of the first page and of the last, the median of both orders together."""
    with house.furnished(HOTLINE_DATABASE_URL=house.fresh_database()):
        history.fill(tickets)
        history.vacuum()
        with db.reading() as session:
            oldest = session.query(Ticket).order_by(Ticket.received_at, Ticket.id).offset(SIZE * 2).first()
            latest = session.query(Ticket).where(Ticket.due_at.is_not(None))
            furthest = latest.order_by(Ticket.due_at.desc(), Ticket.id.desc()).offset(SIZE * 2).first()
        if oldest is None or furthest is None or furthest.due_at is None:
            raise RuntimeError("too few tickets to turn a page")
        ends = {"received_at": (oldest.received_at, oldest.id), "due_at": (furthest.due_at, furthest.id)}
        first, last = _pages(ends)
        say(f"lists: {tickets:,} tickets, first pages {first:.2f} ms, last pages {last:.2f} ms")
    return first, last


def _pages(ends: Mapping[str, tuple[datetime, int]]) -> tuple[float, float]:
    """The first and the last page turned by turns, so that whoever else uses the machine slows both."""
    spans: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for _ in range(REPEATS):
        for order, after in ends.items():
            for at_end in (False, True):
                spans[order, at_end].append(_page(order, after if at_end else None))
    first, last = (sum(statistics.median(spans[order, at_end]) for order in ends) for at_end in (False, True))
    return first * 1000, last * 1000


def _page(order: str, after: tuple[datetime, int] | None) -> float:
    with db.reading() as session:
        start = time.perf_counter()
        queries.ticket_list(session, READER, Wanted(order=order), SIZE, after)
        return time.perf_counter() - start
