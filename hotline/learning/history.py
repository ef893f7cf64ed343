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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
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

PAGE = 1000
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
    """Kind (KINDS) → examples, of tickets received from `since` on, oldest first."""
    found: dict[str, list[Example]] = {kind: [] for kind in KINDS}
    for ticket, events in _dispatched(session, since):
        verdict = _course(ticket, events).verdict(ticket.status == Status.CLOSED)
        if verdict and verdict[1] in matters:
            found[verdict[0]].append(Example(verdict[1], _text(ticket)))
    return found


def _dispatched(session: Session, since: date | None) -> Iterator[tuple[Any, list[Any]]]:
    """Each ticket that may be an example, with its events, page by page."""
    tickets, after = _tickets(since), 0
    while page := session.execute(tickets.where(Ticket.id > after)).all():
        after = page[-1].id
        ids = [row.id for row in page]
        rows = session.execute(_EVENTS.where(Event.ticket_id.in_(ids)).order_by(Event.ticket_id, Event.seq))
        events = {ticket_id: list(group) for ticket_id, group in groupby(rows, key=lambda row: row.ticket_id)}
        yield from ((row, events.get(row.id, [])) for row in page)


_EVENTS = select(Event.ticket_id, Event.action, Event.actor, Event.data).where(Event.action.in_(_ACTIONS))


def _tickets(since: date | None) -> Select[Any]:
    plain = (Ticket.kind != "report", Ticket.confidential.is_(False), Ticket.details.is_(None), Ticket.dispatches > 0)
    query: Select[Any] = (
        select(Ticket.id, Ticket.status, Ticket.title, Ticket.content, Ticket.decision, Citizen.name)
        .outerjoin(Citizen, Citizen.ticket_id == Ticket.id)
        .where(*plain)
        .order_by(Ticket.id)
        .limit(PAGE)
    )
    return query.where(Ticket.received_at >= midnight(since)) if since else query


def _course(ticket: Any, events: Sequence[Any]) -> _Course:
    candidates = {each["unit"]: each["matter"] for each in reversed(ticket.decision.get("candidates", []))}
    course = _Course(ticket.decision.get("matter"), candidates)
    for event in events:
        course.add(event.action, event.actor, event.data)
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
