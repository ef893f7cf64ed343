"""The simulated clock: window by window the acts of all tickets, then the rounds of the house at that very moment.

A replay is one process, or several on PostgreSQL: each has its own tickets and its own connection, and all of them meet
at the end of each window, so that a sweep never sees a deadline of a ticket whose act before it is still to come.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from multiprocessing.process import BaseProcess
from threading import BrokenBarrierError
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, journal, sweep
from hotline import relay as outbox
from hotline.knowledge import knowledge, midnight, today
from hotline.models import Clock
from hotline.replaying import house
from hotline.replaying.calibrating import Adjusted, Calibration
from hotline.replaying.plans import Part, Planner, coming, quotas, share_of
from hotline.replaying.playing import Player
from hotline.replaying.scenario import Scenario
from hotline.rounds import index
from hotline.settings import settings

WINDOW = timedelta(hours=1)
"""So far the clock goes in one step: acts first, then the sweep of what has fallen due."""

MANY = 2000
"""From so many tickets on, planning is shared by the processors."""

RELAY_DAYS = 30
RELAY_BATCH = 10_000
TOGETHER_SECONDS = 600
"""So long the processes wait for the slowest of them at the end of a window; then something is wrong."""

LOOK_SECONDS = 0.05

_NEXT_DUE = select(func.min(Clock.next_at)).where(Clock.next_at.is_not(None))
"""With the condition of the index, which is otherwise passed over for the whole table."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to replay: `tickets` handed to units, by `processes`; at `speed` simulated seconds a second, None: at once.
    `indexed`: the search index is fed too.
    """

    scenario: Scenario
    tickets: int
    processes: int = 1
    speed: float | None = None
    indexed: bool = True


@dataclass(slots=True)
class Replayed:
    """What was done, and how long it took (seconds): planning, and the year itself."""

    messages: int = 0
    acts: int = 0
    escalations: int = 0
    seals: int = 0
    planning: float = 0.0
    playing: float = 0.0
    adjusted: Adjusted = field(default_factory=Adjusted)

    def add(self, other: Replayed) -> None:
        """Count another process's work in; they ran side by side."""
        for name in ("messages", "acts", "escalations", "seals"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.planning, self.playing = max(self.planning, other.planning), max(self.playing, other.playing)
        self.adjusted.add(other.adjusted)


class Killed(RuntimeError):
    """A process of several did not come to its end; the house it was filling is of no use."""


class Told(Protocol):
    """Who is told how far it is: what is being done, how many more, of how many."""

    def __call__(self, words: str, more: int, total: int) -> object: ...


def replay(asked: Asked, told: Told = lambda *_: None) -> Replayed:
    """Furnish the house and play the scenario to its end. Raises NotEmpty, Unreachable, and what an act that is refused
    raises: a course is legal from end to end, so that one is a fault of ours.
    """
    house.furnish(midnight(asked.scenario.first))
    return _alone(asked, told) if asked.processes == 1 else _side_by_side(asked, told)


def _alone(asked: Asked, told: Told) -> Replayed:
    work = _Work(asked, Part(), told)
    work.plan()
    work.play(work.together)
    return work.done


class _Work:
    """One process's part of the replay."""

    def __init__(self, asked: Asked, part: Part, told: Told, meet: Callable[[], object] = lambda: None) -> None:
        self.asked, self.part, self.told, self.meet = asked, part, told, meet
        self.done = Replayed()
        self.player: Player
        self.next_due: datetime | None = None
        self.acted = True

    def plan(self) -> None:
        """Make the plans of this part, and adjust them to its share of the ends."""
        started, scenario, tickets = time.monotonic(), self.asked.scenario, self.asked.tickets
        with db.reading() as session:
            know = knowledge(session)
            people, onboarded = house.people(session, know), house.onboarding(session)
        messages = coming(scenario, know, tickets)
        parts = [share_of(messages, Part(number, self.part.of)) for number in range(self.part.of)]
        planner, mine = Planner(scenario, know, tickets), parts[self.part.number]
        workers = (os.cpu_count() or 1) if self.part.of == 1 and tickets >= MANY else 1
        told = partial(self._planned, len(messages))
        plans = planner.plans(mine, onboarded.__getitem__, told, workers)
        sizes = [sum(not each.aside for each in part) for part in parts]
        calibration = Calibration(plans, planner.town, know)
        self.done.adjusted = calibration.meet(*quotas(scenario, sizes, self.part))
        self.player = Player(plans, planner.town, planner.citizens, people)
        self.done.messages, self.total = len(mine), len(messages)
        self.done.planning = time.monotonic() - started

    def _planned(self, total: int, more: int) -> None:
        self.told("计划", more, total)

    def play(self, batch: Callable[[Sequence[datetime]], None]) -> None:
        """Turn the clock from the first window to the last, a day at a time."""
        started = time.monotonic()
        for windows in _days(midnight(self.asked.scenario.first), self.player.town.end):
            if self.asked.speed:
                for end in windows:
                    batch([end])
                    self._wait(started, end)
            else:
                batch(windows)
        self.done.playing, self.done.acts = time.monotonic() - started, self.player.acts

    def _wait(self, started: float, end: datetime) -> None:
        """Until so much of our own time has passed as the speed makes of the simulated."""
        passed = (end - midnight(self.asked.scenario.first)).total_seconds() / (self.asked.speed or 1)
        time.sleep(max(0.0, passed - (time.monotonic() - started)))

    def together(self, windows: Sequence[datetime]) -> None:
        """Acts and rounds of the windows in one transaction: nobody else is here."""
        with _transaction() as session:
            for end in windows:
                self._acts(session, end)
                self.rounds(session, end)

    def apart(self, windows: Sequence[datetime]) -> None:
        """Each window's acts, committed; when all have done theirs, one does the rounds."""
        for end in windows:
            with _transaction() as session:
                self._acts(session, end)
            self.meet()
            if self.part.number == 0:
                with _transaction() as session:
                    self.rounds(session, end)
            self.meet()

    def _acts(self, session: Session, end: datetime) -> None:
        before, opened = self.player.acts, self.player.until(session, end)
        self.acted |= self.player.acts > before
        if opened:
            self.told("回放", opened, self.total)

    def rounds(self, session: Session, end: datetime) -> None:
        """What the ticker does, at the simulated moment: the sweep, each midnight the seal, each month the index."""
        session.info["now"] = end
        if self._due(session, end):
            self.done.escalations += _all(sweep.sweep, session)
        if end == midnight(today(end)):
            _all(sweep.resume_due, session)  # a suspension's cap is the end of a day
            while journal.seal(session, settings().seal_file):
                self.done.seals += 1
            self._index(session, end)

    def _due(self, session: Session, end: datetime) -> bool:
        """Whether a sweep would find anything; asked again where somebody acted or the last one found something."""
        if self.acted or self.part.of > 1:
            self.next_due = session.scalar(_NEXT_DUE)
        self.acted = self.next_due is not None and self.next_due <= end
        return self.acted

    def _index(self, session: Session, end: datetime) -> None:
        over = end == self.player.town.end
        if self.asked.indexed and (over or (today(end) - self.asked.scenario.first).days % RELAY_DAYS == 0):
            index().prepare()
            while outbox.relay(session, index(), RELAY_BATCH):
                pass


def _all(once: Callable[[Session], int], session: Session) -> int:
    """Batch by batch until one is not full; how many clocks were taken."""
    taken = 0
    while (count := once(session)) == sweep.SWEEP_BATCH:
        taken += count
    return taken + count


@contextmanager
def _transaction() -> Iterator[Session]:
    """A transaction of many acts. Each flushes itself at its end, so nothing is flushed before every question."""
    with db.transaction() as session:
        session.autoflush = False
        yield session


def _days(start: datetime, end: datetime) -> Iterator[list[datetime]]:
    """The ends of all windows, day by day of Shanghai."""
    count = (end - start) // WINDOW
    ends = (start + WINDOW * number for number in range(1, count + 1))
    for _, day in groupby(ends, key=lambda at: today(at - WINDOW)):
        yield list(day)


# Several processes


def _side_by_side(asked: Asked, told: Told) -> Replayed:
    """Fork a process for each part; the first error of one ends them all and is raised here. Raises Killed."""
    fork = multiprocessing.get_context("fork")
    barrier, queue = fork.Barrier(asked.processes), fork.SimpleQueue()
    with db.reading() as session:
        knowledge(session)  # made once, shared by all
    db.forget()
    parts = [Part(number, asked.processes) for number in range(asked.processes)]
    started = [fork.Process(target=_one, args=(asked, part, barrier, queue)) for part in parts]
    for process in started:
        process.start()
    whole, waiting, failure = Replayed(), len(started), None
    while waiting:
        if queue.empty():
            _look_after(started)
            continue
        said = queue.get()
        if isinstance(said, tuple):
            told(*said)
            continue
        waiting -= 1
        if isinstance(said, Replayed):
            whole.add(said)
        elif not failure or isinstance(failure, BrokenBarrierError):
            failure = said
    for process in started:
        process.join()
    if failure:
        raise failure
    return whole


def _look_after(started: Sequence[BaseProcess]) -> None:
    """Wait a moment for them to say something. One that was killed says nothing for ever: then nobody goes on."""
    time.sleep(LOOK_SECONDS)
    if killed := [process for process in started if process.exitcode]:
        for process in started:
            process.terminate()
        raise Killed(f"one of the {len(started)} processes was ended from outside, exit code {killed[0].exitcode}")


def _one(asked: Asked, part: Part, barrier: Any, queue: Any) -> None:
    """A process of its own: with its own connections, since those of before the fork are its parent's."""
    db.forget(close=False)
    work = _Work(asked, part, lambda *said: queue.put(said), lambda: barrier.wait(TOGETHER_SECONDS))
    try:
        work.plan()
        work.meet()
        work.play(work.apart)
    except Exception as error:  # noqa: BLE001  whatever it is, the others must not wait for us
        barrier.abort()
        queue.put(error)
    else:
        queue.put(work.done)
