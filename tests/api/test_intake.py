"""Intake: what a message becomes, the same message again, and wrong input in its sender's language."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import hotline.seeds
from api.limits import limiter
from tests.hotline_fixtures import Web

SAMPLES = sorted((Path(hotline.seeds.__file__).parent / "samples" / "calls").glob("*.json"))
POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"
CONTRACT = {"number", "query_code", "status", "kind", "urgency", "matter", "place", "unit", "clocks"}
WHY = {"candidates", "confidence", "reasons"}


def test_a_web_message_becomes_a_ticket_with_its_unit_and_the_sum_of_its_clocks(web: Web) -> None:
    answer = web.post("intake/web", None, {"content": POTHOLES, "phone": "13800138000", "place": "乌当区羊昌镇"})
    assert answer.status_code == 201
    opened = answer.json
    assert opened.keys() >= CONTRACT
    assert not opened.keys() & WHY, "the public is not told the machine's reasons"
    assert opened["unit"]["code"] == "district-wudang"
    assert opened["status"] == "dispatched"
    assert {"code", "name", "path"} == opened["matter"].keys()
    resolve = next(clock for clock in opened["clocks"] if clock["clock"] == "resolve")
    assert resolve["due_at"]
    assert resolve["provisional"] in (True, False)
    assert resolve["sum"]


@pytest.mark.parametrize("who", ["agent", "dispatcher", "intake", "wudang"])
def test_staff_and_machines_are_told_why(web: Web, who: str) -> None:
    assert web.open(POTHOLES, who).keys() >= CONTRACT | WHY


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_each_recognisers_call_becomes_a_ticket_and_again_the_same(web: Web, sample: Path) -> None:
    call = json.loads(sample.read_text())
    first, again = (web.post("intake/calls", "intake", call) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert first.json.keys() >= CONTRACT | WHY


def test_the_same_message_five_times_at_one_moment_is_one_ticket_and_five_equal_answers(web: Web) -> None:
    def send(_: int) -> Any:
        return web.post("intake/web", None, {"content": POTHOLES}, **{"Idempotency-Key": "five"})

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(send, range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert all(answer.json == answers[0].json for answer in answers)
    assert len(web.get("tickets", "agent").json["items"]) == 1


def test_a_key_used_for_another_message_is_refused(web: Web) -> None:
    key = {"Idempotency-Key": "once"}
    assert web.post("intake/web", None, {"content": POTHOLES}, **key).status_code == 201
    answer = web.post("intake/web", None, {"content": "小区停水两天了"}, **key)
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:hotline:key_reused"


def test_keys_of_different_senders_do_not_meet(web: Web) -> None:
    key = {"Idempotency-Key": "mine"}
    numbers = {web.post("intake/web", who, {"content": POTHOLES}, **key).json["number"] for who in (None, "agent")}
    assert len(numbers) == 2


WRONG: dict[str, tuple[str, dict[str, Any] | bytes, int, str, str, str]] = {
    "broken JSON": ("web", b'{"content": "abc', 400, "", "JSON", "JSON"),
    "bytes that are no text": ("web", b'{"content": "\xff\xfe"}', 400, "", "JSON", "JSON"),
    "a number that is none": ("web", b'{"content": NaN}', 400, "", "JSON", "JSON"),
    "a number of 5000 digits": ("web", b'{"content": ' + b"9" * 5000 + b"}", 400, "", "JSON", "JSON"),
    "an array": ("web", b"[1, 2]", 422, "", "对象", "Invalid"),
    "too deep": ("web", b"[" * 30 + b"]" * 30, 422, "", "20 层", "20 levels"),
    "far too deep": ("web", b"[" * 100_000 + b"]" * 100_000, 422, "", "20 层", "20 levels"),
    "nothing": ("web", {}, 422, "content", "必填", "Missing"),
    "an empty message": ("web", {"content": " "}, 422, "content", "至少", "at least"),
    "a phone of 5 digits": ("web", {"content": POTHOLES, "phone": "12345"}, 422, "phone", "11 位", "11 digits"),
    "a kind that is none": ("web", {"content": POTHOLES, "kind": "骂人"}, 422, "kind", "投诉", "complaint"),
    "a status from outside": (
        "web",
        {"content": POTHOLES, "status": "closed"},
        422,
        "status",
        "没有这个字段",
        "Unknown",
    ),
    "a flag in words": ("web", {"content": POTHOLES, "confidential": "no"}, 422, "confidential", "true", "boolean"),
    "half a character": ("web", b'{"\\ud800": 1}', 422, "?", "没有这个字段", "Unknown"),
    "an unknown form": (
        "calls",
        {"call_id": "1", "form": "b", "transcript": "x"},
        422,
        "form",
        "volcengine",
        "use",
    ),
    "an empty transcript": ("calls", {"call_id": "1", "form": "plain", "transcript": ""}, 422, "transcript", "", ""),
    "no call": ("calls", {"form": "plain", "transcript": "市民：停水了"}, 422, "call_id", "必填", "Missing"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("database", ["sqlite"])
def test_wrong_input_is_answered_with_field_and_remedy(web: Web, case: str, language: str) -> None:
    path, body, status, field, zh, en = WRONG[case]
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = web.headers("intake", {"Accept-Language": language})
    answer = web.client.post(f"/api/v1/intake/{path}", data=data, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = answer.json or {}
    fields = [error["field"] for error in problem.get("errors", [])]
    assert not field or field in fields
    assert (zh if language == "zh" else en) in answer.text
    assert any("一" <= char <= "鿿" for char in problem["title"]) == (language == "zh")


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_body_that_is_no_json_or_too_large_is_refused(web: Web) -> None:
    form = web.client.post("/api/v1/intake/web", data={"content": POTHOLES})
    assert form.status_code == 415
    large = web.client.post("/api/v1/intake/web", data=b"x" * (3 * 1024 * 1024), content_type="application/json")
    assert large.status_code == 413
    assert large.content_type == "application/problem+json"


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_public_is_counted_and_told_when_to_come_back_while_machines_are_not(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotline import db

    monkeypatch.setenv("HOTLINE_INTAKE_LIMIT", "2 per minute")
    db.forget()
    limiter.reset()
    statuses = [web.post("intake/web", None, {"content": POTHOLES}).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    refused = web.post("intake/web", None, {"content": POTHOLES}, **{"X-Forwarded-For": "10.1.2.3"})
    assert refused.status_code == 429, "a forged header resets nothing"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert refused.json["title"] == "操作太频繁，请稍后再试"
    wrong = web.client.post("/api/v1/intake/web", json={}, headers={"Authorization": "Bearer guessed"})
    assert wrong.status_code == 429, "a guessed token is nobody's"
    assert web.post("intake/web", "intake", {"content": POTHOLES}).status_code == 201
