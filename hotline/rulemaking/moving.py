"""Which open deadlines a new edition of the calendar moves: shown before it is published, and done after it.

Both ask the same question of the same function: the ticket's clocks with a `recompute` event at the end of its
history. Clocks that are breached, met or stopped never move. The round works in small transactions and may be killed
at any moment: what it has done is done, and the next one does the rest. When all is done, an event says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import structlog
from sqlalchemy import ColumnElement, Row, and_, false, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.desk.case import take
from hotline.knowledge import LOOK_AGAIN_SECONDS, knowledge, midnight
from hotline.lifecycle import Action
from hotline.models import Clock, Event, Ticket
from hotline.rights import SYSTEM
from hotline.rulebook import CITY, Rulebook
from hotline.rulemaking.drafts import SUBJECT, Draft, next_row
from hotline.rulemaking.rights import Watch, unwatched
from sla import values as sla
from sla.clock import clocks as run_clocks
from sla.values import Event as Moment

BATCH = 100
SETTLES = timedelta(seconds=6 * LOOK_AGAIN_SECONDS)
"""Other processes know a publication within LOOK_AGAIN_SECONDS, and end within this what they began before: only a
round that begins later has seen every ticket that was opened under an older edition."""

MOVED = "move_deadlines"
PUBLISHED = "edit_rules"
log = structlog.get_logger()

Transaction = Callable[[], AbstractContextManager[Session]]


class Move(NamedTuple):
    """An open clock that another edition changes. `settled`: it was provisional and no longer is; `moved` is false
    where only that, or only its warnings, change.
    """

    number: str
    clock: str
    unit: str | None
    was: datetime
    to: datetime
    settled: bool

    @property
    def moved(self) -> bool:
        """True where the deadline itself is another."""
        return self.was != self.to


class Preview(NamedTuple):
    """What a draft would move, in order of the new deadline; `left` tickets were not looked at."""

    moves: list[Move]
    left: int

    def by_unit(self) -> dict[str | None, int]:
        """How many deadlines of each unit get another date, most first; None is the hotline itself."""
        units = [move.unit for move in self.moves if move.moved]
        return dict(
            sorted(((unit, units.count(unit)) for unit in set(units)), key=lambda each: (-each[1], each[0] or ""))
        )


def moves(session: Session, draft: Draft, watch: Watch = unwatched, most: int | None = None) -> Preview:
    """What publishing `draft` now would change. `most` tickets are looked at, the newest first; None is all."""
    rules = knowledge(session).rules
    after, at = rules.followed_by(next_row(rules, draft)), db.now(session)
    ids = _touched(session, after, rules.last, at)[::-1]
    looked = ids if most is None else ids[:most]
    batches = _batches(looked)
    found = [move for batch in watch(batches, "核算", len(batches)) for move in _moves_of(session, batch, after, at)]
    return Preview(sorted(found, key=lambda move: (move.to, move.number)), len(ids) - len(looked))


def move_round(transaction: Transaction = db.transaction, watch: Watch = unwatched) -> int:
    """Put every ticket whose open deadlines the newest edition changes under it; how many. Call it as often as you
    like: with nothing to do it is one look at an index.
    """
    with db.reading() as session:
        newest = _unmoved(session)
    if newest is None:
        return 0
    with transaction() as session:
        rules = knowledge(session, newest.name).rules
        began = db.now(session)
        ids = _touched(session, rules, newest.since, began)
    moved, batches = 0, _batches(ids)
    for batch in watch(batches, "改期", len(batches)):
        with transaction() as session:
            moved += _move(session, batch, newest.name)
    if began - newest.at > SETTLES:
        _finish(transaction, newest)
    return moved


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[n : n + BATCH] for n in range(0, len(ids), BATCH)]


class _Newest(NamedTuple):
    """An edition published `at`, whose deadlines are not all moved yet; `since` is the last one whose are."""

    edition: int
    name: str
    since: int
    at: datetime


def _unmoved(session: Session) -> _Newest | None:
    published, done = _last(session, PUBLISHED), _last(session, MOVED)
    since = done.data["edition"] if done else 1
    if published is None or published.data["edition"] <= since:
        return None
    return _Newest(published.data["edition"], published.data["name"], since, published.at)


def last_published(session: Session) -> Mapping[str, Any] | None:
    """The data of the newest publication: edition, name, and what was published."""
    last = _last(session, PUBLISHED)
    return last.data if last else None


def _last(session: Session, action: str) -> Row[Any] | None:
    """Data and time of the newest event of this kind about the calendar."""
    mine = select(Event.data, Event.at).where(Event.subject == SUBJECT, Event.action == action)
    return session.execute(mine.order_by(Event.seq.desc()).limit(1)).first()


def _move(session: Session, ids: Sequence[int], name: str) -> int:
    """Move those of the tickets that change; how many."""
    rules = knowledge(session, name).rules
    found, at = histories(session, ids), db.now(session)
    changing = [each for each in ids if _changes(found[each], rules, at)]
    moved = 0
    for number in session.scalars(select(Ticket.number).where(Ticket.id.in_(changing)).order_by(Ticket.id)).all():
        case = take(session, number, SYSTEM)
        if _changes(case.events, case.know.rules, case.at):
            case.bring_up_to_date()
            case.finish()
            moved += 1
    return moved


def _finish(transaction: Transaction, newest: _Newest) -> None:
    """Say that all is moved, unless somebody has said so, or has published again meanwhile."""
    try:
        with transaction() as session:
            link = journal.last_link(session, SUBJECT)
            if _unmoved(session) == newest:
                data = {"edition": newest.edition, "name": newest.name}
                entry = journal.Entry(SUBJECT, MOVED, SYSTEM.id, db.now(session), data)
                journal.write(session, journal.rows([entry], link)[0])
    except IntegrityError:
        log.info("moved_by_another", edition=newest.name)


# What changes


def _changes(events: Sequence[Moment], rules: Rulebook, at: datetime) -> list[tuple[sla.Clock, sla.Clock]]:
    """The open clocks that the newest edition of `rules` changes, before and after."""
    last = events[-1]
    step = Moment(last.seq + 1, max(at, last.at), Action.RECOMPUTE, {"calendar": rules.current})
    both = zip(run_clocks(events, rules), run_clocks([*events, step], rules), strict=True)
    return [(old, new) for old, new in both if old.running and _dates(old) != _dates(new)]


def _dates(clock: sla.Clock) -> tuple[Any, ...]:
    return clock.due_at, clock.provisional, clock.steps


def _moves_of(session: Session, ids: Sequence[int], rules: Rulebook, at: datetime) -> Iterator[Move]:
    named = session.execute(select(Ticket.id, Ticket.number, Ticket.unit).where(Ticket.id.in_(ids))).all()
    found = histories(session, ids)
    for row in named:
        for old, new in _changes(found[row.id], rules, at):
            unit = old.party or (row.unit if old.name in sla.UNITS_CLOCKS else None)
            settled = old.provisional and not new.provisional
            yield Move(row.number, old.name, unit, old.due_at, new.due_at, settled)


def histories(session: Session, ids: Sequence[int]) -> dict[int, list[Moment]]:
    """The events of tickets in order, by ticket: one question for all of them."""
    rows = session.execute(
        select(Event.ticket_id, Event.seq, Event.at, Event.action, Event.data)
        .where(Event.ticket_id.in_(ids))
        .order_by(Event.ticket_id, Event.seq)
    )
    return {
        ticket: [Moment(row.seq, row.at, row.action, row.data) for row in events]
        for ticket, events in groupby(rows, key=lambda row: int(row.ticket_id))
    }


# Which clocks can change at all: asked of the index before any history is read


def _touched(session: Session, rules: Rulebook, since: int, at: datetime) -> list[int]:
    """Tickets with open clocks that an edition after `since` can change, in the order of their ids."""
    running = and_(
        Clock.name.in_(sla.CLOCKS),
        Clock.due_at >= at,
        Clock.known_until.is_(None),
        Clock.met_at.is_(None),
        Clock.stopped_at.is_(None),
        Clock.calendar != rules.current,
    )
    reached = or_(_by_days(rules, since), _by_hours(rules, since))
    found = select(Clock.ticket_id).where(running, reached).distinct().order_by(Clock.ticket_id)
    return list(session.scalars(found))


def _by_days(rules: Rulebook, since: int) -> ColumnElement[bool]:
    """Clocks whose span, from the start to the last step of the ladder, meets a changed day."""
    days = _changed_days(rules, since)
    if not days:
        return false()
    first, last = midnight(min(days)), midnight(max(days))
    longest = max(max((*ladder.working_days, 0)) for p in rules.policies.values() for ladder in p.ladders.values())
    slack = timedelta(days=7 * longest + 30)
    return and_(Clock.started_at < last + timedelta(days=1), Clock.due_at >= first - slack)


def _changed_days(rules: Rulebook, since: int) -> set[date]:
    """Days that are another than in edition `since`; of a year that had no notice, its first and last day too."""
    before = {row.year: row.days for row in rules.years if row.edition <= since}
    after = {row.year: row.days for row in rules.years if row.edition > since}
    changed: set[date] = set()
    for year, days in after.items():
        old = before.get(year)
        for part in ("holidays", "makeups"):
            differing = days.get(part, {}).items() ^ (old or {}).get(part, {}).items()
            changed |= {date.fromisoformat(day) for day, _ in differing}
        if old is None:
            changed |= {date(year, 1, 1), date(year, 12, 31)}
    return changed


def _by_hours(rules: Rulebook, since: int) -> ColumnElement[bool]:
    """Every clock of a unit whose hours are others; all clocks where the city's are."""
    units = {row.unit for row in rules.hours if row.edition > since}
    if CITY in units:
        return Clock.id.is_not(None)
    return Clock.unit.in_(units) if units else false()
