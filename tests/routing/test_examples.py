"""Example messages as witnesses beside the phrases."""

from __future__ import annotations

import pytest

from chinese import normalise
from routing.examples import Examples, Said

EXAMPLES = Examples(
    [
        ("water", "龙头拧开一滴都没有"),
        ("water", "放出来的水浑得像泥浆"),
        ("light", "回家那段路黑漆漆的,灯杆立着不亮"),
        ("light", "隧道里的灯只亮了一半"),
    ]
)


def test_the_label_whose_examples_share_words_gets_the_greatest_factor() -> None:
    factors = EXAMPLES.factors(Said.of("家里龙头放出来全是泥浆"))
    assert factors["water"] > 0 > factors["light"]


def test_factors_are_none_in_the_mean() -> None:
    assert sum(EXAMPLES.factors(Said.of("灯不亮了")).values()) == pytest.approx(0, abs=1e-5)


def test_what_no_example_shares_changes_nothing() -> None:
    assert EXAMPLES.factors(Said.of("xyz")) == {"light": 0.0, "water": 0.0}


def test_words_said_over_and_over_are_one_witness() -> None:
    once, often = (EXAMPLES.factors(Said.of(text))["water"] for text in ("龙头没水了谢谢你们", "龙头没水了" * 300))
    assert 0 < often < once


def test_the_order_of_examples_changes_nothing() -> None:
    pairs = [("a", "停水了"), ("b", "停电了"), ("a", "没有水")]
    said = Said.of("水停了")
    assert Examples(pairs).factors(said) == Examples(pairs[::-1]).factors(said)


def test_one_label_tells_nothing_apart() -> None:
    assert not Examples([("a", "停水了")])
    assert not Examples([])
    assert Examples([]).factors(Said.of("停水")) == {}


@pytest.mark.parametrize("text", ["", "😀", "\x00", "水" * 1_000_000, "\ud800"])
def test_any_text_is_read(text: str) -> None:
    assert EXAMPLES.factors(Said.of(normalise(text))).keys() == {"water", "light"}
