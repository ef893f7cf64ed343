"""A catalogue may be published where every matter has one lead in every place, on every day, and all fits together."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest

from hotline.cataloguing import Document
from hotline.cataloguing.checking import Finding, check
from hotline.knowledge import matters_of
from hotline.seeds import DEMO, HERE, read_json
from routing.decision import Place, Responsibility, Unit
from routing.router import Router
from tests.cataloguing.small import DAY, DUTIES, MATTERS, PLACES, UNITS, KnownUnit, duty, matter, place, small


def found(kind: str, **parts: Any) -> tuple[Finding, ...]:
    findings: tuple[Finding, ...] = getattr(check(small(**parts), UNITS, DAY), kind)
    return findings


def test_a_whole_catalogue_is_clean() -> None:
    assert check(small(), UNITS, DAY).clean


def test_the_demo_citys_catalogue_is_clean() -> None:
    demo = Document(
        [row for file in sorted((HERE / "catalogue").glob("*.json")) for row in read_json(file)],
        read_json(DEMO / "places.json"),
        [{"effective_to": None, **row} for row in read_json(DEMO / "responsibilities.json")],
    )
    units = [KnownUnit(row["code"], row["name"]) for row in read_json(DEMO / "units.json")]
    assert check(demo, units, DAY).against == ()


def test_a_leaf_without_a_lead_in_one_district_is_a_gap_that_names_the_district_and_the_remedy() -> None:
    rows = (duty("01-01-01", "52", "water"), duty("01", "5201", "east"))
    (gap,) = found("gaps", responsibilities=rows)
    assert (gap.matter, gap.row) == ("01-01-02", 4)
    assert "西区" in gap.zh
    assert "东区" not in gap.zh
    assert "补一行" in gap.zh


def test_a_row_of_the_category_or_of_the_city_fills_every_gap_below_it() -> None:
    assert not found("gaps", responsibilities=(duty("01", "52", "water"),))
    assert not found("gaps", responsibilities=(duty("01-01", "5201", "east"), duty("01", "5202", "west")))


def test_a_gap_that_opens_later_is_found_with_its_days() -> None:
    rows = (
        duty("01", "52", "water", effective_to="2026-12-31"),
        duty("01", "52", "east", effective_from="2027-02-01"),
    )
    gaps = found("gaps", responsibilities=rows)
    assert len(gaps) == 2
    assert "自 2027-01-01 起至 2027-01-31" in gaps[0].zh
    assert not found("gaps", responsibilities=(rows[0], rows[1] | {"effective_from": "2027-01-01"}))


def test_what_ended_before_the_first_day_neither_fills_a_gap_nor_overlaps() -> None:
    past = duty("01-01", "52", "gone", effective_to="2026-05-31")
    assert check(small(responsibilities=(*DUTIES, past)), UNITS, DAY).clean
    (missing,) = {gap.zh[:9] for gap in found("gaps", responsibilities=(*DUTIES[:1], past))} - {"01-01-02 "}
    assert missing == "01-01-01 "


def test_two_leads_for_one_matter_and_place_on_one_day_overlap() -> None:
    (overlap,) = found("overlaps", responsibilities=(*DUTIES, duty("01", "5201", "west", effective_from="2026-01-01")))
    assert overlap.row == 4
    assert "东区政府" in overlap.zh
    assert "西区政府" in overlap.zh
    assert "第 1 行" in overlap.zh
    ended = (duty("01", "5201", "east", effective_to="2026-06-30"), *DUTIES[1:])
    assert not found("overlaps", responsibilities=(*ended, duty("01", "5201", "west", effective_from="2026-07-01")))
    assert found("overlaps", responsibilities=(*ended, duty("01", "5201", "west", effective_from="2026-06-30")))


def test_a_row_within_a_longer_one_overlaps_though_a_short_one_stands_between() -> None:
    rows = (
        duty("01", "52", "water"),
        duty("01", "52", "east", effective_from="2026-07-01", effective_to="2026-07-31"),
        duty("01", "52", "west", effective_from="2026-09-01"),
    )
    assert [each.row for each in found("overlaps", responsibilities=rows)] == [2, 3]


@pytest.mark.parametrize(
    ("part", "row", "words"),
    [
        ("responsibilities", duty("01-09", "52", "water"), "事项表里没有 01-09"),
        ("responsibilities", duty("01", "99", "water"), "地点表里没有 99"),
        ("responsibilities", duty("01-01-01", "52", "nobody"), "没有编码为 nobody 的主办单位"),
        ("responsibilities", duty("01-01-01", "52", "water", "nobody"), "没有编码为 nobody 的协办单位"),
        ("responsibilities", duty("01-01-01", "52", "gone"), "已停用"),
        ("responsibilities", duty("01-01-01", "52", "water", "gone"), "已停用"),
        ("responsibilities", duty("01-01-01", "52", "water", "water"), "既主办又协办"),
        ("responsibilities", duty("01-01-01", "52", "water", "east", "east"), "写了两次"),
        ("responsibilities", duty("01-01-01", "52", "water", effective_to="2019-01-01"), "早于起始日期"),
        ("places", place("5203", "北区", parent="53"), "不在地点表里"),
        ("places", place("5203", "北区", parent="5203"), "属于自己"),
        ("matters", matter("01-01-03", "水压", "停水"), "同时在 01-01-01, 01-01-03 下"),
        ("matters", matter("01-01-03", "水压", "水"), "只有一个字"),
        ("matters", matter("01-01-03", "水压", "水压…低…高"), "中间只有一个省略号"),
        ("matters", matter("01-01-03", "水压", "水压", "水压!"), "写了两次"),
        ("matters", matter("01-01-03", "水压", shared=["水压低"]), "别处却没有"),
        ("matters", matter("01-02", "燃气", "燃气"), "没有下级事项"),
        ("matters", matter("02-01-01", "欠薪", "欠薪"), "02-01 有下级事项"),
    ],
)
def test_what_does_not_fit_is_a_fault_of_its_row(part: str, row: dict[str, Any], words: str) -> None:
    own = {"matters": MATTERS, "places": PLACES, "responsibilities": DUTIES}[part]
    units = (*UNITS, KnownUnit("gone", "旧局", active=False))
    faults = check(small(**{part: (*own, row)}), units, DAY).faults
    said = [each for each in faults if words in each.words]
    assert said, [each.words for each in faults]
    assert said[0].part == part
    assert said[0].en


def test_rows_without_a_legal_basis_are_noted_and_stand_against_nothing() -> None:
    findings = check(small(responsibilities=[row | {"legal_basis": ""} for row in DUTIES]), UNITS, DAY)
    assert findings.clean
    (note,) = findings.notes
    assert "共 3 行没有写依据" in note.zh
    assert not check(small(), UNITS, DAY).notes


def test_an_empty_catalogue_is_a_fault_and_no_crash() -> None:
    findings = check(Document((), (), ()), (), DAY)
    assert [each.part for each in findings.faults] == ["matters", "places"]
    assert not findings.clean


def test_a_finding_is_bad_input_with_the_path_of_its_row() -> None:
    (overlap,) = found("overlaps", responsibilities=(*DUTIES, duty("01", "5201", "west")))
    problem = overlap.problem()
    assert problem.field == "responsibilities[3]"
    assert problem.message["zh"].startswith("权责清单第 4 行：")


def random_rows(chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(chance.randrange(1, 9)):
        first = DAY + timedelta(days=chance.randrange(-5, 6))
        last = first + timedelta(days=chance.randrange(8)) if chance.random() < 0.6 else None
        code, where = chance.choice(("01", "01-01", "01-01-01", "01-01-02")), chance.choice(("52", "5201", "5202"))
        yield duty(
            code,
            where,
            chance.choice(("water", "east", "west")),
            effective_from=first.isoformat(),
            effective_to=last and last.isoformat(),
        )


def in_force(rows: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    on = day.isoformat()
    return [row for row in rows if row["effective_from"] <= on <= (row["effective_to"] or on)]


@pytest.mark.parametrize("seed", range(15))
def test_gaps_and_overlaps_are_what_the_router_meets_day_by_day(seed: int) -> None:
    rows = list(random_rows(random.Random(seed)))
    content = small(responsibilities=rows)
    findings = check(content, UNITS, DAY)
    gaps, overlaps = set(), set()
    for day in (DAY + timedelta(days=n) for n in range(25)):
        held = in_force(rows, day)
        router = Router(
            matters_of(content).values(),
            [Place(p["code"], p["name"], p["level"], p["parent"]) for p in PLACES],
            [Unit(unit.code, unit.name, "department") for unit in UNITS],
            [Responsibility(row["matter"], row["place"], row["lead"]) for row in held],
        )
        gaps |= {
            leaf
            for leaf in ("01-01-01", "01-01-02")
            for where in ("5201", "5202")
            if router.responsible(leaf, where) is None
        }
        pairs = combinations(held, 2)
        overlaps |= {
            (a["matter"], a["place"]) for a, b in pairs if (a["matter"], a["place"]) == (b["matter"], b["place"])
        }
    assert {gap.matter for gap in findings.gaps} == gaps
    assert {
        (rows[each.row - 1]["matter"], rows[each.row - 1]["place"]) for each in findings.overlaps if each.row
    } == overlaps
