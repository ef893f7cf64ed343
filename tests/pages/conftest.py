"""A city without tickets, made once and copied for each test; browsers that are not, with a session and a token."""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.limits import limiter
from hotline import db, desk, knowledge, migrations, rounds, staff, vault
from hotline.intake.inquiry import Inquiry
from hotline.models import Session, Ticket
from hotline.rights import CITIZEN
from hotline.running import seed_house
from hotline.seeds import DEMO
from tests.hotline_fixtures import application, read_once

PASSWORD = "correct-horse-battery"
PEOPLE = {
    "agent": (("agent",), None),
    "dispatcher": (("dispatcher",), None),
    "follow": (("follow_up",), None),
    "boss": (("manager",), None),
    "wudang": (("unit_handler",), "district-wudang"),
    "gaoxin": (("unit_handler",), "district-gaoxin"),
    "auditor": (("audit_admin",), None),
}
HOSTILE = "<script>alert(1)</script>"


def _forget() -> None:
    db.forget()
    vault.forget()
    knowledge.forget()
    rounds.index.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """The real hash, at its least cost: everybody here signs in."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staff, "_hasher", lambda: quick)
        yield


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HOTLINE_HOME with the shipped rules, the demo city's units and one person per role."""
    folder = tmp_path_factory.mktemp("template")
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HOTLINE_")}
    os.environ["HOTLINE_HOME"] = str(folder)
    _forget()
    migrations.migrate()
    seed_house(DEMO)
    with db.transaction() as session:
        for login, (roles, unit) in PEOPLE.items():
            staff.add_staff(session, login, f"{login} {HOSTILE}", roles, unit, PASSWORD)
    rounds.heal_round()
    rounds.relay_round()
    _forget()
    del os.environ["HOTLINE_HOME"]
    os.environ.update(before)
    return folder


@pytest.fixture
def city(template_home: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh copy of it, which the process now works in, always in the same place."""
    folder = template_home.with_name("city")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template_home, folder, symlinks=True)
    monkeypatch.setenv("HOTLINE_HOME", str(folder))
    _forget()
    read_once(monkeypatch)
    yield folder
    _forget()


@pytest.fixture
def app(city: Path) -> Flask:
    """The web application over the city, its limits at zero."""
    limiter.reset()
    return application()


class Visitor:
    """A browser without a browser: it keeps cookies and sends the token that it saw last."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.page, self.token = client, "", ""

    def get(self, path: str, status: int = 200) -> str:
        """The page at `path`."""
        return self._seen(self.client.get(path, follow_redirects=True), status)

    def send(self, path: str, fields: Mapping[str, Any], status: int = 200, follow: bool = True) -> str:
        """Send a form with the token seen last."""
        data = {"csrf_token": self.token, **fields}
        return self._seen(self.client.post(path, data=data, follow_redirects=follow), status)

    def _seen(self, answer: TestResponse, status: int) -> str:
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        self.page = answer.text
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        self.token = token[1] if token else self.token
        return self.page


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody from the street."""
    return Visitor(app.test_client())


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Visitor]:
    """A function that gives the visitor who is signed in as `login`."""

    def sign_in(login: str) -> Visitor:
        client = app.test_client()
        session_id = vault.new_token()
        with db.transaction() as session:
            person = staff.find(session, login)
            assert person is not None
            at = db.now(session)
            row = {"staff_id": person.id, "created_at": at, "seen_at": at}
            session.add(Session(id_hash=vault.token_hash(session_id), **row))
        with client.session_transaction() as cookie:
            cookie["id"] = session_id
        return Visitor(client)

    return sign_in


@pytest.fixture
def write(city: Path) -> Callable[..., Ticket]:
    """A function that makes a ticket: `write(content, hold=True, phone=…)`."""

    def make(content: str = "乌当区羊昌镇到新场镇的公路坑很多", hold: bool = False, **fields: Any) -> Ticket:
        inquiry = Inquiry(
            channel="web",
            external_id=vault.new_token(),
            content=content,
            source="web",
            **{"name": "周小禾", "phone": "13800001234", "place": "", **fields},
        )
        with db.transaction() as session:
            return desk.open_ticket(session, inquiry, CITIZEN, hold=hold).ticket

    return make


def seen_as_text(page: str) -> bool:
    """True when the hostile text stands on the page as text, and nowhere as an element."""
    return html.escape(HOSTILE) in page and HOSTILE not in page
