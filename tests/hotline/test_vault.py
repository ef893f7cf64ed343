"""Personal data at rest: closed to its row, found by fingerprint, and nowhere else in plain."""

from __future__ import annotations

import base64
import json
import logging
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from hotline import db, rounds, vault
from hotline.models import Citizen, Ticket
from hotline.models.model import Model
from tests.hotline.city import KEYS, REPLY, WUDANG, House, inquiry

OLD, NEW, OTHER = (base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))
CANARY = {
    "name": "金丝雀甲",
    "phone": "13987654321",
    "id_number": "520103199003078811",
    "address": "云岩区金丝雀巷七号",
}


def _keys(monkeypatch: pytest.MonkeyPatch, key: str, *old: str) -> None:
    monkeypatch.setenv("HOTLINE_DATA_KEY", key)
    monkeypatch.setenv("HOTLINE_OLD_DATA_KEYS", ",".join(old))
    db.forget()
    vault.forget()


@pytest.fixture
def keys(home: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A process with the old key alone."""
    _keys(monkeypatch, OLD)
    return monkeypatch


def test_what_is_closed_opens_only_in_its_own_place(keys: pytest.MonkeyPatch) -> None:
    closed = vault.encrypt("13800000000", "phone:17")
    assert vault.decrypt(closed, "phone:17") == "13800000000"
    for elsewhere in ("phone:18", "name:17", ""):
        with pytest.raises(vault.WrongKey):
            vault.decrypt(closed, elsewhere)


def test_the_same_text_is_closed_differently_each_time_and_found_by_the_same_fingerprint(
    keys: pytest.MonkeyPatch,
) -> None:
    assert len({vault.encrypt("13800000000", "phone:17") for _ in range(20)}) == 20
    assert vault.digest("13800000000", "phone") == vault.digest("13800000000", "phone")
    assert vault.digest("13800000000", "phone") != vault.digest("13800000000", "tail")


def test_a_value_that_was_altered_anywhere_does_not_open(keys: pytest.MonkeyPatch) -> None:
    closed = vault.encrypt("13800000000", "phone:17")
    for position in range(len(closed)):
        altered = closed[:position] + bytes([closed[position] ^ 1]) + closed[position + 1 :]
        with pytest.raises(vault.WrongKey):
            vault.decrypt(altered, "phone:17")


def test_after_a_rotation_old_values_open_and_new_ones_are_closed_with_the_new_key(keys: pytest.MonkeyPatch) -> None:
    before = vault.encrypt("甲", "name:1")
    _keys(keys, NEW, OLD)
    after = vault.encrypt("乙", "name:2")
    assert vault.decrypt(before, "name:1") == "甲"
    _keys(keys, NEW)
    assert vault.decrypt(after, "name:2") == "乙"
    with pytest.raises(vault.WrongKey):
        vault.decrypt(before, "name:1")


def test_another_key_opens_nothing(keys: pytest.MonkeyPatch) -> None:
    closed = vault.encrypt("甲", "name:1")
    _keys(keys, OTHER)
    with pytest.raises(vault.WrongKey):
        vault.decrypt(closed, "name:1")


def test_after_rotations_codes_phones_and_repeats_are_still_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotline import desk
    from tests.hotline.city import AGENT

    message = inquiry(phone="13800000000")
    with house.transaction() as session:
        first = desk.open_ticket(session, message, AGENT)
    _keys(monkeypatch, NEW, KEYS["HOTLINE_DATA_KEY"])
    _keys(monkeypatch, OTHER, NEW, KEYS["HOTLINE_DATA_KEY"])
    with house.transaction() as session:
        again = desk.open_ticket(session, message, AGENT)
        found = session.scalars(
            select(Citizen.ticket_id).where(Citizen.phone_digest == vault.digest("13800000000", "phone"))
        )
        assert list(found) == [first.ticket.id]
        code = Ticket.query_code_digest == vault.digest(first.query_code, "code")
        assert session.scalars(select(Ticket.id).where(code)).one() == first.ticket.id
    assert (again.created, again.query_code) == (False, first.query_code)
    assert not house.faults()


# Query codes


def test_a_query_code_has_65_random_bits_each_of_them_free() -> None:
    codes = [vault.new_query_code() for _ in range(4000)]
    assert len(set(codes)) == len(codes)
    assert {len(code) for code in codes} == {13}
    assert len(vault.CODE_ALPHABET) == 32
    for place in range(13):
        seen = Counter(code[place] for code in codes)
        assert set(seen) == set(vault.CODE_ALPHABET)
        assert max(seen.values()) < 250, "each of 32 letters is expected 125 times"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("0123456789ABC", "0123456789ABC"),
        ("o1i3l56789abc", "0113156789ABC"),
        (" 0123-4567 89ABC ", "0123456789ABC"),
        ("0123456789AB", ""),
        ("0123456789ABCD", ""),
        ("0123456789ABU", ""),
        ("0123456789AB*", ""),
        ("", ""),
    ],
)
def test_a_code_is_understood_as_people_type_and_read_it(said: str, meant: str) -> None:
    assert vault.clean_query_code(said) == meant


def test_no_code_holds_a_letter_that_is_misread() -> None:
    assert not set("ILOU") & set(vault.CODE_ALPHABET)
    code = vault.new_query_code()
    assert vault.clean_query_code(code.lower()) == code


# The canary


def _life_of_the_canary(house: House) -> None:
    ticket = house.act(house.open(**CANARY), "dispatch", unit=WUDANG)
    for action, fields in (("accept", {}), ("resolve", REPLY), ("review", {"passed": True})):
        ticket = house.act(ticket, action, **fields)
    house.wait(days=20)
    house.sweep()
    house.seal()
    rounds.relay_round()


def _in_plain(data: bytes) -> list[str]:
    tail = CANARY["phone"][-8:]
    wanted = [*CANARY.values(), tail]
    spelt = [form for text in wanted for form in (text, json.dumps(text)[1:-1])]
    return [form for form in spelt if form.encode() in data or form.encode("utf-16-le") in data]


def test_a_citizens_name_phone_number_and_address_are_nowhere_in_plain(
    house: House, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logged:
        _life_of_the_canary(house)
        assert not house.faults()
    said = capsys.readouterr()
    words = (caplog.text, said.out, said.err, str(logged))
    assert not [found for text in words for found in _in_plain(text.encode())]
    with db.reading() as session:
        tables = {t.name: list(session.execute(select(t))) for t in Model.metadata.sorted_tables}
    cells = [(name, cell) for name, rows in tables.items() for row in rows for cell in row]
    plain = [name for name, cell in cells if _in_plain(cell if isinstance(cell, bytes) else str(cell).encode())]
    assert not plain
    files = [path for path in house.home.rglob("*") if path.is_file()]
    assert house.database == "postgres" or house.home / "hotline.db" in files
    assert not [path.name for path in files if _in_plain(path.read_bytes())]
    with db.reading() as session:
        row = session.query(Citizen).one()
        assert {name: vault.decrypt(getattr(row, name), f"{name}:{row.ticket_id}") for name in CANARY} == CANARY


def test_the_search_for_the_canary_would_find_it() -> None:
    assert _in_plain(f"…{CANARY['phone']}…".encode())
    assert _in_plain(json.dumps(CANARY).encode())
    assert not _in_plain(b"nothing of it")


def test_equal_phones_are_told_apart_in_events_by_their_salt(house: House) -> None:
    first, second = house.open(phone="13800000000"), house.open(phone="13800000000")
    commitments = {house.events(ticket)[0].data["citizen"]["phone"] for ticket in (first, second)}
    assert len(commitments) == 2
