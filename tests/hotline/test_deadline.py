from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from hotline import db, models
from hotline.__main__ import cli
from hotline.deadline import KEYS, answer, answers
from hotline.intake.inquiry import InvalidInput
from tests.hotline.city import KEYS as SETTINGS
from tests.hotline.city import forget
from tests.sla.paper import shipped

ROOT = Path(__file__).parents[2]
START = "2026-09-30T16:30+08:00"


def run(*arguments: str, lines: str | bytes = "", lang: str = "zh_CN.UTF-8") -> Result:
    return CliRunner(env={"LANG": lang}).invoke(cli, ["deadline", *arguments], input=lines)


def due(**question: Any) -> str:
    return str(answer({"from": START, **question}))


def test_five_working_days_over_national_day_print_the_due_time_and_the_sum() -> None:
    printed = run("--from", START, "--days", "5")
    assert printed.exit_code == 0
    assert printed.stdout.splitlines() == [
        "2026-10-14T00:00:00+08:00",
        "期限：5 个工作日",
        "起算：2026年9月30日 周三 16:30",
        "起算当日不计，次日起计",
        "10月1日 周四至10月7日 周三：国庆节，不计",
        "10月8日 周四至10月9日 周五：计 2 日，累计 2 日",
        "10月10日 周六：国庆节调休上班，计 1 日，累计 3 日",
        "10月11日 周日：周末，不计",
        "10月12日 周一至10月13日 周二：计 2 日，累计 5 日",
        "合计：5 个工作日",
        "时限：2026年10月13日 周二 24:00",
        "依据：工作日历 cn-2026.1",
    ]


def test_hours_run_within_office_hours_and_seconds_are_told() -> None:
    found = answer({"from": "2026-09-30T16:30:45+08:00", "hours": Decimal("9.5")})
    assert str(found) == "2026-10-09T11:00:45+08:00"
    assert found.sum[1:8] == (
        "起算：2026年9月30日 周三 16:30:45",
        "9月30日 周三：16:30:45—17:00，计 29 分钟 15 秒，累计 29 分钟 15 秒",
        "10月1日 周四至10月7日 周三：国庆节，不计",
        "10月8日 周四：09:00—12:00、13:00—17:00，计 7 小时，累计 7 小时 29 分钟 15 秒",
        "10月9日 周五：09:00—11:00:45，计 2 小时 45 秒，累计 9 小时 30 分钟",
        "合计：9 小时 30 分钟",
        "时限：2026年10月9日 周五 11:00:45",
    )


def test_a_start_after_closing_counts_nothing_on_that_day() -> None:
    assert answer({"from": "2026-11-02T17:00+08:00", "minutes": 30}).sum[2] == "11月2日 周一：起算时已下班，不计"


def test_minutes_are_office_minutes_and_a_sixtieth_of_the_hours() -> None:
    assert due(minutes=90) == due(hours=Decimal("1.5")) == "2026-10-08T10:00:00+08:00"


def test_natural_time_runs_day_and_night_and_days_end_at_midnight() -> None:
    assert due(hours=24, natural=True) == "2026-10-01T16:30:00+08:00"
    assert due(minutes=45, natural=True) == "2026-09-30T17:15:00+08:00"
    assert due(days=5, natural=True) == "2026-10-06T00:00:00+08:00"
    found = answer({"from": "2026-12-31T16:30+08:00", "days": 5, "natural": True})
    assert not found.provisional
    assert found.sum[2] == "按自然日连续计算，周末和节假日都计，起算当日不计：共 5 个自然日"


def test_a_year_without_a_notice_is_marked_and_named() -> None:
    found = answer({"from": "2026-12-31T10:00+08:00", "days": 2})
    assert (str(found), found.provisional) == ("2027-01-06T00:00:00+08:00", True)
    assert found.sum[3] == "2027年1月1日 周五：元旦，不计"
    assert found.sum[-1].startswith("暂定：2027 年放假安排尚未公布")
    assert not any(line.startswith("暂定") for line in answer({"from": START, "days": 5}).sum)


@pytest.mark.parametrize(
    "start", ["2026-09-30T16:30", "2026-09-30T08:30Z", "2026-09-30 16:30", "2026-09-30T17:30+09:00"]
)
def test_a_start_is_read_in_its_zone_or_else_in_shanghais(start: str) -> None:
    assert str(answer({"from": start, "hours": 1})) == "2026-10-08T09:30:00+08:00"


def test_a_start_at_24_is_the_next_day() -> None:
    assert str(answer({"from": "2026-10-08T24:00+08:00", "days": 1})) == "2026-10-11T00:00:00+08:00"
    assert str(answer({"from": "2026-10-08T24:00", "days": 1})) == "2026-10-11T00:00:00+08:00"


def test_a_policy_gives_the_limit_that_a_ticket_of_that_kind_would_have() -> None:
    found = answer({"from": START, "policy": "guangdong-2022", "kind": "complaint"})
    assert str(found) == "2026-10-28T00:00:00+08:00"
    assert found.sum[0].startswith("期限：办结时限，投诉、一般件，15 个工作日")
    assert found.sum[-1] == "依据：广东省 2022 年办理时限（guangdong-2022 第 1 版），工作日历 cn-2026.1"
    assert due(policy="jinan-2018@1", kind="投诉") == "2026-10-14T00:00:00+08:00"
    assert due(policy="guangdong-2022", kind="motion") == "2026-12-31T00:00:00+08:00"


def test_the_earlier_of_two_rows_is_taken_and_both_are_told() -> None:
    found = answer({"from": START, "policy": "guangdong-2022", "kind": "complaint", "urgency": "urgent"})
    assert str(found) == "2026-10-01T00:00:00+08:00"
    assert found.sum[2] == (
        "同时适用：15 个工作日至 2026年10月27日 周二 24:00；当日至 2026年9月30日 周三 24:00；取较早者"
    )


def test_any_clock_and_urgency_of_a_policy_may_be_asked_for() -> None:
    policy = {"policy": "guangdong-2022", "kind": "help"}
    assert due(**policy, clock="dispatch") == "2026-10-08T10:30:00+08:00"
    assert due(**policy, clock="dispatch", urgency="urgent") == "2026-09-30T16:45:00+08:00"
    assert due(**policy, clock="contact") == "2026-10-01T16:30:00+08:00"


def test_files_may_take_the_place_of_what_is_shipped(tmp_path: Path) -> None:
    own, other = tmp_path / "calendar.json", tmp_path / "policy.json"
    own.write_text(json.dumps({"version": "ours", "years": {}, "weekdays": [1, 2, 3, 4, 5, 6, 7], "holidays": False}))
    policy = shipped("policies/jinan-2018.json")
    other.write_text(json.dumps({**policy, "counting": {"from_next_day": False, "expires": "closing"}}))
    found = answer({"from": START, "days": 5, "calendar": str(own)})
    assert (str(found), found.provisional) == ("2026-10-06T00:00:00+08:00", False)
    assert found.sum[3] == "10月1日 周四至10月3日 周六：国庆节（本单位不休），计 3 日，累计 3 日"
    closing = answer({"from": START, "policy": str(other), "kind": "complaint"})
    assert str(closing) == "2026-10-12T17:00:00+08:00"
    assert closing.sum[2] == "自起算当日起计"


def test_what_the_house_has_published_may_be_named(
    home: Path, sqlite_city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    forget()
    shutil.copy(sqlite_city, home / "hotline.db")
    at = datetime(2026, 11, 20, tzinfo=UTC)
    days = {"notice": "通知", "holidays": {"2027-01-01": "元旦", "2027-01-04": "元旦"}, "makeups": {}}
    row = {"year": 2027, "version": 1, "source": "通知", "days": days, "published_at": at, "edition": 2}
    stricter = {**shipped("policies/jinan-2018.json"), "version": "2", "effective_from": "2026-11-01"}
    policy = {"set_code": "jinan-2018", "version": 2, "effective_from": date(2026, 11, 1), "data": stricter}
    with db.transaction() as session:
        session.execute(insert(models.CalendarYear), [row])
        session.execute(insert(models.PolicyVersion), [{**policy, "published_at": at}])
    found = answer({"from": "2026-12-31T10:00+08:00", "days": 1, "calendar": "cn-2027+1"})
    assert (str(found), found.provisional) == ("2027-01-06T00:00:00+08:00", False)
    later = answer({"from": START, "policy": "jinan-2018@2", "kind": "complaint"})
    assert "（jinan-2018 第 2 版）" in later.sum[-1]
    forget()


BAD: list[tuple[str, dict[str, Any]]] = [
    ("from", {"from": None}),
    ("from", {"from": "tomorrow"}),
    ("from", {"from": "2026-02-30T10:00+08:00"}),
    ("from", {"from": 20260930}),
    ("from", {"from": "1999-12-31T23:59+08:00"}),
    ("from", {"from": "2060-01-01T00:00+08:00"}),
    ("from", {"from": "0001-01-01T00:00+08:00"}),
    ("from", {"from": "9999-12-31T23:59-08:00"}),
    ("days", {"days": None}),
    ("days", {"days": 0}),
    ("days", {"days": -5}),
    ("days", {"days": Decimal("1.5")}),
    ("days", {"days": True}),
    ("days", {"days": "5"}),
    ("days", {"days": [5]}),
    ("days", {"days": 20_000}),
    ("days", {"days": 10**300}),
    ("hours", {"days": None, "hours": 0}),
    ("hours", {"days": None, "hours": Decimal("-0.5")}),
    ("hours", {"days": None, "hours": Decimal("NaN")}),
    ("hours", {"days": None, "hours": Decimal("1e-30")}),
    ("hours", {"days": None, "hours": Decimal("1e999999")}),
    ("hours", {"days": None, "hours": 529_000, "natural": True}),
    ("minutes", {"days": None, "minutes": Decimal("1.5")}),
    ("hours", {"hours": 3}),
    ("policy", {"policy": "guangdong-2022", "kind": "help"}),
    ("policy", {"days": None, "policy": "nowhere-1999", "kind": "help"}),
    ("policy", {"days": None, "policy": "guangdong-2022@99", "kind": "help"}),
    ("policy", {"days": None, "policy": 7, "kind": "help"}),
    ("policy", {"days": None, "policy": str(ROOT / "hotline/seeds/calendar.json"), "kind": "help"}),
    ("policy", {"from": "2059-12-31T10:00", "days": None, "policy": "jinan-2018", "kind": "help"}),
    ("kind", {"days": None, "policy": "guangdong-2022"}),
    ("kind", {"days": None, "policy": "guangdong-2022", "kind": "gossip"}),
    ("kind", {"kind": "help"}),
    ("clock", {"days": None, "policy": "guangdong-2022", "kind": "help", "clock": "cuckoo"}),
    ("urgency", {"days": None, "policy": "guangdong-2022", "kind": "help", "urgency": "yesterday"}),
    ("natural", {"natural": "yes"}),
    ("natural", {"days": None, "policy": "guangdong-2022", "kind": "help", "natural": True}),
    ("calendar", {"calendar": "cn-1066"}),
    ("calendar", {"calendar": 7}),
    ("calendar", {"calendar": "\0"}),
    ("calendar", {"calendar": str(ROOT / "pyproject.toml")}),
    ("calendar", {"calendar": str(ROOT / "hotline/seeds/policies/jinan-2018.json")}),
    ("dayz", {"dayz": 3}),
]


@pytest.mark.parametrize(("field", "change"), BAD)
def test_what_cannot_be_is_refused_by_its_name_in_both_languages(
    field: str, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOTLINE_HOME", "HOTLINE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    question = {"from": START, "days": 5, **change}
    with pytest.raises(InvalidInput) as refused:
        answer(question)
    assert refused.value.field == field
    assert all(refused.value.message[lang] for lang in ("zh", "en"))
    assert refused.value.message["en"].isascii()


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (["--from", START, "--days", "-5"], "--days：“-5”不行，须是 1 以上的整数", "--days: -5 will not do"),
        (["--from", START, "--hours", "many"], "--hours：“many”不行", "--hours: many will not do"),
        (["--from", "soon", "--days", "5"], "--from：“soon”不是时间", "--from: 'soon' is no time"),
        (["--days", "5"], "--from：缺少起算时间", "--from: is missing"),
        (["--from", START], "--days：缺少期限", "--days: is missing"),
        (["--from", START, "--json"], "--days：缺少期限", "--days: is missing"),
        (["--from", START, "--days", "1", "--hours", "1"], "--hours：", "--hours: only one of"),
        (["--from", START, "--policy", "jinan-2018"], "--kind：缺少", "--kind: one of"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_exit_code_2(arguments: list[str], zh: str, en: str) -> None:
    for lang, expected in (("zh_CN.UTF-8", zh), ("en_GB.UTF-8", en)):
        printed = run(*arguments, lang=lang)
        assert (printed.exit_code, printed.stdout) == (2, "")
        assert printed.stderr.startswith(expected)
        assert printed.stderr.count("\n") == 1


def test_one_question_may_be_answered_as_json() -> None:
    found = json.loads(run("--from", START, "--days", "5", "--json").stdout)
    assert found.keys() == {"due_at", "provisional", "sum"}
    assert (found["due_at"], found["provisional"]) == ("2026-10-14T00:00:00+08:00", False)
    assert found["sum"][-2] == "时限：2026年10月13日 周二 24:00"


def test_each_line_is_answered_in_its_place_and_a_bad_one_stops_no_other() -> None:
    lines = b"\n".join(
        [
            json.dumps({"from": START, "days": 5}).encode(),
            b"",
            b"days: 5",
            b"\xff\xfe",
            b"[" * 100_000,
            b"[5]",
            json.dumps({"from": START, "days": 0}).encode(),
            json.dumps({"from": START, "hours": 1.5, "natural": True}).encode(),
        ]
    )
    printed = run("--json", lines=lines)
    found = [json.loads(line) for line in printed.stdout.splitlines()]
    assert printed.exit_code == 1
    assert [row.get("due_at") or row["error"]["field"] for row in found] == [
        "2026-10-14T00:00:00+08:00",
        *["line"] * 4,
        "days",
        "2026-09-30T18:00:00+08:00",
    ]
    assert found[1]["error"]["message"].startswith("第 3 行不是 JSON 对象")
    assert found[5]["error"]["message"].startswith("days：“0”不行")


def test_half_a_surrogate_in_a_line_is_an_answer_like_others_and_the_next_line_is_read() -> None:
    lines = '{"from": "\\ud800", "days": 5}\n' + json.dumps({"from": START, "days": 5})
    printed = run("--json", lines=lines)
    wrong, right = (json.loads(line) for line in printed.stdout.splitlines())
    assert (printed.exit_code, wrong["error"]["field"]) == (1, "from")
    assert right["due_at"] == due(days=5)


def test_lines_that_are_all_good_end_well_and_none_at_all_do_too() -> None:
    assert run("--json", lines=json.dumps({"from": START, "days": 5})).exit_code == 0
    assert (run("--json", lines="").exit_code, run("--json", lines="").stdout) == (0, "")


def test_options_stand_where_a_line_says_nothing() -> None:
    lines = [{"from": START}, {"from": START, "hours": 1}, {"from": START, "natural": False}]
    printed = run("--json", "--days", "5", "--natural", lines="\n".join(map(json.dumps, lines)))
    assert [json.loads(line)["due_at"] for line in printed.stdout.splitlines()] == [
        "2026-10-06T00:00:00+08:00",
        "2026-09-30T17:30:00+08:00",
        "2026-10-14T00:00:00+08:00",
    ]


def test_errors_of_lines_speak_the_readers_language() -> None:
    (found,) = answers([b'{"from": "soon", "days": 5}'], {}, english=True)
    assert found["error"]["message"].startswith("from: 'soon' is no time")


def test_every_key_of_a_question_is_an_option_of_the_command() -> None:
    options = {parameter.opts[0].removeprefix("--") for parameter in cli.commands["deadline"].params}
    assert options == {*KEYS, "json"}


def test_it_works_for_anyone_anywhere_with_no_settings_and_answers_each_line_as_it_comes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hotline", "deadline", "--json"]
    bare = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        command, cwd=tmp_path, env=bare, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for days, ends in ((5, "2026-10-14T00:00:00+08:00"), (6, "2026-10-15T00:00:00+08:00")):
            print(json.dumps({"from": START, "days": days}), file=running.stdin, flush=True)
            assert json.loads(running.stdout.readline())["due_at"] == ends
        running.stdin.close()
        assert running.wait(30) == 0
    assert list(tmp_path.iterdir()) == []
