"""The proof: a history that was touched by whoever owns the database is found, and an untouched one is whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, text

from hotline import db, journal, vault, verification
from hotline.__main__ import cli
from hotline.models import Citizen, Event, EventText, Seal, Ticket
from hotline.settings import settings
from tests.hotline.city import House

ROOT = Path(__file__).resolve().parents[2]


def tamper(*statements: str, **values: Any) -> None:
    """Run SQL as one who owns the database: no trigger and no foreign key stands in the way."""
    engine = create_engine(settings().database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.execute(text("DROP TRIGGER events_no_edit"))
            connection.execute(text("DROP TRIGGER events_no_delete"))
        for statement in statements:
            connection.execute(text(statement), values)
    engine.dispose()


def _found(house: House) -> str:
    """The faults, which the command line must find as well."""
    faults = house.faults()
    told = CliRunner().invoke(cli, ["verify"])
    assert told.exit_code == (1 if faults else 0)
    assert told.output.count("FAULT") == len(faults)
    return "\n".join(faults)


def _event(subject: str, seq: int) -> dict[str, Any]:
    with db.reading() as session:
        row = session.scalars(select(Event).where(Event.subject == subject, Event.seq == seq)).one()
        return {column.name: getattr(row, column.name) for column in Event.__table__.columns}


def _tickets(house: House) -> list[Ticket]:
    with db.reading() as session:
        return list(session.scalars(select(Ticket).order_by(Ticket.id)))


def test_an_untouched_history_is_whole(lived: House) -> None:
    found = lived.verify()
    assert not _found(lived)
    assert (found.tickets, found.seals, found.unsealed) == (3, 3, 2)
    assert found.events > 15


def test_the_command_ends_with_1_when_anything_is_wrong_and_with_0_when_all_is_whole(lived: House) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hotline", "verify"]
        return subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)

    whole = run()
    assert (whole.returncode, whole.stdout.splitlines()[-1]) == (0, "whole"), whole.stderr
    tamper("UPDATE events SET actor = 'nobody' WHERE subject = 'ticket:1' AND seq = 3")
    broken = run()
    assert broken.returncode == 1
    assert "FAULT ticket:1: event 3 was changed" in broken.stdout
    assert not broken.stderr


CHANGED = {
    "action": "'contact'",
    "actor": "'staff:1'",
    "unit": "'city'",
    "at": "'2026-05-01 00:00:00.000000'",
    "data": "'{}'",
    "subject": "'ticket:99'",
    "previous": f"'{'1' * 64}'",
    "hash": f"'{'1' * 64}'",
}


@pytest.mark.parametrize("column", CHANGED)
def test_an_edited_event_is_found_whatever_was_edited(lived: House, column: str) -> None:
    tamper(f"UPDATE events SET {column} = {CHANGED[column]} WHERE subject = 'ticket:1' AND seq = 3")
    assert "ticket:1: event 3" in _found(lived)


@pytest.mark.parametrize("seq", [3, 8])
def test_an_edit_whose_hash_was_made_to_fit_is_found_by_what_follows_or_by_the_seal(lived: House, seq: int) -> None:
    row = _event("ticket:1", seq)
    fitting = journal.event_hash(row | {"actor": "staff:1"})
    tamper(
        "UPDATE events SET actor = 'staff:1', hash = :hash WHERE subject = 'ticket:1' AND seq = :seq",
        hash=fitting,
        seq=seq,
    )
    found = _found(lived)
    assert "were sealed" in found
    assert "event 4 does not continue event 3" in found or seq == 8


def test_a_deleted_event_is_found(lived: House) -> None:
    tamper("DELETE FROM events WHERE subject = 'ticket:1' AND seq = 4")
    found = _found(lived)
    assert "ticket:1: event 4 is missing" in found
    assert "seal 1:" in found


def test_a_tail_that_was_cut_is_found_by_the_seal_and_by_the_tickets_row(lived: House) -> None:
    tamper("DELETE FROM events WHERE subject = 'ticket:1' AND seq >= 7")
    found = _found(lived)
    assert "seal 2:" in found
    assert "ticket:1: status is 'closed', the history says" in found


def test_a_tail_cut_before_its_seal_is_found_by_the_tickets_row(lived: House) -> None:
    tamper("DELETE FROM events WHERE seal IS NULL AND action = 'dispatch'")
    assert "ticket:3: status is 'dispatched', the history says 'received'" in _found(lived).replace(
        "<Status.RECEIVED: 'received'>", "'received'"
    )


def test_a_ticket_whose_whole_history_is_gone_is_found_also_before_its_seal(lived: House) -> None:
    tamper("DELETE FROM events WHERE subject = 'ticket:3'")
    assert "ticket:3: its history is missing" in _found(lived)


def test_two_events_in_the_wrong_order_are_found(lived: House) -> None:
    swap = "UPDATE events SET seq = {} WHERE subject = 'ticket:1' AND seq = {}"
    tamper(swap.format(99, 3), swap.format(3, 4), swap.format(4, 99))
    found = _found(lived)
    assert "ticket:1: event 3 was changed" in found
    assert "ticket:1: event 4 was changed" in found


def test_events_numbered_anew_are_found_by_the_seals_order(lived: House) -> None:
    first, second = _event("ticket:1", 3)["id"], _event("ticket:1", 4)["id"]
    swap = "UPDATE events SET id = {} WHERE id = {}"
    tamper(swap.format(-1, first), swap.format(first, second), swap.format(second, -1))
    assert "seal 1:" in _found(lived)


def test_histories_swapped_between_two_tickets_are_found(lived: House) -> None:
    swap = "UPDATE events SET subject = '{}', ticket_id = {} WHERE ticket_id = {}"
    tamper(swap.format("ticket:9", 9, 1), swap.format("ticket:1", 1, 2), swap.format("ticket:2", 2, 9))
    found = _found(lived)
    assert "ticket:1: event 1 was changed" in found
    assert "ticket:2: event 1 was changed" in found


@pytest.mark.parametrize("other", ["2", "NULL"])
def test_an_event_filed_under_another_ticket_is_found(lived: House, other: str) -> None:
    tamper(f"UPDATE events SET ticket_id = {other} WHERE subject = 'ticket:1' AND seq = 4")
    assert "ticket:1: event 4 is filed under ticket" in _found(lived)


# Seals


def test_seals_that_were_cut_are_found_by_their_copy_outside(lived: House) -> None:
    tamper("UPDATE events SET seal = NULL WHERE seal = 3", "DELETE FROM seals WHERE id = 3")
    assert _found(lived) == "seal 3 of seals.log is not in the database, or differs there"


def test_a_history_rewritten_with_all_its_seals_is_found_by_the_copy_outside(lived: House) -> None:
    tamper("UPDATE events SET seal = NULL", "DELETE FROM seals")
    with lived.transaction() as session:
        journal.seal(session)
    assert "seal 1 of seals.log" in _found(lived)


def test_a_missing_seal_is_found(lived: House) -> None:
    tamper("UPDATE events SET seal = NULL WHERE seal = 1", "DELETE FROM seals WHERE id = 1")
    assert "seal 1 is missing" in _found(lived)


@pytest.mark.parametrize("column", ["at", "count", "root", "previous", "hash"])
def test_a_changed_seal_is_found(lived: House, column: str) -> None:
    value = {"at": "'2026-05-01 00:00:00.000000'", "count": "1"}.get(column, f"'{'2' * 64}'")
    tamper(f"UPDATE seals SET {column} = {value} WHERE id = 2")
    assert "seal 2" in _found(lived)


def test_an_event_taken_out_of_its_seal_is_found(lived: House) -> None:
    tamper("UPDATE events SET seal = NULL WHERE subject = 'ticket:1' AND seq = 2")
    assert "seal 1:" in _found(lived)


# Rows beside the events


def test_a_changed_text_is_found(lived: House) -> None:
    tamper("UPDATE event_texts SET text = '别的话' WHERE subject = 'ticket:1' AND seq = 2")
    assert _found(lived) == "ticket:1: the text of event 2 was changed"


def test_a_text_put_beside_an_event_that_had_none_is_found(lived: House) -> None:
    tamper("INSERT INTO event_texts (subject, seq, salt, text) VALUES ('ticket:1', 3, '00', '补写的话')")
    assert "ticket:1: the text of event 3 was changed" in _found(lived)


def test_what_the_citizen_said_cannot_be_changed(lived: House) -> None:
    tamper("UPDATE tickets SET content = '没有这回事' WHERE id = 1")
    assert "ticket:1: the citizen's content was changed" in _found(lived)


def test_citizens_swapped_between_two_tickets_are_found(lived: House) -> None:
    with db.reading() as session:
        rows = {row.ticket_id: row for row in session.scalars(select(Citizen))}
    tamper("UPDATE citizens SET phone = :phone WHERE ticket_id = 1", phone=rows[2].phone)
    assert "ticket:1: the citizen's phone was changed" in _found(lived)
    with pytest.raises(vault.WrongKey):
        vault.decrypt(rows[2].phone or b"", "phone:1")


@pytest.mark.parametrize("field", ["name", "phone", "id_number", "address"])
def test_another_name_phone_number_or_address_is_found_also_where_there_was_none(lived: House, field: str) -> None:
    other = vault.encrypt("别人的", f"{field}:1")
    tamper(f"UPDATE citizens SET {field} = :other WHERE ticket_id = 1", other=other)
    assert f"ticket:1: the citizen's {field} was changed" in _found(lived)


@pytest.mark.parametrize("change", ["UPDATE citizens SET salt = '00'", "DELETE FROM citizens"])
def test_a_citizens_row_that_lost_its_salt_or_is_gone_is_found(lived: House, change: str) -> None:
    tamper(f"{change} WHERE ticket_id = 1")
    assert "ticket:1: the citizen's" in _found(lived)


ROW = {
    "status": "'accepted'",
    "kind": "'praise'",
    "urgency": "'urgent'",
    "matter": "NULL",
    "place": "NULL",
    "unit": "'city'",
    "assisting": "'[\"city\"]'",
    "complex": "true",
    "cycle": "2",
    "dispatches": "7",
    "dispatched_at": "NULL",
    "designated": "true",
    "extensions": "1",
    "pending": "'return'",
    "tries": "2",
    "evaluated": "false",
    "parent_id": "2",
}


@pytest.mark.parametrize("column", ROW)
def test_a_tickets_row_that_is_not_the_fold_of_its_history_is_found(lived: House, column: str) -> None:
    tamper(f"UPDATE tickets SET {column} = {ROW[column]} WHERE id = 1")
    assert f"ticket:1: {column} is " in _found(lived)


def test_a_ticket_whose_row_is_gone_is_found(lived: House) -> None:
    tamper("DELETE FROM tickets WHERE id = 3")
    assert "ticket:3: the ticket's row is missing" in _found(lived)


# Erasure


def test_an_erased_person_and_erased_texts_leave_the_chain_whole(lived: House) -> None:
    with db.transaction() as session:
        for row in session.scalars(select(Citizen)):
            row.name = row.phone = row.id_number = row.address = row.phone_digest = None
            row.salt, row.erased_at = "", db.now(session)
        session.query(EventText).delete()
        for ticket in session.scalars(select(Ticket)):
            ticket.content = "(已匿名)"
    assert not _found(lived)


# Seals as they are made


def test_a_seal_holds_what_is_new_once_and_continues_the_one_before(house: House) -> None:
    house.open()
    house.seal()
    house.seal()
    house.open()
    house.seal()
    with db.reading() as session:
        seals = list(session.scalars(select(Seal).order_by(Seal.id)))
        counts = [session.query(Event).filter_by(seal=seal.id).count() for seal in seals]
    assert [seal.id for seal in seals] == [1, 2]
    assert [seal.count for seal in seals] == counts
    assert (seals[0].previous, seals[1].previous) == (journal.GENESIS, seals[0].hash)
    lines = [json.loads(line) for line in house.seals.read_text().splitlines()]
    assert [(line["seal"], line["hash"]) for line in lines] == [(seal.id, seal.hash) for seal in seals]


def test_a_line_left_by_a_seal_that_failed_is_put_right_by_the_next(house: House) -> None:
    house.open()
    house.seals.write_text(json.dumps({"seal": 1, "at": "", "count": 9, "hash": "f" * 64}) + "\n")
    house.seal()
    assert not house.faults()


def test_of_two_who_seal_at_once_one_does_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from hotline import rounds

    for _ in range(5):
        house.open()
    db.engine()
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: rounds.seal_round(), range(4)))
    assert sum(made) == house.verify().seals == 1
    assert not house.faults()


@pytest.mark.parametrize(("sealed", "most"), [([0], 1), ([1, 0], 1), ([3, 3, 1, 0], 3)])
def test_a_long_backlog_is_sealed_in_portions(
    house: House, monkeypatch: pytest.MonkeyPatch, sealed: list[int], most: int
) -> None:
    monkeypatch.setattr(journal, "SEAL_BATCH", most)
    with house.transaction() as session:
        while journal.seal(session):
            pass
    for _ in range(sum(sealed)):
        house.open()
    counts = []
    for _ in sealed:
        with house.transaction() as session:
            made = journal.seal(session, house.seals)
            counts.append(made.count if made else 0)
    assert counts == sealed
    assert not house.faults()


def test_a_merkle_root_tells_order_number_and_level_apart() -> None:
    a, b, c = ("a" * 64, "b" * 64, "c" * 64)
    roots = [journal.merkle_root(hashes) for hashes in ([], [a], [a, b], [b, a], [a, b, c], [a, a, b])]
    assert len(set(roots)) == len(roots)
    assert journal.merkle_root([journal.merkle_root([a, b])]) != journal.merkle_root([a, b])
    assert journal.merkle_root([]) == journal.GENESIS


def test_what_is_written_while_the_proof_runs_looks_like_no_fault(
    lived: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = lived.ticket("20260601000003")
    check = verification._check_chains

    def slowly(session: Any, found: Any) -> None:
        session.scalar(select(Seal.id).limit(1))
        lived.act(ticket, "accept")
        lived.seal()
        check(session, found)

    monkeypatch.setattr(verification, "_check_chains", slowly)
    assert not [fault for fault in lived.faults() if "seals.log" not in fault]
    assert lived.ticket(ticket.number).status == "accepted"
