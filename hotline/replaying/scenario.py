"""A scenario: how citizens and units behave in a period, as data (hotline/seeds/scenarios/*.json).

It sets arrivals, probabilities, latencies as quantiles and how many of the tickets end how; it holds no ticket and
writes no figure. What was adjusted so that the ends are met is listed in its own `calibrated`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hotline.seeds import HERE, read_json

FOLDER = HERE / "scenarios"
OPEN_ENDS = ("open_past_deadline", "open_within_limits")
"""How a ticket may end the period open; all the others are closed by then."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A distribution by its quantiles: (probability, value) pairs, rising in both, values above nought."""

    knots: tuple[tuple[float, float], ...]

    def __call__(self, probability: float) -> float:
        """The value below which that share lies; between two knots straight in the logarithm."""
        place = bisect_right(self.knots, probability, key=lambda knot: knot[0])
        if place in (0, len(self.knots)):
            return self.knots[min(place, len(self.knots) - 1)][1]
        (low, least), (high, most) = self.knots[place - 1 : place + 1]
        part = (probability - low) / (high - low)
        return math.exp(math.log(least) * (1 - part) + math.log(most) * part)


@dataclass(frozen=True, slots=True)
class Published:
    """One figure that the city published, as printed; `metric` names ours beside it, empty for a count `count`."""

    name: str
    printed: str
    metric: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. `tickets` is how many are handed to a unit (转办); `ends` of them end closed, open_past_deadline or
    open_within_limits, `content` of the closed with a satisfied citizen. `aside` are messages beside those: how each
    ends, as a share of `tickets`. `behaviour` are probabilities and lengths by name.
    """

    code: str
    name: str
    note: str
    calibrated: tuple[str, ...]
    seed: int
    first: date
    last: date
    tickets: int
    ends: Mapping[str, int]
    content: int
    aside: Mapping[str, float]
    published: tuple[Published, ...]
    arrivals: Mapping[str, Any]
    channels: tuple[Mapping[str, Any], ...]
    kinds: Mapping[str, float]
    units: Mapping[str, float]
    latency_days: Quantiles
    again_days: Quantiles
    behaviour: Mapping[str, float]

    def scaled(self, tickets: int) -> tuple[dict[str, int], int]:
        """(ends, content) for another number of tickets, in the same proportions."""
        ends = apportion(tickets, self.ends)
        closed = self.ends["closed"]
        shares = {"content": self.content, "other": closed - self.content}
        return ends, apportion(ends["closed"], shares)["content"]


def apportion(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """`total` shared out by weight in whole numbers that add up, by largest remainder; ties to the first named.

    ValueError for a weight below nought, or none above it.
    """
    whole = sum((Fraction(weight) for weight in weights.values()), Fraction())
    if whole <= 0 or min(weights.values()) < 0:
        raise ValueError(f"no shares to divide {total} by: {dict(weights)}")
    exact = {name: Fraction(weight) * total / whole for name, weight in weights.items()}
    found = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(exact, key=lambda name: found[name] - exact[name])
    for name in by_rest[: total - sum(found.values())]:
        found[name] += 1
    return found


def names() -> list[str]:
    """The codes of the shipped scenarios."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read_scenario(code: str) -> Scenario:
    """The shipped scenario. LookupError for one that there is not, ValueError for one that does not add up."""
    if code not in names():
        raise LookupError(f"no scenario {code!r}; there are: {', '.join(names())}")
    return parse(read_json(FOLDER / f"{code}.json"))


def parse(document: Mapping[str, Any]) -> Scenario:
    """A scenario from its document. ValueError where its ends or quantiles do not fit together."""
    plain = {name: document[name] for name in ("code", "name", "note", "seed", "tickets", "content")}
    made = Scenario(
        **plain,
        **{name: document[name] for name in ("ends", "aside", "arrivals", "kinds", "units", "behaviour")},
        first=date.fromisoformat(document["first"]),
        last=date.fromisoformat(document["last"]),
        calibrated=tuple(document["calibrated"]),
        published=tuple(Published(**row) for row in document["published"]),
        channels=tuple(document["channels"]),
        latency_days=_quantiles(document["latency_days"]),
        again_days=_quantiles(document["again_days"]),
    )
    if set(made.ends) != {"closed", *OPEN_ENDS} or sum(made.ends.values()) != made.tickets:
        raise ValueError(f"the ends of {made.code} do not add up to its {made.tickets} tickets")
    if not 0 <= made.content <= made.ends["closed"]:
        raise ValueError(f"{made.code}: more content citizens than closed tickets")
    return made


def _quantiles(rows: Mapping[str, float]) -> Quantiles:
    knots = tuple((float(probability), float(value)) for probability, value in rows.items())
    if not _rising([knot[0] for knot in knots]) or not _rising([knot[1] for knot in knots]) or knots[0][1] <= 0:
        raise ValueError(f"quantiles must rise from above nought: {dict(rows)}")
    return Quantiles(knots)


def _rising(values: Sequence[float]) -> bool:
    return len(values) > 1 and all(low < high for low, high in pairwise(values))
