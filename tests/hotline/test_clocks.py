"""Clock rows are what sla computes and nothing else; each step of the ladder is escalated once, and none early."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hotline import clocks, db, desk, queries, sweep, worklists
from hotline.desk.case import history
from hotline.models import Clock, Ticket
from hotline.rights import SYSTEM
from sla import values as sla
from sla.clock import clocks as run_clocks
from tests.hotline.city import DISPATCHER, REPLY, TRANSPORT, UNSOLVED, WUDANG, House, at

SECOND = timedelta(seconds=1)
TINY = timedelta(microseconds=1)
LADDER = ["warn", "urge", "supervise", "circulate"]


def computed(house: House, ticket: Ticket) -> list[sla.Clock]:
    """The ticket's clocks from its history and from nothing else."""
    with db.reading() as session:
        moments, _ = history(session, ticket.id)
    return run_clocks(moments, house.know.rules)


def unlike(house: House, ticket: Ticket) -> list[str]:
    """Where the rows that hold now differ from what sla computes."""
    held = {(row.name, row.opened_by, row.party): row for row in house.clocks(ticket) if row.known_until is None}
    wanted = {(clock.name, clock.opened_by, clock.party): clock for clock in computed(house, ticket)}
    found = [f"{key} has no partner" for key in held.keys() ^ wanted.keys()]
    for key in held.keys() & wanted.keys():
        row, clock = held[key], wanted[key]
        names = (
            "cycle",
            "started_at",
            "due_at",
            "met_at",
            "stopped_at",
            "allowance",
            "provisional",
            "policy",
            "calendar",
        )
        found += [f"{key}.{name}" for name in names if getattr(row, name) != getattr(clock, name)]
        if row.steps != [[step.level, step.at.isoformat()] for step in clock.steps]:
            found.append(f"{key}.steps")
        if not clock.running and row.next_at is not None:
            found.append(f"{key} is over and still escalates")
    return found


def _step(house: House, ticket: Ticket, name: str, level: str) -> datetime:
    row = house.clocks(ticket, name)[-1]
    return next(datetime.fromisoformat(when) for each, when in row.steps if each == level)


def _levels(house: House, ticket: Ticket, name: str) -> list[str]:
    return [level for clock, level, _, _ in house.escalations(ticket) if clock == name]


# The projection


def test_the_rows_are_what_sla_computes_after_every_act_of_a_long_life(house: House) -> None:
    ticket = house.open()
    acts: list[tuple[str, dict[str, Any]]] = [
        ("dispatch", {"unit": TRANSPORT}),
        ("return", {"text": "不归我们管"}),
        ("decide_return", {"approved": True}),
        ("dispatch", {"unit": WUDANG, "complex": True}),
        ("accept", {}),
        ("contact", {"text": "已联系"}),
        ("extend", {"days": 4, "text": "等配件"}),
        ("decide_extension", {"approved": True}),
        ("resolve", REPLY),
        ("review", {"passed": False, "text": "没有回应诉求"}),
        ("resolve", REPLY),
        ("review", {"passed": True}),
        ("follow_up", UNSOLVED),
        ("reopen", {"text": "坑还在"}),
        ("accept", {}),
        ("withdraw", {}),
    ]
    for action, fields in acts:
        house.wait(minutes=31)
        ticket = house.act(ticket, action, **fields)
        house.sweep()
        assert not unlike(house, ticket), action


def test_the_projection_equals_a_rebuild_from_nothing(lived: House) -> None:
    for number in ("20260601000001", "20260601000002", "20260601000003"):
        ticket = lived.ticket(number)
        held = [row for row in lived.clocks(ticket) if row.known_until is None]
        with lived.transaction() as session:
            session.query(Clock).filter_by(ticket_id=ticket.id).delete()
            row = session.get_one(Ticket, ticket.id)
            clocks.project(session, row, computed(lived, ticket), lived.now, lived.know.rules)
        columns = [c.name for c in Clock.__table__.columns if c.name not in {"id", "known_from", "unit"}]
        for before, after in zip(held, lived.clocks(ticket), strict=True):
            assert {n: getattr(before, n) for n in columns} == {n: getattr(after, n) for n in columns}
        assert lived.ticket(number).due_at == ticket.due_at


def test_a_deadline_that_moves_leaves_the_old_row_to_the_past(house: House) -> None:
    ticket = house.accepted()
    first = house.due(ticket, "resolve")
    house.wait(hours=3)
    house.act(ticket, "extend", days=5, text="等配件")
    house.wait(hours=1)
    house.act(ticket, "decide_extension", approved=True)
    old, new = house.clocks(ticket, "resolve")
    assert (old.due_at, old.known_from, old.known_until) == (first, old.started_at, house.now)
    assert (new.known_from, new.known_until) == (house.now, None)
    assert new.due_at > first
    assert "延期 5 个工作日" in new.allowance
    assert old.next_at is None


def test_a_verdict_taken_back_by_the_review_leaves_the_old_row_to_the_past(house: House) -> None:
    ticket = house.resolved()
    answered = house.now
    house.wait(hours=2)
    house.act(ticket, "review", passed=False, text="没有回应诉求")
    old, new = house.clocks(ticket, "resolve")
    assert (old.met_at, old.known_until) == (answered, house.now)
    assert (new.met_at, new.known_from, new.known_until) == (None, house.now, None)


def test_a_fulfilment_is_added_to_the_row_and_makes_no_new_one(house: House) -> None:
    ticket = house.dispatched()
    house.wait(hours=1)
    house.act(ticket, "accept")
    [row] = house.clocks(ticket, "accept")
    assert (row.met_at, row.known_until, row.next_at) == (house.now, None, None)


def test_a_deadline_that_moves_at_the_very_instant_its_clock_began_moves_its_ladder_too(house: House) -> None:
    child = house.dispatched(kind="consultation")
    parent = house.dispatched(kind="complaint")
    house.act(child, "merge", into=parent.number)
    [row] = house.clocks(parent, "resolve")
    assert row.due_at == child.due_at
    assert [row.next_level, row.next_at.isoformat() if row.next_at else None] == row.steps[0]
    assert not unlike(house, house.ticket(parent.number))


def test_a_request_that_the_answer_overtook_runs_no_clock_on(house: House) -> None:
    ticket = house.act(house.accepted(), "extend", days=2, text="等配件")
    house.wait(hours=1)
    house.act(ticket, "resolve", **REPLY)
    [decide] = house.clocks(ticket, "decide")
    assert decide.stopped_at == house.now
    assert {row.name for row in house.clocks(ticket) if row.met_at is None and row.stopped_at is None} == {"review"}


# The sweep


def test_nothing_is_escalated_early_and_all_of_it_at_the_very_instant(house: House) -> None:
    ticket = house.accepted()
    for level in LADDER:
        due = _step(house, ticket, "resolve", level)
        house.now = due - TINY
        house.sweep()
        assert level not in _levels(house, ticket, "resolve")
        house.now = due
        house.sweep()
        assert _levels(house, ticket, "resolve")[-1] == level
    assert _levels(house, ticket, "resolve") == LADDER
    due = house.due(ticket, "resolve")
    assert ("resolve", "urge", due, due) in house.escalations(ticket)


def test_the_time_it_was_due_and_the_time_it_was_found_are_both_kept(house: House) -> None:
    ticket = house.dispatched()
    house.now = house.due(ticket, "accept") + timedelta(hours=1, seconds=7)
    house.sweep()
    found = {level: (due, seen) for clock, level, due, seen in house.escalations(ticket) if clock == "accept"}
    assert found["urge"] == (house.due(ticket, "accept"), house.now)
    event = next(e for e in house.events(ticket) if e.data.get("level") == "urge" and e.data["clock"] == "accept")
    assert (event.actor, event.at, event.data["due_at"]) == ("system", house.now, found["urge"][0].isoformat())


def test_sweeping_again_finds_nothing(house: House) -> None:
    ticket = house.dispatched()
    house.now = house.due(ticket, "resolve")
    assert house.sweep() > 0
    before = house.escalations()
    assert house.sweep() == 0
    assert house.escalations() == before


def test_after_25_hours_and_after_8_days_away_every_level_is_there_once(house: House) -> None:
    ticket = house.dispatched()
    opened = house.now
    for away in (timedelta(hours=25), timedelta(days=8), timedelta(days=60)):
        house.now = opened + away
        house.sweep()
        for row in house.clocks(ticket):
            fallen = [level for level, when in row.steps if datetime.fromisoformat(when) <= house.now]
            ended = row.met_at or row.stopped_at
            assert _levels(house, ticket, row.name) == ([] if ended else fallen)
    assert Counter(level for _, level, _, _ in house.escalations(ticket)) == dict.fromkeys(LADDER, 3)
    assert not house.faults()


def test_what_is_met_in_time_is_never_escalated(house: House) -> None:
    ticket = house.closed()
    house.wait(days=90)
    assert house.sweep() == 0
    assert not house.escalations(ticket)


def test_a_fulfilment_after_the_breach_ends_the_ladder_and_takes_nothing_back(house: House) -> None:
    ticket = house.dispatched()
    house.now = house.due(ticket, "accept")
    house.sweep()
    house.wait(hours=1)
    house.act(ticket, "accept")
    house.wait(days=30)
    house.sweep()
    assert _levels(house, ticket, "accept") == ["warn", "urge"]
    [row] = house.clocks(ticket, "accept")
    assert row.met_at == row.due_at + timedelta(hours=1)


def test_an_extension_arms_the_ladder_for_the_new_deadline_without_a_second_warning(house: House) -> None:
    ticket = house.accepted()
    first = house.due(ticket, "resolve")
    house.now = _step(house, ticket, "resolve", "warn")
    house.sweep()
    house.act(ticket, "extend", days=5, text="等配件")
    house.act(ticket, "decide_extension", approved=True)
    house.now = first
    house.sweep()
    assert _levels(house, ticket, "resolve") == ["warn"]
    house.now = house.due(ticket, "resolve")
    house.sweep()
    assert _levels(house, ticket, "resolve") == ["warn", "urge"]


def test_a_new_cycle_is_escalated_by_itself(house: House) -> None:
    ticket = house.accepted()
    house.now = house.due(ticket, "resolve") + SECOND
    house.sweep()
    for action, fields in (("resolve", REPLY), ("review", {"passed": True}), ("follow_up", UNSOLVED)):
        house.act(ticket, action, **fields)
    house.act(ticket, "reopen", text="坑还在")
    house.now = house.due(ticket, "resolve") + SECOND
    house.sweep()
    assert _levels(house, ticket, "resolve") == ["warn", "urge", "warn", "urge"]


def test_the_unit_that_holds_it_is_the_one_that_is_urged(house: House) -> None:
    ticket = house.dispatched(TRANSPORT)
    house.now = house.due(ticket, "accept")
    house.sweep()
    assert {event.unit for event in house.events(ticket) if event.action == "escalate"} == {TRANSPORT}


def test_an_urgent_matter_is_urged_at_night_and_on_holidays(house: House) -> None:
    house.now = at("2026-06-19 23:30")
    ticket = house.act(house.open(), "dispatch", unit=WUDANG, urgency="urgent")
    assert house.due(ticket, "accept") == at("2026-06-19 23:45")
    house.now = at("2026-06-19 23:45")
    house.sweep()
    assert "urge" in _levels(house, ticket, "accept")


def test_any_number_of_sweepers_at_once_escalate_each_step_once(house: House) -> None:
    tickets = [house.dispatched() for _ in range(12)]
    house.wait(days=40)
    gate = threading.Barrier(4)

    def sweeper(_: int) -> int:
        gate.wait(30)
        taken = 0
        for _ in range(30):
            with house.transaction() as session:
                taken += sweep.sweep(session, limit=5)
        return taken

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweeper, range(4))) == len(tickets) * 3
    assert Counter(house.escalations()).most_common(1)[0][1] == len(tickets)
    assert len(house.escalations()) == len(tickets) * 3 * len(LADDER)
    assert not house.faults()


def test_a_sweep_that_is_cut_off_is_done_again_by_the_next(house: House) -> None:
    ticket = house.dispatched()
    house.now = house.due(ticket, "resolve")
    with house.transaction() as session:
        sweep.sweep(session)
        session.rollback()
    assert not house.escalations()
    house.sweep()
    assert _levels(house, ticket, "resolve") == ["warn", "urge"]


def test_a_long_backlog_is_taken_in_portions_the_longest_overdue_first(house: House) -> None:
    for _ in range(3):
        house.dispatched()
        house.wait(days=1)
    house.wait(days=30)
    with house.transaction() as session:
        assert sweep.sweep(session, limit=4) == 4
    assert len({due for _, level, due, _ in house.escalations() if level == "warn"}) >= 2
    assert house.sweep() == 5
    assert house.sweep() == 0


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_ticket_under_somebodys_hand_holds_up_no_sweep_and_is_taken_by_the_next(house: House) -> None:
    held, free = house.dispatched(), house.dispatched()
    house.wait(days=40)
    with house.transaction() as session:
        desk.take(session, held.number, SYSTEM)
        assert house.sweep() == 3, "the other ticket's clocks, at once"
        assert not house.escalations(held)
    assert house.escalations(free)
    assert house.sweep() == 3
    assert house.escalations(held)


def test_the_nearest_deadline_stands_on_the_row_whatever_is_done(house: House) -> None:
    ticket = house.open()
    assert ticket.nearest_at == house.due(ticket, "dispatch")
    for action, fields, names in (
        ("dispatch", {"unit": WUDANG}, ("accept", "contact", "resolve")),
        ("accept", {}, ("contact", "resolve")),
        ("resolve", REPLY, ("review",)),
        ("review", {"passed": True}, ("follow_up",)),
        ("follow_up", UNSOLVED, ()),
        ("reopen", {"unit": WUDANG, "text": "路面又坏了"}, ("accept", "contact", "resolve")),
        ("withdraw", {"text": "市民说不用了"}, ()),
    ):
        house.wait(minutes=5)
        ticket = house.act(ticket, action, **fields)
        running = [row for row in house.clocks(ticket, *names) if row.met_at is None and row.stopped_at is None]
        nearest = min((row.due_at for row in running if row.known_until is None), default=clocks.NEVER)
        assert ticket.nearest_at == (nearest if names else clocks.NEVER), action


def test_lists_by_deadline_go_through_those_with_one_and_then_those_without(house: House) -> None:
    for _ in range(3):
        house.dispatched()
    house.act(house.open(), "reject", reason="state_secret")
    house.act(house.dispatched(TRANSPORT), "accept")
    seen: list[str] = []
    with db.reading() as session:
        wanted, after = queries.Wanted(order="due_at"), None
        while True:
            page, after = queries.ticket_list(session, DISPATCHER, wanted, 2, after)
            seen += [ticket.number for ticket in page]
            if after is None:
                break
        rows = session.scalars(select(Ticket)).all()
    ordered = sorted(rows, key=lambda row: (row.due_at or queries.FAR, row.id))
    assert seen == [row.number for row in ordered]
    assert ordered[-1].due_at is None


def test_more_than_can_be_counted_in_a_moment_are_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklists, "MOST_COUNTED", 2)
    for count in (1, 2, 3, 3):
        house.open()
        with db.reading() as session:
            counts = worklists.queue_counts(session, DISPATCHER, worklists.DESK_QUEUES)
        assert counts["received"] == counts["all"] == count
