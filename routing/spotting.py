"""Many cues looked for at once: one pass of the text finds the few that can be there, and only those are tried.

A cue table is a regular expression of many alternatives (a|b|c). Each alternative holds characters without which it
cannot match (its anchors); an Aho-Corasick automaton finds all anchors of all tables in one pass, so that a text pays
for what it says and not for the length of the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import ahocorasick

MOST_WAYS = 240
"""So many ways to write a stretch are listed; a longer list costs more than it spares."""

Strings = frozenset[str]
NONE: Strings = frozenset()
_EMPTY: Strings = frozenset({""})

_PIECE = re.compile(r"\\.|\[\^?\]?[^\]]*\]|\(\?(?:[:=!]|<[=!])|.", re.DOTALL)
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d*(?:,\d*)?\})\??")
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_BOUNDS = {"\\A", "\\Z", "\\b", "^", "$"}


class Spotting:
    """Tables of cues, found together in one text after another. Read-only, safe to share."""

    def __init__(self, tables: Sequence[str]) -> None:
        """Compile each table's alternatives and index their anchors."""
        self._cues: list[tuple[int, re.Pattern[str]]] = []
        self._always: list[int] = []
        holders: dict[str, list[int]] = {}
        for row, table in enumerate(tables):
            for alternative in alternatives(table):
                for anchor in anchors_of(alternative):
                    holders.setdefault(anchor, []).append(len(self._cues))
                if not anchors_of(alternative):
                    self._always.append(len(self._cues))
                self._cues.append((row, re.compile(alternative)))
        self._automaton = ahocorasick.Automaton()
        for anchor, cues in holders.items():
            self._automaton.add_word(anchor, cues)
        self._automaton.make_automaton()

    def find(self, text: str) -> Iterator[tuple[int, re.Match[str]]]:
        """(index of the table, match) for all that the tables find, table by table, alternative by alternative."""
        present = set(self._always)
        if len(self._automaton):
            present.update(*(cues for _, cues in self._automaton.iter(text)))
        for cue in sorted(present):
            row, pattern = self._cues[cue]
            for match in pattern.finditer(text):
                yield row, match


def alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between the | that stand in no group."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(pattern):
        if piece == "|" and not depth:
            parts.append("")
            continue
        depth += piece.startswith("(") - (piece == ")")
        parts[-1] += piece
    return parts


def anchors_of(pattern: str) -> Strings:
    """Strings of which at least one stands in each match of an alternative; empty where none can be told."""
    found = [anchors for anchors in _required(pattern) if anchors and "" not in anchors]
    return max(found, key=lambda anchors: (min(*map(len, anchors), 3), -len(anchors)), default=NONE)


def _required(pattern: str) -> Iterator[Strings]:
    """For each stretch that no match can go without: the strings of which one must be there.

    A stretch is as long as all ways to write it can be listed: 停(?:了)?[水电] is 停水, 停了水, 停电 or 停了电.
    """
    stretch = _EMPTY
    for part, sign in _parts(pattern):
        ways = _ways(part, sign)
        if ways and len(stretch) * len(ways) <= MOST_WAYS:
            stretch = frozenset(before + after for before in stretch for after in ways)
            continue
        yield stretch
        stretch = ways if ways and len(ways) <= MOST_WAYS else _EMPTY
        if not ways and part.startswith("(") and not sign:
            yield _of_any([anchors_of(alternative) for alternative in alternatives(_inside(part))])
    yield stretch


def _ways(part: str, sign: str) -> Strings:
    """All strings that a part with its quantifier can be; empty where they cannot be listed."""
    if part.startswith(_LOOKS) or part in _BOUNDS:
        return _EMPTY
    once = _once(part) if sign in {"", "?"} else NONE
    return once | _EMPTY if once and sign else once


def _once(part: str) -> Strings:
    if part.startswith("("):
        return _of_any([_whole(alternative) for alternative in alternatives(_inside(part))])
    if part.startswith("["):
        listed = part[1:-1]
        return NONE if set(listed) & set("^\\-") else frozenset(listed)
    if part.startswith("\\"):
        return NONE if part[1].isalpha() else frozenset(part[1])
    return NONE if part in ".^$" else frozenset(part)


def _whole(pattern: str) -> Strings:
    """All strings that an alternative can be; empty where they cannot be listed."""
    whole = _EMPTY
    for part, sign in _parts(pattern):
        ways = _ways(part, sign)
        if not ways or len(whole) * len(ways) > MOST_WAYS:
            return NONE
        whole = frozenset(before + after for before in whole for after in ways)
    return whole


def _of_any(each: Sequence[Strings]) -> Strings:
    return NONE.union(*each) if all(each) else NONE


def _inside(group: str) -> str:
    return group[3:-1] if group.startswith("(?:") else group[1:-1]


def _parts(pattern: str) -> Iterator[tuple[str, str]]:
    """(part, its quantifier or nothing), one after the other; a group is one part."""
    at = 0
    while at < len(pattern):
        end = _end_of_part(pattern, at)
        quantifier = _QUANTIFIER.match(pattern, end)
        yield pattern[at:end], quantifier.group() if quantifier else ""
        at = quantifier.end() if quantifier else end


def _end_of_part(pattern: str, at: int) -> int:
    depth = 0
    for piece in _PIECE.finditer(pattern, at):
        depth += piece.group().startswith("(") - (piece.group() == ")")
        if depth <= 0:
            return piece.end()
    return len(pattern)
