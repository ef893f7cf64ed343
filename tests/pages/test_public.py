"""The citizen's pages, without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from hotline import db, desk
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.progress import citizens_words
from hotline.rights import SYSTEM
from tests.pages.conftest import HOSTILE, Visitor, seen_as_text

GOOD = {
    "content": "乌当区羊昌镇到新场镇的公路坑很多，请修一修",
    "place": "羊昌镇到新场镇",
    "name": "周小禾",
    "phone": "13800001234",
    "form_key": "k" * 32,
}


def _count() -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def _write(visitor: Visitor, **changes: str) -> str:
    visitor.get("/")
    return visitor.send("/", {**GOOD, **changes})


def _code(page: str) -> str:
    found = re.search(r"<dd>(\w{4}-\w{4}-\w{5})</dd>", page)
    assert found, page
    return found[1]


def test_a_message_becomes_a_ticket_whose_code_is_shown_once_and_in_no_address(visitor: Visitor) -> None:
    visitor.get("/")
    answer = visitor.client.post("/", data={**GOOD, "csrf_token": visitor.token})
    assert (answer.status_code, answer.location) == (303, "/sent")
    page = visitor.get("/sent")
    assert "乌当区人民政府" in page
    assert "2 个工作小时" not in page, "it has been dispatched already, so nobody promises that"
    code = _code(page)
    assert code.replace("-", "") not in str(answer.headers)
    assert _code(visitor.get("/sent")) == code, "a page can be loaded again"


def test_the_same_form_sent_twice_is_one_ticket(visitor: Visitor) -> None:
    first, again = _write(visitor), _write(visitor)
    assert _code(first) == _code(again)
    assert "之前已经收到" in again
    assert _count() == 1


def test_a_form_changed_after_it_was_sent_is_told_so_and_may_be_sent_again(visitor: Visitor) -> None:
    _write(visitor)
    visitor.get("/")
    page = visitor.send("/", {**GOOD, "content": "另一件事情，路灯不亮"}, status=409)
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key
    assert key[1] != GOOD["form_key"]
    visitor.send("/", {**GOOD, "content": "另一件事情，路灯不亮", "form_key": key[1]})
    assert _count() == 2


def test_every_mistake_is_named_at_its_field_and_what_was_written_is_kept(visitor: Visitor) -> None:
    visitor.get("/")
    page = visitor.send("/", {**GOOD, "content": " ", "phone": "12345", "name": HOSTILE}, status=422)
    assert 'href="#content"' in page
    assert 'href="#phone"' in page
    assert "您填了 5 位" in page
    assert GOOD["place"] in page
    assert seen_as_text(page)
    assert _count() == 0


def test_a_form_without_a_phone_is_asked_for_one(visitor: Visitor) -> None:
    visitor.get("/")
    assert "请填写手机号" in visitor.send("/", {**GOOD, "phone": ""}, status=422)


def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    visitor.get("/")
    for path, fields in (("/", GOOD), ("/status", {"code": "x", "phone_tail": "1234"}), ("/progress/withdraw", {})):
        assert visitor.client.post(path, data=fields).status_code == 400
        assert visitor.client.post(path, data={**fields, "csrf_token": "guess"}).status_code == 400
    assert _count() == 0


def test_the_page_of_what_was_sent_is_nobody_elses(visitor: Visitor) -> None:
    assert visitor.client.get("/sent").location == "/"
    assert visitor.client.get("/progress").location == "/status"


def test_the_code_and_the_digits_open_the_progress_and_only_both_do(visitor: Visitor) -> None:
    code = _code(_write(visitor))
    page = visitor.get("/status")
    assert code in page, "the code of the page before is filled in"
    page = visitor.send("/status", {"code": code.lower().replace("-", " "), "phone_tail": "1234"})
    assert "待签收" in page
    assert "已转给乌当区人民政府" in page
    assert "与您联系" in page


def test_wrong_code_wrong_digits_and_no_such_ticket_are_the_same_page(visitor: Visitor) -> None:
    code = _code(_write(visitor))
    pages = set()
    for given, digits in ((code, "9999"), ("7K3M-9QXT-2HRB1", "1234"), ("20260101000001", "1234")):
        visitor.get("/status")
        page = visitor.send("/status", {"code": given, "phone_tail": digits}, status=404)
        pages.add(re.sub(r'value="[^"]*"', "", page))
    assert len(pages) == 1


@pytest.mark.parametrize(("code", "digits"), [("", "1234"), ("7K3M9QXT2HRB1", "12"), ("7K3M9QXT2HRB1", "一二三四")])
def test_a_query_that_lacks_something_says_what(visitor: Visitor, code: str, digits: str) -> None:
    visitor.get("/status")
    assert "error-summary" in visitor.send("/status", {"code": code, "phone_tail": digits}, status=422)


def test_wrong_digits_are_counted_per_code_and_then_refused(visitor: Visitor) -> None:
    code = _code(_write(visitor))
    visitor.get("/status")
    statuses = []
    for number in range(22):
        data = {"csrf_token": visitor.token, "code": code, "phone_tail": f"{number:04}"}
        client = {"REMOTE_ADDR": f"10.0.0.{number}"}
        statuses.append(visitor.client.post("/status", data=data, environ_base=client).status_code)
    assert statuses == [404] * 20 + [429] * 2


def test_a_citizen_takes_a_matter_back(visitor: Visitor) -> None:
    code = _code(_write(visitor))
    visitor.get("/status")
    visitor.send("/status", {"code": code, "phone_tail": "1234"})
    page = visitor.send("/progress/withdraw", {"reason": "已经修好了"})
    assert "已撤回" in page
    assert "撤回诉求" not in page
    assert "已撤回" in visitor.send("/progress/withdraw", {"reason": ""}, status=409)


def _resolved(number: str) -> None:
    for action, fields in (
        (Action.ACCEPT, {}),
        (Action.RESOLVE, {"result": "已修补", "public_reply": f"您好，路面已修补。{HOSTILE}"}),
        (Action.REVIEW, {"passed": True}),
    ):
        with db.transaction() as session:
            desk.perform(session, number, SYSTEM, action, fields)


def test_the_reply_is_shown_and_the_citizen_evaluates_it_once(visitor: Visitor) -> None:
    page = _write(visitor)
    number = re.search(r"<dd>(\d{14})</dd>", page)
    assert number
    _resolved(number[1])
    visitor.get("/status")
    page = visitor.send("/status", {"code": _code(_back(visitor)), "phone_tail": "1234"})
    assert "路面已修补" in page
    assert seen_as_text(page)
    assert "请选择评分" in visitor.send("/progress/evaluation", {"solved": "yes", "satisfied": "yes"}, status=422)
    said = {"solved": "yes", "satisfied": "yes", "level": "5", "comment": "谢谢"}
    page = visitor.send("/progress/evaluation", said)
    assert "已结案" in page
    assert "非常满意" in page
    assert "请您评价" not in page
    visitor.send("/progress/evaluation", said, status=409)


def _back(visitor: Visitor) -> str:
    page = visitor.get("/sent")
    visitor.get("/status")
    return page


def test_a_ticket_without_a_phone_opens_by_its_code_alone(visitor: Visitor, write: Callable[..., Ticket]) -> None:
    ticket = write(phone="")
    with db.reading() as session:
        code = desk.opening.query_code(session.get_one(Ticket, ticket.id))
    visitor.get("/status")
    assert ticket.number in visitor.send("/status", {"code": code, "phone_tail": "0000"})


def test_the_home_page_tells_the_citys_own_limits(visitor: Visitor) -> None:
    page = visitor.get("/")
    for words in ("2 个工作小时", "24 小时", "求助、建议", "10 个工作日", "投诉、举报 15 个工作日"):
        assert words in page, words


def test_what_is_no_page_is_told_kindly(visitor: Visitor) -> None:
    page = visitor.get("/nowhere", status=404)
    assert "没有这一页" in page
    assert "错误 404" in page


def test_a_citizen_of_no_account_sees_nothing_of_the_desks(visitor: Visitor) -> None:
    for path in ("/desk", "/unit", "/managers", "/search", "/tickets/20260101000001"):
        answer = visitor.client.get(path)
        assert answer.status_code in (302, 404), path
        assert answer.status_code == 404 or answer.location.startswith("/login"), path


def test_a_recount_is_told_only_where_a_promised_date_moved(visitor: Visitor) -> None:
    with db.reading() as session:
        know = knowledge(session)
    moved = ([], [{"clock": "review"}], [{"clock": "assist"}], [{"clock": "review"}, {"clock": "resolve"}])
    said = [citizens_words(know, Action.RECOMPUTE, {"calendar": "cn-2027+1", "moved": each}) for each in moved]
    assert said == ["", "", "", "办理期限按新公布的放假安排重新计算"]


def test_the_answers_date_stands_under_a_promise_that_is_due_before_it(visitor: Visitor) -> None:
    code = _code(_write(visitor))
    page = visitor.send("/status", {"code": code, "phone_tail": "1234"})
    assert "与您联系" in page
    assert re.search(r"答复期限：<b><time[^>]+>[^<]+24:00</time></b>", page)
