"""Places alone: finding and weighing them in a message, a point in its outline, and how many are right."""

from __future__ import annotations

import math
from itertools import cycle
from pathlib import Path

from bench import house
from bench.figures import Figure, processor_seconds
from chinese import normalise
from hotline import seeds
from routing.decision import Message, Place, Point
from routing.outlines import NOWHERE, Outlines
from routing.places import Gazetteer
from routing.siting import sited

SENTENCES = Path(__file__).resolve().parent.parent / "tests" / "routing" / "places.tsv"
CORNERS = 5_000
"""Of one district's outline, as fine as those of a map of 1:250,000."""


def _gazetteer() -> Gazetteer:
    rows = seeds.read_json(seeds.DEMO / "places.json")
    return Gazetteer(Place(r["code"], r["name"], r["level"], r["parent"], tuple(r["aliases"])) for r in rows)


def places_us() -> Figure:
    """All mentions of a message of 60 to 400 characters found and weighed, names by ear and other cities included."""
    gazetteer, said = _gazetteer(), [normalise(text) for text in house.texts()]
    texts = cycle(said)

    def once() -> None:
        text = next(texts)
        sited(gazetteer, NOWHERE, Message(text), text, gazetteer.survey(text))

    return Figure("places_us", processor_seconds(once, calls=len(said)) * 1e6, "µs", limit=500)


def places_wrong() -> Figure:
    """Of our own sentences, the share whose district is not the one meant."""
    gazetteer = _gazetteer()
    rows = [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines()[1:]]
    wrong = sum(_district(gazetteer, normalise(text)) != district for text, _, district in rows)
    return Figure("places_wrong", 100 * wrong / len(rows), "%", limit=5)


def _district(gazetteer: Gazetteer, text: str) -> str:
    places = sited(gazetteer, NOWHERE, Message(text), text, gazetteer.survey(text)).places
    return gazetteer.district(places[0].place) if places and gazetteer.in_district(places[0].place) else ""


def outlines_us() -> Figure:
    """A point of GCJ-02 among fourteen districts of 5,000 corners each."""
    outlines = Outlines((f"{number:02}", _round(106.2 + number * 0.07, 26.7)) for number in range(14))
    points = cycle([Point(26.5 + step * 0.004, 106.2 + step * 0.009, "gcj02") for step in range(100)])
    return Figure(
        "outlines_us", processor_seconds(lambda: outlines.place_of(next(points)), 2_000) * 1e6, "µs", limit=100
    )


def _round(longitude: float, latitude: float) -> dict[str, object]:
    angles = [2 * math.pi * number / CORNERS for number in range(CORNERS)]
    ring = [[longitude + 0.1 * math.cos(angle), latitude + 0.1 * math.sin(angle)] for angle in angles]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
