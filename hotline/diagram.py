"""docs/lifecycle.md: the diagram of statuses and the table of acts, printed from the tables that the house lives by.

`python -m hotline.diagram > docs/lifecycle.md`. Where an act leads is asked of `lifecycle.apply`, who may do it of
rights and the desk, and what it does to the clocks of `sla`: a short history is played with the act and without it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hotline import lifecycle
from hotline.desk.performing import CITIZENS_ACTS, LEADS_ACTS
from hotline.errors import OutOfOrder
from hotline.lifecycle import ACTION_NAMES, MOVES, STATUS_NAMES, TERMINAL, Action, Status
from hotline.rights import PERMISSIONS, ROLES
from hotline.state import State
from sla.calendar import Calendar
from sla.clock import clocks
from sla.policy import Policy
from sla.rules import Fixed
from sla.values import CLOCKS, Clock, Event

SEEDS = Path(__file__).parent / "seeds"
MONDAY = datetime(2026, 11, 2, 2, tzinfo=UTC)
Story = tuple[tuple[Action, Mapping[str, Any]], ...]

_ROUTED = {"kind": "complaint", "urgency": "normal", "matter": None, "place": None}
_DISPATCH = _ROUTED | {"unit": "a", "assisting": ["b"], "complex": False, "designated": False, "count": 1}
_CONTENT = {"answered": True, "solved": True, "satisfied": True}
_UNTIL = (MONDAY + timedelta(days=4)).isoformat()
_SUSPENDED = {"approved": True, "days": 3, "until": _UNTIL}

_OPENED: Story = ((Action.OPEN, _ROUTED),)
_DISPATCHED: Story = (*_OPENED, (Action.DISPATCH, _DISPATCH))
_ACCEPTED: Story = (*_DISPATCHED, (Action.ACCEPT, {}))
_RESOLVED: Story = (*_ACCEPTED, (Action.RESOLVE, {}))
_REVIEWED: Story = (*_RESOLVED, (Action.REVIEW, {"passed": True}))
STORIES: Mapping[Status, Story] = {
    Status.RECEIVED: _OPENED,
    Status.DISPATCHED: _DISPATCHED,
    Status.ACCEPTED: _ACCEPTED,
    Status.SUSPENDED: (*_ACCEPTED, (Action.SUSPEND, {"days": 3}), (Action.DECIDE_SUSPENSION, _SUSPENDED)),
    Status.RESOLVED: _RESOLVED,
    Status.REVIEWED: _REVIEWED,
    Status.CLOSED: (*_REVIEWED, (Action.FOLLOW_UP, _CONTENT), (Action.CLOSE, {})),
    Status.REJECTED: (*_OPENED, (Action.REJECT, {})),
    Status.WITHDRAWN: (*_OPENED, (Action.WITHDRAW, {})),
    Status.MERGED: (*_ACCEPTED, (Action.MERGE, {"into": 1})),
}
"""How a ticket comes to each status in the fewest acts."""

BEFORE: Story = (
    (Action.CONTACT, {}),
    (Action.RETURN, {}),
    (Action.EXTEND, {"days": 3}),
    (Action.SUSPEND, {"days": 3}),
    (Action.SUPERVISE, {"days": 3}),
    (Action.EXCLUDE, {}),
    (Action.FOLLOW_UP, {"answered": True, "solved": False, "satisfied": False}),
)
"""What may have happened before an act: it is asked what the act does after each of these, where they are possible."""

YES_OR_NO: Mapping[str, Mapping[str, Any]] = {"approved": {"approved": True}, "refused": {"approved": False}}
OUTCOMES: Mapping[Action, Mapping[str, Mapping[str, Any]]] = {
    Action.DISPATCH: {"": _DISPATCH},
    Action.ASSIST: {"": {"unit": "b"}},
    Action.DECIDE_RETURN: YES_OR_NO,
    Action.EXTEND: {"": {"days": 3}},
    Action.DECIDE_EXTENSION: {"approved": {"approved": True, "days": 3}, "refused": {"approved": False}},
    Action.DECIDE_SUSPENSION: {"approved": _SUSPENDED, "refused": {"approved": False}},
    Action.SUPERVISE: {"": {"days": 3}},
    Action.REVIEW: {"passed": {"passed": True}, "not passed": {"passed": False}},
    Action.FOLLOW_UP: {
        "not reached": {"answered": False},
        "content": _CONTENT,
        "not content": {"answered": True, "solved": False, "satisfied": False},
    },
    Action.REOPEN: {"to a unit": {"unit": "a"}, "to triage": {"unit": None}},
    Action.MERGE: {"": {"into": 1}},
    Action.ABSORB: {"": {"child": 2, "due_at": (MONDAY + timedelta(days=2)).isoformat()}},
    Action.DECIDE_EXCLUSION: YES_OR_NO,
}
"""Act → what may be decided, by name, with the event's data; of all others there is one outcome, with no data."""

HEAD = """\
# The life cycle

Printed by `python -m hotline.diagram > docs/lifecycle.md` from `hotline/lifecycle.py`, `hotline/rights.py`,
`hotline/desk/performing.py` and `sla/clock.py`; a test holds it current.

## Statuses

Acts that change no status are in the table alone."""

TABLE_HEAD = """\
## Acts

The clocks' column is all that an act may do to them: it meets and stops what is running. Who may: roles; "lead unit"
and "assisting unit" are its handlers and reviewers. What else stands against an act (windows, counts, reasons) is in
`hotline/desk`; its numbers are the policy's. A request that waits (return, extension, suspension) shuts out other
requests and a dispatch until it is decided. Three events are nobody's act: `escalate` (a step of a clock's ladder fell
due), `recompute` (another edition of the calendar: what runs and is not breached is counted again) and `release` (on
the parent, when a merge is undone: the deadline that the child brought goes).

| act | from | to | who may | clocks |
|---|---|---|---|---|"""


class Row(NamedTuple):
    """One outcome of one act: from which statuses, to which, and what it does to the clocks."""

    action: Action
    outcome: str
    moves: Mapping[Status, Status]
    effects: Sequence[str]


def rows() -> Iterator[Row]:
    """Every outcome of every act of MOVES, in the order of the table of moves."""
    for action, allowed in MOVES.items():
        for outcome, data in OUTCOMES.get(action, {"": {}}).items():
            starts = [status for status in Status if status in allowed]
            stories = {status: list(_stories(action, status)) or [STORIES[status]] for status in starts}
            moves = {s: Status(_state((*stories[s][0], (action, data))).status) for s in starts}
            effects = {each for status in starts for story in stories[status] for each in _effects(story, action, data)}
            yield Row(action, outcome, moves, _in_order(effects))


def document() -> str:
    """The whole text of docs/lifecycle.md."""
    table = list(rows())
    parts = [HEAD, "", "```mermaid", *_diagram(table), "```", "", TABLE_HEAD, *(_line(row) for row in table)]
    return "\n".join(parts) + "\n"


def _stories(action: Action, status: Status) -> Iterator[Story]:
    """Histories that end in `status` and after which `action` is possible."""
    for story in (STORIES[status], *((*STORIES[status], before) for before in BEFORE if status in MOVES[before[0]])):
        with suppress(OutOfOrder):
            lifecycle.check(action, _state(story))
            yield story


def _state(story: Story) -> State:
    return lifecycle.fold((action, MONDAY, data) for action, data in story)


@cache
def _rules() -> Fixed:
    documents = (
        json.loads((SEEDS / name).read_text("utf-8")) for name in ("policies/guangdong-2022.json", "calendar.json")
    )
    return Fixed(Policy.parse(next(documents)), Calendar.parse(next(documents)))


def _clocks(story: Story) -> dict[tuple[str, int, str], Clock]:
    events = [Event(n, MONDAY + timedelta(hours=n), action, data) for n, (action, data) in enumerate(story, 1)]
    return {(clock.name, clock.opened_by, clock.party): clock for clock in clocks(events, _rules())}


def _effects(story: Story, action: Action, data: Mapping[str, Any]) -> Iterator[str]:
    before, after = _clocks(story), _clocks((*story, (action, data)))
    for key, clock in after.items():
        old = before.get(key)
        if old is None:
            yield f"starts {clock.name}"
        elif not old.running and clock.running:
            yield f"goes on with {clock.name}"
        elif old.running and not clock.running:
            yield f"{'meets' if clock.met_at else 'stops'} {clock.name}"
        if old is not None and old.due_at != clock.due_at:
            yield f"moves {clock.name}"


def _in_order(effects: Iterable[str]) -> list[str]:
    """By verb, clocks in their own order: meets accept, contact; starts review."""
    found: dict[str, list[str]] = {}
    for effect in effects:
        verb, name = effect.rsplit(" ", 1)
        found.setdefault(verb, []).append(name)
    order = ("meets", "stops", "goes on with", "moves", "starts")
    return [f"{verb} {', '.join(sorted(found[verb], key=list(CLOCKS).index))}" for verb in order if verb in found]


def _diagram(table: Sequence[Row]) -> Iterator[str]:
    yield "stateDiagram-v2"
    for status in Status:
        yield f"    {status}: {STATUS_NAMES[status]} {status}"
    yield f"    [*] --> {Status.RECEIVED}: {ACTION_NAMES[Action.OPEN]}"
    labels: dict[tuple[Status, Status], list[str]] = {}
    for row in table:
        for start, end in row.moves.items():
            if start != end or row.action == Action.DISPATCH:
                labels.setdefault((start, end), []).append(ACTION_NAMES[row.action])
    for (start, end), names in labels.items():
        yield f"    {start} --> {end}: {'、'.join(dict.fromkeys(names))}"
    for status in Status:
        if status in TERMINAL:
            yield f"    {status} --> [*]"


def _line(row: Row) -> str:
    start = "、".join(STATUS_NAMES[status] for status in row.moves)
    ends = "、".join(dict.fromkeys(STATUS_NAMES[end] for end in row.moves.values()))
    to = "stays" if all(a == b for a, b in row.moves.items()) else ends
    outcome = f", {row.outcome}" if row.outcome else ""
    act = f"{ACTION_NAMES[row.action]} `{row.action}`{outcome}"
    return f"| {act} | {start} | {to} | {_who(row.action)} | {'; '.join(row.effects) or '—'} |"


def _who(action: Action) -> str:
    """Roles in words; a unit's acts are its lead's unless it assists."""
    roles = PERMISSIONS.get(action, frozenset())
    people = [role for role in ROLES if role in roles and not role.startswith("unit_")]
    if any(role.startswith("unit_") for role in roles):
        parts = {Action.ASSIST: "assisting unit", Action.CONTACT: "lead unit, assisting unit"}
        people.append("lead unit" if action in LEADS_ACTS else parts[action])
    if action in CITIZENS_ACTS:
        people.append("citizen")
    return ", ".join(people) or "nobody: written on the other ticket of a merge"


if __name__ == "__main__":
    sys.stdout.write(document())
