"""派单差错周报: which matters were sent to the wrong unit, and where they belonged.

The cohort are the tickets first dispatched within the period; each is followed through its first cycle up to now, so
that a return after the weekend counts in the week of the mistake. It was corrected when its return was approved, when
it was designated to a unit, or when it was dispatched again to another unit or under another matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice, takewhile
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.lifecycle import Action
from hotline.models import Event
from hotline.reports import Scope
from hotline.rights import SYSTEM

HOWS = {"designated": "指定承办", "returned": "退单获准", "redispatched": "改派"}
"""How a mistake was put right; of several the first here counts."""

_ACTIONS = (Action.DISPATCH, Action.DECIDE_RETURN, Action.REOPEN)


@dataclass(frozen=True, slots=True)
class Sent:
    """One dispatch: to which unit, under which matter and place."""

    unit: str
    matter: str | None
    place: str | None


@dataclass
class Course:
    """What became of a ticket's first dispatch. `last` is None where it waits for a new unit."""

    ticket_id: int
    first: Sent
    by_machine: bool
    last: Sent | None
    hows: set[str] = field(default_factory=set)

    @property
    def how(self) -> str | None:
        """How it was put right, or None where it was not corrected."""
        return next((how for how in HOWS if how in self.hows), None)

    def add(self, action: str, data: Mapping[str, Any]) -> None:
        """The next event after the first dispatch."""
        if action == Action.DECIDE_RETURN:
            if data["approved"]:
                self.hows.add("returned")
                self.last = None
            return
        sent = sent_of(data)
        if data["designated"]:
            self.hows.add("designated")
        elif self.last is not None and (sent.unit, sent.matter) != (self.last.unit, self.last.matter):
            self.hows.add("redispatched")
        self.last = sent


@dataclass(frozen=True, slots=True)
class Line:
    """A matter: `corrected` of `dispatched`, by how they were put right (HOWS)."""

    matter: str | None
    dispatched: int
    by_machine: int
    hows: Mapping[str, int]

    @property
    def corrected(self) -> int:
        """The numerator."""
        return sum(self.hows.values())

    @property
    def rate(self) -> float | None:
        """The share corrected; None where nothing was dispatched."""
        return self.corrected / self.dispatched if self.dispatched else None


@dataclass(frozen=True, slots=True)
class Flow:
    """So many tickets went from one unit to another; `to` is None where the new unit is not chosen yet."""

    unit: str
    to: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Misdispatch:
    """The report: the whole, each matter (most corrected first), each way from unit to unit, and every course."""

    total: Line
    lines: tuple[Line, ...]
    flows: tuple[Flow, ...]
    courses: tuple[Course, ...]


def misdispatch(session: Session, scope: Scope) -> Misdispatch:
    """The report of a period; of the scope's unit and all below it where one is named, as first sent."""
    courses = tuple(each for each in _courses(session, scope) if not scope.units or each.first.unit in scope.units)
    matters: defaultdict[str | None, list[Course]] = defaultdict(list)
    for each in courses:
        matters[each.first.matter].append(each)
    lines = sorted((_line(matter, group) for matter, group in matters.items()), key=_most_corrected)
    ways = Counter((each.first.unit, each.last.unit if each.last else None) for each in courses if each.how)
    flows = tuple(Flow(*way, count) for way, count in ways.most_common() if way[0] != way[1])
    return Misdispatch(_line(None, courses), tuple(lines), flows, courses)


def _most_corrected(line: Line) -> tuple[int, int, str]:
    return -line.corrected, -line.dispatched, line.matter or ""


def _line(matter: str | None, courses: Any) -> Line:
    hows = Counter(each.how for each in courses if each.how)
    machine = sum(each.by_machine for each in courses)
    return Line(matter, len(courses), machine, {how: hows[how] for how in HOWS})


def _courses(session: Session, scope: Scope) -> Iterator[Course]:
    first = (
        select(Event.ticket_id)
        .where(Event.action == Action.DISPATCH, Event.at >= scope.start, Event.at < scope.cut_off)
        .where(Event.data["count"].as_integer() == 1)
    )
    told = select(Event.ticket_id, Event.action, Event.actor, Event.data).where(Event.action.in_(_ACTIONS))
    for some in batched(sorted(session.scalars(first))):
        rows = session.execute(told.where(Event.ticket_id.in_(some)).order_by(Event.ticket_id, Event.seq))
        for ticket_id, group in groupby(rows, key=lambda row: row.ticket_id):
            yield _course(ticket_id, list(group))


def _course(ticket_id: int, rows: Sequence[Any]) -> Course:
    """The first cycle of a ticket: from its first dispatch to its reopening, if there was one."""
    begun = next(n for n, row in enumerate(rows) if row.action == Action.DISPATCH)
    sent = sent_of(rows[begun].data)
    course = Course(ticket_id, sent, rows[begun].actor == SYSTEM.id, sent)
    for row in takewhile(lambda row: row.action != Action.REOPEN, rows[begun + 1 :]):
        course.add(row.action, row.data)
    return course


def batched(ids: Iterable[int]) -> Iterator[list[int]]:
    """Ids by the thousand: so many a statement, whatever the size of the house."""
    waiting = iter(ids)
    while some := list(islice(waiting, 1000)):
        yield some


def sent_of(data: Mapping[str, Any]) -> Sent:
    """The dispatch that an event's data tell of."""
    return Sent(data["unit"], data.get("matter"), data.get("place"))
