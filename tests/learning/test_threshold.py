"""The threshold over (confidence, right) cases: as low as the asked accuracy allows, and never on too few."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.learning.threshold import Choice, choose

CASES = st.lists(st.sampled_from([(n / 10, right) for n in (1, 5, 7, 9) for right in (True, False)]), max_size=25)


def test_the_lowest_threshold_that_is_right_often_enough_is_chosen() -> None:
    cases = [(0.9, True)] * 50 + [(0.7, True)] * 48 + [(0.7, False)] * 2 + [(0.5, False)] * 100
    assert choose(cases, 0.97) == Choice(0.7, 0.5, 0.98)
    assert choose(cases, 0.99) == Choice(0.9, 0.25, 1.0)
    assert choose(cases, 0.4) == Choice(0.5, 1.0, 0.49)


def test_equal_confidences_fall_on_one_side_together() -> None:
    assert choose([(0.8, True)] * 40 + [(0.8, False)] * 10, 0.9) is None


def test_a_handful_of_lucky_cases_is_no_proof() -> None:
    cases = [(0.99, True)] * 29 + [(0.5, False)] * 100
    assert choose(cases, 0.97) is None
    assert choose(cases, 0.97, fewest=29) == Choice(0.99, 29 / 129, 1.0)
    assert choose([], 0.5) is None


def test_exactly_as_often_as_asked_is_enough() -> None:
    assert choose([(0.6, True)] * 97 + [(0.6, False)] * 3, 0.97) == Choice(0.6, 1.0, 0.97)


@given(CASES, st.sampled_from([0.01, 0.3, 0.5, 0.75, 0.97, 1.0]))
def test_what_is_chosen_keeps_its_word_and_nothing_lower_would(cases: list[tuple[float, bool]], asked: float) -> None:
    found = choose(cases, asked, fewest=3)
    for threshold in {confidence for confidence, _ in cases}:
        above = [right for confidence, right in cases if confidence >= threshold]
        enough = len(above) >= 3 and sum(above) >= asked * len(above)
        if found and threshold == found.threshold:
            assert enough
            assert (found.coverage, found.accuracy) == (len(above) / len(cases), sum(above) / len(above))
        elif not found or threshold < found.threshold:
            assert not enough
