"""How many calls were connected 接通: the counts of connect_rate and connect_rate_15s (rules.md, Rates)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from hotline.models import Call

PROMPT_SECONDS = 15
"""connect_rate_15s counts the calls that were answered within so many."""

NOT_SPLIT = "电话在成为工单之前接听，不按单位、类型、来源、事项、地点统计"


def connected(session: Session, start: datetime, end: datetime) -> tuple[int, int, int]:
    """(answered, answered within 15 seconds, offered) of the calls that first rang in [start, end)."""
    answered = Call.answered_at.is_not(None)
    prompt = and_(answered, Call.wait_seconds <= PROMPT_SECONDS)
    counts = select(func.count().filter(answered), func.count().filter(prompt), func.count(Call.id))
    row = session.execute(counts.where(*within(start, end))).one()
    return row[0], row[1], row[2]


def within(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """The condition that a call first rang in [start, end)."""
    return Call.started_at >= start, Call.started_at < end
