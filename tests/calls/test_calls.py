"""Call records are kept once each, by file and by API, and counted to the call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from hotline import db, reports
from hotline.__main__ import cli
from hotline.calls.keeping import keep_file
from hotline.calls.statistics import call_table
from hotline.intake.inquiry import InvalidInput
from hotline.models import Call
from tests.hotline_fixtures import Web

HEADING = "clid,src,dst,dstchannel,start,answer,end,duration,billsec,disposition,uniqueid\n"
DAY = date(2026, 11, 20)


def line(number: int, hour: int, wait: int, talk: int, agent: str = "8001") -> str:
    """A call of the day at `hour` that waited `wait` seconds; talk 0 is one that nobody answered."""
    start = f"2026-11-20 {hour:02}:00:00"
    answer = f"2026-11-20 {hour:02}:{wait // 60:02}:{wait % 60:02}" if talk else ""
    end = wait + talk
    until = f"2026-11-20 {hour:02}:{end // 60:02}:{end % 60:02}"
    how = "ANSWERED" if talk else "NO ANSWER"
    channel = f"PJSIP/{agent}-0{number}" if talk else ""
    return f'"某人 <13900001234>",13900001234,12345,{channel},{start},{answer},{until},{end},{talk},{how},{number}.1\n'


CALLS = [line(1, 9, 5, 60), line(2, 9, 15, 120), line(3, 9, 16, 30, "8002"), line(4, 9, 40, 0), line(5, 22, 3, 0)]


def whole(items: Iterable[Any], _words: str, total: int | None = None) -> Iterable[Any]:
    """No bar."""
    return items


def test_a_file_is_kept_once_and_counted_by_hour_and_agent(web: Web, tmp_path: Path) -> None:
    file, bad = tmp_path / "cdr.csv", tmp_path / "bad.csv"
    file.write_text(HEADING + "".join(CALLS) + "x,x,x,,=1+1,,,,,ANSWERED,9.9\n", "utf-8")
    done = keep_file(file, bad, whole)
    assert (done.added, done.known, [place for place, _ in done.bad]) == (5, 0, [7])
    assert "'=1+1" in bad.read_text("utf-8-sig")
    again = keep_file(file, bad, whole)
    assert (again.added, again.known) == (0, 5)
    with db.reading() as session:
        hours, agents = (call_table(session, DAY, DAY, by) for by in ("hour", "agent"))
    nine = hours.rows[9]
    assert (nine.offered, nine.answered, nine.prompt, nine.abandoned) == (4, 3, 2, 1)
    assert (nine.wait_median, nine.wait_p90, nine.talk_seconds) == (Decimal(15), Decimal("15.8"), 210)
    assert len(hours.rows) == 24
    assert [(row.name, row.offered) for row in agents.rows] == [("8001", 2), ("8002", 1), ("无人接听", 2)]
    for table in (hours, agents):
        assert sum(row.offered for row in table.rows) == table.total.offered == 5


def test_asterisks_own_file_has_no_heading(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    file.write_text(
        '"","13900001234","12345","queue","""x"" <139>","PJSIP/in-1","PJSIP/8001-2","Queue","q","2026-11-20 09:00:00",'
        '"2026-11-20 09:00:07","2026-11-20 09:01:07","67","60","ANSWERED","DOCUMENTATION","77.1",""\n',
        "utf-8",
    )
    assert keep_file(file, tmp_path / "bad.csv", whole).added == 1


def test_outgoing_calls_are_no_offers_where_the_contexts_of_incoming_ones_are_named(web: Web, tmp_path: Path) -> None:
    file, heading = tmp_path / "cdr.csv", f"dcontext,{HEADING}"
    file.write_text(heading + f"from-trunk,{CALLS[0]}from-internal,{CALLS[1]}from-trunk,x\n", "utf-8")
    done = keep_file(file, tmp_path / "bad.csv", whole, ["from-trunk"])
    assert (done.added, done.others, len(done.bad)) == (1, 1, 1)
    assert "不是所选上下文的 1 行" in done.words()
    file.write_text(HEADING + CALLS[2], "utf-8")
    with pytest.raises(InvalidInput, match="dcontext"):
        keep_file(file, tmp_path / "bad.csv", whole, ["from-trunk"])


def test_a_file_of_something_else_is_refused(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "cdr.csv"
    for text in ("", "a,b\n1,2\n"):
        file.write_text(text, "utf-8")
        with pytest.raises(InvalidInput):
            keep_file(file, tmp_path / "bad.csv", whole)


def record(number: int, **more: str) -> dict[str, str]:
    """A record as the exchange sends it."""
    times = {"start": "2026-11-20 09:00:00", "answer": "2026-11-20 09:00:10", "end": "2026-11-20 09:01:00"}
    return {"uniqueid": str(number), "disposition": "ANSWERED", "agent": "8001", "src": "13900001234", **times, **more}


def test_the_exchange_hands_in_its_records_again_and_again(web: Web) -> None:
    sent = {"records": [record(1), record(2, start="nonsense"), record(3)]}
    answer = web.post("calls", "intake", sent)
    assert answer.status_code == 200, answer.text
    assert (answer.json["added"], answer.json["known"]) == (2, 0)
    assert [(each["index"], each["field"]) for each in answer.json["bad"]] == [(1, "start")]
    assert web.post("calls", "intake", sent).json["known"] == 2
    late = {"answer": "2026-11-20 09:00:04", "start": "2026-11-20 08:59:59"}
    web.post("calls", "intake", {"records": [record(1, **late)]})
    found = web.get("reports/calls?from=2026-11-20&to=2026-11-20", "manager").json
    assert (found["total"]["offered"], found["total"]["answered"], found["total"]["connect_rate"]) == (2, 2, 100.0)
    assert (found["rows"][8]["offered"], found["rows"][9]["offered"]) == (1, 1)
    with db.reading() as session:
        dump = [tuple(row) for row in session.connection().exec_driver_sql("SELECT * FROM calls")]
    assert "13900001234" not in repr(dump)


@pytest.mark.parametrize("half", ["\ud800", "8001\x00", "\u202e8001"])
@pytest.mark.parametrize("field", ["start", "disposition", "agent", "uniqueid"])
def test_what_no_database_keeps_and_no_page_shows_is_refused_or_left_out(web: Web, field: str, half: str) -> None:
    answer = web.post("calls", "intake", {"records": [record(1, **{field: half})]})
    assert answer.status_code == 200
    with db.reading() as session:
        assert session.scalars(select(Call.agent)).all() in ([], [""], ["8001"])


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": [{"unknown": "1"}]}, {"records": "x"}])
def test_what_is_no_list_of_records_is_refused(web: Web, body: dict[str, Any]) -> None:
    assert web.post("calls", "intake", body).status_code == 422


def test_no_call_is_an_empty_rate_and_not_naught(web: Web) -> None:
    total = web.get("reports/calls?from=2026-11-01&to=2026-11-02&by=day", "manager").json
    assert [row["offered"] for row in total["rows"]] == [0, 0]
    assert total["total"]["connect_rate"] is None
    assert total["total"]["wait_median"] is None


def test_the_connect_rates_of_the_report_come_from_the_calls(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "cdr.csv"
    file.write_text(HEADING + "".join(CALLS), "utf-8")
    found = CliRunner().invoke(cli, ["calls", "import", str(file)], catch_exceptions=False)
    assert "新增 5 通" in found.output
    with db.reading() as session:
        report = reports.rates(session, DAY, DAY)
        of_kind = reports.rates(session, DAY, DAY, kind="help")
    pairs = [(line.numerator, line.denominator) for line in report.metrics if line.metric.startswith("connect_rate")]
    assert pairs == [(3, 5), (2, 5)]
    empty = [line for line in of_kind.metrics if line.metric.startswith("connect_rate")]
    assert all(line.value is None and "不按" in line.note for line in empty)


def test_the_command_line_prints_what_the_calls_come_to(web: Web, tmp_path: Path) -> None:
    file = tmp_path / "cdr.csv"
    file.write_text(HEADING + "".join(CALLS), "utf-8")
    run = CliRunner().invoke
    run(cli, ["calls", "import", str(file), "--json"], catch_exceptions=False)
    asked = ["calls", "report", "--from", "2026-11-20", "--to", "2026-11-20"]
    words = run(cli, asked, catch_exceptions=False).output
    assert "9–10 时\t呼入 4\t接通 3\t15 秒内 2\t放弃 1\t等待中位数 15 秒" in words
    assert '"offered": 5' in run(cli, [*asked, "--by", "agent", "--json"], catch_exceptions=False).output
