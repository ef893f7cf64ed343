"""The rules of all times: every policy version, and every edition of the calendar as each unit lives by it.

An edition is made by a publication: the newest version of each year and of each unit's working hours up to then.
Editions are numbered from 1 and named by their last published year: cn-2026, cn-2027+1. Nothing is ever taken out,
so a deadline of last year can be counted again today as it was counted then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sla.calendar import Calendar
from sla.policy import Policy

CITY = ""
"""The code under which the city's own working hours are kept."""


class YearRow(NamedTuple):
    """A version of a year that was published in `edition`."""

    year: int
    version: int
    edition: int
    days: dict[str, Any]


class HoursRow(NamedTuple):
    """A version of a unit's working hours that was published in `edition`."""

    unit: str
    version: int
    edition: int
    data: dict[str, Any]


@dataclass
class Rulebook:
    """Implements sla's Rules. `years` and `hours` are the published rows, oldest edition first; `city_hours` stands in
    where the city has published none. A unit without hours of its own works as the city does.
    """

    policies: Mapping[str, Policy]
    years: Sequence[YearRow]
    hours: Sequence[HoursRow]
    city_hours: Sequence[Sequence[str]]
    _made: dict[tuple[str, str | None], Calendar] = field(default_factory=dict)
    _in_force: dict[date, list[Policy]] = field(default_factory=dict)
    _kept: dict[tuple[int, str | None], Calendar] = field(default_factory=dict)

    def policy(self, stamp: str) -> Policy:
        """The version with this stamp. LookupError for one that never was published."""
        return self.policies[stamp]

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        """The edition ('' is the first) as `unit` lives by it. LookupError for an edition that never was."""
        made = self._made.get((edition, unit))
        if made is None:
            number = self.editions[edition] if edition else 1
            made = self._made[edition, unit] = self.make(number, self._works_like(number, unit))
        return made

    def knows(self, edition: str, policy: str) -> bool:
        """True where both are known, or empty."""
        return (not edition or edition in self.editions) and (not policy or policy in self.policies)

    @property
    def first(self) -> str:
        """The name of the first edition, which a history without any has lived by."""
        return self._names[0]

    @property
    def current(self) -> str:
        """The name of the newest edition."""
        return self._names[-1]

    @cached_property
    def editions(self) -> dict[str, int]:
        """Number by name."""
        return {name: number for number, name in enumerate(self._names, 1)}

    @cached_property
    def _names(self) -> list[str]:
        last = max([1, *(row.edition for row in self.years), *(row.edition for row in self.hours)])
        return [self._name(number) for number in range(1, last + 1)]

    def _name(self, number: int) -> str:
        year = max((row.year for row in self.years if row.edition <= number), default=0)
        return f"cn-{year}" + (f"+{number - 1}" if number > 1 else "")

    @property
    def last(self) -> int:
        """The number of the newest edition."""
        return len(self._names)

    def followed_by(self, row: YearRow | HoursRow) -> Rulebook:
        """The book as it would be with `row` published in the next edition; this one stays as it is."""
        row = row._replace(edition=self.last + 1)
        years, hours = ([row], []) if isinstance(row, YearRow) else ([], [row])
        return Rulebook(
            self.policies,
            [*self.years, *years],
            [*self.hours, *hours],
            self.city_hours,
            dict(self._made),
            dict(self._in_force),
            dict(self._kept),
        )

    def _works_like(self, number: int, unit: str | None) -> str | None:
        """CITY unless the unit has hours of its own: so units share a calendar."""
        return unit if unit in {row.unit for row in self.hours if row.edition <= number} else CITY

    def make(self, number: int, unit: str | None = CITY) -> Calendar:
        """The calendar of edition `number` for who works like `unit`; made once."""
        if (number, unit) not in self._kept:
            self._kept[number, unit] = Calendar.parse(self.document(number, unit))
        return self._kept[number, unit]

    def document(self, number: int, unit: str | None = CITY) -> dict[str, Any]:
        """Edition `number` in the shape of seeds/calendar.json."""
        years = {str(row.year): row.days for row in self.years if row.edition <= number}
        hours = {row.unit: row.data for row in self.hours if row.edition <= number}
        own = hours.get(unit or CITY) or hours.get(CITY) or {}
        return {"version": self._name(number), "years": years, "hours": self.city_hours, **own}

    def policies_on(self, day: date) -> list[Policy]:
        """Of each set the version in force on `day`: the newest that has begun; before the first one, the first."""
        if day not in self._in_force:
            self._in_force[day] = self._begun(day)
        return self._in_force[day]

    def _begun(self, day: date) -> list[Policy]:
        sets: dict[str, Policy] = {}
        for policy in sorted(self.policies.values(), key=lambda each: (each.effective_from, int(each.version))):
            if policy.code not in sets or policy.effective_from <= day:
                sets[policy.code] = policy
        return list(sets.values())
