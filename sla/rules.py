"""Where a history's clocks find the versions that its events name: policies by stamp, calendars by edition."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sla.calendar import Calendar
from sla.policy import Policy


class Rules(Protocol):
    """Every version of the rules that a history may name. LookupError for one that never was."""

    def policy(self, stamp: str) -> Policy:
        """The policy version with this stamp, such as guangdong-2022@1."""

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        """An edition of the calendar as `unit` lives by it (None: as the city does); '' is the first edition."""


class Fixed(NamedTuple):
    """One policy and one calendar, whatever the history names: for checks and for trying a draft."""

    one_policy: Policy
    one_calendar: Calendar

    def policy(self, stamp: str) -> Policy:
        """The one policy."""
        return self.one_policy

    def calendar(self, edition: str, unit: str | None = None) -> Calendar:
        """The one calendar."""
        return self.one_calendar
