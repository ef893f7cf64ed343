"""Where it happened: a gazetteer, and rules that tell the place of the matter from other places of a text.

A name is found by longest match. Which of several places is meant is settled by what stands around it:
where it happened outweighs where the caller lives, a township confirms the district above it, a stretch "from A to B"
belongs to whatever contains both. The certainty that comes out is about the district: it decides the unit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from routing.decision import Place
from routing.elsewhere import STAYS, is_spoken_of, names
from routing.sounds import Sounding
from routing.spelling import Mention, Names
from routing.surroundings import ROLE_REASON, ROLE_WEIGHT, is_place, role

DECOYS = (
    *("维修", "整修", "装修", "检修", "抢修", "返修", "失修", "修文物", "修文化"),
    *("打开", "公开", "离开", "分开", "召开", "展开", "避开", "拉开", "走开", "阳台", "阳光"),
    *("云南", "河南", "湖南", "海南", "越南", "济南", "东南", "西南", "华南", "江南", "指南"),
    *("双龙洞", "双龙戏珠", "站街女", "站街拉客", "金中学"),
    *("明确", "明显", "明白", "明天", "明年", "明细", "说明书"),
)
"""Words in which a short place name hides (维修文化墙 is not 修文): they match first and mean no place."""

LEVEL_WEIGHT = {"city": 0.2, "district": 0.8}
"""A district's name says less than a road's or an estate's; the city's own name says next to nothing."""

TELLING = re.compile(r"(?:医院|保健院|站|机场|大厅|高速|国道|公路|号线)\Z")
TYPE = re.compile(r"(?:街道|镇|乡|(?<!高)新区|区|县|市)\Z")
ROAD = re.compile(r"(?:路|街|大道|巷|线)\Z")
SPOTS = frozenset({"community", "road", "landmark", "estate", "company"})
TOLD = {"filled": "来件填写的地点为“{}”", "confirmed": "坐席与来件人核对的地点为“{}”"}
ABROAD = "~"
"""The code of what lies beyond the city."""

BESIDE = re.compile(r"(?:的?(?:旁|附近|对面|门口|周边|边上|后面|背后|前面|隔壁))")
"""What a place is may tell the matter (a hospital, a line), unless it happened only beside it."""

BETWEEN = re.compile(r"(?:县?城区?|村|镇|乡|街道)?(?:开?往|到|至|通往|去往?|[—~-]{1,2}|和|与|跟|、)")
"""From one end of a stretch to the other: 羊昌[到]新场镇."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text: its code, the name as said, where (offsets into the text given), weight, reasons.

    `role` is what the words around it make of it: where it happened, where the person works or lives, part of an
    institution's name, merely named, denied, filled in, confirmed on the phone, or where the message's point lies. From
    `find` the weight is that of the mention (0..1.5, doubled for what was filled in); from `rank` and `best` it is the
    certainty, 0..1. `bearers` are all places of this name; `meant` is the right spelling of what was misspelt.
    """

    place: str
    name: str
    start: int
    end: int
    weight: float
    role: str = "named"
    reasons: tuple[str, ...] = ()
    bearers: tuple[str, ...] = ()
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Abroad:
    """A place beyond the city: its full name, and whether it is where the matter happened or is only spoken of."""

    name: str
    happened: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """All places of a text, in order: those of the city, and those beyond it."""

    told: tuple[Found, ...]
    abroad: tuple[Abroad, ...]


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
        said = [(name, place) for place in self.places.values() for name in (place.name, *place.aliases)]
        known = {name for name, _ in said}
        self._shy = dict(self._shy_names(known))
        self._abroad = names(frozenset(known), next((p.name for p in self.places.values() if p.level == "city"), ""))
        told = [(name, place.code) for name, place in said] + list(self._shy.items())
        self._names = Names(told + [(name, ABROAD) for name in self._abroad], decoys=DECOYS)
        self._sounds = Sounding(
            (name, place.code) for name, place in said if len(name) > (3 if place.level in {"road", "estate"} else 2)
        )

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The place itself and all above it, nearest first; empty for an unknown code."""
        return self._lines.get(code, ())

    def find(self, text: str) -> list[Found]:
        """Every mention of a place in the text as given, in order, with what it counts by its surroundings.

        A name that several places bear is settled by the other places of the text; where nothing settles it,
        it stands for the nearest place that contains them all. Texts of people want normalising first.
        """
        return list(self.survey(text).told)

    def survey(self, text: str) -> Survey:
        """What `find` finds, and the places beyond the city."""
        mentions = self._names.find(text)
        abroad = tuple(self._beyond(text, one) for one in mentions if one.codes == (ABROAD,))
        spelt = [(one, "") for one in mentions if one.codes != (ABROAD,) and self._is_meant(text, one)]
        spelt += _misspelt(self._sounds, text, mentions)
        certain = {one.codes[0] for one, _ in spelt if len(one.codes) == 1}
        spelt.sort(key=lambda each: each[0].start)
        told: list[Found] = []
        begin = 0
        for one, meant in spelt:
            place = self._place(one, certain)
            if told and self._goes_on(told[-1], one, place):
                continue
            # 位于云岩区中山西路: what stands before the district says it of the road as well
            chained = told and told[-1].end == one.start and told[-1].place in self._lines[place]
            begin = begin if chained else one.start
            told.append(self._found(one, place, meant, role(text, begin, one.end)))
        return Survey(tuple(told), tuple(one for one in abroad if one))

    def rank(self, text: str, said: str = "", told: Sequence[Found] | None = None, confirmed: str = "") -> list[Found]:
        """The places meant, one a district at most, surest first; weights are certainties, 1 in sum at most.

        `said` is what was filled in as the place (a code, or words); it counts twice what the text says, and so does
        `confirmed`, what an agent read back and the citizen agreed to. `told` is what `find` found in the text, if that
        is known.
        """
        if said in self.places:
            name = self.places[said].name
            return [Found(said, name, 0, 0, 1.0, "filled", (f"来件填写的地点为{name}",))]
        filled = [replace(one, weight=2.0, role="filled", reasons=()) for one in self.find(said) if one.weight]
        agreed = [one for one in self.find(confirmed) if one.role not in {"lives", "works", "denied"}]
        filled += [replace(one, weight=2.0, role="confirmed", reasons=()) for one in agreed]
        filled = [replace(one, weight=one.weight * self._level_weight(one.place)) for one in filled]
        told = _where_it_happened(self.find(text) if told is None else list(told), filled)
        groups: dict[str, list[Found]] = defaultdict(list)
        for one in filled + told:
            groups[self.district(one.place)].append(one)
        return self._verdicts(groups, self._stretches(text, told)) if groups else []

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

    def district(self, code: str) -> str:
        """The place just below the city; the city itself for what belongs to no single district."""
        line = self._lines[code]
        return line[-2] if len(line) > 1 and self.places[line[-2]].level == "district" else line[-1]

    def in_district(self, code: str) -> bool:
        """Whether the place lies in one district, which it tells; False for the city and for roads through many."""
        return any(self.places[each].level == "district" for each in self._lines[code])

    def _shy_names(self, known: set[str]) -> Iterator[tuple[str, str]]:
        """What people call a district or township for short where that is a word too: only known by its company."""
        short: dict[str, list[str]] = defaultdict(list)
        for one in self.places.values():
            if one.level in {"district", "township"}:
                for name in dict.fromkeys(TYPE.sub("", name) for name in (one.name, *one.aliases)):
                    short[name].append(one.code)
        for name, codes in short.items():
            place = self.common(codes)
            if len(name) > 1 and name not in known and self.in_district(place):
                yield name, place

    def _goes_on(self, before: Found, one: Mention, place: str) -> bool:
        """高新区长岭南路: a road goes on beyond the district that the list has it in, so the words' district holds."""
        district = before.end == one.start and self.places[before.place].level == "district"
        return district and before.place not in self._lines[place] and bool(ROAD.search(one.name))

    def _is_meant(self, text: str, one: Mention) -> bool:
        code = self._shy.get(one.name)
        district = code is not None and self.places[code].level == "district"
        return code is None or is_place(text, one.start, one.end, district=district)

    def _beyond(self, text: str, one: Mention) -> Abroad | None:
        """None for what only bears the name of a place: a dish, a bank, a person's origin."""
        part = role(text, one.start, one.end)
        if part == "denied" or not is_spoken_of(text, one.start, one.end):
            return None
        return Abroad(self._abroad[one.name], part == "happened" and not STAYS.match(text, one.end))

    def _level_weight(self, place: str) -> float:
        level = self.places[place].level
        if level in SPOTS and self.district(place) == self._lines[place][-1]:
            level = "city"
        return LEVEL_WEIGHT.get(level, 1.0)

    def _place(self, mention: Mention, certain: set[str]) -> str:
        """Which of all that bear the name is meant: the one around which others are named, else what contains all."""
        around = [code for code in mention.codes if certain & set(self._lines[code][:-1])]
        return around[0] if len(around) == 1 else self.common(mention.codes)

    def _found(self, mention: Mention, place: str, meant: str, part: str) -> Found:
        weight = ROLE_WEIGHT[part] * self._level_weight(place)
        reasons = (ROLE_REASON[part].format(mention.name),) if part in ROLE_REASON else ()
        return Found(place, mention.name, mention.start, mention.end, weight, part, reasons, mention.codes, meant)

    def _verdicts(self, groups: dict[str, list[Found]], stretches: list[tuple[Found, Found]]) -> list[Found]:
        """One Found per district: its finest place, with the share of all weight as certainty."""
        for one, other in stretches:
            if self.district(one.place) != self.district(other.place) and not self._apart(groups, one, other):
                return [self._stretch(one, other, 0.3)]
        districts = {code: group for code, group in groups.items() if len(self._lines[code]) > 1} or groups
        whole = {code: sum(one.weight for one in group) for code, group in districts.items()}
        total = sum(whole.values())
        verdicts = [self._verdict(districts[code], stretches, whole[code] / total) for code in districts]
        return sorted(verdicts, key=lambda one: -one.weight)

    def _apart(self, groups: dict[str, list[Found]], one: Found, other: Found) -> bool:
        """Whether it happened somewhere else than on the way from one end to the other."""
        told = [each for group in groups.values() for each in group if each not in (one, other)]
        return any(
            each.role in {"happened", "filled", "confirmed"} for each in told if self._level_weight(each.place) == 1
        )

    def _stretches(self, text: str, found: list[Found]) -> list[tuple[Found, Found]]:
        """Neighbouring mentions joined like the ends of a stretch: 从羊昌到新场镇. A road through many ends none."""
        ends: list[tuple[int, Found]] = []
        for one in found:
            if self.places[one.place].level == "road" and self._level_weight(one.place) < 1:
                continue
            start = one.start
            if ends and ends[-1][1].end == start and ends[-1][1].place in self._lines[one.place]:
                start, _ = ends.pop()  # 云岩区三桥 is one end, not two
            ends.append((start, one))
        return [
            (one, other)
            for (_, one), (start, other) in pairwise(ends)
            if one.place != other.place and BETWEEN.fullmatch(text[one.end : start])
        ]

    def _verdict(self, group: list[Found], stretches: list[tuple[Found, Found]], share: float) -> Found:
        for one, other in stretches:
            if one in group and other in group:
                return self._stretch(one, other, share * 0.97)
        finest = max(group, key=lambda one: (one.weight + self._fineness(one.place), -one.start))
        names = {one.place for one in group} & set(self._lines[finest.place][1:])
        sure = share * self._sureness(finest, bool(names))
        return replace(finest, weight=sure, reasons=(self._where(finest), *finest.reasons))

    def _fineness(self, place: str) -> float:
        """How much a mention gains by being about a small place; a landmark's place is smaller than a township."""
        return 0.3 * len(self._lines[place]) + (0.1 if self.places[place].level in SPOTS else 0.0)

    def _where(self, found: Found) -> str:
        """The reason in words: the name as said and what it belongs to."""
        told = TOLD.get(found.role, "文中提到“{}”").format(found.name)
        if found.meant:
            told += f",读音即“{found.meant}”"
        if self.district(found.place) == self._lines[found.place][-1]:
            return f"{told},涉及全市,未说明所在区县"
        above = "".join(self.places[code].name for code in reversed(self._lines[found.place][:-1]))
        return told + ("" if above in {found.name, found.meant} else f",即{above}")

    def _sureness(self, found: Found, confirmed: bool) -> float:
        """How far one mention can be trusted when nothing speaks against it (our judgement)."""
        if len(self._lines[found.place]) == 1 or self.district(found.place) == self._lines[found.place][-1]:
            return 0.3
        if found.meant:
            return 0.85
        if confirmed:
            return 0.98
        if found.role == "lives" and self.places[found.place].level != "district":
            return 0.9
        return 0.8 if found.role in {"lives", "institution"} else 0.95

    def _stretch(self, one: Found, other: Found, sure: float) -> Found:
        place = self.common((one.place, other.place))
        reason = f"“{one.name}”与“{other.name}”之间,同属{self.places[place].name}"
        return Found(
            place,
            f"{one.name}—{other.name}",
            one.start,
            other.end,
            sure,
            "stretch",
            (reason,),
            (one.place, other.place),
        )


def without_names(text: str, told: Iterable[Found]) -> str:
    """The text with the names found in it struck out, so that 大学城 or 站街 says where and never what."""
    for one in told:
        if BESIDE.match(text, one.end) or not TELLING.search(one.name):
            text = text[: one.start] + "_" * len(one.name) + text[one.end :]
    return text


def _where_it_happened(told: list[Found], filled: list[Found]) -> list[Found]:
    """Leave out where the caller lives as soon as any other place is named, then where the caller works."""
    told = [one for one in told if one.role != "denied"]
    for beside in ({"lives", "works"}, {"lives"}):
        elsewhere = [one for one in told if one.role not in beside]
        if elsewhere or filled:
            return elsewhere
    return told


def _misspelt(sounds: Sounding, text: str, taken: Iterable[Mention]) -> list[tuple[Mention, str]]:
    """Names by their sound where no name is spelt right, each with its right spelling; the longest wins."""
    held = bytearray(len(text))
    for each in taken:
        held[each.start : each.end] = b"\1" * (each.end - each.start)
    kept = []
    for one, meant in sounds.find(text):
        if not any(held[one.start : one.end]):
            held[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append((one, meant))
    return kept
