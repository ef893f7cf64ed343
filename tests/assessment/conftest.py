"""A house with two months behind it: tickets kept and missed, excluded and of several sources, at three units."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from hotline import db, desk
from hotline import knowledge as knowing
from hotline.intake.inquiry import Inquiry
from hotline.knowledge import knowledge, midnight, today
from hotline.models import Ticket
from hotline.reports import Scope, scope_of
from hotline.rights import Actor
from tests.hotline.city import AGENT, CONTENT, POTHOLES, REPLY, UNSOLVED, WUDANG, House
from tests.hotline_fixtures import Web, database, postgres_template, sqlite_template, web

__all__ = ["database", "postgres_template", "sqlite_template", "web"]

HUAXI, NANMING, GAOXIN = "district-huaxi", "district-nanming", "district-gaoxin"
MANAGER = Actor("staff:9005", "管理者", frozenset({"manager"}))
ADMINISTRATOR = Actor("staff:9006", "系统管理员", frozenset({"system_admin"}))


@dataclass
class Month:
    """The last whole month, and what happened in it: `numbers` of tickets by unit, and those `excluded`."""

    web: Web
    house: House
    first: date
    last: date
    numbers: dict[str, list[str]] = field(default_factory=dict)
    excluded: list[str] = field(default_factory=list)

    @contextmanager
    def asking(self) -> Iterator[tuple[Session, Scope]]:
        """A session and the month as its scope."""
        with db.reading() as session:
            yield session, scope_of(session, self.first, self.last)

    @property
    def asked(self) -> str:
        """The month as part of an address."""
        return f"from={self.first}&to={self.last}"

    def ticket(self, unit: str, source: str = "web", late: bool = False) -> Ticket:
        """One that a unit has taken on the month's second day; a late one is answered on its last."""
        self.house.now = midnight(self.first) + timedelta(days=1, hours=10)
        self.house.opened += 1
        message = Inquiry("web", f"m{self.house.opened}", POTHOLES, source, phone="13900000001")
        with self.house.transaction() as session:
            number = desk.open_ticket(session, message, AGENT, hold=True).ticket.number
        taken = self.house.act(self.house.act(self.house.ticket(number), "dispatch", unit=unit), "accept")
        if late:
            self.house.now = midnight(self.last) + timedelta(hours=10)
        self.numbers.setdefault(unit, []).append(number)
        return taken

    def closed(self, unit: str, good: bool = True, **more: Any) -> Ticket:
        """One that is answered, and whose caller said what they think."""
        ticket = self.house.act(self.ticket(unit, **more), "resolve", **REPLY)
        ticket = self.house.act(ticket, "review", passed=True)
        return self.house.act(ticket, "follow_up", **(CONTENT if good else UNSOLVED))

    def left_out(self, ticket: Ticket) -> None:
        """The unit asks that it not count, and a manager agrees."""
        self.house.act(ticket, "exclude", self.house.handler(str(ticket.unit)), text="来件人要求的时间不由本单位定")
        self.house.act(ticket, "decide_exclusion", MANAGER, approved=True, text="同意")
        self.excluded.append(ticket.number)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Where the month is kept once it has been lived, for the next test on SQLite: a second that each would pay."""
    return {"file": tmp_path_factory.mktemp("month") / "hotline.db"}


@pytest.fixture
def month(web: Web, home: Path, database: str, lived: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Month:
    """乌当: four in time and content (two of them from above), one late, one late and excluded. 花溪: two in time and
    content. 南明: one that is not due yet. All others: nothing.
    """
    with db.reading() as session:
        know = knowledge(session)
    monkeypatch.setattr(knowing, "_kept", (math.inf, None, know))
    last = today(datetime.now(UTC)).replace(day=1) - timedelta(days=1)
    made = Month(web, House("", home, know), last.replace(day=1), last)
    if database == "sqlite" and "numbers" in lived:
        db.forget()
        shutil.copy(lived["file"], home / "hotline.db")
        made.numbers, made.excluded = deepcopy(lived["numbers"]), list(lived["excluded"])
        made.house.now, made.house.opened = lived["now"], lived["opened"]
        return made
    _live(made)
    if database == "sqlite":
        lived |= {"numbers": deepcopy(made.numbers), "excluded": list(made.excluded)}
        lived |= {"now": made.house.now, "opened": made.house.opened}
        with closing(sqlite3.connect(home / "hotline.db")) as whole, closing(sqlite3.connect(lived["file"])) as kept:
            whole.backup(kept)
    return made


def _live(made: Month) -> None:
    for source in ("web", "phone", "assigned", "assigned"):
        made.closed(WUDANG, source=source)
    made.closed(WUDANG, late=True)
    made.left_out(made.closed(WUDANG, late=True))
    made.closed(HUAXI)
    made.closed(HUAXI)
    made.house.now = midnight(made.last) + timedelta(hours=9)
    recent = made.house.dispatched(NANMING)
    made.numbers[NANMING] = [recent.number]
