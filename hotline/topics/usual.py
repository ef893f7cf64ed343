"""What is usual: how many callers a matter has in a place on such days, and how likely so many more are by chance.

Pure. The past weeks before a period are counted; a cell (matter, district) with little past leans on what its matter
has in the whole city and its district of all matters. Days differ by their weekday: a statutory holiday counts as a
Sunday, a working day made up for (调休) as a Monday. What is not known for sure widens what is to be expected: the rate
is a gamma distribution, the number of callers a negative binomial one, not a Poisson one about a rate that nobody
knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import exp, lgamma, log, log1p

Cell = tuple[str, str]
"""(matter, district), each a code or '' where nobody knows; EVERYWHERE in the place of the district is the city."""

EVERYWHERE = "*"

LENT_DAYS = 14.0
"""So many days of what is to be expected from matter and district weigh as much as so many days that were counted."""

LEAST = 0.5
"""Callers that every cell has in its past, beside those counted: nothing is impossible."""

DAY_PRIOR = 2.0
"""So many average days are counted beside those of each weekday."""

FIRST_SHARE, SHARE_PRIOR = 0.2, 10.0
"""What a topic that nobody has heard of is taken to have of its cell, and how many callers that weighs."""

SHORTEST_PAST = 14
"""Days of a past from which anything can be said, with a caller a day or more."""

SATURDAY, SUNDAY, MONDAY = 5, 6, 0


def kind_of_day(day: date, works: Callable[[date], bool]) -> int:
    """0 Monday … 6 Sunday, as which the day counts; `works` says whether offices work on it."""
    if works(day):
        return MONDAY if day.weekday() >= SATURDAY else day.weekday()
    return day.weekday() if day.weekday() >= SATURDAY else SUNDAY


@dataclass(frozen=True, slots=True)
class Usual:
    """What is to be expected of a cell's callers, or a topic's share of them: a gamma distribution of the rate a day
    (`shape`, `days`), for `span` ordinary days. `counted` callers were found in `past` days, `share` of them are taken.
    """

    shape: float
    days: float
    span: float
    counted: int
    past: int
    share: float = 1.0

    @property
    def expected(self) -> float:
        """Callers to be expected in the period."""
        return self.shape / self.days * self.span * self.share

    def chance(self, seen: int) -> float:
        """How likely `seen` callers or more are by chance, 0..1; 1 for none."""
        rate = self.days / (self.span * self.share)
        return _tail(seen, self.shape, rate)

    def of_topic(self, before: int) -> Usual:
        """What is to be expected of a topic that had `before` of the callers counted."""
        share = (before + FIRST_SHARE * SHARE_PRIOR) / (max(before, self.counted) + SHARE_PRIOR)
        return Usual(self.shape, self.days, self.span, self.counted, self.past, share)


def _tail(seen: int, shape: float, rate: float) -> float:
    """P(X ≥ seen) of the negative binomial that a gamma (shape, rate) of Poisson rates gives."""
    if seen <= 0:
        return 1.0
    stays, goes = log(rate) - log1p(rate), -log1p(rate)
    step = shape * stays  # the logarithm of P(X = 0)
    below = 0.0
    for number in range(seen):
        below += exp(step)
        step += log((shape + number) / (number + 1)) + goes
    above = 1.0 - below
    return above if above > _SURE else _far_tail(seen, shape, stays, goes)


_SURE = 1e-9
"""Below this, 1 less a sum has lost its digits: then the tail itself is summed."""


def _far_tail(seen: int, shape: float, stays: float, goes: float) -> float:
    """The tail by its own terms, which fall from here on."""
    step = lgamma(shape + seen) - lgamma(shape) - lgamma(seen + 1) + shape * stays + seen * goes
    total, number = 0.0, seen
    while (term := exp(step)) > total * 1e-12 and number < seen + 100_000:
        total += term
        step += log((shape + number) / (number + 1)) + goes
        number += 1
    return min(1.0, total)


@dataclass(frozen=True)
class Past:
    """The callers of the days before a period: `counts` by (cell, day), over `days` (none left out), each day's callers
    counted once in each cell; `works` says whether a day is worked.
    """

    counts: Mapping[tuple[Cell, date], int]
    days: tuple[date, ...]
    works: Callable[[date], bool]

    @cached_property
    def by_cell(self) -> Counter[Cell]:
        """Callers of each cell, of each matter everywhere, and of each district whatever the matter."""
        found: Counter[Cell] = Counter()
        for ((matter, district), _), count in self.counts.items():
            for cell in ((matter, district), (matter, EVERYWHERE), (EVERYWHERE, district), (EVERYWHERE, EVERYWHERE)):
                found[cell] += count
        return found

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """What each kind of day has of an average day's callers."""
        total, by_kind, days = self.by_cell[EVERYWHERE, EVERYWHERE], Counter[int](), Counter[int]()
        for (_, day), count in self.counts.items():
            by_kind[kind_of_day(day, self.works)] += count
        for day in self.days:
            days[kind_of_day(day, self.works)] += 1
        mean = total / len(self.days) if self.days else 0.0
        if not mean:
            return (1.0,) * 7
        return tuple((by_kind[kind] / mean + DAY_PRIOR) / (days[kind] + DAY_PRIOR) for kind in range(7))

    def weight(self, day: date) -> float:
        """How many average days this one is."""
        return self.weights[kind_of_day(day, self.works)]

    def usual(self, cell: Cell, first: date, last: date) -> Usual | None:
        """What is usual for the cell from `first` to `last`; None where the past is shorter than SHORTEST_PAST."""
        total = self.by_cell[EVERYWHERE, EVERYWHERE]
        if len(self.days) < SHORTEST_PAST or total < len(self.days):
            return None
        matter, district = cell
        days = sum(map(self.weight, self.days))
        lent = self.by_cell[matter, EVERYWHERE] * self.by_cell[EVERYWHERE, district] / total / days * LENT_DAYS
        counted = self.by_cell[cell]
        span = sum(map(self.weight, days_between(first, last)))
        return Usual(counted + lent + LEAST, days + LENT_DAYS, span, counted, len(self.days))


def days_between(first: date, last: date) -> Iterable[date]:
    """Each day from first to last, both included."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
