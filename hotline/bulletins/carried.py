"""What was carried over 结转: what units had at the beginning, what became of it, and what they have at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.bulletins.shapes import Json, columns, row, section, table
from hotline.bulletins.stretches import Three, ever
from hotline.knowledge import Tree, knowledge
from hotline.reports import Scope
from hotline.reports.facts import facts, sets
from hotline.reports.scope import unit_tree

BASE = "已转办、未结案的全部工单（不含不予受理、撤回、并单），不论何时收到；期初、期末各按当时的主办单位，含其下级"
NOTE = (
    "上期结转＝已了结＋转出＋仍在本单位；结转下期＝仍在本单位＋转入＋本期新转办＋重新在办。"
    "已了结指结案、撤回、并单、不予受理；重新在办指期初已了结、期末又在办的。"
)
HEADS = columns(
    ("name", "承办单位", "text"),
    ("brought", "上期结转", "count"),
    ("ended", "已了结", "count"),
    ("moved_out", "转出", "count"),
    ("kept", "仍在本单位", "count"),
    ("moved_in", "转入", "count"),
    ("fresh", "本期新转办", "count"),
    ("again", "重新在办", "count"),
    ("carried", "结转下期", "count"),
)
COUNTED = tuple(each["code"] for each in HEADS[1:])


class Held(NamedTuple):
    """An open ticket: the unit right under the city that had it, and when it was first given out."""

    unit: str
    dispatched_at: datetime


def carried(session: Session, three: Three) -> Json:
    """The section 结转情况."""
    scope, tree = three.now.scope, unit_tree(session)
    start, end = (_open_at(session, scope, tree, moment) for moment in (scope.start, scope.cut_off))
    counts = balance(start, end, scope.start)
    if not counts:
        return section("carried", "结转情况", why="期初、期末都没有在办的工单。")
    names = knowledge(session).short_names
    rows = [
        row(code, [names.get(code, "热线（已退回，待转办）"), *(counts[code][each] for each in COUNTED)])
        for code in sorted(counts, key=three.order.__getitem__)
    ]
    total = row("total", ["合计", *(sum(each[name] for each in counts.values()) for name in COUNTED)], "total")
    return section("carried", "结转情况", tables=[table(("units", "各单位结转", BASE), HEADS, [*rows, total], NOTE)])


def balance(start: Mapping[int, Held], end: Mapping[int, Held], since: datetime) -> dict[str, Counter[str]]:
    """Unit → the counts of HEADS, from the open tickets at the start (`since`) and at the end. Pure."""
    counts: dict[str, Counter[str]] = {each.unit: Counter() for each in (*start.values(), *end.values())}
    for ticket, held in start.items():
        now = end.get(ticket)
        became = "ended" if now is None else "kept" if now.unit == held.unit else "moved_out"
        counts[held.unit].update(("brought", became))
    for ticket, held in end.items():
        counts[held.unit]["carried"] += 1
        if ticket not in start:
            counts[held.unit]["fresh" if held.dispatched_at >= since else "again"] += 1
        elif start[ticket].unit != held.unit:
            counts[held.unit]["moved_in"] += 1
    return counts


def _open_at(session: Session, scope: Scope, tree: Tree, moment: datetime) -> dict[int, Held]:
    """The tickets that were with units just before `moment`, whenever they came."""
    found = facts(ever(scope, moment))
    members = sets(found)
    query = select(found.c.ticket_id, found.c.unit, found.c.dispatched_at)
    query = query.where(or_(members["open_within_limits"], members["open_past_deadline"]))
    return {ticket: Held(_row_of(tree, unit), dispatched_at) for ticket, unit, dispatched_at in session.execute(query)}


def _row_of(tree: Tree, code: str | None) -> str:
    """The unit right under the city that a unit lies in; itself where it is that, empty for the hotline."""
    above = tree.ancestors(code)[-2:-1]
    return above[0] if above else (code or "")
