"""Try the router on a message without making a ticket: python -m hotline route."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from multiprocessing import cpu_count, get_all_start_methods, get_context
from typing import Any, BinaryIO

from hotline import db
from hotline.desk.opening import decision_json
from hotline.intake.fields import clean, kind_code
from hotline.intake.inquiry import InvalidInput
from hotline.intake.web import point_of
from hotline.knowledge import Knowledge, knowledge
from hotline.queries import matter_view, place_view, unit_view
from routing.decision import KINDS, URGENCIES, Message


def route_text(text: str) -> dict[str, Any]:
    """The Decision for one message, with names beside the codes. Raises InvalidInput for an empty one."""
    message = _message({"content": text})
    with db.reading() as session:
        know = knowledge(session)
    return _decided(know, message)


MANY = 32
"""From so many lines at a time on, every core takes its part of them."""

BLOCK = 1 << 20


def route_stream(stream: BinaryIO, *, english: bool = False) -> Iterator[dict[str, Any]]:
    """As `route_lines`, for lines as they come: who writes one and waits is answered, many at a time use all cores."""
    with db.reading() as session:
        know = knowledge(session)
    answer = partial(_answer, know, english)
    with ExitStack() as stack:
        pool = None
        for block in _blocks(stream):
            told = [(number, line) for number, line in block if line.strip()]
            if pool is None and len(told) >= MANY and "fork" in get_all_start_methods():
                pool = stack.enter_context(get_context("fork").Pool(cpu_count(), _have, (answer,)))
            yield from pool.map(_ask, told) if pool and len(told) >= MANY else map(answer, told)


def route_lines(lines: Iterable[bytes], *, english: bool = False) -> Iterator[dict[str, Any]]:
    """An answer to each JSON line {"content", "title"?, "place"?, "kind"?, "turns"?}; empty lines are none.

    A line that is wrong gets {"error": {"field", "message"}} in its place. `turns` is a list of {"role", "text"}.
    """
    return route_stream(BytesIO(b"".join(line.rstrip(b"\n") + b"\n" for line in lines)), english=english)


def _blocks(stream: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """The lines with their numbers, as many at a time as are there."""
    number, rest = 0, b""
    while part := stream.read1(BLOCK):  # type: ignore[attr-defined]  # all buffered streams have it
        *lines, rest = (rest + part).split(b"\n")
        yield list(enumerate(lines, number + 1))
        number += len(lines)
    yield [(number + 1, rest)]


_asked: list[Callable[[tuple[int, bytes]], dict[str, Any]]] = []
"""In a worker: how it answers, with the knowledge that it was born with."""


def _have(answer: Callable[[tuple[int, bytes]], dict[str, Any]]) -> None:
    _asked[:] = [answer]


def _ask(line: tuple[int, bytes]) -> dict[str, Any]:
    return _asked[0](line)


def _answer(know: Knowledge, english: bool, line: tuple[int, bytes]) -> dict[str, Any]:
    try:
        return _decided(know, _message(_row(*line)))
    except InvalidInput as wrong:
        return {"error": {"field": wrong.field, "message": wrong.message["en" if english else "zh"]}}


def _row(number: int, line: bytes) -> Mapping[str, Any]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise InvalidInput(
            "line",
            f'第 {number} 行不是 {{"content": "…"}} 这样的 JSON',
            f'line {number} is no JSON like {{"content": "…"}}',
        )
    return row


def _message(row: Mapping[str, Any]) -> Message:
    """What a line says, cleaned as every channel cleans it. Raises InvalidInput."""
    content = clean(_text(row, "content"))
    if not content:
        raise InvalidInput("content", "没有内容：请写下一条来件", "content is empty: give a message")
    kind = kind_code(_text(row, "kind"), "kind")
    return Message(content, clean(_text(row, "title")), clean(_text(row, "place")), kind, _turns(row), point_of(row))


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(field, f"{field} 应为文字", f"{field} must be a string")
    return value or ""


def _turns(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    turns = row.get("turns") or []
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        zh = 'turns 应为 [{"role": "agent 或 citizen", "text": "…"}, …]'
        raise InvalidInput("turns", zh, "turns must be a list of {role, text}")
    return tuple((_text(turn, "role") or "unknown", clean(_text(turn, "text"))) for turn in turns)


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
        "alarms": list(decision.alarms),
        "question": decision.question,
        "accused": [unit_view(know, code) for code in decision.accused],
        "candidates": [each | {"unit": unit_view(know, each["unit"])} for each in kept["candidates"]],
    }


def route_words(decision: dict[str, Any]) -> str:
    """The Decision for a person."""
    name = {key: (decision[key] or {}).get("name", "(未定)") for key in ("matter", "place", "unit")}
    kind = f"{KINDS[decision['kind']]}、{URGENCIES[decision['urgency']]}"
    head = f"{name['unit']}  把握 {decision['confidence']:.0%}\n{kind} · {name['matter']} · {name['place']}"
    return "\n".join([head, *(f"  {reason}" for reason in decision["reasons"])])
