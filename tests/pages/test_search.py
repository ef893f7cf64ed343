"""The search page: facets as links, chips, saved searches, spellings; and what was replied before."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from hotline import rounds
from hotline.models import Ticket
from search.documents import Unavailable
from tests.pages.conftest import HOSTILE, Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
ROADS = "乌当区羊昌镇到新场镇的公路坑很多"


@pytest.fixture
def agent(signed_in: SignIn, write: Write) -> Visitor:
    """An agent, and two tickets in the index."""
    write(ROADS, phone="13800001234", name="某某")
    write("公积金提取一直没有到账，请帮忙查一查", phone="13900005678")
    rounds.relay_round()
    return signed_in("agent")


def links(page: str, words: str) -> list[str]:
    """The addresses of searches that are linked with these words."""
    found = re.findall(r'<a [^>]*href="(/search[^"]+)"[^>]*>([^<]*)', page)
    return [html.unescape(href) for href, said in found if words in said]


def test_each_facet_is_a_link_that_finds_what_it_counts_and_a_chip_takes_it_back(agent: Visitor) -> None:
    page = agent.get("/search?q=公路")
    assert "找到 1 件" in page
    [unit] = links(page, "乌当区")[:1]
    assert parse_qs(urlsplit(unit).query) == {"q": ["公路"], "unit": ["district-wudang"]}
    page = agent.get(unit)
    assert "找到 1 件" in page
    [back] = links(page, "承办单位：乌当区 ×")
    assert parse_qs(urlsplit(back).query) == {"q": ["公路"]}
    assert "没有找到" in agent.get("/search?q=公路&kind=praise")


def test_every_count_on_the_page_is_what_its_link_finds(agent: Visitor) -> None:
    page = agent.get("/search?q=")
    counted = re.findall(r'<li><a href="(/search[^"]+)">[^<]+</a> <span class="count">(\d+)</span>', page)
    assert len(counted) > 6
    for href, count in counted:
        assert f"找到 {count} 件" in agent.get(html.unescape(href)), href


def test_two_codes_of_one_facet_mean_either_and_codes_that_are_none_are_no_filter(agent: Visitor) -> None:
    assert "找到 2 件" in agent.get("/search?q=&source=web,phone")
    assert "找到 2 件" in agent.get("/search?q=&kind=nothing&unit=nowhere&sort=worst&overdue=maybe")


def test_days_are_asked_for_by_field_and_a_wrong_one_is_named(agent: Visitor) -> None:
    assert "没有找到" in agent.get("/search?q=公路&received_to=2020-01-01")
    assert "找到 1 件" in agent.get("/search?q=公路&due_from=2020-01-01&received_from=2024-06-01")
    for field in ("received_from", "due_to", "closed_from"):
        assert f'href="#{field}"' in agent.get(f"/search?q=x&{field}=yesterday", 422)
    assert "error-summary" in agent.get("/search?due_from=2026-02-01&due_to=2026-01-01", 422)


def test_a_phone_leads_on_without_its_digits(agent: Visitor) -> None:
    page = agent.get("/search?q=13800001234 公路")
    assert "找到 1 件" in page
    onward = [html.unescape(href) for href in re.findall(r'href="(/search\?[^"]+)"', page)]
    assert onward
    assert not any("1380000" in href for href in onward)
    assert all("caller" in parse_qs(urlsplit(href).query) for href in onward if "同一个来电号码" not in page)
    narrowed = agent.get(next(href for href in onward if "status=" in href and "caller=" in href))
    assert "找到 1 件" in narrowed
    assert "同一个来电号码 ×" in narrowed


def test_a_code_of_a_caller_is_nothing_to_a_unit(agent: Visitor, signed_in: SignIn) -> None:
    page = agent.get("/search?q=13800001234")
    caller = re.findall(r"caller=([0-9a-f]{64})", page)[0]
    assert "找到 1 件" in agent.get(f"/search?caller={caller}")
    assert "没有找到" in signed_in("gaoxin").get(f"/search?caller={caller}")


def test_another_spelling_and_a_units_sounds_are_offered_as_links(agent: Visitor) -> None:
    [right] = links(agent.get("/search?q=公积斤"), "公积金")[:1]
    assert "找到 1 件" in agent.get(right)
    [unit] = links(agent.get("/search?q=wdq"), "乌当区人民政府")
    assert "找到 1 件" in agent.get(unit)


def test_a_search_is_kept_renamed_gone_to_and_dropped(agent: Visitor, write: Write, signed_in: SignIn) -> None:
    agent.get("/search?q=公路&status=dispatched")
    page = agent.send("/search/saved", {"name": f"路 {HOSTILE}", "q": "公路", "status": "dispatched"})
    assert HOSTILE not in page
    assert "已保存" in page
    [address] = re.findall(r'href="(/search/saved/\d+)"', page)
    write(ROADS + "，又坏了")
    rounds.relay_round()
    assert "1 件新的" in agent.get("/search")
    assert "找到 2 件" in agent.get(address)
    assert "件新的" not in agent.get("/search")
    assert ">路面<" in agent.send(address, {"act": "rename", "name": "路面"})
    signed_in("boss").get(address, 404)
    assert address not in agent.send(address, {"act": "drop"})


def test_pages_of_hits_go_on_and_back(agent: Visitor, write: Write) -> None:
    for each in range(25):
        write(f"{ROADS}，第 {each} 处", hold=True)
    rounds.relay_round()
    page = agent.get("/search?q=公路&sort=due_at")
    [onward] = links(page, "下一页")
    page = agent.get(onward)
    assert "找到 26 件" in page
    [back] = links(page, "上一页")
    assert "after" not in back


def test_an_index_that_is_away_is_said_and_the_ticket_goes_on(
    agent: Visitor, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = write(ROADS).number

    def away(*_: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(type(rounds.index()), "search", away)
    assert "检索暂时用不了" in agent.get("/search?q=公路", 503)
    assert "检索暂时用不了" in agent.get(f"/tickets/{number}/before", 503)
    assert f'href="/tickets/{number}/before"' in agent.get(f"/tickets/{number}")


def test_what_was_replied_before_is_a_page_of_the_ticket(agent: Visitor, write: Write, signed_in: SignIn) -> None:
    number = write(ROADS).number
    assert "没有相近的答复" in agent.get(f"/tickets/{number}/before")
    unit = signed_in("wudang")
    assert "以前是怎么答的" in unit.get(f"/unit/{number}")
    assert "以前是怎么答的" in unit.get(f"/tickets/{number}/before")
    signed_in("gaoxin").get(f"/tickets/{number}/before", 404)
