"""Units, courses, and what people get: table, JSON, workbook and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline import reports
from hotline.__main__ import cli
from hotline.bulletins.shapes import rate_cell
from hotline.intake.inquiry import InvalidInput
from hotline.models import Event, Ticket, Unit
from hotline.reports import printing
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Pair, hours_figure, ratio_figure
from hotline.settings import settings
from tests.reports.conftest import NOW

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 19)


def test_the_units_rows_add_up_to_the_report(session: Session) -> None:
    report = reports.rates(session, FIRST, LAST)
    table = reports.by_unit(session, reports.scope_of(session, FIRST, LAST))
    rows = [*table.rows, *table.none_due, *table.no_tickets, *([table.hotline] if table.hotline else [])]
    for metric in table.rows[0].figures:
        figure = report.figure(metric)
        assert sum(row.figures[metric].numerator or 0 for row in rows) == figure.numerator, metric
        assert sum(row.figures[metric].denominator or 0 for row in rows) == figure.denominator, metric
    assert sum(row.counts["dispatched"] for row in rows) == report.counts["dispatched"]


def test_each_unit_s_row_is_its_own_report(session: Session) -> None:
    table = reports.by_unit(session, reports.scope_of(session, FIRST, LAST))
    for row in table.rows[:3]:
        own = reports.rates(session, FIRST, LAST, row.code)
        for metric, figure in row.figures.items():
            assert own.figure(metric).value == figure.value, (row.code, metric)


def test_units_without_tickets_and_with_none_due_stand_apart_and_every_unit_stands_once(session: Session) -> None:
    table = reports.by_unit(session, reports.scope_of(session, LAST - timedelta(days=6), LAST))
    codes = [row.code for part in (table.rows, table.none_due, table.no_tickets) for row in part]
    expected = session.scalars(select(Unit.code).where(Unit.parent == "city")).all()
    assert sorted(codes) == sorted(expected)
    assert table.no_tickets
    assert table.none_due
    assert all(row.figures["closure_rate"].value is None for row in (*table.none_due, *table.no_tickets))
    assert all(row.figures["closure_rate"].value is not None for row in table.rows)
    assert {row.peer_group for row in table.rows} <= {"区县", "部门", "企业", "开发区"}


def test_a_district_s_own_table_has_its_townships(session: Session) -> None:
    table = reports.by_unit(session, reports.scope_of(session, FIRST, LAST, "district-wudang"))
    rows = [*table.rows, *table.none_due, *table.no_tickets]
    below = set(session.scalars(select(Unit.code).where(Unit.parent == "district-wudang")))
    assert {row.code for row in rows} == below | {"district-wudang"}
    whole = reports.rates(session, FIRST, LAST, "district-wudang")
    assert sum(row.counts["dispatched"] for row in rows) == whole.counts["dispatched"] > 0


def test_the_days_add_up_to_what_was_opened_and_every_day_is_there(session: Session) -> None:
    days = reports.daily_volume(session, reports.scope_of(session, FIRST, LAST))
    assert [day.day for day in days] == [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    local = [ticket.received_at + timedelta(hours=8) for ticket in session.scalars(select(Ticket))]
    for day in days:
        assert day.received == sum(at.date() == day.day for at in local)


def test_a_month_of_the_line_is_the_report_of_that_month(session: Session) -> None:
    points = reports.rate_line(session, reports.scope_of(session, FIRST, LAST), count=3)
    assert [(point.first, point.last) for point in points] == [
        (date(2026, 9, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 11, 1), LAST),
    ]
    for point in points:
        report = reports.rates(session, point.first, point.last)
        for metric, figure in point.figures.items():
            assert figure.value == report.figure(metric).value


def test_the_years_of_the_line_begin_in_january(session: Session) -> None:
    points = reports.rate_line(session, reports.scope_of(session, FIRST, LAST), "year", 2)
    assert [(point.first, point.last) for point in points] == [
        (date(2025, 1, 1), date(2025, 12, 31)),
        (date(2026, 1, 1), LAST),
    ]
    assert points[0].figures["closure_rate"].shown() == "空"
    assert points[1].figures["closure_rate"].denominator


def test_what_is_overdue_is_counted_by_the_highest_level_with_its_tickets(session: Session) -> None:
    levels = reports.overdue_by_level(session, reports.scope_of(session, FIRST, NOW.date()))
    assert [each.name for each in levels] == ["通报", "督办", "催办", "预警"]
    assert sum(sum(each.clocks.values()) for each in levels) > 0
    for each in levels:
        assert len(each.tickets) <= sum(each.clocks.values())
        for ticket in each.tickets:
            told = session.scalars(
                select(Event.data).where(Event.ticket_id == ticket.ticket_id, Event.action == "escalate")
            )
            assert each.level in {data["level"] for data in told}


def test_what_is_overdue_is_read_page_by_page_too_each_ticket_once(session: Session) -> None:
    scope = reports.scope_of(session, FIRST, NOW.date())
    for each in reports.overdue_by_level(session, scope):
        listed, found, place = reports.listed_overdue(scope, each.level), [], None
        assert reports.size_of(session, listed) == len(each.tickets)
        for _ in each.tickets:
            page, place = reports.page_of(session, listed, 1, place)
            found += page
        assert (sorted(found), place) == (sorted(each.tickets), None)


def test_the_json_has_the_contract_s_keys(session: Session) -> None:
    found = json.loads(json.dumps(printing.as_json(reports.rates(session, FIRST, LAST))))
    assert found["period"] == {"from": "2026-09-01", "to": "2026-11-19"}
    for line in found["metrics"]:
        assert {"metric", "name", "numerator", "denominator", "value"} <= line.keys()
    by_id = {line["metric"]: line for line in found["metrics"] if line["part"] is None}
    closed = by_id["closure_rate"]
    assert closed["value"] == pytest.approx(closed["numerator"] * 100 / closed["denominator"], abs=0.005)
    assert by_id["connect_rate"]["value"] is None


def test_the_table_shows_fractions_targets_and_empties(session: Session) -> None:
    report = reports.rates(session, FIRST, LAST)
    text = printing.as_table(report)
    closed = report.figure("closure_rate")
    assert f"{closed.numerator}/{closed.denominator}" in text
    assert "截止 2026-11-19 24:00" in text
    assert "90 %" in text
    assert next(line for line in text.splitlines() if line.startswith("接通率")).count("空") == 2


def test_the_workbook_has_the_rates_the_units_and_the_tickets_behind(session: Session, tmp_path: Path) -> None:
    scope = reports.scope_of(session, FIRST, LAST)
    report, path = reports.rates_of(session, scope), tmp_path / "report.xlsx"
    session.execute(update(Unit).where(Unit.code == "district-wudang").values(name="=cmd|' /C calc'!A0"))
    printing.write_xlsx(session, report, scope, path)
    book = CalamineWorkbook.from_path(path)
    assert book.sheet_names == ["指标", "单位", "工单"]
    lines = {row[0]: row for row in book.get_sheet_by_name("指标").to_python()}
    figure = report.figure("closure_rate")
    assert lines["closure_rate"][2:5] == [figure.numerator, figure.denominator, float(figure.value or 0)]
    units = {row[0]: row[1] for row in book.get_sheet_by_name("单位").to_python()}
    assert units["district-wudang"] == "'=cmd|' /C calc'!A0"
    head, *rows = book.get_sheet_by_name("工单").to_python()
    for name, key in (("结案", "closed"), ("应结", "due"), ("超期", "overdue")):
        column = max(position for position, text in enumerate(head) if text == name)
        marked = {row[0] for row in rows if row[column] == "是"}
        assert marked == {each.number for each in reports.tickets_counted(session, key, scope)}


def test_a_workbook_in_a_folder_that_is_not_there_is_refused_by_its_name(session: Session, tmp_path: Path) -> None:
    scope = reports.scope_of(session, FIRST, LAST)
    with pytest.raises(InvalidInput, match="xlsx"):
        printing.write_xlsx(session, reports.rates_of(session, scope), scope, tmp_path / "none" / "a.xlsx")


def test_a_value_is_rounded_once_from_its_fraction(session: Session) -> None:
    line = reports.rates(session, FIRST, LAST).figure("closure_rate")
    figure = replace(line, numerator=8_445, denominator=10_000, value=Decimal("84.45"))
    assert figure.shown() == "84.5 %"  # 84.45 in JSON; half up from there or from the fraction alike
    third = replace(figure, numerator=90_446, denominator=100_000, value=Decimal("90.45"))
    assert third.shown() == "90.4 %"  # not 90.45 → 90.5


@pytest.mark.usefixtures("in_the_city")
def test_the_command_prints_json_and_a_table_and_writes_the_workbook(tmp_path: Path) -> None:
    run, path = CliRunner(), tmp_path / "out.xlsx"
    days = ["report", "--from", "2026-10-01", "--to", "2026-10-31"]
    printed = run.invoke(cli, [*days, "--json", "--xlsx", str(path), "--unit", "city"], catch_exceptions=False)
    assert json.loads(printed.output)["period"] == {"from": "2026-10-01", "to": "2026-10-31"}
    assert path.exists()
    assert "办结率（应结口径）" in run.invoke(cli, days, catch_exceptions=False).output


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--from", "2026-13-01", "--to", "2026-11-01"], "from"),
        (["--from", "昨天", "--to", "2026-11-01"], "from"),
        (["--from", "2026-10-01", "--to", "2026-11-31"], "to"),
        (["--from", "2026-10-01"], "to"),
        (["--to", "2026-10-01"], "from"),
        (["--from", "2026-10-02", "--to", "2026-10-01"], "from"),
    ],
)
@pytest.mark.usefixtures("in_the_city")
def test_wrong_dates_are_answered_in_chinese_with_the_option_and_the_remedy(options: list[str], named: str) -> None:
    with pytest.raises(InvalidInput, match=rf"日期\({named}\)") as wrong:
        CliRunner().invoke(cli, ["report", *options], catch_exceptions=False)
    assert wrong.value.field == named
    assert "2026-" in wrong.value.message["zh"]


@pytest.mark.parametrize(
    ("key", "pair", "target", "shown", "reached"),
    [
        ("closure_rate", (9796, 10000), 98, "97.96 %", False),
        ("closure_rate", (9794, 10000), 98, "97.9 %", False),
        ("closure_rate", (9800, 10000), 98, "98.0 %", True),
        ("overdue_rate", (504, 10000), 5, "5.04 %", False),
        ("overdue_rate", (496, 10000), 5, "5.0 %", True),
        ("closure_rate", (9796, 10000), None, "98.0 %", None),
        ("closure_rate", (0, 10000), 98, "0.0 %", False),
    ],
)
def test_no_rounding_says_of_a_target_what_the_verdict_denies(
    key: str, pair: tuple[int, int], target: int | None, shown: str, reached: bool | None
) -> None:
    figure = ratio_figure(BY_KEY[key], Pair(*pair))
    figure = replace(figure, target=None if target is None else Decimal(target))
    assert (figure.shown(), figure.reached) == (shown, reached)
    cell = rate_cell(figure)
    assert isinstance(cell, dict)
    assert cell["text"] == shown


def test_a_city_that_truncates_shows_what_it_judges_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_ROUNDING", "truncate")
    settings.cache_clear()
    try:
        figure = replace(ratio_figure(BY_KEY["overdue_rate"], Pair(509, 10000)), target=Decimal(5))
        assert (figure.shown(), figure.reached) == ("5.09 %", False)
        assert replace(figure, target=Decimal(6)).shown() == "5.0 %"
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_time_too_is_shown_as_it_is_judged() -> None:
    metric = BY_KEY["handling_time.median_working"]
    figure = replace(hours_figure(metric, 3, Decimal(60 * 8) + Decimal("1.2")), target=Decimal(8))
    assert (figure.shown(), figure.brief(), figure.reached) == ("8.02 工作小时", Decimal("8.02"), False)
    assert replace(figure, target=Decimal(9)).brief() == Decimal("8.0")
