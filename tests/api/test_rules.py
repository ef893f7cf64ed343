"""The rules over HTTP: read by who lives by them, edited by the system administrator alone."""

from __future__ import annotations

from datetime import timedelta

from hotline import db
from hotline.knowledge import today
from hotline.rulemaking.calendars import move_round
from hotline.seeds import HERE, read_json
from tests.api.test_acts import dispatched
from tests.hotline_fixtures import Web

SOURCE = "国务院办公厅关于2027年部分节假日安排的通知（测试）"
YEAR = {"year": 2027, "source": SOURCE, "holidays": {"2027-01-01": "元旦"}, "makeups": {"2027-01-09": "元旦"}}
GUANGDONG = read_json(HERE / "policies" / "guangdong-2022.json")
ADMINISTRATOR = "system_admin"


def test_a_year_is_drafted_looked_at_and_published(web: Web) -> None:
    assert web.get("rules/calendar/2027", "manager").json["provisional"] is True
    draft = web.post("rules/calendar/drafts", ADMINISTRATOR, YEAR)
    assert (draft.status_code, draft.json["version"], draft.json["edition"]) == (200, 1, None)
    moves = web.post("rules/calendar/moves", ADMINISTRATOR, {"year": 2027})
    assert moves.json == {"items": [], "left": 0}
    published = web.post("rules/calendar/publish", ADMINISTRATOR, {"year": 2027})
    assert published.json == {"published": "cn-2027+1"}
    year = web.get("rules/calendar/2027", "dispatcher").json
    assert (year["provisional"], year["source"], year["version"]) == (False, SOURCE, 1)
    assert year["holidays"] == {"2027-01-01": "元旦"}
    assert year["makeups"] == {"2027-01-09": "元旦调休上班"}
    assert web.get("rules/calendar/2027?edition=cn-2026", "manager").json["provisional"] is True
    listed = web.get("rules/calendar", "manager").json
    assert (listed["current"], listed["editions"]) == ("cn-2027+1", ["cn-2026", "cn-2027+1"])
    assert web.post("rules/calendar/publish", ADMINISTRATOR, {"year": 2027}).status_code == 404
    assert move_round() == 0


def test_a_units_own_hours_move_what_it_holds(web: Web) -> None:
    number = dispatched(web)
    body = {
        "unit": "district-wudang",
        "source": "区政府作息通知",
        "hours": [["00:00", "24:00"]],
        "weekdays": [1, 2, 3, 4, 5, 6, 7],
        "holidays": False,
    }
    assert web.post("rules/calendar/hours/drafts", ADMINISTRATOR, body).status_code == 200
    moves = web.post("rules/calendar/moves", ADMINISTRATOR, {"unit": "district-wudang"}).json["items"]
    assert {(move["number"], move["unit"]) for move in moves} == {(number, "district-wudang")}
    assert web.post("rules/calendar/publish", ADMINISTRATOR, {"unit": "district-wudang"}).status_code == 200
    assert move_round() == 1
    clocks = {move["clock"]: move["to"] for move in moves}
    ticket = web.get(f"tickets/{number}", "wudang").json
    assert ticket["due_at"] == clocks["resolve"]
    shown = web.get("rules/calendar/2026?unit=district-wudang", "manager").json
    assert (shown["hours"], shown["weekdays"]) == ([["00:00", "24:00"]], [1, 2, 3, 4, 5, 6, 7])


def test_what_is_wrong_comes_back_with_its_field(web: Web) -> None:
    def fields(path: str, body: object) -> list[str]:
        answer = web.post(path, ADMINISTRATOR, body)
        assert answer.status_code == 422, answer.text
        assert answer.content_type == "application/problem+json"
        return [error["field"] for error in answer.json["errors"]]

    assert fields("rules/calendar/drafts", {**YEAR, "holidays": {"2026-05-01": "劳动节"}}) == ["days"]
    assert fields("rules/calendar/drafts", {**YEAR, "year": 1900}) == ["year"]
    assert fields("rules/calendar/drafts", {**YEAR, "edition": 7}) == ["edition"]
    assert fields("rules/calendar/moves", {}) == ["year"]
    assert fields("rules/policies/guangdong-2022/drafts", {"document": {}}) == ["counting"]
    document = {**GUANGDONG, "applies_to": [{"unit": "nobody"}, {"source": "tv"}]}
    found = fields("rules/policies/guangdong-2022/drafts", {"document": document})
    assert found == ["applies_to[0].unit", "applies_to[1].source"]
    assert fields("rules/policies/guangdong-2022/drafts", {"document": {**GUANGDONG, "guards": {}}}) == [
        "guards.return_working_days"
    ]
    assert fields("rules/policies/guangdong-2022/publish", {"from": "2020-01-01"}) == ["from"]
    assert web.get("rules/calendar/10", "manager").status_code == 422
    assert web.get("rules/calendar/2026?unit=nobody", "manager").status_code == 404
    assert web.get("rules/policies/nobody", "manager").status_code == 404


def test_a_policy_is_drafted_tried_and_published(web: Web) -> None:
    number = dispatched(web)
    document = {**GUANGDONG, "clocks": {**GUANGDONG["clocks"], "contact": [{"mode": "natural_minutes", "amount": 1}]}}
    draft = web.post("rules/policies/guangdong-2022/drafts", ADMINISTRATOR, {"document": document})
    assert (draft.status_code, draft.json["version"], draft.json["published_at"]) == (200, 2, None)
    found = web.post("rules/policies/guangdong-2022/try", ADMINISTRATOR, {"days": 30}).json
    assert (found["tickets"], found["left"]) == (1, 0)
    assert number.isdigit()
    with db.reading() as session:
        tomorrow = today(db.now(session)) + timedelta(days=1)
    answer = web.post("rules/policies/guangdong-2022/publish", ADMINISTRATOR, {"from": str(tomorrow)})
    assert answer.json == {"published": "guangdong-2022@2"}
    shown = web.get("rules/policies/guangdong-2022", "manager").json
    assert (shown["version"], shown["effective_from"]) == (2, str(tomorrow))
    assert shown["document"]["clocks"]["contact"] == [{"mode": "natural_minutes", "amount": 1}]
    assert web.get("rules/policies/guangdong-2022?version=1", "manager").json["version"] == 1
    lines = web.get("rules/policies", "dispatcher").json["items"]
    assert [(line["code"], line["version"]) for line in lines][:2] == [("guangdong-2022", 2), ("guangdong-2022", 1)]


def test_no_limit_is_so_long_that_no_ticket_could_be_opened_under_it(web: Web) -> None:
    for part, clock, changes in (
        ("clocks", "dispatch", {"mode": "working_minutes", "amount": 99_999_999}),
        ("clocks", "resolve", {"mode": "months", "amount": 10**30}),
        ("ladders", "default", {"working_days": 20_000}),
    ):
        rows = [*GUANGDONG[part][clock][:-1], GUANGDONG[part][clock][-1] | changes]
        document = GUANGDONG | {part: GUANGDONG[part] | {clock: rows}}
        said = web.post("rules/policies/guangdong-2022/drafts", ADMINISTRATOR, {"document": document})
        assert (said.status_code, said.json["errors"][0]["field"].partition("[")[0]) == (422, f"{part}.{clock}")
    guards = GUANGDONG["guards"] | {"suspension_max_working_days": 99_999}
    said = web.post("rules/policies/guangdong-2022/drafts", ADMINISTRATOR, {"document": GUANGDONG | {"guards": guards}})
    assert said.json["errors"][0]["field"] == "guards.suspension_max_working_days"


def test_characters_that_no_database_keeps_are_refused_in_names_of_sets_and_in_documents(web: Web) -> None:
    for strange in ("a%00b", "%E2%91%A0", "-", "x" * 300):
        path = f"rules/policies/{strange}"
        assert web.get(path, "manager").status_code == 404
        assert web.post(f"{path}/drafts", ADMINISTRATOR, {"document": GUANGDONG}).status_code == 422
        assert web.post(f"{path}/try", ADMINISTRATOR).status_code == 404
        assert web.post(f"{path}/publish", ADMINISTRATOR, {"from": "2099-01-01"}).status_code == 404
    for strange in ("\ud800", "\0"):
        named = {"document": GUANGDONG | {"name": f"办法{strange}"}}
        assert web.post("rules/policies/guangdong-2022/drafts", ADMINISTRATOR, named).status_code == 422


def test_who_reads_the_rules_may_not_write_them(web: Web) -> None:
    for path, body in (
        ("rules/calendar/drafts", YEAR),
        ("rules/calendar/publish", {"year": 2027}),
        ("rules/policies/guangdong-2022/drafts", {"document": GUANGDONG}),
        ("rules/policies/guangdong-2022/publish", {"from": "2030-01-01"}),
    ):
        for who in ("manager", "dispatcher", "security_admin", "audit_admin", "wudang"):
            assert web.post(path, who, body).status_code == 403, (path, who)
