"""Marks what was found, in the text as it was written: 醫保 is marked by the query 医保.

Done here and not by the engines, so that both mark alike, and a full-width, traditional or upper-case text is shown
as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from chinese import normalise
from search.words import LETTER

Fragment = list[tuple[str, bool]]
Span = tuple[int, int]

_WHOLE, _BEFORE, _AFTER, _FRAGMENTS = 120, 20, 60, 3
"""Characters of a text that is shown whole, and before and after a match elsewhere; fragments a field."""

_PIECE = 40
_DIGIT, _LETTER, _BETWEEN = r"\d", LETTER, r"[\W_]*+"
"""What atoms of several signs are made of, and what may stand between two atoms."""

_READ = 10_000
"""Characters of a text that are looked at: a page must not wait for one endless complaint."""


def highlights(shown: Mapping[str, str], marks: Sequence[tuple[str, ...]]) -> dict[str, list[Fragment]]:
    """Field → fragments with the marked sequences of atoms; fields without a mark are left out."""
    if not marks:
        return {}
    spans = {name: _spans(text[:_READ], marks) for name, text in shown.items()}
    return {name: _fragments(shown[name][:_READ], found) for name, found in spans.items() if found}


def _spans(text: str, marks: Sequence[tuple[str, ...]]) -> list[Span]:
    """Where the marks are, in order, those that touch or overlap as one."""
    folded = list(map(_fold, text))
    whole = "".join(folded)
    found = (match.span(1) for match in _pattern(tuple(marks)).finditer(whole))
    if len(whole) == len(text) and "" not in folded:  # sign for sign, as most texts are
        return _merged(found)
    origin = [place for place, parts in enumerate(folded) for _ in parts]
    return _merged((origin[start], origin[end - 1] + 1) for start, end in found)


@lru_cache(maxsize=256)
def _pattern(marks: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """Finds the longest mark at each place. Whatever is no atom may stand between two; its time is linear in the text:
    long marks are sought in pieces, which touch where they follow each other.
    """
    pieces = {mark[start : start + _PIECE] for mark in marks for start in range(0, len(mark), _PIECE)}
    longest_first = sorted(pieces, key=lambda piece: (-len(piece), piece))
    return re.compile(f"(?=({'|'.join(_BETWEEN.join(map(_whole, piece)) for piece in longest_first)}))")


def _whole(atom: str) -> str:
    """The pattern of an atom that is not a part of another."""
    sign = next((sign for sign in (_DIGIT, _LETTER) if re.match(sign, atom)), None)
    return f"(?<!{sign}){re.escape(atom)}(?!{sign})" if sign else re.escape(atom)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


@lru_cache(maxsize=16_384)
def _fold(sign: str) -> str:
    return normalise(f"0{sign}0")[1:-1]


def _fragments(text: str, spans: Sequence[Span]) -> list[Fragment]:
    if len(text) <= _WHOLE:
        return [_cut(text, 0, len(text), spans)]
    fragments: list[Fragment] = []
    shown = 0
    for start, _ in spans:
        if start >= shown and len(fragments) < _FRAGMENTS:
            begin, shown = max(shown, start - _BEFORE), _end(spans, start)
            fragments.append(_cut(text, begin, shown, [span for span in spans if begin <= span[0] < shown]))
    return fragments


def _end(spans: Sequence[Span], start: int) -> int:
    """The end of the fragment that shows the mark at `start`: it cuts no mark in two."""
    return max(end for begin, end in spans if start <= begin < start + _AFTER) + _BEFORE


def _cut(text: str, begin: int, end: int, spans: Sequence[Span]) -> Fragment:
    fragment: Fragment = []
    for start, stop in spans:
        fragment += [(text[begin:start], False), (text[start:stop], True)]
        begin = stop
    return [piece for piece in [*fragment, (text[begin:end], False)] if piece[0]]
