"""Whether a document may be published: one matter, one lead, in every place and on every day from its first on.

Gaps: a leaf matter for which some district has nobody, by the most specific row as the router looks it up. Overlaps:
two rows for one matter and place whose days overlap. Faults: whatever else does not fit together. Pure: the units are
handed in; the demo city's lists take some tens of milliseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from hotline.cataloguing.documents import PARTS, Document, Row
from hotline.intake.fields import CITY_TIME
from hotline.intake.inquiry import InvalidInput
from routing import catalogue

FOREVER = "9999-12-31"
SHOWN_PLACES = 4


class KnownUnit(Protocol):
    """What a check must know of a unit; hotline.models.Unit is one."""

    code: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the row of a part that it is about (counted from 1; None for no single one), what it is and
    what to do, and the matter it concerns where it concerns one.
    """

    part: str
    row: int | None
    zh: str
    en: str
    matter: str = ""

    def problem(self) -> InvalidInput:
        """The finding as bad input, for whoever asked to publish."""
        where = "" if self.row is None else f"[{self.row - 1}]"
        return InvalidInput(f"{self.part}{where}", self.words, self.en)

    @property
    def words(self) -> str:
        """权责清单第 12 行：…"""
        return f"{PARTS[self.part]}{'' if self.row is None else f'第 {self.row} 行'}：{self.zh}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands against publishing a document, and `notes`, which do not."""

    gaps: tuple[Finding, ...] = ()
    overlaps: tuple[Finding, ...] = ()
    faults: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        """True where nothing stands against publishing."""
        return not (self.gaps or self.overlaps or self.faults)

    @property
    def against(self) -> tuple[Finding, ...]:
        """Faults first: a gap may be one's consequence."""
        return (*self.faults, *self.overlaps, *self.gaps)

    def with_more(self, faults: Iterable[Finding], notes: Iterable[Finding]) -> Findings:
        """These and more."""
        return replace(self, faults=(*self.faults, *faults), notes=(*self.notes, *notes))


def check(document: Document, units: Iterable[KnownUnit], day: date | None = None) -> Findings:
    """Everything wrong with a document that is to hold from `day` on (today where None). Rows that end before it are
    history and only looked at for their form.
    """
    first = (day or datetime.now(CITY_TIME).date()).isoformat()
    rows = [_Held(number, row) for number, row in enumerate(document.responsibilities, 1)]
    held = [each for each in rows if each.last >= first]
    known = {unit.code: unit for unit in units}
    faults = (*bad_matters(document.matters), *bad_places(document.places), *_bad_rows(document, held, known))
    return Findings(
        gaps=tuple(_gaps(document, held, first)),
        overlaps=tuple(_overlaps(document, held, known)),
        faults=faults,
        notes=tuple(_without_basis(held)),
    )


class _Held(NamedTuple):
    """A responsibility with its number."""

    number: int
    row: Row

    @property
    def first(self) -> str:
        return str(self.row["effective_from"])

    @property
    def last(self) -> str:
        return self.row["effective_to"] or FOREVER


# Gaps and overlaps


def _gaps(document: Document, held: Sequence[_Held], first: str) -> Iterator[Finding]:
    """One finding for each leaf and time without a lead, with all the districts where it is so."""
    spans: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for each in held:
        spans[each.row["matter"], each.row["place"]].append((each.first, each.last))
    districts, names = _districts(document.places), {row["code"]: row["name"] for row in document.places}
    for number, leaf in _leaves(document.matters):
        line = _line_of_matter(leaf["code"])
        holes: dict[tuple[str, str], list[str]] = defaultdict(list)
        for district, above in districts.items():
            days = [span for matter in line for place in above for span in spans.get((matter, place), ())]
            if hole := _hole(days, first):
                holes[hole].append(names[district])
        for hole, places in holes.items():
            where = f"全部 {len(places)} 处" if len(places) == len(districts) > 1 else _shown(places)
            yield _gap((number, leaf), where, hole, first)


def _leaves(matters: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    """The matters with nothing below them, with the numbers of their rows."""
    parents = {catalogue.parent_of(row["code"]) for row in matters}
    return ((number, row) for number, row in enumerate(matters, 1) if row["code"] not in parents)


def _line_of_matter(code: str | None) -> list[str]:
    line = []
    while code:
        line.append(code)
        code = catalogue.parent_of(code)
    return line


def _districts(places: Sequence[Row]) -> dict[str, list[str]]:
    """Each district with all it lies in, nearest first; the roots where there are no districts."""
    parents = {row["code"]: row["parent"] for row in places}
    found = [row["code"] for row in places if row["level"] == "district"]
    return {code: _line(code, parents) for code in found or [c for c in parents if parents[c] not in parents]}


def _line(code: str | None, parents: Mapping[str, str | None]) -> list[str]:
    line: list[str] = []
    while code is not None and code in parents and code not in line:
        line.append(code)
        code = parents[code]
    return line


def _hole(days: Sequence[tuple[str, str]], first: str) -> tuple[str, str] | None:
    """The first span of days from `first` on that none of these (first, last) covers; its last day may be FOREVER."""
    free = first
    for begins, ends in sorted(days):
        if begins > free:
            return free, _beside(begins, -1)
        if ends == FOREVER:
            return None
        free = max(free, _beside(ends, 1))
    return free, FOREVER


def _beside(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _shown(places: Sequence[str]) -> str:
    return "、".join(places[:SHOWN_PLACES]) + (f"等 {len(places)} 处" if len(places) > SHOWN_PLACES else "")


def _gap(numbered: tuple[int, Row], where: str, hole: tuple[str, str], first: str) -> Finding:
    (number, leaf), (begins, ends) = numbered, hole
    since, until = "" if begins == first else f"自 {begins} 起", "" if ends == FOREVER else f"至 {ends} "
    zh = f"{leaf['code']} {leaf['name']} 在{where}{since}{until}没有主办单位，请在权责清单里补一行"
    when = f"from {begins} to {'further notice' if ends == FOREVER else ends}"
    en = f"{leaf['code']} {leaf['name']} has no lead in {where} {when}; add a row"
    return Finding("matters", number, zh, en, leaf["code"])


def _overlaps(document: Document, held: Sequence[_Held], units: Mapping[str, KnownUnit]) -> Iterator[Finding]:
    """Each row whose days touch those of an earlier row for the same matter and place."""
    names = _names(document)
    groups: dict[tuple[str, str], list[_Held]] = defaultdict(list)
    for each in held:
        groups[each.row["matter"], each.row["place"]].append(each)
    for (matter, place), rows in groups.items():
        rows.sort(key=lambda each: (each.first, each.number))
        longest = rows[0]
        for before, each in pairwise(rows):
            longest = max(longest, before, key=lambda one: one.last)
            if each.first <= longest.last:
                yield _overlap(each, longest, f"{names.get(matter, matter)}、{names.get(place, place)}", units)


def _overlap(each: _Held, other: _Held, what: str, units: Mapping[str, KnownUnit]) -> Finding:
    one, two = (_unit_name(units, held.row["lead"]) for held in (each, other))
    begins, ends = max(each.first, other.first), min(each.last, other.last)
    days = f"{begins} 起" if ends == FOREVER else f"{begins} 至 {ends}"
    if one == two:
        zh = f"{what}：与第 {other.number} 行重复（{one}，{days}），请只留一行"
    else:
        zh = f"{what}：{one}与第 {other.number} 行的{two}同时主办（{days}），请只留一家主办，另一家可列为协办"
    en = f"two rows for one matter and place on the same days: row {other.number} too ({one}; {two})"
    return Finding("responsibilities", each.number, zh, en, each.row["matter"])


# Faults


def bad_matters(rows: Sequence[Row]) -> Iterator[Finding]:
    """What routing.catalogue finds, in Chinese and with the numbers of the rows."""
    numbers = {str(row.get("code")): number for number, row in enumerate(rows, 1)}
    try:
        catalogue.load(rows)
    except catalogue.CatalogueError as error:
        for english in error.faults:
            yield _in_chinese(english, numbers)
    if not rows:
        yield Finding("matters", None, "一行也没有，请补上", "there is no row")


def _in_chinese(english: str, numbers: Mapping[str, int]) -> Finding:
    for pattern, zh in _CATALOGUE_WORDS:
        if found := re.fullmatch(pattern, english, re.DOTALL):
            codes = found["codes"].split(", ")
            row = next((numbers[code] for code in codes if code in numbers), None)
            others = [str(numbers[code]) for code in codes[1:] if code in numbers]
            also = f"（另见第 {'、'.join(others)} 行）" if others else ""
            return Finding("matters", row, found.expand(zh) + also, english, codes[0])
    return Finding("matters", None, english, english)


_CATALOGUE_WORDS = (
    (r"row \d+: (?P<codes>\S+) (?P<t>.+)", r"\g<codes> 的内容不合规定（\g<t>）"),
    (r"(?P<codes>\S+) stands (?P<n>\d+) times", r"\g<codes> 出现了 \g<n> 次，请只留一行"),
    (r"(?P<codes>\S+) has children but no row", r"\g<codes> 有下级事项，自己却没有一行，请补上"),
    (r"(?P<codes>\S+) has no children, and .+", r"\g<codes> 没有下级事项；只有第三级可以没有，请补上下级或删去它"),
    (r"'(?P<p>.*)' under (?P<codes>\S+) is a single character", r"\g<codes> 的说法“\g<p>”只有一个字，请写得更具体"),
    (
        r"(?P<p>.*) under (?P<codes>\S+) is no pair: .+",
        r"\g<codes> 的说法“\g<p>”应为“前一词…后一词”，中间只有一个省略号",
    ),
    (r"(?P<p>.*) stands twice under one of (?P<codes>[\d, -]+)", r"说法“\g<p>”在 \g<codes> 下写了两次，请删去一次"),
    (
        r"(?P<p>.*) stands under (?P<codes>[\d, -]+) and is not marked as shared by each",
        r"说法“\g<p>”同时在 \g<codes> 下，请只留一处；确要共用，请在每一处都写进“共用说法”",
    ),
    (
        r"(?P<p>.*) is marked as shared under (?P<codes>\S+) alone",
        r"\g<codes> 的说法“\g<p>”写在“共用说法”里，别处却没有，请移到“说法”",
    ),
)
"""The sentences of routing.catalogue as patterns, with their Chinese; an unknown one is shown as it is."""


def bad_places(rows: Sequence[Row]) -> Iterator[Finding]:
    """Places that lie in what is not there, or in themselves."""
    parents = {row["code"]: row["parent"] for row in rows}
    for number, row in enumerate(rows, 1):
        code, parent = row["code"], row["parent"]
        if parent is not None and parent not in parents:
            zh = f"{code} {row['name']} 的上级 {parent} 不在地点表里，请核对"
            yield Finding("places", number, zh, f"{code} lies in {parent}, which is not in the list")
        elif _circles(code, parents):
            yield Finding(
                "places", number, f"{code} {row['name']} 绕了一圈属于自己，请改上级", f"{code} lies in itself"
            )
    if not rows:
        yield Finding("places", None, "一行也没有，请补上", "there is no row")


def _circles(code: str, parents: Mapping[str, str | None]) -> bool:
    line = _line(code, parents)
    return parents[line[-1]] in line


def _bad_rows(document: Document, held: Sequence[_Held], units: Mapping[str, KnownUnit]) -> Iterator[Finding]:
    """Each responsibility that names what is not there, or contradicts itself."""
    matters, places = ({row["code"] for row in document.part(part)} for part in ("matters", "places"))
    for number, row in enumerate(document.responsibilities, 1):
        ends = row["effective_to"]
        if ends and ends < row["effective_from"]:
            zh, en = (
                f"截止日期 {ends} 早于起始日期 {row['effective_from']}，请核对",
                "effective_to is before effective_from",
            )
            yield Finding("responsibilities", number, zh, en, row["matter"])
    for each in held:
        for zh, en in _wrong_words(each.row, matters, places, units):
            yield Finding("responsibilities", each.number, zh, en, each.row["matter"])


def _wrong_words(
    row: Row, matters: set[str], places: set[str], units: Mapping[str, KnownUnit]
) -> Iterator[tuple[str, str]]:
    for code, known, name in ((row["matter"], matters, "事项"), (row["place"], places, "地点")):
        if code not in known:
            yield f"{name}表里没有 {code}，请核对编码，或删去这一行", f"{code} is not in the list"
    for code, role in ((row["lead"], "主办"), *((code, "协办") for code in row["assisting"])):
        if code not in units:
            yield f"没有编码为 {code} 的{role}单位，请核对", f"there is no unit {code}"
        elif not units[code].active:
            yield f"{role}单位{units[code].name}已停用，请换成现在的单位", f"unit {code} is retired"
    if row["lead"] in row["assisting"]:
        yield f"{_unit_name(units, row['lead'])}既主办又协办，请从协办里删去", f"{row['lead']} leads and assists"
    if len(set(row["assisting"])) < len(row["assisting"]):
        yield "同一协办单位写了两次，请删去一次", "an assisting unit stands twice"


def _without_basis(held: Sequence[_Held]) -> Iterator[Finding]:
    """One note for all rows that do not say on what they rest."""
    bare = [each.number for each in held if not each.row["legal_basis"]]
    if bare:
        zh = f"共 {len(bare):,} 行没有写依据（第 {'、'.join(map(str, bare[:SHOWN_PLACES]))} 行等），最好补上"
        yield Finding("responsibilities", bare[0], zh, f"{len(bare)} rows without a legal basis")


def _names(document: Document) -> dict[str, str]:
    return {row["code"]: f"{row['code']} {row['name']}" for row in (*document.matters, *document.places)}


def _unit_name(units: Mapping[str, KnownUnit], code: Any) -> str:
    return units[code].name if code in units else str(code)
