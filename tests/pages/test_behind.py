"""The lists behind the managers' numbers: page by page, the way back, and whose titles are not quoted."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest

from hotline import db, desk
from hotline.knowledge import today
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.rights import SYSTEM
from tests.pages.conftest import Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]


def _walk(boss: Visitor, href: str) -> list[list[str]]:
    """The numbers of tickets on each page, from the first to the last."""
    pages = []
    while href:
        page = html.unescape(boss.get(href))
        pages.append(re.findall(r'href="/tickets/(\d+)[^"]*"', page))
        onward = re.findall(r'rel="next" href="([^"]*)"', page)
        href = onward[0] if onward else ""
    return pages


@pytest.mark.parametrize("asked", ["count=dispatched", "metric=closure_share&part=denominator", "day="])
def test_a_list_is_read_page_by_page_with_its_question_and_its_count(
    signed_in: SignIn, write: Write, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr("api.pages.behind.PAGE_SIZE", 1)
    numbers = [write(content=f"羊昌镇到新场镇的公路第{number}段坑很多").number for number in range(3)]
    with db.reading() as session:
        asked = asked.replace("day=", f"day={today(db.now(session))}")
    boss = signed_in("boss")
    pages = _walk(boss, f"/managers/tickets?{asked}&unit=district-wudang")
    assert [len(dict.fromkeys(page)) for page in pages] == [1, 1, 1]
    assert list(dict.fromkeys(number for page in pages for number in page)) == numbers
    assert "3 件</span>" in boss.page
    first = re.findall(r'href="([^"]*)">第一页<', html.unescape(boss.page))
    assert first == [f"/managers/tickets?{asked}&unit=district-wudang"]


def test_a_place_in_a_list_that_is_none_is_refused(signed_in: SignIn) -> None:
    signed_in("boss").get("/managers/tickets?count=dispatched&after=x", 422)


def test_of_who_is_to_stay_hidden_a_manager_reads_the_matter_and_no_title_in_any_list(
    signed_in: SignIn, write: Write
) -> None:
    number = write(title="羊昌镇公路坑多，我家门口最深", confidential=True).number
    boss, lists = signed_in("boss"), ("/managers/tickets?count=dispatched", f"/search?q={number}")
    for path in lists:
        page = boss.get(path)
        assert number in page
        assert "最深" not in page, path
        assert re.search(r"[^>\s]（举报或要求保密，不显示内容）", page), path
    with db.reading() as session:
        now = today(db.now(session))
    api = [
        boss.client.get(f"/api/v1/{path}").get_json()["items"][0]["title"]
        for path in ("tickets", f"reports/counts/dispatched/tickets?from={now}&to={now}")
    ]
    assert all(title.endswith("（举报或要求保密，不显示内容）") for title in api)
    assert "最深" in signed_in("dispatcher").get(lists[0]), "the hotline's people know who wrote"
    assert "最深" in signed_in("wudang").get("/unit"), "who is to act reads what is to be done"


@pytest.mark.parametrize(
    "path", ["units", "clocks", "sources", "sources?by=matter", "sources?by=kind", "satisfaction", ""]
)
def test_a_list_leads_back_to_the_page_that_it_was_opened_from(signed_in: SignIn, write: Write, path: str) -> None:
    number = write().number
    done = {"result": "已修", "public_reply": "您好，已修补。"}
    for action, fields in ((Action.ACCEPT, {}), (Action.RESOLVE, done), (Action.REVIEW, {"passed": True})):
        with db.transaction() as session:
            desk.perform(session, number, SYSTEM, action, fields)
    with db.transaction() as session:
        desk.perform(session, number, SYSTEM, Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 5})
    boss, origin = signed_in("boss"), f"/managers/{path}".rstrip("/")
    page = html.unescape(boss.get(f"{origin}{'&' if '?' in origin else '?'}source=web"))
    opened = re.findall(r'href="(/managers/tickets\?[^"]*)"', page)
    assert opened
    for href in opened[:3]:
        [back] = re.findall(r'<p class="back"><a href="([^"]*)"', html.unescape(boss.get(href)))
        asked = dict(parse_qsl(urlsplit(back).query))
        assert urlsplit(back).path == urlsplit(origin).path, href
        assert asked["source"] == "web"
        assert asked.get("by") == dict(parse_qsl(urlsplit(origin).query)).get("by")


def test_a_list_leads_back_to_none_but_the_houses_own_pages(signed_in: SignIn) -> None:
    page = html.unescape(signed_in("boss").get("/managers/tickets?count=closed&at=//example.org/"))
    assert re.findall(r'<p class="back"><a href="(/managers)\?', page)


def test_an_export_leads_back_to_the_list_that_it_takes_out(signed_in: SignIn, write: Write) -> None:
    write()
    boss, href = signed_in("boss"), "/managers/tickets?count=dispatched&at=units"
    form = html.unescape(boss.get(re.findall(r'href="(/managers/export[^"]*)"', html.unescape(boss.get(href)))[0]))
    assert f'href="{href}"' in form


def test_a_page_names_its_fields_and_not_those_of_the_api(signed_in: SignIn) -> None:
    boss, days = signed_in("boss"), "from=2026-02-01&to=2026-01-01"
    export = "/managers/export?what=groups&by=unit"
    boss.get(export)
    for page in (
        boss.send(export, {"format": "csv", "reason": ""}, 422),
        boss.get(f"/managers?{days}", 422),
        boss.get(f"/managers/tickets?count=closed&{days}", 422),
    ):
        assert "请写明导出理由，" in page or "起始日期2026-02-01 晚于截止日期2026-01-01" in page
        assert not re.search(r"[\u4e00-\u9fff]\([a-z_]+\)", page)
    told = boss.client.get("/api/v1/reports/rates?from=2099-01-01&to=2099-01-02").get_json()
    assert "起始日期(from)" in str(told), "a program is told the name that it sends"
