"""The desks of the hotline and the units, without a script: what each role sees, does, and is refused."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from hotline import db, desk, queries, rounds, staff
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.rights import SYSTEM
from search.documents import Unavailable
from tests.pages.conftest import HOSTILE, PASSWORD, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
LONG = "路面坑洼积水，老人小孩走路都要摔跤。" * 110
ROADS = "乌当区羊昌镇到新场镇的公路坑很多"
CALL = "坐席：您好，12345。\n市民：我叫周小禾，羊昌镇到新场镇的公路坑很多，电话13800001234。"


def _ticket(number: str) -> Ticket:
    with db.reading() as session:
        return queries.find_ticket(session, number, SYSTEM)


def _perform(number: str, *acts: tuple[Action, dict[str, object]]) -> None:
    for action, fields in acts:
        with db.transaction() as session:
            desk.perform(session, number, SYSTEM, action, fields)


DISPATCH = (Action.DISPATCH, {"unit": "district-wudang"})
ACCEPT: tuple[Action, dict[str, object]] = (Action.ACCEPT, {})
RESOLVE = (Action.RESOLVE, {"result": "已修", "public_reply": "您好，已修补。"})


# Signing in


@pytest.mark.parametrize(
    ("login", "lands"),
    [("agent", "/desk"), ("follow", "/desk"), ("wudang", "/unit"), ("boss", "/managers")],
)
def test_everybody_lands_where_their_work_is(visitor: Visitor, login: str, lands: str) -> None:
    visitor.get("/login")
    data = {"csrf_token": visitor.token, "username": login, "password": PASSWORD}
    assert visitor.client.post("/login", data=data).location == lands


def test_a_session_begins_under_a_new_id_and_ends_at_sign_out(visitor: Visitor) -> None:
    visitor.get("/login")
    with visitor.client.session_transaction() as cookie:
        cookie["id"] = "planted"
    visitor.get("/login")
    visitor.send("/login", {"username": "agent", "password": PASSWORD})
    with visitor.client.session_transaction() as cookie:
        session_id = cookie["id"]
    assert session_id != "planted"
    visitor.send("/logout", {})
    assert visitor.client.get("/desk").location.startswith("/login")
    with db.reading() as session:
        assert staff.actor_of_session(session, session_id) == (None, False)


def test_unknown_and_known_names_get_the_same_page(visitor: Visitor) -> None:
    visitor.get("/login")
    pages = {
        re.sub(r'value="[^"]*"', "", visitor.send("/login", {"username": name, "password": "wrong"}, status=401))
        for name in ("agent", "nobody", "", "a" * 300, "nul\0")
    }
    pages.add(re.sub(r'value="[^"]*"', "", visitor.send("/login", {"username": "auditor", "password": PASSWORD}, 401)))
    assert len(pages) == 1, "and so does an administrator, for whom one factor is not enough"


@pytest.mark.parametrize(
    "asked", ["https://example.org", "//example.org", "/\\example.org", "/desk\n", "javascript:alert(1)", "desk"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(visitor: Visitor, asked: str) -> None:
    visitor.get("/login")
    data = {"csrf_token": visitor.token, "username": "agent", "password": PASSWORD, "next": asked}
    assert visitor.client.post("/login", data=data).location == "/desk"


def test_the_page_that_was_asked_for_follows_the_sign_in(visitor: Visitor) -> None:
    page = visitor.get("/desk?queue=all")
    assert "工作人员登录" in page
    following = html.unescape(re.findall(r'name="next" value="([^"]*)"', page)[0])
    visitor.token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
    data = {"csrf_token": visitor.token, "username": "agent", "password": PASSWORD, "next": following}
    assert visitor.client.post("/login", data=data).location == "/desk?queue=all"


def test_tries_at_the_password_are_limited(visitor: Visitor) -> None:
    visitor.get("/login")
    data = {"csrf_token": visitor.token, "username": "nobody", "password": "wrong"}
    assert [visitor.client.post("/login", data=data).status_code for _ in range(12)] == [401] * 10 + [429] * 2


# Who sees what


MATRIX = {
    "/desk": {"agent", "dispatcher", "follow"},
    "/unit": {"wudang", "gaoxin"},
    "/managers": {"boss", "dispatcher"},
    "/managers/tickets?metric=closure_rate": {"boss", "dispatcher"},
    "/managers/units": {"boss", "dispatcher"},
    "/managers/clocks": {"boss", "dispatcher"},
    "/managers/sources": {"boss", "dispatcher"},
    "/managers/satisfaction": {"boss", "dispatcher"},
    "/managers/export?what=groups&by=unit": {"boss"},
    "/search": {"agent", "dispatcher", "follow", "boss", "wudang", "gaoxin"},
}


@pytest.mark.parametrize("login", ["agent", "dispatcher", "follow", "boss", "wudang", "gaoxin", "auditor"])
def test_each_role_opens_its_own_pages_and_no_other(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    for path, allowed in MATRIX.items():
        page = visitor.get(path, 200 if login in allowed else 403)
        assert ("您没有权限看这一页" in page) == (login not in allowed)


def test_a_unit_finds_nothing_at_the_number_of_anothers_ticket(signed_in: SignIn, write: Write) -> None:
    number = write().number
    assert _ticket(number).unit == "district-wudang"
    stranger = signed_in("gaoxin")
    unknown = "20260101999999"
    stranger.get("/unit")
    for path in ("/unit/{}", "/tickets/{}/clocks"):
        pages = {stranger.get(path.format(each), 404).replace(each, "") for each in (number, unknown)}
        assert len(pages) == 1
    stranger.send(f"/tickets/{number}", {"act": "accept", "version": "1"}, status=404)
    stranger.send(f"/tickets/{number}/reveal", {"reason": "看看"}, status=404)
    assert _ticket(number).status == "dispatched"
    assert number not in stranger.get("/unit")


def test_a_unit_knows_nothing_of_a_confidential_person(signed_in: SignIn, write: Write) -> None:
    number = write(
        content=f"我叫欧阳锋芒，{ROADS}，我的电话是13912345678", confidential=True, name="欧阳锋芒", phone="13700007777"
    ).number
    unit = signed_in("wudang")
    page = unit.get(f"/unit/{number}")
    assert "不显示来电人信息" in page
    for secret in ("13912345678", "7777", "欧阳", f"/tickets/{number}/reveal"):
        assert secret not in page, secret
    unit.send(f"/tickets/{number}/reveal", {"reason": "想看"}, status=403)
    assert "137****7777" in signed_in("agent").get(f"/tickets/{number}")


def test_who_wrote_is_shown_for_a_reason_that_is_kept(signed_in: SignIn, write: Write) -> None:
    number = write().number
    agent = signed_in("agent")
    page = agent.get(f"/tickets/{number}")
    assert "13800001234" not in page
    assert "请填写查看理由" in agent.send(f"/tickets/{number}/reveal", {"reason": " "}, status=422)
    page = agent.send(f"/tickets/{number}/reveal", {"reason": "核对门牌号"})
    assert "13800001234" in page
    assert "核对门牌号" in page
    assert "查看联系方式" not in signed_in("wudang").get(f"/unit/{number}")


# Acts


def test_a_ticket_goes_through_all_desks_by_forms_alone(signed_in: SignIn, write: Write) -> None:
    number = write(hold=True).number
    agent, unit, dispatcher, follow = (signed_in(who) for who in ("agent", "wudang", "dispatcher", "follow"))

    def act(visitor: Visitor, name: str, **fields: str) -> None:
        page = visitor.get(f"/tickets/{number}")
        assert f'name="act" value="{name}"' in page, name
        visitor.send(f"/tickets/{number}", {"act": name, "version": str(_ticket(number).version), **fields})

    act(
        agent,
        "dispatch",
        unit="district-wudang",
        kind="complaint",
        urgency="normal",
        assisting="市公安局",
        place="乌当区",
    )
    assert (_ticket(number).unit, _ticket(number).kind) == ("district-wudang", "complaint")
    assert len(_ticket(number).assisting) == 1
    act(unit, "accept")
    act(unit, "contact", text="已电话联系")
    act(unit, "extend", days="5", text="连续降雨")
    act(dispatcher, "decide_extension", approved="yes", text="同意")
    act(unit, "resolve", result="已修补", public_reply="您好，路面已修补。")
    act(dispatcher, "review", passed="no", text="请写明日期")
    act(unit, "resolve", result="已修补", public_reply="您好，路面已于11月1日修补。")
    act(dispatcher, "review", passed="yes")
    act(follow, "follow_up", answered="no")
    act(follow, "follow_up", answered="yes", solved="no", satisfied="no", level="2", text="还有坑")
    act(follow, "reopen", text="还有坑")
    assert (_ticket(number).status, _ticket(number).cycle) == ("dispatched", 2)
    page = dispatcher.get(f"/tickets/{number}")
    for words in ("同意延期", "审核：退回再办", "回访：没有联系上", "连续降雨", "第 2 轮"):
        assert words in page, words


def test_what_is_missing_is_said_in_its_place_and_the_rest_is_kept(signed_in: SignIn, write: Write) -> None:
    number = write().number
    _perform(number, ACCEPT)
    unit = signed_in("wudang")
    unit.get(f"/unit/{number}")
    sent = {"act": "resolve", "version": "2", "result": f"查过了{HOSTILE}", "public_reply": " "}
    page = unit.send(f"/tickets/{number}", sent, status=422)
    assert 'href="#resolve-public_reply"' in page
    assert "请填写公开答复" in page
    assert seen_as_text(page)
    page = unit.send(f"/tickets/{number}", {"act": "extend", "version": "2", "days": "99", "text": "忙"}, status=422)
    assert "您填了 99" in page
    assert _ticket(number).status == "accepted"


def test_a_dispatch_to_what_does_not_exist_names_the_field(signed_in: SignIn, write: Write) -> None:
    number = write(hold=True).number
    agent = signed_in("agent")
    agent.get(f"/tickets/{number}")
    good = {"act": "dispatch", "version": "1", "unit": "district-wudang", "kind": "help", "urgency": "normal"}
    for wrong in ({"unit": "nowhere"}, {"unit": ""}, {"assisting": "天上人间局"}, {"place": "火星"}, {"kind": "joke"}):
        page = agent.send(f"/tickets/{number}", {**good, **wrong}, status=422)
        assert f'href="#dispatch-{next(iter(wrong))}"' in page
    assert _ticket(number).status == "received"


def test_who_comes_second_is_told_what_the_first_did_and_loses_nothing(signed_in: SignIn, write: Write) -> None:
    number = write().number
    _perform(number, ACCEPT)
    unit = signed_in("wudang")
    unit.get(f"/unit/{number}")
    _perform(number, (Action.CONTACT, {"text": "已联系"}))
    sent = {"act": "resolve", "version": "2", "result": "已修补", "public_reply": "您好，已修补，请查看。"}
    page = unit.send(f"/tickets/{number}", sent, status=409)
    assert "有人处理过这件工单" in page
    assert "先行联系</li>" in page
    assert "您好，已修补，请查看。" in page
    assert 'name="version" value="3"' in page
    unit.send(f"/tickets/{number}", {**sent, "version": "3"})
    assert _ticket(number).status == "resolved"


def test_an_act_out_of_order_or_without_the_right_is_refused_with_a_sentence(signed_in: SignIn, write: Write) -> None:
    number = write().number
    agent = signed_in("agent")
    agent.get(f"/tickets/{number}")
    assert "您的角色不能" in agent.send(f"/tickets/{number}", {"act": "review", "passed": "yes"}, status=403)
    assert "不能即时答复" in agent.send(f"/tickets/{number}", {"act": "answer", "public_reply": "好"}, status=409)
    for nonsense in ("", "open", "absorb", "drop table"):
        agent.send(f"/tickets/{number}", {"act": nonsense}, status=400)


def test_every_form_of_the_desks_is_refused_without_its_token(signed_in: SignIn, write: Write) -> None:
    number = write().number
    agent = signed_in("agent")
    for path in (f"/tickets/{number}", f"/tickets/{number}/reveal", "/desk/calls", "/logout"):
        assert agent.client.post(path, data={"act": "dispatch", "csrf_token": "guess"}).status_code == 400
    assert agent.client.get("/desk").status_code == 200


# Calls


def test_a_call_becomes_a_ticket_that_is_dispatched_as_the_agent_decided(signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    page = agent.send("/desk/calls", {"caller": "13800001234", "transcript": CALL})
    for words in ("乌当区人民政府", "责任依据", "<mark>周小禾</mark>", "没有找到类似的"):
        assert words in page, words
    call_id = re.findall(r'name="call_id" value="([^"]+)"', page)[0]
    form = {"caller": "13800001234", "transcript": CALL, "call_id": call_id, "content": ROADS, "title": "公路坑多"}
    form |= {"phone": "13800001234", "name": "周小禾", "kind": "complaint", "urgency": "normal"}
    page = agent.send(
        "/desk/calls", {**form, "act": "dispatch", "candidate": "dept-transport", "content": ""}, status=422
    )
    assert 'href="#content"' in page
    page = agent.send("/desk/calls", {**form, "act": "dispatch", "candidate": "dept-transport"})
    number = re.findall(r"编号 (\d{14})", page)[0]
    assert (_ticket(number).unit, _ticket(number).channel) == ("dept-transport", "phone")
    agent.send("/desk/calls", {**form, "act": "dispatch", "candidate": "dept-transport"})
    assert _ticket(number).dispatches == 1
    agent.get("/desk")
    assert number in agent.send("/desk/calls", {"caller": "13800001234", "transcript": CALL}), "the caller is known"


@pytest.mark.parametrize(("act", "status"), [("answer", "closed"), ("reject", "rejected"), ("open", "received")])
def test_a_call_may_be_answered_refused_or_left_to_a_dispatcher(signed_in: SignIn, act: str, status: str) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    form = {"transcript": CALL, "content": ROADS, "act": act, "candidate": "triage", "call_id": "c1"}
    if act != "open":
        agent.send("/desk/calls", form, status=422)
    page = agent.send("/desk/calls", {**form, "public_reply": "您好，周五修。", "reason": "repeat"})
    assert _ticket(re.findall(r"编号 (\d{14})", page)[0]).status == status


@pytest.mark.parametrize(
    "transcript", ["", "   ", "{", '{"sentences": []}', '{"what": 1}', "[1]", "坐席：您好\n坐席：再见"]
)
def test_a_transcript_that_cannot_be_read_is_kept_and_said_so(signed_in: SignIn, transcript: str) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    page = agent.send("/desk/calls", {"caller": "13800001234", "transcript": transcript}, status=422)
    assert 'href="#call-transcript"' in page
    assert "13800001234" in page


def test_a_callers_number_that_is_none_is_said_at_its_field(signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.get("/desk")
    assert 'href="#call-caller"' in agent.send("/desk/calls", {"caller": "12", "transcript": CALL}, status=422)


# Lists, search, figures


def test_queues_count_what_they_hold_nearest_deadline_first(signed_in: SignIn, write: Write) -> None:
    waiting = [write(content=f"想问问这件事该找谁办理呢 {number}", hold=True) for number in range(3)]
    resolved = write()
    _perform(resolved.number, ACCEPT, RESOLVE)
    agent = signed_in("agent")
    page = agent.get("/desk")
    assert '待受理 <span class="count">3</span>' in page
    assert '待审核 <span class="count">1</span>' in page
    assert [page.index(each.number) for each in waiting] == sorted(page.index(each.number) for each in waiting)
    assert resolved.number in agent.get("/desk?queue=resolved")
    assert "没有单位在等" in agent.get("/desk?queue=pending")
    assert "待受理" in agent.get("/desk?queue=nonsense&page=-1")


def test_a_long_queue_is_paged(signed_in: SignIn, write: Write) -> None:
    for number in range(32):
        write(content=f"羊昌镇到新场镇的公路第{number}段坑很多")
    agent = signed_in("agent")
    page = agent.get("/desk?queue=all")
    assert "第 1–30 件，共 32 件" in page
    assert agent.get("/desk?queue=all&page=2").count("data-row-link") == 2


def test_hostile_and_long_texts_are_text_on_every_page(signed_in: SignIn, write: Write) -> None:
    content = f"{ROADS}{HOSTILE}{LONG}"
    ticket = write(content=content, title=f"坑{HOSTILE}", name=f"阿{HOSTILE}", place=f"羊昌镇{HOSTILE}")
    _perform(ticket.number, DISPATCH, ACCEPT, (Action.CONTACT, {"text": HOSTILE}))
    rounds.relay_round()
    agent, unit = signed_in("agent"), signed_in("wudang")
    for visitor, path in (
        (agent, "/desk?queue=all"),
        (agent, f"/tickets/{ticket.number}"),
        (agent, f"/tickets/{ticket.number}/clocks"),
        (agent, "/search?q=公路坑"),
        (agent, f"/search?q={HOSTILE}"),
        (unit, "/unit"),
        (unit, f"/unit/{ticket.number}"),
        (signed_in("boss"), "/managers/tickets?metric=closure_share&part=denominator"),
    ):
        assert seen_as_text(visitor.get(path)), path
    page = agent.send("/desk/calls", {"caller": "", "transcript": f"市民：{ROADS}{HOSTILE}"})
    assert seen_as_text(page)
    assert seen_as_text(agent.send(f"/tickets/{ticket.number}/reveal", {"reason": HOSTILE}))


def test_search_finds_by_words_and_phone_and_keeps_to_the_readers_own(signed_in: SignIn, write: Write) -> None:
    number = write().number
    rounds.relay_round()
    agent = signed_in("agent")
    assert "<mark>公路</mark>" in agent.get("/search?q=公路&kind=&status=dispatched&unit=district-wudang")
    assert number in agent.get("/search?q=13800001234")
    assert number in signed_in("wudang").get("/search?q=公路")
    assert number not in signed_in("gaoxin").get("/search?q=公路")
    assert number not in signed_in("boss").get("/search?q=13800001234")
    assert "没有找到" in agent.get("/search?q=公路&kind=praise")
    assert "error-summary" in agent.get("/search?received_from=yesterday", 422)
    assert "error-summary" in agent.get("/search?after=nonsense", 422)


def test_search_that_is_down_says_so_and_the_desks_go_on(
    signed_in: SignIn, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("away")

    number = write(hold=True).number
    monkeypatch.setattr(type(rounds.index()), "search", away)
    agent = signed_in("agent")
    assert "检索暂时用不了" in agent.get("/search?q=公路", 503)
    assert number in agent.get("/desk")


def test_the_managers_figures_open_to_as_many_tickets_as_they_say(signed_in: SignIn, write: Write) -> None:
    for number in range(3):
        ticket = write(content=f"羊昌镇到新场镇的公路第{number}段坑很多")
        if number:
            _perform(ticket.number, ACCEPT, RESOLVE, (Action.REVIEW, {"passed": True}))
            _perform(ticket.number, (Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 5}))
    boss = signed_in("boss")
    page = boss.get("/managers")
    links = {
        html.unescape(href): int(number)
        for href, number in re.findall(r'href="(/managers/tickets[^"]*metric[^"]*)">(\d+)</a>', page)
    }
    assert any("closure_rate" in href for href in links)
    assert set(links.values()) == {1, 2, 3} or set(links.values()) == {2, 3}
    for href, count in links.items():
        assert f"{count} 件</span>" in boss.get(href), href
    assert "乌当区人民政府" in boss.get("/managers/units?unit=district-wudang&group=区县&sort=dispatched&order=up")


def test_the_same_figures_can_be_had_as_json(signed_in: SignIn, write: Write) -> None:
    write()
    boss = signed_in("boss")
    href = html.unescape(re.findall(r'href="(/api/v1/reports/rates[^"]*)"', boss.get("/managers"))[0])
    figures = boss.client.get(href).json["metrics"]
    assert {each["denominator"] for each in figures if each["metric"] == "closure_share"} == {1}


def test_the_managers_page_of_nothing_is_empty_and_not_nought(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    page = boss.get("/managers")
    assert page.count('<p class="rate-figure soft">空</p>') == 4
    assert "没有单位可比" in boss.get("/managers/units")
    assert "0.0 %" not in page
    assert "一件也没有" in boss.get("/managers/tickets?metric=closure_rate&part=numerator")


@pytest.mark.parametrize(
    "asked", ["from=2026-13-01", "from=2026-10-02&to=2026-10-01", "unit=nowhere", "from=2999-01-01", "from=<script>"]
)
def test_a_period_that_cannot_be_is_said_so_over_the_usual_one(signed_in: SignIn, asked: str) -> None:
    page = signed_in("boss").get(f"/managers?{asked}", 422)
    assert "error-summary" in page
    assert "近 30 天" in page


def test_a_list_behind_no_number_is_refused(signed_in: SignIn) -> None:
    boss = signed_in("boss")
    for asked in ("metric=nonsense", "metric=closure_rate&part=third", "level=nonsense", "day=nonsense", ""):
        boss.get(f"/managers/tickets?{asked}", 422)


def test_a_clock_shows_its_sum_on_paper(signed_in: SignIn, write: Write) -> None:
    page = signed_in("wudang").get(f"/tickets/{write().number}/clocks")
    for words in ("期限怎么算", "起算", "合计", "时限"):
        assert words in page, words


def test_a_reader_is_told_when_the_index_is_behind(
    signed_in: SignIn, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    agent = signed_in("agent")
    assert "没有进入索引" not in agent.get("/desk")
    monkeypatch.setattr("api.pages.frame.LAG_SECONDS", -1)
    assert "没有进入索引" in agent.get("/desk")
