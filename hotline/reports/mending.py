"""差评整改: bad evaluations of the cohort's tickets, and those put right within 15 working days."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from hotline.knowledge import knowledge
from hotline.models import Evaluation
from hotline.reports.facts import facts, sets
from hotline.reports.scope import Scope

BAD_TO = 2
"""The last two of the five levels are 差评."""

TERM_WORKING_DAYS = 15


class Bad(NamedTuple):
    """A bad evaluation whose term is over, or that was put right."""

    ticket_id: int
    number: str
    unit: str | None
    mended: bool


def bad_evaluations(session: Session, scope: Scope) -> tuple[list[Bad], int]:
    """Those judged at the cut-off, and how many are left out: not put right, and their 15 days not over.

    Put right: a later answered evaluation of the same ticket says solved and is not bad. Only days before the cut-off
    decide, so a calendar published later changes nothing.
    """
    calendar, judged, waiting = knowledge(session).calendar, [], 0
    for rows in _answered(session, scope).values():
        for position, row in enumerate(rows):
            if row.level > BAD_TO:
                continue
            ends = calendar.after_working_days(row.at, TERM_WORKING_DAYS).at
            mended = any(later.solved and later.level > BAD_TO and later.at <= ends for later in rows[position + 1 :])
            if mended or ends <= scope.cut_off:
                judged.append(Bad(row.ticket_id, row.number, row.unit, mended))
            else:
                waiting += 1
    return judged, waiting


def _answered(session: Session, scope: Scope) -> dict[int, list[Any]]:
    """The answered evaluations of each ticket that has a bad one, in order."""
    bad = select(Evaluation.ticket_id).where(Evaluation.answered, Evaluation.level <= BAD_TO)
    table = facts(scope, bad)
    query = (
        select(Evaluation.ticket_id, table.c.number, table.c.unit, Evaluation.at, Evaluation.solved, Evaluation.level)
        .join(table, and_(table.c.ticket_id == Evaluation.ticket_id, sets(table)["dispatched"]))
        .where(Evaluation.answered, Evaluation.at < scope.cut_off)
        .order_by(Evaluation.ticket_id, Evaluation.seq)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        found[row.ticket_id].append(row)
    return found
