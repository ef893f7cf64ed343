"""What the public may see: their own ticket, in plain words, and nothing that tells a guesser anything."""

from __future__ import annotations

from typing import Any

import pytest

from api.limits import limiter
from hotline import db
from tests.api.test_acts import POTHOLES, accepted, dispatched, reviewed
from tests.hotline_fixtures import Web

SHOWN = {
    "number",
    "status",
    "status_name",
    "unit",
    "received_at",
    "timeline",
    "clocks",
    "replies",
    "evaluation",
    "can_withdraw",
    "can_urge",
    "suspended_until",
}


def code_of(web: Web, number: str) -> str:
    from hotline.desk.opening import query_code
    from hotline.queries import find_ticket
    from hotline.rights import SYSTEM

    with db.reading() as session:
        return query_code(find_ticket(session, number, SYSTEM))


def seen(web: Web, number: str) -> dict[str, Any]:
    answer = web.get(f"public/tickets/{code_of(web, number)}?phone_tail=8000")
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json
    return view


def test_a_citizen_sees_status_unit_steps_deadlines_and_the_reviewed_reply(web: Web) -> None:
    number = accepted(web)
    view = seen(web, number)
    assert view.keys() == SHOWN
    assert (view["status_name"], view["unit"], view["replies"]) == ("办理中", "乌当区人民政府", [])
    assert [step["text"] for step in view["timeline"]] == [
        "热线收到您的诉求",
        "已转给乌当区人民政府",
        "乌当区人民政府已签收，开始办理",
    ]
    states = {clock["clock"]: clock["state"] for clock in view["clocks"]}
    assert (states["accept"], states["resolve"]) == ("kept", "running")
    web.act(number, "resolve", "wudang", result="内部结果", public_reply="坑洼路段已修补完毕。")
    assert seen(web, number)["replies"] == [], "an answer that nobody has reviewed is not shown"
    web.act(number, "review", "dispatcher", passed=True, text="内部意见")
    view = seen(web, number)
    assert [reply["text"] for reply in view["replies"]] == ["坑洼路段已修补完毕。"]
    assert view["evaluation"] == {"state": "open"}
    assert "内部" not in str(view)


def test_a_citizen_evaluates_once_and_an_unhappy_one_leaves_it_open(web: Web) -> None:
    number = reviewed(web)
    path = f"public/tickets/{code_of(web, number)}/evaluation"
    given = web.post(path, None, {"phone_tail": "8000", "solved": True, "level": 5, "text": "很快"})
    assert given.status_code == 200, given.text
    said = {"state": "given", "solved": True, "satisfied": True, "level": 5, "level_name": "非常满意"}
    assert given.json["evaluation"] == said
    assert given.json["status"] == "closed"
    assert web.post(path, None, {"phone_tail": "8000", "solved": True, "level": 5}).status_code == 409
    unhappy = reviewed(web)
    body = {"phone_tail": "8000", "solved": False, "level": 1}
    assert web.post(f"public/tickets/{code_of(web, unhappy)}/evaluation", None, body).json["status"] == "reviewed"


def test_a_citizen_takes_the_matter_back(web: Web) -> None:
    number = dispatched(web)
    assert seen(web, number)["can_withdraw"]
    path = f"public/tickets/{code_of(web, number)}/withdraw"
    assert web.post(path, None, {"phone_tail": "0000"}).status_code == 404
    assert web.post(path, None, {"phone_tail": "8000"}).json["status"] == "withdrawn"
    assert web.post(path, None, {"phone_tail": "8000"}).status_code == 409


def test_the_caller_of_a_merged_ticket_sees_the_reply_and_is_asked(web: Web) -> None:
    parent = accepted(web)
    child = str(web.open("羊昌到新场镇那条路坑坑洼洼的", phone="13900139000")["number"])
    web.act(child, "merge", "dispatcher", into=parent)
    web.act(parent, "resolve", "wudang", result="已补平", public_reply="坑洼路段已修补完毕。")
    web.act(parent, "review", "dispatcher", passed=True)
    view = web.get(f"public/tickets/{code_of(web, child)}?phone_tail=9000").json
    assert (view["status"], view["evaluation"]["state"]) == ("merged", "open")
    assert [reply["text"] for reply in view["replies"]] == ["坑洼路段已修补完毕。"]
    assert parent not in str(view), "the number of another person's ticket"


def test_wrong_code_wrong_digits_and_no_such_ticket_are_the_same_bytes(web: Web) -> None:
    number = dispatched(web)
    code = code_of(web, number)
    tries = [
        f"{code}?phone_tail=0000",
        f"{code}?phone_tail=",
        code,
        "ABCDEFGH01234?phone_tail=8000",
        f"{number}?phone_tail=0000",
        number,
        "99999999999999?phone_tail=8000",
        "nonsense?phone_tail=8000",
        "%27%20OR%201=1--?phone_tail=8000",
        "%00?phone_tail=8000",
        "%E6%9F%A5?phone_tail=%E6%9F%A5",
    ]
    answers = [web.get(f"public/tickets/{each}") for each in tries]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert web.get(f"public/tickets/{number}?phone_tail=8000").status_code == 200


def test_a_code_opens_alone_only_where_no_phone_was_left(web: Web) -> None:
    opened = web.open(POTHOLES, None)
    assert web.get(f"public/tickets/{opened['query_code'].lower()}").json["number"] == opened["number"]
    assert web.get(f"public/tickets/{opened['number']}").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"])
def test_one_code_cannot_be_tried_from_many_addresses(web: Web) -> None:
    code = code_of(web, dispatched(web))

    def attempt(number: int, tail: str) -> int:
        where = {"REMOTE_ADDR": f"127.0.1.{number}"}
        path = f"/api/v1/public/tickets/{code}?phone_tail={tail}"
        return int(web.client.get(path, environ_overrides=where).status_code)

    assert [attempt(number, "0000") for number in range(22)] == [404] * 20 + [429] * 2
    assert attempt(99, "8000") == 429, "locked, also for the right digits"
    limiter.reset()
    assert [attempt(number, "8000") for number in range(15)] == [200] * 15, "the right digits are not counted"


@pytest.mark.parametrize("database", ["sqlite"])
def test_one_address_asks_only_so_often(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_QUERY_LIMIT", "3 per minute")
    db.forget()
    limiter.reset()
    answers = [web.get(f"public/tickets/WRONG{number}?phone_tail=1") for number in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
