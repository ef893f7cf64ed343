"""A figure with its limit, and the two ways to get one: turns against something bare, or time of the processor."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the output. Where there is a `ratio` (ours to the bare one), `limit` is the least that it may be;
    where there is none, `limit` is the most that `value` may be. None: no limit, only worth knowing.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None

    @property
    def kept(self) -> bool:
        """False when it is on the wrong side of its limit."""
        if self.limit is None:
            return True
        return self.value <= self.limit if self.ratio is None else self.ratio >= self.limit

    def line(self) -> str:
        """The JSON line."""
        ratio = None if self.ratio is None else round(self.ratio, 3)
        value = float(f"{self.value:.4g}")
        shown = {"name": self.name, "value": value, "unit": self.unit, "limit": self.limit, "ratio": ratio}
        return json.dumps(shown, ensure_ascii=False)


def say(words: str) -> None:
    """Tell whoever waits how far it is; standard output is for the figures alone."""
    sys.stderr.write(f"{words}\n")


def turns(ours: Callable[[], float], bare: Callable[[], float], count: int) -> tuple[float, float]:
    """(median of ours, median of the turns' ratios); each callable gives a rate. The first turn only warms up."""
    pairs = []
    for number in range(count + 1):
        pair = (ours(), bare()) if number % 2 else (bare(), ours())[::-1]
        turn = f"turn {number}" if number else "warm-up"
        say(f"  {turn}: {pair[0]:,.0f} to {pair[1]:,.0f} = {pair[0] / pair[1]:.2f}")
        pairs.append(pair)
    return statistics.median(a for a, _ in pairs[1:]), statistics.median(a / b for a, b in pairs[1:])


def rate(work: Callable[[], int]) -> float:
    """How many per second `work` did; it gives how many."""
    start = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - start)


def processor_seconds(work: Callable[[], object], calls: int, repeats: int = 7) -> float:
    """Seconds of the processor for one call: the median over `repeats` of `calls` each."""

    def once() -> float:
        start = time.process_time()
        for _ in range(calls):
            work()
        return (time.process_time() - start) / calls

    once()
    return statistics.median(once() for _ in range(repeats))
