"""The outbox: at least once, never backwards, and nothing lost while the index is away."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from hotline import db, relay, rounds, searchable, staff
from hotline.models import Event, Ticket
from search.documents import Document, Query, Unavailable
from search.embedded import EmbeddedEngine
from tests.hotline.city import REPLY, TRANSPORT, WATER, WUDANG, House


@pytest.fixture
def index(house: House) -> EmbeddedEngine:
    """The embedded index of this house, empty."""
    engine = EmbeddedEngine(house.home / "search.db")
    engine.prepare()
    return engine


class Away(EmbeddedEngine):
    """The index, in the hours in which it does not answer."""

    def put(self, documents: Iterable[Document]) -> None:
        """It is away."""
        raise Unavailable("the index is away")


def deliver(house: House, index: EmbeddedEngine, limit: int = relay.RELAY_BATCH) -> int:
    """Rounds of the relay until nothing is left; how many events."""
    delivered = 0
    while True:
        with house.transaction() as session:
            count = relay.relay(session, index, limit)
        delivered += count
        if not count:
            return delivered


def undelivered(house: House) -> int:
    """How many events wait."""
    with house.transaction() as session:
        return relay.lag(session)[0]


def versions() -> dict[int, int]:
    """The version of each ticket in the table."""
    with db.reading() as session:
        return {row.id: row.version for row in session.execute(select(Ticket.id, Ticket.version))}


def test_after_quiet_the_index_is_the_table_by_id_and_version(house: House, index: EmbeddedEngine) -> None:
    tickets = [house.accepted(), house.open(), house.closed()]
    assert deliver(house, index) > len(tickets)
    assert index.versions([ticket.id for ticket in tickets]) == versions()
    assert undelivered(house) == 0
    house.act(tickets[1], "dispatch", unit=TRANSPORT)
    assert index.versions([tickets[1].id]) == {tickets[1].id: 1}
    deliver(house, index)
    assert index.versions([tickets[1].id]) == {tickets[1].id: 2}


def test_what_was_delivered_is_not_delivered_again(house: House, index: EmbeddedEngine) -> None:
    house.dispatched()
    deliver(house, index)
    assert deliver(house, index) == 0


def test_while_the_index_is_away_nothing_is_marked_and_later_all_is_there(house: House, index: EmbeddedEngine) -> None:
    ticket = house.resolved()
    waiting = undelivered(house)
    away = Away(house.home / "search.db")
    for _ in range(2):
        with pytest.raises(Unavailable), house.transaction() as session:
            relay.relay(session, away)
    assert undelivered(house) == waiting > 0
    deliver(house, index)
    assert index.versions([ticket.id]) == versions()


def test_a_delivery_that_is_cut_off_before_its_commit_is_made_again(house: House, index: EmbeddedEngine) -> None:
    ticket = house.dispatched()
    with house.transaction() as session:
        relay.relay(session, index)
        session.rollback()
    assert index.versions([ticket.id]) == versions()
    assert undelivered(house) > 0
    deliver(house, index)
    assert undelivered(house) == 0


def test_a_late_delivery_of_an_older_state_never_overwrites(house: House, index: EmbeddedEngine) -> None:
    ticket = house.open()
    with house.transaction() as session:
        stale = list(relay.documents(session, [ticket.id]))
    house.act(ticket, "dispatch", unit=WUDANG)
    deliver(house, index)
    index.put(stale)
    assert index.versions([ticket.id]) == {ticket.id: 2}
    assert index.search(Query(visible_to=WUDANG)).total == 1


def test_any_number_of_relays_at_once_end_where_one_would(house: House, index: EmbeddedEngine) -> None:
    tickets = [house.accepted() for _ in range(6)]
    gate = threading.Barrier(4)

    def run(_: int) -> int:
        gate.wait(30)
        return deliver(house, index, limit=3)

    waiting = undelivered(house)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == waiting
    assert undelivered(house) == 0
    assert index.versions([ticket.id for ticket in tickets]) == versions()


def test_the_lag_is_how_many_wait_and_for_how_long_the_oldest(house: House, index: EmbeddedEngine) -> None:
    deliver(house, index)
    with house.transaction() as session:
        assert relay.lag(session) == (0, 0.0)
    house.open()
    house.wait(seconds=40)
    house.open()
    house.wait(seconds=2)
    with house.transaction() as session:
        assert relay.lag(session) == (2, 42.0)


def test_the_document_is_what_its_readers_may_find(house: House) -> None:
    ticket = house.act(house.dispatched(assisting=[WATER], text="请核实"), "accept")
    house.act(ticket, "resolve", **REPLY)
    with house.transaction() as session:
        [document] = relay.documents(session, [ticket.id])
    assert set(document.units) == {WUDANG, WATER, "city"}
    assert (document.status, document.unit, document.reply) == ("resolved", WUDANG, REPLY["public_reply"])
    assert document.matters[0] == document.matter
    assert document.places[-1] == "5201"
    assert REPLY["result"] not in str(document)


def test_events_of_people_before_there_is_a_city_do_not_stop_the_relay(
    house: House, index: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(house, index)
    with house.transaction() as session:
        staff.add_staff(session, "first", "第一人", ["dispatcher"], None, "long enough a word")

    def nothing(_: object) -> None:
        raise LookupError("the tables are empty")

    monkeypatch.setattr(searchable, "knowledge", nothing)
    assert deliver(house, index) == 1


def test_the_round_gives_up_quietly_while_the_index_is_away_and_goes_on_when_it_is_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = house.dispatched()
    with monkeypatch.context() as patch:
        patch.setattr(rounds, "index", lambda: Away(house.home / "search.db"))
        assert rounds.relay_round() == 0
    assert undelivered(house) > 0
    assert rounds.relay_round() > 0
    assert undelivered(house) == 0
    assert EmbeddedEngine(house.home / "search.db").versions([ticket.id]) == versions()


def test_delivered_events_say_when(house: House, index: EmbeddedEngine) -> None:
    ticket = house.open()
    house.wait(seconds=9)
    deliver(house, index)
    with db.reading() as session:
        [when] = session.scalars(select(Event.delivered_at).where(Event.ticket_id == ticket.id))
    assert when == house.now


@pytest.mark.parametrize("database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_relay_in_the_middle_of_its_work_holds_up_no_other(house: House, index: EmbeddedEngine) -> None:
    first, second = house.open(), house.open()
    deliver(house, index, limit=1)
    house.act(first, "dispatch", unit=WUDANG)
    house.act(second, "dispatch", unit=WUDANG)
    with house.transaction() as session:
        assert relay.relay(session, index, limit=1) == 1
        assert deliver(house, index) == 1
    assert undelivered(house) == 0
