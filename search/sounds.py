"""How Chinese sounds, in Latin letters: for who types 乌当区 as wdq or wudangqu, and for what is written as it sounds.

A sign has every reading that the dictionary knows of it (长 is chang and zhang), whatever word it stands in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its readings of phrases take each process a second to load

from pypinyin import Style, pinyin

_LONGEST = 40
"""Letters that are read of what was typed."""

_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"))
_ALIKE_ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@lru_cache(maxsize=16_384)
def readings(sign: str) -> tuple[str, ...]:
    """All readings of one sign, without tones, the commonest first; the sign itself where it has none."""
    return tuple(dict.fromkeys(pinyin(sign, style=Style.NORMAL, heteronym=True)[0]))


@lru_cache(maxsize=16_384)
def sounds(sign: str) -> tuple[str, ...]:
    """The readings of a sign with those told apart no more that many people do not tell apart: zh and z, n and l, ang
    and an.
    """
    return tuple(dict.fromkeys(_folded(reading) for reading in readings(sign)))


def _folded(reading: str) -> str:
    for wide, narrow in _ALIKE:
        if reading.startswith(wide):
            reading = narrow + reading.removeprefix(wide)
            break
    for wide, narrow in _ALIKE_ENDS:
        if reading.endswith(wide):
            return reading.removesuffix(wide) + narrow
    return reading


def spelt(name: str, letters: str) -> int:
    """How many signs of the name, from its beginning, the letters spell: by first letters, whole readings, or both
    mixed. 0 where they do not.
    """
    reached = {0}
    for count, sign in enumerate(name, 1):
        reached = {
            at + len(part)
            for at in reached
            for reading in readings(sign)
            for part in _parts(reading.casefold())
            if letters.startswith(part, at)
        }
        if len(letters) in reached:
            return count
        if not reached:
            return 0
    return 0


def _parts(reading: str) -> Iterator[str]:
    yield reading[:1]
    if reading[:2] in ("zh", "ch", "sh"):
        yield reading[:2]
    yield reading


def named(letters: str, names: Mapping[str, Sequence[str]]) -> list[str]:
    """The codes of what the letters name, of code → names: those spelt to the end first, then the shorter the rest."""
    typed = letters.casefold()
    if not (2 <= len(typed) <= _LONGEST and typed.isascii() and typed.isalpha()):
        return []
    left = {code: rest for code, each in names.items() if (rest := _rest(each, typed)) is not None}
    return sorted(left, key=lambda code: (left[code], code))


def _rest(names: Iterable[str], typed: str) -> int | None:
    """The fewest signs that are left of a name, or None where no name begins so."""
    return min((len(name) - count for name in names if (count := spelt(name, typed))), default=None)
