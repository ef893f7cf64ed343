"""The plan of a whole period: who writes when, where it goes, how long the unit takes, and how it ends.

The router is asked for each message as the desk will ask it, so that the plan knows who gets the ticket and which
deadline it will have. Latencies are a stratified sample of the scenario's quantiles: the ticket with the shorter limit
tends to get the shorter one.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import accumulate
from random import Random
from typing import NamedTuple

from hotline.desk.opening import message_of
from hotline.knowledge import Knowledge, midnight, today
from hotline.replaying.arrivals import arrivals
from hotline.replaying.course import CONTENT, UNHAPPY, UNREACHED, Plan, Town
from hotline.replaying.messages import Citizens
from hotline.replaying.scenario import Scenario, apportion
from routing.decision import Decision, Unit

KINDS_OF_UNITS = ("district", "department", "enterprise")
MOST_HEARD = 50_000
"""Up to so many tickets the router's decisions, some 3 KB each, are kept till the messages come; else it is asked
again.
"""

_QUIET_END = timedelta(days=12)
"""What is answered at once, rejected or withdrawn came so long before the period's end that this is over by then."""


class Part(NamedTuple):
    """The share of one process: every `of`th message from `number` on."""

    number: int = 0
    of: int = 1


class Coming(NamedTuple):
    """A message that will come: its number, when, and how it ends where no unit answers it."""

    number: int
    at: datetime
    aside: str


def town_of(scenario: Scenario, know: Knowledge) -> Town:
    """The calendar and the policy that the scenario's tickets live by."""
    return Town(
        scenario, know.calendar, know.default_policy(scenario.first), midnight(scenario.last + timedelta(days=1))
    )


def coming(scenario: Scenario, know: Knowledge, tickets: int) -> list[Coming]:
    """Every message of the period in order: `tickets` that a unit gets for good, and those beside."""
    draw = Random(scenario.seed)
    beside = {name: round(tickets * share) for name, share in scenario.aside.items()}
    moments = arrivals(scenario, tickets + sum(beside.values()), know.calendar, draw)
    early = [number for number, at in enumerate(moments) if at < town_of(scenario, know).end - _QUIET_END]
    ends = [name for name, count in beside.items() for _ in range(count)]
    asides = dict(zip(draw.sample(early, len(ends)), ends, strict=True))
    return [Coming(number, at, asides.get(number, "")) for number, at in enumerate(moments)]


def share_of(messages: Sequence[Coming], part: Part) -> list[Coming]:
    """The messages of one process."""
    return [each for each in messages if each.number % part.of == part.number]


class Planner:
    """Makes the plan of each message; `latencies` then gives the units their time."""

    def __init__(self, scenario: Scenario, know: Knowledge, tickets: int) -> None:
        self.scenario, self.know = scenario, know
        self.citizens = Citizens(know, scenario, tickets)
        self.town = town_of(scenario, know)
        self.keeps = tickets <= MOST_HEARD
        self._onboarded: dict[date, tuple[list[str], list[float]]] = {}

    def plans(
        self,
        messages: Sequence[Coming],
        onboarded: Callable[[str], date],
        told: Callable[[int], object],
        workers: int = 1,
    ) -> list[Plan]:
        """A plan for each message; `onboarded` says since when a unit takes tickets, `told` is called after each. With
        several `workers` it is the same plans sooner.
        """
        made = []
        for plan in self._drawn(messages, onboarded, workers):
            made.append(plan)
            told(1)
        self.latencies(made)
        return made

    def _drawn(self, messages: Sequence[Coming], onboarded: Callable[[str], date], workers: int) -> Iterator[Plan]:
        if workers == 1:
            yield from (self.plan(message, onboarded) for message in messages)
            return
        draw = partial(self.plan, onboarded=onboarded)
        with multiprocessing.get_context("fork").Pool(workers, _have, (draw,)) as pool:
            yield from pool.imap(_plan, messages, chunksize=64)

    def plan(self, message: Coming, onboarded: Callable[[str], date]) -> Plan:
        """All but the latency."""
        day, draw = today(message.at), Random(self.scenario.seed * 1_000_003 + message.number)
        units, weights = self._units(day, onboarded)
        [unit] = draw.choices(units, cum_weights=weights)
        made = Plan(message.number, message.at, draw.getrandbits(48), unit, unit, aside=message.aside)
        said = self.citizens.say(unit, made.key, Random(made.seed))
        decision = self.know.router.route(message_of(said.inquiry))
        made.heard = decision if self.keeps else None
        self._routed(made, decision, said.task.by_hand or message.aside in ("answer", "reject"))
        if not made.by_hand and onboarded(made.unit) > day:
            made.held = made.by_hand = True
        self._habits(made, draw)
        return made

    def _units(self, day: date, onboarded: Callable[[str], date]) -> tuple[list[str], list[float]]:
        """The units that take tickets on that day, and their shares added up; the kinds share what there is."""
        if day not in self._onboarded:
            units = [each for each in self.know.units.values() if self._takes_part(each, day, onboarded)]
            weights = [self._weight(each) for each in units]
            self._onboarded[day] = [each.code for each in units], list(accumulate(weights))
        return self._onboarded[day]

    def _takes_part(self, unit: Unit, day: date, onboarded: Callable[[str], date]) -> bool:
        return unit.kind in KINDS_OF_UNITS and unit.code in self.citizens.tasks and onboarded(unit.code) <= day

    def _weight(self, unit: Unit) -> float:
        given = self.scenario.units
        of_kind = [each.code for each in self.know.units.values() if each.kind == unit.kind]
        whole = sum(given.get(code, 1.0) for code in of_kind)
        return given[unit.kind] * given.get(unit.code, 1.0) / whole

    def _routed(self, plan: Plan, decision: Decision, held: bool) -> None:
        """What the desk will do of itself: hand it out, or let it wait for a person."""
        sure = decision.unit is not None and decision.confidence >= self.know.dispatch_threshold
        plan.kind, plan.urgency, plan.held = decision.kind, decision.urgency, held
        plan.by_hand = held or not sure or decision.reject_reason is not None
        if not plan.by_hand and decision.unit is not None:
            plan.unit = decision.unit
        if set(decision.accused) & set(self.know.unit_tree.ancestors(plan.intended)):
            plan.intended = plan.unit if plan.unit != plan.intended else "dept-discipline"
            plan.unit = plan.intended if plan.by_hand else plan.unit

    def _habits(self, plan: Plan, draw: Random) -> None:
        """How the unit and the citizen will take it."""
        chances = self.scenario.behaviour
        unreached = chances["content"] + chances["unreached"]
        said = draw.random()
        plan.last_word = CONTENT if said < chances["content"] else UNREACHED if said < unreached else UNHAPPY
        plan.stalled = draw.random() < chances["stalled"]
        plan.again = not plan.stalled and draw.random() < chances["reopened"]

    def latencies(self, plans: Sequence[Plan]) -> None:
        """Give out the scenario's latencies, each of its shares once, by the length of the limit and by chance."""
        draw = Random(self.scenario.seed + len(plans))
        pull = self.scenario.behaviour["limit_pull"]
        lengths = [(self.town.due(plan, plan.at) - plan.at) / timedelta(days=30) for plan in plans]
        scores = [pull * min(length, 1.0) * 3 + draw.gauss(0, 1) for length in lengths]
        order = sorted(range(len(plans)), key=scores.__getitem__)
        for rank, place in enumerate(order):
            plans[place].latency = self.scenario.latency_days((rank + 0.5) / len(plans))


_plans: list[Callable[[Coming], Plan]] = []
"""In a worker: how it plans, with the knowledge that it was born with."""


def _have(plan: Callable[[Coming], Plan]) -> None:
    _plans[:] = [plan]


def _plan(message: Coming) -> Plan:
    return _plans[0](message)


def quotas(scenario: Scenario, sizes: Sequence[int], part: Part) -> tuple[dict[str, int], int]:
    """(ends, content) of one part, so that all parts together have what the whole would have; `sizes` are the numbers
    of tickets of all parts.
    """
    before, upto = sum(sizes[: part.number]), sum(sizes[: part.number + 1])
    (ends, content), (ends_before, content_before) = _scaled(scenario, upto), _scaled(scenario, before)
    return {name: ends[name] - ends_before[name] for name in ends}, content - content_before


def _scaled(scenario: Scenario, tickets: int) -> tuple[dict[str, int], int]:
    return scenario.scaled(tickets) if tickets else (dict.fromkeys(scenario.ends, 0), 0)


__all__ = ["Coming", "Part", "Planner", "apportion", "coming", "quotas", "share_of", "town_of"]
