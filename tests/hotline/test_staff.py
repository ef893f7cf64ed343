"""Staff: signing in by one factor or two, waiting after failures, and out at once; three administrators whose rights
do not meet.
"""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from argon2 import PasswordHasher

from hotline import db, journal, second_factor, staff, vault
from hotline.models import Event, Staff
from hotline.models import Session as WebSession
from hotline.rights import ADMINISTRATORS, CITIZEN, PERMISSIONS, ROLES, SYSTEM, Actor, check_roles
from hotline.staff import HalfWay
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


def try_password(house: House, login: str = "liu", password: str = PASSWORD) -> tuple[str, Actor] | HalfWay | None:
    """One try at the password."""
    with house.transaction() as session:
        return staff.sign_in(session, login, password)


def sign_in(house: House, login: str = "liu", password: str = PASSWORD) -> tuple[str, Actor] | None:
    """One try by somebody for whom the password is enough."""
    signed = try_password(house, login, password)
    assert not isinstance(signed, HalfWay)
    return signed


def go_half_way(house: House, login: str = "admin") -> HalfWay:
    """The right password of somebody who has a second factor."""
    half = try_password(house, login)
    assert isinstance(half, HalfWay)
    return half


def finish(house: House, half: HalfWay, code: str) -> tuple[str, Actor] | None:
    """One try at the code."""
    with house.transaction() as session:
        return staff.finish_sign_in(session, half, code)


def holds(house: House, half: HalfWay) -> bool:
    """May the code still follow?"""
    with house.transaction() as session:
        return staff.is_half_way(session, half)


def enroll(house: House, login: str = "admin", *roles: str) -> str:
    """An account with a second factor; its secret."""
    add(house, login, *(roles or ("system_admin",)))
    return enroll_again(house, login)


def enroll_again(house: House, login: str = "admin") -> str:
    """A new second factor for an account; its secret."""
    with house.transaction() as session:
        found = staff.find(session, login)
        assert found
        return staff.enroll(session, found)


def code(house: House, secret: str, drift: int = 0) -> str:
    """What the authenticator shows now, or so many steps later."""
    return second_factor.code_of(secret, second_factor.step_at(house.now) + drift)


def wrong(house: House, secret: str) -> str:
    """Six digits that no step around now shows."""
    shown = {code(house, secret, drift) for drift in (-1, 0, 1)}
    return next(f"{number:06}" for number in range(4) if f"{number:06}" not in shown)


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


# The second factor


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_signs_in_with_password_and_code(house: House, role: str) -> None:
    secret = enroll(house, "admin", role)
    half = go_half_way(house)
    with db.reading() as session:
        assert session.query(WebSession).count() == 0, "between the two steps there is no session"
    signed = finish(house, half, code(house, secret))
    assert signed
    assert signed[1].roles == {role}
    assert of_session(house, signed[0])[0] == signed[1]
    assert noted("admin") == ["add_staff", "enroll", "sign_in_half_way", "sign_in"]


def test_whoever_else_has_a_second_factor_needs_it_too(house: House) -> None:
    secret = enroll(house, "liu", "dispatcher")
    half = go_half_way(house, "liu")
    assert finish(house, half, wrong(house, secret)) is None
    assert finish(house, half, code(house, secret))


def test_a_step_is_used_once_and_none_before_it_afterwards(house: House) -> None:
    secret = enroll(house)
    assert finish(house, go_half_way(house), code(house, secret))
    for drift in (0, -1):
        assert finish(house, go_half_way(house), code(house, secret, drift)) is None
    house.wait(seconds=30)
    assert finish(house, go_half_way(house), code(house, secret))


def test_the_same_code_at_the_same_instant_opens_once(house: House) -> None:
    secret = enroll(house)
    for _ in range(5):
        house.wait(seconds=30)
        half, shown = go_half_way(house), code(house, secret)
        with ThreadPoolExecutor(4) as pool:
            signed = list(pool.map(lambda _, half=half, shown=shown: finish(house, half, shown), range(4)))
        assert [bool(each) for each in signed].count(True) == 1
    assert account("admin").failures == 0, "who comes second has no half way left, and nothing is counted"


def test_a_code_read_early_spends_its_step(house: House) -> None:
    secret = enroll(house)
    early = code(house, secret, 1)
    assert finish(house, go_half_way(house), early)
    house.wait(seconds=30)
    assert code(house, secret) == early
    assert finish(house, go_half_way(house), early) is None


def test_wrong_codes_delay_as_wrong_passwords_do_and_count_together(house: House) -> None:
    secret = enroll(house)
    for _ in range(2):
        assert try_password(house, "admin", "wrong") is None
    half = go_half_way(house)
    for _ in range(3):
        assert finish(house, half, wrong(house, secret)) is None
    until = account("admin").locked_until
    assert until
    assert (until - house.now).total_seconds() == 30
    assert finish(house, half, code(house, secret)) is None, "while it waits the right code is refused"
    assert try_password(house, "admin") is None, "and the right password"
    assert account("admin").failures == 5
    house.wait(seconds=30)
    assert finish(house, half, code(house, secret))
    assert (account("admin").failures, account("admin").locked_until) == (0, None)
    with db.reading() as session:
        failed = session.query(Event).filter_by(action="sign_in_failed").order_by(Event.seq)
        assert [row.data["factor"] for row in failed] == ["password"] * 2 + ["code"] * 3


def test_the_right_password_buys_no_new_guesses_at_the_code(house: House) -> None:
    secret = enroll(house)
    for _ in range(4):
        assert finish(house, go_half_way(house), wrong(house, secret)) is None
    assert account("admin").failures == 4
    assert finish(house, go_half_way(house), wrong(house, secret)) is None
    assert account("admin").locked_until


def test_the_half_way_lasts_five_minutes(house: House) -> None:
    secret = enroll(house)
    half = go_half_way(house)
    house.wait(minutes=5)
    assert holds(house, half)
    house.wait(microseconds=1)
    assert not holds(house, half)
    assert finish(house, half, code(house, secret)) is None
    assert account("admin").failures == 0


def test_a_finished_sign_in_spends_every_older_half_way(house: House) -> None:
    secret = enroll(house)
    here, there = go_half_way(house), go_half_way(house)
    assert finish(house, here, code(house, secret))
    house.wait(seconds=30)
    for half in (here, there):
        assert not holds(house, half)
        assert finish(house, half, code(house, secret)) is None


def test_a_disabled_account_goes_no_further_than_half_way(house: House) -> None:
    secret = enroll(house)
    half = go_half_way(house)
    with house.transaction() as session:
        staff.disable(session, "admin", SYSTEM)
    assert not holds(house, half)
    assert finish(house, half, code(house, secret)) is None


def test_a_new_second_factor_replaces_the_old_one_and_signs_its_browsers_out(house: House) -> None:
    old = enroll(house)
    entered = finish(house, go_half_way(house), code(house, old))
    assert entered
    new = enroll_again(house)
    assert of_session(house, entered[0]) == (None, False)
    half = go_half_way(house)
    assert finish(house, half, code(house, old)) is None
    assert finish(house, half, code(house, new))


def test_the_secret_is_kept_sealed_and_is_in_no_event(house: House) -> None:
    secret = enroll(house)
    kept = str(account("admin").totp_secret)
    assert secret not in kept
    assert vault.decrypt(base64.b64decode(kept), f"totp:{account('admin').id}") == secret
    with pytest.raises(vault.WrongKey):
        vault.decrypt(base64.b64decode(kept), "totp:999")
    with db.reading() as session:
        rows = list(session.query(Event))
    assert [row.data for row in rows if row.action == "enroll"] == [{"replaced": False}]
    assert not [row for row in rows if secret in str(row.data)]
    assert not house.faults()


def test_a_machine_has_no_second_factor(house: House) -> None:
    with house.transaction() as session:
        machine = staff.add_staff(session, "lines", "来件系统", ["intake"], None, "")
        with pytest.raises(ValueError, match="is a machine"):
            staff.enroll(session, machine)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_an_administrator_gets_no_token_and_one_made_before_stands_for_nobody(house: House, role: str) -> None:
    add(house)
    said = token(house)
    with house.transaction() as session:
        session.get_one(Staff, account().id).roles = [role]
    assert of_token(house, said) is None
    with pytest.raises(ValueError, match="one factor"):
        token(house)


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
    harmless = {"me", "read_catalogue", "read_rules"}
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
