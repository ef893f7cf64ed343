"""The forms as people fill them in: at the desk, and the public one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline import db, desk
from hotline.knowledge import today
from hotline.lifecycle import Action
from hotline.models import Citizen, Ticket
from hotline.rights import SYSTEM
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
TASK = {
    "meeting": "市政府第 32 次常务会议",
    "item": "常〔2026〕32-5",
    "content": "羊昌镇至新场镇公路的坑洼路段在汛期前修补完毕。",
    "due_date": "",
    "contact": "督查室 85990000",
    "unit": "district-wudang",
    "assisting": "市交通局",
}
REQUEST = {
    "applicant": "citizen",
    "name": "周小禾",
    "phone": "13800001234",
    "content": "羊昌镇至新场镇公路养护合同及验收报告",
    "delivery": "electronic",
}
MOTION = {
    "type": "cppcc",
    "session": "十四届四次会议",
    "number": "第 0217 号",
    "proposers": "张一、李二",
    "content": "关于完善老旧小区加装电梯补贴办法的建议。",
}
DONE = {"result": "已修补", "public_reply": "路面已修补完毕。"}


def tickets() -> list[Ticket]:
    with db.reading() as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


def in_days(days: int) -> str:
    with db.reading() as session:
        return (today(db.now(session)) + timedelta(days=days)).isoformat()


def enter(visitor: Visitor, form: str, fields: dict[str, str], status: int = 200) -> str:
    page = visitor.get(f"/entries/{form}")
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key
    return visitor.send(f"/entries/{form}", {**fields, "form_key": key[1]}, status)


def test_a_task_with_its_unit_is_on_its_way_and_shows_meeting_item_and_set_date(signed_in: SignIn) -> None:
    due = in_days(40)
    page = enter(signed_in("dispatcher"), "assignment", {**TASK, "due_date": due})
    (ticket,) = tickets()
    assert "已录入" in page
    assert "已转办" in page
    assert (ticket.kind, ticket.status, ticket.unit) == ("assignment", "dispatched", "district-wudang")
    assert ticket.assisting == ["dept-transport"]
    year, month, day = (int(part) for part in due.split("-"))
    for words in (TASK["meeting"], TASK["item"], TASK["contact"], f"{year}年{month}月{day}日 24:00", "交办"):
        assert words in page
    assert "来电人" not in page, "nobody called"
    assert TASK["meeting"] in signed_in("wudang").get(f"/unit/{ticket.number}")


def test_a_task_without_a_unit_waits_for_a_dispatcher_whose_form_offers_its_own_kind_alone(signed_in: SignIn) -> None:
    page = enter(signed_in("agent"), "assignment", {**TASK, "unit": "", "assisting": ""})
    (ticket,) = tickets()
    assert ticket.status == "received"
    assert "等派单员转办" in page
    assert '<option value="assignment" selected>交办</option>' in page
    assert '<option value="complaint"' not in page
    assert "系统建议" in page


def test_the_end_of_a_task_is_called_by_its_name(signed_in: SignIn) -> None:
    dispatcher = signed_in("dispatcher")
    enter(dispatcher, "assignment", TASK)
    number = tickets()[0].number
    for action, fields in ((Action.ACCEPT, {}), (Action.RESOLVE, DONE), (Action.REVIEW, {"passed": True})):
        with db.transaction() as session:
            desk.perform(session, number, SYSTEM, action, fields)
    page = dispatcher.get(f"/tickets/{number}")
    assert "销号" not in page
    page = dispatcher.send(f"/tickets/{number}", {"act": "close", "version": str(tickets()[0].version)})
    assert tickets()[0].status == "closed"
    assert "销号" in page


def test_a_motion_names_its_proposers_and_is_theirs_who_handed_it_in(signed_in: SignIn) -> None:
    page = enter(signed_in("dispatcher"), "motion", MOTION)
    assert tickets()[0].source == "cppcc"
    for words in ("张一、李二", "政协提案", "第 0217 号", "建议提案"):
        assert words in page


def test_a_request_taken_at_the_window_gives_the_page_to_hand_out(signed_in: SignIn) -> None:
    page = enter(signed_in("agent"), "information-request", REQUEST)
    (ticket,) = tickets()
    assert ticket.source == "window"
    assert ticket.number in page
    assert re.search(r"<dd>\w{4}-\w{4}-\w{5}</dd>", page), "the applicant's code"


def test_the_public_asks_for_information_and_follows_it_like_any_citizen(visitor: Visitor, signed_in: SignIn) -> None:
    assert 'href="/information-request"' in visitor.get("/")
    assert "20 个工作日" in visitor.get("/information-request")
    page = visitor.send("/information-request", {**REQUEST, "form_key": "k" * 32})
    assert "已收到您的信息公开申请" in page
    code = re.search(r"<dd>(\w{4}-\w{4}-\w{5})</dd>", page)
    assert code
    (ticket,) = tickets()
    assert (ticket.kind, ticket.source, ticket.details) == (
        "information_request",
        "web",
        {"applicant": "citizen", "delivery": "electronic"},
    )
    page = visitor.send("/status", {"code": code[1], "phone_tail": "1234"})
    assert ticket.number in page
    desk_page = signed_in("agent").get(f"/tickets/{ticket.number}")
    assert "申请人" in desk_page
    assert "13800001234" not in desk_page
    with db.reading() as session:
        assert session.get_one(Citizen, ticket.id).phone is not None


def test_the_same_form_sent_twice_is_one_ticket_dispatched_once(signed_in: SignIn) -> None:
    dispatcher = signed_in("dispatcher")
    dispatcher.get("/entries/assignment")
    for _ in range(2):
        dispatcher.send("/entries/assignment", {**TASK, "form_key": "k" * 32})
    (ticket,) = tickets()
    assert ticket.dispatches == 1
    page = dispatcher.send("/entries/assignment", {**TASK, "item": "另一项", "form_key": "k" * 32}, 409)
    assert "另一条内容" in page
    assert "另一项" in page, "what was filled in is still there"


def test_every_mistake_is_said_at_once_in_its_place_and_what_was_filled_in_stays(signed_in: SignIn) -> None:
    wrong = {"meeting": "", "due_date": "2020-01-01", "assisting": "无此单位", "content": HOSTILE}
    page = enter(signed_in("dispatcher"), "assignment", {**TASK, **wrong}, 422)
    assert "请改正下面 3 处" in page
    for words in ("请填写：会议名称", "交办期限", "没有叫“无此单位”的单位"):
        assert words in page
    assert 'href="#meeting"' in page
    assert 'value="无此单位"' in page
    assert seen_as_text(page)
    assert not tickets()


def test_the_publics_mistakes_are_said_in_their_place(visitor: Visitor) -> None:
    visitor.get("/information-request")
    page = visitor.send("/information-request", {"phone": "123", "id_number": "不知道"}, 422)
    for words in ("请选择：申请人", "请填写：所需信息", "请选择：提供方式", "11 位", "8 至 18 位"):
        assert words in page
    assert not tickets()


@pytest.mark.parametrize("form", ["assignment", "information-request", "motion"])
def test_only_the_hotlines_people_open_and_send_the_desks_forms(signed_in: SignIn, visitor: Visitor, form: str) -> None:
    for login, status in (("wudang", 403), ("boss", 403), ("auditor", 403), ("agent", 200), ("dispatcher", 200)):
        signed_in(login).get(f"/entries/{form}", status)
    unit = signed_in("wudang")
    unit.get("/unit")
    unit.send(f"/entries/{form}", TASK, 403)
    assert "登录" in visitor.get(f"/entries/{form}")
    signed_in("agent").get("/entries/complaint", 404)


def test_the_desks_navigation_leads_to_the_forms(signed_in: SignIn) -> None:
    assert 'href="/entries"' in signed_in("agent").get("/desk")
    assert 'href="/entries"' not in signed_in("wudang").get("/unit")
    assert "交办事项" in signed_in("agent").get("/entries")


def test_writing_from_one_address_without_end_is_stopped(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_INTAKE_LIMIT", "2 per hour")
    db.forget()
    visitor.get("/information-request")
    for _ in range(2):
        visitor.send("/information-request", {}, 422)
    visitor.send("/information-request", {}, 429)
