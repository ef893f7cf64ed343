"""Which policy set a ticket runs under: the most specific of those that say they apply, or else the city's default.

A set says in `applies_to` for which tickets it is made: rows of criteria (kind, urgency, matter, source, unit), all of
which must fit. A matter or unit fits everything below it. More criteria are more specific than fewer; with equally
many, the deeper matter or unit is. Two sets that fit one ticket equally well are a tie, found when a set is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from sla.policy import CRITERIA, Policy

Chain = Callable[[str, str], Sequence[str]]
"""(criterion, code) → the code and all above it, nearest first; the code alone where there is no tree."""


class Tie(NamedTuple):
    """Two sets that would fit the same ticket equally well, by these rows."""

    one: str
    other: str
    row: Mapping[str, str]
    other_row: Mapping[str, str]


def choose(policies: Iterable[Policy], facts: Mapping[str, str | None], chain: Chain) -> Policy | None:
    """The policy whose row fits best, None where none does. `facts` are the ticket's criteria, None for unknown.

    Without a tie the answer does not depend on the order of `policies`.
    """
    fitting = [
        (_weight(row, chain), policy) for policy in policies for row in policy.applies_to if _fits(row, facts, chain)
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def ties(policies: Sequence[Policy], chain: Chain) -> list[Tie]:
    """Every tie between different sets; `policies` holds one version of each set."""
    rows = [(policy.code, row) for policy in policies for row in policy.applies_to]
    return [
        Tie(one, other, row, other_row)
        for (one, row), (other, other_row) in combinations(rows, 2)
        if one != other and _weight(row, chain) == _weight(other_row, chain) and _meet(row, other_row, chain)
    ]


def _fits(row: Mapping[str, str], facts: Mapping[str, str | None], chain: Chain) -> bool:
    return all((fact := facts.get(name)) is not None and code in chain(name, fact) for name, code in row.items())


def _weight(row: Mapping[str, str], chain: Chain) -> tuple[int, int]:
    return len(row), sum(len(chain(name, code)) for name, code in row.items())


def _meet(row: Mapping[str, str], other: Mapping[str, str], chain: Chain) -> bool:
    """True when one ticket could fit both."""
    both = [(name, row[name], other[name]) for name in CRITERIA if name in row and name in other]
    return all(a in chain(name, b) or b in chain(name, a) for name, a, b in both)
