"""In which place a point lies: outlines as polygons, asked by even and odd.

A ray from the point to the east crosses a polygon's rings an odd number of times if it lies within, holes included. The
edges stand in bands of latitude, so that only those that the ray can meet are looked at: a district's outline of 5,000
corners costs as much as one of fifty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from routing.coordinates import to_wgs84
from routing.decision import Point

Edge = tuple[float, float, float, float]
"""From x, y to x, y: degrees, longitude first, as in GeoJSON."""

EDGES_A_BAND = 4
MOST_BANDS = 2_000
ON_THE_LINE = 1e-12
"""Twice the area, in square degrees, under which three points lie on one line: a millimetre off a long edge."""


class Outlines:
    """The outlines of places, ready to be asked. Read-only, safe to share."""

    def __init__(self, boundaries: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Index pairs of a place's code and its GeoJSON Polygon or MultiPolygon, in WGS84.

        ValueError for another geometry. Rings are taken as they are: who loads them checks them.
        """
        self._areas = sorted(
            (_Area(code, rings) for code, geometry in boundaries for rings in polygons(geometry)),
            key=lambda area: area.code,
        )

    def __bool__(self) -> bool:
        return bool(self._areas)

    def place_of(self, point: Point) -> str | None:
        """The code of the place that the point lies in, None outside all; where several meet, the first by code."""
        return next(iter(self.places_of(point)), None)

    def places_of(self, point: Point) -> tuple[str, ...]:
        """The codes of all places that the point lies in, on their borders included, in order."""
        exact = to_wgs84(point)
        x, y = exact.longitude, exact.latitude
        return tuple(dict.fromkeys(area.code for area in self._areas if area.contains(x, y)))


def polygons(geometry: Mapping[str, Any]) -> list[Sequence[Sequence[Sequence[float]]]]:
    """The polygons of a GeoJSON geometry, each as its rings. ValueError for one that has none."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon" and isinstance(coordinates, Sequence):
        return [coordinates]
    if kind == "MultiPolygon" and isinstance(coordinates, Sequence):
        return list(coordinates)
    raise ValueError(f"a Polygon or MultiPolygon is needed, not {kind!r}")


class _Area:
    """One polygon of a place: its box, and its edges by band of latitude."""

    def __init__(self, code: str, rings: Sequence[Sequence[Sequence[float]]]) -> None:
        self.code = code
        edges = [edge for ring in rings for edge in _edges(ring)]
        self.west, self.east = min(min(e[0], e[2]) for e in edges), max(max(e[0], e[2]) for e in edges)
        self.south, self.north = min(min(e[1], e[3]) for e in edges), max(max(e[1], e[3]) for e in edges)
        count = max(1, min(len(edges) // EDGES_A_BAND, MOST_BANDS))
        self._height = (self.north - self.south) / count or 1.0
        self._bands: list[list[Edge]] = [[] for _ in range(count)]
        for edge in edges:
            for band in range(self._band(min(edge[1], edge[3])), self._band(max(edge[1], edge[3])) + 1):
                self._bands[band].append(edge)

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies within or on the border."""
        if not (self.west <= x <= self.east and self.south <= y <= self.north):
            return False
        inside = False
        for x1, y1, x2, y2 in self._bands[self._band(y)]:
            side = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
            within = min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)
            if within and abs(side) <= ON_THE_LINE:
                return True
            if (y1 > y) != (y2 > y) and (side > 0) == (y2 > y1):
                inside = not inside
        return inside

    def _band(self, y: float) -> int:
        return min(len(self._bands) - 1, max(0, int((y - self.south) / self._height)))


def _edges(ring: Sequence[Sequence[float]]) -> Iterator[Edge]:
    """From each corner to the next; the ring is closed if it is not."""
    for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
        if one[:2] != other[:2]:
            yield one[0], one[1], other[0], other[1]


NOWHERE = Outlines(())
"""No outline at all: what a house has before any is loaded."""
