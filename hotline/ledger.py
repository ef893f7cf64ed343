"""台账: for each unit and the city how many tickets are open, due, breached, suspended, supervised, by level.

Three statements give the whole table, whatever the number of units: the open tickets with their running clock of the
answer, the clocks of assisting units that are past their deadline, and the distinct tickets of those. Behind each
number stands the list that it counts, from the same condition. A day is one of Asia/Shanghai, and a deadline at 24:00
belongs to the day it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, Select, Subquery, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from hotline import db
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, midnight, today
from hotline.lifecycle import OPEN, Status
from hotline.models import Clock, Escalation, Ticket
from hotline.queries import FAR, visible_to
from hotline.rights import Actor
from sla.policy import LEVELS

NUMBERS = {
    "open": "未结",
    "due_today": "今日到期",
    "due_tomorrow": "明日到期",
    "breached": "已超期",
    "suspended": "挂账",
    "supervised": "督办待反馈",
    "warn": "预警",
    "urge": "催办",
    "supervise": "督办",
    "circulate": "通报",
    "assist_overdue": "协办超期",
}
"""The columns. warn to circulate: the highest step that the running clock of the answer has reached."""

AT_DESK = "-"
"""The line of tickets that no unit holds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `unit` is a code, AT_DESK, or None for the whole; `counts` by the codes of NUMBERS."""

    unit: str | None
    name: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The table as it stands `at`: the whole first, then each unit that has anything, by its place in the tree."""

    at: datetime
    total: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked question: the units it is about (empty: the whole city) and who asks. `unit` is what was asked for."""

    actor: Actor
    unit: str | None
    units: tuple[str, ...]


def asked_of(session: Session, actor: Actor, unit: str | None = None) -> Asked:
    """What `actor` may ask: managers any unit or the city, a unit's people themselves and those below.

    Raises InvalidInput for a unit that there is not, or that is not theirs.
    """
    know = knowledge(session)
    if unit and (unit not in know.units or (actor.of_unit and unit not in actor.units)):
        raise InvalidInput("unit", f"没有单位“{unit[:40]}”，或不在您能看的范围内", f"no unit {unit[:40]!r} of yours")
    if unit:
        return Asked(actor, unit, tuple(sorted(know.unit_tree.below(unit))))
    return Asked(actor, actor.unit if actor.of_unit else None, tuple(sorted(actor.units)) if actor.of_unit else ())


def ledger(session: Session, asked: Asked) -> Ledger:
    """The table of a checked question."""
    at = db.now(session)
    lead, assists = _lead(asked), _assists(asked, at)
    found = {unit: dict(zip(_LEAD, row, strict=True)) for unit, *row in session.execute(_by_unit(lead, at))}
    overdue = session.execute(select(assists.c.party, func.count()).group_by(assists.c.party))
    late: dict[str, int] = {row[0]: row[1] for row in overdue}
    whole = {name: sum(row[name] for row in found.values()) for name in _LEAD}
    whole["assist_overdue"] = session.scalar(select(func.count(assists.c.id.distinct()))) or 0
    names = _names(session)
    lines = [
        Line(unit or AT_DESK, names.get(unit, "待转办（尚无承办单位）"), {**dict.fromkeys(NUMBERS, 0), **counts})
        for unit in sorted({*found, *late}, key=lambda code: (code is None, list(names).index(code) if code else 0))
        for counts in [found.get(unit, {}) | {"assist_overdue": late.get(unit or "", 0)}]
    ]
    name = names[asked.unit] if asked.unit else "全市"
    return Ledger(at, Line(None, name, {each: whole[each] for each in NUMBERS}), tuple(lines))


def tickets_behind(
    session: Session, asked: Asked, number: str, line: str | None = None, size: int = 20, start: int = 0
) -> list[Ticket]:
    """The tickets behind one number of the table, nearest deadline first; `line` is a unit's own line or AT_DESK."""
    query = _behind(session, asked, number, line)
    order = func.coalesce(Ticket.due_at, FAR)
    return list(session.scalars(query.order_by(order, Ticket.id).limit(size).offset(start)))


def page_behind(
    session: Session, asked: Asked, number: str, line: str | None, size: int, after: tuple[datetime, int] | None
) -> tuple[list[Ticket], tuple[datetime, int] | None]:
    """As `tickets_behind`, page by page from a cursor, and the cursor of the next page."""
    order = func.coalesce(Ticket.due_at, FAR)
    query = _behind(session, asked, number, line)
    query = query.where(tuple_(order, Ticket.id) > after) if after else query
    found = list(session.scalars(query.order_by(order, Ticket.id).limit(size + 1)))
    last = found[size - 1] if len(found) > size else None
    return found[:size], (last.due_at or FAR, last.id) if last else None


def count_behind(session: Session, asked: Asked, number: str, line: str | None = None) -> int:
    """How many tickets stand behind a number."""
    query = _behind(session, asked, number, line).with_only_columns(func.count())
    return session.scalar(query) or 0


_LEAD = tuple(name for name in NUMBERS if name != "assist_overdue")
_RANKS = {level: rank for rank, level in enumerate(LEVELS, 1)}


def _behind(session: Session, asked: Asked, number: str, line: str | None) -> Select[Ticket]:
    if number not in NUMBERS:
        names = "、".join(NUMBERS)
        raise InvalidInput("number", f"没有“{number[:40]}”这个数，可用：{names}", f"use one of {names}")
    at = db.now(session)
    if number == "assist_overdue":
        late = _assists(asked, at)
        ids = select(late.c.id).where(late.c.party == line) if line else select(late.c.id)
    else:
        lead = _lead(asked)
        ids = select(lead.c.id).where(_conditions(lead, at)[number])
        if line:
            ids = ids.where(lead.c.unit.is_(None) if line == AT_DESK else lead.c.unit == line)
    return select(Ticket).where(Ticket.id.in_(ids), visible_to(asked.actor))


def _running(name: str) -> ColumnElement[bool]:
    return and_(Clock.name == name, Clock.known_until.is_(None), Clock.met_at.is_(None), Clock.stopped_at.is_(None))


def _lead(asked: Asked) -> CTE:
    """The open tickets with the deadline of their answer while it runs, and the highest step it has reached."""
    rank = case(*((Escalation.level == level, rank) for level, rank in _RANKS.items()), else_=0)
    same = and_(
        Escalation.ticket_id == Clock.ticket_id,
        Escalation.clock == Clock.name,
        Escalation.cycle == Clock.cycle,
        Escalation.opened_by == Clock.opened_by,
        Escalation.party == Clock.party,
    )
    reached = select(func.max(rank)).where(same).correlate(Clock).scalar_subquery()
    query = (
        select(Ticket.id, Ticket.unit, Ticket.status, Ticket.supervised, Clock.due_at, reached.label("rank"))
        .outerjoin(Clock, and_(Clock.ticket_id == Ticket.id, _running("resolve")))
        .where(Ticket.status.in_(sorted(OPEN)))
    )
    lead = (query.where(Ticket.unit.in_(asked.units)) if asked.units else query).cte("lead")
    return lead.prefix_with("MATERIALIZED", dialect="postgresql")  # or it looks the rank up once for each level


def _assists(asked: Asked, at: datetime) -> Subquery:
    """The clocks of assisting units that run past their deadline."""
    query = select(Clock.ticket_id.label("id"), Clock.party).where(_running("assist"), Clock.due_at < at)
    return (query.where(Clock.party.in_(asked.units)) if asked.units else query).subquery("late")


def _conditions(lead: CTE, at: datetime) -> dict[str, ColumnElement[bool]]:
    """What each number counts. Due today and tomorrow are what can still be kept; breached is what cannot."""
    tonight = midnight(today(at) + timedelta(days=1))
    due = lead.c.due_at
    return {
        "open": lead.c.id.is_not(None),
        "due_today": and_(due >= at, due <= tonight),
        "due_tomorrow": and_(due > tonight, due <= tonight + timedelta(days=1)),
        "breached": due < at,
        "suspended": lead.c.status == Status.SUSPENDED,
        "supervised": lead.c.supervised.is_(True),
        **{level: lead.c.rank == rank for level, rank in _RANKS.items()},
    }


def _by_unit(lead: CTE, at: datetime) -> Select[Any]:
    conditions = _conditions(lead, at)
    sums = (func.coalesce(func.sum(cast(case((conditions[name], 1), else_=0), Integer)), 0) for name in _LEAD)
    return select(lead.c.unit, *sums).group_by(lead.c.unit)


def _names(session: Session) -> dict[str | None, str]:
    """Short names of the units, those below a unit right after it."""
    know = knowledge(session)
    ordered = sorted(know.units, key=lambda code: tuple(reversed(know.unit_tree.ancestors(code))))
    return {code: know.short_names[code] for code in ordered}


def lines_of(found: Ledger) -> Sequence[Line]:
    """The whole first, then the units."""
    return (found.total, *found.lines)


def as_json(found: Ledger) -> dict[str, Any]:
    """The table as the API gives it."""
    names = {"at": found.at.isoformat(), "numbers": [{"code": code, "name": name} for code, name in NUMBERS.items()]}
    return names | {"total": _line_json(found.total), "units": [_line_json(line) for line in found.lines]}


def _line_json(line: Line) -> dict[str, Any]:
    return {"unit": line.unit, "name": line.name, "counts": dict(line.counts)}


def as_table(found: Ledger) -> str:
    """The table for a terminal; Chinese characters are two columns wide."""
    width = max([12, *(_wide(line.name) for line in lines_of(found))])
    head = _padded("单位", width) + "".join(f"{_left(name, 12)}" for name in NUMBERS.values())
    rows = [
        _padded(line.name, width) + "".join(_left(f"{line.counts[code]:,}", 12) for code in NUMBERS)
        for line in lines_of(found)
    ]
    return "\n".join([head, *rows])


def _wide(text: str) -> int:
    return sum(2 if ord(each) > 0x2E7F else 1 for each in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _wide(text))


def _left(text: str, width: int) -> str:
    return " " * max(1, width - _wide(text)) + text


__all__ = [
    "AT_DESK",
    "NUMBERS",
    "Asked",
    "Ledger",
    "Line",
    "as_json",
    "as_table",
    "asked_of",
    "count_behind",
    "ledger",
    "lines_of",
    "page_behind",
    "tickets_behind",
]
