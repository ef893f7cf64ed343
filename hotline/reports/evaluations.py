"""What citizens said of the work: how many tickets of a scope have which of the five levels, and which those are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from hotline.intake.inquiry import InvalidInput
from hotline.reports.facts import facts, sets
from hotline.reports.scope import Scope

LEVELS = (5, 4, 3, 2, 1)
"""Best first; names in hotline.desk.hotline_acts.LEVELS."""


def levels(session: Session, scope: Scope) -> dict[int | None, int]:
    """How many evaluated tickets have each level, by the newest evaluation; None for those evaluated without one."""
    table = facts(scope)
    query = select(table.c.level, func.count()).where(sets(table)["evaluated"]).group_by(table.c.level)
    found: dict[int | None, int] = {row[0]: row[1] for row in session.execute(query)}
    return dict.fromkeys(LEVELS, 0) | found


def listed_at(scope: Scope, level: str) -> Select[Any]:
    """The tickets of one level ('' for none said) as a list of `reports.page_of`: as many as `levels` says.

    Raises InvalidInput (stars).
    """
    if level not in {"", *map(str, LEVELS)}:
        raise InvalidInput("stars", f"没有“{level[:20]}”这一档，请从满意度页打开", f"there is no level {level[:20]!r}")
    table = facts(scope)
    columns = (table.c.ticket_id, table.c.number, table.c.dispatched_at.label("at"), table.c.ticket_id.label("nth"))
    return select(*columns).where(_of(table, int(level) if level else None))


def _of(table: CTE, level: int | None) -> ColumnElement[bool]:
    return and_(sets(table)["evaluated"], table.c.level.is_(None) if level is None else table.c.level == level)
