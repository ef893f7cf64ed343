"""The engines alone: time of the processor for one route, one deadline, one ticket's clocks."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import rjieba

from bench import house
from bench.duplicates import VARIABLE
from bench.figures import Figure, processor_seconds
from hotline import db
from hotline.knowledge import Knowledge, knowledge
from routing.decision import Message
from sla.clock import clocks
from sla.rules import Fixed
from sla.values import Event

BATCH = 4_326
"""So many messages in one run."""

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


def route_ms() -> Sequence[Figure]:
    """One message routed: matter, place, unit, kind, urgency, candidates and reasons; and what cutting it into words
    alone costs in the same run, so that a busy machine shows.
    """
    with house.furnished():
        router, said = _knowledge().router, _messages()
        messages, texts = cycle(said), cycle(each.content for each in said)
        seconds = processor_seconds(lambda: router.route(next(messages)), calls=len(said))
        cut = processor_seconds(lambda: rjieba.cut(next(texts)), calls=len(said))
    return [
        Figure("route_ms", seconds * 1e3, "ms, everything included", limit=3),
        Figure("route_in_cuts", seconds / cut, "times what cutting the text into words takes"),
    ]


def route_batch_s() -> Figure:
    """`python -m hotline route --json --lines` over 4,326 messages of HOTLINE_BENCH_DATA, from its start to its end; of
    our own as many, where that is absent.
    """
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in islice(cycle(_rows()), BATCH))
    with house.furnished():
        before = os.times()
        command = [sys.executable, "-m", "hotline", "route", "--json", "--lines"]
        done = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True, cwd=house.ROOT)
        after = os.times()
    if (answers := done.stdout.count(b"\n")) != BATCH:
        raise RuntimeError(f"{BATCH} messages, {answers} answers")
    taken = after.children_user + after.children_system - before.children_user - before.children_system
    return Figure("route_batch_s", taken, f"s of one core, {BATCH} messages, its start included", limit=10)


def _messages() -> list[Message]:
    said = (house.inquiry(number) for number in range(len(house.texts())))
    return [Message(each.content, each.title, each.place, each.kind) for each in said]


def _rows() -> list[dict[str, str]]:
    """Messages as the command reads them: those that were named, else our own."""
    file = Path(os.environ.get(VARIABLE, ".")) / "messages.csv"
    if VARIABLE not in os.environ or not file.is_file():
        return [{"content": each.content, "title": each.title} for each in _messages()]
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return [{"content": row["detail"], "title": row["title"]} for row in csv.DictReader(opened)]


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
