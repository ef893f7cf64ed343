"""Staff: signing in, waiting after failures, and out at once; three administrators whose rights do not meet."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations

import pytest
from argon2 import PasswordHasher

from hotline import db, journal, staff, vault
from hotline.models import Event, Staff
from hotline.models import Session as WebSession
from hotline.rights import ADMINISTRATORS, CITIZEN, PERMISSIONS, ROLES, SYSTEM, Actor, check_roles
from tests.hotline.city import WUDANG, YANGCHANG, House

PASSWORD = "a word that is long enough"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash, at its least cost: how long it takes is the library's business."""
    monkeypatch.setattr(staff, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    staff._nobody.cache_clear()


def add(house: House, login: str = "liu", *roles: str, unit: str | None = None) -> None:
    """An account."""
    with house.transaction() as session:
        staff.add_staff(session, login, "某人", roles or ("dispatcher",), unit, PASSWORD)


def sign_in(house: House, login: str = "liu", password: str = PASSWORD) -> tuple[str, Actor] | None:
    """One try."""
    with house.transaction() as session:
        return staff.sign_in(session, login, password)


def token(house: House, login: str = "liu", days: int | None = None) -> str:
    """A new token."""
    with house.transaction() as session:
        account = staff.find(session, login)
        assert account
        return staff.add_token(session, account, "test", days)


def of_session(house: House, session_id: str) -> tuple[Actor | None, bool]:
    """Who a browser stands for now."""
    with house.transaction() as session:
        return staff.actor_of_session(session, session_id)


def of_token(house: House, said: str) -> Actor | None:
    """Who a token stands for now."""
    with house.transaction() as session:
        return staff.actor_of_token(session, said)


def account(login: str = "liu") -> Staff:
    """The row as it is."""
    with db.reading() as session:
        found = staff.find(session, login)
        assert found
        return found


def noted(login: str = "liu") -> list[str]:
    """What the audit says of an account."""
    with db.reading() as session:
        rows = session.query(Event).filter_by(subject=f"staff:{account(login).id}").order_by(Event.seq)
        return [row.action for row in rows]


def test_the_right_password_makes_a_new_session_each_time(house: House) -> None:
    add(house)
    first, second = sign_in(house), sign_in(house)
    assert first
    assert second
    assert first[0] != second[0]
    assert first[1].roles == {"dispatcher"}
    assert of_session(house, first[0])[0] == first[1]
    assert noted() == ["add_staff", "sign_in", "sign_in"]


def test_only_hashes_of_sessions_and_tokens_are_kept(house: House) -> None:
    add(house)
    entered, said = sign_in(house), token(house)
    assert entered
    with db.reading() as session:
        assert [row.id_hash for row in session.query(WebSession)] == [vault.token_hash(entered[0])]
    assert PASSWORD not in str(account().password_hash)
    assert of_token(house, said)
    assert of_token(house, vault.token_hash(said)) is None


def test_an_unknown_name_a_wrong_password_and_a_machine_get_the_same_answer_and_one_hash_each(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(house)
    with house.transaction() as session:
        staff.add_staff(session, "machine", "机器", ["intake"], None, "")
        staff.disable(session, "machine", SYSTEM)
    checked: list[str] = []
    matches = staff._matches
    monkeypatch.setattr(staff, "_matches", lambda kept, said: checked.append(kept) or matches(kept, said))
    tries = [("nobody", PASSWORD), ("liu", "wrong"), ("machine", ""), ("machine", PASSWORD), ("", "")]
    assert [sign_in(house, *each) for each in tries] == [None] * len(tries)
    assert len(checked) == len(tries)
    assert all(kept.startswith("$argon2id$") for kept in checked)


def test_after_five_failures_the_account_waits_longer_each_time_and_never_for_ever(house: House) -> None:
    add(house)
    for _ in range(4):
        assert sign_in(house, password="wrong") is None
    assert account().locked_until is None
    waits = []
    for _ in range(8):
        assert sign_in(house, password="wrong") is None
        until = account().locked_until
        assert until
        waits.append((until - house.now).total_seconds())
        house.now = until
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert noted().count("sign_in_failed") == 12


def test_while_it_waits_the_right_password_is_refused_and_a_wrong_one_is_not_counted(house: House) -> None:
    add(house)
    for _ in range(5):
        sign_in(house, password="wrong")
    house.wait(seconds=29.999)
    assert sign_in(house) is None
    assert sign_in(house, password="wrong") is None
    assert account().failures == 5
    house.wait(seconds=0.001)
    assert sign_in(house)
    assert (account().failures, account().locked_until) == (0, None)


def test_failures_of_one_name_make_no_other_wait(house: House) -> None:
    add(house, "liu")
    add(house, "wang")
    for _ in range(9):
        sign_in(house, "liu", "wrong")
        sign_in(house, "nobody", "wrong")
    assert sign_in(house, "wang")


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_with_the_password_only_is_refused_and_it_is_noted(house: House, role: str) -> None:
    add(house, "admin", role)
    assert sign_in(house, "admin") is None
    assert noted("admin") == ["add_staff", "sign_in_refused"]
    with db.reading() as session:
        assert session.query(WebSession).count() == 0
    actor = of_token(house, token(house, "admin"))
    assert actor
    assert actor.roles == {role}


def test_a_browser_that_idles_too_long_is_out_and_one_that_is_used_stays(house: House) -> None:
    add(house)
    entered = sign_in(house)
    assert entered
    house.wait(minutes=30)
    actor, touch = of_session(house, entered[0])
    assert actor
    assert touch
    with house.transaction() as session:
        staff.touch_session(session, entered[0])
    assert of_session(house, entered[0]) == (actor, False)
    house.wait(minutes=30, seconds=1)
    assert of_session(house, entered[0]) == (None, False)


def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    add(house)
    here, there = sign_in(house), sign_in(house)
    assert here
    assert there
    for _ in range(2):
        with house.transaction() as session:
            staff.sign_out(session, here[0])
    assert of_session(house, here[0])[0] is None
    assert of_session(house, there[0])[0]


def test_a_disabled_account_loses_sessions_tokens_and_password_at_once(house: House) -> None:
    add(house)
    entered, said = sign_in(house), token(house)
    assert entered
    with house.transaction() as session:
        staff.disable(session, "liu", Actor("staff:7", "安全管理员", frozenset({"security_admin"})))
    assert of_session(house, entered[0]) == (None, False)
    assert of_token(house, said) is None
    assert sign_in(house) is None
    assert noted()[-1] == "disable_staff"
    with house.transaction() as session:
        session.get_one(Staff, account().id).active = True
    assert of_session(house, entered[0]) == (None, False), "what was ended stays ended"
    assert of_token(house, said) is None


def test_a_moved_person_sees_the_new_units_tickets_at_once_and_the_old_ones_no_more(house: House) -> None:
    add(house, "li", "unit_handler", unit=WUDANG)
    said = token(house, "li")
    before = of_token(house, said)
    assert before
    assert before.units >= {WUDANG, YANGCHANG}
    with house.transaction() as session:
        session.get_one(Staff, account("li").id).unit = YANGCHANG
    after = of_token(house, said)
    assert after
    assert (after.unit, after.units & {WUDANG, YANGCHANG}) == (YANGCHANG, {YANGCHANG})


def test_a_token_ends_on_its_day(house: House) -> None:
    add(house)
    said = token(house, days=2)
    house.wait(days=2, microseconds=-1)
    assert of_token(house, said)
    house.wait(microseconds=1)
    assert of_token(house, said) is None


@pytest.mark.parametrize("said", ["", "nothing", "0" * 43])
def test_what_is_no_token_stands_for_nobody(house: House, said: str) -> None:
    add(house)
    token(house)
    assert of_token(house, said) is None
    assert of_session(house, said) == (None, False)


@pytest.mark.parametrize(
    ("roles", "unit", "password", "words"),
    [
        (["king"], None, PASSWORD, "unknown roles: king"),
        (["unit_handler"], None, PASSWORD, "need a unit"),
        (["unit_handler"], "nowhere", PASSWORD, "no unit"),
        (["agent"], None, "too short", "at least 10"),
        (["agent"], None, "Longer-Login", "not the login"),
        (["system_admin", "agent"], None, PASSWORD, "one role only"),
    ],
)
def test_a_wrong_account_is_refused_with_the_reason(
    house: House, roles: list[str], unit: str | None, password: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words), house.transaction() as session:
        staff.add_staff(session, "longer-login", "某人", roles, unit, password)


def test_nobody_holds_two_administrators_offices_or_one_beside_other_work() -> None:
    for pair in combinations(sorted(ADMINISTRATORS), 2):
        with pytest.raises(ValueError, match="one role only"):
            check_roles(frozenset(pair))
    for office in ADMINISTRATORS:
        check_roles(frozenset({office}))
        for role in ROLES.keys() - ADMINISTRATORS:
            with pytest.raises(ValueError, match="one role only"):
                check_roles(frozenset({office, role}))


def test_the_rights_of_the_three_administrators_do_not_meet_and_none_acts_on_a_ticket() -> None:
    harmless = {"me", "read_catalogue"}
    rights = {
        office: {name for name, roles in PERMISSIONS.items() if office in roles} - harmless for office in ADMINISTRATORS
    }
    for one, other in combinations(ADMINISTRATORS, 2):
        assert not rights[one] & rights[other]
    assert rights["audit_admin"] == {"read_audit"}
    assert not PERMISSIONS["read_audit"] - {"audit_admin"}


def test_what_is_not_listed_is_nobodys_and_every_role_of_the_list_exists() -> None:
    everyone = Actor("staff:1", "某人", frozenset(ROLES))
    assert not everyone.may("invented")
    assert not CITIZEN.may("me")
    assert set().union(*PERMISSIONS.values()) <= ROLES.keys()


def test_the_history_of_an_account_is_a_chain_of_its_own(house: House) -> None:
    add(house)
    for _ in range(3):
        sign_in(house, password="wrong")
    token(house)
    with db.reading() as session:
        rows = list(session.query(Event).filter_by(subject=f"staff:{account().id}").order_by(Event.seq))
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0].previous == journal.GENESIS
    assert {row.ticket_id for row in rows} == {None}
    assert not house.faults()
    assert all(isinstance(row.at, datetime) and row.at.utcoffset() == timedelta(0) for row in rows)
