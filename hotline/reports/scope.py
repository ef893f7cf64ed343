"""What a report is about: two days, both included, perhaps a part of the tickets; and its cut-off."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db
from hotline.facts import check_counted
from hotline.intake.inquiry import SOURCES, InvalidInput
from hotline.kinds import KINDS
from hotline.knowledge import Tree, knowledge, midnight, today
from hotline.models import Staff, Unit

LONGEST = timedelta(days=3660)
EARLIEST = date(1949, 10, 1)
NO_PERSON = ("system", "citizen")
"""Who opens tickets beside the staff: the house itself, and citizens by the public form."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A checked question. `start` and `cut_off` in UTC; events before `cut_off` are seen, nothing after.

    `units` is the unit asked for (or the peer group's units) and all below it, empty for the whole city; `matters` and
    `places` likewise. `agent` is the actor who opened the ticket. `assessed` leaves out tickets that a manager has
    excluded from assessment (不计入考核). `group`, `matter` and `place` are what was asked for.
    """

    first: date
    last: date
    start: datetime
    cut_off: datetime
    unit: str | None = None
    units: tuple[str, ...] = ()
    kind: str | None = None
    source: str | None = None
    matters: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    agent: str | None = None
    assessed: bool = False
    group: str | None = None
    matter: str | None = None
    place: str | None = None


class Narrowed(TypedDict, total=False):
    """What else narrows a scope: a peer group of units, a matter and a place with all below them, the actor who opened
    the ticket (staff:3, or a login name), and only what is assessed.
    """

    group: str | None
    matter: str | None
    place: str | None
    agent: str | None
    assessed: bool


def scope_of(
    session: Session,
    first: date,
    last: date,
    unit: str | None = None,
    kind: str | None = None,
    source: str | None = None,
    **more: Unpack[Narrowed],
) -> Scope:
    """The checked question. Raises InvalidInput naming from, to, unit, kind, source, group, matter, place or agent, and
    NotCounted between an upgrade and its recount.

    The cut-off is 24:00 of the last day in Asia/Shanghai; while that day is not over it is this moment: a deadline
    that lies ahead is not missed yet.
    """
    check_counted(session)
    now = db.now(session)
    _check_days(first, last, now)
    _check_code("kind", kind, KINDS.keys(), "类型")
    _check_code("source", source, SOURCES.keys(), "来源")
    group, matter, place = more.get("group"), more.get("matter"), more.get("place")
    return Scope(
        first=first,
        last=last,
        start=midnight(first),
        cut_off=min(midnight(last + timedelta(days=1)), now + timedelta(microseconds=1)),
        unit=unit,
        units=_units(session, unit, group),
        kind=kind,
        source=source,
        matters=_below(knowledge(session).matter_tree, "matter", matter, "事项") if matter else (),
        places=_below(knowledge(session).place_tree, "place", place, "地点") if place else (),
        agent=_agent(session, more.get("agent")),
        assessed=more.get("assessed", False),
        group=group,
        matter=matter,
        place=place,
    )


def read_day(text: str | None, field: str) -> date:
    """The date of the option or parameter `field` (from or to). Raises InvalidInput for anything but YYYY-MM-DD."""
    name = {"from": "起始日期", "to": "截止日期"}[field]
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        said = f"您写的是“{text[:40]}”" if text else "现在没有写"
        raise InvalidInput(
            field, f"{name}({field})应写成 2026-10-01 这样的日期，{said}", f"{field} must be a date such as 2026-10-01"
        ) from None


def unit_tree(session: Session) -> Tree:
    """All units, those too that are no longer active: the past was theirs."""
    return Tree({row.code: row.parent for row in session.execute(select(Unit.code, Unit.parent))})


def peer_groups(session: Session) -> dict[str, str]:
    """Unit → its peer group (区县, 部门 …), of those that have one, in the order of their codes."""
    rows = session.execute(select(Unit.code, Unit.peer_group).where(Unit.peer_group.is_not(None)).order_by(Unit.code))
    return {row.code: row.peer_group for row in rows}


def _units(session: Session, unit: str | None, group: str | None) -> tuple[str, ...]:
    """The unit asked for, the units of the group, or those of the group that are in the unit; with all below them."""
    if not unit and not group:
        return ()
    tree = unit_tree(session)
    _check_code("unit", unit, tree.parents.keys(), "单位")
    groups = peer_groups(session) if group else {}
    _check_code("group", group, groups.values(), "单位分组", among=dict.fromkeys(groups.values()))
    inside = tree.below(unit) if unit else frozenset(tree.parents)
    peers = {code for code, name in groups.items() if name == group}
    found = [code for code in inside if not group or peers.intersection(tree.ancestors(code))]
    if not found:
        raise InvalidInput(
            "group",
            f"单位“{unit}”里没有“{group}”的单位，请改选单位(unit)或分组(group)",
            f"no unit of the group {group!r} lies in {unit!r}; choose another unit or group",
        )
    return tuple(sorted(found))


def _below(tree: Tree, field: str, code: str, name: str) -> tuple[str, ...]:
    _check_code(field, code, tree.parents.keys(), name)
    return tuple(sorted(tree.below(code)))


def _agent(session: Session, said: str | None) -> str | None:
    """The actor as events name it, by that name or by the login."""
    if said is None or said in NO_PERSON:
        return said
    found = next((code for code, (login, _) in agents(session).items() if said in (code, login)), None)
    if found is None:
        raise InvalidInput(
            "agent",
            f"没有坐席“{said[:40]}”，请写登录名，或 staff:3 这样的编号",
            f"there is no agent {said[:40]!r}; give a login name, or a number such as staff:3",
        )
    return found


def agents(session: Session) -> dict[str, tuple[str, str]]:
    """Every account as events name it (staff:3, machine:4) → its login and name."""
    rows = session.execute(select(Staff.id, Staff.machine, Staff.login, Staff.name).order_by(Staff.id))
    return {f"{'machine' if row.machine else 'staff'}:{row.id}": (row.login, row.name) for row in rows}


def _check_days(first: date, last: date, now: datetime) -> None:
    if first > last:
        raise InvalidInput(
            "from",
            f"起始日期(from){first} 晚于截止日期(to){last}，请对调或改正",
            f"from {first} is after to {last}; swap them",
        )
    if first < EARLIEST:
        raise InvalidInput(
            "from",
            f"起始日期(from)最早是 {EARLIEST}，您写的是 {first}，请核对年份",
            f"from is {EARLIEST} at the earliest; check the year",
        )
    if last - first > LONGEST:
        raise InvalidInput(
            "from", "统计期最长十年，请缩短起止日期(from、to)", "a period is ten years at most; make it shorter"
        )
    present = today(now)
    if first > present:
        raise InvalidInput(
            "from",
            f"起始日期(from){first} 还没有到，今天是 {present}，请改为今天或更早",
            f"from {first} lies in the future; today is {present}",
        )


def _check_code(
    field: str, code: str | None, known: Container[str], name: str, among: Iterable[str] | None = None
) -> None:
    if code is None or code in known:
        return
    choice = f"可选：{'、'.join(among)}" if among else "请从列表中选择"
    english = f"; one of {', '.join(among)}" if among else "; choose one from the list"
    raise InvalidInput(field, f"{name}“{code[:40]}”不存在，{choice}", f"there is no {field} {code[:40]!r}{english}")
