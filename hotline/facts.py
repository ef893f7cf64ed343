"""Facts in the tables: what was true of each ticket from when to when, a projection of its events.

`write` runs at the end of each act, in its transaction. A stretch begins with an event and ends with the next that
changes something, so a report for a cut-off reads the rows that were true just before it, and no events. Working
minutes are counted by the edition of the calendar that the ticket was under at the time: a later publication is an
event of its own time and changes no row of before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from hotline import db, lifecycle
from hotline.errors import Refused
from hotline.lifecycle import Action, Status
from hotline.models import BadEvaluation, Event, Fact, KeptMonth, Ticket, Uncounted
from hotline.models.facts import FLAGS
from hotline.rows import Row, table_of
from sla import values as sla
from sla.clock import clocks as run_clocks
from sla.rules import Rules
from sla.values import Event as Moment

BAD_TO = 2
"""The last two of the five levels are 差评."""

TERM_WORKING_DAYS = 15
"""So long a bad evaluation has to be put right."""

ENDS = (Action.CLOSE, Action.ANSWER)
TELLS = frozenset(
    {
        Action.OPEN,
        Action.ANSWER,
        Action.REJECT,
        Action.DISPATCH,
        Action.RETURN,
        Action.DECIDE_RETURN,
        Action.DECIDE_EXTENSION,
        Action.DECIDE_SUSPENSION,
        Action.RESUME,
        Action.RESOLVE,
        Action.REVIEW,
        Action.FOLLOW_UP,
        Action.REOPEN,
        Action.CLOSE,
        Action.WITHDRAW,
        Action.MERGE,
        Action.ABSORB,
        Action.UNMERGE,
        Action.RELEASE,
        Action.DECIDE_EXCLUSION,
        Action.RECOMPUTE,
    }
)
"""Acts that can change a fact; after any other the row stands as it is, unasked."""

_FACTS, _BAD = table_of(Fact), table_of(BadEvaluation)
NAME = "facts"
"""What stands in `uncounted` until the rows have been made from the events."""

TIMES = ("known_from", "known_until")
_MINE = (_FACTS.c.ticket_id == bindparam("ticket"), _FACTS.c.known_until.is_(None))
_CURRENT, _ENDS = select(_FACTS).where(*_MINE), update(_FACTS).where(*_MINE).values(known_until=bindparam("at"))
_NAMES = [column.name for column in _FACTS.c if column.name != "known_until"]
_GOES_ON = insert(_FACTS).values({name: bindparam(f"new_{name}") for name in _NAMES}).add_cte(_ENDS.cte("ended"))
"""The end of one row and the beginning of the next in one statement, which only PostgreSQL takes."""
_FORGET = delete(table_of(KeptMonth))


class NotCounted(Refused):
    """The facts have not been made from the events yet: no figure is given rather than a wrong one."""

    code = "not_counted"


def is_counted(session: Session) -> bool:
    """False between an upgrade and its `recount`."""
    return session.scalars(select(Uncounted.name).where(Uncounted.name == NAME)).first() is None


def check_counted(session: Session) -> None:
    """Raise NotCounted where the facts are not made yet."""
    if not is_counted(session):
        raise NotCounted(
            "统计数据还没有从办理记录生成，请系统管理员在服务器上运行 python -m hotline recount，完成后再打开",
            "the figures have not been made from the history yet; run python -m hotline recount",
        )


# One ticket


def of_opening(row: Row, agent: str, events: Sequence[Moment], computed: Sequence[sla.Clock], rules: Rules) -> Row:
    """The first row of a ticket; `row` has its id, number and source."""
    keys = {"ticket_id": row["id"], "known_from": events[-1].at, "known_until": None}
    return keys | _named(row["number"], row["source"], agent) | told(events, computed, rules)


def write(
    session: Session, ticket: Ticket, events: Sequence[Moment], computed: Sequence[sla.Clock], rules: Rules
) -> None:
    """Bring the ticket's rows to what its whole history says, the act just recorded at its end."""
    at = events[-1].at
    fresh = [event.action for event in events if event.at == at]
    if not TELLS.intersection(fresh):
        return
    kept = session.execute(_CURRENT, {"ticket": ticket.id}).mappings().first()
    known = kept or _named(ticket.number, ticket.source, _opener(session, ticket.id))
    new = {name: known[name] for name in ("number", "source", "agent")} | told(events, computed, rules)
    _put(session, ticket.id, kept, new, at)
    if Action.FOLLOW_UP in fresh and (bad := bad_evaluations(events, rules)):
        session.execute(delete(_BAD).where(_BAD.c.ticket_id == ticket.id))
        session.execute(insert(_BAD), [{"ticket_id": ticket.id, **each} for each in bad])
    forget_if_simulated(session)


def forget_if_simulated(session: Session) -> None:
    """A simulated clock writes into months that others take for over: what was kept of them is made again."""
    if "now" in session.info:
        forget_the_past(session)


def forget_the_past(session: Session) -> None:
    """Count again what was over and counted: something of it is another now."""
    global pasts  # noqa: PLW0603  one per process, as what is remembered there
    pasts += 1
    session.execute(_FORGET)


pasts = 0
"""How often the past was another in this process: what somebody remembers of it holds for one number."""


def _put(session: Session, ticket_id: int, kept: RowMapping | None, new: Row, at: datetime) -> None:
    if kept and all(kept[name] == value for name, value in new.items()):
        return
    if kept and kept["known_from"] == at:
        session.execute(update(_FACTS).where(*_MINE).values(new), {"ticket": ticket_id})
        return
    row = {"ticket_id": ticket_id, "known_from": at, **new}
    if kept and db.is_postgres(session):
        named = {f"new_{name}": value for name, value in row.items()}
        session.execute(_GOES_ON, named | {"ticket": ticket_id, "at": at})
        return
    if kept:
        session.execute(_ENDS, {"ticket": ticket_id, "at": at})
    session.execute(_FACTS.insert(), row)


def _opener(session: Session, ticket_id: int) -> str:
    first = select(Event.actor).where(Event.ticket_id == ticket_id, Event.action == Action.OPEN)
    return session.scalars(first).one()


def _named(number: str, source: str, agent: str) -> dict[str, str]:
    return {"number": number, "source": source, "agent": agent}


# What a history says


def stretches(row: Mapping[str, Any], events: Sequence[Moment], rules: Rules) -> list[dict[str, Any]]:
    """All rows of a ticket, in order; `row` has its id, number, source and agent.

    Each prefix of the history is judged on its own, as it was when it was all there was.
    """
    keys, tells = _named(row["number"], row["source"], row["agent"]), False
    rows: list[dict[str, Any]] = []
    for count, event in enumerate(events, 1):
        tells = tells or event.action in TELLS
        if not tells or (count < len(events) and events[count].at == event.at):
            continue
        tells, so_far = False, events[:count]
        new = keys | told(so_far, run_clocks(so_far, rules), rules)
        if rows and all(rows[-1][name] == value for name, value in new.items()):
            continue
        if rows:
            rows[-1]["known_until"] = event.at
        rows.append({"ticket_id": row["id"], "known_from": event.at, "known_until": None, **new})
    return rows


def told(events: Sequence[Moment], computed: Sequence[sla.Clock], rules: Rules) -> dict[str, Any]:
    """What is true after these events, with the clocks `computed` of them; no names, no times of knowing."""
    state = lifecycle.fold((event.action, event.at, event.data) for event in events)
    times, given = _times(events), next((event.at for event in events if hands_out(event)), None)
    done = Counter(event.action for event in events)
    approved = Counter(event.action for event in events if event.data.get("approved"))
    level, opinion = _opinion(events)
    due_at, answer = _answer(computed, state.cycle)
    flags = {
        **answer,
        **opinion,
        "rejected": state.status == Status.REJECTED,
        "withdrawn": state.status == Status.WITHDRAWN,
        "merged": state.status == Status.MERGED,
        "closed": state.status == Status.CLOSED,
        "moved": done[Action.DISPATCH] > 1 or approved[Action.DECIDE_RETURN] > 0,
        "reopened": done[Action.REOPEN] > 0,
        "returned": done[Action.RETURN] > 0,
        "extended": approved[Action.DECIDE_EXTENSION] > 0,
        "excluded": state.excluded == "yes",
    }
    return {
        **{name: getattr(state, name) for name in ("unit", "kind", "matter", "place", "urgency")},
        "received_at": events[0].at,
        "dispatched_at": given,
        "due_at": due_at,
        "level": level,
        "flags": sum(flags[name] << bit for bit, name in enumerate(FLAGS)),
        **times,
        **_minutes(given, times["answered_at"], rules, state.calendar),
    }


def hands_out(event: Moment) -> bool:
    """The event gives the ticket to a unit."""
    return event.action == Action.DISPATCH or (event.action == Action.REOPEN and event.data.get("unit") is not None)


def _times(events: Sequence[Moment]) -> dict[str, datetime | None]:
    last = {event.action: event.at for event in events}
    ended = max((last[action] for action in ENDS if action in last), default=None)
    return {"answered_at": last.get(Action.RESOLVE) or ended, "ended_at": ended}


def _minutes(given: datetime | None, answered: datetime | None, rules: Rules, edition: str) -> dict[str, int | None]:
    if given is None or answered is None or answered < given:
        return {"minutes_working": None, "minutes_natural": None}
    working = rules.calendar(edition).working_minutes(given, answered)
    return {"minutes_working": working, "minutes_natural": int((answered - given).total_seconds()) // 60}


def _answer(computed: Sequence[sla.Clock], cycle: int) -> tuple[datetime | None, dict[str, bool]]:
    """How the newest resolve clock stands, if it is of the present cycle, and whether any has ended late."""
    resolves = [clock for clock in computed if clock.name == "resolve"]
    newest = max(resolves, key=lambda clock: clock.opened_by, default=None)
    present = newest if newest and newest.cycle == cycle else None
    return present.due_at if present else None, {
        "running": present is not None and present.running,
        "late": any(clock.ended_at is not None and clock.ended_at > clock.due_at for clock in resolves),
        "in_time": present is not None and present.met_at is not None and present.met_at <= present.due_at,
        "provisional": present is not None and present.provisional,
    }


def _opinion(events: Sequence[Moment]) -> tuple[int | None, dict[str, bool]]:
    """What the newest evaluation says, and whether any was bad."""
    answered = [event.data for event in events if _answers(event)]
    newest: Mapping[str, Any] = answered[-1] if answered else {}
    said = {name: newest.get(name) is True for name in ("solved", "satisfied")}
    bad = any(data["level"] <= BAD_TO for data in answered)
    return newest.get("level"), {"evaluated": bool(answered), "bad": bad, **said}


def _answers(event: Moment) -> bool:
    return event.action == Action.FOLLOW_UP and bool(event.data.get("answered"))


def bad_evaluations(events: Sequence[Moment], rules: Rules) -> list[dict[str, Any]]:
    """The ticket's bad evaluations: seq, at, and when a later one that says solved, and is not bad, came within the
    term. The term is counted by the edition that the ticket was under when the later one came.
    """
    found: list[dict[str, Any]] = []
    edition = ""
    for event in events:
        if event.action in (Action.OPEN, Action.RECOMPUTE):
            edition = event.data.get("calendar") or ""
        if not _answers(event):
            continue
        if event.data["level"] <= BAD_TO:
            found.append({"seq": event.seq, "at": event.at, "mended_at": None})
        elif event.data["solved"]:
            _mend(found, event.at, rules, edition)
    return found


def _mend(found: Sequence[dict[str, Any]], at: datetime, rules: Rules, edition: str) -> None:
    calendar = rules.calendar(edition)
    for bad in found:
        if bad["mended_at"] is None and at <= calendar.after_working_days(bad["at"], TERM_WORKING_DAYS).at:
            bad["mended_at"] = at
