"""How long each stage takes: the clocks of every history, recounted one by one by the pure engine."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from hotline import reports
from hotline.db import UTCDateTime
from hotline.intake.inquiry import SOURCES
from hotline.knowledge import knowledge
from hotline.reports import Scope
from hotline.reports.figures import quantile, quantile_of_counts
from hotline.reports.stages import STAGES, minutes_between
from tests.reports.conftest import NOW
from tests.reports.oracle import middle_and_ninth
from tests.reports.test_groups import _ones
from tests.reports.test_rates import PERIODS


def _taken(session: Session, scope: Scope) -> tuple[dict[str, int], dict[str, list[int]], dict[str, list[int]]]:
    """Of each stage how many were due, and the minutes of those met, natural and working."""
    calendar, due = knowledge(session).calendar, defaultdict[str, int](int)
    natural: dict[str, list[int]] = defaultdict(list)
    working: dict[str, list[int]] = defaultdict(list)
    for one in _ones(session, scope):
        for clock in one.clocks:
            stopped = clock.stopped_at is not None and clock.stopped_at <= clock.due_at
            if clock.name not in STAGES or stopped or not scope.start < clock.due_at <= scope.cut_off:
                continue
            due[clock.name] += 1
            if clock.met_at is not None:
                natural[clock.name].append(int((clock.met_at - clock.started_at).total_seconds() // 60))
                working[clock.name].append(calendar.working_minutes(clock.started_at, clock.met_at))
    return due, natural, working


@pytest.mark.parametrize(("first", "last"), PERIODS[:3])
def test_every_stage_of_the_demo_city_equals_a_recount_of_its_clocks(session: Session, first: date, last: date) -> None:
    scope = reports.scope_of(session, first, last)
    due, natural, working = _taken(session, scope)
    found = {each.clock: each for each in reports.stages(session, scope)}
    assert {name: each.due for name, each in found.items()} == dict(due)
    assert {name: each.count for name, each in found.items() if each.count} == {n: len(m) for n, m in natural.items()}
    for name, each in found.items():
        for minutes, values in (
            (natural[name], (each.median_natural, each.p90_natural)),
            (working[name], (each.median_working, each.p90_working)),
        ):
            expected = middle_and_ninth(minutes)
            if expected is None:
                assert values == (None, None)
            else:
                assert [float(value or 0) for value in values] == pytest.approx(expected, abs=0.006), name


def test_of_a_unit_only_its_own_stages_are_told_and_filters_narrow_them(session: Session) -> None:
    first, last = PERIODS[0]
    whole = {each.clock: each.due for each in reports.stages(session, reports.scope_of(session, first, last))}
    unit = reports.stages(session, reports.scope_of(session, first, last, unit="district-wudang"))
    assert {"dispatch", "review", "follow_up", "decide"}.isdisjoint(each.clock for each in unit)
    assert 0 < sum(each.due for each in unit) < sum(whole.values())
    by_source: dict[str, int] = defaultdict(int)
    for source in SOURCES:
        for each in reports.stages(session, reports.scope_of(session, first, last, source=source)):
            by_source[each.clock] += each.due
    assert by_source == whole


@pytest.mark.parametrize(
    ("span", "minutes"),
    [
        (timedelta(), 0),
        (timedelta(seconds=59, microseconds=999_999), 0),
        (timedelta(seconds=60), 1),
        (timedelta(minutes=5, microseconds=-1), 4),
        (timedelta(days=40, hours=3, seconds=7), 57_780),
    ],
)
@pytest.mark.parametrize("part", [0, 1, 400, 999_600])
def test_minutes_are_whole_ones_to_the_microsecond(session: Session, span: timedelta, minutes: int, part: int) -> None:
    start = NOW + timedelta(microseconds=part)
    ends = [literal(each, UTCDateTime()) for each in (start, start + span)]
    assert session.scalar(select(minutes_between(session, *ends))) == minutes


@given(st.lists(st.integers(0, 50), max_size=60), st.sampled_from([50, 90]))
def test_quantiles_of_counts_are_those_of_the_values(values: list[int], percent: int) -> None:
    ordered = sorted(values)
    counts = [(each, ordered.count(each)) for each in sorted(set(ordered))]
    assert quantile_of_counts(counts, percent) == quantile(ordered, percent)
