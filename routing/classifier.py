"""Which matter a message is about: the catalogue's phrases found in the text and weighed. No training.

A phrase weighs more the longer it is and the fewer categories speak of it; more in the title, the first and
the last sentence; repeats count by their logarithm, and a phrase inside a longer found one not at all.
Points are pooled: a category has those of all its nodes, and a leaf is lifted by its group's. The confidence
is about the category, the part of the answer that words alone can hold to, and comes from its lead over the
next category. Its one curve was fitted once on labelled messages, whole ones and their first 16 to 60
characters: where it says 0.8, eight of ten are right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log, pow, sqrt

import ahocorasick

from chinese import normalise
from routing.catalogue import DECISIVE, GAP, category_of, parent_of
from routing.decision import Matter

LEVEL_WEIGHT = {len("05"): 0.6, len("05-06"): 0.9, len("05-06-01"): 1.0}
"""By the length of the code: general words of a category say less than the words of a leaf."""

TITLE, EDGE, BODY = 6.0, 1.5, 1.0
"""What one occurrence counts in the title, in the first or last sentence, and elsewhere."""

EDGE_LENGTH = 60
"""A first or last sentence longer than this many characters is an edge only that far."""

LIFT = 0.3
"""How much of its group's general points a leaf gets on top of its own."""

STEEPNESS = 1.2
"""Confidence is p^s / (p^s + r^s) for p points against r of the next category: fitted, see the module's word."""

SILENT_RIVAL = 0.4
"""Points the next category is taken to have at least, so that one general word alone is never sure."""

PAIR_WEIGHT = 0.6
"""What a pair of words counts against one word of their length."""

DECISIVE_WEIGHT = 3.0
"""What a phrase that settles the matter counts against another of its length."""

REACH = 10
"""How many characters on from the end of one word of a pair the other may begin."""

_ENDS = "。!?;"


@dataclass(frozen=True, slots=True)
class Scored:
    """A matter's code, how surely its category is right (0..1), and the deciding phrases.

    The best matter of a category has the category's confidence, the next ones of it proportionally less.
    The code is of a group or a category where no leaf was named.
    """

    matter: str
    confidence: float
    words: tuple[str, ...]


class Classifier:
    """Weighs messages against one catalogue; made once (about 0.1 s), then read-only and safe to share."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        """Index the phrases of all matters, at every level of the tree."""
        self._nodes = _nodes_of_phrases(matters)
        self._weights = _weights(self._nodes, _decisive(matters))
        self._partners = _partners(self._nodes)
        self._automaton = ahocorasick.Automaton()
        for word in {phrase for phrase in self._nodes if GAP not in phrase} | set(self._partners):
            self._automaton.add_word(word, (len(word) - 1, word))
        self._automaton.make_automaton()

    def classify(self, text: str, title: str = "", top: int = 5) -> list[Scored]:
        """The likeliest matters, best first, at most `top`; empty where no phrase of the catalogue occurs."""
        return self.weigh(normalise(text), normalise(title), top)

    def weigh(self, text: str, title: str = "", top: int = 5) -> list[Scored]:
        """As `classify`, for texts that are normalised already."""
        confidences, points = self.believed(text, title)
        ranked = sorted(confidences.items(), key=lambda item: (-item[1], item[0]))[:top]
        return [Scored(code, confidence, self.words(code, points)) for code, confidence in ranked]

    def believed(self, text: str, title: str = "") -> tuple[dict[str, float], dict[str, float]]:
        """(confidence per matter named, points per phrase found) of a normalised text; `words` needs the points."""
        points = self._points(text, title)
        return _confidences(self._by_category(points)), points

    def _by_category(self, points: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """Category → node → points of its own; a shared phrase divides its points among its nodes."""
        own: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for phrase, value in points.items():
            nodes = self._nodes[phrase]
            for code in nodes:
                category = own[category_of(code)]
                category[code] = category.get(code, 0.0) + value * LEVEL_WEIGHT[len(code)] / len(nodes)
        return own

    def _points(self, text: str, title: str) -> dict[str, float]:
        """Points per phrase found: its weight, by the logarithm of its weighed occurrences."""
        counts: defaultdict[str, float] = defaultdict(float)
        for _, phrase in self._found(title):
            counts[phrase] += TITLE
        first, last = _edges(text)
        for start, phrase in self._found(text):
            counts[phrase] += BODY if first <= start < last else EDGE
        return {phrase: self._weights[phrase] * log(1 + count) for phrase, count in counts.items()}

    def _found(self, text: str) -> Iterator[tuple[int, str]]:
        """(start, phrase) of each pair, and of each word that does not lie within a longer one."""
        if not self._nodes:
            return
        spans = [(end - reach, -end, word) for end, (reach, word) in self._automaton.iter(text)]
        yield from self._pairs(spans)
        reached = 1
        for start, negative_end, word in sorted(spans):
            if negative_end < reached and word in self._nodes:
                reached = negative_end
                yield start, word

    def _pairs(self, spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
        """(start of the later word, phrase) of each pair whose words stand near enough, in either order."""
        ends: dict[str, int] = {}
        for start, negative_end, word in spans:
            if partners := self._partners.get(word):
                for other, phrase in partners:
                    if other in ends and 0 < start - ends[other] <= REACH:
                        yield start, phrase
                ends[word] = -negative_end

    def words(self, code: str, points: Mapping[str, float]) -> tuple[str, ...]:
        """The phrases that speak for this matter: its own, its group's, its category's; strongest first."""
        line = {code, parent_of(code), category_of(code)}
        mine = [phrase for phrase in points if line.intersection(self._nodes[phrase])]
        return tuple(sorted(mine, key=lambda phrase: -points[phrase]))


def _normalised(phrase: str) -> str:
    """Word by word, because normalising turns the sign of the gap into three full stops."""
    return GAP.join(map(normalise, phrase.removesuffix(DECISIVE).split(GAP)))


def _decisive(matters: Iterable[Matter]) -> set[str]:
    """The phrases marked as decisive, and the longer ones of the same matter that hold one."""
    decisive: set[str] = set()
    for matter in matters:
        marked = [_normalised(phrase) for phrase in matter.phrases if phrase.endswith(DECISIVE)]
        decisive |= {said for phrase in matter.phrases for one in marked if one in (said := _normalised(phrase))}
    return decisive


def _nodes_of_phrases(matters: Iterable[Matter]) -> dict[str, tuple[str, ...]]:
    nodes: defaultdict[str, list[str]] = defaultdict(list)
    for matter in matters:
        for phrase in dict.fromkeys(map(_normalised, matter.phrases)):
            nodes[phrase].append(matter.code)
    return {phrase: tuple(codes) for phrase, codes in nodes.items()}


def _partners(phrases: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Word of a pair → (its other word, the whole phrase), for each pair it is in."""
    partners: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for phrase in phrases:
        if GAP in phrase:
            first, second = phrase.split(GAP)
            partners[first].append((second, phrase))
            partners[second].append((first, phrase))
    return {word: tuple(others) for word, others in partners.items()}


def _weights(nodes: Mapping[str, tuple[str, ...]], decisive: set[str]) -> dict[str, float]:
    """Length counts by its root; a phrase that categories share, be it inside their phrases, counts less.

    A decisive phrase counts more, and as if no other category spoke of it.
    """
    speakers: defaultdict[str, set[str]] = defaultdict(set)
    for phrase, codes in nodes.items():
        for part in _parts(phrase):
            speakers[part].update(map(category_of, codes))
    return {
        phrase: _length(phrase) * (DECISIVE_WEIGHT if phrase in decisive else 1 / (1 + log(len(speakers[phrase]))))
        for phrase in nodes
    }


def _length(phrase: str) -> float:
    """The root of the length; a pair is looser than a word and counts less."""
    return sqrt(len(phrase)) if GAP not in phrase else PAIR_WEIGHT * sqrt(len(phrase) - 1)


def _parts(phrase: str) -> set[str]:
    size = len(phrase)
    return {phrase[i:j] for i in range(size) for j in range(i + 1, size + 1)}


def _edges(text: str) -> tuple[int, int]:
    """Where the first sentence ends and the last begins; both within EDGE_LENGTH."""
    text = text.rstrip(_ENDS + " ")
    ends = [place for sign in _ENDS if (place := text.find(sign, 0, EDGE_LENGTH)) >= 0]
    last = max(text.rfind(sign, max(0, len(text) - EDGE_LENGTH)) for sign in _ENDS)
    return min(ends, default=EDGE_LENGTH), last if last >= 0 else len(text) - EDGE_LENGTH


def _confidences(own: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Confidence per candidate: its category's, in proportion to the best candidate of the category."""
    totals = sorted(((sum(nodes.values()), category) for category, nodes in own.items()), reverse=True)
    confidences: dict[str, float] = {}
    for place, (total, category) in enumerate(totals):
        rivals = totals[1:2] if place == 0 else totals[:1]
        sure = _surety(total, max((rival for rival, _ in rivals), default=0.0))
        candidates = _candidates(own[category])
        best = max(candidates.values())
        confidences |= {code: sure * points / best for code, points in candidates.items()}
    return confidences


def _candidates(own: Mapping[str, float]) -> dict[str, float]:
    """Points of the deepest nodes named within a category, lifted by the general words of their groups."""
    depth = max(map(len, own))
    return {
        code: points + LIFT * own.get(parent_of(code) or "", 0.0) for code, points in own.items() if len(code) == depth
    }


def _surety(points: float, rival: float) -> float:
    """How surely a category with these points, against the best of the others, is the right one."""
    mine, theirs = pow(points, STEEPNESS), pow(max(rival, SILENT_RIVAL), STEEPNESS)
    return mine / (mine + theirs)
