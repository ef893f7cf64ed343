"""Staff and machines: accounts, tokens, sessions. Disabled means out at once, tokens too."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline import db, journal, second_factor, vault
from hotline.knowledge import knowledge
from hotline.models import Session as WebSession
from hotline.models import Staff, Token, Unit
from hotline.rights import ADMINISTRATORS, Actor, check_roles
from hotline.settings import settings

LOCK_AFTER = 5
LOCK_STEP = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
TOUCH_AFTER = timedelta(minutes=1)
HALF_WAY = timedelta(minutes=5)


class HalfWay(NamedTuple):
    """The password was right and the second factor is still to come: no session, only what the browser shows again.

    `at` is when (POSIX seconds), `step` the last used step then: once anybody finished, an older one is worth nothing.
    """

    staff: int
    at: float
    step: int


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash to spend the same time on for a name that nobody has."""
    return _hasher().hash(secrets.token_hex())


def add_staff(session: Session, login: str, name: str, roles: Iterable[str], unit: str | None, password: str) -> Staff:
    """A new account; an empty password makes a machine, which has tokens only. Raises ValueError."""
    wanted = frozenset(roles)
    check_roles(wanted)
    if unit is not None and session.get(Unit, unit) is None:
        raise ValueError(f"no unit {unit!r}")
    if wanted & {"unit_handler", "unit_reviewer"} and unit is None:
        raise ValueError("a unit's people need a unit")
    if password and (len(password) < SHORTEST_PASSWORD or password.lower() == login.lower()):
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} characters and is not the login")
    staff = Staff(login=login, name=name, unit=unit, roles=sorted(wanted), machine=not password)
    staff.password_hash = _hasher().hash(password) if password else None
    staff.created_at = db.now(session)
    session.add(staff)
    session.flush()
    _note(session, staff, "add_staff", {"login": login, "roles": staff.roles, "unit": unit})
    return staff


def add_token(session: Session, staff: Staff, label: str, days: int | None = None) -> str:
    """A new token for an account, told once; only its hash is kept. Raises ValueError for an administrator."""
    if _is_administrator(staff):
        raise ValueError("an administrator has no API token: a token is one factor only; sign in on the page instead")
    token = vault.new_token()
    at = db.now(session)
    ends = at + timedelta(days=days) if days else None
    row = Token(staff_id=staff.id, token_hash=vault.token_hash(token), label=label, created_at=at, expires_at=ends)
    session.add(row)
    session.flush()
    _note(session, staff, "add_token", {"label": label, "token": row.id})
    return token


def find(session: Session, login: str) -> Staff | None:
    """The account with this login, or None."""
    return session.scalars(select(Staff).where(Staff.login == login)).first()


def disable(session: Session, login: str, by: Actor) -> None:
    """Take an account out of service: its sessions and tokens stop at once."""
    staff = find(session, login)
    if staff is None:
        raise LookupError(login)
    staff.active = False
    session.execute(delete(WebSession).where(WebSession.staff_id == staff.id))
    session.execute(update(Token).where(Token.staff_id == staff.id).values(revoked_at=db.now(session)))
    _note(session, staff, "disable_staff", {"login": login}, by.id)


def actor_of_token(session: Session, token: str) -> Actor | None:
    """Who a bearer token stands for, or None; one indexed look-up. Never an administrator, whenever it was made."""
    row = session.execute(
        select(Staff, Token.expires_at)
        .join(Token, Token.staff_id == Staff.id)
        .where(Token.token_hash == vault.token_hash(token), Token.revoked_at.is_(None), Staff.active)
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= db.now(session)):
        return None
    if _is_administrator(row.Staff):
        return None
    return actor_of(session, row.Staff)


def actor_of_session(session: Session, session_id: str) -> tuple[Actor | None, bool]:
    """Who a browser's session stands for, and whether it is time to `touch_session`.

    None when it idled too long, was ended, or the account is out of service.
    """
    found = session.execute(
        select(WebSession, Staff)
        .join(Staff, Staff.id == WebSession.staff_id)
        .where(WebSession.id_hash == vault.token_hash(session_id), Staff.active)
    ).first()
    at = db.now(session)
    if found is None or found.Session.seen_at < at - timedelta(minutes=settings().session_minutes):
        return None, False
    return actor_of(session, found.Staff), found.Session.seen_at < at - TOUCH_AFTER


def touch_session(session: Session, session_id: str) -> None:
    """Note that the browser was here, which keeps it signed in."""
    mine = WebSession.id_hash == vault.token_hash(session_id)
    session.execute(update(WebSession).where(mine).values(seen_at=db.now(session)))


def actor_of(session: Session, staff: Staff) -> Actor:
    """The actor that an account is, with all units below its own."""
    tree = knowledge(session).unit_tree
    units = tree.below(staff.unit) if staff.unit else frozenset()
    kind = "machine" if staff.machine else "staff"
    return Actor(f"{kind}:{staff.id}", staff.name, frozenset(staff.roles), staff.unit, units)


def enroll(session: Session, staff: Staff, by: str = "system") -> str:
    """A new second factor in place of any before; the secret is told once and kept sealed.

    The account's browsers are signed out: whoever lost the phone may have lost them too. Raises ValueError for a
    machine, which has no password that a second factor could follow.
    """
    if staff.password_hash is None:
        raise ValueError(f"{staff.login} is a machine: it has tokens, and no second factor")
    secret, replaced = second_factor.new_secret(), staff.totp_secret is not None
    staff.totp_secret = base64.b64encode(vault.encrypt(secret, _sealed_for(staff))).decode()
    staff.totp_step = 0
    session.execute(delete(WebSession).where(WebSession.staff_id == staff.id))
    _note(session, staff, "enroll", {"replaced": replaced}, by)
    return secret


def sign_in(session: Session, login: str, password: str) -> tuple[str, Actor] | HalfWay | None:
    """A fresh session id and the actor; HalfWay for who has a second factor; None when refused.

    An unknown name takes the same time as a known one. Failures delay the account, audited; the caller commits
    either way, so that the count stays. The right password alone takes nothing from the count of who needs a code
    too, or each would buy more guesses at the code. An administrator without a second factor is refused, also with
    the right password: one factor is not enough for them (GB/T 22239 8.1.4.1d).
    """
    staff = session.scalars(select(Staff).where(Staff.login == login, Staff.active).with_for_update()).first()
    at = db.now(session)
    right = _matches(staff.password_hash if staff and staff.password_hash else _nobody(), password)
    if staff is None or staff.password_hash is None or _waits(staff, at):
        return None
    if not right:
        _count_failure(session, staff, at, "password")
        return None
    if staff.totp_secret is not None:
        _note(session, staff, "sign_in_half_way", {})
        return HalfWay(staff.id, at.timestamp(), staff.totp_step)
    if _is_administrator(staff):
        _note(session, staff, "sign_in_refused", {"needs": "second_factor"})
        return None
    return _begin(session, staff, at)


def is_half_way(session: Session, half: HalfWay) -> bool:
    """True while the code may still follow: five minutes, for an account in service, until a sign-in is finished."""
    return _half_way(session, half) is not None


def finish_sign_in(session: Session, half: HalfWay, code: str) -> tuple[str, Actor] | None:
    """A fresh session id and the actor for the right six digits; None when they are wrong, were used, or the account
    waits. Wrong digits count as wrong passwords do; the caller commits either way.
    """
    staff, at = _half_way(session, half), db.now(session)
    if staff is None or staff.totp_secret is None or _waits(staff, at):
        return None
    secret = vault.decrypt(base64.b64decode(staff.totp_secret), _sealed_for(staff))
    step = second_factor.matching_step(secret, code, at, staff.totp_step)
    if step is None:
        _count_failure(session, staff, at, "code")
        return None
    staff.totp_step = step
    return _begin(session, staff, at)


def sign_out(session: Session, session_id: str) -> None:
    """End a browser's session."""
    row = session.get(WebSession, vault.token_hash(session_id))
    if row is not None:
        session.delete(row)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _is_administrator(staff: Staff) -> bool:
    return not ADMINISTRATORS.isdisjoint(staff.roles)


def _waits(staff: Staff, at: datetime) -> bool:
    return staff.locked_until is not None and staff.locked_until > at


def _sealed_for(staff: Staff) -> str:
    return f"totp:{staff.id}"


def _half_way(session: Session, half: HalfWay) -> Staff | None:
    fresh = 0 <= db.now(session).timestamp() - half.at <= HALF_WAY.total_seconds()
    same = (Staff.id == half.staff, Staff.active, Staff.totp_secret.is_not(None), Staff.totp_step == half.step)
    return session.scalars(select(Staff).where(*same).with_for_update()).first() if fresh else None


def _begin(session: Session, staff: Staff, at: datetime) -> tuple[str, Actor]:
    """All factors were right: the count of failures ends, a session begins."""
    staff.failures, staff.locked_until = 0, None
    session_id = vault.new_token()
    session.add(WebSession(id_hash=vault.token_hash(session_id), staff_id=staff.id, created_at=at, seen_at=at))
    _note(session, staff, "sign_in", {})
    return session_id, actor_of(session, staff)


def _count_failure(session: Session, staff: Staff, at: datetime, factor: str) -> None:
    staff.failures += 1
    if staff.failures >= LOCK_AFTER:
        staff.locked_until = at + min(LOCK_STEP * 2 ** (staff.failures - LOCK_AFTER), LONGEST_LOCK)
    _note(session, staff, "sign_in_failed", {"failures": staff.failures, "factor": factor})


def _note(session: Session, staff: Staff, action: str, data: dict[str, object], by: str = "system") -> None:
    session.execute(select(Staff.id).where(Staff.id == staff.id).with_for_update())  # one writer to a chain
    actor = f"staff:{staff.id}" if action.startswith("sign_in") else by
    entry = journal.Entry(f"staff:{staff.id}", action, actor, db.now(session), data, staff.unit)
    journal.record(session, entry)
