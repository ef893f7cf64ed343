"""Lists, search and catalogues: pages without gaps, filters, caps, and what the index may not decide."""

from __future__ import annotations

from typing import Any

import pytest

from hotline import rounds
from search.documents import Unavailable
from tests.api.test_acts import POTHOLES, dispatched
from tests.hotline_fixtures import Web


def pages(web: Web, path: str, who: str = "agent") -> list[list[str]]:
    """The numbers on each page, following `next` to the end."""
    found, after = [], ""
    while True:
        answer = web.get(f"{path}{after}", who)
        assert answer.status_code == 200, answer.text
        found.append([item["number"] for item in answer.json["items"]])
        if answer.json["next"] is None:
            return found
        after = f"&after={answer.json['next']}"


@pytest.mark.parametrize("order", ["received_at", "due_at"])
def test_pages_have_neither_gaps_nor_doubles(web: Web, order: str) -> None:
    numbers = {web.open(f"{POTHOLES}，第 {each} 处")["number"] for each in range(7)}
    found = pages(web, f"tickets?size=3&order={order}")
    assert [len(page) for page in found] == [3, 3, 1]
    flat = [number for page in found for number in page]
    assert set(flat) == numbers
    assert len(flat) == len(set(flat))


def test_filters_choose_and_days_are_both_included(web: Web) -> None:
    number = dispatched(web)
    ticket = web.get(f"tickets/{number}", "agent").json
    day = ticket["received_at"][:10]
    yes = [
        "status=dispatched,accepted",
        f"kind={ticket['kind']}",
        "unit=district-wudang",
        f"matter={ticket['matter']['code']}",
        f"place={ticket['place']['code']}",
        "source=web",
        "from=2026-01-01" if day > "2026-01-01" else "from=2020-01-01",
    ]
    for query in (*yes, "&".join(yes)):
        assert [each["number"] for each in web.get(f"tickets?{query}", "agent").json["items"]] == [number], query
    for query in ("status=closed", "kind=praise", "unit=district-gaoxin", "source=phone", "to=2020-01-01"):
        assert web.get(f"tickets?{query}", "agent").json["items"] == [], query


WRONG = {
    "size=101": "size",
    "size=0": "size",
    "size=x": "size",
    "status=nothing": "status.0",
    "unit=nowhere": "unit",
    "matter=nothing": "matter",
    "place=nowhere": "place",
    "from=yesterday": "from",
    "from=2026-02-01&to=2026-01-01": "to",
    "from=2010-01-01&to=2026-01-01": "to",
    "from=9999-12-31&to=9999-12-31": "from",
    "order=worst": "order",
    "after=guess": "after",
    "after=WyJyZWNlaXZlZF9hdCIsICJ4IiwgMV0=": "after",
    "status=closed&status=received": "status",
    "staus=closed": "staus",
    "unit=%00": "unit",
}


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_wrong_filter_is_named_and_nothing_is_guessed(web: Web) -> None:
    for query, field in WRONG.items():
        answer = web.get(f"tickets?{query}", "agent")
        assert answer.status_code == 422, (query, answer.text)
        assert field in [error["field"] for error in answer.json["errors"]], (query, answer.text)


def search(web: Web, query: str, who: str = "agent") -> dict[str, Any]:
    rounds.relay_round()
    rounds.index().refresh()
    answer = web.get(f"search?{query}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_search_marks_what_it_found_and_a_unit_finds_only_its_own(web: Web) -> None:
    number = dispatched(web)
    web.open("动力小镇的公司拖欠工资三个月了", place="贵阳高新区")
    found = search(web, "q=摩托车")
    assert (found["total"], [item["number"] for item in found["items"]]) == (1, [number])
    pieces = [piece for fragment in found["items"][0]["highlights"]["content"] for piece in fragment]
    assert "摩托车" in "".join(piece["text"] for piece in pieces if piece["match"])
    assert search(web, "q=摩托车", "gaoxin")["items"] == []
    assert search(web, "q=*:* OR 摩托车", "gaoxin")["items"] == []
    assert [item["number"] for item in search(web, "q=摩托车", "wudang")["items"]] == [number]
    assert search(web, "q=摩托车&status=closed")["items"] == []


def test_a_phone_finds_its_caller_for_the_hotlines_people_only(web: Web) -> None:
    number = dispatched(web)
    assert [item["number"] for item in search(web, "q=138 0013 8000")["items"]] == [number]
    assert search(web, "q=13800138000", "wudang")["items"] == []
    assert search(web, "q=13800138000", "manager")["items"] == []


def test_no_passage_of_a_confidential_ticket_is_shown_to_a_unit(web: Web) -> None:
    web.open(f"{POTHOLES}，打 13800138000 找我", place="乌当区羊昌镇", confidential=True)
    shown = search(web, "q=摩托车", "wudang")["items"]
    assert [item["highlights"] for item in shown] == [{}]
    assert "13800138000" not in str(shown)


def test_a_hit_that_the_reader_may_no_longer_see_is_dropped(web: Web) -> None:
    number = dispatched(web)
    assert search(web, "q=摩托车", "wudang")["items"]
    web.act(number, "dispatch", "dispatcher", unit="district-gaoxin")
    assert web.get("search?q=摩托车", "wudang").json["items"] == [], "the index is a moment behind the table"


@pytest.mark.parametrize("database", ["sqlite"])
def test_search_says_that_it_is_down_while_intake_goes_on(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    from hotline import db

    db.forget()
    rounds.index.cache_clear()
    answer = web.get("search?q=路", "agent")
    assert (answer.status_code, answer.json["type"]) == (503, "urn:hotline:search_unavailable")
    assert "收件" in answer.json["detail"]
    assert dispatched(web)
    with pytest.raises(Unavailable):
        rounds.index().count()


@pytest.mark.parametrize("database", ["sqlite"])
def test_search_is_capped_and_its_cursor_is_its_own(web: Web) -> None:
    rounds.relay_round()
    for query in ("q=" + "路" * 501, "q=路&size=101", "q=路&after=guess", "q=路&sort=x", "size=3"):
        assert web.get(f"search?{query}", "agent").status_code == 422, query


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("name", ["matters", "units", "places"])
def test_a_catalogue_is_a_flat_list_that_is_not_sent_twice(web: Web, name: str) -> None:
    answer = web.get(name, "intake")
    items = answer.json["items"]
    codes = {item["code"] for item in items}
    assert len(codes) == len(items) > 50
    assert {item["parent"] for item in items} - {None} <= codes
    assert "max-age=300" in answer.headers["Cache-Control"]
    again = web.get(name, "intake", **{"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
