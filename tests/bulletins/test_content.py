"""What stands in a bulletin: its totals are the report's, its parts add up, and nothing of a citizen is in it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline import db, journal, reports
from hotline.bulletins import freezing, hot
from hotline.bulletins.carried import Held, balance
from hotline.bulletins.shapes import Json, change_cell, share_cell, shown
from hotline.knowledge import midnight
from hotline.reports import targets
from hotline.rights import SYSTEM
from hotline.topics import Topic
from tests.assessment.conftest import HUAXI, WUDANG, Month
from tests.bulletins.conftest import drafted, figures, section
from tests.hotline.city import POTHOLES

on_sqlite = pytest.mark.parametrize("database", ["sqlite"])
"""For what the other database can do nothing about."""


def columns_add_up(table: Json, *names: str) -> None:
    rows = figures(table)
    total = rows.pop("total")
    for name in names:
        assert sum(each[name] for each in rows.values()) == total[name], name  # type: ignore[misc]


def test_every_total_is_the_reports_and_every_table_adds_up_to_it(month: Month) -> None:
    document = drafted(month)
    with month.asking() as (session, scope):
        report, days = reports.rates_of(session, scope), reports.daily_volume(session, scope)
    received = sum(each.received for each in days)
    source, kind, unit = section(document, "volume")["tables"]
    assert [figures(each)["total"]["now"] for each in (source, kind, unit)] == [received, received, 9]
    assert received == 9
    assert report.counts["dispatched"] == 9
    for each in (source, kind, unit):
        columns_add_up(each, "now", "before", "year_ago")
        assert figures(each)["total"]["share"] == share_cell(1, 1) | {"of": [figures(each)["total"]["now"]] * 2}  # type: ignore[operator]
    assert sum(point["value"] for point in section(document, "volume")["pictures"][0]["points"]) == received


def test_the_table_of_closure_adds_up_by_row_and_by_column(month: Month) -> None:
    document = drafted(month)
    (table,) = section(document, "closure")["tables"]
    counts = ("dispatched", "due", "in_time", "late", "undone", "in_hand", "evaluated", "dissatisfied")
    columns_add_up(table, *counts)
    for row in figures(table).values():
        number: dict[str, Any] = row
        assert number["due"] == number["in_time"] + number["late"] + number["undone"]
        assert number["dispatched"] == number["due"] + number["in_hand"]
    with month.asking() as (session, scope):
        report = reports.rates_of(session, scope)
    total: dict[str, Any] = figures(table)["total"]
    for name, metric in (("closure_rate", "closure_rate"), ("closed_on_time", "closed_on_time")):
        figure = report.figure(metric)
        assert total[name]["of"] == [figure.numerator, figure.denominator]
        assert total[name]["text"] == figure.shown()
    wudang: dict[str, Any] = figures(table)[WUDANG]
    assert (wudang["due"], wudang["in_time"], wudang["late"]) == (6, 4, 2)
    assert figures(table)[HUAXI]["closed_on_time"] == {"text": "100.0 %", "value": "100.00", "of": [2, 2]}


@on_sqlite
def test_the_rates_stand_with_their_fractions_and_an_empty_one_stays_empty(month: Month) -> None:
    rates = figures(section(drafted(month), "overview")["tables"][0])
    assert rates["closed_on_time"]["now"] == {"text": "75.0 %", "value": "75.00", "of": [6, 8]}
    assert rates["closed_on_time"]["year_ago"] is None
    assert shown(None) == "—"


@on_sqlite
def test_a_target_is_a_most_or_a_least_in_the_metric_s_own_unit(month: Month) -> None:
    with db.transaction() as session:
        session.info["now"] = midnight(month.first)
        for metric in ("overdue_rate", "handling_time.p90_natural"):
            aim = targets.NewTarget(metric, Decimal(24), month.first, "市政府令")
            targets.set_target(session, SYSTEM, aim)
    rates = figures(section(drafted(month), "overview")["tables"][0])
    aims: dict[str, Any] = {code: rates[code]["target"] for code in ("overdue_rate", "handling_time.p90_natural")}
    assert [each["text"] for each in aims.values()] == ["≤ 24 %", "≤ 24 小时"]


@on_sqlite
def test_the_ranking_leaves_out_what_is_excluded_and_says_what_cost_points(month: Month) -> None:
    part = section(drafted(month), "standing")
    (districts,) = [each for each in part["tables"] if each["code"] == "group:区县"]
    ranked: dict[str, Any] = figures(districts)
    assert ranked[HUAXI]["place"] == 1
    assert "4/5" in ranked[WUDANG]["lost"]
    assert any("不计入考核的工单 1 件" in sentence for sentence in part["text"])


def test_what_is_carried_over_is_what_the_next_month_begins_with(month: Month) -> None:
    (table,) = section(drafted(month), "carried")["tables"]
    columns_add_up(table, "brought", "ended", "moved_out", "kept", "moved_in", "fresh", "again", "carried")
    total: dict[str, Any] = figures(table)["total"]
    assert (total["brought"], total["fresh"], total["carried"]) == (0, 1, 1)
    with db.reading() as session:
        after = freezing.draft(session, "monthly", (month.last + timedelta(days=1)))
    (following,) = section(after, "carried")["tables"]
    assert figures(following)["total"]["brought"] == total["carried"]


def test_an_overdue_ticket_is_listed_by_number_unit_and_matter_alone(month: Month) -> None:
    month.house.now = midnight(month.first) + timedelta(hours=8)
    late = month.house.dispatched(WUDANG)
    part = section(drafted(month), "overdue")
    (line,) = part["tables"][0]["rows"]
    assert line["cells"][:2] == [late.number, "乌当区"]
    assert line["cells"][4] >= line["cells"][5] > 0
    assert "1 件" in part["text"][0]


@on_sqlite
def test_nothing_of_a_citizen_and_no_float_stands_in_it(month: Month) -> None:
    text = journal.canonical(drafted(month)).decode()
    assert POTHOLES not in text
    assert "13900000001" not in text
    assert not [each for each in _leaves(drafted(month)) if isinstance(each, float)]


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for each in inner for leaf in _leaves(each)]
    return [value]


@on_sqlite
def test_what_is_done_after_the_cut_off_changes_nothing(month: Month) -> None:
    before = freezing.digest(drafted(month))
    month.house.now = midnight(month.last) + timedelta(days=1, hours=9)
    month.house.closed()
    ticket = month.house.ticket(month.numbers[HUAXI][0])
    month.house.act(ticket, "reopen", text="又坏了")
    assert freezing.digest(drafted(month)) == before


@on_sqlite
def test_a_period_that_runs_is_said_to_run(month: Month) -> None:
    with db.reading() as session:
        document = freezing.draft(session, "monthly", month.last + timedelta(days=1))
    assert document["over"] is False


START = datetime(2026, 10, 1, tzinfo=UTC)
tickets = st.dictionaries(
    st.integers(1, 30),
    st.builds(Held, st.sampled_from("ab"), st.sampled_from([START - timedelta(days=1), START + timedelta(days=1)])),
)


@given(tickets, tickets)
def test_the_balance_of_what_is_carried_always_holds(start: dict[int, Held], end: dict[int, Held]) -> None:
    counts = balance(start, end, START)
    for each in counts.values():
        assert each["brought"] == each["ended"] + each["moved_out"] + each["kept"]
        assert each["carried"] == each["kept"] + each["moved_in"] + each["fresh"] + each["again"]
    total: Counter[str] = sum(counts.values(), Counter())
    assert (total["brought"], total["carried"]) == (len(start), len(end))
    assert total["moved_out"] == total["moved_in"]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_change_is_of_what_was_before_and_there_is_none_from_nothing(now: int, before: int) -> None:
    cell: Any = change_cell(now, before)
    if not before:
        assert cell is None
        return
    assert cell["of"] == [now - before, before]
    assert (cell["text"][0] == "−") == (float(cell["text"].rstrip(" %").replace("−", "-")) < 0)


def test_two_topics_of_one_name_and_place_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two rows with one code, a correction would list the difference of the last alone."""
    at = datetime(2026, 10, 5, tzinfo=UTC)
    topics = [Topic(n, "停水", "停水", "花溪区", at, at, n, n, 0, None, None, 9.0, [], []) for n in (3, 4)]
    monkeypatch.setattr(hot, "hottest", lambda *_: topics)
    three: Any = SimpleNamespace(now=SimpleNamespace(scope=SimpleNamespace(first=at.date(), last=at.date())))
    made = hot.hot(None, three)  # type: ignore[arg-type]
    assert [each["count"] for each in figures(made["tables"][0]).values()] == [3, 4]
