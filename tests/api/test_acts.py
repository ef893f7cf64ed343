"""Every act over HTTP: by the right role, in order, on the version that was seen, with nothing smuggled in."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from api.resources.acts import SCHEMAS
from hotline.desk.acts import ACTS
from hotline.lifecycle import MOVES, Action
from hotline.rights import PERMISSIONS
from tests.hotline_fixtures import Web

POTHOLES = "从羊昌到新场镇的路上全是坑，下雨积水看不见，摩托车摔了好几次，请派人来修"
PERSON = {"phone": "13800138000", "name": "陆某某", "place": "乌当区羊昌镇"}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
VAGUE = "请问这个事情应该找谁"


def dispatched(web: Web, **fields: Any) -> str:
    opened = web.open(POTHOLES, **PERSON, **fields)
    assert opened["unit"]["code"] == "district-wudang"
    return str(opened["number"])


def accepted(web: Web) -> str:
    number = dispatched(web)
    web.act(number, "accept", "wudang")
    return number


def reviewed(web: Web) -> str:
    number = accepted(web)
    web.act(number, "resolve", "wudang", result="已补平", public_reply="坑洼路段已修补完毕。")
    assert web.act(number, "review", "dispatcher", passed=True)["status"] == "reviewed"
    return number


def upload(web: Web, number: str, who: str | None, content: bytes = PDF, name: str = "证明.pdf") -> Any:
    """The answer to a file that is sent for a ticket."""
    boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(content), name)})  # the client's own leaks a file
    path, kind = f"/api/v1/tickets/{number}/attachments", f"multipart/form-data; boundary={boundary}"
    return web.client.post(path, headers=web.headers(who), data=body, content_type=kind)


def suspended(web: Web, days: int = 5) -> str:
    number = accepted(web)
    evidence = [upload(web, number, "wudang").json["id"]]
    web.act(number, "suspend", "wudang", days=days, text="等待跨区管线迁改", evidence=evidence)
    assert web.act(number, "decide_suspension", "dispatcher", approved=True)["status"] == "suspended"
    return number


def waiting(web: Web) -> str:
    opened = web.open(VAGUE)
    assert opened["status"] == "received", opened
    return str(opened["number"])


def test_a_ticket_goes_from_the_message_to_the_satisfied_citizen(web: Web) -> None:
    number = accepted(web)
    web.act(number, "contact", "wudang", text="已电话联系")
    web.act(number, "extend", "wudang", days=3, text="等待沥青到货")
    assert web.act(number, "decide_extension", "dispatcher", approved=True)["pending"] is None
    web.act(number, "resolve", "wudang", result="已补平", public_reply="坑洼路段已修补完毕。")
    web.act(number, "review", "dispatcher", passed=False, text="请附照片")
    web.act(number, "resolve", "wudang", result="已补平，有照片", public_reply="坑洼路段已全部修补完毕。")
    web.act(number, "review", "dispatcher", passed=True)
    done = web.act(number, "follow_up", "follow_up", answered=True, solved=True, level=5)
    assert done["status"] == "closed"
    names = [event["action"] for event in web.get(f"tickets/{number}/events", "agent").json]
    assert names[:3] == ["open", "dispatch", "accept"]
    assert names[-2:] == ["follow_up", "close"]


def test_a_returned_ticket_goes_to_another_unit(web: Web) -> None:
    number = dispatched(web)
    assert web.act(number, "return", "wudang", text="不属我区", proposed_unit="district-gaoxin")["pending"] == "return"
    assert web.act(number, "decide_return", "dispatcher", approved=True)["status"] == "received"
    sent = web.act(number, "dispatch", "dispatcher", unit="district-gaoxin", assisting=["district-wudang"])
    assert sent["unit"]["code"] == "district-gaoxin"
    assert [unit["code"] for unit in sent["assisting"]] == ["district-wudang"]


def test_the_desk_answers_rejects_withdraws_and_merges(web: Web) -> None:
    assert web.act(waiting(web), "answer", "agent", public_reply="请到区政务中心办理。")["status"] == "closed"
    assert web.act(waiting(web), "reject", "agent", reason="litigation")["status"] == "rejected"
    assert web.act(waiting(web), "withdraw", "agent", text="来电人撤回")["status"] == "withdrawn"
    child, parent = waiting(web), dispatched(web)
    assert web.act(child, "merge", "dispatcher", into=parent)["status"] == "merged"


def test_an_unhappy_citizen_has_it_done_again_and_an_unreachable_one_closed(web: Web) -> None:
    number = reviewed(web)
    again = web.act(number, "reopen", "follow_up", text="没有修好")
    assert (again["status"], again["cycle"]) == ("dispatched", 2)
    number = reviewed(web)
    for _ in range(3):
        web.act(number, "follow_up", "follow_up", answered=False)
    assert web.act(number, "close", "follow_up")["status"] == "closed"


def test_every_act_has_a_path_and_a_schema() -> None:
    assert SCHEMAS.keys() == ACTS.keys()


def test_a_stale_version_is_refused_and_changes_nothing(web: Web) -> None:
    number = dispatched(web)
    seen = web.get(f"tickets/{number}", "wudang").headers["ETag"]
    assert seen == '"1"'
    first = web.post(f"tickets/{number}/accept", "wudang", **{"If-Match": seen})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    second = web.post(f"tickets/{number}/contact", "wudang", {"text": "已联系"}, **{"If-Match": seen})
    assert (second.status_code, second.json["type"]) == (409, "urn:hotline:stale_version")
    assert web.get(f"tickets/{number}", "wudang").headers["ETag"] == '"2"'
    assert web.get(f"tickets/{number}", "wudang", **{"If-None-Match": '"2"'}).status_code == 304
    bad = web.post(f"tickets/{number}/contact", "wudang", {"text": "已联系"}, **{"If-Match": "yesterday"})
    assert (bad.status_code, bad.json["errors"][0]["field"]) == (422, "If-Match")


def test_two_people_at_the_same_instant_are_one_act_and_one_refusal(web: Web) -> None:
    number = dispatched(web)

    def accept(_: int) -> int:
        return int(web.post(f"tickets/{number}/accept", "wudang", **{"If-Match": '"1"'}).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, range(2))) == [200, 409]


WRONG: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "a matter that does not exist": (
        "dispatch",
        "dispatcher",
        {"unit": "district-gaoxin", "matter": "99"},
        422,
        "matter",
    ),
    "a unit that does not exist": ("dispatch", "dispatcher", {"unit": "nowhere"}, 422, "unit"),
    "half a character as a unit": ("dispatch", "dispatcher", {"unit": "a\ud800b"}, 422, "unit"),
    "a place that does not exist": ("dispatch", "dispatcher", {"unit": "district-gaoxin", "place": "x"}, 422, "place"),
    "an urgency that is none": ("dispatch", "dispatcher", {"unit": "district-gaoxin", "urgency": "x"}, 422, "urgency"),
    "a flag that is a number": ("dispatch", "dispatcher", {"unit": "district-gaoxin", "complex": 1}, 422, "complex"),
    "no reason": ("return", "wudang", {"text": "  "}, 422, "text"),
    "a merge into itself's ghost": ("merge", "dispatcher", {"into": "nothing"}, 422, "into"),
    "a close before anything": ("close", "dispatcher", {}, 409, ""),
    "a review of nothing": ("review", "dispatcher", {"passed": True}, 409, ""),
    "a resolve before the accept": ("resolve", "wudang", {"result": "好", "public_reply": "好"}, 409, ""),
    "days in words": ("extend", "wudang", {"days": "three", "text": "x"}, 422, "days"),
    "no days": ("extend", "wudang", {"text": "x"}, 422, "days"),
    "an act by the wrong role": ("dispatch", "wudang", {"unit": "district-gaoxin"}, 403, ""),
    "an act by a manager": ("accept", "manager", {}, 403, ""),
}


@pytest.mark.parametrize("database", ["sqlite"])
def test_what_an_act_cannot_do_is_said_with_its_field(web: Web) -> None:
    number = dispatched(web)
    for case, (act, who, body, status, field) in WRONG.items():
        for language in ("zh", "en"):
            answer = web.post(f"tickets/{number}/{act}", who, body, **{"Accept-Language": language})
            assert answer.status_code == status, (case, answer.text)
            assert answer.content_type == "application/problem+json"
            assert not field or field in [error["field"] for error in answer.json["errors"]], case
            chinese = any("一" <= char <= "鿿" for char in answer.json["title"])
            assert chinese == (language == "zh"), case
    assert web.get(f"tickets/{number}", "wudang").headers["ETag"] == '"1"'


@pytest.mark.parametrize("database", ["sqlite"])
def test_no_act_takes_a_field_that_is_not_its_own(web: Web) -> None:
    number = dispatched(web)
    for action in SCHEMAS:
        for field, value in (("status", "closed"), ("due_at", "2099-01-01"), ("role", "manager"), ("version", 9)):
            who = next(who for who in ("wudang", "dispatcher", "manager", "follow_up") if may(who, action))
            answer = web.post(f"tickets/{number}/{action}", who, {field: value})
            assert answer.status_code == 422, (action, answer.text)
            assert field in [error["field"] for error in answer.json["errors"]]


def may(who: str, action: str) -> bool:
    """Whether the role of one of the house's people may do an act at all."""
    return {"wudang": "unit_handler"}.get(who, who) in PERMISSIONS[action]


BODIES: dict[str, dict[str, Any]] = {
    "answer": {"public_reply": "好"},
    "reject": {"reason": "litigation"},
    "dispatch": {"unit": "district-gaoxin"},
    "contact": {"text": "已联系"},
    "return": {"text": "不属本区"},
    "decide_return": {"approved": True},
    "extend": {"days": 3, "text": "等料"},
    "decide_extension": {"approved": True},
    "suspend": {"days": 3, "text": "等迁改", "evidence": [1]},
    "decide_suspension": {"approved": True},
    "assist": {"text": "已配合"},
    "supervise": {"text": "请说明"},
    "feedback": {"text": "已办"},
    "exclude": {"text": "不可抗力"},
    "decide_exclusion": {"approved": True, "text": "属实"},
    "resolve": {"result": "已修", "public_reply": "已修好。"},
    "review": {"passed": True},
    "follow_up": {"answered": False},
    "reopen": {"text": "没修好"},
    "merge": {"into": "20200101999999"},
    "unmerge": {"text": "不是一件事"},
}
"""A body that is right in itself for each act; what is not here needs none."""

STANDS = {"dispatched": dispatched, "accepted": accepted, "suspended": suspended, "reviewed": reviewed}


def refusal(status: str, act: str, who: str) -> int | None:
    """What the tables say to this act by this person on a ticket that 乌当区 leads and nobody assists; None: it may."""
    if not may(UNIT_ROLES.get(who, who), act):
        return 403
    if who == "gaoxin":
        return 404
    if act == "assist":
        return 403
    asks = {"decide_return", "decide_extension", "decide_suspension", "decide_exclusion", "feedback"}
    return 409 if status not in MOVES[Action(act)] or act in asks else None


UNIT_ROLES = {"wudang": "unit_handler", "wudang_reviewer": "unit_reviewer", "gaoxin": "unit_handler"}
EVERYBODY = (*UNIT_ROLES, "agent", "dispatcher", "follow_up", "manager", "intake", "system_admin", "audit_admin")


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("status", STANDS)
def test_every_act_by_every_role_is_refused_as_the_tables_say(web: Web, status: str) -> None:
    number = STANDS[status](web)
    before, tried = web.get(f"tickets/{number}", "dispatcher").json["version"], 0
    for act in SCHEMAS:
        for who in EVERYBODY:
            expected = refusal(status, act, who)
            if expected is None:
                continue
            answer = web.post(f"tickets/{number}/{act}", who, BODIES.get(act, {}))
            assert answer.status_code == expected, (act, who, answer.text)
            sentence = answer.json.get("detail", "")
            assert any("一" <= char <= "鿿" for char in sentence), (act, who, answer.text)
            tried += 1
    assert tried > 200
    assert web.get(f"tickets/{number}", "dispatcher").json["version"] == before


def test_a_suspension_stops_the_clocks_and_says_until_when(web: Web) -> None:
    number = accepted(web)
    due = web.get(f"tickets/{number}", "wudang").json["due_at"]
    evidence = [upload(web, number, "wudang").json["id"]]
    web.act(number, "suspend", "wudang", days=5, text="等迁改", evidence=evidence)
    told = web.act(number, "decide_suspension", "dispatcher", approved=True)
    assert told["due_at"] > due
    clocks = {each["clock"]: each for each in web.get(f"tickets/{number}/clocks", "wudang").json}
    assert clocks["suspend"]["due_at"] == told["suspended_until"]
    assert clocks["resolve"]["suspended"][0]["end"] == told["suspended_until"]
    again = web.act(number, "resume", "wudang", text="等到了")
    assert (again["status"], again["suspended_until"]) == ("accepted", None)


def test_an_assisting_unit_has_a_clock_of_its_own_and_reports_once(web: Web) -> None:
    number = dispatched(web)
    web.act(number, "dispatch", "dispatcher", unit="district-wudang", assisting=["district-gaoxin"])
    clocks = web.get(f"tickets/{number}/clocks", "gaoxin").json
    mine = [(each["clock"], each["state"]) for each in clocks if each["party"] == "district-gaoxin"]
    assert mine == [("assist", "running")]
    told = web.act(number, "assist", "gaoxin", text="边界路段已清理")
    assert [unit["code"] for unit in told["assisted"]] == ["district-gaoxin"]
    assert web.post(f"tickets/{number}/assist", "gaoxin", {"text": "再来"}).status_code == 409


def test_a_supervision_is_fed_back_and_an_exclusion_is_the_managers(web: Web) -> None:
    number = accepted(web)
    assert web.act(number, "supervise", "manager", text="请说明")["supervised"] is True
    assert web.act(number, "feedback", "wudang", text="明天完工")["supervised"] is False
    assert web.act(number, "exclude", "wudang", text="不可抗力")["excluded"] == "asked"
    assert web.act(number, "decide_exclusion", "manager", approved=False, text="证据不足")["excluded"] == "no"
    assert web.post(f"tickets/{number}/exclude", "wudang", {"text": "再申请"}).status_code == 409


def test_a_merge_is_undone(web: Web) -> None:
    child, parent = waiting(web), dispatched(web)
    web.act(child, "merge", "dispatcher", into=parent)
    assert web.act(child, "unmerge", "dispatcher", text="不是一件事")["status"] == "received"


def test_a_citizen_urges_once_a_day_from_outside(web: Web) -> None:
    from tests.api.test_public import code_of, seen

    number = dispatched(web)
    path = f"public/tickets/{code_of(web, number)}/urge"
    assert seen(web, number)["can_urge"] is True
    told = web.post(path, None, {"phone_tail": "8000", "text": "还没有人来"})
    assert (told.status_code, told.json["can_urge"]) == (200, False)
    assert told.json["timeline"][-1]["text"] == "已为您催办"
    again = web.post(path, None, {"phone_tail": "8000"})
    assert (again.status_code, "今天已经催办过了" in again.json["detail"]) == (409, True)
    assert web.post(path, None, {"phone_tail": "0000"}).status_code == 404
    assert web.post(path, None, {"phone_tail": "8000", "days": 1}).status_code == 422
    assert {each["clock"] for each in seen(web, number)["clocks"]} == {"dispatch", "accept", "contact", "resolve"}


def test_a_name_is_shown_in_full_for_a_reason_that_stays(web: Web) -> None:
    number = dispatched(web)
    masked = web.get(f"tickets/{number}", "wudang").json["citizen"]
    assert masked == {"name": "陆**", "phone": "138****8000"}
    assert web.post(f"tickets/{number}/unmask", "wudang", {"reason": " "}).status_code == 422
    shown = web.post(f"tickets/{number}/unmask", "wudang", {"reason": "约定上门时间"})
    assert shown.json == {"name": "陆某某", "phone": "13800138000"}
    event = web.get(f"tickets/{number}/events", "agent").json[-1]
    assert (event["action"], event["text"], event["by"]) == ("unmask", "约定上门时间", "乌当区人民政府")
    assert "unmask" not in [event["action"] for event in web.get(f"tickets/{number}/events", "wudang").json]


def test_a_unit_never_sees_a_confidential_citizen(web: Web) -> None:
    number = dispatched(web, confidential=True)
    seen = web.get(f"tickets/{number}", "wudang").json
    assert seen["citizen"] == {"name": "", "phone": ""}
    assert web.post(f"tickets/{number}/unmask", "wudang", {"reason": "想知道"}).status_code == 403
    assert web.post(f"tickets/{number}/unmask", "agent", {"reason": "回电"}).json["phone"] == "13800138000"
    web.act(number, "contact", "wudang", text="打 13800138000 无人接听")
    texts = [event["text"] for event in web.get(f"tickets/{number}/events", "wudang").json]
    assert not any("13800138000" in text for text in texts)


def test_history_names_offices_and_no_person(web: Web) -> None:
    number = reviewed(web)
    events = web.get(f"tickets/{number}/events", "wudang").json
    assert {event["by"] for event in events} <= {"热线", "系统", "来件系统", "来件人", "乌当区人民政府"}
    assert "某" not in "".join(event["by"] for event in events)
    assert not any("citizen" in event["data"] or "policy" in event["data"] for event in events)


def test_clocks_are_shown_with_their_sums_and_state(web: Web) -> None:
    clocks = web.get(f"tickets/{accepted(web)}/clocks", "wudang").json
    states = {clock["clock"]: clock["state"] for clock in clocks}
    assert states["accept"] == "kept"
    assert states["resolve"] == "running"
    assert all(clock["sum"] for clock in clocks)


def test_the_same_text_and_the_same_caller_are_found(web: Web) -> None:
    first = dispatched(web)
    other = web.open("新生儿医保多久之内要参保？", **PERSON)["number"]
    second = dispatched(web)
    found = {(each["number"], each["reason"]) for each in web.get(f"tickets/{second}/similar", "agent").json}
    assert found == {(first, "same_text"), (other, "same_caller")}, "each once, with its strongest reason"
    assert {each["reason"] for each in web.get(f"tickets/{second}/similar", "wudang").json} == {"same_text"}
