"""The rules of the catalogue, and the catalogue that is shipped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from chinese import normalise
from routing.catalogue import GAP, CatalogueError, Row, category_of, load, parent_of, read
from routing.decision import Matter

FOLDER = Path(__file__).parents[2] / "hotline" / "seeds" / "catalogue"
SHIPPED = read(FOLDER)
LEAVES = [matter for matter in SHIPPED if len(matter.path) == 3]

PUBLIC_CATEGORIES = {
    "01": "城乡建设",
    "02": "农村农业",
    "03": "政法",
    "04": "教育文体",
    "05": "劳动和社会保障",
    "06": "民政",
    "07": "党务政务",
    "08": "经济管理",
    "09": "卫生计生",
    "10": "商贸旅游",
    "11": "环境保护",
    "12": "交通运输",
    "13": "纪检监察",
    "14": "国土资源",
    "15": "科技与信息产业",
}


def rows() -> list[dict[str, object]]:
    """A small right catalogue, for each test to spoil."""
    return [
        {"code": "01", "name": "城乡建设", "phrases": ["市政"]},
        {"code": "01-01", "name": "供水", "phrases": []},
        {"code": "01-01-01", "name": "停水", "phrases": ["停水"], "kind": "help", "urgency": "utilities"},
        {"code": "01-01-02", "name": "水质", "phrases": ["水发黄"]},
    ]


def faults_of(spoilt: Sequence[Row]) -> list[str]:
    """What load says against these rows."""
    with pytest.raises(CatalogueError) as caught:
        load(spoilt)
    return caught.value.faults


def test_a_matter_carries_its_path_parent_phrases_kind_and_urgency() -> None:
    assert load(rows())[2] == Matter(
        code="01-01-01",
        name="停水",
        path=("城乡建设", "供水", "停水"),
        parent="01-01",
        phrases=("停水",),
        kind="help",
        urgency="utilities",
    )


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert load(reversed(rows())) == load(rows())


def test_a_code_tells_its_parent_and_its_category() -> None:
    assert [parent_of(code) for code in ("05-06-01", "05-06", "05")] == ["05-06", "05", None]
    assert {category_of(code) for code in ("05-06-01", "05-06", "05")} == {"05"}


@pytest.mark.parametrize("code", ["1", "01-1", "01-01-01-01", "0101", "", "01-", " 01", "01\n", None, 1])
def test_a_code_of_another_form_is_refused(code: object) -> None:
    assert any("not of the form" in fault for fault in faults_of([*rows(), {"code": code, "name": "某事"}]))


def test_a_code_given_twice_is_refused() -> None:
    assert faults_of([*rows(), {"code": "01-01-02", "name": "又一个"}]) == ["01-01-02 stands 2 times"]


def test_a_missing_parent_is_named() -> None:
    spoilt: list[Row] = [*rows(), {"code": "02-03-01", "name": "承包"}]
    assert faults_of(spoilt) == ["02-03 has children but no row"]


def test_a_group_without_leaves_is_refused() -> None:
    spoilt: list[Row] = [*rows(), {"code": "01-02", "name": "供电"}]
    assert faults_of(spoilt) == ["01-02 has no children, and only level 3 may be without"]


def test_a_phrase_of_two_matters_is_refused_unless_both_say_so() -> None:
    first, second = rows()[2], {**rows()[3], "phrases": ["停水"]}
    assert "not marked as shared" in faults_of([*rows()[:2], first, second])[0]
    half = {**rows()[3], "phrases": [], "shared": ["停水"]}
    assert "not marked as shared" in faults_of([*rows()[:2], first, half])[0]
    both = [{**rows()[2], "phrases": [], "shared": ["停水"]}, half]
    assert [matter.phrases for matter in load([*rows()[:2], *both])[2:]] == [("停水",), ("停水",)]


def test_a_phrase_said_to_be_shared_with_nobody_is_refused() -> None:
    assert "alone" in faults_of([*rows()[:3], {**rows()[3], "shared": ["水发黑"]}])[0]


def test_a_phrase_given_twice_in_one_row_is_refused() -> None:
    assert "twice" in faults_of([*rows()[:3], {**rows()[3], "phrases": ["水臭", "水臭"]}])[0]


def test_a_single_character_is_no_phrase() -> None:
    assert "single character" in faults_of([*rows()[:3], {**rows()[3], "phrases": ["水"]}])[0]


@pytest.mark.parametrize("phrase", ["停…", "…停", "停…水…了"])
def test_a_pair_is_two_words_around_one_gap(phrase: str) -> None:
    assert "no pair" in faults_of([*rows()[:3], {**rows()[3], "phrases": [phrase]}])[-1]


@pytest.mark.parametrize("field", ["phrases", "shared"])
@pytest.mark.parametrize("value", ["停水", [1], {"停水": 1}])
def test_phrases_that_are_no_list_of_texts_are_refused(field: str, value: object) -> None:
    assert "list of texts" in faults_of([*rows()[:3], {**rows()[3], field: value}])[0]


@pytest.mark.parametrize("field", ["kind", "urgency", "nmae"])
def test_an_unknown_kind_urgency_or_field_is_refused(field: str) -> None:
    assert field in faults_of([*rows()[:3], {**rows()[3], field: "某样"}])[0]


def test_a_row_without_a_name_is_refused() -> None:
    assert faults_of([*rows()[:3], {"code": "01-01-02", "name": ""}]) == ["row 4: 01-01-02 has no name"]


def test_all_faults_are_told_at_once() -> None:
    spoilt: list[dict[str, object]] = [*rows(), {"code": "02-03-01", "name": "承包"}, {"code": "03", "name": "政法"}]
    assert len(faults_of(spoilt)) == 2


def test_a_folder_is_read_as_one_catalogue(tmp_path: Path) -> None:
    whole: list[Row] = [*rows()]
    (tmp_path / "a.json").write_text(json.dumps(whole[:2]), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(whole[2:]), "utf-8")
    assert read(tmp_path) == load(whole)


def test_a_folder_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no catalogue"):
        read(tmp_path)


def test_the_shipped_catalogue_has_the_fifteen_public_categories() -> None:
    assert {matter.code: matter.name for matter in SHIPPED if matter.parent is None} == PUBLIC_CATEGORIES


def test_the_shipped_catalogue_has_at_least_400_leaves() -> None:
    assert len(LEAVES) >= 400


def test_every_category_has_at_least_a_dozen_leaves() -> None:
    counts = Counter(category_of(leaf.code) for leaf in LEAVES)
    assert {code for code in PUBLIC_CATEGORIES if counts[code] < 12} == set()


def test_every_shipped_leaf_has_6_to_60_phrases_and_a_name_of_its_own() -> None:
    assert [leaf.code for leaf in LEAVES if not 6 <= len(leaf.phrases) <= 60] == []
    assert [name for name, count in Counter(leaf.name for leaf in LEAVES).items() if count > 1] == []


def test_shipped_phrases_are_normalised_as_messages_will_be() -> None:
    words = [word for matter in SHIPPED for phrase in matter.phrases for word in phrase.split(GAP)]
    assert [word for word in words if word != normalise(word)] == []


@pytest.mark.parametrize(
    ("name", "urgency"),
    [
        ("停水", "utilities"),
        ("停电", "utilities"),
        ("停气", "utilities"),
        ("暖气不热", "utilities"),
        ("通信中断", "utilities"),
        ("燃气泄漏", "urgent"),
        ("井盖", "urgent"),
        ("地质灾害", "urgent"),
        ("物业费", None),
    ],
)
def test_what_cannot_wait_says_so(name: str, urgency: str | None) -> None:
    assert [leaf.urgency for leaf in LEAVES if leaf.name == name] == [urgency]
