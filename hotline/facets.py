"""What a search is counted and narrowed by, in Chinese: facets in their order, and their codes with names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.desk.hotline_acts import LEVELS
from hotline.intake.inquiry import SOURCES
from hotline.kinds import KINDS
from hotline.knowledge import Knowledge
from hotline.lifecycle import STATUS_NAMES
from hotline.searchable import NOT_EVALUATED
from routing.decision import URGENCIES
from search.projection import YES

FACETS = {
    "overdue": "期限",
    "status": "状态",
    "unit": "承办单位",
    "matter": "事项",
    "place": "地点",
    "kind": "类型",
    "urgency": "紧急程度",
    "source": "来源",
    "evaluation": "评价",
}
"""Facet → its name, in the order in which they are shown."""

TREES = ("unit", "matter", "place")

EVALUATIONS = {str(level): name for level, name in LEVELS.items()} | {NOT_EVALUATED: "未评价"}
PLAIN: Mapping[str, Mapping[str, str]] = {
    "overdue": {YES: "已超期"},
    "status": {str(code): name for code, name in STATUS_NAMES.items()},
    "kind": KINDS,
    "urgency": URGENCIES,
    "source": SOURCES,
    "evaluation": EVALUATIONS,
}
"""Facet → code → name, of those whose codes are the same in every city."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One code of a facet, its name, and how many hits have it."""

    code: str
    name: str
    count: int


def name_of(know: Knowledge, facet: str, code: str) -> str:
    """The name of a code; of a place with what it lies in; the code itself where it has none any more."""
    if facet in PLAIN:
        return PLAIN[facet].get(code, code)
    if facet == "place":
        return know.place_name(code) if code in know.places else code
    if facet == "matter":
        return know.matters[code].name if code in know.matters else code
    return know.short_names.get(code, code)


def counted(know: Knowledge, facet: str, counts: Mapping[str, int]) -> list[Counted]:
    """The counts of a facet with names: levels and statuses in their own order, the rest by how many, most first."""
    order = {code: place for place, code in enumerate(PLAIN[facet])} if facet in PLAIN else {}
    codes = sorted(counts, key=lambda code: (order.get(code, len(order)), -counts[code], code))
    return [Counted(code, name_of(know, facet, code), counts[code]) for code in codes]
