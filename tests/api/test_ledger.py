"""The ledger over HTTP, on both databases: its numbers and their lists, and each ticket's track and explanation."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from tests.api.test_acts import dispatched
from tests.hotline_fixtures import Web


def test_each_number_is_the_length_of_its_list(web: Web) -> None:
    dispatched(web)
    web.open("一件没有说清楚的事")
    table = web.get("ledger", "manager").json
    for line in [table["total"], *table["units"]]:
        for number, count in line["counts"].items():
            more = f"&line={line['unit']}" if line["unit"] else ""
            assert len(web.get(f"ledger/tickets?number={number}{more}", "manager").json["items"]) == count
    assert table["total"]["counts"]["open"] == 2


def test_pages_of_a_list_follow_their_cursor(web: Web) -> None:
    for words in ("路灯不亮", "自来水停了", "垃圾没人收"):
        web.open(words)
    first = web.get("ledger/tickets?number=open&size=2", "manager").json
    second = web.get(f"ledger/tickets?number=open&size=2&after={first['next']}", "manager").json
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert web.get("ledger/tickets?number=open&after=bad", "manager").status_code == 422


def test_a_unit_reads_its_own_ledger_and_no_other(web: Web) -> None:
    dispatched(web)
    assert web.get("ledger", "wudang").json["total"]["counts"]["open"] == 1
    assert web.get("ledger", "gaoxin").json["total"]["counts"]["open"] == 0
    assert web.get("ledger?unit=district-wudang", "gaoxin").status_code == 422
    assert web.get("ledger/tickets?number=open&line=district-wudang", "gaoxin").json["items"] == []


def test_the_stages_of_a_ticket_are_its_whole_life(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "accept", "wudang")
    parts = web.get(f"tickets/{number}/track", "wudang").json
    opened = web.get(f"tickets/{number}/events", "wudang").json[0]["at"]
    assert datetime.fromisoformat(parts[0]["from"]) == datetime.fromisoformat(opened)
    assert all(one["to"] == other["from"] for one, other in pairwise(parts))
    assert parts[-1]["stage"] == "contact"
    assert parts[-1]["unit"] == "district-wudang"


def test_an_explanation_names_policy_calendar_and_verdict_of_each_clock(web: Web) -> None:
    number = dispatched(web)
    clocks = web.get(f"tickets/{number}/clocks", "wudang").json
    told = web.get(f"tickets/{number}/explanation", "wudang").json
    assert [(each["clock"], each["due_at"], each["state"]) for each in told] == [
        (each["clock"], each["due_at"], each["state"]) for each in clocks
    ]
    resolve = next(each for each in told if each["clock"] == "resolve")
    assert resolve["unit"]["code"] == "district-wudang"
    assert resolve["policy"]["stamp"].startswith(resolve["policy"]["stamp"].partition("@")[0])
    assert resolve["policy"]["name"] in "".join(resolve["lines"])
    assert resolve["calendar"]["edition"] in "".join(resolve["lines"])
    assert resolve["lines"][-1] == f"结论：{resolve['verdict']}"


def test_where_time_went_is_told_with_its_base(web: Web) -> None:
    dispatched(web)
    day = web.get("ledger", "manager").json["at"][:10]
    report = web.get(f"ledger/time?from={day}&to={day}", "manager").json
    later = web.get("ledger/time?from=2020-01-01&to=2020-01-02", "manager").json
    assert (later["tickets"], later["stages"]) == (0, [])
    assert report["tickets"] in (0, 1), "the day of UTC may be another one in the city"
    assert all(stage["tickets"] <= report["tickets"] for stage in report["stages"])
    for span in ("from=2020-01-01&to=2020-12-31", "from=0001-01-01&to=0001-01-02", "from=9999-12-31&to=9999-12-31"):
        assert web.get(f"ledger/time?{span}", "manager").status_code == 422


def test_a_dispute_is_read_with_its_claims_and_its_decision(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "return", "wudang", text="不在本区", proposed_unit="district-gaoxin")
    web.act(number, "decide_return", "dispatcher", approved=True)
    web.act(number, "dispatch", "dispatcher", unit="district-gaoxin")
    web.act(number, "return", "gaoxin", text="也不在本区")
    (one,) = web.get("ledger/disputes", "manager").json["items"]
    assert ([claim["text"] for claim in one["claims"]], one["state"]) == (["不在本区", "也不在本区"], "open")
    assert one["claims"][0]["proposed_unit"]["code"] == "district-gaoxin"
    web.act(number, "decide_return", "dispatcher", approved=True)
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", text="核实在乌当区")
    (one,) = web.get("ledger/disputes?state=decided", "wudang").json["items"]
    assert (one["ruling"]["unit"]["code"], one["ruling"]["text"]) == ("district-wudang", "核实在乌当区")
    assert web.get("ledger/disputes", "yibao").json["items"] == []
    (theirs,) = web.get("ledger/disputes", "gaoxin").json["items"]
    assert [claim["text"] for claim in theirs["claims"]] == ["", "也不在本区"]
