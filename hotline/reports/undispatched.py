"""Tickets received in the period that no unit was given: in no ticket rate, but counted beside them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, not_, or_, select
from sqlalchemy.orm import Session

from hotline.reports.facts import TABLE, flag, instant, known_at, narrowed
from hotline.reports.scope import Scope

_FACT = TABLE.c
_FLAGS = {"answered_at_once": "closed", "rejected": "rejected", "withdrawn": "withdrawn", "merged": "merged"}
_OVER = {outcome: flag(_FACT.flags, name) for outcome, name in _FLAGS.items()}
OUTCOMES = {**_OVER, "waiting": not_(or_(*_OVER.values()))}
"""What had become of the ticket at the cut-off."""


GROUPED = ("kind", "source", "matter", "place", "agent")
"""What such tickets can be told apart by: no unit has them."""


def undispatched(session: Session, scope: Scope) -> dict[str, int]:
    """Outcome → how many; all zero when units are asked for, since no unit was given them."""
    if scope.units:
        return dict.fromkeys(OUTCOMES, 0)
    never = never_given(scope).subquery().c
    counts = (func.count().filter(never[name]).label(name) for name in OUTCOMES)
    return dict(session.execute(select(*counts)).one()._mapping)


def never_given(scope: Scope) -> Select[Any]:
    """Each of them: ticket_id, number, received_at, what groups it, and every outcome as yes or no."""
    columns = [_FACT[name] for name in ("ticket_id", "number", "received_at", *GROUPED)]
    return select(*columns, *(condition.label(name) for name, condition in OUTCOMES.items())).where(
        _FACT.dispatched_at.is_(None),
        _FACT.received_at >= instant(scope.start),
        _FACT.received_at < instant(scope.cut_off),
        known_at(_FACT, scope.cut_off),
        *narrowed(_FACT, scope),
    )
