"""The summary on the call's page and the ticket's: each line leads to its turn, and nobody sees more than they may."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from api.pages.summary import LONG, content_parts
from hotline import db, desk
from hotline.intake.inquiry import Inquiry
from hotline.intake.phone import inquiry_of_call
from hotline.models import Ticket
from hotline.rights import CITIZEN
from tests.pages.conftest import HOSTILE, Visitor

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
NOISE = (Path(__file__).parents[1] / "routing" / "calls" / "noise.txt").read_text("utf-8")
LINKS = re.compile(r'<dt>(.{2,3})</dt><dd>(.*?) <a href="#turn-(\d+)">(.*?)</a>')


def _open(inquiry: Inquiry) -> str:
    with db.transaction() as session:
        return desk.open_ticket(session, inquiry, CITIZEN, hold=True).ticket.number


def _lines(page: str) -> dict[str, tuple[str, int, str]]:
    return {label: (value, int(seq), words) for label, value, seq, words in LINKS.findall(page)}


def test_a_call_s_page_sums_a_long_call_up_and_each_line_leads_to_its_turn(signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    page = agent.send("/desk/calls", {"caller": "13800009999", "transcript": NOISE})
    lines = _lines(page)
    assert set(lines) == {"标题", "地点", "事项", "要求", "何时起", "回电"}
    assert lines["地点"][0].startswith("乌当区")
    assert lines["何时起"][2] == "从上个月二十号开始的"
    assert lines["要求"][2] == "我希望有关部门来管一下，晚上十点以后不准他们施工"
    assert lines["回电"] == ("欧阳女士 13800013992", 130, "第 130 句")
    assert all(f'id="turn-{seq}"' in page for _, seq, _ in lines.values())


def test_a_call_ticket_s_page_has_the_summary_with_the_number_masked(signed_in: SignIn) -> None:
    number = _open(inquiry_of_call("noise", "plain", "13800009999", None, NOISE))
    page = signed_in("agent").get(f"/tickets/{number}")
    lines = _lines(page)
    assert lines["回电"] == ("欧*** 138****3992", 130, "第 130 句")
    assert all(page.count(f'id="turn-{seq}"') == 1 for _, seq, _ in lines.values())


def test_who_may_not_know_the_caller_sees_no_number_in_summary_or_turns(signed_in: SignIn) -> None:
    said = "坐席：您好，12345。\n市民：我举报邻居违法建房，电话13800013992，我叫周小禾。"
    number = _open(inquiry_of_call("secret", "plain", "13800013992", None, said))
    page = signed_in("boss").get(f"/tickets/{number}")
    assert "13800013992" not in page
    assert "<dt>回电</dt>" not in page


def test_a_long_message_is_summed_up_by_its_sentences_and_a_short_one_is_not(signed_in: SignIn, write: Write) -> None:
    content = (
        "您好！\n"
        + "我家在乌当区新场镇。"
        + "隔壁工地晚上施工打桩，吵得睡不着。" * 12
        + "从十月三号开始的。希望尽快处理。"
    )
    assert len(content) > LONG
    agent = signed_in("agent")
    page = agent.get(f"/tickets/{write(content).number}")
    lines = _lines(page)
    assert lines["要求"][2] == "希望尽快处理"
    assert f'<span id="turn-{lines["要求"][1]}">希望尽快处理。</span>' in page
    assert "<h3>摘要</h3>" not in agent.get(f"/tickets/{write('新场镇的路灯坏了。').number}")


def test_hostile_words_stand_in_a_summary_as_text(signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    page = agent.send(
        "/desk/calls", {"transcript": f"坐席：您好。\n市民：新场镇工地晚上施工{HOSTILE}。希望{HOSTILE}。"}
    )
    assert HOSTILE not in page


def test_a_message_in_parts_is_the_whole_message() -> None:
    for text in ("", "\n", "一。二！\n\n三;  四", "。。。", "没有句号", "一。一。一。"):
        parts = content_parts(text)
        assert "".join(part for _, part in parts) == text
        assert [seq for seq, _ in parts if seq] == list(range(1, sum(bool(seq) for seq, _ in parts) + 1))
