"""The heat of a topic: a sum of four parts that a person can work out again with a pocket calculator.

callers  each different sender is a point: who writes ten times is one. Tickets without a sender count once for each
         different text.
likes    the square root of the likes: they cost nothing and come in floods.
growth   tenfold less likely by chance is a point more, up to MOST_GROWTH: see `usual`.
days     each day on which somebody spoke of it is a point: what goes on is worse than what is over.

Each part is multiplied by a weight of HOTLINE_TOPIC_WEIGHTS.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10, sqrt

from hotline.topics.usual import Usual

NAMES = {"callers": "来件人", "likes": "点赞", "growth": "比往常多", "days": "持续"}
"""The parts, in the order in which they are shown and in which their weights are set."""

MOST_GROWTH = 20.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a heat: what it is called, how it was worked out in words, and its points."""

    name: str
    words: str
    points: float


def parts_of(weights: tuple[float, ...], callers: int, likes: int, days: int, usual: Usual | None) -> tuple[Part, ...]:
    """The parts of a heat, whose points summed are it. `usual` None: there is no past to compare with."""
    of = dict(zip(NAMES, weights, strict=True))
    points = {
        "callers": float(callers),
        "likes": sqrt(likes),
        "growth": growth_points(usual.chance(callers)) if usual else 0.0,
        "days": float(days),
    }
    words = {
        "callers": f"{callers:,} 人 × {of['callers']:g}",
        "likes": f"√{likes:,} × {of['likes']:g}",
        "growth": _growth_words(usual, callers, of["growth"]) if usual else "没有往期可比",
        "days": f"{days:,} 天 × {of['days']:g}",
    }
    return tuple(Part(NAMES[key], words[key], round(points[key] * of[key], 1)) for key in NAMES)


def growth_points(chance: float) -> float:
    """The decimal zeros of a chance: 3 for one in a thousand, at most MOST_GROWTH."""
    return MOST_GROWTH if chance <= 10.0**-MOST_GROWTH else max(0.0, -log10(chance))


def chance_words(chance: float) -> str:
    """A chance as a person says it: 约 1/3,200."""
    if chance >= 0.5:
        return "很常见"
    return f"约 1/{1 / chance:,.0f}" if chance >= 1e-9 else "不到十亿分之一"


def _growth_words(usual: Usual, seen: int, weight: float) -> str:
    chance = usual.chance(seen)
    return (
        f"往常 {usual.expected:.1f} 人，偶然出现的可能{chance_words(chance)}，{growth_points(chance):.1f} × {weight:g}"
    )
