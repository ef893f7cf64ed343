"""The demo city as plain values, read once for the tests of routing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from routing import catalogue
from routing.decision import Place, Responsibility, Unit
from routing.router import Router

SEEDS = Path(__file__).parents[2] / "hotline" / "seeds"


def rows(name: str) -> list[dict[str, Any]]:
    """The rows of one file of the demo city, as they stand."""
    loaded: list[dict[str, Any]] = json.loads((SEEDS / "demo" / f"{name}.json").read_text("utf-8"))
    return loaded


UNIT_ROWS, PLACE_ROWS, RESPONSIBILITY_ROWS = rows("units"), rows("places"), rows("responsibilities")

MATTERS = catalogue.read(SEEDS / "catalogue")
PLACES = [Place(r["code"], r["name"], r["level"], r["parent"], tuple(r["aliases"])) for r in PLACE_ROWS]
UNITS = [Unit(r["code"], r["name"], r["kind"], r["parent"], tuple(r["aliases"])) for r in UNIT_ROWS]
RESPONSIBILITIES = [
    Responsibility(r["matter"], r["place"], r["lead"], tuple(r["assisting"]), r["legal_basis"])
    for r in RESPONSIBILITY_ROWS
]
ROUTER = Router(MATTERS, PLACES, UNITS, RESPONSIBILITIES)
