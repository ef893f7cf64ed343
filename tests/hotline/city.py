"""A house of a test's own: the demo city on either database, people as values, and a clock that the test holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, desk, journal, rounds, sweep, vault
from hotline import knowledge as knowing
from hotline.intake.inquiry import Inquiry
from hotline.knowledge import Knowledge
from hotline.lifecycle import Action
from hotline.models import Clock, Escalation, Event, Ticket
from hotline.rights import Actor
from hotline.verification import Findings, snapshot, verify

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 6, 1, 10, tzinfo=SHANGHAI).astimezone(UTC)
"""A Monday morning, eighteen days before the Dragon Boat holiday."""

KEYS = {
    "HOTLINE_DATA_KEY": "A" * 43,
    "HOTLINE_SECRET_KEY": "for the tests alone, long enough to pass",
    "HOTLINE_WECHAT_TOKEN": "token-of-the-tests",
}
WUDANG = "district-wudang"
YANGCHANG = "town-520112103"
TRANSPORT = "dept-transport"
WATER = "ent-water"
DISCIPLINE = "dept-discipline"
INSURANCE = "dept-medical-insurance"

POTHOLES = "乌当区羊昌镇的公路上有很多坑，车子过不去，请派人修一修路面"
VAGUE = "你好，想反映一件事"
BRIBE = "市医保局的科长收受红包，我要举报"

DISPATCHER = Actor("staff:9001", "派单员", frozenset({"dispatcher"}))
AGENT = Actor("staff:9002", "坐席", frozenset({"agent"}))
FOLLOW_UP = Actor("staff:9003", "回访员", frozenset({"follow_up"}))
REPLY = {"result": "已派人到现场修补", "public_reply": "路面已经修补完毕。"}
CONTENT = {"answered": True, "solved": True, "level": 5}
UNSOLVED = {"answered": True, "solved": False, "level": 1}
_UNITS = {Action.ACCEPT, Action.CONTACT, Action.RETURN, Action.EXTEND, Action.RESOLVE}
_FOLLOWS = {Action.FOLLOW_UP, Action.REOPEN, Action.CLOSE}


def forget() -> None:
    """Drop everything that a process keeps of its house."""
    db.forget()
    vault.forget()
    knowing.forget()
    rounds.index.cache_clear()


def at(text: str) -> datetime:
    """An instant from Shanghai's wall clock: at("2026-06-02 09:30")."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def inquiry(content: str = POTHOLES, external_id: str = "1", **more: Any) -> Inquiry:
    """A message from the web."""
    return Inquiry("web", external_id, content, "web", **more)


@dataclass
class House:
    """The functions of the house as a test calls them: each in a transaction of its own, at the test's own time."""

    database: str
    home: Path
    know: Knowledge
    now: datetime = MONDAY
    opened: int = field(default=0)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One act at the test's time."""
        with db.transaction() as session:
            session.info["now"] = self.now
            yield session

    def wait(self, **spans: float) -> None:
        """Let time go by: wait(days=1, minutes=5)."""
        self.now += timedelta(**spans)

    def handler(self, unit: str) -> Actor:
        """Somebody of a unit."""
        return Actor(f"staff:{unit}", unit, frozenset({"unit_handler"}), unit, self.know.unit_tree.below(unit))

    def open(self, content: str = POTHOLES, hold: bool = True, **more: Any) -> Ticket:
        """A new ticket, waiting at the desk unless `hold` is false."""
        self.opened += 1
        with self.transaction() as session:
            message = inquiry(content, more.pop("external_id", f"m{self.opened}"), **more)
            number = desk.open_ticket(session, message, AGENT, hold).ticket.number
        return self.ticket(number)

    def act(self, ticket: Ticket, action: str, by: Actor | None = None, **fields: Any) -> Ticket:
        """One act by whoever does such acts; `version` among the fields is the one that was seen."""
        version = fields.pop("version", None)
        with self.transaction() as session:
            actor = by or self._whose(self.ticket(ticket.number), Action(action))
            desk.perform(session, ticket.number, actor, Action(action), fields, version)
        return self.ticket(ticket.number)

    def _whose(self, ticket: Ticket, action: Action) -> Actor:
        if action in _UNITS:
            return self.handler(str(ticket.unit))
        return FOLLOW_UP if action in _FOLLOWS else DISPATCHER

    def dispatched(self, unit: str = WUDANG, **more: Any) -> Ticket:
        """A ticket with a unit that has not taken it yet."""
        return self.act(self.open(), "dispatch", unit=unit, **more)

    def accepted(self, unit: str = WUDANG, **more: Any) -> Ticket:
        """A ticket that a unit has taken."""
        return self.act(self.dispatched(unit, **more), "accept")

    def resolved(self) -> Ticket:
        """A ticket with an answer that waits for its review."""
        return self.act(self.accepted(), "resolve", **REPLY)

    def reviewed(self) -> Ticket:
        """A ticket whose caller is to be asked."""
        return self.act(self.resolved(), "review", passed=True)

    def closed(self) -> Ticket:
        """A ticket whose caller was content."""
        return self.act(self.reviewed(), "follow_up", **CONTENT)

    def ticket(self, number: str) -> Ticket:
        """The row as it is now."""
        with db.reading() as session:
            return session.scalars(select(Ticket).where(Ticket.number == number)).one()

    def events(self, ticket: Ticket) -> list[Event]:
        """The ticket's history."""
        with db.reading() as session:
            mine = select(Event).where(Event.subject == f"ticket:{ticket.id}").order_by(Event.seq)
            return list(session.scalars(mine))

    def clocks(self, ticket: Ticket, *names: str) -> list[Clock]:
        """The ticket's clock rows, all or those of `names`, in the order in which they were written."""
        with db.reading() as session:
            rows = session.scalars(select(Clock).where(Clock.ticket_id == ticket.id).order_by(Clock.id)).all()
        return [row for row in rows if not names or row.name in names]

    def due(self, ticket: Ticket, name: str) -> datetime:
        """When the newest clock of this name falls due."""
        return self.clocks(ticket, name)[-1].due_at

    def escalations(self, ticket: Ticket | None = None) -> list[tuple[str, str, datetime, datetime]]:
        """(clock, level, due, detected) of each escalation, in the order in which they were found."""
        with db.reading() as session:
            rows = session.scalars(select(Escalation).order_by(Escalation.id)).all()
        mine = [row for row in rows if ticket is None or row.ticket_id == ticket.id]
        return [(row.clock, row.level, row.due_at, row.detected_at) for row in mine]

    def sweep(self) -> int:
        """A round of the sweep; how many clocks were taken."""
        taken = 0
        with self.transaction() as session:
            for once in (sweep.resume_due, sweep.sweep):
                while count := once(session):
                    taken += count
        return taken

    def seal(self) -> None:
        """Seal what is new, with the copy outside."""
        with self.transaction() as session:
            journal.seal(session, self.seals)

    @property
    def seals(self) -> Path:
        """The seals' copy."""
        return self.home / "seals.log"

    def verify(self) -> Findings:
        """What the proof finds."""
        with snapshot() as session:
            return verify(session, self.seals)

    def faults(self) -> Sequence[str]:
        """What the proof finds wrong."""
        return self.verify().faults


def live(house: House) -> None:
    """Give a house a history: two closed tickets with texts and seals, and an open one that no seal holds yet."""
    for phone in ("13900000001", "13900000002"):
        ticket = house.act(house.open(phone=phone, name="某人"), "dispatch", unit=WUDANG, text="请现场核实")
        for action, fields in (("accept", {}), ("contact", {"text": "已联系"}), ("resolve", REPLY)):
            house.wait(minutes=7)
            house.act(ticket, action, **fields)
        house.seal()
        house.wait(minutes=7)
        house.act(house.act(ticket, "review", passed=True), "follow_up", **CONTENT)
    house.seal()
    house.act(house.open(VAGUE), "dispatch", unit=TRANSPORT, assisting=[WATER])
