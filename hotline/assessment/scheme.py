"""A scheme of assessment 考核方案 as a value: what is measured, for how many points, and who is ranked with whom.

Numbers are Decimals from the document to the printed points: no float ever stands between. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hotline.reports.figures import rounded
from hotline.reports.metrics import BY_KEY

EMPTY = {
    "rescale": "不计这一项，其余各项按满分折算",
    "full": "这一项给满分",
    "apart": "不排名次，单列",
}
"""What becomes of a unit that has nothing to be measured in one metric, by code; the first is the default."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """So many decimals, by `rule` half_up or truncate."""

    places: int = 2
    rule: str = "half_up"

    def of(self, value: Decimal) -> Decimal:
        """The value rounded."""
        return rounded(value, self.places, self.rule)


@dataclass(frozen=True, slots=True)
class Target:
    """A target in per cent for tickets of `sources` (empty: of all that remain), for units of `groups` (empty: all)."""

    name: str
    value: Decimal
    sources: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric of a scheme: `weight` points, less `deduct` for each point of per cent short of the target, `floor`
    at least. Of `targets` the first that fits a ticket and its unit holds; `target` where none does.
    """

    metric: str
    weight: Decimal
    deduct: Decimal
    target: Decimal
    floor: Decimal = Decimal(0)
    targets: tuple[Target, ...] = ()

    @property
    def name(self) -> str:
        """The metric in Chinese."""
        return BY_KEY[self.metric].name

    @property
    def lower_is_better(self) -> bool:
        """True for a rate of what should not be: points go for what lies above the target."""
        return BY_KEY[self.metric].falling

    def targets_of(self, group: str) -> Iterator[Target]:
        """The targets that a unit of `group` is measured by, in turn: each for the sources that no earlier one has
        taken, the last for all that remain.
        """
        taken: set[str] = set()
        for target in self.targets:
            if target.groups and group not in target.groups:
                continue
            if not target.sources:
                yield target
                return
            sources = tuple(source for source in target.sources if source not in taken)
            taken.update(sources)
            if sources:
                yield Target(target.name, target.value, sources)
        yield Target("其余" if taken else "", self.target)


@dataclass(frozen=True, slots=True)
class Rule:
    """A way onto a list, by all that it says: within the first (or last) `places` of the group; with at least (or
    fewer than) `points`; for the black list also with `metric` fallen to its floor.
    """

    places: int | None = None
    points: Decimal | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A version of a scheme. `groups` are the peer groups that it ranks, in the order in which they are shown; a unit
    with fewer than `least` tickets due has no place: one of one would be 100 %, or naught.
    """

    code: str
    version: int
    name: str
    source: str
    effective_from: date
    measures: tuple[Measure, ...]
    groups: tuple[str, ...]
    empty: str = "rescale"
    least: int = 0
    rates: Rounding = Rounding()
    points: Rounding = Rounding()
    red: tuple[Rule, ...] = ()
    black: tuple[Rule, ...] = ()

    @property
    def stamp(self) -> str:
        """lianyungang@1."""
        return f"{self.code}@{self.version}"

    @property
    def full(self) -> Decimal:
        """All points that there are."""
        return sum((measure.weight for measure in self.measures), Decimal(0))

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source that some target is for: what must be counted apart."""
        named = (source for m in self.measures for target in m.targets for source in target.sources)
        return tuple(dict.fromkeys(named))
