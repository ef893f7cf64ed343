"""The alarms that still ring: open tickets with a danger or an outage that nobody has taken in hand.

An alarm rings from the moment of receipt, sent or not, until a unit has accepted the ticket or the hotline has
answered or rejected it. No act of its own silences it: what silences it is that somebody looks after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.lifecycle import Status
from hotline.models import Ticket
from hotline.queries import visible_to
from hotline.rights import Actor
from routing.decision import ALARMS

RINGING = (Status.RECEIVED, Status.DISPATCHED)
"""Nobody has it yet: with the hotline undecided, or sent and not accepted."""

LOUD = ("urgent", "utilities")
"""The urgencies that an alarm brings with it; the query is by status and urgency, so that it stays short."""

MOST = 20
LOOKED_AT = 500
"""More than five hundred urgent tickets waiting are a catastrophe; the newest are what is looked through then."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """An alarm: the ticket, what it is about in Chinese, its codes, since when (UTC)."""

    ticket: Ticket
    codes: tuple[str, ...]

    @property
    def what(self) -> str:
        """危及生命、涉及未成年人."""
        return alarm_words(self.codes)

    @property
    def since(self) -> datetime:
        """When the message came; when it was sent again, where it was reopened."""
        ticket = self.ticket
        return ticket.received_at if ticket.cycle == 1 else ticket.dispatched_at or ticket.received_at


def alarm_words(codes: object) -> str:
    """The names of alarms as people read them; empty for none. Codes that are not ours are left out."""
    known = codes if isinstance(codes, list | tuple) else ()
    return "、".join(ALARMS[code] for code in known if code in ALARMS)


def ringing(session: Session, actor: Actor) -> list[Ringing]:
    """What rings for this reader, newest first: all for the hotline, its own for a unit."""
    query = select(Ticket).where(Ticket.status.in_(RINGING), Ticket.urgency.in_(LOUD), visible_to(actor))
    query = query.order_by(Ticket.received_at.desc(), Ticket.id.desc()).limit(LOOKED_AT)
    return [Ringing(ticket, codes) for ticket in session.scalars(query) for codes in _codes(ticket)]


def foremost(alarms: Sequence[Ringing]) -> Sequence[Ringing]:
    """What there is room to show: the newest, and the two that have waited longest."""
    return alarms if len(alarms) <= MOST else [*alarms[: MOST - 2], *alarms[-2:]]


def _codes(ticket: Ticket) -> Iterator[tuple[str, ...]]:
    codes = tuple(code for code in (ticket.decision or {}).get("alarms") or () if code in ALARMS)
    if codes:
        yield codes
