"""Where it happened: the gazetteer, on the demo city and on small ones of its own."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.decision import Place
from routing.places import Gazetteer
from tests.routing.city import PLACE_ROWS, PLACES, ROUTER, UNIT_ROWS

GAZETTEER = ROUTER.gazetteer
BY_CODE = {place.code: place for place in PLACES}

MEANT = [
    ("我住南明区,在乌当区羊昌镇黄连村的路上摔了一跤", "黄连村"),
    ("我家住观山湖区世纪城,每天去云岩区延安中路上班,延安中路修路堵车", "延安中路"),
    ("我是修文县人,在花果园买的房子迟迟不交房", "花果园街道"),
    ("位于白云区泉湖公园旁边的工地", "泉湖公园"),
    ("动力小镇一家公司拖欠工资", "动力小镇"),
    ("清镇市流长的水不干净", "流长苗族乡"),
    ("息烽县流长的水不干净", "流长镇"),
    ("高坡云顶的停车场,在花溪区", "高坡云顶"),
    ("金华园小区门口的井盖", "金华园小区"),
    ("乌当区政府不管,事情发生在云岩区中华北路", "中华北路"),
    ("贵阳经开区小孟街道的厂房", "小孟街道"),
    ("沙文镇的村民", "沙文镇"),
]


@pytest.mark.parametrize(("text", "name"), MEANT)
def test_the_place_of_the_matter_is_told_from_the_other_places_of_a_text(text: str, name: str) -> None:
    found = GAZETTEER.best(text)
    assert found is not None
    assert BY_CODE[found.place].name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("从羊昌到新场镇的公路", "乌当区"),
        ("羊昌往新场方向的路", "乌当区"),
        ("羊昌镇—百宜镇公路", "乌当区"),
        ("从花溪到乌当的公交太少", "贵阳市"),
        ("南明区和云岩区交界处", "贵阳市"),
    ],
)
def test_a_stretch_belongs_to_the_nearest_place_that_contains_both_ends(text: str, name: str) -> None:
    found = GAZETTEER.best(text)
    assert found is not None
    assert BY_CODE[found.place].name == name


def test_a_stretch_within_a_district_is_sure_and_one_across_districts_is_not() -> None:
    within, across = GAZETTEER.best("从羊昌到新场镇"), GAZETTEER.best("从花溪到乌当")
    assert within is not None
    assert across is not None
    assert within.weight > 0.9
    assert across.weight < 0.5


def test_a_name_of_two_districts_that_nothing_settles_stands_for_the_city() -> None:
    found = GAZETTEER.best("流长的水不干净")
    assert found is not None
    assert found.place == "5201"
    assert found.weight < 0.5


def test_a_district_confirms_the_township_within_it() -> None:
    alone, confirmed = GAZETTEER.best("羊昌镇的路"), GAZETTEER.best("乌当区羊昌镇的路")
    assert alone is not None
    assert confirmed is not None
    assert confirmed.weight > alone.weight


def test_two_districts_share_the_certainty_and_both_stay_in_the_ranking() -> None:
    ranked = GAZETTEER.rank("云岩区头桥有人收费,南明区太慈桥也有人收费")
    assert {found.place[:6] for found in ranked} == {"520103", "520102"}
    assert sum(found.weight for found in ranked) <= 1
    assert all(found.weight < 0.8 for found in ranked)


@pytest.mark.parametrize("text", ["维修文化墙", "打开阳台的灯", "云南明确规定", "买了十斤马铃薯", "资金关系", "站街女"])
def test_no_place_is_found_inside_ordinary_words(text: str) -> None:
    assert GAZETTEER.find(text) == []


def test_the_longest_name_wins() -> None:
    (found,) = GAZETTEER.find("贵阳龙洞堡国际机场停车")
    assert found.name == "贵阳龙洞堡国际机场"


def test_names_are_found_as_written_and_as_normalised() -> None:
    for text in ("花果园M区", "花果园m区"):
        assert [found.place for found in GAZETTEER.find(text)] == ["520102-e01"]


def test_what_was_filled_in_outweighs_the_text() -> None:
    found = GAZETTEER.best("在云岩区头桥买的手机", said="乌当区新添寨")
    assert found is not None
    assert found.place.startswith("520112")


def test_a_code_filled_in_is_taken_at_its_word() -> None:
    found = GAZETTEER.best("在云岩区头桥", said="520112103")
    assert found is not None
    assert (found.place, found.weight) == ("520112103", 1.0)


def test_words_filled_in_that_name_no_place_leave_the_text_to_decide() -> None:
    found = GAZETTEER.best("羊昌镇的路", said="不知道")
    assert found is not None
    assert found.place == "520112103"


def test_where_the_caller_lives_counts_when_it_is_all_there_is() -> None:
    found = GAZETTEER.best("我住在世纪城,楼上漏水")
    assert found is not None
    assert found.place.startswith("520115")
    assert any("住处" in reason for reason in found.reasons)


def test_each_place_found_comes_with_a_reason_that_quotes_the_text() -> None:
    found = GAZETTEER.best("乌当区羊昌镇的路")
    assert found is not None
    assert "羊昌镇" in found.reasons[0]
    assert "乌当区" in found.reasons[0]


def test_ancestors_lead_from_the_place_itself_to_the_city() -> None:
    assert GAZETTEER.ancestors("520112103-c01") == ("520112103-c01", "520112103", "520112", "5201")
    assert GAZETTEER.ancestors("nowhere") == ()


def test_a_code_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Gazetteer([Place("1", "甲市", "city"), Place("1", "乙市", "city")])


def test_a_circle_of_parents_is_refused() -> None:
    with pytest.raises(ValueError, match="itself"):
        Gazetteer([Place("1", "甲市", "city", "2"), Place("2", "乙市", "city", "1")])


def test_a_place_with_an_unknown_parent_stands_on_its_own() -> None:
    gazetteer = Gazetteer([Place("1", "甲乙镇", "township", "gone")])
    assert gazetteer.ancestors("1") == ("1",)
    assert [found.place for found in gazetteer.rank("甲乙镇的路")] == ["1"]


def test_a_gazetteer_of_nothing_finds_nothing() -> None:
    assert Gazetteer([]).best("乌当区羊昌镇", "羊昌") is None


def test_a_name_of_one_character_is_never_found() -> None:
    assert Gazetteer([Place("1", "路", "road")]).find("路上") == []


NAMES = st.sampled_from([name for place in PLACES for name in (place.name, *place.aliases)])
GLUE = st.sampled_from(["", "到", "我住", "在", "路上", "附近", ",", "。", "政府", "人", "上班", "和"])


@given(st.lists(st.tuples(GLUE, NAMES, GLUE)).map(lambda parts: "".join(map("".join, parts))), NAMES | st.text())
def test_whatever_is_said_places_are_known_spans_are_true_and_certainties_within_bounds(text: str, said: str) -> None:
    for mention in GAZETTEER.find(text):
        assert text[mention.start : mention.end] == mention.name
        assert mention.place in BY_CODE
    ranked = GAZETTEER.rank(text, said)
    assert all(found.place in BY_CODE and 0 < found.weight <= 1 for found in ranked)
    assert sum(found.weight for found in ranked) <= 1 + 1e-9
    assert [found.weight for found in ranked] == sorted((found.weight for found in ranked), reverse=True)


@given(st.lists(NAMES, max_size=6).map("".join))
def test_mentions_do_not_overlap_and_come_in_order(text: str) -> None:
    spans = [(found.start, found.end) for found in GAZETTEER.find(text)]
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_every_place_is_found_by_its_own_full_name() -> None:
    missed = [place.name for place in PLACES if place.code not in {f.place for f in GAZETTEER.find(place.name)}]
    assert missed == []


def test_the_demo_city_has_fourteen_districts_and_their_townships() -> None:
    levels = Counter(place.level for place in PLACES)
    assert levels["city"] == 1
    assert levels["district"] == 14
    assert levels["township"] >= 140
    districts = {place.code for place in PLACES if place.level == "district"}
    assert {place.parent for place in PLACES if place.level == "township"} == districts


def test_only_names_that_two_districts_bear_are_given_twice() -> None:
    names = Counter(name for row in PLACE_ROWS for name in {row["name"], *row["aliases"]})
    assert {name for name, count in names.items() if count > 1} == {"流长"}


def test_each_unit_stands_in_a_place_of_the_gazetteer() -> None:
    assert {row["place"] for row in UNIT_ROWS} <= set(BY_CODE)
