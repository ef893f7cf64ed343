"""Forms by the API: each a kind of ticket with a clock of its own, from the entry to the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hotline import db, rounds
from hotline.intake.forms import end_of
from hotline.knowledge import ZONE, knowledge, today
from hotline.models import Citizen, Ticket
from hotline.verification import snapshot, verify
from sla.calendar import Calendar
from tests.hotline_fixtures import Web

WUDANG = "district-wudang"
TASK = {
    "meeting": "市政府第 32 次常务会议",
    "item": "常〔2026〕32-5",
    "content": "羊昌镇至新场镇公路的坑洼路段在汛期前修补完毕。",
    "contact": "督查室 85990000",
}
REQUEST = {
    "applicant": "citizen",
    "name": "周小禾",
    "phone": "13800001234",
    "id_number": "52011219900101123X",
    "content": "羊昌镇至新场镇公路养护合同及验收报告",
    "delivery": "electronic",
    "purpose": "了解养护责任",
}
MOTION = {
    "type": "congress",
    "session": "十五届人大五次会议",
    "number": "第 0217 号",
    "proposers": ["张一", "李二"],
    "content": "关于完善老旧小区加装电梯补贴办法的建议。",
}
FORMS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "assignment": ("assignments", TASK),
    "information_request": ("information-requests", REQUEST),
    "motion": ("motions", MOTION),
}


def enter(web: Web, kind: str, who: str = "dispatcher", **changes: Any) -> dict[str, Any]:
    path, body = FORMS[kind]
    answer = web.post(f"intake/{path}", who, {**body, **changes})
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json
    return opened


def with_unit(web: Web, kind: str, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A ticket that a unit has, and its clock of the answer."""
    opened = enter(web, kind, **changes)
    if opened["status"] == "received":
        web.act(opened["number"], "dispatch", "dispatcher", unit=WUDANG)
    return opened, answers_clock(web, opened["number"])


def answers_clock(web: Web, number: str) -> dict[str, Any]:
    clocks: list[dict[str, Any]] = web.get(f"tickets/{number}/clocks", "dispatcher").json
    return next(clock for clock in clocks if clock["clock"] == "resolve")


def days_from_now(days: int) -> str:
    with db.reading() as session:
        return (today(db.now(session)) + timedelta(days=days)).isoformat()


def calendar() -> Calendar:
    with db.reading() as session:
        return knowledge(session).calendar


def test_an_assignment_with_its_unit_is_dispatched_at_once_by_who_entered_it_and_due_on_its_own_date(web: Web) -> None:
    due = days_from_now(45)
    opened, resolve = with_unit(web, "assignment", due_date=due, unit=WUDANG, assisting=["dept-transport"])
    assert (opened["kind"], opened["status"], opened["unit"]["code"]) == ("assignment", "dispatched", WUDANG)
    assert datetime.fromisoformat(resolve["due_at"]) == end_of(datetime.fromisoformat(due).date())
    assert any("来件自带期限" in line for line in resolve["sum"])
    ticket = web.get(f"tickets/{opened['number']}", "wudang").json
    assert ticket["kind_name"] == "交办"
    assert ticket["details"] == {name: TASK[name] for name in ("meeting", "item", "contact")} | {"due_date": due}
    assert [unit["code"] for unit in ticket["assisting"]] == ["dept-transport"]
    events = web.get(f"tickets/{opened['number']}/events", "dispatcher").json
    assert [each["by"] for each in events[:2]] == ["来件系统", "来件系统"], "who entered it, not the router"


def test_an_assignment_without_unit_or_date_waits_at_triage_and_has_the_policys_days(web: Web) -> None:
    opened = enter(web, "assignment", "intake")
    assert (opened["status"], opened["unit"]) == ("received", None)
    assert opened["suggested_unit"]["code"] == WUDANG, "the machine says what it thinks"
    assert not any("类别" in reason for reason in opened["reasons"])
    web.act(opened["number"], "dispatch", "dispatcher", unit=WUDANG)
    assert answers_clock(web, opened["number"])["allowance"] == "15 个工作日"


def test_an_information_request_has_twenty_working_days_from_its_dispatch(web: Web) -> None:
    _, resolve = with_unit(web, "information_request")
    assert resolve["allowance"] == "20 个工作日"
    started = datetime.fromisoformat(resolve["started_at"])
    assert datetime.fromisoformat(resolve["due_at"]) == calendar().after_working_days(started, 20).at
    assert "依申请公开" in resolve["sum"][0]
    assert "20" in resolve["sum"][0]


def test_a_motion_has_three_months(web: Web) -> None:
    opened, resolve = with_unit(web, "motion", unit=WUDANG)
    assert resolve["allowance"] == "3 个月"
    started = datetime.fromisoformat(resolve["started_at"])
    assert datetime.fromisoformat(resolve["due_at"]) == calendar().after_months(started, 3).at
    ticket = web.get(f"tickets/{opened['number']}", "dispatcher").json
    assert (ticket["source"], ticket["details"]["proposers"]) == ("congress", ["张一", "李二"])


def test_the_applicant_is_masked_and_in_no_details_and_sees_the_status_like_any_citizen(web: Web) -> None:
    opened = enter(web, "information_request", "agent")
    ticket = web.get(f"tickets/{opened['number']}", "agent").json
    assert ticket["details"] == {"applicant": "citizen", "delivery": "electronic"}
    assert ticket["citizen"] == {"name": "周**", "phone": "138****1234"}
    assert ticket["source"] == "window"
    assert "13800001234" not in json.dumps(ticket)
    status = web.get(f"public/tickets/{opened['query_code']}?phone_tail=1234")
    assert status.status_code == 200, status.text
    assert status.json["number"] == opened["number"]


def test_an_assignment_is_closed_after_its_review_with_nobody_to_survey(web: Web) -> None:
    number = enter(web, "assignment", unit=WUDANG)["number"]
    web.act(number, "accept", "wudang")
    web.act(number, "resolve", "wudang", result="已修补", public_reply="路面已修补完毕。")
    web.act(number, "review", "dispatcher", passed=True)
    assert web.act(number, "close", "dispatcher")["status"] == "closed"


@pytest.mark.parametrize("kind", FORMS)
def test_the_same_key_is_the_same_ticket_and_with_other_words_or_details_refused(web: Web, kind: str) -> None:
    path, body = FORMS[kind]
    key = {"Idempotency-Key": "once"}
    unit = {} if kind == "information_request" else {"unit": WUDANG}
    first, again = (web.post(f"intake/{path}", "dispatcher", {**body, **unit}, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["number"] == again.json["number"]
    assert first.json["status"] == again.json["status"], "it is dispatched once"
    assert web.get(f"tickets/{first.json['number']}", "dispatcher").json["dispatches"] == len(unit)
    other = {"motion": {"number": "第 1 号"}, "assignment": {"item": "1"}}.get(kind, {"delivery": "paper"})
    assert web.post(f"intake/{path}", "dispatcher", {**body, **unit, **other}, **key).status_code == 409


def test_a_unit_enters_no_form_and_a_machine_chooses_no_unit(web: Web) -> None:
    for path, body in FORMS.values():
        assert web.post(f"intake/{path}", "wudang", body).status_code == 403
        assert web.post(f"intake/{path}", None, body).status_code == 401
    refused = web.post("intake/assignments", "intake", {**TASK, "unit": WUDANG})
    assert refused.status_code == 403
    assert web.get("tickets", "dispatcher").json["items"] == [], "both or neither"


def test_what_is_wrong_is_said_in_chinese_under_its_field(web: Web) -> None:
    answer = web.post("intake/assignments", "dispatcher", {**TASK, "due_date": "2020-01-01", "meeting": " "})
    assert answer.status_code == 422
    said = {each["field"]: each["message"] for each in answer.json["errors"]}
    assert said.keys() == {"meeting", "due_date"}
    assert "会议名称" in said["meeting"]
    assert "交办期限" in said["due_date"]
    nobody = web.post("intake/motions", "dispatcher", {**MOTION, "unit": "dept-nowhere"})
    assert nobody.status_code == 422
    assert nobody.json["errors"][0]["field"] == "unit"
    missing = web.post("intake/motions", "dispatcher", {})
    assert {each["field"] for each in missing.json["errors"]} == {"type", "session", "number", "proposers", "content"}


def test_a_dispatcher_turns_no_complaint_into_an_assignment_nor_back(web: Web) -> None:
    complaint = web.open("你好，想反映一件事")["number"]
    refused = web.post(f"tickets/{complaint}/dispatch", "dispatcher", {"unit": WUDANG, "kind": "assignment"})
    assert refused.status_code == 422
    assert "不能改为交办" in refused.text
    task = enter(web, "assignment")["number"]
    assert web.post(f"tickets/{task}/dispatch", "dispatcher", {"unit": WUDANG, "kind": "help"}).status_code == 422
    assert web.act(task, "dispatch", "dispatcher", unit=WUDANG, kind="assignment")["kind"] == "assignment"


def test_forms_kinds_are_filtered_by_in_lists_search_and_reports(web: Web) -> None:
    number = enter(web, "motion")["number"]
    web.open("小区停水两天了")
    assert [each["number"] for each in web.get("tickets?kind=motion", "agent").json["items"]] == [number]
    rounds.relay_round()
    found = web.get("search?q=电梯&kind=motion,assignment", "agent").json["items"]
    assert [each["number"] for each in found] == [number]
    assert web.get("tickets?source=congress", "agent").json["items"][0]["number"] == number
    day = datetime.now(ZONE).date().isoformat()
    assert web.get(f"reports/rates?from={day}&to={day}&kind=motion", "manager").status_code == 200


def test_a_form_is_neither_urgent_nor_refused_nor_an_accusation_by_its_words(web: Web) -> None:
    text = "市医保局的科长收受红包的举报件，以及法院判决后的信访件，请督促依法办理；燃气泄漏隐患一并排查。"
    opened = enter(web, "assignment", content=text)
    assert (opened["kind"], opened["urgency"], opened["status"]) == ("assignment", "normal", "received")
    assert web.get(f"tickets/{opened['number']}", "dispatcher").json["confidential"] is False
    done = web.act(opened["number"], "dispatch", "dispatcher", unit="dept-medical-insurance")
    assert done["unit"]["code"] == "dept-medical-insurance"


def test_changed_details_are_found_by_the_proof(web: Web) -> None:
    number = enter(web, "assignment", unit=WUDANG)["number"]
    with snapshot() as session:
        assert verify(session).faults == []
    with db.transaction() as session:
        changed = update(Ticket).where(Ticket.number == number).values(details={**TASK, "item": "另一项"})
        session.execute(changed)
    with snapshot() as session:
        assert [fault.rpartition("citizen's ")[2] for fault in verify(session).faults] == ["details was changed"]


def test_an_identity_number_is_closed_in_the_citizens_row(web: Web) -> None:
    enter(web, "information_request")
    with db.reading() as session:
        citizen = session.query(Citizen).one()
    assert citizen.id_number is not None
    assert b"52011219900101123X" not in citizen.id_number
