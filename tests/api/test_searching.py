"""Search for people: what the one field understands, counts by rights, kept searches, answers of before."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select, update

from hotline import db, rounds
from hotline.models import Attachment, AttachmentText, SavedSearch, Ticket
from hotline.searchable import documents
from search.documents import Hit, Page, Query, Unavailable
from tests.api.test_acts import PERSON, POTHOLES, dispatched, reviewed, upload
from tests.hotline_fixtures import Web

WAGES = "动力小镇的公司拖欠工资三个月了"
BRIBE = "乌当区政府的科长收受红包，我要举报"
PHONE = "13800138000"
FACETS = "overdue,status,unit,matter,place,kind,urgency,source,evaluation"


def relayed() -> None:
    rounds.relay_round()
    rounds.index().refresh()


def search(web: Web, query: str, who: str = "agent") -> dict[str, Any]:
    answer = web.get(f"search?{query}", who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def numbers(web: Web, query: str, who: str = "agent") -> list[str]:
    return [item["number"] for item in search(web, query, who)["items"]]


def counts(found: Mapping[str, Any], facet: str) -> dict[str, int]:
    return {each["code"]: each["count"] for each in found["facets"][facet]}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """Every query that the index is asked."""
    seen: list[Query] = []
    engine = type(rounds.index())
    real = engine.search

    def search(self: Any, query: Query) -> Page:
        seen.append(query)
        return real(self, query)

    monkeypatch.setattr(engine, "search", search)
    return seen


# What the one field understands.


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_phone_goes_to_the_index_by_its_hmac_however_it_is_typed(web: Web, asked: list[Query]) -> None:
    number = dispatched(web)
    web.open(WAGES)
    relayed()
    for typed in (PHONE, "138 0013 8000", "１３８００１３８０００", f"{PHONE} 摩托车", "摩托车 幺三八零零幺三八零零零"):
        assert numbers(web, f"q={typed}") == [number], typed
    assert numbers(web, f"q={PHONE} 工资") == []
    for who in ("wudang", "manager"):
        assert numbers(web, f"q={PHONE}", who) == []
    assert numbers(web, f"q={PHONE} 摩托车", "wudang") == [number], "the words alone are searched for"
    assert PHONE not in repr(asked)
    assert not any(part in each.text for each in asked for part in ("138", "8000", "幺三八"))


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_query_code_finds_its_ticket_for_the_hotline_and_is_never_sent(web: Web, asked: list[Query]) -> None:
    opened = web.open(POTHOLES, **PERSON)
    code = opened["query_code"]
    for typed in (code, code.lower(), f"{code[:4]}-{code[4:]}"):
        assert numbers(web, f"q={typed}") == [opened["number"]]
    for who in ("wudang", "gaoxin", "manager"):
        assert search(web, f"q={code}", who)["total"] == 0
    assert asked == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_number_finds_its_ticket_even_before_the_index_knows_it(web: Web) -> None:
    relayed()
    number = dispatched(web)
    wide = number.translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    assert numbers(web, f"q={number}") == numbers(web, f"q={wide}") == numbers(web, f"q={number}", "wudang") == [number]
    assert numbers(web, f"q={number}", "gaoxin") == []
    relayed()
    found = search(web, f"q={number}")
    assert (found["total"], [each["number"] for each in found["items"]]) == (1, [number])


@pytest.mark.parametrize("database", ["sqlite"])
def test_an_id_number_is_searched_for_by_nobody(web: Web, asked: list[Query]) -> None:
    dispatched(web)
    relayed()
    assert numbers(web, "q=110101199003077774") == []
    assert asked == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_traditional_and_full_width_texts_are_found(web: Web) -> None:
    number = dispatched(web)
    relayed()
    for typed in ("摩托車", "ｑ＂摩托車摔了＂"[1:], "積水　看不見"):
        assert numbers(web, f"q={typed}") == [number], typed


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_sounds_of_a_units_name_offer_the_unit(web: Web) -> None:
    relayed()
    for typed in ("wdq", "WDQ", "wudangqu", "ｗｄｑ"):
        assert search(web, f"q={typed}")["units"][0]["code"] == "district-wudang", typed
    assert search(web, "q=wdq", "gaoxin")["units"] == [], "a unit is offered its own"
    assert search(web, "q=w")["units"] == search(web, "q=zzzz")["units"] == []


def test_did_you_mean_is_said_where_it_finds_more_for_this_reader(web: Web) -> None:
    number = dispatched(web)
    web.open("公积金提取一直没有到账，请帮忙查一查")
    relayed()
    assert search(web, "q=羊常")["did_you_mean"] == "羊昌"
    assert search(web, "q=公积斤")["did_you_mean"] == "公积金"
    assert search(web, "q=羊常", "gaoxin")["did_you_mean"] is None, "there is nothing of that for this unit"
    assert search(web, "q=羊昌")["did_you_mean"] is None
    assert numbers(web, "q=羊昌", "wudang") == [number]


# Counts and filters.


def test_counts_are_of_what_the_reader_may_see_and_of_nothing_else(web: Web) -> None:
    dispatched(web)
    both = dispatched(web)
    web.act(both, "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    report = web.open(BRIBE, kind="report", place="乌当区")
    assert report["kind"] == "report"
    relayed()
    every = f"q=&facets={FACETS}"
    kinds = {who: counts(search(web, every, who), "kind") for who in ("agent", "manager", "wudang", "gaoxin", "yibao")}
    assert kinds["agent"] == kinds["manager"]
    assert (sum(kinds["agent"].values()), kinds["agent"]["report"]) == (3, 1)
    assert sum(kinds["wudang"].values()) == 2
    assert "report" not in kinds["wudang"], "the accused unit sees no count of it"
    assert sum(kinds["gaoxin"].values()) == 1
    assert kinds["yibao"] == {}
    for who in ("wudang", "gaoxin", "yibao"):
        found = search(web, every, who)
        for facet in found["facets"]:
            assert all(each["count"] <= found["total"] for each in found["facets"][facet])


def test_a_facet_is_counted_without_its_own_filter_and_every_count_is_what_its_click_finds(web: Web) -> None:
    dispatched(web)
    web.open(WAGES, place="贵阳高新区")
    web.open("请问公积金怎么提取", kind="consultation")
    relayed()
    found = search(web, f"q=&kind=consultation&facets={FACETS}")
    assert found["total"] == 1
    assert sum(counts(found, "kind").values()) == 3
    assert sum(counts(found, "status").values()) == 1
    plain = search(web, f"q=&facets={FACETS}")
    clicks = [(facet, each) for facet in plain["facets"] for each in plain["facets"][facet]]
    assert len(clicks) > 10
    for facet, each in clicks:
        assert search(web, f"q=&{facet}={each['code']}")["total"] == each["count"], (facet, each)
        assert each["name"]


@pytest.mark.parametrize("database", ["sqlite"])
def test_days_and_levels_filter(web: Web) -> None:
    number = reviewed(web)
    web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=4)
    running = dispatched(web)
    relayed()
    today = web.get(f"tickets/{running}", "agent").json["received_at"][:10]
    assert numbers(web, "q=&evaluation=4,5") == [number]
    assert numbers(web, "q=&evaluation=1,none") == []
    assert running in numbers(web, f"q=&due_from={today}")
    assert numbers(web, f"q=&due_to={today}") == []
    assert numbers(web, "q=&closed_from=2026-01-01&closed_to=2028-12-31") == [number]
    assert numbers(web, "q=&closed_to=2020-01-01") == []
    assert numbers(web, "q=&overdue=yes") == []
    for wrong in (
        "evaluation=9",
        "overdue=maybe",
        "due_from=2026-02-02&due_to=2026-01-01",
        "facets=reader",
        "urgency=x",
    ):
        assert web.get(f"search?q=&{wrong}", "agent").status_code == 422, wrong


# Kept searches.


def send(web: Web, method: str, path: str, who: str, body: Any = None) -> Any:
    given = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    return web.client.open(f"/api/v1/search/saved{path}", method=method, headers=web.headers(who), **given)


def kept(web: Web, name: str, who: str = "agent", **asked: str) -> Any:
    return send(web, "POST", "", who, {"name": name, "asked": asked})


def test_a_kept_search_counts_what_is_new_until_it_is_seen(web: Web) -> None:
    dispatched(web)
    relayed()
    row = kept(web, "坑洼", q="摩托车", kind="help,complaint").json
    assert (row["name"], row["asked"], row["new"]) == ("坑洼", {"q": "摩托车", "kind": "help,complaint"}, 0)
    dispatched(web)
    web.open(WAGES)
    relayed()
    assert [each["new"] for each in send(web, "GET", "", "agent").json] == [1]
    assert send(web, "POST", f"/{row['id']}/seen", "agent").json["new"] == 0
    assert [each["new"] for each in send(web, "GET", "", "agent").json] == [0]
    assert send(web, "PATCH", f"/{row['id']}", "agent", {"name": "路"}).json["name"] == "路"
    assert send(web, "DELETE", f"/{row['id']}", "agent").status_code == 204
    assert send(web, "GET", "", "agent").json == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_kept_search_is_its_owners_alone_and_finds_by_todays_rights(web: Web) -> None:
    row = kept(web, "坑洼", q="摩托车").json
    theirs = kept(web, "坑洼", "gaoxin", q="摩托车").json
    for method, path, body in (("PATCH", "", {"name": "x"}), ("DELETE", "", None), ("POST", "/seen", None)):
        assert send(web, method, f"/{row['id']}{path}", "gaoxin", body).status_code == 404
    assert [each["id"] for each in send(web, "GET", "", "gaoxin").json] == [theirs["id"]]
    number = dispatched(web)
    relayed()
    assert [each["new"] for each in send(web, "GET", "", "gaoxin").json] == [0]
    web.act(number, "dispatch", "dispatcher", unit="district-gaoxin")
    relayed()
    assert [each["new"] for each in send(web, "GET", "", "gaoxin").json] == [1]


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_phone_is_kept_by_its_hmac_and_a_code_not_at_all(web: Web) -> None:
    opened = web.open(POTHOLES, **PERSON)
    row = kept(web, "老来电人", q=f"{PHONE} 摩托车").json
    with db.reading() as session:
        stored = str([each.asked for each in session.scalars(select(SavedSearch))])
    assert PHONE not in stored + str(row)
    assert row["asked"]["q"] == "摩托车"
    dispatched(web)
    relayed()
    assert [each["new"] for each in send(web, "GET", "", "agent").json] == [1]
    assert kept(web, "码", q=opened["query_code"]).status_code == 422


@pytest.mark.parametrize("database", ["sqlite"])
def test_names_and_numbers_of_kept_searches_are_bounded(web: Web) -> None:
    assert kept(web, "一").status_code == 201
    for name, asked in (
        ("一", {}),
        (" ", {}),
        ("长" * 41, {}),
        ("二", {"nothing": "x"}),
        ("三", {"from": "yesterday"}),
    ):
        assert kept(web, name, **asked).status_code == 422, name
    for place in range(19):
        assert kept(web, f"第{place}").status_code == 201
    assert kept(web, "再一个").status_code == 409


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_kept_search_holds_no_half_characters_that_would_spoil_the_list(web: Web) -> None:
    for name, text in (("一", "\ud800路"), ("二", "路\x00灯")):
        assert kept(web, name, q=text).status_code == 201
    assert {each["asked"]["q"] for each in send(web, "GET", "", "agent").json} == {"路", "路灯"}


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_kept_search_asks_for_the_same_days_on_the_page_as_here(web: Web) -> None:
    days = {"from": "2026-10-01", "to": "2026-10-02"}
    row = kept(web, "国庆", q="路", **days).json
    assert row["asked"] == {"q": "路"} | days
    page = web.client.get(f"/search/saved/{row['id']}", headers=web.headers("agent"))
    assert page.location == "/search?q=%E8%B7%AF&received_from=2026-10-01&received_to=2026-10-02"


@pytest.mark.parametrize("database", ["sqlite"])
def test_an_index_that_is_away_is_asked_once_for_all_kept_searches(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "一二三":
        kept(web, name, q="路")
    tried: list[Query] = []

    def away(_: object, query: Query) -> Page:
        tried.append(query)
        raise Unavailable("away")

    monkeypatch.setattr(type(rounds.index()), "search", away)
    assert [each["new"] for each in send(web, "GET", "", "agent").json] == [None] * 3
    assert len(tried) == 1
    assert web.client.get("/search", headers=web.headers("agent")).status_code == 503
    assert len(tried) == 2


# Answers of before.


def closed(web: Web, reply: str = "坑洼路段已全部修补完毕。", **fields: Any) -> str:
    number = dispatched(web, **fields)
    web.act(number, "accept", "wudang")
    web.act(number, "resolve", "wudang", result="内部情况", public_reply=reply)
    web.act(number, "review", "dispatcher", passed=True)
    web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=5)
    return number


def test_what_was_replied_before_is_told_with_the_ticket_only_to_who_may_see_it(web: Web) -> None:
    before = closed(web, "陆某某您好，已修补完毕，可打 13900001111 找施工队。")
    closed(web, "保密工单的答复", confidential=True)
    mine = dispatched(web)
    relayed()
    [told] = web.get(f"tickets/{mine}/answered-before", "agent").json
    assert (told["number"], told["unit"]) == (before, "乌当区人民政府")
    assert told["reply"] == "某人您好，已修补完毕，可打 （号码略） 找施工队。"
    assert [each["number"] for each in web.get(f"tickets/{mine}/answered-before", "wudang").json] == [before]
    web.act(mine, "dispatch", "dispatcher", unit="district-gaoxin")
    [theirs] = web.get(f"tickets/{mine}/answered-before", "gaoxin").json
    assert theirs == told | {"number": None, "title": None}
    assert web.get(f"tickets/{mine}/answered-before", "wudang").status_code == 404


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_ticket_that_is_open_or_was_never_reviewed_is_no_example(web: Web) -> None:
    reviewed(web)
    mine = dispatched(web)
    relayed()
    assert web.get(f"tickets/{mine}/answered-before", "agent").json == []


# What files say.


def docx(text: str) -> bytes:
    """A Word document of one paragraph."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{space}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", body)
    return out.getvalue()


def test_a_files_words_are_found_by_who_may_open_it(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    web.act(number, "accept", "wudang")
    file_id = upload(web, number, "wudang", docx("沥青摊铺方案，联系 13900002222"), "方案.docx").json["id"]
    assert rounds.read_round() == 0, "what no act has handed in is not read"
    web.act(number, "suspend", "wudang", days=5, text="等沥青到货", evidence=[file_id])
    assert rounds.read_round() == 1
    assert rounds.read_round() == 0
    relayed()
    for who in ("agent", "manager", "wudang"):
        [item] = search(web, "q=沥青摊铺", who)["items"]
        assert item["number"] == number
        marked = [piece["text"] for part in item["highlights"]["files"] for piece in part if piece["match"]]
        assert marked == ["沥青摊铺"]
    assert numbers(web, "q=沥青摊铺", "gaoxin") == [], "who assists does not open the lead's files"
    assert numbers(web, f"q={number}", "gaoxin") == [number]
    assert "13900002222" not in str(search(web, "q=沥青摊铺"))
    assert numbers(web, "q=13900002222") == []


def test_a_relay_that_read_the_ticket_before_its_file_was_read_does_not_undo_the_files_text(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "accept", "wudang")
    file_id = upload(web, number, "wudang", docx("沥青摊铺方案"), "方案.docx").json["id"]
    web.act(number, "suspend", "wudang", days=5, text="等沥青到货", evidence=[file_id])
    with db.reading() as session:
        late = list(documents(session, list(session.scalars(select(Ticket.id)))))
    assert rounds.read_round() == 1
    rounds.index().put(late)
    rounds.index().refresh()
    assert numbers(web, "q=沥青摊铺") == [number]


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_file_whose_text_the_index_did_not_take_is_read_again(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    number = dispatched(web)
    web.act(number, "accept", "wudang")
    file_id = upload(web, number, "wudang", docx("沥青摊铺方案"), "方案.docx").json["id"]
    web.act(number, "suspend", "wudang", days=5, text="等沥青到货", evidence=[file_id])

    def away(*_: object) -> None:
        with db.transaction():
            raise Unavailable("away")

    with monkeypatch.context() as while_away:
        while_away.setattr(type(rounds.index()), "put", away)
        assert rounds.read_round() == 0
    assert rounds.read_round() == 1
    rounds.index().refresh()
    assert numbers(web, "q=沥青摊铺") == [number]


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_damaged_file_or_text_stops_neither_the_other_files_nor_the_relay(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "accept", "wudang")
    bad, good = (upload(web, number, "wudang", docx(text), "方案.docx").json["id"] for text in ("坏了", "沥青摊铺"))
    web.act(number, "suspend", "wudang", days=5, text="等沥青到货", evidence=[bad, good])
    with db.transaction() as session:
        session.execute(update(Attachment).where(Attachment.id == bad).values(content=b"nothing that opens"))
    assert rounds.read_round() == 2
    rounds.index().refresh()
    assert numbers(web, "q=沥青摊铺") == [number]
    with db.transaction() as session:
        session.execute(update(AttachmentText).values(text=b"nothing that opens"))
    web.act(number, "decide_suspension", "dispatcher", approved=True)
    relayed()
    assert numbers(web, "q=摩托车&status=suspended") == [number]
    assert numbers(web, "q=沥青摊铺") == []


def test_a_hit_holds_what_the_schema_says(web: Web) -> None:
    from api.resources.search import FoundPage

    dispatched(web)
    relayed()
    found = search(web, f"q=摩托车&facets={FACETS}")
    assert FoundPage().dump(found) == found
    assert Hit(1, "", 0.0).highlights == {}
