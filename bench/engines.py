"""The engines alone: time of the processor for one route, one deadline, one ticket's clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from bench import house
from bench.figures import Figure, processor_seconds
from hotline import db
from hotline.knowledge import Knowledge, knowledge
from routing.decision import Message
from sla.clock import clocks
from sla.rules import Fixed
from sla.values import Event

START = datetime(2025, 9, 26, 2, 30, tzinfo=UTC)
"""Before the longest holiday of a year with its make-up days, so that counting has something to step over."""

STORY: Sequence[tuple[str, dict[str, Any]]] = (
    ("accept", {"unit": "u"}),
    ("contact", {"unit": "u"}),
    ("extend", {"days": 5}),
    ("decide_extension", {"approved": True, "days": 5}),
    ("resolve", {"unit": "u"}),
    ("review", {"passed": True}),
    ("follow_up", {"answered": True, "solved": False, "satisfied": False, "level": 1}),
    ("reopen", {"unit": "u"}),
)


def _knowledge() -> Knowledge:
    with db.reading() as session:
        return knowledge(session)


def route_ms() -> Figure:
    """One message routed: matter, place, unit, kind, urgency, candidates and reasons."""
    with house.furnished():
        router, said = _knowledge().router, [house.inquiry(number) for number in range(len(house.texts()))]
        messages = cycle(Message(each.content, each.title, each.place, each.kind) for each in said)
        seconds = processor_seconds(lambda: router.route(next(messages)), calls=len(said))
    return Figure("route_ms", seconds * 1e3, "ms")


def deadline_us() -> Figure:
    """15 working days, and 40 working hours: the dearer of the two."""
    with house.furnished():
        calendar = _knowledge().calendar
        starts = cycle(START + timedelta(hours=7 * number) for number in range(200))
        by_days = processor_seconds(lambda: calendar.after_working_days(next(starts), 15), calls=2000)
        by_hours = processor_seconds(lambda: calendar.after_working_time(next(starts), timedelta(hours=40)), calls=2000)
    return Figure("deadline_us", max(by_days, by_hours) * 1e6, "µs", limit=10)


def clocks_us() -> Figure:
    """All clocks of a ticket with 30 events over four cycles."""
    with house.furnished():
        know, events = _knowledge(), list(islice(_history(), 30))
        policy = know.policy_on(START.date(), "guangdong-2022")
        seconds = processor_seconds(lambda: clocks(events, Fixed(policy, know.calendar)), calls=100)
    return Figure("clocks_us", seconds * 1e6, "µs", limit=300)


def _history() -> Iterator[Event]:
    """Opened and dispatched, then STORY again and again, an act every five hours."""
    dispatch = {"unit": "u", "assisting": [], "kind": "complaint", "urgency": "normal", "complex": False, "count": 1}
    yield Event(1, START, "open", {"kind": "complaint", "urgency": "normal", "due_at": None})
    yield Event(2, START, "dispatch", dispatch | {"designated": False})
    for number, (action, data) in enumerate(cycle(STORY), 3):
        yield Event(number, START + timedelta(hours=5 * number), action, data)
