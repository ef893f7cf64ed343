"""争议台账: tickets that more than one unit has handed back, whose claims stand beside the hotline's decision.

A ticket is disputed as in desk.acts.is_disputed: a second unit, or one that another proposed, has returned it. The
decision is the dispatch that says so itself (`disputed` in its event's data), with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from hotline.desk.case import visible
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import Action, Status
from hotline.models import Event, Ticket
from hotline.queries import Told, listed_title, shown_text, timeline, unit_view
from hotline.rights import Actor

STATES = {"open": "待裁定", "decided": "已裁定", "settled": "已了结（退单未获同意，由原单位办理）"}
MOST = 500
"""How many disputes one answer looks at, the newest first."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit said that it is not its matter; `approved` is the hotline's decision on the return, None until then."""

    unit: str
    at: datetime
    text: str
    proposed_unit: str | None
    approved: bool | None = None
    decided_at: datetime | None = None
    decided_text: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The hotline names the unit, which cannot hand the ticket back."""

    unit: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """One disputed ticket; `readable` where the reader may open it and read what others said."""

    ticket: Ticket
    claims: tuple[Claim, ...]
    ruling: Ruling | None
    state: str
    readable: bool

    @property
    def parties(self) -> frozenset[str]:
        """Who took part: those that handed it back, and the one that it was given to."""
        return frozenset({each.unit for each in self.claims} | ({self.ruling.unit} if self.ruling else set()))


def disputes(session: Session, actor: Actor, state: str | None = None, unit: str | None = None) -> list[Dispute]:
    """The newest disputes first, at most MOST; a unit's people see those that they took part in."""
    found = (_dispute(session, ticket, actor) for ticket in _candidates(session, actor))
    return [each for each in found if _wanted(each, actor, state, unit)]


def _wanted(each: Dispute, actor: Actor, state: str | None, unit: str | None) -> bool:
    mine = not actor.of_unit or bool(actor.units & each.parties)
    return mine and state in (None, each.state) and (unit is None or unit in each.parties)


def _candidates(session: Session, actor: Actor) -> Sequence[Ticket]:
    """Tickets with returns by two units, or by one that was proposed; for a unit's people those they had a hand in."""
    unit, proposed = Event.data["unit"].as_string(), Event.data["proposed_unit"].as_string()
    returns = (
        select(Event.ticket_id, func.max(Event.id).label("last"))
        .where(Event.action == Action.RETURN)
        .group_by(Event.ticket_id)
        .having(or_(func.count(unit.distinct()) > 1, func.max(case((unit == proposed, 1), else_=0)) == 1))
        .subquery()
    )
    query = select(Ticket).join(returns, returns.c.ticket_id == Ticket.id)
    if actor.of_unit:
        part = aliased(Event)
        mine = part.data["unit"].as_string().in_(sorted(actor.units))
        acts = part.action.in_((Action.RETURN, Action.DISPATCH))
        query = query.where(exists().where(part.ticket_id == Ticket.id, acts, mine))
    return session.scalars(query.order_by(returns.c.last.desc()).limit(MOST)).all()


def _dispute(session: Session, ticket: Ticket, actor: Actor) -> Dispute:
    events, readable = timeline(session, ticket.id), visible(ticket, actor)
    claims = tuple(_claims(ticket, events, actor, readable))
    ruling = next(_rulings(ticket, events, actor, readable), None)
    waits = ticket.status == Status.RECEIVED or ticket.pending == Action.RETURN
    return Dispute(ticket, claims, ruling, "decided" if ruling else "open" if waits else "settled", readable)


def _claims(ticket: Ticket, events: Sequence[Told], actor: Actor, readable: bool) -> Iterator[Claim]:
    """Each return with the decision on it. What another unit wrote is read only where the ticket is."""
    for place, event in enumerate(events):
        if event.action != Action.RETURN:
            continue
        later = (each for each in events[place + 1 :] if each.action in (Action.RETURN, Action.DECIDE_RETURN))
        decided = next(later, None)
        known = decided if decided and decided.action == Action.DECIDE_RETURN else None
        mine = readable or event.data["unit"] in actor.units
        yield Claim(
            unit=event.data["unit"],
            at=event.at,
            text=shown_text(ticket, event.text, actor) if mine else "",
            proposed_unit=event.data.get("proposed_unit"),
            approved=known.data["approved"] if known else None,
            decided_at=known.at if known else None,
            decided_text=shown_text(ticket, known.text, actor) if known and mine else "",
        )


def _rulings(ticket: Ticket, events: Sequence[Told], actor: Actor, readable: bool) -> Iterator[Ruling]:
    """The newest first."""
    for event in reversed(events):
        if event.action == Action.DISPATCH and event.data.get("disputed"):
            mine = readable or event.data["unit"] in actor.units
            yield Ruling(event.data["unit"], event.at, shown_text(ticket, event.text, actor) if mine else "")


def as_json(know: Knowledge, each: Dispute, actor: Actor) -> dict[str, Any]:
    """A dispute as the API gives it."""
    ticket, ruling = each.ticket, each.ruling
    return {
        "number": ticket.number,
        "title": listed_title(know, ticket, actor) if each.readable else "",
        "state": each.state,
        "state_name": STATES[each.state],
        "claims": [_claim_json(know, claim) for claim in each.claims],
        "ruling": {"unit": unit_view(know, ruling.unit), "at": ruling.at.isoformat(), "text": ruling.text}
        if ruling
        else None,
    }


def _claim_json(know: Knowledge, claim: Claim) -> dict[str, Any]:
    return {
        "unit": unit_view(know, claim.unit),
        "at": claim.at.isoformat(),
        "text": claim.text,
        "proposed_unit": unit_view(know, claim.proposed_unit),
        "approved": claim.approved,
        "decided_at": claim.decided_at.isoformat() if claim.decided_at else None,
        "decided_text": claim.decided_text,
    }


def listed(session: Session, found: Sequence[Dispute], actor: Actor) -> list[dict[str, Any]]:
    """Disputes as the API gives them."""
    know = knowledge(session)
    return [as_json(know, each, actor) for each in found]
