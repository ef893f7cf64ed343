"""A house with the demo city in it, in no time: made once per run as a template, copied for each test that asks.

People are accounts with tokens, one for each role and for two units; administrators, who have no tokens, are signed
in. Passwords and stories are left out.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import flask
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, rounds, staff, vault
from hotline import knowledge as knowing
from hotline.knowledge import Knowledge
from hotline.models import Session as WebSession
from hotline.models import Staff, Ticket
from hotline.rights import ADMINISTRATORS
from hotline.settings import read_settings

ROLES = {
    "agent": None,
    "dispatcher": None,
    "follow_up": None,
    "manager": None,
    "intake": None,
    "system_admin": None,
    "security_admin": None,
    "audit_admin": None,
}
UNITS = {"wudang": "district-wudang", "gaoxin": "district-gaoxin", "yibao": "dept-medical-insurance"}
KEYS = {
    "HOTLINE_DATA_KEY": "A" * 43,
    "HOTLINE_SECRET_KEY": "for the tests alone, long enough to pass",
    "HOTLINE_WECHAT_TOKEN": "token-of-the-tests",
}


def forget() -> None:
    """Drop everything that a process keeps of its house."""
    db.forget()
    vault.forget()
    knowing.forget()
    rounds.index.cache_clear()


def furnish(session: Session) -> dict[str, str]:
    """Rules, city and people; tokens by role, and by the short names of UNITS for a handler of each.

    An administrator's is the id of a session instead, which idles as long as the tests may run.
    """
    from hotline.seeds import DEMO, seed_city, seed_rules

    seed_rules(session)
    seed_city(session, DEMO)
    session.flush()
    knowing.forget()
    people = {name: (name, None) for name in ROLES} | {name: ("unit_handler", code) for name, code in UNITS.items()}
    people["wudang_reviewer"] = ("unit_reviewer", UNITS["wudang"])
    tokens = {}
    for name, (role, unit) in people.items():
        account = staff.add_staff(session, name, f"某{name}", (role,), unit, "")
        tokens[name] = _signed_in(session, account) if role in ADMINISTRATORS else _token(session, account)
    return tokens


def _token(session: Session, account: Staff) -> str:
    return staff.add_token(session, account, "tests")


def _signed_in(session: Session, account: Staff) -> str:
    session_id, later = vault.new_token(), db.now(session) + timedelta(days=1)
    row = {"staff_id": account.id, "created_at": later, "seen_at": later}
    session.add(WebSession(id_hash=vault.token_hash(session_id), **row))
    return session_id


@dataclass(frozen=True)
class Template:
    """A furnished database that is only copied: SQLite's file or PostgreSQL's address, and the tokens in it."""

    where: str
    tokens: Mapping[str, str]


def _furnished(environ: Mapping[str, str], patch: pytest.MonkeyPatch) -> dict[str, str]:
    from hotline.migrations import migrate

    for name, value in environ.items():
        patch.setenv(name, value)
    forget()
    migrate()
    with db.transaction() as session:
        tokens = furnish(session)
    forget()
    return tokens


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The demo city in a SQLite file."""
    home = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        tokens = _furnished({"HOTLINE_HOME": str(home), **KEYS}, patch)
        address = read_settings({"HOTLINE_HOME": str(home), **KEYS}).database_url
    return Template(address.removeprefix("sqlite:///"), tokens)


@pytest.fixture(scope="session")
def postgres_template(postgres_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The demo city in a PostgreSQL database that nobody is connected to."""
    url, home = postgres_database(), tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        tokens = _furnished({"HOTLINE_HOME": str(home), "HOTLINE_DATABASE_URL": url, **KEYS}, patch)
    return Template(url, tokens)


class Web:
    """The application as its callers meet it: requests by a person of the house, or by the public."""

    def __init__(self, app: Flask, tokens: Mapping[str, str]) -> None:
        self.app, self.tokens = app, tokens

    @property
    def client(self) -> FlaskClient:
        """A client without a cookie jar."""
        return self.app.test_client(use_cookies=False)

    def headers(self, who: str | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of a request by `who`, None being the public."""
        if who in ADMINISTRATORS:
            return self._of_browser(self.tokens[who]) | dict(more or {})
        return ({"Authorization": f"Bearer {self.tokens[who]}"} if who else {}) | dict(more or {})

    def _of_browser(self, session_id: str) -> dict[str, str]:
        """What a signed-in browser sends: the session's cookie, and the CSRF token of the page."""
        with self.app.test_request_context():
            flask.session["id"] = session_id
            said = {"X-CSRFToken": generate_csrf()}
            signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
            assert signer
            return said | {"Cookie": f"hotline={signer.dumps(dict(flask.session))}"}

    def get(self, path: str, who: str | None = None, **headers: str) -> Any:
        """GET /api/v1/<path>."""
        return self.client.get(f"/api/v1/{path}", headers=self.headers(who, headers))

    def post(self, path: str, who: str | None = None, body: Any = None, **headers: str) -> Any:
        """POST /api/v1/<path> with JSON."""
        given = {"data": json.dumps(body or {}), "content_type": "application/json"}
        return self.client.post(f"/api/v1/{path}", headers=self.headers(who, headers), **given)

    def open(self, content: str, who: str | None = "agent", **fields: Any) -> dict[str, Any]:
        """A ticket of a web message; the answer to its sender."""
        answer = self.post("intake/web", who, {"content": content, **fields})
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json
        return opened

    def act(self, number: str, act: str, who: str, **body: Any) -> dict[str, Any]:
        """One act that must succeed; the ticket after it."""
        answer = self.post(f"tickets/{number}/{act}", who, body)
        assert answer.status_code == 200, answer.text
        ticket: dict[str, Any] = answer.json
        return ticket


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """The name of each database in turn."""
    return str(request.param)


@pytest.fixture
def web(database: str, home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A house of this test's own on either database, with no limit on how often one may ask."""
    template: Template = request.getfixturevalue(f"{database}_template")
    url = ""
    if database == "sqlite":
        shutil.copy(template.where, home / "hotline.db")
    else:
        url = request.getfixturevalue("postgres_database")(template=template.where)
        monkeypatch.setenv("HOTLINE_DATABASE_URL", url)
    limits = {"HOTLINE_QUERY_LIMIT": "10000 per minute", "HOTLINE_INTAKE_LIMIT": "10000 per minute"}
    for name, value in (KEYS | limits).items():
        monkeypatch.setenv(name, value)
    yield from serving(template.tokens)
    if url:
        drop(url)


def drop(url: str) -> None:
    """Take a PostgreSQL database away again: dozens of them would be written out when the server stops."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    server, _, name = url.replace("+psycopg", "").rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@cache
def application() -> Flask:
    """One application for all tests of this process: what it reads of the settings while it is made is in KEYS."""
    from api import create_app

    return create_app()


def serving(tokens: Mapping[str, str]) -> Iterator[Web]:
    """The application in the present environment, its limits at zero."""
    from api.limits import limiter

    forget()
    app = application()
    limiter.reset()
    with pytest.MonkeyPatch.context() as patch:
        read_once(patch)
        yield Web(app, tokens)
    forget()


_READ: dict[object, Knowledge] = {}
"""What was read of the furnished city, by what it was read under: a quarter of a second that each test would pay."""


def read_once(patch: pytest.MonkeyPatch) -> None:
    """Let tests share the reading of the rules as they are in a fresh copy.

    Whoever changes them reads them anew, and so does who has tickets: what goes out by itself follows from them.
    """
    with db.reading() as session:
        fresh = knowing._stamp(session)
    read, settle = knowing._read, knowing._settle

    def once(session: Session) -> Knowledge:
        if knowing._stamp(session) != fresh or session.scalar(select(Ticket.id).limit(1)):
            return read(session)
        places = ("HOTLINE_HOME", "HOTLINE_DATABASE_URL")
        ours = {name: value for name, value in os.environ.items() if name.startswith("HOTLINE_") and name not in places}
        key = (fresh[1:], tuple(sorted(ours.items())))  # type: ignore[index]
        if key not in _READ:
            _READ[key] = read(session)
            settle()
        return _READ[key]

    patch.setattr(knowing, "_read", once)
    patch.setattr(knowing, "_settle", lambda: None)
