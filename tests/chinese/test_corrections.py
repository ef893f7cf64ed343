"""Slips put right, and contrasts left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinese import corrected

NAMES = ("白云区", "乌当区", "白云", "乌当", "南明", "花溪", "羊昌", "新场")


def known(text: str) -> list[tuple[int, int]]:
    """Where the names of a small gazetteer stand, longest match first."""
    spans, at = [], 0
    while at < len(text):
        name = next((name for name in NAMES if text.startswith(name, at)), "")
        spans += [(at, at + len(name))] if name else []
        at += len(name) or 1
    return spans


@pytest.mark.parametrize(
    ("text", "context", "result"),
    [
        ("在白云的路。不是白云，是乌当。", "", "在乌当的路。是乌当。"),
        ("在白云的路。不是白云，而是乌当那边", "", "在乌当的路。是乌当那边"),
        ("不是白云区，是乌当区。", "是在白云区吗？", "是乌当区。"),
        ("我在白云区，哦不对，是乌当区的路", "", "我在乌当区的路"),
        ("白云区,哦不对,乌当区", "", "乌当区"),
        ("我在南明区。说错了，应该是花溪区", "", "我在花溪区"),
        ("白云区那条路坏了。说错了，是乌当区那条路", "", "乌当区那条路坏了,乌当区那条路"),
        ("路在白云路，不是，应该是黔灵路，坏了", "", "路在黔灵路，坏了"),
        ("我家停水了，不对，是停电了", "", "我家停电了"),
        ("在三栋，哦不对，五栋", "", "在五栋"),
        ("我要投诉，不是投诉，是咨询", "", "我要咨询，是咨询"),
        ("不是投诉，是咨询", "", "是咨询"),
    ],
)
def test_a_correction_wins_over_what_was_said_before(text: str, context: str, result: str) -> None:
    assert corrected(text, context + text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("不是白云，是乌当", "是乌当"),
        ("不是云岩，是乌当", "是乌当"),
        ("不在白云，在乌当", "在乌当"),
        ("小区在南明，不对不对，是花溪", "小区在花溪"),
        ("从羊昌到白云，哦，不对，到新场", "从羊昌到新场"),
        ("这不是白云区的问题，是乌当区的问题", "这是乌当区的问题"),
        ("白云区，不对，白云区乌当，说错了，南明", "南明"),
    ],
)
def test_whoever_knows_the_names_finds_those_without_an_ending_too(text: str, result: str) -> None:
    assert corrected(text, find=known) == result


@pytest.mark.parametrize(
    "text",
    [
        "不是我不交，是他们不收。",
        "我不交钱。不是我不交，是他们不收。",
        "不是停水，就是停电",
        "在白云区，不是停水就是停电",
        "是不是白云，是乌当管",
        "在白云。是不是白云，是不是乌当",
        "要不是白云，是乌当的话我就不打了",
        "我在白云区，不是乌当区",
        "他说的不对，是他先动手",
        "处理结果不对，应该是乌当区管",
        "从白云区到乌当区，不是很远",
        "花溪停水，不是第一次了，是第三次了",
        "白云区错了罚款，乌当区没有",
        "",
    ],
)
def test_a_contrast_is_no_correction(text: str) -> None:
    assert corrected(text) == corrected(text, find=known) == text


def test_what_is_said_after_a_correction_stays() -> None:
    assert corrected("在白云。不是白云，是乌当。白云是我家", find=known) == "在乌当。是乌当。白云是我家"


PIECES = ("不是", "是", "白云", "乌当", "不对", "，", "。", "说错了", "在", "停水", "应该")


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_nothing_is_invented_and_nothing_raises(text: str) -> None:
    for find in (None, known):
        assert set(corrected(text, text, find)) <= set(text) | set("是在,")


def test_hostile_repetition_comes_to_an_end() -> None:
    for seed in ("不是白云，是", "白云区，不对，", "不对", "说错了，", "停水，不对，停电"):
        assert corrected(seed * 20_000, find=known)
