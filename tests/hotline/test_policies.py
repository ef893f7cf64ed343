"""Policy sets are drafted, checked, tried on the past and put in force; tickets keep what they came under."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hotline import db
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge, today
from hotline.models import Event
from hotline.rulemaking import policies, trying
from hotline.rulemaking.rights import digest
from hotline.seeds import HERE, read_json
from tests.hotline.city import REPLY, TRANSPORT, WUDANG, House, at
from tests.hotline.test_calendars import ADMINISTRATOR, MANAGER, say

GUANGDONG: dict[str, Any] = read_json(HERE / "policies" / "guangdong-2022.json")


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(GUANGDONG)
    change(document)
    return document


def shorter(document: dict[str, Any]) -> None:
    """One working day for everything that is to be resolved."""
    document["clocks"]["resolve"] = [{"mode": "working_days", "amount": 1, "basis": "试行"}]


def longer(document: dict[str, Any]) -> None:
    document["clocks"]["resolve"] = [{"mode": "working_days", "amount": 60, "basis": "试行"}]


def save(house: House, document: dict[str, Any], code: str = "guangdong-2022") -> int:
    with house.transaction() as session:
        return policies.save_draft(session, ADMINISTRATOR, code, document).version


def publish(house: House, day: date, code: str = "guangdong-2022") -> str:
    with house.transaction() as session:
        return policies.publish(session, ADMINISTRATOR, code, day).stamp


def trial(house: House, **more: Any) -> trying.Trial:
    with house.transaction() as session:
        row = policies.the_draft(session, "guangdong-2022")
        draft = policies.checked(knowledge(session), row.set_code, row.data)
        return trying.try_draft(session, draft, **more)


def difference(found: trying.Trial, clock: str) -> trying.Difference:
    return next(row for row in found.rows if row.clock == clock)


def test_a_draft_has_the_next_number_and_is_nobodys_rule(house: House) -> None:
    assert save(house, changed(shorter)) == 2
    assert save(house, changed(longer)) == 2, "there is one draft of a set"
    with db.reading() as session:
        assert sorted(knowledge(session).policies) == ["guangdong-2022@1", "jinan-2018@1", "sichuan-2025@1"]
        assert policies.find_version(session, "guangdong-2022").version == 1
    with house.transaction() as session:
        policies.discard(session, ADMINISTRATOR, "guangdong-2022")
    with db.reading() as session, pytest.raises(NotFound):
        policies.the_draft(session, "guangdong-2022")
    assert not house.faults()


def test_only_the_system_administrator_edits_policies(house: House) -> None:
    with house.transaction() as session, pytest.raises(Forbidden):
        policies.save_draft(session, MANAGER, "guangdong-2022", GUANGDONG)
    with house.transaction() as session, pytest.raises(Forbidden):
        policies.publish(session, MANAGER, "guangdong-2022", today(house.now))


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (lambda d: d["clocks"].pop("review"), "clocks.review", "没有写"),
        (lambda d: d["clocks"]["resolve"][0].update(mode="weeks"), "clocks.resolve[0].mode", "不认识"),
        (lambda d: d["clocks"]["resolve"][0].update(amount=0), "clocks.resolve[0].amount", "至少为 1"),
        (lambda d: d["clocks"]["resolve"][0].update(amount="5"), "clocks.resolve[0].amount", "类型不对"),
        (lambda d: d["clocks"]["resolve"].pop(0), "clocks.resolve", "缺少"),
        (lambda d: d["guards"].update(tea=1), "guards.tea", "删去"),
        (lambda d: d["ladders"]["default"].reverse(), "ladders.default", "先到的写在前面"),
        (lambda d: d.update(effective_from="soon"), "effective_from", "不是日期"),
        (lambda d: d.update(source=""), "source", "要写明"),
        (lambda d: d.update(code="other"), "code", "guangdong-2022"),
        (lambda d: d.update(applies_to=[{"unit": "nobody"}]), "applies_to[0].unit", "没有编码为“nobody”的单位"),
        (lambda d: d.update(applies_to=[{"matter": "99"}]), "applies_to[0].matter", "没有编码为“99”的事项"),
        (lambda d: d.update(applies_to=[{"source": "tv"}]), "applies_to[0].source", "没有编码为“tv”的来源"),
        (lambda d: d.update(applies_to=[{"mood": "bad"}]), "applies_to[0].mood", "不认识"),
        (lambda d: d.update(applies_to=[{}]), "applies_to[0]", "至少要写"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"])
def test_what_is_wrong_with_a_document_is_said_with_its_path(
    house: House, change: Callable[[dict[str, Any]], Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        save(house, changed(change))
    assert wrong.value.field == field
    assert words in wrong.value.message["zh"]


def test_two_sets_that_fit_one_ticket_equally_well_are_not_saved(house: House) -> None:
    one = changed(lambda d: d.update(code="health", name="卫生方案", applies_to=[{"unit": WUDANG, "kind": "help"}]))
    save(house, one, "health")
    publish(house, today(house.now), "health")
    other = changed(lambda d: d.update(code="roads", name="道路方案", applies_to=[{"kind": "help", "unit": WUDANG}]))
    with pytest.raises(InvalidInput) as wrong:
        save(house, other, "roads")
    said = wrong.value.message["zh"]
    assert wrong.value.field == "applies_to[0]"
    assert all(words in said for words in ("卫生方案", "health", "类型求助", "乌当区", "更具体"))
    other["applies_to"] = [{"kind": "help", "unit": WUDANG, "urgency": "urgent"}]
    save(house, other, "roads")


def test_from_its_day_on_new_tickets_come_under_it_and_old_ones_keep_theirs(house: House) -> None:
    old = house.accepted()
    save(house, changed(shorter))
    tomorrow = today(house.now) + timedelta(days=1)
    assert publish(house, tomorrow) == "guangdong-2022@2"
    assert house.accepted().policy == "guangdong-2022@1"
    house.wait(days=1)
    new = house.accepted()
    assert new.policy == "guangdong-2022@2"
    assert house.ticket(old.number).policy == "guangdong-2022@1"
    assert house.clocks(new, "resolve")[-1].allowance == "1 个工作日"
    with db.reading() as session:
        mine = select(Event).where(Event.subject == "policy:guangdong-2022", Event.action == "edit_rules")
        noted = session.scalars(mine).one()
        assert (noted.actor, noted.data["version"]) == (ADMINISTRATOR.id, 2)
        document = policies.find_version(session, "guangdong-2022", 2).data
        assert noted.data["sha256"] == digest(document)
    assert not house.faults()


def test_nothing_is_put_in_force_in_the_past_nor_before_a_later_version(house: House) -> None:
    save(house, changed(shorter))
    with pytest.raises(InvalidInput, match="今天"):
        publish(house, today(house.now) - timedelta(days=1))
    publish(house, today(house.now) + timedelta(days=30))
    save(house, changed(longer))
    with pytest.raises(OutOfOrder):
        publish(house, today(house.now))
    with house.transaction() as session, pytest.raises(NotFound):
        policies.publish(session, ADMINISTRATOR, "jinan-2018", today(house.now))


def test_a_trial_counts_each_clock_as_it_was_and_under_the_draft(house: House) -> None:
    house.now = at("2026-06-01 10:00")
    slow, quick = house.accepted(), house.accepted()
    house.act(quick, "resolve", None, **REPLY)
    house.wait(days=3)
    house.act(slow, "resolve", None, **REPLY)
    late = house.accepted()
    house.now = at("2026-07-20 10:00")
    save(house, changed(shorter))
    found = difference(trial(house), "resolve")
    assert (found.due, found.breached, found.drafted) == (3, 1, 2)
    assert (found.newly, found.no_longer) == ([slow.number], [])
    save(house, changed(longer))
    found = difference(trial(house), "resolve")
    assert (found.due, found.breached, found.drafted) == (3, 1, 0)
    assert (found.newly, found.no_longer) == ([], [late.number])


def test_a_trial_takes_only_what_came_in_those_days_and_would_come_under_the_draft(house: House) -> None:
    house.now = at("2026-06-01 10:00")
    house.accepted()
    house.wait(days=40)
    mine, other = house.accepted(WUDANG), house.accepted(TRANSPORT)
    house.wait(days=5)
    save(house, changed(shorter))
    assert trial(house, days=90).tickets == 3
    assert trial(house, days=30).tickets == 2
    assert (trial(house, most=1).tickets, trial(house, most=1).left) == (1, 2)
    own = {**changed(shorter), "code": "wudang", "applies_to": [{"unit": WUDANG}]}
    save(house, own, "wudang")
    with house.transaction() as session:
        row = policies.the_draft(session, "wudang")
        draft = policies.checked(knowledge(session), "wudang", row.data)
        found = trying.try_draft(session, draft, 30)
    assert found.tickets == 1
    assert difference(found, "resolve").newly == [mine.number]
    assert other.number not in difference(found, "resolve").newly


def test_a_trial_changes_nothing(house: House) -> None:
    ticket = house.accepted()
    before = [(row.name, row.due_at, row.policy) for row in house.clocks(ticket)]
    save(house, changed(shorter))
    trial(house)
    assert [(row.name, row.due_at, row.policy) for row in house.clocks(ticket)] == before
    assert not house.faults()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_policy_is_checked_drafted_tried_and_published_on_the_command_line(house: House, tmp_path: Path) -> None:
    file = tmp_path / "draft.json"
    file.write_text(json.dumps(changed(lambda d: d["guards"].update(tea=1))), "utf-8")
    assert "guards.tea：不认识" in say("policy", "check", str(file), code=1)
    file.write_text("{", "utf-8")
    assert "读不出 JSON" in say("policy", "draft", "guangdong-2022", str(file), code=1)
    file.write_text("[]", "utf-8")
    assert "JSON 对象" in say("policy", "check", str(file), code=1)
    file.write_text(json.dumps(changed(shorter)), "utf-8")
    assert "没有错误" in say("policy", "check", str(file))
    assert "guangdong-2022@2" in say("policy", "draft", "guangdong-2022", str(file))
    house.now = datetime.now(UTC) - timedelta(days=11)  # less than ten working days, and more than one
    late = house.accepted()
    found = json.loads(say("policy", "try", "guangdong-2022", "--json"))
    resolve = next(row for row in found["clocks"] if row["clock"] == "resolve")
    assert (resolve["due"], resolve["breached_under_draft"]) == (1, 1)
    assert late.number in say("policy", "try", "guangdong-2022")
    assert "2099-01-01 起收到的工单适用" in say("policy", "publish", "guangdong-2022", "--from", "2099-01-01")
    assert json.loads(say("policy", "show", "guangdong-2022@2"))["effective_from"] == "2099-01-01"
    assert json.loads(say("policy", "show", "guangdong-2022@1")) == GUANGDONG
    assert "guangdong-2022@2\t2099-01-01 起施行" in say("policy", "list")
    assert "没有办理时限方案" in say("policy", "show", "nobody", code=1)
    assert "不是版本号" in say("policy", "show", "guangdong-2022@x", code=1)
