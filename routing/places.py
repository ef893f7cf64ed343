"""Where it happened: a gazetteer, and rules that tell the place of the matter from other places of a text.

A name is found by longest match. Which of several places is meant is settled by what stands around it:
where it happened outweighs where the caller lives, a township confirms the district above it, a stretch "from A to B"
belongs to whatever contains both. The certainty that comes out is about the district: it decides the unit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.decision import Place
from routing.spelling import Mention, Names

DECOYS = (
    *("维修", "整修", "装修", "检修", "抢修", "返修", "失修", "修文物", "修文化"),
    *("打开", "公开", "离开", "分开", "召开", "展开", "避开", "拉开", "走开", "阳台", "阳光"),
    *("云南", "河南", "湖南", "海南", "越南", "济南", "东南", "西南", "华南", "江南", "指南"),
    *("双龙洞", "双龙戏珠", "站街女", "站街拉客", "金中学"),
    *("明确", "明显", "明白", "明天", "明年", "明细", "说明书"),
)
"""Words in which a short place name hides (维修文化墙 is not 修文): they match first and mean no place."""

ROLE_WEIGHT = {"happened": 1.5, "named": 1.0, "institution": 0.6, "lives": 0.4}
"""What a mention counts by its surroundings (our judgement, checked by the tests' sentences)."""

ROLE_REASON = {"happened": "“{}”说的是事发地", "lives": "“{}”是来件人的住处或身份"}

LEVEL_WEIGHT = {"city": 0.2, "district": 0.8}
"""A district's name says less than a road's or an estate's; the city's own name says next to nothing."""

_CLAUSE = r"[^,，。;；!！?？\s]"
AFTER_LIVING = re.compile(r"(?:区|市|县|镇|村)?的?(?:人(?![民社大才行均力])|户口|户籍|上班|工作|籍|打工)")
BEFORE_LIVING = re.compile(
    r"(?:住在?|住址[是为:：]?|家在|老家在?|户籍|户口|籍贯|来自|我是|本人是?)" + _CLAUSE + r"{0,6}\Z"
)
AFTER_HAPPENED = re.compile(
    _CLAUSE + r"{0,4}?(?:路段|路上|路口|路边|附近|门口|旁|对面|境内|辖区|公交站|交叉口|工地|门前|沿线|楼下|隧道|桥下)"
)
BEFORE_HAPPENED = re.compile(r"(?:(?<!住)在|位于|地处|发生于|地点[是为:：]?|地址[是为:：]?|途经|经过|沿着?|坐落)\Z")
AFTER_INSTITUTION = re.compile(
    r"(?:区|市|县)?(?:人民)?(?:政府|法院|检察院|公安|派出所|管委会|信访|纪委|" + _CLAUSE + r"{1,6}局)"
)
TELLING = re.compile(r"(?:医院|保健院|站|机场|大厅|高速|国道|公路|号线)\Z")
BESIDE = re.compile(r"(?:的?(?:旁|附近|对面|门口|周边|边上|后面|背后|前面|隔壁))")
"""What a place is may tell the matter (a hospital, a line), unless it happened only beside it."""

BETWEEN = re.compile(r"(?:村|镇|乡|街道)?(?:开?往|到|至|通往|去往?|[—~-]{1,2}|和|与|、)")
"""From one end of a stretch to the other: 羊昌[到]新场镇."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text: its code, the name as said, where (offsets into the text given), weight, reasons.

    `role` is what the words around it make of it: where it happened, where the person lives, part of an
    institution's name, merely named, or filled in. From `find` the weight is that of the mention (0.08..1.5, doubled
    for what was filled in); from `rank` and `best` it is the certainty, 0..1.
    """

    place: str
    name: str
    start: int
    end: int
    weight: float
    role: str = "named"
    reasons: tuple[str, ...] = ()


class Gazetteer:
    """The places of a city, ready to be found in texts."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Index the places. ValueError for a code given twice or a circle.

        A place whose parent is not among them stands on its own.
        """
        self.places: dict[str, Place] = {}
        for place in places:
            if place.code in self.places:
                raise ValueError(f"place {place.code} occurs twice")
            self.places[place.code] = place
        self._lines = {code: self._line(code) for code in self.places}
        self._names = Names(
            ((name, place.code) for place in self.places.values() for name in (place.name, *place.aliases)),
            decoys=DECOYS,
        )

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The place itself and all above it, nearest first; empty for an unknown code."""
        return self._lines.get(code, ())

    def find(self, text: str) -> list[Found]:
        """Every mention of a place in the text as given, in order, with what it counts by its surroundings.

        A name that several places bear is settled by the other places of the text; where nothing settles it,
        it stands for the nearest place that contains them all. Texts of people want normalising first.
        """
        mentions = self._names.find(text)
        certain = {mention.codes[0] for mention in mentions if len(mention.codes) == 1}
        return [self._found(text, mention, certain) for mention in mentions]

    def rank(self, text: str, said: str = "", told: Sequence[Found] | None = None) -> list[Found]:
        """The places meant, one a district at most, surest first; weights are certainties, 1 in sum at most.

        `said` is what was filled in as the place (a code, or words); it counts twice what the text says. `told` is
        what `find` found in the text, if that is known.
        """
        if said in self.places:
            name = self.places[said].name
            return [Found(said, name, 0, 0, 1.0, reasons=(f"来件填写的地点为{name}",))]
        filled = [replace(one, weight=one.weight * 2, role="filled", reasons=()) for one in self.find(said)]
        told = _where_it_happened(self.find(text) if told is None else list(told), filled)
        groups: dict[str, list[Found]] = defaultdict(list)
        for one in filled + told:
            groups[self._district(one.place)].append(one)
        return self._verdicts(groups, _stretches(text, told))

    def best(self, text: str, said: str = "") -> Found | None:
        """The place of the matter with its certainty (0..1) and its reasons; None where none is said."""
        ranked = self.rank(text, said)
        return ranked[0] if ranked else None

    def common(self, codes: Sequence[str]) -> str:
        """The nearest place that contains all of these known codes; what the first lies in where none does."""
        first, *others = (self._lines[code] for code in codes)
        return next((code for code in first if all(code in line for line in others)), first[-1])

    def _line(self, code: str) -> tuple[str, ...]:
        line = [code]
        while (parent := self.places[line[-1]].parent) in self.places and parent is not None:
            if parent in line:
                raise ValueError(f"place {code} lies in itself: {line}")
            line.append(parent)
        return tuple(line)

    def _district(self, code: str) -> str:
        """The place just below the city; the city itself for what belongs to no single district."""
        line = self._lines[code]
        return line[-2] if len(line) > 1 and self.places[line[-2]].level == "district" else line[-1]

    def _found(self, text: str, mention: Mention, certain: set[str]) -> Found:
        around = [code for code in mention.codes if certain & set(self._lines[code][:-1])]
        codes = around if len(around) == 1 else list(mention.codes)
        place = self.common(codes)
        level = self.places[place].level
        role = _role(text[max(0, mention.start - 14) : mention.start], text[mention.end : mention.end + 14])
        if level == "road" and self._district(place) == self._lines[place][-1]:
            level = "city"
        weight = ROLE_WEIGHT[role] * LEVEL_WEIGHT.get(level, 1.0)
        reasons = (ROLE_REASON[role].format(mention.name),) if role in ROLE_REASON else ()
        return Found(place, mention.name, mention.start, mention.end, weight, role, reasons)

    def _verdicts(self, groups: dict[str, list[Found]], stretches: list[tuple[Found, Found]]) -> list[Found]:
        """One Found per district: its finest place, with the share of all weight as certainty."""
        for one, other in stretches:
            if self._district(one.place) != self._district(other.place):
                return [self._stretch(one, other, 0.3)]
        districts = {code: group for code, group in groups.items() if len(self._lines[code]) > 1} or groups
        whole = {code: sum(one.weight for one in group) for code, group in districts.items()}
        total = sum(whole.values())
        verdicts = [self._verdict(districts[code], stretches, whole[code] / total) for code in districts]
        return sorted(verdicts, key=lambda one: -one.weight)

    def _verdict(self, group: list[Found], stretches: list[tuple[Found, Found]], share: float) -> Found:
        for one, other in stretches:
            if one in group and other in group:
                return self._stretch(one, other, share * 0.97)
        finest = max(group, key=lambda one: (one.weight + 0.3 * len(self._lines[one.place]), -one.start))
        names = {one.place for one in group} & set(self._lines[finest.place][1:])
        sure = share * self._sureness(finest, bool(names))
        return replace(finest, weight=sure, reasons=(self._where(finest), *finest.reasons))

    def _where(self, found: Found) -> str:
        """The reason in words: the name as said and what it belongs to."""
        told = f"来件填写的地点为“{found.name}”" if found.role == "filled" else f"文中提到“{found.name}”"
        if self._district(found.place) == self._lines[found.place][-1]:
            return f"{told},涉及全市,未说明所在区县"
        above = "".join(self.places[code].name for code in reversed(self._lines[found.place][:-1]))
        return told + ("" if above == found.name else f",即{above}")

    def _sureness(self, found: Found, confirmed: bool) -> float:
        """How far one mention can be trusted when nothing speaks against it (our judgement)."""
        if len(self._lines[found.place]) == 1 or self._district(found.place) == self._lines[found.place][-1]:
            return 0.3
        if confirmed:
            return 0.98
        if found.role == "lives" and self.places[found.place].level != "district":
            return 0.9
        return 0.8 if found.role in {"lives", "institution"} else 0.95

    def _stretch(self, one: Found, other: Found, sure: float) -> Found:
        place = self.common((one.place, other.place))
        reason = f"“{one.name}”与“{other.name}”之间,同属{self.places[place].name}"
        return Found(place, f"{one.name}—{other.name}", one.start, other.end, sure, reasons=(reason,))


def without_names(text: str, told: Iterable[Found]) -> str:
    """The text with the names found in it struck out, so that 大学城 or 站街 says where and never what."""
    for one in told:
        if BESIDE.match(text, one.end) or not TELLING.search(one.name):
            text = text[: one.start] + "_" * len(one.name) + text[one.end :]
    return text


def _role(before: str, after: str) -> str:
    """What the few characters right before and after a mention make of it."""
    if AFTER_INSTITUTION.match(after):
        return "institution"
    happened_after = AFTER_HAPPENED.match(after)
    if AFTER_LIVING.match(after) or (BEFORE_LIVING.search(before) and not happened_after):
        return "lives"
    return "happened" if happened_after or BEFORE_HAPPENED.search(before) else "named"


def _where_it_happened(told: list[Found], filled: list[Found]) -> list[Found]:
    """Leave out where the caller lives as soon as any other place is named."""
    elsewhere = [one for one in told if one.role != "lives"]
    return elsewhere if elsewhere or filled else told


def _stretches(text: str, found: list[Found]) -> list[tuple[Found, Found]]:
    """Neighbouring mentions joined like the ends of a stretch: 从羊昌到新场镇."""
    return [
        (one, other)
        for one, other in pairwise(found)
        if one.place != other.place and BETWEEN.fullmatch(text[one.end : other.start])
    ]
