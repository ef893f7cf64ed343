"""Units by their sounds, and words put right by how they sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.sounds import named, readings, spelt
from search.spelling import Spelling

NAMES = {
    "wudang": ("乌当区", "乌当区人民政府"),
    "chang": ("长顺路街道",),
    "zhong": ("重庆路街道",),
    "sha": ("厦门路社区",),
    "insurance": ("市医保局",),
}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("wdq", "wudang"),
        ("WDQ", "wudang"),
        ("wudangqu", "wudang"),
        ("wudq", "wudang"),
        ("csl", "chang"),
        ("zsl", "chang"),
        ("zhangshun", "chang"),
        ("cql", "zhong"),
        ("zql", "zhong"),
        ("zhqljd", "zhong"),
        ("xml", "sha"),
        ("sml", "sha"),
        ("sybj", "insurance"),
    ],
)
def test_first_letters_and_whole_readings_spell_a_name_in_every_reading_of_its_signs(typed: str, code: str) -> None:
    assert code in named(typed, NAMES)


@pytest.mark.parametrize("typed", ["", "w", "wdqx", "乌当", "wd q", "12", "w" * 1000, "wdq'; --"])
def test_what_spells_no_name_names_nothing(typed: str) -> None:
    assert named(typed, NAMES) == []


def test_a_name_that_is_spelt_to_its_end_comes_first() -> None:
    assert named("wdq", {"long": ("乌当区新场镇",), "whole": ("乌当区",)}) == ["whole", "long"]


@given(st.text(max_size=30), st.text("abcxyzhngwdq", max_size=30))
def test_any_name_and_any_letters_are_read_without_a_fault(name: str, letters: str) -> None:
    assert 0 <= spelt(name, letters) <= len(name)


@given(st.text("乌当区长顺重庆", min_size=1, max_size=12))
def test_the_first_letters_of_a_name_spell_it(name: str) -> None:
    assert spelt(name, "".join(readings(sign)[0][0] for sign in name)) > 0


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    """A small vocabulary."""
    return Spelling(["羊昌镇", "羊昌", "公积金", "医保", "停车场", "垃圾分类", "拖欠农民工工资", "道路"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("羊常镇", "羊昌镇"),
        ("公积斤提取", "公积金提取"),
        ("羊常镇 道路", "羊昌镇 道路"),
        ("異地醫寶登記", "异地医保登记"),
        ("垃圾分累", "垃圾分类"),
        ("拖欠农民工资", "拖欠农民工工资"),
        ('-羊常镇 "公积斤"', '-羊昌镇 "公积金"'),
    ],
)
def test_a_word_is_put_right_by_its_sound_or_by_one_sign(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.corrected(typed) == meant


@pytest.mark.parametrize("typed", ["", "羊昌镇", "道路积水", "登记", "abc 123", "\ud800", "龙卷风"])
def test_what_is_right_or_like_nothing_known_stays(spelling: Spelling, typed: str) -> None:
    assert spelling.corrected(typed) is None


@given(st.text('羊常镇公积斤医宝停车 -"a1', max_size=60))
def test_a_correction_keeps_all_but_chinese_words(typed: str) -> None:
    spelling = Spelling(["羊昌镇", "公积金", "医保"])
    right = spelling.corrected(typed)
    assert right is None or [sign for sign in right if sign in '-"a1'] == [sign for sign in typed if sign in '-"a1']
