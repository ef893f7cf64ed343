"""The ranking of a period under a scheme, from the figures of hotline.reports.

Everything is asked without the tickets that a manager has excluded (不计入考核): once over all of them, and once more
for each source that some target is for; the rest is subtraction, since every ticket has one source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.assessment.drafts import for_period
from hotline.assessment.scheme import Scheme
from hotline.assessment.scoring import ALL, Listed, Measured, Named, Peer, lists, peers
from hotline.reports.behind import Behind, tickets_behind
from hotline.reports.facts import facts
from hotline.reports.rates import Pair
from hotline.reports.scope import Scope
from hotline.reports.units import UnitRow, by_unit


@dataclass(frozen=True, slots=True)
class Ranking:
    """A period judged by one version of a scheme. `outside` are units with tickets whose group it does not rank;
    `excluded` is how many tickets were left out as not to be assessed; `early` that the period began before the scheme.
    """

    scheme: str
    version: int
    groups: list[Peer]
    red: list[Listed]
    black: list[Listed]
    outside: list[Named]
    excluded: int
    early: bool
    rules: Scheme


def ranking(session: Session, scheme: str, scope: Scope) -> Ranking:
    """The units of `scope` ranked by the version of `scheme` (CODE or CODE@VERSION) that judges a period of its first
    day. Raises NotFound for a scheme that is not published.
    """
    rules = for_period(session, scheme, scope.first)
    found = measured(session, scope, rules.sources)
    return ranked(rules, found, len(excluded(session, scope)), early=rules.effective_from > scope.first)


def ranked(rules: Scheme, units: Sequence[Measured], left_out: int = 0, *, early: bool = False) -> Ranking:
    """The ranking of what is measured already."""
    groups = peers(rules, units)
    red, black = lists(rules, groups)
    outside = [Named(each.unit, each.name) for each in units if each.dispatched and each.group not in rules.groups]
    return Ranking(rules.code, rules.version, groups, red, black, outside, left_out, early, rules)


def measured(session: Session, scope: Scope, sources: Sequence[str]) -> list[Measured]:
    """Every unit of the scope with its numbers, of all its tickets and of those of each of `sources` apart."""
    whole = by_unit(session, assessed(scope))
    apart = {source: _pairs_of(session, scope, source) for source in sources}
    rows = [*whole.rows, *whole.none_due, *whole.no_tickets]
    return [_measured(row, apart) for row in rows]


def assessed(scope: Scope) -> Scope:
    """The same question without what is excluded from assessment."""
    return replace(scope, assessed=True)


def excluded(session: Session, scope: Scope) -> list[Behind]:
    """The tickets of the scope that are not assessed, by a manager's decision before the cut-off, oldest first."""
    table = facts(replace(scope, assessed=False))
    rows = session.execute(select(table.c.ticket_id, table.c.number).where(table.c.excluded))
    return sorted(Behind(row.ticket_id, row.number) for row in rows)


def part_behind(
    session: Session, metric: str, part: str, scope: Scope, sources: Sequence[str], others: bool = False
) -> list[Behind]:
    """The tickets behind one number of a ranking: of `sources` alone, or (`others`) of all other ones; of every source
    where none is named. Raises InvalidInput for a metric or part that there is not.
    """
    scope = assessed(scope)
    named = [b for source in sources for b in tickets_behind(session, metric, part, replace(scope, source=source))]
    if sources and not others:
        return sorted(named)
    left = {each.ticket_id for each in named}
    return [each for each in tickets_behind(session, metric, part, scope) if each.ticket_id not in left]


def _measured(row: UnitRow, apart: dict[str, dict[str, dict[str, Pair]]]) -> Measured:
    pairs = {(metric, ALL): pair for metric, pair in _pairs(row).items()}
    for source, units in apart.items():
        pairs |= {(metric, source): pair for metric, pair in units.get(row.code, {}).items()}
    return Measured(row.code, row.name, row.peer_group, row.counts["dispatched"], row.counts["due"], pairs)


def _pairs_of(session: Session, scope: Scope, source: str) -> dict[str, dict[str, Pair]]:
    """Unit → metric → numbers, of the tickets of one source; nothing where the scope asks for another one."""
    if scope.source not in (None, source):
        return {}
    table = by_unit(session, replace(assessed(scope), source=source))
    return {row.code: _pairs(row) for row in (*table.rows, *table.none_due, *table.no_tickets)}


def _pairs(row: UnitRow) -> dict[str, Pair]:
    return {metric: Pair(each.numerator or 0, each.denominator or 0) for metric, each in row.figures.items()}
