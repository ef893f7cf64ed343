"""A ticket's history as staff read it: what happened, by which kind of hand, with the data that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from hotline import lifecycle
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import Action
from hotline.models import Ticket
from hotline.queries import Told, shown_text, timeline
from hotline.rights import Actor

SHOWN = (
    "kind",
    "urgency",
    "source",
    "channel",
    "matter",
    "place",
    "unit",
    "assisting",
    "complex",
    "designated",
    "count",
    "reason",
    "proposed_unit",
    "approved",
    "days",
    "passed",
    "answered",
    "solved",
    "satisfied",
    "level",
    "clock",
    "cycle",
    "party",
    "due_at",
    "until",
    "by_itself",
    "disputed",
    "evidence",
    "calendar",
    "moved",
)
"""Data of events that are shown; commitments, internal ids and what a later version adds are not."""


def events_view(session: Session, ticket: Ticket, actor: Actor) -> list[dict[str, Any]]:
    """The history in order. People are named by their office or unit, never by name.

    A unit's people read no `unmask` events, which are the auditor's, and no numbers of other callers' tickets.
    """
    know = knowledge(session)
    told = [each for each in timeline(session, ticket.id) if not (actor.of_unit and each.action == Action.UNMASK)]
    return [_event(know, ticket, each, actor) for each in told]


def _event(know: Knowledge, ticket: Ticket, told: Told, actor: Actor) -> dict[str, Any]:
    names = SHOWN if actor.of_unit else (*SHOWN, "number")
    return {
        "seq": told.seq,
        "at": told.at.isoformat(),
        "action": told.action,
        "name": lifecycle.ACTION_NAMES[Action(told.action)],
        "by": _by(know, told),
        "data": {name: told.data[name] for name in names if name in told.data},
        "text": shown_text(ticket, told.text, actor),
    }


_HANDS: Mapping[str, str] = {"system": "系统", "citizen": "来件人", "machine": "来件系统", "staff": "热线"}


def _by(know: Knowledge, told: Told) -> str:
    return know.unit_name(told.unit) or _HANDS.get(told.actor.partition(":")[0], "热线")
