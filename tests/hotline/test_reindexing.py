"""The index and the tables compared and made equal, on both databases; a process killed in the middle of it; an index
emptied, damaged or away.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from elasticsearch import Elasticsearch
from sqlalchemy import update

from hotline import db, lease, reindexing, relay, rounds, search_state
from hotline.__main__ import cli
from hotline.models import Event, Ticket
from hotline.settings import settings
from search.digests import BLOCK
from search.documents import Query, Unavailable
from search.elastic import ElasticEngine
from search.embedded import EmbeddedEngine
from search.life import NothingKept
from tests.hotline.city import WUDANG, House
from tests.hotline.test_relay import Away, deliver, index, undelivered, versions

__all__ = ["index"]

ROOT = Path(__file__).resolve().parents[2]


def quiet(blocks: Sequence[int], _words: str) -> Iterable[int]:
    """No progress bar."""
    return blocks


@pytest.fixture
def tickets(house: House, index: EmbeddedEngine) -> list[Ticket]:
    """Some tickets, all of them in the index."""
    written = [house.open() for _ in range(4)]
    deliver(house, index)
    index.filled()
    return written


def documents(ticket: Ticket) -> list[relay.Document]:
    with db.reading() as session:
        return list(relay.documents(session, [ticket.id]))


# Building beside.


def test_an_index_built_beside_takes_the_place_of_the_old_one_whole(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    before = index.life()
    assert reindexing.rebuild(index, quiet).tickets == len(tickets)
    after = index.life()
    assert (after.kept, after.building, after.filling) == (before.live, None, False)
    assert index.versions([ticket.id for ticket in tickets]) == versions()


def test_what_is_written_while_one_is_built_is_in_it_and_search_goes_on(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    shown: list[int] = []

    def busy(blocks: Sequence[int], words: str) -> Iterator[int]:
        for block in blocks:
            yield block
            if words == "filling":  # this block has been read already
                house.act(tickets[0], "dispatch", unit=WUDANG)
                house.open()
                deliver(house, index)
                house.act(tickets[1], "dispatch", unit=WUDANG)
                shown.append(index.search(Query()).total)

    reindexing.rebuild(index, busy)
    assert shown == [len(tickets) + 1]
    assert index.versions([tickets[0].id]) == {tickets[0].id: 2}
    deliver(house, index)
    assert index.versions(list(versions())) == versions()
    assert reindexing.reconcile(index, quiet).faults == 0


def test_back_to_the_one_before_which_is_brought_up_to_date_first(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    with pytest.raises(NothingKept):
        reindexing.rebuild(index, quiet, kept=True)
    first = index.life().live
    reindexing.rebuild(index, quiet)
    house.act(tickets[0], "dispatch", unit=WUDANG)
    house.open()
    deliver(house, index)
    found = reindexing.rebuild(index, quiet, kept=True)
    assert index.life().live == first
    assert index.versions(list(versions())) == versions()
    assert found.tickets == len(tickets) + 1


def test_one_process_at_a_time_works_on_the_index(house: House, index: EmbeddedEngine, tickets: list[Ticket]) -> None:
    other = lease.Holder(reindexing.LEASE, reindexing.LEASE_SECONDS)
    assert other.holds()
    for work in (reindexing.rebuild, reindexing.reconcile):
        with pytest.raises(reindexing.Busy):
            work(index, quiet)
    assert rounds.repair_round() == 0
    other.let_go()
    assert reindexing.rebuild(index, quiet).tickets == len(tickets)


class Deaf(EmbeddedEngine):
    """An index whose one beside loses what is put into it."""

    def build(self, kept: bool = False) -> EmbeddedEngine:
        """It takes everything and keeps nothing."""
        super().build(kept)
        return Silent(self._beside.path)


class Silent(EmbeddedEngine):
    """Loses what is put."""

    def put(self, documents: Iterable[relay.Document]) -> None:
        """Read, and forgotten."""
        list(documents)


def test_an_index_that_is_not_right_is_never_swapped_in(index: EmbeddedEngine, tickets: list[Ticket]) -> None:
    live = index.life().live
    with pytest.raises(reindexing.Unsound):
        reindexing.rebuild(Deaf(index.path), quiet)
    assert index.life().live == live
    assert index.count() == len(tickets)


KILLED = """
import os, signal
from hotline import reindexing, rounds
def watch(blocks, words):
    for block in blocks:
        yield block
    os.kill(os.getpid(), signal.SIGKILL)
reindexing.rebuild(rounds.index(), watch)
"""


def test_a_build_killed_in_the_middle_is_gone_on_with_by_the_next_and_nothing_is_lost(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    begun = index.life().building
    assert begun is not None
    assert index.count() == len(tickets)
    house.act(tickets[0], "dispatch", unit=WUDANG)
    deliver(house, index)
    assert rounds.heal_round() == 0, "it may be at work still"
    with db.transaction() as session:
        session.execute(update(lease.Row).values(until=db.now(session)))
    assert rounds.heal_round() == len(tickets)
    assert index.life().live == begun
    assert index.versions(list(versions())) == versions()


# Comparing.


def test_each_kind_of_fault_is_found_named_and_mended(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    lacking, older, differing, right = tickets
    [old], [other], [orphan] = documents(older), documents(differing), documents(right)
    house.act(older, "dispatch", unit=WUDANG)
    deliver(house, index)
    index.clear()
    index.put([old, replace(other, title="别的"), orphan, replace(orphan, id=50 * BLOCK, number="无")])
    found = reindexing.reconcile(index, quiet)
    assert found.counts == {"lacking": 1, "older": 1, "differing": 1, "orphans": 1, "ahead": 0}
    assert (found.lacking, found.older, found.differing) == ([lacking.id], [older.id], [differing.id])
    assert found.orphans == [50 * BLOCK]
    assert index.versions([*versions(), 50 * BLOCK]) == versions()
    assert reindexing.reconcile(index, quiet).faults == 0


def test_what_is_on_its_way_is_no_fault(house: House, index: EmbeddedEngine, tickets: list[Ticket]) -> None:
    house.act(tickets[0], "dispatch", unit=WUDANG)
    house.open()
    assert undelivered(house) > 0
    assert reindexing.reconcile(index, quiet).faults == 0
    assert index.versions([tickets[0].id]) == {tickets[0].id: 1}


def test_an_index_newer_than_the_tables_as_after_a_restored_backup_is_built_anew(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    [future] = documents(tickets[0])
    index.put([replace(future, version=9, title="没有发生过")])
    assert reindexing.reconcile(index, quiet).ahead == [tickets[0].id]
    assert index.versions(list(versions())) == versions()


def test_equal_blocks_are_compared_once_and_nothing_in_them_is_looked_at(
    index: EmbeddedEngine, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: int) -> None:
        raise AssertionError("a block that adds up was looked at")

    monkeypatch.setattr(index, "stamps", never)
    assert reindexing.reconcile(index, quiet).tickets == len(tickets)


# Healing without a person.


def test_an_emptied_index_is_filled_again_and_people_are_told_meanwhile(
    house: House, index: EmbeddedEngine, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    note = search_state.note_filling
    monkeypatch.setattr(search_state, "note_filling", lambda lacking: (note(lacking), told.append(lacking)))
    index.path.unlink()
    assert rounds.relay_round() == 0
    assert index.life().filling
    assert rounds.heal_round() == len(tickets)
    assert told == [len(tickets)]
    assert index.versions(list(versions())) == versions()
    assert rounds.heal_round() == 0
    with db.reading() as session:
        assert search_state.state(session).lacking == 0


def test_an_index_that_lost_some_is_mended_by_the_round_of_the_minute(
    index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    index.remove({tickets[0].id: 0})
    assert rounds.repair_round() == 1
    assert rounds.repair_round() == 0
    assert index.versions(list(versions())) == versions()


def test_a_damaged_file_is_emptied_and_filled_again(index: EmbeddedEngine, tickets: list[Ticket]) -> None:
    index.path.write_bytes(b"no database at all, and longer than a header " * 50)
    assert rounds.relay_round() == 0
    assert rounds.heal_round() == len(tickets)
    assert index.versions(list(versions())) == versions()


def test_the_note_of_an_index_that_is_away_says_since_when_and_is_taken_back(
    house: House, index: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def state() -> search_state.State:
        with db.reading() as session:
            return search_state.state(session)

    house.open()
    with monkeypatch.context() as patch:
        patch.setattr(rounds, "index", lambda: Away(index.path))
        assert rounds.relay_round() == 0
        first = state().away
        patch.setattr(search_state, "AGAIN_SECONDS", 0.0)
        search_state._noted.clear()
        assert rounds.relay_round() == 0
        assert state().away == first is not None
        assert state().waiting > 0
    assert rounds.relay_round() > 0
    assert (state().away, state().waiting) == (None, 0)


def test_the_nightly_comparison_goes_once_a_night_and_in_its_hour(
    index: EmbeddedEngine, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = datetime.now(UTC).astimezone(rounds.ZONE).hour
    index.remove({tickets[0].id: 0})
    for name in (str((hour + 12) % 24), str(hour)):
        monkeypatch.setenv("HOTLINE_RECONCILE_HOUR", name)
        settings.cache_clear()
        wrong = rounds.reconcile_round()
    assert wrong == 1
    index.remove({tickets[0].id: 0})
    assert rounds.reconcile_round() == 0


def test_a_nightly_comparison_that_could_not_be_made_is_tried_again_in_the_same_hour(
    index: EmbeddedEngine, tickets: list[Ticket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_RECONCILE_HOUR", str(datetime.now(UTC).astimezone(rounds.ZONE).hour))
    settings.cache_clear()
    index.remove({tickets[0].id: 0})
    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedEngine, "tallies", _away)
        assert rounds.reconcile_round() == 0
    assert rounds.reconcile_round() == 1


def _away(_: EmbeddedEngine) -> None:
    raise Unavailable("the index is away")


# The relay's round.


def test_a_round_of_the_relay_begins_no_portion_after_its_time(house: House, index: EmbeddedEngine) -> None:
    for _ in range(3):
        house.open()
    waiting = undelivered(house)
    assert relay.deliver(index, seconds=0, limit=2) == 2
    assert relay.deliver(index, seconds=60, limit=2) == waiting - 2
    assert index.versions(list(versions())) == versions()


def test_no_writer_of_the_tables_waits_for_the_index(
    house: House, index: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.open()
    put: Callable[..., None] = EmbeddedEngine.put

    def putting(engine: EmbeddedEngine, documents: Iterable[relay.Document]) -> None:
        house.open()
        put(engine, documents)

    with monkeypatch.context() as patch:
        patch.setattr(EmbeddedEngine, "put", putting)
        relay.deliver(index, seconds=0)
    deliver(house, index)
    assert index.versions(list(versions())) == versions()
    assert len(versions()) == 2


def test_events_without_a_ticket_are_delivered_to_nobody(house: House, index: EmbeddedEngine) -> None:
    with house.transaction() as session:
        session.execute(update(Event).values(delivered_at=None))
    relay.deliver(index, seconds=10)
    assert undelivered(house) == 0


# The commands.


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, list(words))
    return done.exit_code, done.output.splitlines()[-1]


def test_the_commands_build_go_back_compare_and_drop(
    house: House, index: EmbeddedEngine, tickets: list[Ticket]
) -> None:
    assert run("reindex") == (0, f"{len(tickets)} tickets")
    assert run("reindex", "--rollback") == (0, f"{len(tickets)} tickets")
    assert run("reconcile") == (0, f"{len(tickets)} tickets; nothing wrong")
    index.remove({tickets[0].id: 0})
    assert run("reconcile") == (0, f"{len(tickets)} tickets; 1 lacked")
    index.remove({tickets[0].id: 0})
    code, said = run("reconcile", "--json")
    assert (code, f'"lacking": [{tickets[0].id}]' in said) == (0, True)
    index.build()
    assert run("reindex", "--drop") == (0, "dropped")
    assert index.life().building is None


def test_a_command_that_cannot_be_done_now_says_so_in_a_sentence(house: House, index: EmbeddedEngine) -> None:
    code, said = run("reindex", "--rollback")
    assert (code, "no index of today's form is kept" in said) == (1, True)
    assert lease.Holder(reindexing.LEASE, 60).holds()
    code, said = run("reindex")
    assert (code, "another process" in said) == (1, True)


# Elasticsearch.


@pytest.fixture
def elastic(house: House, elasticsearch_url: str, elasticsearch_prefix: str) -> Iterator[ElasticEngine]:
    """The rounds over a real server."""
    engine = ElasticEngine(elasticsearch_url, f"{elasticsearch_prefix}hotline", timeout=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "index", lambda: engine)
        yield engine


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_elasticsearch_wiped_is_filled_again_by_the_rounds(
    house: House, elastic: ElasticEngine, elasticsearch_url: str
) -> None:
    tickets = [house.open() for _ in range(3)]
    assert rounds.relay_round() > 0
    assert rounds.heal_round() == len(tickets)
    with Elasticsearch(elasticsearch_url) as server:
        server.indices.delete(index=str(elastic.life().live))
    house.act(tickets[0], "dispatch", unit=WUDANG)
    assert rounds.relay_round() == 1
    assert elastic.life().filling
    assert rounds.heal_round() == len(tickets)
    assert elastic.versions(list(versions())) == versions()
    assert (rounds.heal_round(), rounds.repair_round()) == (0, 0)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_of_elasticsearch_stops_no_act_and_heals_when_it_lifts_its_block(
    house: House, elastic: ElasticEngine
) -> None:
    ticket = house.open()
    rounds.relay_round()
    rounds.heal_round()
    blocks = elastic._client.indices.put_settings
    blocks(index=elastic.alias, settings={"index.blocks.read_only_allow_delete": True})
    house.act(ticket, "dispatch", unit=WUDANG)
    assert rounds.relay_round() == 0
    with db.reading() as session:
        assert search_state.state(session).away is not None
    assert elastic.versions([ticket.id]) == {ticket.id: 1}
    blocks(index=elastic.alias, settings={"index.blocks.read_only_allow_delete": None})
    assert rounds.relay_round() == 1
    with db.reading() as session:
        assert search_state.state(session).away is None
    assert elastic.versions([ticket.id]) == {ticket.id: 2}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_elasticsearch_is_built_beside_compared_and_gone_back_to(house: House, elastic: ElasticEngine) -> None:
    tickets = [house.open() for _ in range(3)]
    rounds.relay_round()
    first = elastic.life().live
    reindexing.rebuild(elastic, quiet)
    assert elastic.life().kept == first
    house.act(tickets[0], "dispatch", unit=WUDANG)
    rounds.relay_round()
    elastic.remove({tickets[1].id: 0})
    assert reindexing.reconcile(elastic, quiet).lacking == [tickets[1].id]
    reindexing.rebuild(elastic, quiet, kept=True)
    assert elastic.life().live == first
    assert elastic.versions(list(versions())) == versions()
