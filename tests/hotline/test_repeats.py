"""Repeats: who is found, that nobody waits for it, what people say of it, and that nothing is lost by saying it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from hotline import db, repeats, rounds
from hotline.__main__ import cli
from hotline.desk.opening import sender_digest
from hotline.intake.inquiry import Inquiry
from hotline.models import Citizen, Likeness, Ticket, Trace, Untraced
from tests.hotline.city import POTHOLES, VAGUE, House, inquiry

POTHOLES_AGAIN = "乌当区羊昌镇的公路上有很多坑，车子都过不去了，请派人来修一修路面"
WATER = "花溪区清溪路某小区从昨天早上起停水，到现在也没有来水，请问什么时候能恢复"


def _likenesses() -> dict[tuple[int, int], Likeness]:
    with db.reading() as session:
        return {(row.ticket_id, row.other_id): row for row in session.scalars(select(Likeness))}


def _count(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# Who is found


def test_the_same_matter_by_another_is_found_with_score_and_reasons(house: House) -> None:
    first, second, other = house.open(), house.open(POTHOLES_AGAIN), house.open(WATER)
    assert not _likenesses()
    assert rounds.trace_round() == 3
    [(pair, row)] = _likenesses().items()
    assert pair == (second.id, first.id)
    assert row.reason == "alike"
    assert 0.6 <= row.score <= 1
    assert row.reasons
    assert row.verdict is None
    assert other.id not in pair


def test_the_same_person_again_is_told_apart_from_others(house: House) -> None:
    first, other, again = (house.open(POTHOLES, phone=phone) for phone in ("13900000001", "13900000002", "13900000001"))
    rounds.trace_round()
    reasons = {pair: row.reason for pair, row in _likenesses().items()}
    assert reasons == {
        (other.id, first.id): "same_text",
        (again.id, first.id): "same_person",
        (again.id, other.id): "same_text",
    }


def test_an_exact_repeat_is_there_before_any_round_and_stays_whatever_its_score(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_LIKENESS_LEAST", "1")
    monkeypatch.setenv("HOTLINE_JOIN_LEAST", "1")
    db.forget()
    first, second = house.open(VAGUE), house.open(VAGUE)
    assert set(_likenesses()) == {(second.id, first.id)}
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}


def test_what_is_older_than_the_days_of_the_setting_is_no_candidate_unless_it_is_open(house: House) -> None:
    closed, waiting = house.closed(), house.open(WATER)
    house.wait(days=91)
    again, water = house.open(POTHOLES_AGAIN), house.open(WATER + "，急")
    rounds.trace_round()
    assert set(_likenesses()) == {(water.id, waiting.id)}
    assert closed.id < again.id


def test_of_what_was_merged_the_ticket_it_is_in_now_is_found(house: House) -> None:
    parent, child = house.open(POTHOLES), house.open(POTHOLES_AGAIN)
    house.act(child, "merge", into=parent.number)
    third = house.open(POTHOLES_AGAIN)
    rounds.trace_round()
    found = {pair for pair, row in _likenesses().items() if row.verdict is None and third.id in pair}
    assert (third.id, parent.id) in found


def test_whichever_of_two_is_compared_last_finds_the_other(house: House) -> None:
    first = house.open()
    rounds.trace_round()
    second = house.open(POTHOLES_AGAIN)
    with db.transaction() as session:
        session.query(Untraced).delete()
        session.add(Untraced(ticket_id=second.id))
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}
    with db.transaction() as session:
        session.query(Likeness).delete()
        session.add(Untraced(ticket_id=first.id))
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}, "the later one is named first, whoever was asked"


def test_a_round_done_twice_is_as_if_done_once(house: House) -> None:
    tickets = [house.open(POTHOLES, phone="13900000001"), house.open(POTHOLES_AGAIN), house.open(WATER)]
    rounds.trace_round()
    before, traces = {pair: (row.score, row.reasons) for pair, row in _likenesses().items()}, _count(Trace)
    with db.transaction() as session:
        session.add_all(Untraced(ticket_id=each.id) for each in tickets)
    rounds.trace_round()
    assert {pair: (row.score, row.reasons) for pair, row in _likenesses().items()} == before
    assert _count(Trace) == traces > 0
    assert _count(Untraced) == 0


def test_a_text_that_cannot_be_compared_costs_no_message_and_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("no")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(repeats, "traces", broken)
        patch.setattr(repeats, "most_like", broken)
        house.open()
        assert rounds.trace_round() == 1
    assert {each["event"] for each in logs} >= {"no_traces", "not_compared"}
    assert _count(Untraced) == 0


def test_with_the_traces_gone_messages_come_in_as_ever(house: House) -> None:
    from sqlalchemy import text

    with db.transaction() as session:
        session.execute(text("DROP TABLE traces"))
    ticket = house.open(hold=False)
    assert ticket.status == "dispatched"
    assert rounds.guarded(rounds.trace_round) == 0
    assert _count(Untraced) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@trials(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=2, max_size=300))
def test_any_text_comes_in_and_is_compared(house: House, text: str) -> None:
    house.open(text)
    rounds.trace_round()
    assert _count(Untraced) == 0


# Who sent it


def test_a_sender_is_known_by_phone_or_by_the_channels_own_word_and_otherwise_by_nothing() -> None:
    wechat = Inquiry("wechat", "1", VAGUE, "wechat", sender="oABC")
    assert sender_digest(wechat) == sender_digest(Inquiry("wechat", "2", WATER, "wechat", sender="oABC"))
    assert sender_digest(wechat) != sender_digest(Inquiry("wechat", "2", WATER, "wechat", sender="oABD"))
    assert sender_digest(inquiry(phone="13900000001")) == sender_digest(
        Inquiry("phone", "2", WATER, "phone", phone="13900000001")
    )
    assert sender_digest(inquiry()) is None
    assert "oABC" not in str(sender_digest(wechat))


def test_the_digest_of_the_sender_stands_with_the_citizen(house: House) -> None:
    known, nobody = house.open(phone="13900000001"), house.open(VAGUE)
    with db.reading() as session:
        row = session.get_one(Citizen, known.id)
        assert row.sender_digest == row.phone_digest is not None
        assert session.get_one(Citizen, nobody.id).sender_digest is None


# The projection


@pytest.fixture
def command() -> Callable[..., str]:
    """A function that runs a command and gives what it printed."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_retrace_finds_what_came_before_traces_were_kept(house: House, command: Callable[..., str]) -> None:
    first, second = house.open(phone="13900000001"), house.open(POTHOLES_AGAIN, phone="13900000001")
    with db.transaction() as session:
        session.query(Untraced).delete()
        session.execute(update(Citizen).values(sender_digest=None))
        session.execute(update(Ticket).values(received_at=db.now(session)))
    assert "2 tickets" in command("retrace")
    assert {pair: row.reason for pair, row in _likenesses().items()} == {(second.id, first.id): "same_person"}
    assert "0 tickets" in command("retrace")
    assert "2 tickets" in command("retrace", "--all")


def test_traces_of_what_is_over_and_old_are_dropped_and_of_nothing_else(house: House) -> None:
    closed, waiting = house.closed(), house.open(WATER)
    house.wait(days=91)
    fresh = house.open(VAGUE + "，关于公交车")
    rounds.trace_round()
    with house.transaction() as session:
        assert repeats.drop_old(session) == 1
    with house.transaction() as session:
        assert repeats.drop_old(session) == 0
        left = set(session.scalars(select(Trace.ticket_id)))
    assert left == {waiting.id, fresh.id}
    assert closed.id not in left


def test_the_machine_never_joins_anything_by_itself(house: House) -> None:
    tickets = [house.open(POTHOLES, phone="13900000001") for _ in range(8)]
    rounds.trace_round()
    house.sweep()
    assert {house.ticket(each.number).status for each in tickets} == {"received"}
    assert not house.faults()
