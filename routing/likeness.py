"""How alike two messages are: near copies of one text, and other people writing of the same matter.

`traces` are the few features under which a message is kept and looked up; `likeness` weighs a pair and says why;
`groups` makes piles of what belongs together. Nothing is joined here: a person confirms.

The score is a logistic sum of ten signs. The weights of four were fitted on pairs of real messages that two readers had
judged (the half of bench/duplicates.tsv to tune on); the constant was then set where, by cross-validation
within that half, 19 of 20 pairs that score 0.9 or more are one matter. The others are by judgement: of a finer place
than the district, which those messages do not come with; of the matter, which they have from no person; of the sender
and the days, which say little there (who writes often writes of many things); and what speaks of two places weighs
more than the few such pairs would have it, because joining them is the dearer mistake.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import combinations, product
from math import exp
from zlib import crc32

from rapidfuzz import fuzz

from chinese import normalise
from routing.decision import Place
from routing.gist import NUMBERED, Gist, gist

MOST_TRACES = 16
NAMES_KEPT, TOPICS_PAIRED, RUN, RUNS_KEPT = 7, 3, 5, 4
"""Of the traces: how many names, how many topics in twos, how long a run is, how many of the least hashes."""

LEAST = 0.9
"""The score from which nine of ten pairs and more are one matter: from here joining is proposed."""

MORE_LIKELY = 0.5
CITY_OR_DISTRICT = (("市",), ("区", "县"))

WHOLE = 10_000
"""Texts that are equal in this many first characters are one text."""

TELLING = 20
"""An equal text shorter than this, of another person, is one matter only where it names something or the place is
known to be one: “停水了” comes from everywhere.
"""

ENOUGH = 30.0
"""Shared topics of this weight in sum say most of what topics can say."""

FADING = 180.0
"""Days after which most of what nearness in time says is gone."""

COPY_SHOWN = 0.85
"""The ratio of two texts from which they are copies of one another."""

CONSTANT = -3.75
WEIGHTS = {
    "names": 2.1,
    "trouble": 6.1,
    "echoed": 3.5,
    "same_thing": 1.6,
    "elsewhere": -2.0,
    "other_district": -3.0,
    "same_spot": 1.0,
    "matter": 0.6,
    "days": -0.8,
    "sender": 0.3,
}
"""What each sign adds to the logarithm of the odds: see the module's word."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be compared. `place` is where it happened and all above it, nearest first (empty: unknown); `sender`
    is anything that is equal for the same person and says nothing else (a digest; empty: unknown); `matter` is a code
    of the catalogue or empty. `at` is aware.
    """

    text: str
    title: str
    place: tuple[Place, ...]
    at: datetime
    sender: str = ""
    matter: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How surely two messages are one matter (0..1: of pairs from 0.9 up nine of ten are), and why, in Chinese."""

    score: float
    reasons: tuple[str, ...] = ()


def likeness(one: Said, other: Said) -> Likeness:
    """How alike the two are; the same score whichever comes first."""
    return _Pair(one, other, gist(one.title, one.text), gist(other.title, other.text)).likeness()


def most_like(said: Said, others: Sequence[Said], top: int = 5, least: float = LEAST) -> list[tuple[int, Likeness]]:
    """(index in `others`, likeness) of those that score `least` or more, best first, at most `top`."""
    read = gist(said.title, said.text)
    pairs = (_Pair(said, other, read, gist(other.title, other.text)) for other in others)
    scored = [(index, pair) for index, pair in enumerate(pairs) if pair.score >= least]
    best = sorted(scored, key=lambda each: (-each[1].score, each[0]))
    return [(index, pair.likeness()) for index, pair in best[:top]]


class _Pair:
    """Two messages that are being compared."""

    __slots__ = ("copied", "names", "one", "other", "reads", "score", "topics")

    def __init__(self, one: Said, other: Said, read: Gist, other_read: Gist) -> None:
        self.one, self.other, self.reads = one, other, (read, other_read)
        self.names = read.names.keys() & other_read.names.keys()
        self.topics = read.topics.keys() & other_read.topics.keys()
        self.copied = fuzz.ratio(read.said, other_read.said) / 100
        self.score = self._score()

    def likeness(self) -> Likeness:
        """The verdict with its reasons."""
        return Likeness(self.score, tuple(self._reasons()))

    def _score(self) -> float:
        """0..1."""
        if self._repeats():
            return 1.0
        if not (self.names or self.topics):
            return 0.0
        signs = self.signs()
        score = 1 / (1 + exp(-CONSTANT - sum(WEIGHTS[sign] * value for sign, value in signs.items())))
        copies = self.copied >= COPY_SHOWN and min(len(read.said) for read in self.reads) >= TELLING
        copies = copies and not (signs["elsewhere"] or signs["other_district"])
        return max(score, self.copied) if copies else score

    def signs(self) -> dict[str, float]:
        """What speaks for or against one matter, each within 0..1; another spot up to 2, because the more two texts
        are alike, the surer it is that one form of words was sent about two places.
        """
        a, b = self.reads
        elsewhere = bool(a.places and b.places) and not (b.speaks_of(a.places) or a.speaks_of(b.places))
        return {
            "names": self._named() / (a.length * b.length or 1),
            "trouble": 1 - exp(-sum(a.topics[topic] for topic in self.topics) / ENOUGH),
            "echoed": (_echoed(a, b) + _echoed(b, a)) / 2,
            "same_thing": float(not a.places.isdisjoint(b.places)),
            "elsewhere": elsewhere * (1 + self.copied),
            "other_district": float(self._other_district()),
            "same_spot": float(self._spot() is not None),
            "matter": float(bool(self.one.matter) and self.one.matter == self.other.matter),
            "days": 1 - exp(-self._days() / FADING),
            "sender": float(self._same_sender()),
        }

    def _named(self) -> float:
        """The product of the names as vectors: those of a title count double."""
        a, b = self.reads
        in_titles = ((1 + (name in a.title_names)) * (1 + (name in b.title_names)) for name in self.names)
        return sum(a.names[name] * b.names[name] * twice for name, twice in zip(self.names, in_titles, strict=True))

    def _repeats(self) -> bool:
        """The same text, and nothing speaks against its being about the same thing."""
        a, b = self.reads
        if not a.said or a.said != b.said:
            return False
        if normalise(self.one.text[:WHOLE]) != normalise(self.other.text[:WHOLE]):
            return False
        if self._other_district():
            return False
        return len(a.said) >= TELLING or self._same_sender() or self._spot() is not None

    def _same_sender(self) -> bool:
        return bool(self.one.sender) and self.one.sender == self.other.sender

    def _other_district(self) -> bool:
        """By the places where they are known, else by the cities and districts that the words name."""
        one, other = _place_at(self.one.place, "district"), _place_at(self.other.place, "district")
        if one is not None and other is not None:
            return one.code != other.code
        a, b = (read.areas for read in self.reads)
        return any(_part(a - b, ends) and _part(b - a, ends) for ends in CITY_OR_DISTRICT)

    def _days(self) -> float:
        return abs((self.one.at - self.other.at).total_seconds()) / 86400

    def _spot(self) -> Place | None:
        """The nearest place that holds both, where that is finer than a district."""
        codes = {place.code for place in self.other.place}
        shared = next((place for place in self.one.place if place.code in codes), None)
        return None if shared is None or shared.level in {"city", "district"} else shared

    def _reasons(self) -> Iterator[str]:
        if self._repeats():
            yield "内容完全相同"
        elif self.copied >= COPY_SHOWN:
            yield f"内容几乎相同（{self.copied:.0%}）"
        elif words := self._shared_words():
            yield "都说到" + "".join(f"“{word}”" for word in words)
        yield from self._where()
        if self.one.matter and self.one.matter == self.other.matter:
            yield "事项相同"
        days = int(self._days())
        yield f"相隔 {days} 天" if days else "相隔不到一天"
        if self._same_sender():
            yield "同一来件人"

    def _where(self) -> Iterator[str]:
        one, other = _place_at(self.one.place, "district"), _place_at(self.other.place, "district")
        if spot := self._spot():
            yield f"同在{spot.name}"
        elif one is not None and other is not None:
            yield f"同在{one.name}" if one == other else f"地点不同：{one.name}、{other.name}"

    def _shared_words(self) -> list[str]:
        """The telling names, grown together where they overlap, then topics."""
        a, _ = self.reads
        names = sorted(_grown(f"{a.title}\n{a.said}", self.names), key=len, reverse=True)[:2]
        rest = (word for word in self.topics if not any(word in name for name in names))
        return names + sorted(rest, key=lambda word: (-a.topics[word], word))[: 4 - len(names)]


def traces(title: str, content: str, place: str = "") -> tuple[int, ...]:
    """At most 16 features below 2⁶³, sorted, none twice, by which like messages find each other.

    The rarest names, the rarest topics in twos (食堂+开放) and with the place, and the least hashes of runs of five
    characters, by which copies are known whatever was changed in them. A word that many messages have makes no trace
    by itself. `place` is the code of the place, as far as it is known. The same on each machine and in each process.
    Empty for a text that says nothing.
    """
    read = gist(title, content)
    if not (read.names or read.topics):
        return ()
    told = [*_names_to_find(read), *_topics_to_find(read, place), *_runs_to_find(read.said)]
    return tuple(sorted(set(map(_hashed, told))))


def _names_to_find(read: Gist) -> list[str]:
    """The weightiest names, those of the title first; which of equals is kept hangs on the name alone."""
    ranked = sorted(read.names, key=lambda name: (name not in read.title_names, -read.names[name], _order(name)))
    return [name for name in ranked if read.names[name] > NUMBERED][:NAMES_KEPT]


def _topics_to_find(read: Gist, place: str) -> list[str]:
    """The rarest topics in twos, those of the title first, and the first with the place."""
    ranked = sorted(read.topics, key=lambda topic: (topic not in read.title_topics, -read.topics[topic], topic))
    kept = ranked[:TOPICS_PAIRED]
    with_place = [f"{place} {topic}" for topic in kept[:1]] if place else []
    return [" ".join(sorted(pair)) for pair in combinations(kept, 2)] + with_place


def _runs_to_find(said: str) -> list[str]:
    """The runs of characters whose hashes are least: most of them outlive a small change of the text."""
    return sorted({said[start : start + RUN] for start in range(len(said) - RUN + 1)}, key=_order)[:RUNS_KEPT]


def groups(saids: Sequence[Said], least: float = LEAST) -> list[list[int]]:
    """The indexes of `saids` by matter, largest group first, each index once; who is like nobody is alone.

    The surest pairs are joined first. Two groups become one only where at least half of all pairs between them are
    more likely one matter than not, so that no chain of likenesses ties together what has nothing in common.
    """
    close = _close(saids)
    group = [[index] for index in range(len(saids))]
    for score, one, other in sorted(
        ((score, *pair) for pair, score in close.items()), key=lambda each: (-each[0], each[1:])
    ):
        mine, theirs = group[one], group[other]
        if score < least:
            break
        if mine is not theirs and 2 * sum(_ordered(pair) in close for pair in product(mine, theirs)) >= len(mine) * len(
            theirs
        ):
            mine += theirs
            for index in theirs:
                group[index] = mine
    found = {id(each): sorted(each) for each in group}
    return sorted(found.values(), key=lambda each: (-len(each), each))


def _close(saids: Sequence[Said]) -> dict[tuple[int, int], float]:
    """(lower index, higher) → score of the pairs that are more likely one matter than not; only pairs with a trace in
    common are looked at.
    """
    reads = [gist(said.title, said.text) for said in saids]
    bearing: defaultdict[int, list[int]] = defaultdict(list)
    for index, said in enumerate(saids):
        for trace in traces(said.title, said.text, said.place[0].code if said.place else ""):
            bearing[trace].append(index)
    pairs = {pair for indexes in bearing.values() for pair in combinations(indexes, 2)}
    scored = ((pair, _Pair(saids[pair[0]], saids[pair[1]], reads[pair[0]], reads[pair[1]]).score) for pair in pairs)
    return {pair: score for pair, score in scored if score >= MORE_LIKELY}


def _ordered(pair: tuple[int, int]) -> tuple[int, int]:
    return (min(pair), max(pair))


def _echoed(a: Gist, b: Gist) -> float:
    """How much of one's title stands in the other's text, by twos of characters: however the words are cut."""
    return sum(crumb in b.said for crumb in a.crumbs) / max(1, len(a.crumbs))


def _part(areas: Iterable[str], ends: tuple[str, ...]) -> bool:
    """Whether one of the areas is of this level."""
    return any(area.endswith(ends) for area in areas)


def _place_at(line: Sequence[Place], level: str) -> Place | None:
    return next((place for place in line if place.level == level), None)


def _grown(text: str, names: Iterable[str]) -> set[str]:
    """The names as they stand in the text; those that overlap there as one: 丽发, 发新城 → 丽发新城."""
    spans = sorted((start, start + len(name)) for name in names if (start := text.find(name)) >= 0)
    grown: list[tuple[int, int]] = []
    for start, end in spans:
        if grown and start < grown[-1][1]:
            grown[-1] = grown[-1][0], max(end, grown[-1][1])
        else:
            grown.append((start, end))
    return {text[start:end] for start, end in grown}


def _order(text: str) -> int:
    """An order that has nothing to do with the meaning and is the same everywhere."""
    return crc32(text.encode())


def _hashed(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "big") >> 1
