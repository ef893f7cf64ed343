"""Repeats on the desk's pages: proposals with their buttons, floods as piles, the call that repeats another."""

from __future__ import annotations

from collections.abc import Callable

from hotline import db, rounds
from hotline.models import Likeness, Ticket
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

POTHOLES = "乌当区羊昌镇的公路上有很多坑，车子过不去，请派人修一修路面"
VAGUE = "你好，想反映一件事"

Sign = Callable[[str], Visitor]
Write = Callable[..., Ticket]


def _verdicts() -> list[str | None]:
    with db.reading() as session:
        return [row.verdict for row in session.query(Likeness)]


def _ticket(ticket: Ticket) -> Ticket:
    with db.reading() as session:
        return session.get_one(Ticket, ticket.id)


def _pair(write: Write, title: str = "") -> tuple[Ticket, Ticket]:
    first = write(POTHOLES, hold=True, title=title)
    second = write(POTHOLES + "，谢谢", hold=True, phone="13900000002")
    rounds.trace_round()
    return first, second


def test_a_ticket_shows_what_it_seems_to_repeat_and_a_person_joins_them(signed_in: Sign, write: Write) -> None:
    first, second = _pair(write)
    desk = signed_in("dispatcher")
    page = desk.get(f"/tickets/{second.number}")
    for words in ("建议并单", first.number, "待受理", "不是同一件", "并错了可以“拆单”"):
        assert words in page
    version = {"version": _ticket(second).version, "verdict": "joined"}
    page = desk.send(f"/tickets/{second.number}/likenesses/{first.number}", version)
    assert "已并单" in page
    assert _ticket(second).parent_id == first.id
    assert _verdicts() == ["joined"]


def test_told_apart_on_the_list_it_is_gone_there_and_stays_gone(signed_in: Sign, write: Write) -> None:
    first, second = _pair(write)
    desk = signed_in("dispatcher")
    assert "建议并单" in desk.get("/desk")
    fields = {"version": second.version, "verdict": "apart", "back": "desk"}
    page = desk.send(f"/tickets/{second.number}/likenesses/{first.number}", fields)
    assert "不是同一件，不再提示" in page
    assert "建议并单" not in page
    assert "不是同一件" in desk.get(f"/tickets/{second.number}")
    page = desk.send(f"/tickets/{second.number}/likenesses/{first.number}", fields)
    assert "没有办成" in page, "somebody who still has the old page is told"
    assert _verdicts() == ["apart"]


def test_who_may_not_join_sees_the_proposal_without_its_buttons(signed_in: Sign, write: Write) -> None:
    first, second = _pair(write)
    agent = signed_in("agent")
    page = agent.get(f"/tickets/{second.number}")
    assert "建议并单" in page
    assert f"/likenesses/{first.number}" not in page
    agent.send(f"/tickets/{second.number}/likenesses/{first.number}", {"verdict": "joined"}, status=403)


def test_what_is_no_verdict_is_refused_and_titles_are_text(signed_in: Sign, write: Write) -> None:
    first, second = _pair(write, title=f"路面坑洼 {HOSTILE}")
    desk = signed_in("dispatcher")
    assert seen_as_text(desk.get(f"/tickets/{second.number}"))
    assert seen_as_text(desk.get("/desk"))
    desk.send(f"/tickets/{second.number}/likenesses/{first.number}", {"verdict": "both"}, status=400)
    desk.send(f"/tickets/{second.number}/likenesses/20200101999999", {"verdict": "apart"}, status=404)


def test_the_same_person_again_is_to_be_told_how_it_stands(signed_in: Sign, write: Write) -> None:
    first, second = write(POTHOLES), write(POTHOLES + "，谢谢", hold=True)
    rounds.trace_round()
    page = signed_in("dispatcher").get(f"/tickets/{second.number}")
    assert "同一来件人又来反映这件事" in page
    assert "待签收" in page
    assert first.number in page


def test_on_the_phone_the_earlier_ticket_stands_on_the_call_at_once(signed_in: Sign, write: Write) -> None:
    first = write(POTHOLES)
    rounds.trace_round()
    agent = signed_in("agent")
    agent.get("/desk")
    words = f"坐席：您好。\n市民：{POTHOLES}，拜托了。"
    page = agent.send("/desk/calls", {"caller": "13800001234", "transcript": words})
    assert "同一来件人，可告知进展" in page
    assert first.number in page
    page = agent.send("/desk/calls", {"caller": "13900000009", "transcript": words})
    assert "内容相似" in page


def _flood(write: Write, count: int = 7) -> list[Ticket]:
    return [write(f"{VAGUE}，第 {number} 次", hold=True, phone="13900000007") for number in range(count)]


def test_a_flood_is_one_row_that_opens_to_its_tickets_and_the_count_is_of_tickets(
    signed_in: Sign, write: Write
) -> None:
    sent, alone = _flood(write), write(POTHOLES, hold=True)
    desk = signed_in("dispatcher")
    page = desk.get("/desk")
    assert page.count("同一来件人 7 件") == 1
    assert "其中 7 件成堆，收成了 1 行" in page
    assert '<span class="count">8</span>' in page
    assert page.count("data-row-link") == 2
    assert alone.number in page
    pile = desk.get(f"/desk/piles/{sent[3].number}")
    assert all(each.number in pile for each in sent)
    assert alone.number not in pile
    assert pile.count('type="checkbox"') == 6
    assert " checked" not in pile
    assert desk.get(f"/desk/piles/{sent[3].number}?all=1").count(" checked") == 6


def test_the_chosen_are_merged_into_the_first_and_the_rest_stay(signed_in: Sign, write: Write) -> None:
    sent = _flood(write)
    desk = signed_in("dispatcher")
    desk.get(f"/desk/piles/{sent[0].number}")
    page = desk.send(f"/desk/piles/{sent[0].number}", {"chosen": [each.number for each in sent[1:4]]})
    assert f"已把 3 件并入 {sent[0].number}" in page
    assert [_ticket(each).status for each in sent] == ["received", *["merged"] * 3, *["received"] * 3]


def test_a_merged_ticket_is_linked_once_and_not_again_as_the_callers_other_one(signed_in: Sign, write: Write) -> None:
    sent = _flood(write)
    desk = signed_in("dispatcher")
    desk.get(f"/desk/piles/{sent[0].number}")
    desk.send(f"/desk/piles/{sent[0].number}", {"chosen": [each.number for each in sent[1:]]})
    aside = desk.get(f"/tickets/{sent[0].number}").partition("<aside")[2]
    assert [aside.count(f'href="/tickets/{each.number}"') for each in sent[1:]] == [1] * len(sent[1:])


def test_nothing_chosen_is_said_in_its_place_and_a_pile_that_is_no_more_says_so(signed_in: Sign, write: Write) -> None:
    sent, alone = _flood(write), write(POTHOLES, hold=True)
    desk = signed_in("dispatcher")
    desk.get(f"/desk/piles/{sent[0].number}")
    assert "请先勾选" in desk.send(f"/desk/piles/{sent[0].number}", {}, status=422)
    assert "已不在成堆的来件里" in desk.get(f"/desk/piles/{alone.number}")
    desk.get("/desk/piles/20200101999999", status=404)
    agent = signed_in("agent")
    assert 'type="checkbox"' not in agent.get(f"/desk/piles/{sent[0].number}")
    agent.send(f"/desk/piles/{sent[0].number}", {"chosen": sent[1].number}, status=403)
