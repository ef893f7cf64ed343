"""The facts of tickets: written with each act, made again from the events, proved against them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from hotline import db, facts, journal, recounting, reports
from hotline.__main__ import cli
from hotline.models import BadEvaluation, Clock, Fact, KeptMonth, Ticket, Uncounted
from hotline.models.facts import FLAGS
from hotline.rows import table_of
from tests.hotline.city import REPLY, TRANSPORT, UNSOLVED, WUDANG, House, live

EVERY = select(table_of(Fact)).order_by(Fact.ticket_id, Fact.known_from)


def rows_of(house: House, ticket: Ticket) -> list[Fact]:
    """The ticket's facts in the order of time."""
    with db.reading() as session:
        mine = select(Fact).where(Fact.ticket_id == ticket.id).order_by(Fact.known_from)
        return list(session.scalars(mine))


def flags(row: Fact) -> set[str]:
    """The names of the flags that are set."""
    return {name for bit, name in enumerate(FLAGS) if row.flags >> bit & 1}


def recount(house: House) -> recounting.Recounted:
    """All of it, at the house's time."""
    return recounting.recount(house.transaction)


def spoil(house: House) -> None:
    """Facts that are wrong in every way: one row gone, one altered, one ticket without any, months kept of it."""
    with house.transaction() as session:
        first, second, *_ = session.scalars(select(Ticket.id).order_by(Ticket.id)).all()
        session.execute(update(Fact).where(Fact.ticket_id == first).values(unit=TRANSPORT, flags=0))
        session.execute(delete(Fact).where(Fact.ticket_id == second))
        session.execute(delete(BadEvaluation))
        session.execute(update(Clock).values(worked=None))
        session.add(KeptMonth(first=house.now.date(), unit="*", counts={"dispatched": 7}))


def test_a_row_is_true_until_the_act_that_changes_it_and_acts_that_tell_nothing_make_none(house: House) -> None:
    ticket = house.open()
    house.wait(hours=1)
    dispatched = house.now
    house.act(ticket, "dispatch", unit=WUDANG)
    house.wait(hours=1)
    house.act(ticket, "accept")
    house.act(ticket, "contact", text="已联系")
    house.wait(hours=1)
    house.act(ticket, "resolve", **REPLY)
    waiting, given, answered = rows_of(house, ticket)
    assert (waiting.known_until, given.known_from, given.known_until) == (dispatched, dispatched, answered.known_from)
    assert answered.known_until is None
    assert (waiting.dispatched_at, waiting.unit, waiting.agent) == (None, None, "staff:9002")
    assert (given.dispatched_at, given.unit, flags(given)) == (dispatched, WUDANG, {"running"})
    assert (answered.minutes_natural, answered.answered_at) == (120, house.now)
    assert flags(answered) == {"in_time"}


def test_acts_at_one_instant_make_one_row(house: House) -> None:
    ticket = house.open()
    house.act(ticket, "dispatch", unit=WUDANG)
    house.act(ticket, "dispatch", unit=TRANSPORT)
    [row] = rows_of(house, ticket)
    assert (row.unit, flags(row)) == (TRANSPORT, {"running", "moved"})


def test_what_the_desk_wrote_is_what_a_recount_makes_and_the_proof_holds(house: House) -> None:
    live(house)
    parent, child = house.accepted(), house.dispatched()
    house.wait(days=1)
    house.act(child, "merge", into=parent.number)
    reviewed = house.reviewed()
    house.act(reviewed, "follow_up", **UNSOLVED)
    house.wait(days=2)
    house.act(reviewed, "reopen", text="没有修好")
    assert recount(house).changed == 0
    assert house.faults() == []


def test_a_recount_mends_what_was_spoilt_and_a_second_changes_nothing(house: House) -> None:
    live(house)
    house.act(house.reviewed(), "follow_up", **UNSOLVED)
    with db.reading() as session:
        before = session.execute(EVERY).all()
        worked = {row.id: row.worked for row in session.execute(select(Clock.id, Clock.worked))}
    spoil(house)
    assert len([fault for fault in house.faults() if "facts" in fault]) == 3
    assert recount(house).changed == 3
    with db.reading() as session:
        after = session.execute(EVERY).all()
        assert {row.id: row.worked for row in session.execute(select(Clock.id, Clock.worked))} == worked
        assert session.scalars(select(KeptMonth)).all() == []
    assert after == before
    assert recount(house).changed == 0
    assert house.faults() == []


def test_a_met_clock_says_how_much_working_time_it_took_and_a_running_one_does_not(house: House) -> None:
    ticket = house.open()
    house.wait(hours=4)
    house.act(ticket, "dispatch", unit=WUDANG)
    [dispatch], [accept] = house.clocks(ticket, "dispatch"), house.clocks(ticket, "accept")
    assert (dispatch.worked, accept.worked) == (180, None), "from ten to two, less the hour of noon"


def test_between_an_upgrade_and_its_recount_no_figure_is_given_and_then_all_are(house: House) -> None:
    live(house)
    with house.transaction() as session:
        session.execute(delete(Fact))
        session.add(Uncounted(name=facts.NAME))
    with db.reading() as session:
        assert not facts.is_counted(session)
    assert any("recount" in fault for fault in house.faults())
    done = CliRunner().invoke(cli, ["recount"])
    assert done.exit_code == 0, done.output
    assert "3 of them" in done.output
    with db.reading() as session:
        assert facts.is_counted(session)
    assert house.faults() == []


def test_an_act_between_an_upgrade_and_its_recount_is_done_all_the_same(house: House) -> None:
    ticket = house.dispatched()
    with house.transaction() as session:
        session.execute(delete(Fact))
        session.add(Uncounted(name=facts.NAME))
    house.wait(hours=1)
    house.act(house.act(ticket, "accept"), "resolve", **REPLY)
    assert recount(house).changed == 1
    given, answered = rows_of(house, ticket)
    assert answered.known_from - given.known_from == timedelta(hours=1)


def test_a_history_that_cannot_be_read_is_named_and_stops_nobody_else(house: House) -> None:
    broken, other = house.dispatched(), house.dispatched()
    with house.transaction() as session:
        subject = f"ticket:{broken.id}"
        journal.record(session, journal.Entry(subject, "nonsense", "staff:1", house.now, {}, ticket_id=broken.id))
        session.execute(delete(Fact))
    done = recount(house)
    assert (done.changed, done.broken) == (1, [broken.id])
    assert len(rows_of(house, other)) == 1
    assert rows_of(house, broken) == []


def test_a_report_that_is_asked_for_before_the_recount_names_the_command(house: House) -> None:
    with house.transaction() as session:
        session.add(Uncounted(name=facts.NAME))
    with db.reading() as session, pytest.raises(facts.NotCounted, match="hotline recount"):
        reports.scope_of(session, date(2026, 6, 1), date(2026, 6, 1))
