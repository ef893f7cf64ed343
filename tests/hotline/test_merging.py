"""Merges and their undoing: every caller kept, the earliest deadline kept, and nobody waits for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hotline.errors import OutOfOrder
from hotline.lifecycle import OPEN
from hotline.models import Cycle, Ticket
from tests.hotline.city import BRIBE, CONTENT, DISPATCHER, INSURANCE, REPLY, WUDANG, House


def _cross(house: House, one: Ticket, other: Ticket) -> list[object]:
    """Each merged into the other at the same moment."""
    gate = threading.Barrier(2)

    def merge(child: Ticket, parent: Ticket) -> object:
        gate.wait(30)
        try:
            return house.act(child, "merge", by=DISPATCHER, into=parent.number)
        except OutOfOrder as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(merge, (one, other), (other, one)))


def test_two_merges_that_cross_each_other_end_with_one_ticket_in_the_other(house: House) -> None:
    for _ in range(5):
        one, other = house.open(), house.open()
        answers = _cross(house, one, other)
        assert sorted(isinstance(answer, OutOfOrder) for answer in answers) == [False, True]
        statuses = {house.ticket(ticket.number).status for ticket in (one, other)}
        assert len(statuses) == 2
        assert "merged" in statuses
    assert not house.faults()


def _joined(house: House) -> tuple[Ticket, Ticket]:
    """A parent in hand, and a child with an earlier deadline that was merged into it."""
    child = house.dispatched(WUDANG)
    house.wait(days=3)
    parent = house.accepted(WUDANG)
    child = house.act(child, "merge", by=DISPATCHER, into=parent.number)
    return house.ticket(parent.number), child


def test_the_parent_keeps_the_earlier_deadline_until_the_merge_is_undone(house: House) -> None:
    parent, child = _joined(house)
    capped = parent.due_at
    child = house.act(child, "unmerge", by=DISPATCHER, text="不是同一条路")
    parent = house.ticket(parent.number)
    assert capped is not None
    assert parent.due_at is not None
    assert parent.due_at > capped
    assert (child.status, child.parent_id, child.unit) == ("received", None, None)
    assert [event.action for event in house.events(parent)][-2:] == ["absorb", "release"]
    assert not house.faults()


def test_a_deadline_that_a_merge_brought_and_that_was_breached_stays(house: House) -> None:
    parent, child = _joined(house)
    assert parent.due_at is not None
    house.now = parent.due_at + timedelta(minutes=1)
    house.act(child, "unmerge", by=DISPATCHER, text="不是同一条路")
    assert house.ticket(parent.number).due_at == parent.due_at


def test_what_was_taken_apart_goes_through_the_whole_life_cycle_in_its_first_cycle(house: House) -> None:
    _, child = _joined(house)
    child = house.act(child, "unmerge", by=DISPATCHER, text="不是同一条路")
    assert [clock.name for clock in house.clocks(child) if clock.met_at is None and clock.stopped_at is None] == [
        "dispatch"
    ]
    for act, fields in (
        ("dispatch", {"unit": WUDANG}),
        ("accept", {}),
        ("resolve", REPLY),
        ("review", {"passed": True}),
        ("follow_up", CONTENT),
    ):
        child = house.act(child, act, **fields)
    assert (child.status, child.cycle) == ("closed", 1)
    with house.transaction() as session:
        (cycle,) = session.query(Cycle).filter_by(ticket_id=child.id)
        assert (cycle.outcome, cycle.ended_at) == ("closed", house.now)


def test_what_was_evaluated_after_the_merge_is_not_taken_apart(house: House) -> None:
    parent, child = _joined(house)
    parent = house.act(parent, "resolve", **REPLY)
    house.act(parent, "review", passed=True)
    house.act(child, "follow_up", **CONTENT)
    with pytest.raises(OutOfOrder, match="评价"):
        house.act(child, "unmerge", by=DISPATCHER, text="不是同一条路")
    assert house.ticket(child.number).status not in OPEN


def test_a_report_is_not_merged_into_what_the_accused_unit_handles_or_assists(house: House) -> None:
    for dispatch in ({"unit": INSURANCE}, {"unit": WUDANG, "assisting": [INSURANCE]}):
        parent = house.act(house.open(), "dispatch", **dispatch)
        with pytest.raises(OutOfOrder, match="被举报单位"):
            house.act(house.open(BRIBE), "merge", by=DISPATCHER, into=parent.number)
        assert [event.action for event in house.events(parent)] == ["open", "dispatch"]


def test_what_a_report_was_merged_into_does_not_go_to_the_accused_unit_until_it_is_taken_out(house: House) -> None:
    report, middle, last = house.open(BRIBE), house.open(), house.open()
    house.act(report, "merge", by=DISPATCHER, into=middle.number)
    house.act(middle, "merge", by=DISPATCHER, into=last.number)
    for dispatch in ({"unit": INSURANCE}, {"unit": WUDANG, "assisting": [INSURANCE]}):
        with pytest.raises(OutOfOrder, match="被举报单位"):
            house.act(last, "dispatch", **dispatch)
    house.act(report, "unmerge", by=DISPATCHER, text="举报要单独办理")
    assert house.act(last, "dispatch", unit=INSURANCE).unit == INSURANCE


def test_a_returned_ticket_has_no_deadline_to_bring_into_a_merge(house: House) -> None:
    child = house.dispatched(WUDANG)
    child = house.act(child, "return", text="不归我们管")
    child = house.act(child, "decide_return", approved=True)
    assert child.due_at is None
    house.wait(days=1)
    parent = house.accepted(WUDANG)
    house.act(child, "merge", by=DISPATCHER, into=parent.number)
    assert house.ticket(parent.number).due_at == parent.due_at


def test_a_child_that_was_late_already_keeps_its_breach_to_itself(house: House) -> None:
    child = house.dispatched(WUDANG)
    house.now = house.due(child, "resolve") + timedelta(days=2)
    parent = house.accepted(WUDANG)
    house.act(child, "merge", by=DISPATCHER, into=parent.number)
    assert house.ticket(parent.number).due_at == parent.due_at
    assert house.clocks(child, "resolve")[-1].due_at < house.now
    assert not house.faults()
