"""How well a set of labelled messages is routed, as the shares that the tests hold to limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routing.decision import Decision, Message
from tests.routing.city import ROUTER

THRESHOLD = 0.65
"""The default of HOTLINE_DISPATCH_THRESHOLD."""


@dataclass(frozen=True)
class Labelled:
    """A message with what people say of it: the unit (None where it must wait), kind, urgency, category's code."""

    message: Message
    unit: str | None
    kind: str
    urgency: str
    category: str
    held: bool = False


@dataclass(frozen=True)
class Figures:
    """Shares, 0..1: of what would be sent, of what has a unit, and of all."""

    right_of_sent: float
    sent: float
    among_candidates: float
    kinds: float
    urgencies: float
    categories: float


def is_sent(decision: Decision) -> bool:
    """Whether the machine would dispatch it by itself."""
    return decision.unit is not None and not decision.reject_reason and decision.confidence >= THRESHOLD


def figures(rows: Iterable[Labelled]) -> Figures:
    """Route them all and count; what a person answers at once is never sent, so it is not counted among the sent."""
    both = [(row, ROUTER.route(row.message)) for row in rows]
    sent = [decision.unit == row.unit for row, decision in both if is_sent(decision) and not row.held]
    near = [
        row.unit in {decision.unit, *(one.unit for one in decision.candidates)} for row, decision in both if row.unit
    ]
    return Figures(
        right_of_sent=_share(sent),
        sent=len(sent) / len(both),
        among_candidates=_share(near),
        kinds=_share([decision.kind == row.kind for row, decision in both]),
        urgencies=_share([decision.urgency == row.urgency for row, decision in both]),
        categories=_share([(decision.matter or "")[:2] == row.category for row, decision in both]),
    )


def _share(answers: list[bool]) -> float:
    return sum(answers) / len(answers)
