"""Points to the digit: from counted tickets over the printed rate to the printed points, in decimals alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hotline.assessment.documents import read
from hotline.assessment.scheme import Scheme
from hotline.assessment.scoring import ALL, Measured, Named, lists, peers, scores_of, total
from hotline.assessment.words import method_words
from hotline.reports.rates import Pair
from hotline.seeds import HERE, read_json

LIANYUNGANG: dict[str, Any] = read_json(HERE / "schemes" / "lianyungang.json")
ON_TIME, SATISFIED = "closed_on_time", "satisfied_of_evaluated"


def unit(code: str = "a", group: str = "区县", due: int = 1, **pairs: tuple[int, int]) -> Measured:
    """A unit with numbers by metric; `satisfied_of_evaluated__assigned` are those of one source."""
    numbers = {(name.partition("__")[0], name.partition("__")[2] or ALL): Pair(*pair) for name, pair in pairs.items()}
    return Measured(code, code.upper(), group, due, due, numbers)


def scheme(**changes: Any) -> Scheme:
    return read(LIANYUNGANG | changes)


def points(measured: Measured, metric: str, rules: Scheme | None = None) -> Decimal | None:
    return {score.metric: score.points for score in scores_of(rules or scheme(), measured)}[metric]


def test_the_three_published_results_of_lianyungang_come_out_to_the_digit() -> None:
    assert points(unit(closed_on_time=(8982, 10000)), ON_TIME) == Decimal("14.82")
    province = unit(satisfied_of_evaluated=(7, 8), satisfied_of_evaluated__assigned=(7, 8))
    assert points(province, SATISFIED) == Decimal("19.75")
    assert str(points(unit(satisfied_of_evaluated=(12, 17)), SATISFIED)) == "12.80"


def test_the_rate_is_rounded_before_the_deduction_and_the_points_once_more_after_it() -> None:
    asked = unit(satisfied_of_evaluated=(12, 17))
    (part,) = scores_of(scheme(), asked)[1].parts
    assert (part.value, part.points) == (Decimal("70.59"), Decimal("12.795"))
    finer = scheme(rates={"places": 4, "rounding": "half_up"})
    assert points(asked, SATISFIED, finer) == Decimal("12.79"), "70.5882 % is short by 24.4118: 12.7941"
    cut = scheme(points={"places": 2, "rounding": "truncate"})
    assert points(asked, SATISFIED, cut) == Decimal("12.79")
    lower = scheme(rates={"places": 2, "rounding": "truncate"})
    assert points(asked, SATISFIED, lower) == Decimal("12.79"), "70.58 % is short by 24.42: 12.79"


def test_the_floor_holds_and_is_said_to_have_held() -> None:
    low = unit(closed_on_time=(1, 2), satisfied_of_evaluated=(1, 10))
    on_time, satisfied = scores_of(scheme(), low)
    assert (on_time.points, on_time.floored) == (Decimal("0.00"), True)
    assert (satisfied.points, satisfied.floored) == (Decimal("12.50"), True)
    exact = unit(closed_on_time=(3, 4))
    assert scores_of(scheme(), exact)[0].floored is False, "25 points lost of 25: at the floor, not beyond it"


def test_each_source_is_judged_by_its_own_target_and_weighs_as_many_as_it_has() -> None:
    both = unit(satisfied_of_evaluated=(15, 20), satisfied_of_evaluated__assigned=(7, 8))
    score = scores_of(scheme(), both)[1]
    assert [(p.name, p.target, p.numerator, p.denominator) for p in score.parts] == [
        ("省派工单", Decimal(98), 7, 8),
        ("其余", Decimal(95), 8, 12),
    ]
    assert (score.numerator, score.denominator, score.target) == (15, 20, None)
    assert score.points == Decimal("15.40"), "8 of 19.75 and 12 of 12.50, which the floor holds, by 20"


def test_a_target_for_a_peer_group_holds_for_its_units_alone() -> None:
    lenient = scheme(metrics=[LIANYUNGANG["metrics"][0] | {"targets": [{"target": "90", "groups": ["企业"]}]}])
    late = {"closed_on_time": (85, 100)}
    assert points(unit(group="企业", **late), ON_TIME, lenient) == Decimal(20)
    assert points(unit(group="区县", **late), ON_TIME, lenient) == Decimal(10)


def test_the_first_target_that_fits_holds() -> None:
    targets = [
        {"target": "80", "sources": ["assigned"], "groups": ["企业"]},
        {"target": "98", "sources": ["assigned", "phone"]},
        {"target": "70", "groups": ["部门"]},
    ]
    measure = scheme(metrics=[LIANYUNGANG["metrics"][0] | {"targets": targets}]).measures[0]

    def held(group: str) -> list[tuple[tuple[str, ...], int]]:
        return [(target.sources, int(target.value)) for target in measure.targets_of(group)]

    assert held("企业") == [(("assigned",), 80), (("phone",), 98), ((), 100)]
    assert held("部门") == [(("assigned", "phone"), 98), ((), 70)]
    assert held("区县") == [(("assigned", "phone"), 98), ((), 100)]


def test_of_what_should_not_be_points_go_for_what_lies_above_the_target() -> None:
    row = {"metric": "return_rate", "weight": "10", "deduct": "2", "target": "3", "floor": "0"}
    rules = scheme(metrics=[row])
    assert points(unit(return_rate=(5, 100)), "return_rate", rules) == Decimal(6)
    assert points(unit(return_rate=(1, 100)), "return_rate", rules) == Decimal(10)


@pytest.mark.parametrize(
    ("empty", "expected"), [("rescale", Decimal("40.00")), ("full", Decimal("45.00")), ("apart", None)]
)
def test_an_empty_metric_is_left_out_or_full_or_sets_the_unit_apart(empty: str, expected: Decimal | None) -> None:
    rules, asked = scheme(empty=empty), unit(closed_on_time=(95, 100), satisfied_of_evaluated=(0, 0))
    assert total(rules, scores_of(rules, asked)) == expected
    (peer,) = peers(rules, [asked])
    assert [one.points for one in peer.ranked] == ([expected] if expected is not None else [])
    assert peer.incomplete == ([] if expected is not None else [Named("a", "A")])


def test_a_unit_with_every_metric_empty_has_no_points_to_scale() -> None:
    (peer,) = peers(scheme(), [unit(due=3)])
    assert (peer.ranked, peer.incomplete) == ([], [Named("a", "A")])


def test_the_same_points_are_the_same_place_and_stand_by_name() -> None:
    good, late = {"closed_on_time": (9, 10)}, {"closed_on_time": (8, 10)}
    (peer,) = peers(scheme(), [unit("c", **late), unit("b", **good), unit("a", **good), unit("d", **late)])
    assert [(one.place, one.unit) for one in peer.ranked] == [(1, "a"), (1, "b"), (3, "c"), (3, "d")]


def test_what_was_lost_is_named_the_dearest_first() -> None:
    (peer,) = peers(scheme(), [unit(closed_on_time=(93, 100), satisfied_of_evaluated=(17, 20))])
    (one,) = peer.ranked
    assert [lost.words for lost in one.lost] == ["按时办结率 93 %（-7 分）", "满意率（有效回访口径） 85 %（-5 分）"]
    assert (one.points, sum(lost.points for lost in one.lost)) == (Decimal(38), Decimal(12))


def test_units_without_tickets_and_without_any_due_stand_apart() -> None:
    idle = Measured("idle", "IDLE", "区县", 0, 0, {})
    fresh = Measured("fresh", "FRESH", "区县", 4, 0, {(ON_TIME, ALL): Pair(0, 0)})
    other = unit("other", "乡镇街道", closed_on_time=(1, 1))
    (peer,) = peers(scheme(), [idle, fresh, other, unit(closed_on_time=(1, 1))])
    assert [one.unit for one in peer.ranked] == ["a"]
    assert (peer.none_due, peer.no_tickets) == ([Named("fresh", "FRESH")], [Named("idle", "IDLE")])


def test_a_unit_with_fewer_due_than_the_scheme_ranks_has_no_place() -> None:
    one, ten = unit("one", closed_on_time=(1, 1)), unit("ten", due=10, closed_on_time=(9, 10))
    (all_ranked,) = peers(scheme(), [one, ten])
    assert [each.unit for each in all_ranked.ranked] == ["one", "ten"]
    (peer,) = peers(scheme(least=10), [one, ten])
    assert ([each.unit for each in peer.ranked], peer.few, peer.incomplete) == (["ten"], [Named("one", "ONE")], [])
    assert method_words(scheme(least="10"))[-1] == "应结工单不足 10 件的，不排名次，单列。"


# Red and black


def listed(rules: Scheme, *tenths: int) -> tuple[list[str], list[str]]:
    """Who is on the lists, of units with so many of ten closed in time: a, b, c …"""
    units = [unit(chr(97 + n), closed_on_time=(each, 10)) for n, each in enumerate(tenths)]
    red, black = lists(rules, peers(rules, units))
    return [one.unit for one in red], [one.unit for one in black]


def test_the_first_and_the_last_of_a_group_are_listed_with_their_ties() -> None:
    rules = scheme(red=[{"top": 1}], black=[{"bottom": 1}])
    assert listed(rules, 10, 10, 9, 8, 8) == (["a", "b"], ["d", "e"])


def test_a_rule_is_met_by_all_that_it_says_and_a_list_by_any_of_its_rules() -> None:
    rules = scheme(red=[{"top": 3, "points": "45"}], black=[{"bottom": 2, "points": "10"}, {"floor": ON_TIME}])
    assert listed(rules, 10, 9, 8, 8, 7) == (["a"], ["e"]), "10 points are not fewer than 10; 7 of 10 is past the floor"


def test_who_would_be_on_both_lists_by_place_is_on_neither() -> None:
    rules = scheme(red=[{"top": 3}], black=[{"bottom": 3}])
    assert listed(rules, 10, 9) == ([], [])
    assert listed(rules, 10, 9, 8, 8) == (["a"], [])
    assert listed(scheme(red=[{"top": 3}], black=[{"floor": ON_TIME}]), 10, 5) == (["a"], ["b"]), "a floor is no place"


def test_a_list_says_why_somebody_is_on_it() -> None:
    rules = scheme(red=[{"top": 1, "points": "40"}], black=[{"bottom": 2, "points": "10"}, {"floor": ON_TIME}])
    units = [unit("a", closed_on_time=(10, 10)), unit("b", closed_on_time=(1, 10))]
    red, black = lists(rules, peers(rules, units))
    assert [one.why for one in red] == ["前 1 名，且不少于 40 分"]
    assert [(one.unit, one.why, one.place) for one in black] == [("b", "按时办结率扣到最低分", 2)]
