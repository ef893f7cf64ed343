"""A draft tried on the last tickets: which of them it would send elsewhere, and whether that is where they belonged.

Each message is routed twice: by the version in force and by the draft, both as of today, with the same units and under
the same threshold. The unit with which a closed ticket ended is held to be right. Only counts and the moves themselves
are kept, never the messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import db
from hotline.cataloguing.checking import bad_matters, bad_places
from hotline.cataloguing.documents import Document
from hotline.desk.opening import message_again
from hotline.intake.inquiry import InvalidInputs
from hotline.knowledge import Knowledge, knowledge, matters_of, places_of, responsibilities_of, today
from hotline.lifecycle import Status
from hotline.models import Ticket, Transcript
from hotline.rulemaking.rights import Watch, unwatched
from routing.decision import Decision, Message
from routing.router import Router

BATCH = 200
MOST = 10_000
AT_ONCE = 500
"""So many a page tries while somebody waits."""


class Way(NamedTuple):
    """Where a message would go: its matter, its unit, and whether it goes there by itself."""

    matter: str | None
    unit: str | None
    goes: bool


class Move(NamedTuple):
    """A ticket that the draft treats otherwise. `right` is the unit that it ended with; None while it is open."""

    number: str
    was: Way
    now: Way
    right: str | None

    @property
    def verdict(self) -> str:
        """better, worse, or nothing where the unit is the same, both are wrong, or nobody can tell."""
        if self.right is None or self.was.unit == self.now.unit:
            return ""
        return "better" if self.now.unit == self.right else "worse" if self.was.unit == self.right else ""


@dataclass
class Trial:
    """What a draft would have changed. Of `tickets` looked at (`left` more were not), `settled` are closed; of these
    `right_before` and `right_now` go to the unit that they ended with. `goes_*` go by themselves, `goes_wrong_*` of
    the closed ones by themselves to another unit.
    """

    left: int = 0
    tickets: int = 0
    settled: int = 0
    right_before: int = 0
    right_now: int = 0
    goes_before: int = 0
    goes_now: int = 0
    goes_wrong_before: int = 0
    goes_wrong_now: int = 0
    moves: list[Move] = field(default_factory=list)

    def add(self, move: Move) -> None:
        """Count one ticket."""
        self.tickets += 1
        self.goes_before += move.was.goes
        self.goes_now += move.now.goes
        if move.right is not None:
            self.settled += 1
            self.right_before += move.was.unit == move.right
            self.right_now += move.now.unit == move.right
            self.goes_wrong_before += move.was.goes and move.was.unit != move.right
            self.goes_wrong_now += move.now.goes and move.now.unit != move.right
        if move.was != move.now:
            self.moves.append(move)

    @property
    def pairs(self) -> list[tuple[tuple[str | None, str | None], int]]:
        """((unit before, unit now), how many tickets), the most first."""
        units = Counter((move.was.unit, move.now.unit) for move in self.moves if move.was.unit != move.now.unit)
        return units.most_common()

    @property
    def better(self) -> int:
        """Closed tickets that would go to the right unit and did not."""
        return sum(move.verdict == "better" for move in self.moves)

    @property
    def worse(self) -> int:
        """Closed tickets that would no longer go to the right unit."""
        return sum(move.verdict == "worse" for move in self.moves)


def what_if(session: Session, document: Document, most: int = MOST, watch: Watch = unwatched) -> Trial:
    """Route the newest `most` tickets by the document and by the version in force. Raises InvalidInputs where the
    document's matters are no catalogue yet.
    """
    know = knowledge(session)
    drafted = router_of(session, know, document)
    told = (Ticket.content != "") & Ticket.details.is_(None)
    ids = list(session.scalars(select(Ticket.id).where(told).order_by(Ticket.id.desc()).limit(most)))
    every = session.scalar(select(func.count()).select_from(Ticket).where(told)) if len(ids) == most else len(ids)
    trial = Trial(left=(every or 0) - len(ids))
    batches = [ids[n : n + BATCH] for n in range(0, len(ids), BATCH)]
    for batch in watch(batches, "试派", len(batches)):
        for ticket, message in _messages(session, batch):
            was, now = (_way(router.route(message), know) for router in (know.router, drafted))
            right = ticket.unit if ticket.status == Status.CLOSED else None
            trial.add(Move(ticket.number, was, now, right))
    return trial


def router_of(session: Session, know: Knowledge, document: Document) -> Router:
    """A router of a document as it would be today, with the units and the model in force."""
    if wrong := [each.problem() for each in (*bad_matters(document.matters), *bad_places(document.places))]:
        raise InvalidInputs(wrong)
    rows = responsibilities_of(document, today(db.now(session)))
    return know.router_of(matters_of(document).values(), rows, places_of(document).values())


def _way(decision: Decision, know: Knowledge) -> Way:
    sure = decision.confidence >= know.dispatch_threshold and not decision.reject_reason
    return Way(decision.matter, decision.unit, decision.unit is not None and sure)


def _messages(session: Session, ids: Sequence[int]) -> Iterator[tuple[Any, Message]]:
    """Tickets with what the router read of them."""
    columns = (Ticket.id, Ticket.number, Ticket.title, Ticket.content, Ticket.place_said, Ticket.point)
    rows = session.execute(select(*columns, Ticket.kind, Ticket.unit, Ticket.status).where(Ticket.id.in_(ids)))
    calls = select(Transcript.ticket_id, Transcript.turns).where(Transcript.ticket_id.in_(ids))
    turns = {row.ticket_id: row.turns for row in session.execute(calls)}
    for row in sorted(rows, key=lambda each: -each.id):
        yield row, message_again(row, turns.get(row.id))
