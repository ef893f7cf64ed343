"""A catalogue of a few rows: two leaves, a city of two districts, three units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from hotline.cataloguing import Document

DAY = date(2026, 6, 1)


@dataclass(frozen=True)
class KnownUnit:
    """A unit as a check sees it."""

    code: str
    name: str
    active: bool = True


UNITS = (KnownUnit("water", "水务局"), KnownUnit("east", "东区政府"), KnownUnit("west", "西区政府"))


def matter(code: str, name: str, *phrases: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "phrases": list(phrases)} | more


def place(code: str, name: str, level: str = "district", parent: str | None = "52") -> dict[str, Any]:
    return {"code": code, "name": name, "level": level, "parent": parent, "aliases": []}


def duty(matter_code: str, place_code: str, lead: str, *assisting: str, **more: Any) -> dict[str, Any]:
    row = {
        "matter": matter_code,
        "place": place_code,
        "lead": lead,
        "assisting": list(assisting),
        "legal_basis": "规定",
    }
    return row | {"effective_from": "2020-01-01", "effective_to": None} | more


MATTERS = (
    matter("01", "城乡建设", "建设"),
    matter("01-01", "供水", "自来水"),
    matter("01-01-01", "停水", "停水"),
    matter("01-01-02", "水质", "水质", "水发黄"),
)
PLACES = (place("52", "某市", "city", None), place("5201", "东区"), place("5202", "西区"))
DUTIES = (duty("01", "5201", "east"), duty("01", "5202", "west"), duty("01-01", "52", "water", "east"))


def small(**parts: Any) -> Document:
    """The small catalogue with other parts in place of its own."""
    given: dict[str, Any] = {"matters": MATTERS, "places": PLACES, "responsibilities": DUTIES} | parts
    return Document(**given)
