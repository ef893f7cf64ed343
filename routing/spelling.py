"""Names in a text: longest match over a fixed list, quick enough for every message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import ahocorasick

from chinese import normalise


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found at text[start:end], with the codes of all that bear it, in the order they were given."""

    name: str
    start: int
    end: int
    codes: tuple[str, ...]


class Names:
    """A list of (name, code) to be found in texts. `decoys` are words that win over the names they overlap.

    Names are found as they are spelt and as `chinese.normalise` spells them.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], decoys: Iterable[str] = ()) -> None:
        """Index all spellings; a single character is no name: it would match anywhere."""
        self._codes: dict[str, tuple[str, ...]] = dict.fromkeys(decoys, ())
        for name, code in pairs:
            for spelling in (name, normalise(name)):
                known = self._codes.get(spelling, ())
                self._codes[spelling] = known if code in known else (*known, code)
        self._automaton = ahocorasick.Automaton()
        for name in self._codes:
            if len(name) > 1:
                self._automaton.add_word(name, name)
        self._automaton.make_automaton()

    def find(self, text: str) -> list[Mention]:
        """Mentions that do not overlap, in order; where they overlap the longer wins, then a decoy."""
        taken = bytearray(len(text))
        kept = []
        for mention in sorted(self._all(text), key=_precedence):
            if not any(taken[mention.start : mention.end]):
                taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
                kept.append(mention)
        return sorted((mention for mention in kept if mention.codes), key=lambda one: one.start)

    def _all(self, text: str) -> Iterator[Mention]:
        """The longest name at each position, decoys among them (they have no codes)."""
        if not len(self._automaton):
            return
        longest = {end - len(name) + 1: name for end, name in self._automaton.iter(text)}
        for start, name in longest.items():
            yield Mention(name, start, start + len(name), self._codes[name])


def _precedence(mention: Mention) -> tuple[int, bool, int]:
    return mention.start - mention.end, bool(mention.codes), mention.start
