"""The acts that came later, on the pages: who asks with a file, who decides, who is told, and what each may not."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from api.pages.forms import FORMS
from hotline import db, desk, queries
from hotline.desk.acts import ACTS
from hotline.lifecycle import MOVES, Action
from hotline.models import Ticket
from hotline.rights import PERMISSIONS, SYSTEM
from tests.pages.conftest import HOSTILE, PEOPLE, Visitor, seen_as_text

SignIn = Callable[[str], Visitor]
Write = Callable[..., Ticket]
PDF = b"%PDF-1.7\n%%EOF\n"


def _ticket(number: str) -> Ticket:
    with db.reading() as session:
        return queries.find_ticket(session, number, SYSTEM)


def _perform(number: str, action: Action, **fields: object) -> None:
    with db.transaction() as session:
        desk.perform(session, number, SYSTEM, action, fields)


def _send(visitor: Visitor, number: str, act: str, status: int = 200, **fields: object) -> str:
    visitor.get(f"/tickets/{number}")
    return visitor.send(f"/tickets/{number}", {"act": act, "version": str(_ticket(number).version), **fields}, status)


def _pdf(content: bytes = PDF) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), f"管线迁改协议{HOSTILE}.exe"


@pytest.fixture
def accepted(write: Write) -> str:
    number = write().number
    _perform(number, Action.ACCEPT)
    return number


def test_every_act_has_its_form() -> None:
    assert FORMS.keys() == ACTS.keys()


def test_a_suspension_is_asked_with_a_file_decided_on_it_and_told_to_everybody(
    signed_in: SignIn, accepted: str
) -> None:
    unit, dispatcher = signed_in("wudang"), signed_in("dispatcher")
    page = unit.get(f"/unit/{accepted}")
    assert 'enctype="multipart/form-data"' in page
    _send(unit, accepted, "suspend", days="5", text="等待管线迁改", evidence=_pdf())
    assert accepted in dispatcher.get("/desk?queue=pending")
    page = dispatcher.get(f"/tickets/{accepted}")
    assert "等待管线迁改" in page
    assert "5 个工作日" in page
    href = re.search(r'href="(/api/v1/tickets/\d+/attachments/\d+)"', page)
    assert href
    file = dispatcher.client.get(href[1])
    assert (file.status_code, file.data) == (200, PDF)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert seen_as_text(page) or HOSTILE not in page
    page = _send(dispatcher, accepted, "decide_suspension", approved="yes", text="同意")
    assert re.search(r"已挂账，最迟 \d+年\d+月\d+日.{0,5} 24:00 恢复办理", page)
    assert accepted in unit.get("/unit?queue=suspended")
    assert accepted not in unit.get("/unit?queue=todo")
    page = unit.get(f"/unit/{accepted}")
    assert 'value="resume"' in page
    assert 'value="resolve"' not in page
    assert "同意挂账" in page
    _send(unit, accepted, "resume", text="协议签了")
    assert _ticket(accepted).status == "accepted"
    assert "申请挂账" not in unit.get(f"/unit/{accepted}").split("办理过程")[0], "once is all that the policy allows"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"evidence": None}, "请上传挂账的证明材料"),
        ({"evidence": b"MZ\x90\x00 not a document"}, "只收 PDF、图片"),
        ({"evidence": b""}, "文件是空的"),
        ({"evidence": b"%PDF-" + b"x" * 2000}, "文件超过 1 KB"),
        ({"days": "99"}, "您填了 99"),
        ({"days": ""}, "请填写：挂账几个工作日"),
        ({"text": " "}, "请填写挂账理由"),
    ],
)
def test_a_suspension_that_lacks_something_says_what_and_keeps_no_file(
    signed_in: SignIn,
    accepted: str,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, object],
    words: str,
) -> None:
    monkeypatch.setenv("HOTLINE_ATTACHMENT_BYTES", "1024")
    db.forget()
    fields: dict[str, object] = {"days": "5", "text": "等待管线迁改", "evidence": PDF, **changes}
    content = fields.pop("evidence")
    if isinstance(content, bytes):
        fields["evidence"] = _pdf(content)
    unit = signed_in("wudang")
    page = _send(unit, accepted, "suspend", 422, **fields)
    assert words in page
    assert 'id="act-suspend" open' in page
    with db.reading() as session:
        assert queries.find_ticket(session, accepted, SYSTEM).pending is None
    assert unit.client.get(f"/api/v1/tickets/{accepted}/attachments").json == []


def test_a_supervision_stands_in_red_until_the_unit_has_reported(signed_in: SignIn, accepted: str) -> None:
    boss, unit = signed_in("boss"), signed_in("wudang")
    assert "请填写督办要求" in _send(boss, accepted, "supervise", 422, text=" ")
    page = _send(boss, accepted, "supervise", text="三日内修好", days="2")
    assert re.search(r'is-breached"><b class="deadline-words">督办中，\d+年\d+月\d+日.{0,5} 24:00 前反馈', page)
    assert accepted in unit.get("/unit?queue=supervised")
    _send(unit, accepted, "feedback", text="已备料，后天进场")
    page = boss.get(f"/tickets/{accepted}")
    assert "督办中" not in page
    assert "已备料，后天进场" in page
    assert accepted not in unit.get("/unit?queue=supervised")


def test_an_assisting_unit_finds_its_part_reports_once_and_leads_nothing(signed_in: SignIn, write: Write) -> None:
    number = write(hold=True).number
    _perform(number, Action.DISPATCH, unit="district-wudang", assisting=["district-gaoxin"])
    helper, lead = signed_in("gaoxin"), signed_in("wudang")
    assert number in helper.get("/unit?queue=assist")
    assert number not in helper.get("/unit")
    page = helper.get(f"/unit/{number}")
    assert re.findall(r'name="act" value="(\w+)"', page) == ["assist", "contact"]
    assert "还没有反馈" in page
    _send(helper, number, "assist", text="边界路段已清理")
    assert number in helper.get("/unit?queue=done")
    assert "已反馈" in lead.get(f"/unit/{number}")
    assert "本单位的协办已经反馈过了" in _send(helper, number, "assist", 409, text="再来一次")
    assert "只有协办单位可以" in _send(lead, number, "assist", 403, text="我来反馈")


def test_a_ticket_is_kept_out_of_the_assessment_by_a_manager_alone(signed_in: SignIn, accepted: str) -> None:
    unit, boss, dispatcher = (signed_in(who) for who in ("wudang", "boss", "dispatcher"))
    assert "没有单位在等" in boss.get("/exclusions") or "一件也没有" in boss.get("/exclusions")
    _send(unit, accepted, "exclude", text="反映的是上级规划，本区无权决定", evidence=_pdf())
    dispatcher.get("/exclusions", 403)
    assert "您的角色不能" in _send(dispatcher, accepted, "decide_exclusion", 403, approved="yes", text="同意")
    assert accepted in boss.get("/exclusions")
    page = boss.get(f"/tickets/{accepted}")
    assert "反映的是上级规划" in page
    assert "等管理者审批" in page
    assert "请填写审批意见" in _send(boss, accepted, "decide_exclusion", 422, approved="yes", text="")
    page = _send(boss, accepted, "decide_exclusion", approved="yes", text="属实")
    assert "<b>不计入考核</b>" in page
    assert accepted not in boss.get("/exclusions")
    assert "审批过了" in _send(unit, accepted, "exclude", 409, text="再申请")


def test_a_wrong_merge_is_undone_and_the_agent_urges_once_a_day(signed_in: SignIn, write: Write) -> None:
    child, parent = write(hold=True).number, write().number
    dispatcher, agent = signed_in("dispatcher"), signed_in("agent")
    _send(dispatcher, child, "merge", into=parent)
    page = _send(dispatcher, child, "unmerge", text="不是同一条路")
    assert "不是同一条路" in page
    assert _ticket(child).status == "received"
    page = _send(agent, parent, "urge", text="来电人又打来")
    assert re.search("市民催办 1 次，最近一次", page)
    assert 'value="urge"' not in page
    assert "今天已经催办过了" in _send(agent, parent, "urge", 409)


FIELDS: dict[str, dict[str, str]] = {
    "answer": {"public_reply": "好"},
    "reject": {"reason": "litigation"},
    "dispatch": {"unit": "district-gaoxin", "kind": "help", "urgency": "normal"},
    "decide_return": {"approved": "yes"},
    "extend": {"days": "3", "text": "等料"},
    "decide_extension": {"approved": "yes"},
    "suspend": {"days": "3", "text": "等迁改"},
    "decide_suspension": {"approved": "yes"},
    "decide_exclusion": {"approved": "yes", "text": "属实"},
    "resolve": {"result": "已修", "public_reply": "已修好。"},
    "review": {"passed": "yes"},
    "follow_up": {"answered": "no"},
    "merge": {"into": "20200101999999"},
}
"""A form that is right in itself for each act; what is not here has a text alone."""


@pytest.mark.parametrize("login", ["agent", "dispatcher", "follow", "boss", "wudang", "gaoxin"])
def test_each_role_is_told_in_words_what_it_may_not_do(signed_in: SignIn, accepted: str, login: str) -> None:
    visitor = signed_in(login)
    visitor.get("/search")
    roles, _ = PEOPLE[login]
    asks = {Action.DECIDE_RETURN, Action.DECIDE_EXTENSION, Action.DECIDE_SUSPENSION, Action.DECIDE_EXCLUSION}
    for action in ACTS:
        allowed = bool(set(roles) & PERMISSIONS[action])
        in_order = "accepted" in MOVES[action] and action not in {*asks, Action.FEEDBACK}
        if login != "gaoxin" and allowed and in_order and action != Action.ASSIST:
            assert f'name="act" value="{action}"' in visitor.get(f"/tickets/{accepted}"), (action, "has a form")
            continue
        fields = {"act": str(action), "version": "2", **FIELDS.get(action, {"text": "说明"})}
        if login == "gaoxin":
            visitor.send(f"/tickets/{accepted}", fields, status=404)
            continue
        page = visitor.send(f"/tickets/{accepted}", fields, status=403 if not allowed or action == "assist" else 409)
        said = re.search(r'<div class="error-summary".*?<li>(.*?)</li>', page, re.DOTALL)
        assert said, action
        words = "您的角色不能|只有协办单位可以" if not allowed or action == "assist" else "不能|没有待"
        assert re.search(words, said[1]), (action, said[1])
    assert _ticket(accepted).version == 2


def test_a_citizen_urges_once_a_day_and_reads_of_a_suspension_in_plain_words(
    visitor: Visitor, signed_in: SignIn, write: Write
) -> None:
    from hotline.desk.opening import query_code

    number = write().number
    visitor.get("/status")
    visitor.send("/status", {"code": query_code(_ticket(number)), "phone_tail": "1234"})
    assert "催一催" in visitor.page
    assert "已催办" in visitor.send("/progress/urge", {})
    assert "催一催" not in visitor.page
    assert "已为您催办" in visitor.page
    assert "今天已经催办过了" in visitor.send("/progress/urge", {}, status=409)
    unit = signed_in("wudang")
    _send(unit, number, "accept")
    _send(unit, number, "suspend", days="5", text="等待管线迁改", evidence=_pdf())
    page = visitor.get("/progress")
    assert "挂账" not in page
    _send(signed_in("dispatcher"), number, "decide_suspension", approved="yes")
    page = visitor.get("/progress")
    assert "<h1>暂缓办理</h1>" in page
    assert re.search(r"最迟 \d+年\d+月\d+日.{0,5} 24:00 恢复办理", page)
    assert "挂账" not in page


def test_days_that_are_left_are_counted_from_the_end_of_the_suspension(signed_in: SignIn, accepted: str) -> None:
    before = _ticket(accepted).due_at
    assert before
    unit = signed_in("wudang")
    _send(unit, accepted, "suspend", days="5", text="等待管线迁改", evidence=_pdf())
    _send(signed_in("dispatcher"), accepted, "decide_suspension", approved="yes")
    after = _ticket(accepted).due_at
    assert after
    assert after - before >= timedelta(days=5)
