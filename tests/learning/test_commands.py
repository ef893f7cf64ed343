"""train, evaluate, model and misdispatch on the command line, from an empty home on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hotline import knowledge
from hotline.__main__ import cli
from hotline.running import seed_house
from hotline.seeds import DEMO
from tests.learning.small import as_tsv


def run(*arguments: str) -> Result:
    knowledge.forget()
    return CliRunner().invoke(cli, arguments)


def answer(*arguments: str) -> Any:
    """The one JSON object that is printed, and nothing beside it."""
    found = run(*arguments)
    assert found.exit_code == 0, found.output
    (line,) = found.stdout.splitlines()
    return json.loads(line)


@pytest.fixture
def data(home: Path, tmp_path: Path) -> str:
    """A labelled file beside an empty home."""
    path = tmp_path / "data.tsv"
    path.write_text(as_tsv(), "utf-8")
    return str(path)


def test_on_an_empty_home_the_first_day_is_measured_at_once(data: str) -> None:
    found = answer("evaluate", "--data", data, "--json")
    assert (found["model"], found["examples"], found["bad_lines"]) == ("first-day", 40, 0)
    assert {"macro_f1", "accuracy", "ece", "coverage", "per_label", "confusion", "labels"} <= found.keys()
    assert {"coverage", "accuracy"} <= found["coverage"][0].keys()
    assert set(found["per_label"]) == {"城乡建设", "劳动和社会保障"}
    assert found["accuracy"] > 0.8


def test_tokens_are_put_together_for_the_first_day(data: str, tmp_path: Path) -> None:
    apart = tmp_path / "tokens.tsv"
    apart.write_text("".join("\t".join([row[:2], " ".join(row[3:])]) + "\n" for row in as_tsv().splitlines()), "utf-8")
    whole, cut = (answer("evaluate", "--data", path, "--json") for path in (data, str(apart)))
    assert whole["accuracy"] == cut["accuracy"]


def test_a_model_is_trained_measured_promoted_and_rolled_back(data: str) -> None:
    trained = run("train", "--data", data)
    assert trained.exit_code == 0, trained.output
    assert "第 1 版模型，40 条数据" in trained.output
    assert "还没有启用" in trained.output
    found = answer("evaluate", "--data", data, "--json")
    assert (found["model"], found["trained_on_this_data"], found["accuracy"]) == ("1", True, 1.0)
    assert answer("evaluate", "--data", data, "--json", "--model", "first-day")["model"] == "first-day"
    assert "第 1 版模型" in run("evaluate", "--data", data).output
    assert answer("model", "list", "--json")["in_force"] is None
    assert "已启用第 1 版" in run("model", "promote", "1").output
    listed = answer("model", "list", "--json")
    assert (listed["in_force"], listed["dispatch"]["basis"], listed["items"][0]["state"]) == (1, "model", "in_force")
    shown = run("model", "show", "1").output
    assert "启用中" in shown
    assert "自动派单" in shown or "人工派单" in shown
    assert answer("model", "show", "1", "--json")["figures"]["macro_f1"] is not None
    assert "没有启用的模型" in run("model", "rollback").output
    assert "按目录的关键词分类" in run("model", "list").output


def test_what_is_wrong_is_a_sentence_and_no_stack(data: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    few = tmp_path / "few.csv"
    few.write_text("label,text\n05,工资没有发\n", "utf-8")
    for arguments, words in (
        (("evaluate", "--data", str(empty)), "空"),
        (("train", "--data", str(few)), "不够训练"),
        (("train", "--from-history"), "不够训练"),
        (("evaluate", "--data", data, "--model", "7"), "没有第 7 版"),
        (("evaluate", "--data", data, "--model", "x"), "不是模型版本"),
        (("model", "promote", "3"), "没有第 3 版"),
        (("model", "rollback"), "没有启用中"),
        (("train",), "--data"),
        (("train", "--data", data, "--from-history"), "--data"),
        (("train", "--data", data, "--since", "2026-01-01"), "--since"),
    ):
        found = run(*arguments)
        assert (found.exit_code != 0, words in found.output) == (True, True), (arguments, found.output)
        assert found.exception is None or isinstance(found.exception, SystemExit)


def test_bad_lines_are_told_beside_the_answer(data: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_text(as_tsv() + "没有的类别\t文本\n", "utf-8")
    found = run("evaluate", "--data", str(path), "--json")
    assert json.loads(found.stdout)["bad_lines"] == 1
    assert "第 41 行" in found.stderr


def test_the_weekly_report_of_a_city_without_tickets(data: str) -> None:
    assert run("model", "list").exit_code == 0
    seed_house(DEMO)
    found = answer("misdispatch", "--json")
    assert (found["total"]["dispatched"], found["total"]["rate"], found["remedies"]) == (0, None, [])
    assert answer("misdispatch", "--json", "--no-remedies")["remedies"] is None
    assert "派单差错" in run("misdispatch", "--from", "2026-03-02").output
    assert "请选择" in run("misdispatch", "--draft").output
    assert "日期" in run("misdispatch", "--from", "2026").output
