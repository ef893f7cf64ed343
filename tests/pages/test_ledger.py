"""The ledger's pages: every number opens, everybody sees what is theirs, and the track tells whose time it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hotline import db, desk
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.rights import Actor
from tests.pages.conftest import HOSTILE, Visitor

WUDANG, GAOXIN, BAIYUN = "district-wudang", "district-gaoxin", "district-baiyun"
DISPATCHER = Actor("staff:9001", "派单员", frozenset({"dispatcher"}))
Write = Callable[..., Ticket]
SignIn = Callable[[str], Visitor]


def act(ticket: Ticket, action: str, unit: str | None = None, **fields: Any) -> None:
    who = Actor("staff:9", "某人", frozenset({"unit_handler"}), unit, frozenset({unit})) if unit else DISPATCHER
    with db.transaction() as session:
        desk.perform(session, ticket.number, who, Action(action), fields)


def disputed(write: Write) -> Ticket:
    ticket = write(hold=True)
    for unit in (WUDANG, GAOXIN):
        _dispatch(ticket, unit)
        act(ticket, "return", unit, text=f"不归{unit}管 {HOSTILE}")
        act(ticket, "decide_return", approved=True)
    return ticket


def _dispatch(ticket: Ticket, unit: str, text: str = "") -> None:
    with db.transaction() as session:
        desk.perform(session, ticket.number, DISPATCHER, Action.DISPATCH, {"unit": unit, "text": text})


def test_each_number_of_the_ledger_opens_to_as_many_tickets_as_it_says(write: Write, signed_in: SignIn) -> None:
    tickets = [write(hold=True) for _ in range(3)]
    for ticket in tickets[:2]:
        _dispatch(ticket, WUDANG)
    boss = signed_in("boss")
    links = re.findall(r'href="(/ledger/tickets[^"]+)"[^>]*>([\d,]+)<', boss.get("/ledger"))
    assert len(links) >= 3
    for href, count in links:
        assert f"{count} 件" in boss.get(href.replace("&amp;", "&"))


def test_the_columns_sort_by_their_address(write: Write, signed_in: SignIn) -> None:
    for unit in (WUDANG, WUDANG, GAOXIN):
        _dispatch(write(hold=True), unit)
    boss = signed_in("boss")
    down, up = (boss.get(f"/ledger?sort=open&order={order}") for order in ("down", "up"))
    assert 'aria-sort="descending"' in down
    assert (down.index("乌当区") < down.index("高新区")) != (up.index("乌当区") < up.index("高新区"))


def test_a_unit_sees_its_own_line_alone(write: Write, signed_in: SignIn) -> None:
    ticket = write(hold=True)
    _dispatch(ticket, WUDANG)
    mine, theirs = signed_in("wudang"), signed_in("gaoxin")
    assert "1 件" in mine.get("/ledger/tickets?number=open")
    assert "没有未结的工单" in theirs.get("/ledger")
    assert "没有单位" in theirs.get(f"/ledger?unit={WUDANG}", 422)
    assert "0 件" in theirs.get(f"/ledger/tickets?number=open&line={WUDANG}")


def test_the_dispute_ledger_shows_claims_and_the_decision_in_order(write: Write, signed_in: SignIn) -> None:
    ticket = disputed(write)
    boss = signed_in("boss")
    page = boss.get("/ledger/disputes")
    assert page.index(f"不归{WUDANG}管") < page.index(f"不归{GAOXIN}管") < page.index("等待热线裁定")
    assert HOSTILE not in page
    _dispatch(ticket, BAIYUN, "属白云区辖区")
    page = boss.get("/ledger/disputes?state=decided")
    assert "属白云区辖区" in page
    assert "裁定：由白云区" in page
    assert "没有争议" in boss.get("/ledger/disputes?state=open")


def test_a_party_to_a_dispute_reads_its_own_words_and_not_the_others(write: Write, signed_in: SignIn) -> None:
    ticket = disputed(write)
    page = signed_in("wudang").get("/ledger/disputes")
    assert ticket.number in page
    assert f"不归{WUDANG}管" in page
    assert f"不归{GAOXIN}管" not in page


def test_the_track_tells_whose_time_lay_between_two_events(write: Write, signed_in: SignIn) -> None:
    ticket = write(hold=True)
    _dispatch(ticket, WUDANG)
    act(ticket, "accept", WUDANG)
    page = signed_in("boss").get(f"/tickets/{ticket.number}/track")
    assert all(words in page for words in ("待签收", "热线", "合计", "第 1 号记录", "期限怎么算"))
    assert signed_in("gaoxin").get(f"/tickets/{ticket.number}/track", 404)


def test_where_time_went_names_its_base_and_refuses_a_year(write: Write, signed_in: SignIn) -> None:
    _dispatch(write(hold=True), WUDANG)
    boss = signed_in("boss")
    assert "共 <b>1</b> 件" in boss.get("/ledger/time")
    assert "92" in boss.get("/ledger/time?from=2025-01-01&to=2025-12-31", 422)
    assert "没有收到工单" in boss.get("/ledger/time?from=2025-01-01&to=2025-01-02")


def test_the_ledger_is_for_those_who_may_read_it(signed_in: SignIn) -> None:
    for path in ("/ledger", "/ledger/disputes", "/ledger/time", "/ledger/tickets?number=open"):
        signed_in("follow").get(path, 403)
        signed_in("dispatcher").get(path)
