"""Notices: who is told of what a sweep found. Many tickets, one notice for each addressee and level.

Who is told of a level stands beside it in the policy's ladder. A unit's clocks are told to the unit (its handlers; its
reviewers as `leader`), the hotline's own to the dispatchers; managers are the `supervisor` of all. Written in the
sweep's own transaction, so that nothing is told which did not happen, and nothing happens untold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from hotline import db
from hotline.knowledge import knowledge, midnight, today
from hotline.models import Notice
from hotline.rights import Actor
from hotline.rows import Rows, change_all, insert_all
from sla.policy import LEVELS
from sla.values import UNITS_CLOCKS

ITEMS = 50
"""Tickets named in one notice; `count` says how many there were, and the page lists them all."""

GROWS_SECONDS = 60.0
"""So long a notice takes in what is found later: a wave of many batches, some a second, is one message. No deadline of
ours is so short that a minute matters, and nobody reads two messages a minute."""

SETTLED_SECONDS = 90.0
"""From then on the feed shows a notice: it does not grow any more, and whoever was writing when it was young has long
committed. A reader that asks for what comes after the last id it saw therefore misses nothing."""

LOOK_BACK = 2_000
"""A minute's notices are among the newest so many: every unit, role and level of a city is some hundreds."""

KEPT = timedelta(days=184)
"""As long as the audit's own records must be kept; what fell due stands in the events for ever."""

DAY = 500
"""Notices of one addressee that a day may have and more: one a minute in office hours."""


class Found(NamedTuple):
    """A step that fell due: ticket's number; policy stamp, clock, whose it is, level; and due time (ISO, UTC)."""

    number: str
    policy: str
    clock: str
    unit: str | None
    level: str
    due_at: str

    @property
    def kind(self) -> tuple[str | None, ...]:
        """Steps alike in this are told to the same people."""
        return self[1:5]


class _Key(NamedTuple):
    role: str
    unit: str | None
    level: str


def tell(session: Session, found: Sequence[Found], at: datetime) -> None:
    """Write a notice for each addressee and level, or add to the one that was written less than a minute ago."""
    alike: dict[tuple[str | None, ...], list[Found]] = {}
    for each in found:
        alike.setdefault(each.kind, []).append(each)
    fresh: dict[_Key, list[Found]] = {}
    for told in alike.values():
        for key in _addressees(session, told[0]):
            fresh.setdefault(key, []).extend(told)
    growing = _growing(session, at) if fresh else {}
    new = [_new(key, told, at) for key, told in fresh.items() if key not in growing]
    grown = [_grown(growing[key], told) for key, told in fresh.items() if key in growing]
    if new:
        insert_all(session, Rows(Notice, new))
    if grown:
        change_all(session, Rows(Notice, grown))


def _addressees(session: Session, found: Found) -> set[_Key]:
    """Who is told, by the ladder of the clock's own policy version; nobody, where it names no way to tell."""
    ladder = knowledge(session, policy=found.policy).policies[found.policy].ladder(found.clock)
    telling = ladder.telling[ladder.levels.index(found.level)]
    return {_key(who, found) for who in telling.tell} if telling.by else set()


def _key(who: str, found: Found) -> _Key:
    if who == "supervisor":
        return _Key("manager", None, found.level)
    if found.unit is not None and found.clock in UNITS_CLOCKS:
        return _Key("unit_handler" if who == "holder" else "unit_reviewer", found.unit, found.level)
    return _Key("dispatcher" if who == "holder" else "manager", None, found.level)


def _growing(session: Session, at: datetime) -> dict[_Key, Notice]:
    """The newest notice of each addressee and level that may still grow, locked in the order of their ids, so that two
    sweepers wait for each other's last statement and never in a circle.
    """
    newest = select(func.coalesce(func.max(Notice.id), 0) - LOOK_BACK).scalar_subquery()
    young = select(Notice).where(Notice.id > newest, Notice.at > at - timedelta(seconds=GROWS_SECONDS))
    rows = session.scalars(young.order_by(Notice.id).with_for_update().execution_options(populate_existing=True))
    return {_Key(row.role, row.unit, row.level): row for row in rows}


def _items(found: Sequence[Found]) -> list[list[str]]:
    return [[each.number, each.clock, each.due_at] for each in found]


def _new(key: _Key, found: Sequence[Found], at: datetime) -> dict[str, Any]:
    return {"at": at, **key._asdict(), "count": len(found), "items": _items(found[:ITEMS])}


def _grown(notice: Notice, found: Sequence[Found]) -> dict[str, Any]:
    room = max(0, ITEMS - len(notice.items))
    return {"id": notice.id, "count": notice.count + len(found), "items": [*notice.items, *_items(found[:room])]}


def drop_old(session: Session) -> int:
    """Take out the notices of more than half a year ago; how many."""
    old = delete(Notice).where(Notice.at < db.now(session) - KEPT)
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]


def _told_to(actor: Actor) -> ColumnElement[bool]:
    """A unit's people: what is told to their role in their unit or one below. The hotline's: what is told to their
    role. Managers, and a machine of that role that hands all of it on: everything.
    """
    if actor.of_unit:
        return Notice.role.in_(sorted(actor.roles)) & Notice.unit.in_(sorted(actor.units))
    return true() if "manager" in actor.roles else Notice.role.in_(sorted(actor.roles)) & Notice.unit.is_(None)


def notices_for(session: Session, actor: Actor, after_id: int = 0, limit: int = 100) -> list[Notice]:
    """The notices after `after_id` that are told to the actor and grow no more, oldest first."""
    settled = Notice.at <= db.now(session) - timedelta(seconds=SETTLED_SECONDS)
    wanted = select(Notice).where(Notice.id > after_id, settled, _told_to(actor)).order_by(Notice.id).limit(limit)
    return list(session.scalars(wanted))


@dataclass(frozen=True, slots=True)
class Today:
    """What was told today of one level: how many steps fell due, and on which clock most of them are."""

    level: str
    count: int
    clock: str


def told_today(session: Session, actor: Actor) -> list[Today]:
    """What the actor was told since midnight in the city, by level, the gravest first."""
    begun = midnight(today(db.now(session)))
    own = _told_to(actor) & Notice.role.in_(sorted(actor.roles))
    newest = select(Notice).where(own).order_by(Notice.id.desc()).limit(DAY)
    rows = [row for row in session.scalars(newest) if row.at >= begun]
    levels = [(level, [row for row in rows if row.level == level]) for level in reversed(LEVELS)]
    return [_sum(level, of_level) for level, of_level in levels if of_level]


def _sum(level: str, rows: Sequence[Notice]) -> Today:
    clocks = Counter(clock for row in rows for _, clock, _ in row.items)
    return Today(level, sum(row.count for row in rows), clocks.most_common(1)[0][0])
