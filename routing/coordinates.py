"""Two ways to say where on earth: WGS84, as satellites do, and GCJ-02, as China's maps do, up to 800 m beside it.

GCJ-02 shifts every point in China by sums of sines of its place. The sums are public, the way back is not closed: it is
found by walking, and each step comes about a thousand times nearer. Outside China both are one.
"""

from __future__ import annotations

from math import cos, isfinite, pi, radians, sin, sqrt

from routing.decision import Point

DATUMS = {"wgs84": "WGS84", "gcj02": "GCJ-02"}
"""The two datums by code, as people write them."""

SEMI_MAJOR = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
"""The ellipsoid that GCJ-02 is reckoned on (Krasovsky 1940): metres, and its first eccentricity squared."""

CHINA = (0.8293, 55.8271, 72.004, 137.8347)
"""South, north, west and east of what is shifted, in degrees."""

STEPS = 3
"""So many steps back bring the error to a millimetre everywhere in China."""


def checked(latitude: float, longitude: float, datum: str = "wgs84") -> Point:
    """The Point, if there is such a place. Raises ValueError whose first argument is the field that is wrong."""
    for field, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
        if not isfinite(value) or abs(value) > most:
            raise ValueError(field, f"{value} lies outside -{most}..{most}")
    if datum not in DATUMS:
        raise ValueError("datum", f"{datum!r} is none of {', '.join(DATUMS)}")
    return Point(float(latitude), float(longitude), datum)


def to_gcj02(point: Point) -> Point:
    """The same place in GCJ-02."""
    if point.datum == "gcj02":
        return point
    north, east = _shift(point.latitude, point.longitude)
    return Point(point.latitude + north, point.longitude + east, "gcj02")


def to_wgs84(point: Point) -> Point:
    """The same place in WGS84; within a millimetre, away from the border of what is shifted."""
    if point.datum == "wgs84":
        return point
    latitude, longitude = point.latitude, point.longitude
    for _ in range(STEPS):
        north, east = _shift(latitude, longitude)
        latitude, longitude = point.latitude - north, point.longitude - east
    return Point(latitude, longitude, "wgs84")


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """How far GCJ-02 lies to the north and to the east of WGS84 here, in degrees."""
    south, north, west, east = CHINA
    if not (south <= latitude <= north and west <= longitude <= east):
        return 0.0, 0.0
    x, y = longitude - 105.0, latitude - 35.0
    flattened = 1 - ECCENTRICITY_SQUARED * sin(radians(latitude)) ** 2
    metres_per_radian_north = SEMI_MAJOR * (1 - ECCENTRICITY_SQUARED) / flattened**1.5
    metres_per_radian_east = SEMI_MAJOR / sqrt(flattened) * cos(radians(latitude))
    return (
        _northward(x, y) * 180 / (metres_per_radian_north * pi),
        _eastward(x, y) * 180 / (metres_per_radian_east * pi),
    )


def _northward(x: float, y: float) -> float:
    """Metres to the north, x and y in degrees from 105° east, 35° north."""
    plain = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    waves = _fine(x) + _waves(y, (20, 1), (40, 1 / 3)) + _waves(y, (160, 1 / 12), (320, 1 / 30))
    return plain + waves * 2 / 3


def _eastward(x: float, y: float) -> float:
    """Metres to the east, as `_northward`."""
    plain = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    waves = _fine(x) + _waves(x, (20, 1), (40, 1 / 3)) + _waves(x, (150, 1 / 12), (300, 1 / 30))
    return plain + waves * 2 / 3


def _fine(x: float) -> float:
    return _waves(x, (20, 6), (20, 2))


def _waves(along: float, *heights: tuple[float, float]) -> float:
    return sum(height * sin(along * pi * often) for height, often in heights)
