"""The figures against a slow count by the book."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.evaluating import BINS, Figures, among, cross_validate, figures, first_day, threshold_for
from routing.learning import Example
from tests.routing.city import MATTERS
from tests.routing.learnt import EXAMPLES

LABELS = ["01", "04", "05"]
SHARES = st.lists(st.integers(0, 8), min_size=3, max_size=3).filter(any)
ROWS = st.lists(st.tuples(st.sampled_from(LABELS), SHARES), min_size=1, max_size=40)


def _predicted(shares: list[int]) -> dict[str, float]:
    return {label: share / sum(shares) for label, share in zip(LABELS, shares, strict=True)}


@given(ROWS)
def test_figures_are_those_of_a_slow_count(rows: list[tuple[str, list[int]]]) -> None:
    truth, predicted = [label for label, _ in rows], [_predicted(shares) for _, shares in rows]
    said = [sorted(each, key=lambda label: (-each[label], label))[0] for each in predicted]
    sure = [each[label] for each, label in zip(predicted, said, strict=True)]
    measured = figures(truth, predicted)
    pairs = list(zip(truth, said, strict=True))
    assert measured.accuracy == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    scores = []
    for label in sorted(set(truth) | set(said)):
        hit = pairs.count((label, label))
        precision = hit / said.count(label) if label in said else 0.0
        recall = hit / truth.count(label) if label in truth else 0.0
        scores.append(2 * precision * recall / (precision + recall) if hit else 0.0)
        assert measured.per_label[label].precision == pytest.approx(precision)
        assert measured.per_label[label].recall == pytest.approx(recall)
        assert measured.confusion.get(label, {}).get(label, 0) == hit
    assert measured.macro_f1 == pytest.approx(sum(scores) / len(scores))
    assert measured.ece == pytest.approx(_slow_error(pairs, sure))


def _slow_error(pairs: list[tuple[str, str]], sure: list[float]) -> float:
    error = 0.0
    for number in range(BINS):
        inside = [at for at, each in enumerate(sure) if min(int(each * BINS), BINS - 1) == number]
        if inside:
            right = sum(pairs[at][0] == pairs[at][1] for at in inside) / len(inside)
            error += abs(right - sum(sure[at] for at in inside) / len(inside)) * len(inside) / len(pairs)
    return error


@given(ROWS)
def test_each_coverage_holds_exactly_what_is_as_sure_as_its_threshold(rows: list[tuple[str, list[int]]]) -> None:
    truth, predicted = [label for label, _ in rows], [_predicted(shares) for _, shares in rows]
    for each in figures(truth, predicted).coverage:
        inside = [at for at, shares in enumerate(predicted) if max(shares.values()) >= each.threshold]
        assert each.coverage == pytest.approx(len(inside) / len(rows))
        right = [truth[at] == min(LABELS, key=lambda label: (-predicted[at][label], label)) for at in inside]
        assert each.accuracy == pytest.approx(sum(right) / len(right))


def test_figures_go_through_json_and_back() -> None:
    measured = figures(["01", "04"], [{"01": 0.8, "04": 0.2}, {"01": 0.6, "04": 0.4}])
    assert Figures.of(json.loads(json.dumps(measured.document()))) == measured


def test_the_threshold_is_the_widest_coverage_that_is_right_often_enough() -> None:
    sure: list[dict[str, float]] = [{"01": 1 - number / 40, "04": number / 40} for number in range(7)]
    wrong: list[dict[str, float]] = [{"04": 0.9 - number / 20} for number in range(7, 10)]
    measured = figures(["01"] * 10, sure + wrong)
    found = threshold_for(measured, 1.0)
    assert found is not None
    assert list(found) == pytest.approx([1 - 6 / 40, 0.7])
    assert threshold_for(figures(["01"], [{"04": 1.0}]), 0.5) is None
    assert (measured.coverage[0].coverage, measured.coverage[0].accuracy) == (1.0, 0.7)


def test_nothing_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="give as many"):
        figures([], [])
    with pytest.raises(ValueError, match="give as many"):
        figures(["01"], [])


def test_belief_is_divided_among_the_labels_asked_for() -> None:
    assert among({"01": 0.5, "04": 0.25, "02": 0.25}, ["01", "04"]) == {
        "01": pytest.approx(2 / 3),
        "04": pytest.approx(1 / 3),
    }
    assert among({}, ["01", "04"]) == {"01": 0.5, "04": 0.5}
    nested = among({"04": 0.8, "04-01-01": 0.5, "05": 0.2}, ["04", "04-01-01", "05"])
    assert nested == {"04": pytest.approx(0.3), "04-01-01": pytest.approx(0.5), "05": pytest.approx(0.2)}


def test_no_model_is_asked_about_what_it_saw() -> None:
    measured = cross_validate(EXAMPLES, MATTERS, folds=4)
    assert measured.examples == len(EXAMPLES)
    assert measured.accuracy >= 0.9
    noise = [
        Example(LABELS[number % 3], f"{chr(0x4E00 + 97 * number)}{chr(0x5E00 + 89 * number)}") for number in range(90)
    ]
    assert cross_validate(noise, MATTERS, folds=3).accuracy < 0.6


def test_the_first_day_answers_by_key_phrases_at_every_level() -> None:
    shares = first_day(MATTERS)("小区的路灯坏了,下水道也堵了")
    best = max(LABELS, key=lambda label: shares.get(label, 0.0))
    assert best == "01"
    assert max(share for code, share in shares.items() if code.startswith("01-")) == pytest.approx(shares["01"])
    assert first_day(MATTERS)("") == {}
