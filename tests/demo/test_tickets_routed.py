"""The demo city's tickets, routed: what the machine sends by itself is right, and what is unsure waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hotline.intake.phone import inquiry_of_call
from hotline.settings import read_settings
from routing.decision import Message
from tests.routing.city import MATTERS, UNITS
from tests.routing.measuring import THRESHOLD, Labelled, figures

TICKETS = Path(__file__).parents[2] / "hotline" / "seeds" / "demo" / "tickets"
ENTRIES = [entry for path in sorted(TICKETS.glob("*.json")) for entry in json.loads(path.read_text("utf-8"))]
UNIT_CODES = {unit.name: unit.code for unit in UNITS}
CATEGORY_CODES = {matter.name: matter.code for matter in MATTERS if matter.parent is None}


def _message(entry: dict[str, Any]) -> Message:
    """As it comes in, without the kind that an agent confirms; a call with the place that the agent writes down."""
    if entry["channel"] != "phone":
        return Message(entry["content"], entry["title"] or "", entry["place"] or "", entry["kind"])
    call = inquiry_of_call("demo", "plain", entry["phone"], None, entry["transcript"])
    return Message(call.content, call.title, entry["place"] or call.place)


def _labelled(entry: dict[str, Any]) -> Labelled:
    expect, story = entry["expect"], entry["story"]
    return Labelled(
        _message(entry),
        UNIT_CODES[expect["unit"]] if expect["unit"] else None,
        expect["kind"],
        expect["urgency"],
        CATEGORY_CODES[expect["category"]],
        held=bool(story) and story[0]["act"] == "answer",
    )


FIGURES = figures(map(_labelled, ENTRIES))


def test_what_the_machine_sends_goes_to_the_right_unit() -> None:
    assert FIGURES.right_of_sent >= 0.95


def test_it_sends_most_of_them() -> None:
    assert FIGURES.sent >= 0.6


def test_who_waits_finds_the_right_unit_among_the_candidates() -> None:
    assert FIGURES.among_candidates >= 0.92


def test_kinds_urgencies_and_categories_are_mostly_right() -> None:
    assert FIGURES.kinds >= 0.84
    assert FIGURES.urgencies >= 0.97
    assert FIGURES.categories >= 0.85


def test_these_figures_are_those_of_the_default_threshold(tmp_path: Path) -> None:
    assert read_settings({"HOTLINE_HOME": str(tmp_path)}).dispatch_threshold == THRESHOLD
