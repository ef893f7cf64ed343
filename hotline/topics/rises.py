"""Rises of a matter in a district that no likeness of words shows: 停水了 from forty people at once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hotline.topics.usual import Cell, Past, Usual

SPANS = (1, 3, 7)
"""Days that are looked at, each ending on the same day; the best of them counts as one of three tries."""


@dataclass(frozen=True, slots=True)
class Strongest:
    """The span in which a number of callers is the least likely: `chance` is that of three tries."""

    first: date
    last: date
    seen: int
    usual: Usual
    chance: float


def strongest(
    past: Past, cell: Cell, callers: Mapping[date, frozenset[str]], last: date, before: int | None = None
) -> Strongest | None:
    """The strongest of the SPANS that end on `last`, by the callers of each day; None without a past or callers.

    With `before`, callers are those of a topic that had so many in the past: it is measured by its share of the cell.
    """
    found = []
    for length in SPANS:
        first = last - timedelta(days=length - 1)
        seen = len(frozenset[str]().union(*(callers.get(first + timedelta(days=n), ()) for n in range(length))))
        usual = past.usual(cell, first, last)
        if usual is None or not seen:
            continue
        usual = usual if before is None else usual.of_topic(before)
        found.append(Strongest(first, last, seen, usual, min(1.0, len(SPANS) * usual.chance(seen))))
    return min(found, key=lambda each: (each.chance, each.first), default=None)


def rises(
    said: Iterable[tuple[Cell, date, str]],
    days: Iterable[date],
    past_before: Callable[[date], Past],
    least: int,
    chance: float,
) -> dict[Cell, list[tuple[date, date]]]:
    """The stretches of days in which a cell has more callers than chance gives it, by cell, in order.

    `said` are (cell, day, caller) of what belongs to no topic, `days` those that may end a rise; `past_before` gives
    the past before a day. At least `least` callers are a rise, of which the `chance` is no more than that.
    """
    by_cell: defaultdict[Cell, defaultdict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for cell, day, caller in said:
        by_cell[cell][day].add(caller)
    callers = {
        cell: {day: frozenset(each) for day, each in of_days.items()}
        for cell, of_days in by_cell.items()
        if cell[0] and cell[1] and len(set().union(*of_days.values())) >= least
    }
    found: dict[Cell, list[tuple[date, date]]] = {}
    for day in sorted(days) if callers else ():
        past = past_before(day - timedelta(days=max(SPANS) - 1))
        for cell, of_days in callers.items():
            if day not in of_days:
                continue
            best = strongest(past, cell, of_days, day)
            if best and best.seen >= least and best.chance <= chance:
                _stretch(found.setdefault(cell, []), best.first, best.last)
    return found


def _stretch(spans: list[tuple[date, date]], first: date, last: date) -> None:
    """Add a span to those before it, to the last of them where it follows within a week."""
    if spans and first <= spans[-1][1] + timedelta(days=max(SPANS)):
        spans[-1] = min(first, spans[-1][0]), max(last, spans[-1][1])
    else:
        spans.append((first, last))
