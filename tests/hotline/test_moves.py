"""Every cell of status × action × role, made from the tables of moves, permissions and parts.

For each status a real ticket is brought there by real acts, once; then every act is tried on it as every role, as the
citizen, as an assisting unit and as a unit that has no part in it. What is allowed is done, what is not is refused for
the right reason and changes nothing. Each trial is rolled back to where it began.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db, desk
from hotline import knowledge as knowing
from hotline.desk import performing
from hotline.desk.acts import ACTS
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge
from hotline.lifecycle import MOVES, STATUS_NAMES, Action, Status
from hotline.models import Attachment, Clock, Event, Ticket
from hotline.rights import CITIZEN, PERMISSIONS, ROLES, Actor
from tests.hotline.city import (
    AGENT,
    CONTENT,
    DISPATCHER,
    FOLLOW_UP,
    KEYS,
    MONDAY,
    REPLY,
    TRANSPORT,
    UNSOLVED,
    WATER,
    WUDANG,
    forget,
    inquiry,
)

DISPATCH = ("dispatch", {"unit": WUDANG, "assisting": [WATER]})
ACCEPT = ("accept", {})
EXCLUDE = ("exclude", {"text": "来件人多次拒绝配合"})
SUPERVISE = ("supervise", {"text": "请说明进展"})
RETURN = ("return", {"text": "不归我们管"})
SUSPEND = ("suspend", {"text": "等汛期过去", "days": 5})
RESOLVE = ("resolve", REPLY)
PASSED = ("review", {"passed": True})
Act = tuple[str, dict[str, Any]]

_TAKEN: list[Act] = [DISPATCH, ACCEPT]
_ASKED: list[Act] = [*_TAKEN, EXCLUDE]
_SUSPENDED: list[Act] = [SUSPEND, ("decide_suspension", {"approved": True})]

SCENES: dict[str, list[Act]] = {
    "received": [],
    "received, exclusion asked": [*_ASKED, RETURN, ("decide_return", {"approved": True})],
    "dispatched": [DISPATCH],
    "dispatched, all asked": [*_ASKED, DISPATCH, SUPERVISE, RETURN],
    "accepted": _TAKEN,
    "accepted, return asked": [*_TAKEN, RETURN],
    "accepted, all asked": [*_ASKED, SUPERVISE, ("extend", {"days": 3, "text": "等配件"})],
    "accepted, suspension asked": [*_TAKEN, SUSPEND],
    "suspended": [*_TAKEN, *_SUSPENDED],
    "suspended, all asked": [*_ASKED, SUPERVISE, *_SUSPENDED],
    "resolved": [*_TAKEN, RESOLVE],
    "resolved, exclusion asked": [*_ASKED, RESOLVE],
    "reviewed": [*_TAKEN, RESOLVE, PASSED],
    "reviewed, evaluated": [*_ASKED, RESOLVE, PASSED, ("follow_up", UNSOLVED)],
    "closed": [*_TAKEN, RESOLVE, PASSED, ("follow_up", CONTENT)],
    "closed, exclusion asked": [*_TAKEN, RESOLVE, PASSED, ("follow_up", CONTENT), EXCLUDE],
    "rejected": [("reject", {"reason": "commercial"})],
    "withdrawn": [("withdraw", {})],
    "merged": [*_TAKEN, ("merge", {})],
}
"""How a ticket is brought to each status, and there to each thing that may wait for an answer."""

WRONG: dict[Action, dict[str, Any]] = {
    Action.ANSWER: {"public_reply": " "},
    Action.REJECT: {"reason": "bored"},
    Action.DISPATCH: {"unit": "nowhere"},
    Action.CONTACT: {"text": ""},
    Action.ASSIST: {"text": ""},
    Action.RETURN: {"text": ""},
    Action.EXTEND: {"days": 11, "text": "等配件"},
    Action.SUSPEND: {"days": 5, "text": "等汛期过去", "evidence": []},
    Action.SUPERVISE: {"text": "请说明进展", "days": 61},
    Action.FEEDBACK: {"text": ""},
    Action.RESOLVE: {"result": "已处理", "public_reply": ""},
    Action.REVIEW: {"passed": False, "text": ""},
    Action.FOLLOW_UP: {"answered": True, "solved": True, "level": 6},
    Action.REOPEN: {"text": ""},
    Action.MERGE: {},
    Action.UNMERGE: {"text": ""},
    Action.EXCLUDE: {"text": ""},
    Action.DECIDE_EXCLUSION: {"approved": True, "text": ""},
}
NOTHING_TO_GET_WRONG = {
    Action.ACCEPT,
    Action.DECIDE_RETURN,
    Action.DECIDE_EXTENSION,
    Action.DECIDE_SUSPENSION,
    Action.RESUME,
    Action.URGE,
    Action.CLOSE,
    Action.WITHDRAW,
}
RIGHT: dict[Action, dict[str, Any]] = {
    Action.ANSWER: {"public_reply": "请拨打供水热线。"},
    Action.REJECT: {"reason": "commercial"},
    Action.DISPATCH: {"unit": TRANSPORT},
    Action.CONTACT: {"text": "已联系"},
    Action.ASSIST: {"text": "水管已关"},
    Action.RETURN: {"text": "不归我们管"},
    Action.DECIDE_RETURN: {"approved": True},
    Action.EXTEND: {"days": 10, "text": "等配件"},
    Action.DECIDE_EXTENSION: {"approved": True},
    Action.SUSPEND: {"days": 5, "text": "等汛期过去"},
    Action.DECIDE_SUSPENSION: {"approved": True},
    Action.SUPERVISE: {"text": "请说明进展", "days": 60},
    Action.FEEDBACK: {"text": "已经开工"},
    Action.RESOLVE: REPLY,
    Action.REVIEW: {"passed": True},
    Action.FOLLOW_UP: UNSOLVED,
    Action.REOPEN: {"text": "坑还在"},
    Action.UNMERGE: {"text": "不是同一处"},
    Action.EXCLUDE: {"text": "来件人多次拒绝配合"},
    Action.DECIDE_EXCLUSION: {"approved": True, "text": "情况属实"},
}

MUST_BE_ASKED = {
    Action.DECIDE_RETURN: ("pending", "return"),
    Action.DECIDE_EXTENSION: ("pending", "extend"),
    Action.DECIDE_SUSPENSION: ("pending", "suspend"),
    Action.DECIDE_EXCLUSION: ("excluded", "asked"),
    Action.FEEDBACK: ("supervised", True),
}
MUST_NOT_WAIT = {
    Action.DISPATCH: ("pending", None),
    Action.RETURN: ("pending", None),
    Action.EXTEND: ("pending", None),
    Action.SUSPEND: ("pending", None),
    Action.EXCLUDE: ("excluded", None),
}
GUARDED = {("reviewed", Action.CLOSE), ("reviewed, evaluated", Action.FOLLOW_UP, "citizen")}
"""Where the move is allowed and a guard of the trade stands against it: nobody was asked yet; asked once is enough."""


class Person(NamedTuple):
    """Who tries: under which name, with which part in the ticket."""

    name: str
    actor: Actor
    part: str


def _people(know: Knowledge) -> Iterator[Person]:
    units = {"lead": WUDANG, "assisting": WATER, "foreign": TRANSPORT}
    for role in ROLES:
        if not role.startswith("unit_"):
            yield Person(role, Actor(f"staff:{role}", role, frozenset({role})), "hotline")
            continue
        for part, unit in units.items():
            actor = Actor(f"staff:{role}:{unit}", role, frozenset({role}), unit, know.unit_tree.below(unit))
            yield Person(f"{role} ({part})", actor, part)
    yield Person("citizen", CITIZEN, "citizen")


@dataclass
class Stage:
    """An open transaction with a ticket for each scene."""

    session: Session
    know: Knowledge
    tickets: dict[str, str]
    evidence: dict[str, int]
    other: str
    beginnings: dict[str, tuple[Any, ...]]

    def ticket(self, number: str) -> Ticket:
        """The row as it is now."""
        fresh = select(Ticket).where(Ticket.number == number).execution_options(populate_existing=True)
        return self.session.scalars(fresh).one()

    def trace(self, ticket: Ticket) -> tuple[Any, ...]:
        """All that an act could change: the ticket's columns, its events and clocks, and the other ticket's version."""
        counts = (
            self.session.scalar(select(func.count()).select_from(table).where(table.ticket_id == ticket.id))
            for table in (Event, Clock)
        )
        columns = tuple(getattr(ticket, column.name) for column in Ticket.__table__.columns)
        return (*columns, *counts, self.ticket(self.other).version)

    def fields(self, scene: str, action: Action) -> dict[str, Any]:
        """What somebody who does it right fills in."""
        more: dict[str, Any] = {}
        if action == Action.SUSPEND:
            more = {"evidence": [self.evidence[scene]]}
        elif action == Action.MERGE:
            more = {"into": self.other}
        return RIGHT.get(action, {}) | more


@pytest.fixture(scope="module")
def stage(sqlite_city: Path, city_knowledge: Knowledge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("moves")
    shutil.copy(sqlite_city, home / "hotline.db")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HOTLINE_HOME": str(home), **KEYS}.items():
            patch.setenv(name, value)
        forget()
        patch.setattr(knowing, "_kept", (float("inf"), None, city_knowledge))
        with db.transaction() as session:
            session.info["now"] = MONDAY
            yield _set(session, city_knowledge)
            session.rollback()
        forget()


def _set(session: Session, know: Knowledge) -> Stage:
    made = {name: _opened(session, name) for name in [*SCENES, "other", "parent"]}
    stage = Stage(session, know, {}, {}, made["other"], {})
    for action, fields in SCENES["reviewed"]:
        _do(stage, made["parent"], action, fields)
    for scene, acts in SCENES.items():
        stage.evidence[scene] = _file(stage, made[scene])
        for action, fields in acts:
            into = {"into": made["parent"]} if action == "merge" else {}
            _do(stage, made[scene], action, fields | into)
        stage.tickets[scene] = made[scene]
    return stage


def _opened(session: Session, key: str) -> str:
    return desk.open_ticket(session, inquiry(external_id=key, phone="13900000001"), AGENT, hold=True).ticket.number


def _file(stage: Stage, number: str) -> int:
    row = {"name": "a.jpg", "type": "image/jpeg", "size": 1, "digest": "0" * 64, "content": b"0", "by": "staff:1"}
    attachment = Attachment(ticket_id=stage.ticket(number).id, at=MONDAY, **row)
    stage.session.add(attachment)
    stage.session.flush()
    return attachment.id


def _do(stage: Stage, number: str, action: str, fields: Mapping[str, Any]) -> None:
    """By whoever may, with evidence where it is wanted."""
    whose = {"dispatcher": DISPATCHER, "follow_up": FOLLOW_UP}
    role = next((role for role in whose if role in PERMISSIONS[action]), "")
    handler = Actor("staff:1", "承办人", frozenset({"unit_handler"}), WUDANG, stage.know.unit_tree.below(WUDANG))
    more = {"evidence": [_file(stage, number)]} if action == "suspend" else {}
    desk.perform(stage.session, number, whose.get(role, handler), Action(action), {**fields, **more})


def _expected(scene: str, ticket: Ticket, action: Action, person: Person) -> type[Exception] | None:
    """What the tables say: the first thing that stands against it, or None."""
    roles, part = person.actor.roles, person.part
    seen = person.part == "citizen" or bool(roles & PERMISSIONS["read_tickets"])
    if part in ("lead", "assisting", "foreign"):
        seen = {"lead": ticket.unit is not None, "assisting": bool(ticket.assisting), "foreign": False}[part]
    if not seen:
        return NotFound
    if not _has_right(action, person):
        return Forbidden
    may_not_be = (scene, action) in GUARDED or (scene, action, person.name) in GUARDED
    if ticket.status not in MOVES[action] or may_not_be:
        return OutOfOrder
    for table in (MUST_BE_ASKED, MUST_NOT_WAIT):
        column, value = table.get(action, ("status", ticket.status))
        if getattr(ticket, column) != value:
            return OutOfOrder
    return None


def _has_right(action: Action, person: Person) -> bool:
    if person.part == "citizen":
        return action in performing.CITIZENS_ACTS
    if not person.actor.roles & PERMISSIONS[action]:
        return False
    if action == Action.ASSIST:
        return person.part == "assisting"
    return action not in performing.LEADS_ACTS or person.part in ("lead", "hotline")


def _attempt(
    stage: Stage, number: str, action: Action, actor: Actor, fields: Mapping[str, Any]
) -> type[Exception] | None:
    try:
        desk.perform(stage.session, number, actor, action, fields)
    except (NotFound, Forbidden, OutOfOrder, InvalidInput) as refusal:
        return type(refusal) if all(refusal.message.values()) else Exception
    return None


@contextmanager
def _trial(stage: Stage, scene: str) -> Iterator[tuple[Ticket, tuple[Any, ...]]]:
    """The scene's ticket and its trace as they are at the beginning, and again at the end."""
    with stage.session.begin_nested() as trial:
        ticket = stage.ticket(stage.tickets[scene])
        if scene not in stage.beginnings:
            stage.beginnings[scene] = stage.trace(ticket)
        yield ticket, stage.beginnings[scene]
        trial.rollback()


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("scene", SCENES)
def test_exactly_those_whom_the_tables_allow_do_something(stage: Stage, scene: str, action: Action) -> None:
    for person in _people(stage.know):
        with _trial(stage, scene) as (ticket, before):
            expected = _expected(scene, ticket, action, person)
            came = _attempt(stage, ticket.number, action, person.actor, stage.fields(scene, action))
            assert came is expected, (person.name, ticket.status, ticket.pending)
            after = stage.trace(stage.ticket(ticket.number))
            assert (after == before) == (expected is not None), person.name
            assert after[_VERSION] == before[_VERSION] + (expected is None)


@pytest.mark.parametrize("action", WRONG)
def test_whoever_may_is_told_what_is_filled_in_wrongly_and_who_may_not_is_told_that(
    stage: Stage, action: Action
) -> None:
    told: set[type[Exception]] = set()
    for scene, number in stage.tickets.items():
        refusals: set[type[Exception] | None] = set()
        for person in _people(stage.know):
            with _trial(stage, scene) as (ticket, before):
                expected = _expected("", ticket, action, person)
                if expected in refusals:
                    continue
                refusals |= {expected} if expected else set()
                fields = WRONG[action] | ({"into": number} if action == Action.MERGE else {})
                came = _attempt(stage, number, action, person.actor, fields)
                assert came is (expected or InvalidInput), (scene, person.name)
                assert stage.trace(stage.ticket(number)) == before
                told.add(came)
    assert told == {NotFound, Forbidden, OutOfOrder, InvalidInput}


_VERSION = [column.name for column in Ticket.__table__.columns].index("version")


# That the cells are all the cells


def test_every_act_is_tried_with_right_fields_and_where_there_are_any_with_wrong_ones() -> None:
    assert ACTS.keys() == MOVES.keys() - {Action.ABSORB}
    assert WRONG.keys() | NOTHING_TO_GET_WRONG == ACTS.keys()
    assert not WRONG.keys() & NOTHING_TO_GET_WRONG
    assert set(ACTS) <= PERMISSIONS.keys()


def test_every_status_has_a_scene_and_every_scene_is_where_its_name_says(stage: Stage) -> None:
    reached = {scene: stage.ticket(number).status for scene, number in stage.tickets.items()}
    assert all(scene.split(",")[0] == status for scene, status in reached.items())
    assert set(reached.values()) == set(Status) == STATUS_NAMES.keys()


@pytest.mark.parametrize("action", ACTS)
def test_from_every_status_of_the_table_somebody_can_do_it(stage: Stage, action: Action) -> None:
    people = list(_people(stage.know))
    possible = set()
    for scene, number in stage.tickets.items():
        ticket = stage.ticket(number)
        if any(_expected(scene, ticket, action, person) is None for person in people):
            possible.add(ticket.status)
    assert possible == MOVES[action]
    assert stage.session.info["now"] - MONDAY == timedelta()
