"""Staff and machines: accounts, tokens, sessions. Disabled means out at once, tokens too."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline import db, journal, vault
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
    """A new token for an account, told once; only its hash is kept."""
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
    """Who a bearer token stands for, or None; one indexed look-up."""
    row = session.execute(
        select(Staff, Token.expires_at)
        .join(Token, Token.staff_id == Staff.id)
        .where(Token.token_hash == vault.token_hash(token), Token.revoked_at.is_(None), Staff.active)
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= db.now(session)):
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


def sign_in(session: Session, login: str, password: str) -> tuple[str, Actor] | None:
    """A fresh session id and the actor; None when name or password are wrong or the account waits.

    An unknown name takes the same time as a known one. Failures delay the account, audited; the caller commits
    either way, so that the count stays. An administrator is refused, also with the right password: one factor is
    not enough for them (GB/T 22239 8.1.4.1d), and until there is a second they work by token and command line.
    """
    staff = session.scalars(select(Staff).where(Staff.login == login, Staff.active).with_for_update()).first()
    at = db.now(session)
    right = _matches(staff.password_hash if staff and staff.password_hash else _nobody(), password)
    if staff is None or staff.password_hash is None or (staff.locked_until and staff.locked_until > at):
        return None
    if not right:
        _count_failure(session, staff, at)
        return None
    if ADMINISTRATORS.intersection(staff.roles):
        _note(session, staff, "sign_in_refused", {"needs": "second_factor"})
        return None
    staff.failures, staff.locked_until = 0, None
    session_id = vault.new_token()
    session.add(WebSession(id_hash=vault.token_hash(session_id), staff_id=staff.id, created_at=at, seen_at=at))
    _note(session, staff, "sign_in", {})
    return session_id, actor_of(session, staff)


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


def _count_failure(session: Session, staff: Staff, at: datetime) -> None:
    staff.failures += 1
    if staff.failures >= LOCK_AFTER:
        staff.locked_until = at + min(LOCK_STEP * 2 ** (staff.failures - LOCK_AFTER), LONGEST_LOCK)
    _note(session, staff, "sign_in_failed", {"failures": staff.failures})


def _note(session: Session, staff: Staff, action: str, data: dict[str, object], by: str = "system") -> None:
    session.execute(select(Staff.id).where(Staff.id == staff.id).with_for_update())  # one writer to a chain
    actor = f"staff:{staff.id}" if action.startswith("sign_in") else by
    entry = journal.Entry(f"staff:{staff.id}", action, actor, db.now(session), data, staff.unit)
    journal.record(session, entry)
