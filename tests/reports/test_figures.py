"""The published figures of other cities, to the digit, through the function that computes ours."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import reports
from hotline.reports import glossary
from hotline.reports.figures import quantile, rate


@pytest.mark.parametrize(
    ("numerator", "denominator", "places", "rounding", "published"),
    [
        (10_316, 11_411, 1, "half_up", "90.4"),  # 贵阳 2020, 应结口径
        (10_316, 11_411, 1, "truncate", "90.4"),
        (8_469, 10_316, 1, "half_up", "82.1"),  # 贵阳 2020, 结案口径
        (10_316, 12_934, 1, "half_up", "79.8"),  # 贵阳 2020, 转办口径
        (25_783, 29_186, 2, "half_up", "88.34"),  # 连云港, June 2019
        (25_783, 29_186, 2, "truncate", "88.34"),
        (24_165, 29_186, 2, "half_up", "82.80"),
        (24_165, 29_186, 2, "truncate", "82.79"),
        (18_851, 19_668, 2, "half_up", "95.85"),  # 泰州: the bulletin truncates
        (18_851, 19_668, 2, "truncate", "95.84"),
    ],
)
def test_published_figures_come_out_to_the_digit(
    numerator: int, denominator: int, places: int, rounding: str, published: str
) -> None:
    assert str(rate(numerator, denominator, places, rounding)) == published


def test_guiyang_s_closure_rate_leaves_1523_open_within_their_limits() -> None:
    assert 12_934 - 11_411 == 1_523
    assert rate(10_316, 12_934 - 1_523, 1) == Decimal("90.4")


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 0), (None, None), (None, 5), (3, None)])
def test_an_empty_denominator_gives_nothing(numerator: int | None, denominator: int | None) -> None:
    assert rate(numerator, denominator) is None


@given(st.integers(1, 10**9).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_a_share_lies_between_0_and_100_and_truncation_never_flatters(pair: tuple[int, int]) -> None:
    rounded, cut = rate(*pair), rate(*pair, rounding="truncate")
    assert rounded is not None
    assert cut is not None
    assert 0 <= cut <= rounded <= 100
    assert cut <= Decimal(pair[0] * 100) / pair[1]


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([], 50) is None
    assert quantile([7], 90) == 7
    assert quantile([1, 2, 3, 4], 50) == Decimal("2.5")
    assert quantile(list(range(11)), 90) == 9


def test_the_page_about_figures_is_what_the_tables_print() -> None:
    page = (Path(__file__).parents[2] / "docs" / "figures.md").read_text("utf-8")
    assert page == glossary.document(), "run: python -m hotline.reports.glossary > docs/figures.md"
    for metric in reports.METRICS:
        assert f"| `{metric.key}` | {metric.name} | {metric.numerator} |" in page
