"""What a person is shown of likenesses: the other ticket, how sure, why, and what may be done with it.

Two tickets that seem to be one matter are a proposal from the score of the setting on, and below it a hint; nothing is
ever joined without a person. A reader learns nothing here that the tickets themselves would not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import lifecycle
from hotline.desk.case import visible
from hotline.desk.performing import perform
from hotline.desk.verdicts import APART, tell_apart
from hotline.lifecycle import Action, Status
from hotline.models import Likeness, Ticket
from hotline.queries import find_ticket, person_hidden, same_caller
from hotline.rights import Actor
from hotline.settings import settings

REASONS = {"same_person": "同一来件人", "same_text": "内容相同", "alike": "内容相似"}
"""Why two tickets are shown together, by code."""

MOST_SHOWN = 8
MOST_LATER = 200
"""So many later ones are looked at: a flood makes no page slower."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`ticket` and `other` seem to be one matter. `reason` is a code of REASONS; `reasons` are Chinese, empty for who
    may not read them. `may_join`: the reader may merge the later of the two into the earlier one now.
    """

    ticket: Ticket
    other: Ticket
    reason: str
    score: float
    reasons: tuple[str, ...]
    may_join: bool

    @property
    def child(self) -> Ticket:
        """The later one, which would be merged."""
        return max(self.ticket, self.other, key=lambda each: each.id)

    @property
    def parent(self) -> Ticket:
        """The earlier one, which would take it in."""
        return min(self.ticket, self.other, key=lambda each: each.id)

    @property
    def joins(self) -> bool:
        """Sure enough to be proposed (建议并单); else they may be alike (可能相似)."""
        return self.score >= settings().join_least

    @property
    def tells(self) -> bool:
        """The same person comes again with the same matter: there is progress to tell, or a result."""
        return self.reason == "same_person"

    @property
    def words(self) -> str:
        """How sure, in words."""
        return how_alike(self.score)


def how_alike(score: float) -> str:
    """A score in words, the percentage beside it."""
    surely = settings().join_least
    said = "几乎可以肯定" if score >= (1 + surely) / 2 else "很像" if score >= surely else "有些像"
    return f"{said} {score:.0%}"


def proposals(session: Session, tickets: Sequence[Ticket], actor: Actor) -> dict[int, list[Proposal]]:
    """By ticket what it seems to repeat or be repeated by, surest first, as far as the actor may see; what people said
    is apart is left out, and of what was merged the ticket that it is in now is named.
    """
    own = {ticket.id: ticket for ticket in tickets}
    surest = select(Likeness).where(Likeness.verdict.is_(None)).order_by(Likeness.score.desc(), Likeness.other_id)
    rows = [*session.scalars(surest.where(Likeness.ticket_id.in_(own)))]
    rows += session.scalars(surest.where(Likeness.other_id.in_(own)).limit(MOST_LATER))
    others = _others(session, rows)
    found: dict[int, dict[int, Proposal]] = {number: {} for number in own}
    for row in rows:
        for one, two in ((row.ticket_id, row.other_id), (row.other_id, row.ticket_id)):
            if one in own and (made := _proposal(own[one], others[two], row, actor)) is not None:
                found[one].setdefault(made.other.id, made)
    return {number: _surest(made.values()) for number, made in found.items()}


def _surest(found: Iterable[Proposal]) -> list[Proposal]:
    return sorted(found, key=lambda each: -each.score)[:MOST_SHOWN]


def _others(session: Session, rows: Iterable[Likeness]) -> Mapping[int, Ticket]:
    """Each ticket that is named, or the last in the row of what it was merged into."""
    ids = {number for row in rows for number in (row.ticket_id, row.other_id)}
    found = {ticket.id: ticket for ticket in session.scalars(select(Ticket).where(Ticket.id.in_(ids)))}
    return {number: _last(session, ticket) for number, ticket in found.items()}


def _last(session: Session, ticket: Ticket) -> Ticket:
    while ticket.parent_id is not None:
        ticket = session.get_one(Ticket, ticket.parent_id)
    return ticket


def _proposal(ticket: Ticket, other: Ticket, row: Likeness, actor: Actor) -> Proposal | None:
    """None where there is nothing to show: one ticket by now, or nothing for these eyes."""
    if ticket.status == Status.MERGED or other.id == ticket.id or not visible(other, actor):
        return None
    hidden = person_hidden(ticket, actor) or person_hidden(other, actor)
    if hidden and row.reason == "same_person":
        return None
    said = tuple(row.reasons) if actor.may("desk") else ()
    return Proposal(ticket, other, row.reason, row.score, said, _may_join(ticket, other, actor))


def _may_join(one: Ticket, two: Ticket, actor: Actor) -> bool:
    parent, child = sorted((one, two), key=lambda each: each.id)
    in_order = child.status in lifecycle.MOVES[Action.MERGE] and parent.status in lifecycle.MOVES[Action.ABSORB]
    return actor.may(Action.MERGE) and in_order


def similar_tickets(session: Session, ticket: Ticket, actor: Actor) -> list[tuple[str, Ticket]]:
    """(reason, ticket): what seems to be the same as far as the actor may see, and for the hotline's people what else
    is of the same caller (same_caller).
    """
    found = [(each.reason, each.other) for each in proposals(session, [ticket], actor)[ticket.id]]
    seen = {other.id for _, other in found}
    callers = same_caller(session, ticket) if actor.may("desk") else []
    return found + [("same_caller", other) for other in callers if other.id not in seen]


def decide(session: Session, pair: tuple[str, str], actor: Actor, verdict: str, version: int | None = None) -> Ticket:
    """Say what two tickets are: joined merges the later one into the earlier one, apart keeps them from being proposed
    again. `version` is that of the first of `pair`, as the actor saw it. Raises what merging and telling apart raise.
    """
    number, other = pair
    if verdict == APART:
        return tell_apart(session, number, other, actor, version)
    both = [find_ticket(session, each, actor) for each in pair]
    parent, child = sorted(both, key=lambda each: each.id)
    seen = version if child.number == number else None
    return perform(session, child.number, actor, Action.MERGE, {"into": parent.number}, seen)
