"""The hottest topics of a period: how many spoke of each, how that compares with the usual, and why it is hot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from hotline.reports.behind import Behind


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a heat: what it is called, how it was worked out in words, and its points."""

    name: str
    words: str
    points: float


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic within a period. `matter`, `place` and `units` are names in Chinese ('' where nobody knows).

    `count` tickets of `callers` different senders with `likes`, the first and the last at `first` and `last` (UTC).
    `usual` is how many callers were to be expected, None where there is no past to know it from; `growth` is callers /
    usual; `chance` how likely so many or more would be by chance. `heat` is the sum of its `parts`.
    """

    id: int
    name: str
    matter: str
    place: str
    first: datetime
    last: datetime
    count: int
    callers: int
    likes: int
    usual: float | None
    growth: float | None
    heat: float
    units: list[str]
    tickets: list[Behind]
    chance: float | None = None
    parts: tuple[Part, ...] = ()


def hottest(session: Session, first: date, last: date, limit: int = 10) -> list[Topic]:
    """The topics with most heat among what was said from `first` to `last`, both included, hottest first.

    `tickets` are those of the period, oldest first.
    """
    return []
