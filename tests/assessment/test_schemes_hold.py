"""Whatever is counted: points stay between floor and weight, more is never worse, order of asking changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.assessment.documents import read, write
from hotline.assessment.scheme import Measure, Rounding, Rule, Scheme, Target
from hotline.assessment.scoring import ALL, Measured, lists, peers, scores_of, total
from hotline.intake.inquiry import SOURCES
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Pair

GROUPS = ("区县", "部门", "企业")
SOURCE_CODES = tuple(SOURCES)[:2]
METRICS = ("closed_on_time", "satisfied_of_evaluated", "return_rate")
hundredths = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    sources = tuple(draw(st.lists(st.sampled_from(SOURCE_CODES), unique=True, max_size=2)))
    groups = tuple(draw(st.lists(st.sampled_from(GROUPS), unique=True, min_size=0 if sources else 1, max_size=2)))
    return Target("", draw(hundredths), sources, groups)


@st.composite
def measures(draw: st.DrawFn, metric: str) -> Measure:
    weight = draw(st.integers(1, 10_000).map(lambda n: Decimal(n) / 100))
    deduct = draw(st.integers(0, 1000).map(lambda n: Decimal(n) / 100))
    several = tuple(draw(st.lists(targets(), max_size=2)))
    return Measure(metric, weight, deduct, draw(hundredths), min(weight, draw(hundredths)), several)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, unique=True))
    rules = st.sampled_from(["half_up", "truncate"])
    return Scheme(
        code="any",
        version=1,
        name="任意",
        source="测试",
        effective_from=date(2026, 1, 1),
        measures=tuple(draw(measures(metric)) for metric in metrics),
        groups=draw(st.sampled_from([GROUPS, GROUPS[1:], GROUPS[::-1]])),
        empty=draw(st.sampled_from(["rescale", "full", "apart"])),
        least=draw(st.integers(0, 2)),
        rates=Rounding(draw(st.integers(0, 4)), draw(rules)),
        points=Rounding(draw(st.integers(2, 4)), draw(rules)),
        red=(Rule(places=draw(st.integers(1, 3))),),
        black=(Rule(places=draw(st.integers(1, 3))), Rule(metric=metrics[0])),
    )


@st.composite
def measured(draw: st.DrawFn, code: str) -> Measured:
    """A unit whose numbers by source add up to those of all its tickets."""
    pairs = {}
    for metric in METRICS:
        numbers = draw(st.lists(st.integers(0, 40), min_size=6, max_size=6))
        split = [Pair(*sorted(numbers[n : n + 2])) for n in (0, 2, 4)]
        pairs |= {(metric, source): pair for source, pair in zip(SOURCE_CODES, split, strict=False)}
        pairs[metric, ALL] = Pair(sum(p.numerator for p in split), sum(p.denominator for p in split))
    due, more = draw(st.tuples(st.integers(0, 2), st.integers(0, 1)))
    return Measured(code, draw(st.sampled_from("甲乙")), draw(st.sampled_from(GROUPS)), due + more, due, pairs)


units = st.integers(0, 4).flatmap(lambda n: st.tuples(*[measured(f"u{i}") for i in range(n)]))


@settings(max_examples=40, deadline=None)
@given(schemes(), measured("u"))
def test_points_lie_between_the_floor_and_the_weight(scheme: Scheme, unit: Measured) -> None:
    scores = scores_of(scheme, unit)
    for score, measure in zip(scores, scheme.measures, strict=True):
        assert score.points is None or measure.floor <= score.points <= measure.weight
    points = total(scheme, scores)
    if points is not None and all(score.points is not None for score in scores):
        assert sum(measure.floor for measure in scheme.measures) <= points <= scheme.full
    assert points is None or 0 <= points <= scheme.full


@settings(max_examples=40, deadline=None)
@given(schemes(), measured("u"), st.data())
def test_one_more_ticket_done_well_never_costs_a_point(scheme: Scheme, unit: Measured, data: st.DataObject) -> None:
    metric = data.draw(st.sampled_from([measure.metric for measure in scheme.measures]))
    source = data.draw(st.sampled_from(SOURCE_CODES))
    own, every = unit.pairs[metric, source], unit.pairs[metric, ALL]
    if own.numerator == own.denominator:
        return
    more = {(metric, source): own._replace(numerator=own.numerator + 1)}
    more[metric, ALL] = every._replace(numerator=every.numerator + 1)
    better = Measured(unit.unit, unit.name, unit.group, unit.dispatched, unit.due, {**unit.pairs, **more})
    before, after = (total(scheme, scores_of(scheme, each)) for each in (unit, better))
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert before >= after if BY_KEY[metric].falling else before <= after


@settings(max_examples=40, deadline=None)
@given(schemes(), units, st.randoms())
def test_the_order_in_which_units_are_asked_changes_nothing(
    scheme: Scheme, found: tuple[Measured, ...], random: Random
) -> None:
    mixed = list(found)
    random.shuffle(mixed)
    first, second = peers(scheme, found), peers(scheme, mixed)
    assert first == second
    assert lists(scheme, first) == lists(scheme, second)


@settings(max_examples=40, deadline=None)
@given(schemes(), units)
def test_each_unit_of_a_ranked_group_is_in_exactly_one_place(scheme: Scheme, found: tuple[Measured, ...]) -> None:
    ranked = peers(scheme, found)
    there = [
        each.unit for p in ranked for part in (p.ranked, p.incomplete, p.few, p.none_due, p.no_tickets) for each in part
    ]
    assert sorted(there) == sorted(each.unit for each in found if each.group in scheme.groups)
    for peer in ranked:
        in_order = [(-one.points, one.name, one.unit) for one in peer.ranked]
        assert in_order == sorted(in_order)
        assert all(one.place == 1 + sum(o.points > one.points for o in peer.ranked) for one in peer.ranked)
    red, black = lists(scheme, ranked)
    assert not {one.unit for one in red} & {one.unit for one in black}


@settings(max_examples=40, deadline=None)
@given(schemes())
def test_a_scheme_is_the_same_after_it_was_written_and_read(scheme: Scheme) -> None:
    assert read(write(scheme)) == scheme
