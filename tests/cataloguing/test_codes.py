"""Every code that the house ships follows docs/codes.md, whose own table is what is held against them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hotline.cataloguing import open_data, shapes
from hotline.rights import ROLES
from hotline.seeds import DEMO, HERE, read_json

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "codes.md").read_text("utf-8")
FORMS = {
    name: re.compile(pattern.replace("\\|", "|"), re.ASCII)
    for name, pattern in re.findall(r"^\| (\S+) \| `(.+?)` \|", DOCUMENT, re.MULTILINE)
}
LEVELS = ("事项·大类", "事项·中类", "事项·小类")


def matters() -> list[str]:
    return [row["code"] for file in (HERE / "catalogue").glob("*.json") for row in read_json(file)]


def odd(form: str, codes: list[str]) -> list[str]:
    assert codes, form
    return [code for code in codes if not FORMS[form].fullmatch(code)]


def test_the_document_has_six_sections_and_a_form_for_every_kind_of_code() -> None:
    sections = re.findall(r"^## [一二三四五六]、(\w+)", DOCUMENT, re.MULTILINE)
    assert sections == ["命名", "识别", "描述", "标识", "分类", "编码"]
    places, units = ({f"{what}·{code}" for code in codes} for what, codes in _kinds())
    assert FORMS.keys() == {*LEVELS, *places, *units, "类别"}


def _kinds() -> list[tuple[str, list[str]]]:
    return [("地点", list(shapes.LEVELS)), ("单位", list(open_data.UNIT_KINDS))]


@pytest.mark.parametrize("level", range(3))
def test_every_matter_is_coded_by_its_level(level: int) -> None:
    assert not odd(LEVELS[level], [code for code in matters() if code.count("-") == level])


@pytest.mark.parametrize("level", shapes.LEVELS)
def test_every_place_of_the_demo_city_is_coded_by_its_level(level: str) -> None:
    rows = [row for row in read_json(DEMO / "places.json") if row["level"] == level]
    assert not odd(f"地点·{level}", [row["code"] for row in rows])


def test_a_small_place_is_coded_under_what_it_lies_in() -> None:
    small = [row for row in read_json(DEMO / "places.json") if row["level"] not in ("city", "district", "township")]
    assert len(small) > 300
    assert not [row["code"] for row in small if row["code"].rpartition("-")[0] != row["parent"]]


@pytest.mark.parametrize("kind", open_data.UNIT_KINDS)
def test_every_unit_of_the_demo_city_is_coded_by_its_kind(kind: str) -> None:
    rows = [row for row in read_json(DEMO / "units.json") if row["kind"] == kind]
    assert not odd(f"单位·{kind}", [row["code"] for row in rows])


@pytest.mark.parametrize("name", open_data.codes())
def test_every_closed_list_has_codes_of_one_form_and_names_in_chinese(name: str) -> None:
    codes = open_data.codes()[name]
    assert not odd("类别", list(codes))
    assert all(re.search("[一-鿿]", told) for told in codes.values())
    assert len(set(codes.values())) == len(codes)


def test_roles_are_coded_in_the_same_form() -> None:
    assert not odd("类别", list(ROLES))


def test_what_follows_the_document_may_be_kept() -> None:
    units, places = ([row["code"] for row in read_json(DEMO / f"{n}.json")] for n in ("units", "places"))
    assert not [code for code in (*units, *places) if not shapes.CODE.fullmatch(code)]
