"""How each unit did: what was due, done in time, late or not at all, and what the citizens said of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from hotline.bulletins.shapes import Cell, Json, Row, columns, rate_cell, row, section, share_cell, table
from hotline.bulletins.stretches import Three
from hotline.reports import Figure, UnitRow

BASE = "期内首次转办的工单（不含不予受理、撤回、并单），按截止时的主办单位，含其下级"
NOTE = (
    "应结＝按时办结＋超时办结＋到期未结；转办＝应结＋未到期（在办）；结案率＝（按时办结＋超时办结）÷应结；"
    "按时结案率＝按时办结÷应结；不满意率＝不满意÷有效评价，没有评价的不算满意，也不算不满意。"
)
HEADS = columns(
    ("name", "承办单位", "text"),
    ("dispatched", "转办", "count"),
    ("due", "应结", "count"),
    ("in_time", "按时办结", "count"),
    ("late", "超时办结", "count"),
    ("undone", "到期未结", "count"),
    ("in_hand", "未到期", "count"),
    ("closure_rate", "结案率", "rate"),
    ("closed_on_time", "按时结案率", "rate"),
    ("evaluated", "有效评价", "count"),
    ("dissatisfied", "不满意", "count"),
    ("dissatisfied_rate", "不满意率", "rate"),
)
OTHERS = "其他"
Figures = Callable[[str], Figure]


def closure(_session: Session, three: Three) -> Json:
    """The section 办理情况."""
    return section("closure", "办理情况", tables=[_table(three)], pictures=_pictures(three))


def _table(three: Three) -> Json:
    now, units = three.now, three.now.units
    rows: list[Row] = []
    for group, members in _by_group(three, [*units.rows, *units.none_due]):
        rows.append(row(f"group:{group}", [group], "group"))
        rows += [row(each.code, _cells(each.short_name, each.counts, each.figures.__getitem__)) for each in members]
    if units.hotline:
        rows.append(row("hotline", _cells(units.hotline.name, units.hotline.counts, units.hotline.figures.__getitem__)))
    rows.append(row("total", _cells("全市", now.report.counts, now.report.figure), "total"))
    return table(("units", "各单位办理情况", BASE), HEADS, rows, NOTE)


def _by_group(three: Three, units: Sequence[UnitRow]) -> list[tuple[str, list[UnitRow]]]:
    """Peer groups in the order of their units, those without one at the end."""
    ordered = sorted(units, key=lambda each: three.order[each.code])
    groups = list(dict.fromkeys(each.peer_group for each in ordered if each.peer_group))
    found = [(group, [each for each in ordered if each.peer_group == group]) for group in groups]
    rest = [each for each in ordered if not each.peer_group]
    return found + ([(OTHERS, rest)] if rest else [])


def _cells(name: str, counts: dict[str, int], figure: Figures) -> list[Cell]:
    closed, in_time, satisfied = (figure(each) for each in ("closure_rate", "closed_on_time", "satisfied_of_evaluated"))
    ended, kept = closed.numerator or 0, in_time.numerator or 0
    evaluated = satisfied.denominator or 0
    dissatisfied = evaluated - (satisfied.numerator or 0)
    return [
        name,
        counts["dispatched"],
        closed.denominator,
        kept,
        ended - kept,
        counts["open_past_deadline"],
        counts["open_within_limits"],
        rate_cell(closed),
        rate_cell(in_time),
        evaluated,
        dissatisfied,
        share_cell(dissatisfied, evaluated),
    ]


def _pictures(three: Three) -> list[Json]:
    """For each peer group: how much was closed in time and how many were satisfied, unit by unit, side by side."""
    pictures = []
    for number, (group, members) in enumerate(_by_group(three, three.now.units.rows)):
        pictures.append(
            {
                "code": f"group{number}",
                "title": f"{group}：按时结案率与满意率",
                "form": "bars",
                "unit": "%",
                "panels": [
                    _panel("按时结案率（按时办结÷应结）", "closed_on_time", members),
                    _panel("满意率（满意÷有效评价）", "satisfied_of_evaluated", members),
                ],
            }
        )
    return pictures


def _panel(title: str, metric: str, members: Sequence[UnitRow]) -> Json:
    figures = [(each.short_name, each.figures[metric]) for each in members]
    targets = {figure.target for _, figure in figures} - {None}
    target = str(targets.pop()) if len(targets) == 1 else None  # one line for all, or none
    bars = [{"label": name, "cell": rate_cell(figure)} for name, figure in figures]
    return {"title": title, "target": target, "bars": bars}
