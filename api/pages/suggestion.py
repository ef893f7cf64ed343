"""What the machine thinks, as the desks show it: the unit with reasons, and the candidates to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from hotline.desk.opening import decision_json
from hotline.knowledge import Knowledge, knowledge
from hotline.lifecycle import REJECT_REASONS
from hotline.models import Ticket
from hotline.worklists import how_sure
from routing.decision import Decision

NOBODY = "triage"
"""The choice that leaves the ticket to a dispatcher."""


def suggestion_of(session: Session, ticket: Ticket) -> dict[str, Any]:
    """The suggestion that a ticket was opened with."""
    return _suggestion(knowledge(session), ticket.decision, ())


def suggestion(know: Knowledge, decision: Decision) -> dict[str, Any]:
    """A fresh Decision's."""
    return _suggestion(know, decision_json(decision), decision.assisting)


def _suggestion(know: Knowledge, decision: Mapping[str, Any], assisting: tuple[str, ...]) -> dict[str, Any]:
    matter = know.matters.get(decision["matter"] or "")
    return {
        "unit": know.unit_name(decision["unit"]),
        "assisting": [know.unit_name(code) for code in assisting],
        "matter_path": matter.path if matter else (),
        "place": know.place_name(decision["place"]),
        "confidence": decision["confidence"],
        "confidence_words": how_sure(decision["confidence"]),
        "reasons": decision["reasons"],
        "question": decision.get("question", ""),
        "advice": decision["advice"],
        "reject_reason": REJECT_REASONS.get(decision["reject_reason"] or "", ""),
    }


def choices(know: Knowledge, decision: Decision, chosen: str) -> list[dict[str, Any]]:
    """The suggestion first, then the candidates, last the dispatcher. `chosen` is the value that is ticked."""
    offered = {decision.unit: (decision.matter, decision.place, decision.confidence, decision.reasons)}
    for each in decision.candidates:
        offered.setdefault(each.unit, (each.matter, each.place, each.confidence, each.reasons))
    made = [
        {
            "value": unit,
            "unit": know.unit_name(unit),
            "matter": know.matter_path(matter),
            "place": know.place_name(place),
            "confidence": confidence,
            "reasons": reasons,
            "checked": unit == chosen,
        }
        for unit, (matter, place, confidence, reasons) in offered.items()
        if unit
    ]
    left = {"value": NOBODY, "unit": "交给派单员", "matter": "", "place": "", "confidence": None, "reasons": ()}
    return [*made, {**left, "checked": chosen == NOBODY}]
