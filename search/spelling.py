"""Did you mean: 羊常镇 → 羊昌镇, 公积斤 → 公积金. From words that everybody may know, and never from tickets: a
suggestion must not tell what stands in a ticket that its reader may not see.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product

from chinese import normalise, words
from search.sounds import sounds

_SHORTEST, _LONGEST = 2, 8
_EDITED_FROM = 4
"""Signs of a word that may have one sign wrong, missing or too many, however it sounds."""

_READ = 200
_MOST_SOUNDS = 16
_RUN = re.compile("[\u3400-\u9fff]+")


class Spelling:
    """The known words, by how they sound and by what is left when a sign is taken out."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = {normal for word in vocabulary if _RUN.fullmatch(normal := normalise(word))}
        self._known = {word for word in self._known if _SHORTEST <= len(word) <= _LONGEST}
        self._sounding: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._left: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            for sound in _sounds(word):
                self._sounding[sound].append(word)
            if len(word) >= _EDITED_FROM:
                for left in {word, *_less(word)}:
                    self._left[left].append(word)

    def corrected(self, text: str) -> str | None:
        """The text with its unknown words put right, or None where none of them is like a known one. How a word sounds
        says more than how it is written.
        """
        normal = normalise(text)[:_READ]
        for better in (self._sounds_like, self._written_like):
            right = self._right(normal, better)
            if right != normal:
                return right
        return None

    def _right(self, text: str, better: Callable[[str], str | None]) -> str:
        return _RUN.sub(lambda run: "".join(self._read(run[0], better)), text)

    def _read(self, run: str, better: Callable[[str], str | None]) -> Iterator[str]:
        """The run piece by piece: the longest that is a word, or is meant to be one."""
        known, at = self._known | {word for word in words(run) if len(word) > 1}, 0
        while at < len(run):
            ends = range(min(at + _LONGEST + 1, len(run)), at + _SHORTEST - 1, -1)
            pieces = ((run[at:end], run[at:end] if run[at:end] in known else better(run[at:end])) for end in ends)
            piece, right = next(((piece, right) for piece, right in pieces if right), (run[at], run[at]))
            yield right
            at += len(piece)

    def _sounds_like(self, piece: str) -> str | None:
        """The known word that sounds so, if half of its signs are right."""
        alike = {word for sound in _sounds(piece) for word in self._sounding.get(sound, ())}
        return _nearest(piece, (word for word in alike if _shared(word, piece) >= math.ceil(len(word) / 2)))

    def _written_like(self, piece: str) -> str | None:
        """The known word of which one sign is wrong, missing or too many."""
        if len(piece) < _EDITED_FROM:
            return None
        return _nearest(piece, {word for left in (piece, *_less(piece)) for word in self._left.get(left, ())})


def _nearest(piece: str, candidates: Iterable[str]) -> str | None:
    return max(candidates, key=lambda word: (_shared(word, piece), word), default=None)


def _sounds(word: str) -> Iterator[tuple[str, ...]]:
    return islice(product(*map(sounds, word)), _MOST_SOUNDS)


def _less(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _shared(one: str, other: str) -> int:
    return sum(a == b for a, b in zip(one, other, strict=False))
