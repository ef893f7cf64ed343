"""Schemes, rankings and trials in Chinese for people, and as plain values for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from itertools import groupby
from typing import Any

from hotline.assessment.documents import plain, write
from hotline.assessment.ranking import Ranking
from hotline.assessment.scheme import EMPTY, Measure, Rounding, Scheme
from hotline.assessment.scoring import Listed, Named, Peer, Ranked, Score, rule_words
from hotline.assessment.trying import Change, Month
from hotline.intake.inquiry import SOURCES

ROUNDING = {"half_up": "四舍五入", "truncate": "舍去以后各位"}


def measure_words(measure: Measure) -> str:
    """满分 25 分；目标 95 %，每低 1 个百分点扣 0.5 分，最低 12.5 分."""
    short = "高" if measure.lower_is_better else "低"
    return (
        f"满分 {plain(measure.weight)} 分；目标 {plain(measure.target)} %，"
        f"每{short} 1 个百分点扣 {plain(measure.deduct)} 分，最低 {plain(measure.floor)} 分"
    )


def target_words(measure: Measure) -> list[str]:
    """省派工单（上级交办）：98 %; one for each target of its own."""
    return [f"{_whose(each.name, each.sources, each.groups)}：{plain(each.value)} %" for each in measure.targets]


def _whose(name: str, sources: Sequence[str], groups: Sequence[str]) -> str:
    meant = "，".join(filter(None, ("、".join(SOURCES[each] for each in sources), "、".join(groups))))
    return f"{name}（{meant}）" if name else meant


def rounding_words(rounding: Rounding) -> str:
    """保留 2 位小数，四舍五入."""
    return f"保留 {rounding.places} 位小数，{ROUNDING[rounding.rule]}"


def method_words(scheme: Scheme) -> list[str]:
    """How the points are made, step by step."""
    steps = [
        f"先算率，{rounding_words(scheme.rates)}；再按与目标相差的百分点扣分，扣到最低分为止；"
        f"得分最后{rounding_words(scheme.points)}。总分是各项得分之和，满分 {plain(scheme.full)} 分。",
        f"某一项没有可算的工单：{EMPTY[scheme.empty]}。同分同名次，按名称排列。",
    ]
    if scheme.least:
        steps.append(f"应结工单不足 {scheme.least} 件的，不排名次，单列。")
    if scheme.sources:
        steps.insert(1, "目标因来源而不同的，各来源分别算分，再按各自的件数加权平均。")
    return steps


def list_words(scheme: Scheme, color: str) -> str:
    """前 3 名，且不少于 90 分；or that there is no such list."""
    rules = scheme.red if color == "red" else scheme.black
    return "；或 ".join(rule_words(rule, color == "black") for rule in rules) if rules else "不设"


def ranking_lines(found: Ranking) -> Iterator[str]:
    """The ranking for a terminal."""
    rules = found.rules
    yield f"{rules.name}（{rules.stamp}，{rules.effective_from} 起施行），满分 {plain(rules.full)} 分"
    if found.early:
        yield "这个期间在方案施行之前开始，结果仅供参考。"
    yield f"不计入考核的工单 {found.excluded:,} 件，没有算在内。"
    for peer in found.groups:
        yield from _peer_lines(peer)
    for title, listed, rule in (
        ("红榜", found.red, list_words(rules, "red")),
        ("黑榜", found.black, list_words(rules, "black")),
    ):
        yield f"\n{title}（{rule}）{'' if listed else '：没有'}"
        for group, units in by_group(listed):
            yield f"{group}\t" + "、".join(f"{one.name} {one.points} 分" for one in units)
    if found.outside:
        yield f"\n不在本方案排名类别里：{_names(found.outside)}"


def by_group(listed: Sequence[Listed]) -> list[tuple[str, list[Listed]]]:
    """The units of a list by their peer groups, in its order."""
    return [(group, list(units)) for group, units in groupby(listed, key=lambda one: one.group)]


def _peer_lines(peer: Peer) -> Iterator[str]:
    yield f"\n{peer.name}"
    for one in peer.ranked:
        lost = f"失分最多：{one.lost[0].words}" if one.lost else "没有失分"
        yield f"{one.place}\t{one.name}\t{one.points}\t{lost}"
    for words, units in apart(peer):
        yield f"{words}：{_names(units)}"


def apart(peer: Peer) -> list[tuple[str, list[Named]]]:
    """The units without a place, by why; none that is empty."""
    every = [
        ("有指标无法计算", peer.incomplete),
        ("应结工单太少", peer.few),
        ("有转办、还没有应结工单", peer.none_due),
        ("没有转办工单", peer.no_tickets),
    ]
    return [(words, units) for words, units in every if units]


def trial_lines(months: Sequence[Month]) -> Iterator[str]:
    """The trial for a terminal: every unit that stands otherwise."""
    for month in months:
        moved = [each for each in month.changes if each.points or each.places or None in (each.was, each.now)]
        by = month.was.rules.stamp if month.was else "没有施行中的版本"
        yield f"\n{month.first} 至 {month.last}：对比 {by}，{len(month.changes)} 个单位，有变化的 {len(moved)} 个"
        yield from ("\t".join((each.group, each.name, change_words(each))) for each in moved)


def change_words(change: Change) -> str:
    """第 3 名 88.20 分 → 第 1 名 90.00 分."""
    return f"{_standing(change.was)} → {_standing(change.now)}"


def _standing(one: Ranked | None) -> str:
    return f"第 {one.place} 名 {one.points} 分" if one else "无名次"


def _names(units: Sequence[Named]) -> str:
    return "、".join(unit.name for unit in units)


# For machines: every number as text, as it is printed


def ranking_json(found: Ranking) -> dict[str, Any]:
    """The ranking with each number that it is made of."""
    return {
        "scheme": found.scheme,
        "version": found.version,
        "name": found.rules.name,
        "full": plain(found.rules.full),
        "early": found.early,
        "excluded": found.excluded,
        "groups": [_peer_json(peer) for peer in found.groups],
        "red": [_listed_json(one) for one in found.red],
        "black": [_listed_json(one) for one in found.black],
        "outside": [asdict(unit) for unit in found.outside],
    }


_APART = ("incomplete", "few", "none_due", "no_tickets")


def _peer_json(peer: Peer) -> dict[str, Any]:
    others = {name: [asdict(unit) for unit in getattr(peer, name)] for name in _APART}
    return {"name": peer.name, "ranked": [_ranked_json(one) for one in peer.ranked], **others}


def _ranked_json(one: Ranked) -> dict[str, Any]:
    return {
        "place": one.place,
        "unit": one.unit,
        "name": one.name,
        "points": str(one.points),
        "worst": one.lost[0].words if one.lost else None,
        "metrics": [_score_json(score) for score in one.scores],
    }


def _score_json(score: Score) -> dict[str, Any]:
    numbers = {name: _text(getattr(score, name)) for name in ("value", "target", "points", "lost", "weight")}
    parts = [
        {
            "name": part.name,
            "sources": list(part.sources),
            "target": plain(part.target),
            "value": _text(part.value),
            "numerator": part.numerator,
            "denominator": part.denominator,
        }
        for part in score.parts
    ]
    counts = {"numerator": score.numerator, "denominator": score.denominator, "at_floor": score.floored}
    return {"metric": score.metric, "name": score.name, **numbers, **counts, "parts": parts}


def _listed_json(one: Listed) -> dict[str, Any]:
    return asdict(one) | {"points": str(one.points)}


def trial_json(draft: Scheme, months: Sequence[Month]) -> dict[str, Any]:
    """The trial: each unit of each month under the version that judged it and under the draft."""
    return {"draft": write(draft), "months": [_month_json(month) for month in months]}


def _month_json(month: Month) -> dict[str, Any]:
    return {
        "from": str(month.first),
        "to": str(month.last),
        "in_force": month.was.rules.stamp if month.was else None,
        "units": [
            {
                "group": each.group,
                "unit": each.unit,
                "name": each.name,
                "was": _standing_json(each.was),
                "now": _standing_json(each.now),
                "points": _text(each.points),
                "places": each.places,
            }
            for each in month.changes
        ],
    }


def _standing_json(one: Ranked | None) -> dict[str, Any] | None:
    return {"place": one.place, "points": str(one.points)} if one else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
