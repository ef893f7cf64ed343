"""Try the router on a message without making a ticket: python -m hotline route."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from hotline import db
from hotline.desk.opening import decision_json
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import Knowledge, knowledge
from hotline.queries import matter_view, place_view, unit_view
from routing.decision import KINDS, URGENCIES, Message


def route_text(text: str) -> dict[str, Any]:
    """The Decision for one message, with names beside the codes. Raises InvalidInput for an empty one."""
    if not text.strip():
        raise InvalidInput("content", "没有内容：请把一条来件从标准输入传进来", "nothing on standard input")
    with db.reading() as session:
        know = knowledge(session)
    return _decided(know, Message(text.strip()))


def route_lines(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """An answer for each JSON line {"content", "title"?, "place"?, "kind"?}; a bad line gets its error in its place."""
    with db.reading() as session:
        know = knowledge(session)
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _of_line(know, number, line)


def _of_line(know: Knowledge, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        return _decided(know, Message(row["content"], row.get("title", ""), row.get("place", ""), row.get("kind")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {"error": f'line {number} is not JSON of the form {{"content": …}}'}


def _decided(know: Knowledge, message: Message) -> dict[str, Any]:
    decision = know.router.route(message)
    kept = decision_json(decision)
    return {
        "kind": decision.kind,
        "urgency": decision.urgency,
        "place": place_view(know, decision.place),
        "matter": matter_view(know, decision.matter),
        "unit": unit_view(know, decision.unit),
        "assisting": [unit_view(know, code) for code in decision.assisting],
        "confidence": kept["confidence"],
        "reasons": kept["reasons"],
        "advice": decision.advice,
        "reject_reason": decision.reject_reason,
        "accused": [unit_view(know, code) for code in decision.accused],
        "candidates": [each | {"unit": unit_view(know, each["unit"])} for each in kept["candidates"]],
    }


def route_words(decision: dict[str, Any]) -> str:
    """The Decision for a person."""
    name = {key: (decision[key] or {}).get("name", "(未定)") for key in ("matter", "place", "unit")}
    kind = f"{KINDS[decision['kind']]}、{URGENCIES[decision['urgency']]}"
    head = f"{name['unit']}  把握 {decision['confidence']:.0%}\n{kind} · {name['matter']} · {name['place']}"
    return "\n".join([head, *(f"  {reason}" for reason in decision["reasons"])])
