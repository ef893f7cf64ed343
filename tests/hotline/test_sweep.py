"""The sweep on a busy desk: whose step it is, what it costs, and that it never writes over anybody's hand."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from hotline import db, sweep
from hotline.desk.evidence import attach
from hotline.errors import OutOfOrder
from hotline.models import Escalation, Ticket
from tests.hotline.city import WATER, WUDANG, House

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


def statements(house: House) -> list[str]:
    """The statements of one sweep of everything that is due."""
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(db.engine(), "before_cursor_execute", hear)
    try:
        with house.transaction() as session:
            assert sweep.sweep(session) > 0
    finally:
        event.remove(db.engine(), "before_cursor_execute", hear)
    return said


def test_an_assisting_units_step_is_that_units_in_the_event_and_in_the_row(house: House) -> None:
    ticket = house.act(house.open(), "dispatch", unit=WUDANG, assisting=[WATER])
    [assist] = house.clocks(ticket, "assist")
    house.now = assist.due_at
    house.sweep()
    with db.reading() as session:
        rows = session.scalars(select(Escalation).where(Escalation.clock == "assist")).all()
    assert {(row.unit, row.party) for row in rows} == {(WATER, WATER)}
    events = [each for each in house.events(ticket) if each.data.get("clock") == "assist"]
    assert {(each.unit, each.data["party"]) for each in events} == {(WATER, WATER)}
    assert not house.faults()


def test_the_steps_of_several_clocks_of_one_ticket_make_one_chain(house: House) -> None:
    ticket = house.dispatched()
    house.wait(days=60)
    house.sweep()
    events = [each for each in house.events(ticket) if each.action == "escalate"]
    assert len(events) == 12
    assert [each.seq for each in house.events(ticket)] == list(range(1, len(house.events(ticket)) + 1))
    assert all(datetime.fromisoformat(each.data["due_at"]) <= each.at == house.now for each in events)
    assert not house.faults()


def test_a_sweep_asks_no_more_for_many_clocks_than_for_one(house: House) -> None:
    house.dispatched()
    house.wait(days=60)
    few = statements(house)
    for _ in range(9):
        house.dispatched()
    house.wait(days=60)
    assert len(statements(house)) == len(few)


def test_the_next_step_is_the_first_that_is_not_due_and_none_after_the_last(house: House) -> None:
    ticket = house.dispatched()
    [accept] = house.clocks(ticket, "accept")
    times = {level: datetime.fromisoformat(at) for level, at in accept.steps}
    house.now = times["supervise"] - timedelta(microseconds=1)
    house.sweep()
    [accept] = house.clocks(ticket, "accept")
    assert (accept.next_level, accept.next_at) == ("supervise", times["supervise"])
    house.now = times["circulate"]
    house.sweep()
    [accept] = house.clocks(ticket, "accept")
    assert (accept.next_level, accept.next_at) == (None, None)


@pytest.mark.parametrize("database", [POSTGRES], indirect=True)
def test_sweepers_and_people_at_work_never_stand_in_each_others_way(house: House) -> None:
    tickets = [house.dispatched() for _ in range(20)]
    house.wait(days=3)
    gate = threading.Barrier(4)

    def sweeper(_: int) -> int:
        gate.wait(30)
        return sum(house.sweep() for _ in range(10))

    def person(first: int) -> int:
        gate.wait(30)
        for ticket in tickets[first::2]:
            house.act(ticket, "accept")
            house.act(ticket, "contact", text="已联系")
        return 0

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(sweeper, 0), pool.submit(sweeper, 1), pool.submit(person, 0), pool.submit(person, 1)]
        for each in work:
            each.result(120)
    house.sweep()
    with db.reading() as session:
        rows = session.scalars(select(Escalation)).all()
    keys = [(row.ticket_id, row.clock, row.cycle, row.opened_by, row.party, row.level) for row in rows]
    assert len(keys) == len(set(keys))
    assert not house.faults()
    with pytest.raises(OutOfOrder):
        house.act(tickets[0], "accept")


def test_a_ticket_that_cannot_be_resumed_stops_neither_other_tickets_nor_the_sweep(house: House) -> None:
    stuck, fine = _suspended(house), _suspended(house)
    other = house.dispatched()
    with house.transaction() as session:
        session.execute(update(Ticket).where(Ticket.id == stuck.id).values(status="accepted", suspended_until=None))
    assert fine.suspended_until is not None
    house.now = fine.suspended_until
    house.sweep()
    assert house.ticket(fine.number).status == "accepted"
    assert [event.action for event in house.events(fine)][-1] != "decide_suspension"
    assert house.events(stuck)[-1].action != "resume"
    assert house.escalations(other)


def _suspended(house: House) -> Ticket:
    ticket, handler = house.accepted(), house.handler(WUDANG)
    with house.transaction() as session:
        file = attach(session, ticket.number, handler, "证明.txt", "等汛期过去".encode())
    house.act(ticket, "suspend", handler, days=3, text="等汛期过去", evidence=[file.id])
    return house.act(ticket, "decide_suspension", approved=True)
