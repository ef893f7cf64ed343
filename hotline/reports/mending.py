"""差评整改: bad evaluations of the cohort's tickets, and those put right within 15 working days.

The 15 days of one that is not put right are counted by the edition of the calendar that was in force at the cut-off, so
that one published later changes no report of before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from hotline.facts import BAD_TO, TERM_WORKING_DAYS
from hotline.knowledge import knowledge, midnight, today
from hotline.models import BadEvaluation, Event
from hotline.reports.facts import facts, instant, sets
from hotline.reports.scope import Scope
from hotline.rulemaking.drafts import SUBJECT
from hotline.rulemaking.moving import PUBLISHED
from sla.calendar import Calendar

__all__ = ["BAD_TO", "TERM_WORKING_DAYS", "Bad", "bad_counts", "bad_evaluations", "bad_rows"]


class Bad(NamedTuple):
    """A bad evaluation whose term is over, or that was put right."""

    ticket_id: int
    number: str
    unit: str | None
    mended: bool


class BadCounts(NamedTuple):
    """How many were judged, how many of them put right, and how many are left out: their term is not over."""

    mended: int
    judged: int
    waiting: int


def bad_evaluations(session: Session, scope: Scope) -> tuple[list[Bad], int]:
    """Those judged at the cut-off, and how many are left out: not put right, and their 15 days not over.

    Put right: a later answered evaluation of the same ticket says solved and is not bad.
    """
    judged, waiting = [], 0
    for row in session.execute(bad_rows(session, scope).order_by("ticket_id", "nth")):
        if row.judged:
            judged.append(Bad(row.ticket_id, row.number, row.unit, row.mended))
        else:
            waiting += 1
    return judged, waiting


def bad_counts(session: Session, scope: Scope) -> BadCounts:
    """How many there are of each, counted by the database."""
    bad = bad_rows(session, scope).subquery().c
    count = func.count()
    query = select(count.filter(bad.mended), count.filter(bad.judged), count.filter(not_(bad.judged)))
    return BadCounts(*session.execute(query).one())


def bad_rows(session: Session, scope: Scope) -> Select[Any]:
    """Each bad evaluation of the cohort before the cut-off, one row: what `facts` says of its ticket, with `nth` (which
    of the ticket's it is), `mended`, and `judged`: false while its term is not over.

    None is older than the period, since nobody is asked before the ticket was handed out.
    """
    bad = BadEvaluation
    table = facts(scope)
    mended = func.coalesce(bad.mended_at < scope.cut_off, False)
    judged = or_(mended, bad.at < _term_over(_calendar(session, scope.cut_off), scope.cut_off))
    return (
        select(*table.c, bad.seq.label("nth"), mended.label("mended"), judged.label("judged"))
        .join(table, and_(table.c.ticket_id == bad.ticket_id, table.c.bad, sets(table)["dispatched"]))
        .where(bad.at >= instant(scope.start), bad.at < instant(scope.cut_off))
    )


def _calendar(session: Session, moment: datetime) -> Calendar:
    """The edition of the calendar that was in force just before `moment`, as the city lives by it."""
    published = (Event.subject == SUBJECT, Event.action == PUBLISHED, Event.at < moment)
    newest = session.scalars(select(Event.data).where(*published).order_by(Event.seq.desc()).limit(1)).first()
    name = str(newest["name"]) if newest else ""
    return knowledge(session, name).rules.calendar(name)


def _term_over(calendar: Calendar, moment: datetime) -> datetime:
    """A bad evaluation of before this instant has had its whole term by `moment`; one of after it has not."""
    day = today(moment)
    while calendar.covers(midnight(day)):
        if calendar.after_working_days(midnight(day), TERM_WORKING_DAYS).at <= moment:
            break
        day -= timedelta(days=1)
    return midnight(day + timedelta(days=1))
