"""How the units stand among their peers under the scheme of assessment, with what cost them points; red and black."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline.assessment import Listed, Lost, Named, Peer, Ranked, ranking
from hotline.assessment.drafts import DEFAULT
from hotline.bulletins.shapes import Cell, Json, columns, row, section, table
from hotline.bulletins.stretches import Three
from hotline.errors import NotFound

HEADS = columns(
    ("place", "名次", "count"),
    ("name", "单位", "text"),
    ("points", "得分", "points"),
    ("lost", "主要失分（指标值 分子/分母，扣分）", "text"),
)
LOSSES = 2
"""Metrics named for each unit, the dearest first."""


def standing(session: Session, three: Three) -> Json:
    """The section 考核排名."""
    try:
        found = ranking(session, DEFAULT, three.now.scope)
    except NotFound:
        return section("standing", "考核排名", why="还没有发布考核方案，本期不排名次。")
    base = f"考核方案“{found.rules.name}”第 {found.version} 版，只计应结工单，同组比较"
    tables = [_table(each, base) for each in found.groups if each.ranked]
    text = [*_lists("红榜", found.red), *_lists("黑榜", found.black), *_apart(found.groups)]
    if found.excluded:
        text.append(f"经批准不计入考核的工单 {found.excluded:,} 件，不在以上各数之内。")
    if found.early:
        text.append("本期开始时方案还没有施行，按方案最早的一版试算。")
    why = "" if tables else "本期各单位都没有应结工单，不排名次。"
    return section("standing", "考核排名", text=text, tables=tables, why=why)


def _table(peer: Peer, base: str) -> Json:
    rows = [row(each.unit, _cells(each)) for each in peer.ranked]
    return table((f"group:{peer.name}", peer.name, base), HEADS, rows)


def _cells(each: Ranked) -> list[Cell]:
    points: Cell = {"text": f"{each.points:f}", "value": str(each.points), "of": None}
    dearest = [lost for lost in each.lost if lost.points > 0][:LOSSES]
    return [each.place, each.name, points, "；".join(map(_loss, dearest)) or "没有失分"]


def _loss(lost: Lost) -> str:
    return f"{lost.name} {lost.value:f} %（{lost.numerator:,}/{lost.denominator:,}），扣 {lost.points:f} 分"


def _lists(name: str, listed: list[Listed]) -> list[str]:
    if not listed:
        return [f"{name}：本期没有。"]
    return [f"{name}：" + "；".join(f"{each.name}（{each.group}，{each.why}）" for each in listed) + "。"]


def _apart(groups: list[Peer]) -> list[str]:
    """Units without a place, and why."""
    kinds = {"有转办、没有应结工单": "none_due", "没有转办工单": "no_tickets", "有一项没有可算的数": "incomplete"}
    found = []
    for words, part in kinds.items():
        named: list[Named] = [each for group in groups for each in getattr(group, part)]
        if named:
            found.append(f"{words}的 {len(named)} 家，不排名次：{'、'.join(each.name for each in named)}。")
    return found
