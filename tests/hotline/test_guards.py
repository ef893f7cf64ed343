"""The guards of the life cycle that published rules ask for, each as a sentence, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from hotline import db
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.lifecycle import REJECT_REASONS
from hotline.models import Assist, Cycle, Evaluation, Reply, Ticket
from hotline.rights import CITIZEN, SYSTEM, Actor
from tests.hotline.city import (
    AGENT,
    BRIBE,
    CONTENT,
    DISCIPLINE,
    DISPATCHER,
    FOLLOW_UP,
    INSURANCE,
    REPLY,
    TRANSPORT,
    UNSOLVED,
    WATER,
    WUDANG,
    YANGCHANG,
    House,
    at,
)

SECOND = timedelta(seconds=1)


@contextmanager
def refused(words: str) -> Iterator[None]:
    """The act is refused, in Chinese and in English, for the reason named."""
    with pytest.raises(OutOfOrder, match=words) as refusal:
        yield
    assert re.search("[a-z]{3}", refusal.value.message["en"])


# Return


@pytest.mark.parametrize(("complex_", "last"), [(False, "2026-06-03 00:00"), (True, "2026-06-04 00:00")])
def test_a_unit_may_return_to_the_last_instant_of_one_working_day_or_two_for_a_complex_matter(
    house: House, complex_: bool, last: str
) -> None:
    ticket = house.dispatched(complex=complex_)
    house.now = at(last)
    assert house.act(ticket, "return", text="不属本区管辖").pending == "return"


@pytest.mark.parametrize(("complex_", "last"), [(False, "2026-06-03 00:00"), (True, "2026-06-04 00:00")])
def test_an_instant_later_the_unit_must_handle_it(house: House, complex_: bool, last: str) -> None:
    ticket = house.dispatched(complex=complex_)
    house.now = at(last) + SECOND
    with refused("已超过退单期限"):
        house.act(ticket, "return", text="不属本区管辖")


def test_a_return_needs_its_reason_and_may_propose_a_unit_that_exists(house: House) -> None:
    ticket = house.dispatched()
    with pytest.raises(InvalidInput, match="退单理由"):
        house.act(ticket, "return", text=" ")
    with pytest.raises(InvalidInput, match="nowhere"):
        house.act(ticket, "return", text="应由交通部门办理", proposed_unit="nowhere")
    house.act(ticket, "return", text="应由交通部门办理", proposed_unit=TRANSPORT)
    assert house.events(ticket)[-1].data["proposed_unit"] == TRANSPORT


def test_an_approved_return_leaves_nobody_holding_it_but_the_desk(house: House) -> None:
    ticket = house.act(house.dispatched(assisting=[TRANSPORT]), "return", text="不属本区管辖")
    back = house.act(ticket, "decide_return", approved=True)
    assert (back.status, back.unit, back.assisting) == ("received", None, [])
    with db.reading() as session:
        assert session.query(Assist).filter_by(ticket_id=ticket.id).count() == 0


def _handed_back(house: House, ticket: Ticket, unit: str, **fields: Any) -> Ticket:
    """Dispatched to the unit, returned by it, and the return approved."""
    ticket = house.act(ticket, "dispatch", unit=unit)
    ticket = house.act(ticket, "return", text="不归我们管", **fields)
    return house.act(ticket, "decide_return", approved=True)


def test_after_three_dispatches_the_hotline_designates_and_the_fourth_cannot_return(house: House) -> None:
    ticket = house.open()
    for _ in range(3):
        ticket = _handed_back(house, ticket, WUDANG)
        assert not ticket.designated
    ticket = house.act(ticket, "dispatch", unit=WUDANG)
    assert (ticket.dispatches, ticket.designated) == (4, True)
    with refused("由热线指定承办"):
        house.act(ticket, "return", text="不归我们管")


def test_what_two_units_have_handed_back_is_decided_by_the_hotline_with_a_reason(house: House) -> None:
    ticket = _handed_back(house, _handed_back(house, house.open(), WUDANG), TRANSPORT)
    with pytest.raises(InvalidInput, match="裁定理由"):
        house.act(ticket, "dispatch", unit=WATER)
    ticket = house.act(ticket, "dispatch", unit=WATER, text="供水管线施工所致，由供水企业承办")
    assert (ticket.dispatches, ticket.designated) == (3, True)
    assert house.events(ticket)[-1].data["disputed"]
    with refused("由热线指定承办"):
        house.act(ticket, "return", text="不归我们管")


def test_a_unit_that_names_one_which_has_handed_it_back_itself_disputes_the_matter(house: House) -> None:
    ticket = _handed_back(house, house.open(), WUDANG, proposed_unit=TRANSPORT)
    ticket = house.act(ticket, "dispatch", unit=TRANSPORT)
    assert not ticket.designated
    ticket = house.act(
        house.act(ticket, "return", text="不归我们管", proposed_unit=WUDANG), "decide_return", approved=True
    )
    assert house.act(ticket, "dispatch", unit=WUDANG, text="属地负责").designated


def test_a_dispatcher_may_designate_at_once(house: House) -> None:
    ticket = house.dispatched(designate=True)
    with refused("由热线指定承办"):
        house.act(ticket, "return", text="不归我们管")


# Extension


def test_an_extension_asked_at_the_very_deadline_is_in_time_and_an_instant_later_is_not(house: House) -> None:
    ticket, late = house.accepted(), house.accepted()
    house.now = house.due(ticket, "resolve")
    assert house.act(ticket, "extend", days=3, text="需要等配件").pending == "extend"
    house.now += SECOND
    with refused("已超过办结时限"):
        house.act(late, "extend", days=3, text="需要等配件")


def test_an_extension_is_granted_once(house: House) -> None:
    ticket = house.accepted()
    house.act(ticket, "extend", days=3, text="需要等配件")
    house.act(ticket, "decide_extension", approved=True)
    with refused("最多延期 1 次"):
        house.act(ticket, "extend", days=1, text="还要等")


def test_one_that_was_not_granted_does_not_count(house: House) -> None:
    ticket = house.accepted()
    house.act(ticket, "extend", days=3, text="需要等配件")
    house.act(ticket, "decide_extension", approved=False, text="理由不足")
    assert house.act(ticket, "extend", days=2, text="施工队排期").pending == "extend"


@pytest.mark.parametrize("days", [0, -1, 11])
def test_an_extension_is_of_one_to_ten_working_days(house: House, days: int) -> None:
    with pytest.raises(InvalidInput, match="1 至 10 个工作日"):
        house.act(house.accepted(), "extend", days=days, text="需要等配件")


def test_ten_days_are_the_most_and_the_deadline_moves_by_what_was_asked(house: House) -> None:
    ticket = house.accepted(kind="help")
    assert house.due(ticket, "resolve") == at("2026-06-16 00:00")
    house.act(ticket, "extend", days=10, text="需要等配件")
    moved = house.act(ticket, "decide_extension", approved=True)
    assert moved.due_at == house.due(ticket, "resolve") == at("2026-07-01 00:00"), "the Dragon Boat Friday is no day"


# Resolve, review, follow-up, close


def test_an_answer_needs_a_result_for_the_hotline_and_a_text_for_the_public(house: House) -> None:
    ticket = house.accepted()
    for missing in REPLY:
        with pytest.raises(InvalidInput) as wrong:
            house.act(ticket, "resolve", **(REPLY | {missing: "  "}))
        assert wrong.value.field == missing


def test_an_answer_at_the_very_deadline_is_in_time_and_an_instant_later_is_breached_at_the_deadline(
    house: House,
) -> None:
    ticket, late = house.accepted(), house.accepted()
    due = house.now = house.due(ticket, "resolve")
    house.act(ticket, "resolve", **REPLY)
    house.now += SECOND
    house.act(late, "resolve", **REPLY)
    [kept], [missed] = house.clocks(ticket, "resolve"), house.clocks(late, "resolve")
    assert kept.met_at == kept.due_at == due
    assert missed.met_at == missed.due_at + SECOND


def test_an_answer_that_does_not_pass_buys_no_time(house: House) -> None:
    ticket = house.resolved()
    due = house.due(ticket, "resolve")
    house.wait(days=1)
    back = house.act(ticket, "review", passed=False, text="没有回应诉求")
    running = house.clocks(ticket, "resolve")[-1]
    assert (back.status, back.unit) == ("accepted", WUDANG)
    assert (running.met_at, running.due_at, back.due_at) == (None, due, due)


def test_a_review_that_does_not_pass_says_why(house: House) -> None:
    with pytest.raises(InvalidInput, match="退回理由"):
        house.act(house.resolved(), "review", passed=False)


def test_each_answer_is_kept_with_its_own_verdict(house: House) -> None:
    ticket = house.act(house.resolved(), "review", passed=False, text="没有回应诉求")
    house.act(ticket, "resolve", **(REPLY | {"public_reply": "第二次答复。"}))
    house.act(ticket, "review", passed=True)
    with db.reading() as session:
        replies = session.query(Reply).filter_by(ticket_id=ticket.id).order_by(Reply.seq).all()
    assert [(reply.public_reply, reply.passed) for reply in replies] == [
        (REPLY["public_reply"], False),
        ("第二次答复。", True),
    ]


def test_closing_needs_an_evaluation_or_three_tries(house: House) -> None:
    ticket = house.reviewed()
    for _ in range(3):
        with refused("尚未回访"):
            house.act(ticket, "close")
        house.act(ticket, "follow_up", answered=False)
    assert house.act(ticket, "close").status == "closed"


def test_an_unhappy_evaluation_is_enough_to_close_and_does_not_close_by_itself(house: House) -> None:
    ticket = house.act(house.reviewed(), "follow_up", **UNSOLVED)
    assert (ticket.status, ticket.evaluated) == ("reviewed", True)
    assert house.act(ticket, "close").status == "closed"


def test_who_asked_for_no_reply_is_not_asked_either(house: House) -> None:
    ticket = house.act(house.open(no_reply=True), "dispatch", unit=WUDANG)
    for action, fields in (("accept", {}), ("resolve", REPLY), ("review", {"passed": True})):
        ticket = house.act(ticket, action, **fields)
    assert house.act(ticket, "close").status == "closed"


def test_solved_and_satisfied_closes_in_the_same_act(house: House) -> None:
    ticket = house.closed()
    assert [event.action for event in house.events(ticket)][-2:] == ["follow_up", "close"]
    assert ticket.version == 6


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"answered": True, "level": 5}, "solved"),
        ({"answered": True, "solved": True}, "level"),
        ({"answered": True, "solved": True, "level": 6}, "level"),
    ],
)
def test_an_opinion_is_whole_or_is_asked_for_again(house: House, said: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        house.act(house.reviewed(), "follow_up", **said)
    assert wrong.value.field == field


def test_the_citizen_evaluates_once(house: House) -> None:
    ticket = house.reviewed()
    house.act(ticket, "follow_up", by=CITIZEN, **UNSOLVED)
    with refused("您已经评价过了"):
        house.act(ticket, "follow_up", by=CITIZEN, **CONTENT)


# Reopening


def test_reopening_begins_a_cycle_of_its_own_and_leaves_the_old_verdict_standing(house: House) -> None:
    ticket = house.accepted()
    due = house.due(ticket, "resolve")
    house.now = due + SECOND
    for action, fields in (("resolve", REPLY), ("review", {"passed": True}), ("follow_up", UNSOLVED)):
        house.act(ticket, action, **fields)
    again = house.act(ticket, "reopen", text="坑还在")
    old, new = house.clocks(ticket, "resolve")
    assert (again.status, again.unit, again.cycle) == ("dispatched", WUDANG, 2)
    assert (old.cycle, old.due_at, old.met_at) == (1, due, due + SECOND)
    assert (new.cycle, new.met_at, again.due_at) == (2, None, new.due_at)
    with db.reading() as session:
        cycles = session.query(Cycle).filter_by(ticket_id=ticket.id).order_by(Cycle.number).all()
    assert [(cycle.number, cycle.outcome) for cycle in cycles] == [(1, "reopened"), (2, None)]


def test_reopening_a_closed_ticket_keeps_how_its_first_cycle_ended(house: House) -> None:
    ticket = house.closed()
    house.wait(days=2)
    house.act(ticket, "reopen", text="又坏了", unit=TRANSPORT)
    with db.reading() as session:
        cycles = session.query(Cycle).filter_by(ticket_id=ticket.id).order_by(Cycle.number).all()
    assert [(cycle.number, cycle.outcome) for cycle in cycles] == [(1, "closed"), (2, None)]
    assert cycles[0].ended_at != cycles[1].started_at == house.now


def test_a_ticket_answered_at_once_is_reopened_to_the_desk(house: House) -> None:
    ticket = house.act(house.open(), "answer", public_reply="请拨打供水热线。")
    again = house.act(ticket, "reopen", text="打不通")
    assert (again.status, again.unit, again.cycle) == ("received", None, 2)


# 举报: the accused


def _report(house: House) -> Ticket:
    ticket = house.open(BRIBE)
    assert (ticket.kind, ticket.accused, ticket.confidential) == ("report", [INSURANCE], True)
    return ticket


def test_the_accused_never_receives_the_report_neither_leading_nor_assisting(house: House) -> None:
    ticket = _report(house)
    with refused("是被举报单位"):
        house.act(ticket, "dispatch", unit=INSURANCE)
    with refused("是被举报单位"):
        house.act(ticket, "dispatch", unit=DISCIPLINE, assisting=[INSURANCE])
    assert house.act(ticket, "dispatch", unit=DISCIPLINE).unit == DISCIPLINE


def test_nor_does_a_unit_under_the_accused_and_nor_is_it_reopened_to_it(house: House) -> None:
    with house.transaction() as session:
        ticket = _report(house)
        session.get_one(Ticket, ticket.id).accused = [WUDANG]
    with refused("或其下属"):
        house.act(ticket, "dispatch", unit=YANGCHANG)
    house.act(ticket, "answer", public_reply="已转交。")
    with refused("是被举报单位"):
        house.act(ticket, "reopen", unit=YANGCHANG, text="没有消息")


def test_the_accused_does_not_even_learn_that_the_report_exists(house: House) -> None:
    ticket = house.act(_report(house), "dispatch", unit=DISCIPLINE)
    with pytest.raises(NotFound):
        house.act(ticket, "contact", by=house.handler(INSURANCE), text="想了解情况")


def test_a_report_that_is_sure_enough_is_dispatched_by_itself_to_another_than_the_accused(house: House) -> None:
    ticket = house.open(BRIBE, hold=False)
    assert ticket.accused == [INSURANCE]
    assert INSURANCE not in {ticket.unit, *ticket.assisting}


# Units


def test_an_assisting_unit_logs_a_contact_and_does_nothing_else(house: House) -> None:
    ticket = house.accepted(assisting=[TRANSPORT])
    helper = house.handler(TRANSPORT)
    house.act(ticket, "contact", by=helper, text="已与来件人通话")
    assert house.events(ticket)[-1].data == house.events(ticket)[-1].data | {"unit": TRANSPORT}
    acts = {"resolve": REPLY, "return": {"text": "无关"}, "extend": {"days": 1, "text": "忙"}}
    for action, fields in acts.items():
        with pytest.raises(Forbidden, match="只有主办单位"):
            house.act(ticket, action, by=helper, **fields)


def test_a_unit_above_acts_for_the_one_below_and_a_stranger_learns_nothing(house: House) -> None:
    ticket = house.dispatched(YANGCHANG)
    with pytest.raises(NotFound):
        house.act(ticket, "accept", by=house.handler(TRANSPORT))
    assert house.act(ticket, "accept", by=house.handler(WUDANG)).status == "accepted"


@pytest.mark.parametrize(
    ("who", "action", "fields"),
    [
        (AGENT, "review", {"passed": True}),
        (FOLLOW_UP, "dispatch", {"unit": WUDANG}),
        (DISPATCHER, "accept", {}),
        (DISPATCHER, "follow_up", CONTENT),
        (CITIZEN, "close", {}),
        (Actor("staff:1", "管理者", frozenset({"manager"})), "withdraw", {}),
    ],
)
def test_each_role_does_its_own_acts_alone(house: House, who: Actor, action: str, fields: dict[str, object]) -> None:
    with pytest.raises(Forbidden):
        house.act(house.dispatched(), action, by=who, **fields)


def test_an_administrator_sees_no_ticket_at_all(house: House) -> None:
    ticket = house.dispatched()
    for role in ("system_admin", "security_admin", "audit_admin", "intake"):
        with pytest.raises(NotFound):
            house.act(ticket, "withdraw", by=Actor("staff:1", role, frozenset({role})))


# Merging


def test_a_merge_stops_the_child_and_the_parent_keeps_the_earliest_deadline(house: House) -> None:
    child = house.dispatched(kind="consultation")
    house.wait(days=1)
    parent = house.accepted(kind="complaint")
    house.act(child, "merge", into=parent.number)
    merged, joined = house.ticket(child.number), house.ticket(parent.number)
    assert (merged.status, merged.parent_id) == ("merged", parent.id)
    assert joined.due_at == child.due_at < parent.due_at
    assert house.due(parent, "resolve") == child.due_at
    assert all(clock.met_at or clock.stopped_at == house.now for clock in house.clocks(child))
    assert joined.version == parent.version + 1


def test_a_later_deadline_joins_without_moving_the_parents(house: House) -> None:
    child, parent = house.dispatched(kind="complaint"), house.dispatched(kind="consultation")
    house.act(child, "merge", into=parent.number)
    assert house.ticket(parent.number).due_at == parent.due_at


def test_every_caller_of_a_joined_matter_is_surveyed_once_there_is_an_answer(house: House) -> None:
    child, parent = house.open(), house.accepted()
    house.act(child, "merge", into=parent.number)
    with refused("并入的工单尚未答复"):
        house.act(child, "follow_up", **CONTENT)
    house.act(house.act(parent, "resolve", **REPLY), "review", passed=True)
    house.act(child, "follow_up", **CONTENT)
    with db.reading() as session:
        assert session.query(Evaluation).filter_by(ticket_id=child.id, solved=True).count() == 1
    assert house.ticket(child.number).status == "merged"


def test_the_caller_of_a_ticket_merged_twice_is_surveyed_too(house: House) -> None:
    first, second, last = house.open(), house.open(), house.reviewed()
    house.act(first, "merge", into=second.number)
    house.act(second, "merge", into=last.number)
    assert house.act(first, "follow_up", **CONTENT).evaluated


def test_a_ticket_that_others_wait_for_is_not_withdrawn(house: House) -> None:
    child, parent = house.open(), house.open()
    house.act(child, "merge", into=parent.number)
    with refused("不能撤回"):
        house.act(parent, "withdraw", by=CITIZEN)


def test_a_ticket_is_merged_into_an_open_one_and_never_into_itself(house: House) -> None:
    ticket, closed = house.open(), house.closed()
    with pytest.raises(InvalidInput, match="不能并入自身"):
        house.act(ticket, "merge", into=ticket.number)
    with refused("不能并入"):
        house.act(ticket, "merge", into=closed.number)
    with pytest.raises(NotFound):
        house.act(ticket, "merge", into="202606019999")


# At the desk


def test_a_matter_is_rejected_only_for_a_reason_of_the_list(house: House) -> None:
    ticket = house.open()
    with pytest.raises(InvalidInput) as wrong:
        house.act(ticket, "reject", reason="不想管")
    assert all(code in wrong.value.message["zh"] for code in REJECT_REASONS)
    assert house.act(ticket, "reject", reason="litigation").status == "rejected"


@pytest.mark.parametrize("field", ["unit", "matter", "place", "kind", "urgency"])
def test_a_dispatch_names_only_what_exists(house: House, field: str) -> None:
    ticket = house.open()
    with pytest.raises(InvalidInput) as wrong:
        house.act(ticket, "dispatch", **({"unit": WUDANG} | {field: "nowhere"}))
    assert wrong.value.field == field
    with pytest.raises(InvalidInput, match="nowhere"):
        house.act(ticket, "dispatch", unit=WUDANG, assisting=["nowhere"])


def test_what_a_dispatcher_puts_right_is_what_the_clocks_count_by(house: House) -> None:
    ticket = house.act(house.open(), "dispatch", unit=WATER, kind="help", urgency="utilities")
    assert (ticket.kind, ticket.urgency) == ("help", "utilities")
    assert house.due(ticket, "resolve") == house.now + timedelta(hours=24)


def test_the_lead_unit_does_not_assist_itself(house: House) -> None:
    ticket = house.dispatched(assisting=[WUDANG, TRANSPORT, TRANSPORT])
    assert ticket.assisting == [TRANSPORT]


def test_the_system_may_do_what_any_person_may(house: House) -> None:
    assert house.act(house.dispatched(), "accept", by=SYSTEM).status == "accepted"


def test_a_unit_that_assisted_and_now_leads_assists_itself_no_more(house: House) -> None:
    ticket = house.act(house.open(), "dispatch", unit=WUDANG, assisting=[WATER, TRANSPORT])
    for action, fields in (("accept", {}), ("resolve", REPLY), ("review", {"passed": True}), ("follow_up", UNSOLVED)):
        ticket = house.act(ticket, action, **fields)
    ticket = house.act(ticket, "reopen", unit=WATER, text="水管还在漏")
    assert (ticket.unit, ticket.assisting) == (WATER, [TRANSPORT])
    assert [row.party for row in house.clocks(ticket, "assist") if row.cycle == 2] == [TRANSPORT]
    with db.reading() as session:
        assert [row.unit for row in session.query(Assist).filter_by(ticket_id=ticket.id)] == [TRANSPORT]
    assert not house.faults()
