"""How the units stand among their peers under the scheme of assessment, with what cost them points; red and black."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from hotline.assessment import Listed, Lost, Named, Peer, Ranked, Ranking, ranking
from hotline.assessment.drafts import DEFAULT
from hotline.bulletins.shapes import Cell, Json, columns, row, section, table
from hotline.bulletins.stretches import Three
from hotline.errors import NotFound
from hotline.knowledge import knowledge

HEADS = columns(
    ("place", "名次", "count"),
    ("name", "单位", "text"),
    ("points", "得分", "points"),
    ("lost", "主要失分（指标值 分子/分母，扣分）", "text"),
)
LIST_HEADS = columns(
    ("list", "榜", "text"),
    ("group", "分组", "text"),
    ("name", "单位", "text"),
    ("place", "名次", "count"),
    ("points", "得分", "points"),
    ("why", "条件", "text"),
)
Names = Mapping[str, str]
LOSSES = 2
"""Metrics named for each unit, the dearest first."""


def standing(session: Session, three: Three) -> Json:
    """The section 考核排名."""
    try:
        found = ranking(session, DEFAULT, three.now.scope)
    except NotFound:
        return section("standing", "考核排名", why="还没有发布考核方案，本期不排名次。")
    base = f"按考核方案“{found.rules.name}”第 {found.version} 版同组比较；不含经批准不计入考核的工单"
    names = knowledge(session).short_names
    tables = [_table(each, base, names) for each in found.groups if each.ranked]
    text = _apart(found.groups, names)
    if found.excluded:
        text.append(f"经批准不计入考核的工单 {found.excluded:,} 件，不在以上各数之内。")
    if found.early:
        text.append("本期开始时方案还没有施行，按方案最早的一版试算。")
    if found.red or found.black:
        tables = [_lists(found, names), *tables]
    why = "" if tables else "本期各单位都没有应结工单，不排名次。"
    return section("standing", "考核排名", text=text, tables=tables, why=why)


def _lists(found: Ranking, names: Names) -> Json:
    rows = [row(f"{name}:{each.unit}", _listed(name, each, names)) for name, listed in _named(found) for each in listed]
    base = "各组居前、居后并合于方案所定条件的单位；条件写在每一行"
    return table(("lists", "红黑榜", base), LIST_HEADS, rows)


def _named(found: Ranking) -> tuple[tuple[str, list[Listed]], ...]:
    return ("红榜", found.red), ("黑榜", found.black)


def _listed(name: str, each: Listed, names: Names) -> list[Cell]:
    return [name, each.group, names.get(each.unit, each.name), each.place, _points(each.points), each.why]


def _table(peer: Peer, base: str, names: Names) -> Json:
    rows = [row(each.unit, _cells(each, names)) for each in peer.ranked]
    return table((f"group:{peer.name}", f"{peer.name}排名", base), HEADS, rows)


def _points(points: Decimal) -> Cell:
    return {"text": f"{points:f}", "value": f"{points:f}", "of": None}


def _cells(each: Ranked, names: Names) -> list[Cell]:
    dearest = [lost for lost in each.lost if lost.points > 0][:LOSSES]
    name = names.get(each.unit, each.name)
    return [each.place, name, _points(each.points), "；".join(map(_loss, dearest)) or "没有失分"]


def _loss(lost: Lost) -> str:
    return f"{lost.name} {lost.value:f} %（{lost.numerator:,}/{lost.denominator:,}），扣 {lost.points:f} 分"


def _apart(groups: list[Peer], names: Names) -> list[str]:
    """Units without a place, and why."""
    kinds = {
        "有转办、没有应结工单": "none_due",
        "没有转办工单": "no_tickets",
        "应结工单太少": "few",
        "有一项没有可算的数": "incomplete",
    }
    found = []
    for words, part in kinds.items():
        named: list[Named] = [each for group in groups for each in getattr(group, part)]
        if named:
            found.append(
                f"{words}的 {len(named)} 家，不排名次：{'、'.join(names.get(each.unit, each.name) for each in named)}。"
            )
    return found
