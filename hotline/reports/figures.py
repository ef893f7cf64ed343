"""Arithmetic of published figures: per cent to the digit, and quantiles. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ROUNDINGS = {"half_up": ROUND_HALF_UP, "truncate": ROUND_DOWN}
"""Cities differ: 18,851 of 19,668 is 95.85 % rounded; the bulletin that prints 95.84 % truncates."""


def rate(numerator: int | None, denominator: int | None, places: int = 2, rounding: str = "half_up") -> Decimal | None:
    """Per cent with `places` decimals; None for an empty denominator: never 0 %, never 100 %."""
    if numerator is None or not denominator:
        return None
    return rounded(Decimal(numerator * 100) / Decimal(denominator), places, rounding)


def rounded(value: Decimal, places: int, rounding: str) -> Decimal:
    """`value` with so many decimals by the city's rule: half_up or truncate."""
    return value.quantize(Decimal(1).scaleb(-places), ROUNDINGS[rounding])


def quantile(ordered: Sequence[int], percent: int) -> Decimal | None:
    """The quantile of values in order, linear between two neighbours (as percentile_cont); None for none."""
    if not ordered:
        return None
    place, rest = divmod((len(ordered) - 1) * percent, 100)
    low = ordered[place]
    high = ordered[min(place + 1, len(ordered) - 1)]
    return low + Decimal((high - low) * rest) / 100


def quantile_of_counts(counts: Sequence[tuple[int, int]], percent: int) -> Decimal | None:
    """As `quantile`, of values in order with how often each stands: [(minutes, how many), …]; None for none."""
    place, rest = divmod((sum(count for _, count in counts) - 1) * percent, 100)
    low = _at(counts, place)
    return None if low is None else low + Decimal(((_at(counts, place + 1) or low) - low) * rest) / 100


def _at(counts: Sequence[tuple[int, int]], place: int) -> int | None:
    """The value at a place of the whole row, from 0; the last one beyond its end, None where there is nothing."""
    for value, count in counts:
        place -= count
        if place < 0:
            return value
    return counts[-1][0] if counts else None
