"""The demo city: its people, their passwords and tokens, and sixty days of tickets played through the real acts.

Everything happens under a simulated clock in one transaction, sweeps included, so that the demo's breaches were
escalated at the hour they fell due. Made by the demo command alone; nothing of it exists in production.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, desk, staff, sweep
from hotline.desk.evidence import attach
from hotline.intake.inquiry import Inquiry
from hotline.intake.phone import inquiry_of_call
from hotline.knowledge import ZONE, Knowledge, knowledge
from hotline.lifecycle import Action, Status
from hotline.models import Clock, Staff, Ticket
from hotline.rights import ADMINISTRATORS, CITIZEN, Actor
from hotline.seeds import DEMO, read_json

PEOPLE = (
    ("agent", "坐席 王晓梅", ("agent",), None),
    ("dispatcher", "派单员 刘建国", ("dispatcher",), None),
    ("follow-up", "回访员 陈静", ("follow_up",), None),
    ("manager", "管理者 周敏", ("manager",), None),
    ("admin", "系统管理员 何平", ("system_admin",), None),
    ("auditor", "审计管理员 罗兰", ("audit_admin",), None),
    ("wudang", "乌当区 承办人", ("unit_handler",), "district-wudang"),
    ("gaoxin", "高新区 承办人", ("unit_handler",), "district-gaoxin"),
    ("yibao", "市医保局 承办人", ("unit_handler",), "dept-medical-insurance"),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the demo made: `staff` with passwords (administrators with `totp`, the secret of their codes), and
    `tokens` of units and of the intake machine, by name.
    """

    staff: list[dict[str, str]] = field(default_factory=list)
    tokens: list[dict[str, str]] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """As JSON, readable by its owner alone."""
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"staff": self.staff, "tokens": self.tokens}, file, ensure_ascii=False, indent=1)


def make_people(session: Session) -> Credentials:
    """Staff with random passwords, a machine with a token for every unit, and one for intake."""
    know, made = knowledge(session), Credentials()
    for login, name, roles, unit in PEOPLE:
        password = secrets.token_urlsafe(9)
        account = staff.add_staff(session, login, name, roles, unit, password)
        person = {"login": login, "name": name, "password": password, "roles": ",".join(roles)}
        if ADMINISTRATORS.intersection(roles):
            person["totp"] = staff.enroll(session, account)
        made.staff.append(person)
    machine = staff.add_staff(session, "intake-machine", "来件系统", ("intake",), None, "")
    made.tokens.append({"name": "intake", "unit": "", "token": staff.add_token(session, machine, "demo")})
    for each in know.units.values():
        if each.kind in ("district", "department", "enterprise"):
            account = staff.add_staff(session, f"unit-{each.code}", each.name, ("unit_handler",), each.code, "")
            token = staff.add_token(session, account, "demo")
            made.tokens.append({"name": each.name, "unit": each.code, "token": token})
    return made


@dataclass(frozen=True, slots=True)
class Story:
    """A ticket of the demo: when it comes, how, and the acts that follow."""

    id: str
    at: datetime
    entry: Mapping[str, Any]

    @property
    def acts(self) -> Iterator[tuple[datetime, Mapping[str, Any]]]:
        """Each act with its time."""
        at = self.at
        for step in self.entry["story"]:
            at += timedelta(minutes=step["after_minutes"])
            yield at, step


def read_stories(now: datetime, folder: Path = DEMO / "tickets") -> list[Story]:
    """The shipped stories, dated back from `now`; what would lie in the future is left out."""
    stories = []
    for entry in (each for file in sorted(folder.glob("*.json")) for each in read_json(file)):
        day = (now.astimezone(ZONE) - timedelta(days=entry["days_ago"])).date()
        hour, minute = map(int, entry["time"].split(":"))
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)
        if at < now:
            stories.append(Story(entry["id"], at, entry))
    return stories


class Play:
    """Plays stories in the order of time; `misrouted` holds (id, expected, got) where a person had to help."""

    def __init__(self, session: Session, now: datetime, progress: Callable[[int], object] = lambda _: None) -> None:
        """Act in `session` up to `now`; `progress` is called with 1 after each ticket's opening."""
        self.session, self.now, self.progress = session, now, progress
        self.know: Knowledge = knowledge(session)
        self.codes = {unit.name: unit.code for unit in self.know.units.values()}
        self.people = {login: _actor(session, login) for login, *_ in PEOPLE}
        self.tickets: dict[str, Ticket] = {}
        self.misrouted: list[tuple[str, str, str]] = []

    def run(self, stories: Sequence[Story]) -> None:
        """Open, act and sweep, in order of time."""
        steps: list[tuple[datetime, int, Callable[[], object]]] = []
        for number, story in enumerate(stories):
            steps.append((story.at, number, partial(self._open, story)))
            steps += [(at, number, partial(self._act, story, act)) for at, act in story.acts]
        for at, _, step in sorted(steps, key=lambda each: each[:2]):
            if at < self.now:
                self._sweep_until(at)
                self.session.info["now"] = at
                step()
        self._sweep_until(self.now)
        self.session.info.pop("now", None)

    def _sweep_until(self, at: datetime) -> None:
        """Escalate each clock at the very moment it falls due, as a ticker that is never late would."""
        earliest = select(func.min(Clock.next_at)).where(Clock.next_at <= at)
        while (due := self.session.scalar(earliest)) is not None:
            self.session.info["now"] = due
            sweep.resume_due(self.session)
            sweep.sweep(self.session)

    def _open(self, story: Story) -> None:
        first = story.entry["story"][0]["act"] if story.entry["story"] else ""
        opened = desk.open_ticket(
            self.session, _inquiry(story), self.people["agent"], hold=first in ("answer", "reject", "dispatch")
        )
        self.tickets[story.id] = ticket = self.session.get_one(Ticket, opened.ticket.id)
        self._help(story, ticket, first)
        self.progress(1)

    def _help(self, story: Story, ticket: Ticket, first: str) -> None:
        """Where the machine was unsure or wrong a dispatcher helps, as in life."""
        expected = self.codes.get(story.entry["expect"]["unit"] or "")
        if expected and ticket.status == Status.DISPATCHED and ticket.unit != expected:
            self.misrouted.append((story.id, expected, str(ticket.unit)))
            self._perform("dispatcher", ticket, Action.DISPATCH, {"unit": expected, "text": "核对事项和地点后改派"})
        elif (
            expected
            and ticket.status == Status.RECEIVED
            and first
            not in (
                "",
                "answer",
                "reject",
                "dispatch",
                "merge",
                "withdraw",
            )
        ):
            self._perform("dispatcher", ticket, Action.DISPATCH, {"unit": expected})

    def _act(self, story: Story, act: Mapping[str, Any]) -> None:
        ticket, action = self.tickets[story.id], Action(act["act"])
        fields = {name: value for name, value in act.items() if name not in ("act", "after_minutes")}
        who = f"unit-{self.codes[fields.pop('unit')]}" if action == Action.ASSIST else _WHO.get(action, "unit")
        for name in ("unit", "proposed_unit"):
            if fields.get(name):
                fields[name] = self.codes[fields[name]]
        if "assisting" in fields:
            fields["assisting"] = [self.codes[name] for name in fields["assisting"]]
        if action == Action.MERGE:
            fields["into"] = self.tickets[fields["into"]].number
        if "evidence" in fields:
            fields["evidence"] = [self._attach(ticket, file) for file in fields["evidence"]]
        self._perform(who, ticket, action, fields)

    def _attach(self, ticket: Ticket, file: Mapping[str, str]) -> int:
        content = file["text"].encode()
        return attach(self.session, ticket.number, self._actor("unit", ticket), file["name"], content).id

    def _perform(self, who: str, ticket: Ticket, action: Action, fields: Mapping[str, Any]) -> None:
        desk.perform(self.session, ticket.number, self._actor(who, ticket), action, fields)

    def _actor(self, who: str, ticket: Ticket) -> Actor:
        """The citizen, a person by login, or the account of a unit: `unit` is the one that has the ticket."""
        if who == "unit":
            return _actor(self.session, f"unit-{self.know.unit_tree.ancestors(ticket.unit)[0]}")
        if who.startswith("unit-"):
            return _actor(self.session, who)
        return CITIZEN if who == "citizen" else self.people[who]


_WHO = {
    Action.ANSWER: "agent",
    Action.REJECT: "dispatcher",
    Action.DISPATCH: "dispatcher",
    Action.DECIDE_RETURN: "dispatcher",
    Action.DECIDE_EXTENSION: "dispatcher",
    Action.DECIDE_SUSPENSION: "dispatcher",
    Action.URGE: "citizen",
    Action.SUPERVISE: "manager",
    Action.DECIDE_EXCLUSION: "manager",
    Action.UNMERGE: "dispatcher",
    Action.REVIEW: "dispatcher",
    Action.FOLLOW_UP: "follow-up",
    Action.REOPEN: "follow-up",
    Action.CLOSE: "follow-up",
    Action.WITHDRAW: "citizen",
    Action.MERGE: "dispatcher",
}


def _actor(session: Session, login: str) -> Actor:
    return staff.actor_of(session, session.scalars(select(Staff).where(Staff.login == login)).one())


def _inquiry(story: Story) -> Inquiry:
    """As the channel would hand it in; the kind is the one that the citizen chose or the agent confirmed."""
    entry = story.entry
    kind = entry["kind"] or entry["expect"]["kind"]
    if entry["channel"] == "phone":
        started = story.at.isoformat()
        call = inquiry_of_call(f"demo-{story.id}", "plain", entry["phone"], started, entry["transcript"])
        place = entry["place"] or call.place
        return replace(call, name=entry["name"], place=place, kind=kind, confidential=entry["confidential"])
    return Inquiry(
        channel=entry["channel"],
        external_id=f"demo-{story.id}",
        content=entry["content"],
        source=entry["source"],
        title=entry["title"] or "",
        name=entry["name"],
        phone=entry["phone"],
        place=entry["place"],
        kind=kind,
        confidential=entry["confidential"],
    )


def load_demo(session: Session, progress: Callable[[int], object] = lambda _: None) -> tuple[Credentials, Play]:
    """People and tickets of the demo city, once; the caller commits."""
    now = db.now(session)
    credentials = make_people(session)
    play = Play(session, now, progress)
    play.run(read_stories(now))
    return credentials, play
