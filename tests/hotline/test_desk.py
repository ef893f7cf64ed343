"""Opening: once per message, however often and at whatever moment it comes; and acts that meet each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, desk
from hotline.errors import Mismatch, OutOfOrder, Stale
from hotline.intake.inquiry import Inquiry, InvalidInput, Turn
from hotline.lifecycle import Action
from hotline.models import Assist, Citizen, Event, EventText, Likeness, Ticket, Transcript
from hotline.models.model import Model
from hotline.state import State
from tests.hotline.city import AGENT, DISPATCHER, POTHOLES, TRANSPORT, VAGUE, WATER, WUDANG, House, at, inquiry


def _open(house: House, message: Inquiry) -> desk.Opened:
    with house.transaction() as session:
        return desk.open_ticket(session, message, AGENT)


def _together(acts: list[Callable[[], object]]) -> list[object]:
    """What acts that begin at the same moment answer; an error is an answer too."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait(30)
        try:
            return act()
        except (Stale, OutOfOrder, Mismatch) as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def _rows(house: House) -> dict[str, int]:
    """How many rows each table has."""
    with db.reading() as session:
        tables = Model.metadata.sorted_tables
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


# Opening


def test_a_message_that_comes_again_is_the_same_ticket_with_the_same_code(house: House) -> None:
    first = _open(house, inquiry())
    before = _rows(house)
    house.wait(days=3)
    again = _open(house, inquiry())
    assert (first.created, again.created) == (True, False)
    assert (again.ticket.number, again.query_code) == (first.ticket.number, first.query_code)
    assert _rows(house) == before


def test_five_at_the_same_moment_are_one_ticket_and_five_equal_answers(house: House) -> None:
    answers = _together([lambda: _open(house, inquiry())] * 5)
    opened = [answer for answer in answers if isinstance(answer, desk.Opened)]
    assert len(opened) == 5
    assert sum(answer.created for answer in opened) == 1
    assert len({(answer.ticket.number, answer.query_code) for answer in opened}) == 1
    assert _rows(house)["tickets"] == 1
    assert not house.faults()


def test_five_different_messages_at_the_same_moment_are_five_tickets(house: House) -> None:
    acts = [lambda key=key: _open(house, inquiry(external_id=key)) for key in "abcde"]
    answers = _together(acts)
    assert len({answer.ticket.number for answer in answers if isinstance(answer, desk.Opened)}) == 5
    assert not house.faults()


def test_the_same_key_for_another_message_is_refused_and_nothing_is_kept_of_it(house: House) -> None:
    _open(house, inquiry())
    before = _rows(house)
    with pytest.raises(Mismatch):
        _open(house, inquiry(VAGUE))
    assert _rows(house) == before


def test_a_repeat_may_be_spelt_in_other_widths_and_scripts(house: House) -> None:
    first = _open(house, inquiry("請修一修路面 ABC，謝謝"))
    again = _open(house, inquiry("请修一修路面 ABC，谢谢"))
    assert (again.created, again.ticket.id) == (False, first.ticket.id)


def test_the_same_key_of_two_channels_is_two_tickets(house: House) -> None:
    web, wechat = inquiry(), replace(inquiry(), channel="wechat")
    assert _open(house, web).ticket.id != _open(house, wechat).ticket.id


def test_where_the_decision_is_sure_the_ticket_is_dispatched_in_the_same_transaction(house: House) -> None:
    opened = _open(house, inquiry())
    ticket = house.ticket(opened.ticket.number)
    assert (ticket.status, ticket.unit, ticket.version, ticket.dispatches) == ("dispatched", WUDANG, 1, 1)
    events = house.events(ticket)
    assert [(event.seq, event.action, event.actor) for event in events] == [
        (1, "open", AGENT.id),
        (2, "dispatch", "system"),
    ]
    assert events[0].at == events[1].at == ticket.received_at == house.now
    assert [clock.name for clock in opened.clocks[:4]] == ["dispatch", "accept", "contact", "resolve"]
    assert [(clock.name, clock.party) for clock in opened.clocks[4:]] == [("assist", u) for u in ticket.assisting]
    assert all(clock.sum for clock in opened.clocks)
    with db.reading() as session:
        assert {row.unit for row in session.query(Assist)} == set(ticket.assisting)


def test_an_agent_with_the_citizen_on_the_line_holds_it(house: House) -> None:
    ticket = house.open(hold=True)
    assert (ticket.status, ticket.unit, ticket.decision["unit"]) == ("received", None, WUDANG)
    assert ticket.decision["confidence"] >= 0.6


def test_what_is_unsure_waits_at_the_desk_with_its_candidates_and_reasons(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DISPATCH_THRESHOLD", "1")
    db.forget()
    ticket = house.open(hold=False)
    assert (ticket.status, ticket.unit) == ("received", None)
    assert ticket.decision["reasons"]
    assert ticket.decision["candidates"]
    assert [clock.name for clock in house.clocks(ticket)] == ["dispatch"]


def test_a_vague_message_waits_for_a_person(house: House) -> None:
    assert house.open(VAGUE, hold=False).status == "received"


def test_a_ticket_keeps_the_policy_it_was_opened_under(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = house.dispatched(kind="complaint")
    monkeypatch.setenv("HOTLINE_POLICY_SET", "jinan-2018")
    db.forget()
    newer = house.dispatched(kind="complaint")
    house.act(ticket, "dispatch", unit=TRANSPORT)
    assert {clock.policy for clock in house.clocks(ticket)} == {"guangdong-2022@1"}
    assert {clock.policy for clock in house.clocks(newer)} == {"jinan-2018@1"}
    assert newer.due_at == at("2026-06-09 00:00")


@pytest.mark.parametrize(("days", "wins"), [(1, True), (100, False)])
def test_the_sources_own_deadline_wins_when_it_is_earlier(house: House, days: int, wins: bool) -> None:
    own = house.now + timedelta(days=days)
    ticket = house.open(due_at=own, hold=False)
    assert (ticket.due_at == own) is wins
    assert ticket.due_at == house.due(ticket, "resolve") <= own


def test_a_message_from_the_future_is_refused(house: House) -> None:
    with pytest.raises(InvalidInput, match="晚于现在"):
        house.open(received_at=house.now + timedelta(seconds=1))
    asked = house.now - timedelta(days=900)
    assert house.open(received_at=asked).asked_at == asked


def test_an_exact_repeat_under_another_key_is_suggested_as_a_likeness(house: House) -> None:
    first, second, other = house.open(), house.open(), house.open(VAGUE)
    with db.reading() as session:
        likenesses = {(row.ticket_id, row.other_id) for row in session.query(Likeness)}
    assert likenesses == {(second.id, first.id)}
    assert other.id not in {first.id, second.id}


def test_the_turns_of_a_call_stay_with_its_ticket(house: House) -> None:
    turns = (Turn(1, "agent", 0, 900, "您好"), Turn(2, "citizen", 900, 4000, POTHOLES))
    ticket = house.open(turns=turns)
    with db.reading() as session:
        assert session.get_one(Transcript, ticket.id).turns[1] == [2, "citizen", 900, 4000, POTHOLES]


def test_numbers_say_the_day_and_are_never_given_twice(house: House) -> None:
    tickets = [house.open() for _ in range(3)]
    assert all(ticket.number.startswith("20260601") for ticket in tickets)
    assert len({ticket.number for ticket in tickets}) == 3


def test_the_rows_of_a_new_ticket_are_the_fold_of_its_events(house: House) -> None:
    for hold in (True, False):
        ticket = house.open(hold=hold)
        assert ticket.status == ("received" if hold else "dispatched")
    assert not house.faults()
    assert set(State.__slots__) <= {column.name for column in Ticket.__table__.columns}


# Two at once


def test_who_saw_an_older_version_is_told_and_nothing_is_done(house: House) -> None:
    ticket = house.open()
    house.act(ticket, "dispatch", unit=WUDANG, version=1)
    before = _rows(house)
    with pytest.raises(Stale, match="第 1 版，现为第 2 版"):
        house.act(ticket, "dispatch", unit=TRANSPORT, version=1)
    assert _rows(house) == before
    assert house.ticket(ticket.number).unit == WUDANG


def test_of_two_who_act_on_one_version_at_once_exactly_one_is_told(house: House) -> None:
    ticket = house.open()

    def dispatch(unit: str) -> Callable[[], object]:
        return lambda: house.act(ticket, "dispatch", unit=unit, version=1)

    answers = _together([dispatch(unit) for unit in (WUDANG, TRANSPORT, WATER, WUDANG)])
    assert sum(isinstance(answer, Ticket) for answer in answers) == 1
    assert sum(isinstance(answer, Stale) for answer in answers) == 3
    assert [event.action for event in house.events(ticket)] == ["open", "dispatch"]
    assert house.ticket(ticket.number).version == 2


def test_without_a_version_the_moves_still_let_only_one_of_two_accept(house: House) -> None:
    ticket = house.dispatched()
    answers = _together([lambda: house.act(ticket, "accept")] * 3)
    assert sum(isinstance(answer, OutOfOrder) for answer in answers) == 2
    assert [event.action for event in house.events(ticket)].count("accept") == 1
    assert not house.faults()


def test_an_act_reads_the_row_again_once_it_holds_the_lock(house: House) -> None:
    ticket = house.open()
    with house.transaction() as session:
        seen = session.get_one(Ticket, ticket.id)
        assert seen.version == 1
        if house.database == "postgres":
            house.act(ticket, "dispatch", unit=WUDANG)
            with pytest.raises(Stale):
                desk.perform(session, ticket.number, DISPATCHER, Action.REJECT, {"reason": "commercial"}, 1)


def test_an_act_is_never_earlier_than_the_one_before_it(house: House) -> None:
    ticket = house.dispatched()
    began = house.now
    house.wait(seconds=-30)
    house.act(ticket, "accept")
    moments = [event.at for event in house.events(ticket)]
    assert moments == sorted(moments)
    assert moments[-1] == began


# All or nothing


@contextmanager
def _cut_off(house: House) -> Iterator[Session]:
    """A transaction whose work is done when the power goes, an instant before the commit."""
    with suppress(_PowerCut), house.transaction() as session:
        yield session
        session.flush()
        raise _PowerCut


class _PowerCut(Exception):
    """The power goes."""


def test_an_opening_that_is_cut_off_leaves_nothing(house: House) -> None:
    before = _rows(house)
    with _cut_off(house) as session:
        desk.open_ticket(session, inquiry(name="某人", phone="13800000000"), AGENT)
    assert _rows(house) == before
    assert _open(house, inquiry()).created


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("dispatch", {"unit": TRANSPORT, "assisting": [WATER], "text": "改派"}),
        ("return", {"text": "不归我们管"}),
        ("merge", {"into": "other"}),
        ("withdraw", {"text": "不需要了"}),
    ],
)
def test_an_act_that_is_cut_off_leaves_nothing(house: House, action: str, fields: dict[str, str]) -> None:
    ticket, other = house.dispatched(), house.open()
    fields = {name: other.number if value == "other" else value for name, value in fields.items()}
    actor = house.handler(WUDANG) if action == "return" else DISPATCHER
    before, version = _rows(house), other.version
    with _cut_off(house) as session:
        desk.perform(session, ticket.number, actor, Action(action), fields)
    assert _rows(house) == before
    assert house.ticket(ticket.number).version == ticket.version
    assert house.ticket(other.number).version == version
    assert not house.faults()


def test_what_a_person_writes_is_beside_the_event_and_not_in_it(house: House) -> None:
    ticket = house.act(house.open(), "reject", reason="commercial", text="来件人推销理财产品")
    event = house.events(ticket)[-1]
    with db.reading() as session:
        kept = session.get_one(EventText, (event.subject, event.seq))
    assert kept.text == "来件人推销理财产品"
    assert "推销" not in str(event.data)
    assert len(event.data["text"]) == 64


def test_a_citizen_who_gave_nothing_has_a_row_with_nothing_in_it(house: House) -> None:
    ticket = house.open()
    with db.reading() as session:
        row = session.get_one(Citizen, ticket.id)
    assert (row.name, row.phone, row.id_number, row.address, row.phone_digest) == (None,) * 5
    with db.reading() as session:
        data = session.scalars(select(Event.data).where(Event.ticket_id == ticket.id, Event.seq == 1)).one()
    assert data["citizen"].keys() == {"content"}
