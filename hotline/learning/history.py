"""Examples out of the house's own history: where a person said which matter a message is about.

Four kinds: dispatched again by a person under another matter (改派); returned with approval, and dispatched again
under another matter, or not yet, where the unit proposed is that of another candidate of the router (退单); designated
(指定); and closed after a person dispatched it under the matter that it kept (确认). What the machine dispatched by
itself and nobody changed is no example: a model must not learn its own guesses.

Left out are tickets of the kind 举报 and those whose citizen asked for confidentiality: their words may point to who
wrote them, a model is kept for years and read by more people than may read such a ticket, and an erasure would not
reach it. Forms are left out too, since their texts are written by offices. Of the others the phone and ID numbers are
masked whole, and the citizen's own name is struck, before anything is learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chinese.spoken import mask
from hotline import vault
from hotline.knowledge import midnight
from hotline.lifecycle import Action, Status
from hotline.models import Citizen, Event, Ticket
from hotline.rights import SYSTEM
from routing.decision import Matter
from routing.learning import Example

KINDS = {"redispatched": "改派", "returned": "退单获准", "designated": "指定承办", "confirmed": "人工派单后结案"}
"""Why a ticket is an example."""

Examples = Mapping[str, list[Example]]

_ACTIONS = (Action.DISPATCH, Action.RETURN, Action.DECIDE_RETURN)


@dataclass
class _Course:
    """What became of one ticket: who was last to say what it is about, and what was asked of that."""

    guessed: str | None
    candidates: Mapping[str, str]
    matter: str | None = None
    designated: bool = False
    sent_back: bool = False
    proposed: str | None = None
    open_return: dict[str, Any] = field(default_factory=dict)

    def add(self, action: str, actor: str, data: Mapping[str, Any]) -> None:
        """The next event."""
        if action == Action.DISPATCH:
            person = actor != SYSTEM.id
            self.matter = data.get("matter") if person else None
            self.designated, self.proposed = person and bool(data["designated"]), None
        elif action == Action.RETURN:
            self.open_return = dict(data)
        elif data["approved"]:
            self.sent_back, self.matter = True, None
            self.proposed = self.open_return.get("proposed_unit")

    def verdict(self, closed: bool) -> tuple[str, str] | None:
        """(kind, matter), or None where no person said it."""
        meant = self.candidates.get(self.proposed or "")
        if meant and meant != self.guessed:
            return "returned", meant
        if not self.matter:
            return None
        if self.designated:
            return "designated", self.matter
        if self.matter != self.guessed:
            return ("returned" if self.sent_back else "redispatched"), self.matter
        return ("confirmed", self.matter) if closed else None


def examples(session: Session, matters: Mapping[str, Matter], since: date | None = None) -> Examples:
    """Kind (KINDS) → examples, of tickets received from `since` on; oldest first. Reads row by row."""
    found: dict[str, list[Example]] = {kind: [] for kind in KINDS}
    for _, group in groupby(session.execute(_query(since)), key=lambda row: row.id):
        rows = list(group)
        verdict = _course(rows).verdict(rows[-1].status == Status.CLOSED)
        if verdict and verdict[1] in matters:
            found[verdict[0]].append(Example(verdict[1], _text(rows[0])))
    return found


def _query(since: date | None) -> Any:
    columns = (Ticket.id, Ticket.status, Ticket.title, Ticket.content, Ticket.decision, Citizen.name)
    plain = (Ticket.kind != "report", Ticket.confidential.is_(False), Ticket.details.is_(None))
    query = (
        select(*columns, Event.action, Event.actor, Event.data)
        .join(Event, Event.ticket_id == Ticket.id)
        .outerjoin(Citizen, Citizen.ticket_id == Ticket.id)
        .where(Event.action.in_(_ACTIONS), *plain)
        .order_by(Ticket.id, Event.seq)
        .execution_options(yield_per=1000)
    )
    return query.where(Ticket.received_at >= midnight(since)) if since else query


def _course(rows: list[Any]) -> _Course:
    decision = rows[0].decision
    candidates = {each["unit"]: each["matter"] for each in reversed(decision.get("candidates", []))}
    course = _Course(decision.get("matter"), candidates)
    for row in rows:
        course.add(row.action, row.actor, row.data)
    return course


def _text(row: Any) -> str:
    """Title and content with no number of a person and without the citizen's name."""
    heads = () if row.content.startswith(row.title.rstrip("…")) else (row.title,)
    text = mask("\n".join([*heads, row.content]), whole=True)
    name = vault.decrypt(row.name, f"name:{row.id}") if row.name else ""
    return text.replace(name, "") if len(name) > 1 else text


def words(found: Examples) -> str:
    """How many examples of each kind there are."""
    counts = "，".join(f"{name} {len(found[kind])}" for kind, name in KINDS.items())
    return f"历史样本 {sum(map(len, found.values()))} 条：{counts}"


def source(since: date | None) -> str:
    """Where the examples come from, as a model keeps it."""
    return f"本单位历史，{since} 起" if since else "本单位历史"


def all_of(found: Examples) -> Iterator[Example]:
    """The examples of every kind."""
    for each in found.values():
        yield from each
