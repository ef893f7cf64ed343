"""Tickets received in the period that no unit was given: in no ticket rate, but counted beside them."""

from __future__ import annotations

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from hotline.reports.facts import TABLE, flag, known_at, narrowed
from hotline.reports.scope import Scope

_FACT = TABLE.c
_FLAGS = {"answered_at_once": "closed", "rejected": "rejected", "withdrawn": "withdrawn", "merged": "merged"}
_OVER = {outcome: flag(_FACT.flags, name) for outcome, name in _FLAGS.items()}
OUTCOMES = {**_OVER, "waiting": not_(or_(*_OVER.values()))}
"""What had become of the ticket at the cut-off."""


def undispatched(session: Session, scope: Scope) -> dict[str, int]:
    """Outcome → how many; all zero when units are asked for, since no unit was given them."""
    if scope.units:
        return dict.fromkeys(OUTCOMES, 0)
    counts = (func.count().filter(condition).label(name) for name, condition in OUTCOMES.items())
    received = and_(_FACT.received_at >= scope.start, _FACT.received_at < scope.cut_off)
    query = select(*counts).where(
        _FACT.dispatched_at.is_(None), received, known_at(_FACT, scope.cut_off), *narrowed(_FACT, scope)
    )
    return dict(session.execute(query).one()._mapping)
