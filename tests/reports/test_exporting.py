"""Exports: every cell harmless, every number as it is printed, and the event says what went out; targets and scopes."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline import db, reports
from hotline.__main__ import cli
from hotline.errors import Forbidden
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Event, Fact, Staff
from hotline.reports import Asked, Row, sheets, targets
from hotline.reports.exporting import MOST_ROWS, Sheet, file_of, record
from hotline.reports.targets import Aim, NewTarget
from hotline.rights import SYSTEM, Actor
from tests.reports.conftest import NOW
from tests.reports.test_rates import PERIODS

MANAGER = Actor("staff:9004", "管理者", frozenset({"manager"}))
ADMINISTRATOR = Actor("staff:9005", "系统管理员", frozenset({"system_admin"}))
DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]


def _sheet(*cells: str) -> Sheet:
    return Sheet("test", "测试", ["列"], [[cell] for cell in cells], {"what": "test"})


def _cells(content: bytes, form: str) -> list[str]:
    if form == "csv":
        return [row[0] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))][1:]
    return [
        str(row[0]) for row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    ][1:]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_of_an_export_is_run_as_a_formula(form: str) -> None:
    made = file_of(SYSTEM, _sheet(*DANGEROUS), form, "测试")
    assert [cell[0] for cell in _cells(made.content, form)] == ["'"] * len(DANGEROUS)
    if form == "xlsx":
        with zipfile.ZipFile(io.BytesIO(made.content)) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_the_file_s_hash_count_and_reason_stand_in_the_chain_of_whoever_took_it(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[1], kind="help")
    asked = Asked(scope, "closure_rate", "denominator", Row("unit", "district-wudang"))
    for number in (1, 2):
        made = file_of(MANAGER, sheets.ticket_sheet(session, asked), "csv", " 交市政府督查室 ")
        record(session, MANAGER, made)
        event = session.scalars(select(Event).where(Event.subject == "export:staff:9004", Event.seq == number)).one()
        assert event.action == "export"
        assert event.data == {
            "what": "tickets",
            "metric": "closure_rate",
            "part": "denominator",
            "by": "unit",
            "row": "district-wudang",
            "from": "2026-10-01",
            "to": "2026-10-31",
            "cut_off": "2026-10-31T16:00:00+00:00",
            "kind": "help",
            "reason": "交市政府督查室",
            "file": "tickets-closure_rate-denominator-2026-10-01-2026-10-31.csv",
            "count": made.count,
            "sha256": hashlib.sha256(made.content).hexdigest(),
        }


def test_a_list_that_goes_out_is_the_list_behind_the_number(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[0])
    for metric, part in (("overdue_rate", "numerator"), ("accept_on_time", "denominator"), ("waiting", "")):
        made = file_of(SYSTEM, sheets.ticket_sheet(session, Asked(scope, metric, part)), "csv", "测试")
        behind = (
            reports.tickets_behind(session, metric, part, scope)
            if part
            else reports.tickets_counted(session, metric, scope)
        )
        assert _cells(made.content, "csv") == [each.number for each in behind], metric
        assert made.count == len(behind)


def test_a_table_that_goes_out_has_every_row_with_its_fractions_and_the_total_last(session: Session) -> None:
    scope = reports.scope_of(session, *PERIODS[1])
    made = file_of(SYSTEM, sheets.group_sheet(session, scope, "unit"), "csv", "测试")
    head, *rows = csv.reader(io.StringIO(made.content.decode("utf-8-sig"), newline=""))
    found = reports.grouped(session, scope, "unit")
    assert [row[0] for row in rows[:-1]] == [row.code for row in found.every]
    assert rows[-1][1] == "合计"
    for name, key in (("按时办结率 分子", "closed_on_time"), ("办结率（应结口径） 分子", "closure_rate")):
        column = head.index(name)
        assert [int(row[column]) for row in rows] == [
            *(row.figures[key].numerator for row in found.every),
            found.total.figures[key].numerator,
        ]
    column = head.index("按时办结率（%）")
    empty = [row for row in rows if row[2] == "无工单"]
    assert empty
    assert {row[column] for row in empty} == {""}, "an empty denominator is an empty cell"


def test_too_many_rows_are_refused_with_what_to_do() -> None:
    rows = [["x"]] * (MOST_ROWS + 1)
    with pytest.raises(InvalidInput, match="缩短统计期") as wrong:
        file_of(SYSTEM, Sheet("test", "测试", ["列"], rows, {}), "csv", "测试")
    assert wrong.value.field == "to"


def test_a_list_that_is_too_long_is_refused_before_it_is_read(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.reports.exporting.MOST_ROWS", 3)
    with pytest.raises(InvalidInput, match="一次最多导出 3 行"):
        sheets.ticket_sheet(session, Asked(reports.scope_of(session, *PERIODS[1]), "closure_share", "denominator"))


def test_who_may_not_export_gets_no_file() -> None:
    with pytest.raises(Forbidden):
        file_of(Actor("staff:1", "坐席", frozenset({"agent"})), _sheet("x"), "csv", "测试")


# Targets


def _set(session: Session, value: str | None, whose: Aim = targets.ALL, metric: str = "overdue_rate") -> None:
    wanted = None if value is None else Decimal(value)
    day = today(db.now(session))
    targets.set_target(session, ADMINISTRATOR, NewTarget(metric, wanted, day, "市政府令第 1 号", whose))


def test_a_report_of_the_past_keeps_the_target_of_then_and_one_set_again_the_same_day_is_put_right(
    session: Session,
) -> None:
    for value in ("5", "4.5"):
        _set(session, value)
    before = reports.rates(session, date(2026, 11, 1), date(2026, 11, 19)).figure("overdue_rate")
    after = reports.rates(session, date(2026, 11, 1), date(2026, 11, 20)).figure("overdue_rate")
    assert (before.target, after.target) == (None, Decimal("4.5"))
    rows = [row for row in targets.listed(session) if row.metric == "overdue_rate"]
    assert [row.hundredths for row in rows] == [450]
    session.info["now"] = NOW + timedelta(days=3)
    _set(session, None)
    days = (date(2026, 11, 1), date(2026, 11, 23))
    assert reports.rates(session, *days).figure("overdue_rate").target is None, "no target any more"
    events = session.scalars(select(Event).where(Event.subject == "target:overdue_rate").order_by(Event.seq)).all()
    assert [(each.data["before"], each.data["hundredths"]) for each in events] == [
        (None, 500),
        (500, 450),
        (None, None),
    ]
    assert {each.actor for each in events} == {"staff:9005"}


def test_a_unit_is_held_to_its_own_target_then_its_group_s_then_that_of_all(session: Session) -> None:
    _set(session, "5")
    _set(session, "4", Aim(peer_group="区县"))
    _set(session, "3", Aim(unit="district-wudang"))
    days = (date(2026, 11, 1), date(2026, 11, 20))
    rows = {row.code: row for row in reports.grouped(session, reports.scope_of(session, *days), "unit").every}
    wanted = {code: rows[code].figures["overdue_rate"].target for code in ("district-wudang", "district-yunyan")}
    assert wanted == {"district-wudang": Decimal(3), "district-yunyan": Decimal(4)}
    assert rows["dept-transport"].figures["overdue_rate"].target == Decimal(5)
    groups = {row.code: row for row in reports.grouped(session, reports.scope_of(session, *days), "peer_group").every}
    assert [groups[name].figures["overdue_rate"].target for name in ("区县", "部门")] == [Decimal(4), Decimal(5)]
    months = reports.grouped(session, reports.scope_of(session, date(2026, 10, 1), days[1]), "month").rows
    assert [row.figures["overdue_rate"].target for row in months] == [None, Decimal(5)], "each period its own"


def test_only_the_system_administrator_sets_targets(session: Session) -> None:
    with pytest.raises(Forbidden):
        targets.set_target(session, MANAGER, NewTarget("overdue_rate", Decimal(1), today(NOW), "通知"))


@pytest.mark.parametrize("said", ["viel", "", "NaN", "inf", "98.765", "九十", "1e30", "9" * 5000])
def test_a_target_that_is_no_number_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput, match="最多两位小数"):
        targets.read_value(said)
    assert targets.read_value("98.5 %") == Decimal("98.5")


# Scopes


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"group": "星球"}, "group", "可选：.*区县"),
        ({"matter": "nothing"}, "matter", "不存在"),
        ({"place": "nowhere"}, "place", "不存在"),
        ({"agent": "nobody"}, "agent", "登录名"),
        ({"agent": "staff:999999999"}, "agent", "登录名"),
        ({"unit": "dept-transport", "group": "区县"}, "group", "改选"),
    ],
)
def test_a_wrong_filter_is_named_with_a_remedy_in_both_languages(
    session: Session, fields: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as wrong:
        reports.scope_of(session, *PERIODS[1], **fields)  # type: ignore[arg-type]
    assert wrong.value.field == field
    assert wrong.value.message["en"].isascii() or field == "group"


def test_an_agent_is_known_by_login_or_number_and_what_is_excluded_is_left_out(session: Session) -> None:
    account = session.scalars(select(Staff).order_by(Staff.id)).first()
    assert account is not None
    for said in (account.login, f"staff:{account.id}"):
        assert reports.scope_of(session, *PERIODS[1], agent=said).agent == f"staff:{account.id}"
    whole = reports.rates_of(session, reports.scope_of(session, *PERIODS[1])).counts["dispatched"]
    excluded = 1 << [*_flags()].index("excluded")
    some = reports.tickets_counted(session, "dispatched", reports.scope_of(session, *PERIODS[1]))[:3]
    mine = Fact.ticket_id.in_([each.ticket_id for each in some])
    session.execute(update(Fact).where(mine).values(flags=Fact.flags.bitwise_or(excluded)))
    left = reports.rates_of(session, reports.scope_of(session, *PERIODS[1], assessed=True)).counts["dispatched"]
    assert left == whole - 3


def _flags() -> tuple[str, ...]:
    from hotline.models.facts import FLAGS

    return tuple(FLAGS)


# The command line


@pytest.mark.usefixtures("in_the_city")
def test_the_workbook_of_the_command_line_is_an_export_too(tmp_path: Path) -> None:
    days = ["--from", "2026-10-01", "--to", "2026-10-31"]
    path = tmp_path / "report.xlsx"
    answer = CliRunner().invoke(cli, ["report", *days, "--xlsx", str(path)], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    with db.reading() as session:
        event = session.scalars(
            select(Event).where(Event.subject == "export:system").order_by(Event.seq.desc())
        ).first()
    assert event is not None
    assert event.data["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (event.data["what"], event.data["reason"], event.data["from"]) == ("report", "命令行导出", "2026-10-01")


@pytest.mark.usefixtures("in_the_city")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--by", "unit"], "合计"),
        (["--by", "month", "--group", "区县"], "2026年10月"),
        (["--compare"], "个百分点"),
        (["--compare", "--by", "kind"], "上年同期"),
        (["--stages"], "九成位数"),
        (["--by", "agent", "--json"], '"by": "agent"'),
        (["--compare", "--json"], '"on_before"'),
        (["--stages", "--json"], '"median_working"'),
    ],
)
def test_groups_comparisons_and_stages_are_printed(options: list[str], words: str) -> None:
    days = ["--from", "2026-10-01", "--to", "2026-10-31"]
    answer = CliRunner().invoke(cli, ["report", *days, *options], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    assert words in answer.output


@pytest.mark.usefixtures("in_the_city")
def test_targets_are_listed_and_set_on_the_command_line() -> None:
    wrong = CliRunner().invoke(cli, ["target", "set", "closure_rate", "lots", "--source", "通知"])
    assert (wrong.exit_code, "最多两位小数" in wrong.output) == (1, True)
    past = CliRunner().invoke(cli, ["target", "set", "closure_rate", "95", "--source", "通知", "--from", "2020-01-01"])
    assert (past.exit_code, "从今天起" in past.output) == (1, True)
    done = CliRunner().invoke(cli, ["target", "set", "closure_rate", "95", "--source", "通知", "--from", "2099-01-01"])
    assert done.exit_code == 0, done.output
    listed = CliRunner().invoke(cli, ["target", "list"], catch_exceptions=False).output
    assert "closure_rate\t办结率（应结口径）\t全部\t≥ 95 %\t2099-01-01 起\t通知" in listed
    assert "connect_rate\t接通率\t全部\t≥ 98 %" in listed
