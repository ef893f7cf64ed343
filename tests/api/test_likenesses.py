"""Likenesses over the API: what a ticket seems to repeat, and what a person says of it."""

from __future__ import annotations

from hotline import rounds
from tests.hotline_fixtures import Web

POTHOLES = "乌当区羊昌镇的公路上有很多坑，车子过不去，请派人修一修路面"


def pair(web: Web) -> tuple[str, str]:
    """The numbers of two tickets of one matter, the second waiting at triage."""
    first = web.open(POTHOLES, phone="13900000001")["number"]
    second = web.open(POTHOLES + "，谢谢", phone="13900000002")["number"]
    rounds.trace_round()
    return first, second


def test_likenesses_say_what_how_surely_and_why(web: Web) -> None:
    first, second = pair(web)
    [found] = web.get(f"tickets/{second}/likenesses", "dispatcher").json
    assert (found["number"], found["reason"], found["may_join"], found["proposed"]) == (first, "alike", True, True)
    assert found["unit"]["code"] == "district-wudang"
    assert 0.9 <= found["score"] <= 1
    assert found["reasons"]
    assert "%" in found["words"]
    assert web.get("tickets/20200101999999/likenesses", "dispatcher").status_code == 404


def test_a_verdict_joins_or_tells_apart_once(web: Web) -> None:
    first, second = pair(web)
    path = f"tickets/{second}/likenesses/{first}"
    joined = web.post(path, "dispatcher", {"verdict": "joined"})
    assert (joined.status_code, joined.json["number"], joined.json["status"]) == (200, second, "merged")
    assert web.post(path, "dispatcher", {"verdict": "joined"}).status_code == 409
    assert web.get(f"tickets/{second}/likenesses", "dispatcher").json == []
    web.act(second, "unmerge", "dispatcher", text="另一处")
    assert web.get(f"tickets/{first}/likenesses", "dispatcher").json == []


def test_told_apart_by_one_the_other_who_saw_the_old_version_is_told(web: Web) -> None:
    first, second = pair(web)
    seen = web.get(f"tickets/{second}", "dispatcher").headers["ETag"]
    path = f"tickets/{second}/likenesses/{first}"
    assert web.post(path, "dispatcher", {"verdict": "apart"}, **{"If-Match": seen}).status_code == 200
    assert web.post(path, "dispatcher", {"verdict": "joined"}, **{"If-Match": seen}).status_code == 409
    assert web.get(f"tickets/{second}/events", "dispatcher").json[-1]["action"] == "apart"


def test_what_is_no_verdict_is_422_and_who_may_not_join_is_403(web: Web) -> None:
    first, second = pair(web)
    path = f"tickets/{second}/likenesses/{first}"
    for body in ({}, {"verdict": "merged"}, {"verdict": None}, {"verdict": "apart", "status": "closed"}):
        assert web.post(path, "dispatcher", body).status_code == 422
    for who in ("agent", "wudang", "manager", "intake"):
        assert web.post(path, who, {"verdict": "apart"}).status_code == 403
    assert (
        web.post(f"tickets/{second}/likenesses/20200101999999", "dispatcher", {"verdict": "apart"}).status_code == 404
    )
    assert web.post(f"tickets/{second}/likenesses/{second}", "dispatcher", {"verdict": "joined"}).status_code == 422


def test_a_unit_reads_of_likenesses_only_what_it_may_read_itself(web: Web) -> None:
    first, second = pair(web)
    web.act(second, "dispatch", "dispatcher", unit="district-gaoxin")
    assert web.get(f"tickets/{first}/likenesses", "wudang").json == []
    assert web.get(f"tickets/{first}/likenesses", "gaoxin").status_code == 404
    web.act(second, "dispatch", "dispatcher", unit="district-wudang")
    [found] = web.get(f"tickets/{first}/likenesses", "wudang").json
    assert (found["number"], found["reasons"], found["may_join"]) == (second, [], False)
    assert [each["reason"] for each in web.get(f"tickets/{first}/similar", "wudang").json] == ["alike"]
