"""Points of units under a scheme, their places among their peers, and who comes on the red and black lists. Pure.

How a metric's points are made, in this order: the rate is rounded as the scheme says; what it is short of the target
is multiplied by the deduction and taken off the weight; the floor holds; only then the points are rounded. 12 of 17 is
70.588… %, rounded 70.59 %; against 95 % at half a point each, 25 - 0.5 x 24.41 = 12.795, printed 12.80. Without the
first rounding it would be 12.79: published points can be checked by hand from published rates, so the rate is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hotline.assessment.documents import plain
from hotline.assessment.scheme import Measure, Rule, Scheme, Target
from hotline.reports import figures
from hotline.reports.metrics import BY_KEY
from hotline.reports.rates import Pair

ALL = ""
"""The source under which a metric's numbers of all tickets are kept."""
Pairs = Mapping[tuple[str, str], Pair]


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a unit: `pairs` by metric and source (ALL, and each source that a target is for)."""

    unit: str
    name: str
    group: str
    dispatched: int
    due: int
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Part:
    """One target's share of a metric: the tickets of `sources`, or (empty) all that no other part has taken.

    `value` in per cent, rounded as the scheme says; `points` not rounded yet; both None where there is nothing.
    """

    name: str
    sources: tuple[str, ...]
    target: Decimal
    numerator: int
    denominator: int
    value: Decimal | None
    points: Decimal | None
    floored: bool


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one unit. `points` is None where it is left out; `value` where there is nothing to measure.

    `target` is None where several hold (`parts` has them); `floored` says that the deduction went beyond the floor.
    """

    metric: str
    name: str
    value: Decimal | None
    target: Decimal | None
    points: Decimal | None
    weight: Decimal
    numerator: int
    denominator: int
    floored: bool
    parts: tuple[Part, ...]

    @property
    def lost(self) -> Decimal:
        """Points that are missing to the full weight."""
        return Decimal(0) if self.points is None else self.weight - self.points


@dataclass(frozen=True, slots=True)
class Lost:
    """A metric that cost points: `points` is how many, above zero."""

    metric: str
    name: str
    value: Decimal
    target: Decimal | None
    points: Decimal
    numerator: int
    denominator: int

    @property
    def words(self) -> str:
        """按时办结率 82.8 %（-7.2 分）."""
        return f"{self.name} {plain(self.value)} %（-{plain(self.points)} 分）"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A unit in its place among its peers; `lost` are the metrics that cost points, the dearest first."""

    unit: str
    name: str
    points: Decimal
    lost: list[Lost]
    place: int
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A unit that has no place."""

    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer group. `incomplete` have tickets due, and a metric of which the scheme says that they then stand apart;
    `few` have fewer tickets due than the scheme ranks.
    """

    name: str
    ranked: list[Ranked] = field(default_factory=list)
    none_due: list[Named] = field(default_factory=list)
    no_tickets: list[Named] = field(default_factory=list)
    incomplete: list[Named] = field(default_factory=list)
    few: list[Named] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit on the red or the black list, with why."""

    group: str
    unit: str
    name: str
    place: int
    points: Decimal
    why: str


def peers(scheme: Scheme, units: Iterable[Measured]) -> list[Peer]:
    """The scheme's peer groups, those of no unit left out; each unit of theirs in exactly one of the five lists.

    The same points are the same place; within a place, and in the other lists, by name.
    """
    mine: dict[str, list[Measured]] = {name: [] for name in scheme.groups}
    for unit in units:
        if unit.group in mine:
            mine[unit.group].append(unit)
    return [_peer(scheme, name, each) for name, each in mine.items() if each]


def scores_of(scheme: Scheme, unit: Measured) -> tuple[Score, ...]:
    """Each metric of the scheme for one unit."""
    return tuple(_score(scheme, measure, unit) for measure in scheme.measures)


def total(scheme: Scheme, scores: Sequence[Score]) -> Decimal | None:
    """All points of a unit: the sum of the printed ones, scaled to the full weight where the scheme leaves an empty
    metric out; None where the unit stands apart.
    """
    made = [(score.points, score.weight) for score in scores if score.points is not None]
    if not made or (scheme.empty == "apart" and len(made) < len(scores)):
        return None
    points, weight = (sum(column, Decimal(0)) for column in zip(*made, strict=True))
    return scheme.points.of(points if weight == scheme.full else points * scheme.full / weight)


def lists(scheme: Scheme, groups: Sequence[Peer]) -> tuple[list[Listed], list[Listed]]:
    """(red, black). Who would be on both is not honoured, and by its place alone not blamed either."""
    red, black = [], []
    for peer in groups:
        for one in peer.ranked:
            good = [rule for rule in scheme.red if _honours(rule, one, peer)]
            bad = [rule for rule in scheme.black if _blames(rule, one, peer)]
            if good and not bad:
                red.append(_listed(peer, one, good[0]))
            absolute = [rule for rule in bad if rule.places is None]
            if bad and (absolute or not good):
                black.append(_listed(peer, one, (absolute or bad)[0], last=True))
    return red, black


def _peer(scheme: Scheme, name: str, units: list[Measured]) -> Peer:
    peer, marked = Peer(name), list[tuple[Decimal, Measured, tuple[Score, ...]]]()
    for unit in sorted(units, key=lambda each: (each.name, each.unit)):
        scores = scores_of(scheme, unit) if unit.due and unit.due >= scheme.least else ()
        points = total(scheme, scores) if scores else None
        if points is not None:
            marked.append((points, unit, scores))
        else:
            _apart(peer, unit, scores).append(Named(unit.unit, unit.name))
    for points, unit, scores in sorted(marked, key=lambda each: -each[0]):
        place = 1 + sum(other > points for other, _, _ in marked)
        peer.ranked.append(Ranked(unit.unit, unit.name, points, _lost(scores), place, scores))
    return peer


def _apart(peer: Peer, unit: Measured, scores: Sequence[Score]) -> list[Named]:
    """Where a unit without a place is named."""
    if unit.due:
        return peer.incomplete if scores else peer.few
    return peer.none_due if unit.dispatched else peer.no_tickets


def _lost(scores: Sequence[Score]) -> list[Lost]:
    found = [
        Lost(each.metric, each.name, each.value, each.target, each.lost, each.numerator, each.denominator)
        for each in scores
        if each.lost > 0 and each.value is not None
    ]
    return sorted(found, key=lambda each: -each.points)


def _score(scheme: Scheme, measure: Measure, unit: Measured) -> Score:
    parts = _parts(scheme, measure, unit)
    numerator = sum(part.numerator for part in parts)
    denominator = sum(part.denominator for part in parts)
    nothing = measure.weight if scheme.empty == "full" else None
    return Score(
        metric=measure.metric,
        name=measure.name,
        value=figures.rate(numerator, denominator, scheme.rates.places, scheme.rates.rule),
        target=parts[0].target if len(parts) == 1 else None,
        points=scheme.points.of(_together(parts)) if denominator else nothing,
        weight=measure.weight,
        numerator=numerator,
        denominator=denominator,
        floored=any(part.floored for part in parts),
        parts=parts,
    )


def _together(parts: Sequence[Part]) -> Decimal:
    """The parts' points, each weighing as much as it has tickets."""
    known = [(part.points, part.denominator) for part in parts if part.points is not None]
    if len(known) == 1:
        return known[0][0]
    return sum((points * count for points, count in known), Decimal(0)) / sum(count for _, count in known)


def _parts(scheme: Scheme, measure: Measure, unit: Measured) -> tuple[Part, ...]:
    """The parts with something in them; the last one alone where there is nothing at all."""
    left, parts = unit.pairs.get((measure.metric, ALL), Pair()), list[Part]()
    for target in measure.targets_of(unit.group):
        own = [unit.pairs.get((measure.metric, source), Pair()) for source in target.sources]
        pair = Pair(sum(p.numerator for p in own), sum(p.denominator for p in own)) if target.sources else left
        left = Pair(left.numerator - pair.numerator, left.denominator - pair.denominator)
        parts.append(_part(scheme, measure, target, pair))
    return tuple(part for part in parts if part.denominator) or (parts[-1],)


def _part(scheme: Scheme, measure: Measure, target: Target, pair: Pair) -> Part:
    value = figures.rate(*pair, scheme.rates.places, scheme.rates.rule)
    if value is None:
        return Part(target.name, target.sources, target.value, *pair, None, None, floored=False)
    short = value - target.value if measure.lower_is_better else target.value - value
    points = measure.weight - measure.deduct * max(short, Decimal(0))
    floored = points < measure.floor
    return Part(target.name, target.sources, target.value, *pair, value, max(points, measure.floor), floored)


# The lists


def _honours(rule: Rule, one: Ranked, peer: Peer) -> bool:
    """The rule of a red list fits the unit."""
    before = sum(other.points > one.points for other in peer.ranked)
    placed = rule.places is None or before < rule.places
    return placed and (rule.points is None or one.points >= rule.points)


def _blames(rule: Rule, one: Ranked, peer: Peer) -> bool:
    """The rule of a black list fits the unit."""
    behind = sum(other.points < one.points for other in peer.ranked)
    placed = rule.places is None or behind < rule.places
    few = rule.points is None or one.points < rule.points
    return placed and few and (rule.metric is None or rule.metric in {s.metric for s in one.scores if s.floored})


def _listed(peer: Peer, one: Ranked, rule: Rule, last: bool = False) -> Listed:
    return Listed(peer.name, one.unit, one.name, one.place, one.points, rule_words(rule, last))


def rule_words(rule: Rule, last: bool = False) -> str:
    """A rule as people read it: 前 3 名，且不少于 90 分; for the black list (`last`) 后 3 名，且不足 60 分."""
    words = []
    if rule.places is not None:
        words.append(f"{'后' if last else '前'} {rule.places} 名")
    if rule.points is not None:
        words.append(f"{'不足' if last else '不少于'} {plain(rule.points)} 分")
    if rule.metric is not None:
        words.append(f"{BY_KEY[rule.metric].name}扣到最低分")
    return "，且".join(words)
