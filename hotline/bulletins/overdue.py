"""The tickets not answered past their deadline: number, unit, matter and days over; nothing of a citizen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from hotline.bulletins.periods import instant
from hotline.bulletins.shapes import Cell, Json, columns, row, section, table
from hotline.bulletins.stretches import Three, ever
from hotline.knowledge import Knowledge, knowledge
from hotline.models import Clock
from hotline.reports.facts import facts, known_at
from hotline.reports.scope import Scope

Rows = Select[*tuple[Any, ...]]
MOST = 200
"""Rows printed, the longest overdue first; beyond them their number alone."""

BASE = "截止时办结时限已到、主办单位还没有答复的全部工单，不论何时收到；只列编号、单位和事项"
HEADS = columns(
    ("number", "编号", "text"),
    ("unit", "承办单位", "text"),
    ("matter", "事项", "text"),
    ("due", "办结时限", "text"),
    ("days", "超期（天）", "count"),
    ("working", "其中工作日", "count"),
)


def overdue(session: Session, three: Three) -> Json:
    """The section 超期未办结."""
    scope, know = three.now.scope, knowledge(session)
    late = _late(scope)
    count = session.scalar(select(func.count()).select_from(late.subquery())) or 0
    if not count:
        return section("overdue", "超期未办结", why="截止时没有超过办结时限还没有答复的工单。")
    found = session.execute(late.order_by(Clock.due_at, "ticket_id").limit(MOST)).all()
    rows = [row(each.number, _cells(know, each, scope.cut_off)) for each in found]
    more = f"共 {count:,} 件，只列超期最久的 {MOST} 件。" if count > MOST else ""
    text = [f"截止时超过办结时限还没有答复的工单 {count:,} 件。"]
    return section("overdue", "超期未办结", text=text, tables=[table(("list", "超期清单", BASE), HEADS, rows, more)])


def _late(scope: Scope) -> Rows:
    """The resolve clocks that ran on at the cut-off with their deadline behind them; all as it was known then."""
    met = func.coalesce(Clock.met_at < scope.cut_off, False)
    stopped = func.coalesce(Clock.stopped_at < scope.cut_off, False)
    running = and_(Clock.name == "resolve", known_at(Clock, scope.cut_off), not_(or_(met, stopped)))
    fact = facts(ever(scope, scope.cut_off)).c
    query: Rows = select(fact.ticket_id, fact.number, fact.matter, fact.unit, Clock.due_at)
    return query.join(Clock, Clock.ticket_id == fact.ticket_id).where(running, Clock.due_at <= scope.cut_off)


def _cells(know: Knowledge, late: Any, cut_off: datetime) -> list[Cell]:
    return [
        late.number,
        know.short_names.get(late.unit or "", know.unit_name(late.unit)),
        know.matter_path(late.matter) or "未归类",
        instant(late.due_at),
        know.calendar.days_ended(late.due_at, cut_off),
        know.calendar.working_days_ended(late.due_at, cut_off),
    ]
