"""The acts of all tickets in the order of time, each through the desk: opened, then step by step what its course says.

A queue of simulated moments holds each open ticket's next act and no more, so that a million tickets cost memory only
while they are open.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from hotline import desk
from hotline.knowledge import Knowledge
from hotline.lifecycle import Action, Status
from hotline.models import Ticket
from hotline.replaying import wording
from hotline.replaying.course import Plan, Step, Town, course
from hotline.replaying.house import People
from hotline.replaying.messages import Citizens

Waiting = tuple[datetime, int, "Step | None"]


@dataclass(slots=True)
class _Live:
    """An open ticket as its last act left it, its plan and what is still to be done."""

    ticket: Ticket
    plan: Plan
    steps: Iterator[Step]


class Player:
    """Plays plans, in order of time, up to a moment at a time."""

    def __init__(self, plans: Sequence[Plan], town: Town, citizens: Citizens, people: People) -> None:
        self.plans = {plan.number: plan for plan in plans}
        self.town, self.citizens, self.people = town, citizens, people
        self.know: Knowledge = people.know
        self.queue: list[Waiting] = [(plan.at, plan.number, None) for plan in plans]
        heapq.heapify(self.queue)
        self.live: dict[int, _Live] = {}
        self.acts = 0

    def until(self, session: Session, end: datetime) -> int:
        """Do everything that lies before `end`; how many tickets were opened."""
        opened = 0
        while self.queue and self.queue[0][0] < end:
            at, number, step = heapq.heappop(self.queue)
            session.info["now"] = at
            if step is None:
                self._open(session, self.plans.pop(number))
                opened += 1
            else:
                self._act(session, self.live[number], step)
            self._next(number)
        return opened

    def _next(self, number: int) -> None:
        step = next(self.live[number].steps, None)
        if step is None or step.at >= self.town.end:
            del self.live[number]
        else:
            heapq.heappush(self.queue, (step.at, number, step))

    def _open(self, session: Session, plan: Plan) -> None:
        said = self.citizens.say(plan.intended, plan.key, Random(plan.seed))
        agent = self.people.agents[plan.number % len(self.people.agents)]
        ticket = desk.open_ticket(session, said.inquiry, agent, plan.held, plan.heard).ticket
        live = self.live[plan.number] = _Live(ticket, plan, course(plan, self.town))
        self.acts += 1
        if ticket.status == Status.RECEIVED and not plan.by_hand:  # a flood from one sender waits for a person
            self._perform(session, live, Step(plan.at, Action.DISPATCH, "dispatcher"), {"unit": plan.unit})

    def _act(self, session: Session, live: _Live, step: Step) -> None:
        fields = dict(step.fields) | wording.words(live.plan, step, self.know.unit_name(live.ticket.unit))
        if step.action != Action.ASSIST:
            self._perform(session, live, step, fields)
            return
        for unit in [unit for unit in live.ticket.assisting if unit not in live.ticket.assisted]:
            self._perform(session, live, step, fields, unit)

    def _perform(
        self, session: Session, live: _Live, step: Step, fields: Mapping[str, Any], unit: str | None = None
    ) -> None:
        of_unit = step.by in ("unit", "assisting")
        actor = self.people.of_unit(unit or live.ticket.unit) if of_unit else self.people.hotline[step.by]
        live.ticket = desk.perform(session, live.ticket.number, actor, step.action, fields)
        self.acts += 1
