"""Messages tried on the router: python -m hotline route --json --lines."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from hotline.intake.inquiry import InvalidInput
from hotline.trying import route_lines, route_text

pytestmark = [pytest.mark.usefixtures("house"), pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
"""The demo city's tables; nothing is written."""


def answers(*lines: bytes) -> list[dict[str, Any]]:
    return list(route_lines(lines))


def answer(**row: Any) -> dict[str, Any]:
    (found,) = answers(json.dumps(row).encode())
    return found


def test_a_line_gets_the_whole_decision() -> None:
    found = answer(content="乌当区羊昌镇的路上到处是坑，请来修一修", title="路坏了")
    assert found["unit"]["code"] == "district-wudang"
    assert found["matter"]["path"]
    assert found["place"]["name"] == "乌当区羊昌镇"
    assert found["reasons"]
    assert 0 < found["confidence"] <= 1
    assert {"kind", "urgency", "alarms", "question", "advice", "reject_reason", "candidates"} <= found.keys()


def test_a_wrong_line_is_told_in_its_place_and_the_others_are_answered() -> None:
    lines = [b"{", b"\xff\xfe", b"[]", b'{"content": 5}', b'{"content": " "}', b'{"content": "x", "kind": "?"}', b"\n"]
    found = answers(*lines, '{"content": "停水了"}'.encode())
    assert [each["error"]["field"] for each in found[:-1]] == ["line", "line", "line", "content", "content", "kind"]
    assert found[-1]["unit"]["code"] == "ent-water"


@pytest.mark.parametrize(
    "content", ["水", "😀" * 50, "\ud800停水了", "停\x00水", "𠮷䶮", "?" * 5, "水" * 1_000_000], ids=range(7)
)
def test_whatever_is_said_there_is_a_decision(content: str) -> None:
    assert answer(content=content)["kind"]


def test_deep_json_is_a_wrong_line() -> None:
    (found,) = answers(b"[" * 100_000)
    assert found["error"]["field"] == "line"


def test_turns_are_read_and_checked() -> None:
    turns = [{"role": "citizen", "text": "羊昌镇的路烂了"}]
    assert answer(content="羊昌镇的路烂了", turns=turns)["place"]["code"].startswith("520112")
    assert answer(content="羊昌镇的路烂了", turns=["x"])["error"]["field"] == "turns"
    assert answer(content="羊昌镇的路烂了", turns=[{"role": 1}])["error"]["field"] == "role"


def test_many_at_a_time_are_answered_as_each_alone_and_in_their_order() -> None:
    contents = [f"乌当区羊昌镇第{number}组的路烂了" if number % 3 else "" for number in range(100)]
    lines = b"".join(json.dumps({"content": content}).encode() + b"\n" for content in contents)
    command = [sys.executable, "-m", "hotline", "route", "--json", "--lines"]
    run = subprocess.run(command, input=lines, capture_output=True, check=True)
    assert [json.loads(line) for line in run.stdout.splitlines()] == answers(*lines.splitlines())


def test_nothing_said_is_refused() -> None:
    with pytest.raises(InvalidInput):
        route_text(" \n")
