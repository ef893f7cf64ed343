"""What a person typed, read once for both engines: words, exact phrases and exclusions. Never a query language.

The unit of matching is the atom: one Chinese character, one run of letters, one run of digits. A word or a phrase
is a sequence of atoms, and a text has it where they follow each other: an exact substring, whatever dictionary cut
the text. Dictionary words, those of titles, only move a hit up or down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from chinese import normalise, words

_HAN = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W\d_{_HAN}]"
"""A sign of a run of letters."""

ATOM = re.compile(rf"[{_HAN}]|\d+|{LETTER}+")
"""One atom of a normalised text."""

_HAN_RUN = re.compile(f"([{_HAN}]+)")

_LONGEST, _MOST = 1000, 24
"""Characters and words of a question that are read: a pasted complaint must not become a thousand clauses."""

_QUOTES = str.maketrans("“”„‟「」『』", '"' * 8)
_PART = re.compile(r'(-?)"([^"]*)"|(-?)([^\s",;!?。、…]+)')
_PARTICLES = frozenset("的了着吗呢吧啊呀么和与及在是到被请我你他她它")


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is asked for: its atoms, and itself as the dictionary has it."""

    atoms: tuple[str, ...]
    word: str


@dataclass(frozen=True, slots=True)
class Question:
    """Words (all of them, or most where none has all), phrases (always), and what must not occur."""

    words: tuple[Word, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()

    @property
    def ranks(self) -> bool:
        """True where something is asked for, so that one hit can be better than another."""
        return bool(self.words or self.phrases)

    @property
    def most(self) -> int:
        """How many of the words a hit must have where no ticket has them all: half, rounded up."""
        return (len(self.words) + 1) // 2

    @property
    def marks(self) -> tuple[tuple[str, ...], ...]:
        """What is marked in a hit's texts."""
        return (*self.phrases, *(word.atoms for word in self.words))


def atoms(text: str) -> tuple[str, ...]:
    """The atoms of any text, normalised."""
    return tuple(ATOM.findall(normalise(text)))


def parse(text: str) -> Question:
    """Read a question: words, "exact phrases" in any quotes, -excluded words and -"phrases". Never fails."""
    found: dict[str, dict[tuple[str, ...], Word]] = {"words": {}, "phrases": {}, "excluded": {}}
    for place, word in _parts(normalise(text[:_LONGEST]).translate(_QUOTES)):
        if word.atoms and len(found[place]) < _MOST:
            found[place].setdefault(word.atoms, word)
    return Question(tuple(found["words"].values()), tuple(found["phrases"]), tuple(found["excluded"]))


def alike(texts: Iterable[str]) -> Question:
    """The question for what has many of these words; a word without a sign that is searched for is passed over."""
    found = {word.atoms: word for text in texts if (word := Word(atoms(text), normalise(text))).atoms}
    return Question(tuple(islice(found.values(), _MOST)))


def _parts(text: str) -> Iterator[tuple[str, Word]]:
    for not_phrase, phrase, not_word, chunk in _PART.findall(text):
        if not_phrase or not_word:
            yield "excluded", Word(atoms(phrase or chunk), "")
        elif phrase:
            yield "phrases", Word(atoms(phrase), "")
        else:
            yield from (("words", Word(atoms(word), word)) for word in _cut(chunk))


def _cut(chunk: str) -> list[str]:
    """羊昌到新场镇的道路 → 羊昌, 新场镇, 道路. What has no Chinese in it, a number or a code, stays whole."""
    runs = (_cut_chinese(run) if _HAN_RUN.match(run) else [run] for run in _HAN_RUN.split(chunk) if run)
    return [word for cut in runs for word in cut] or [chunk]


def _cut_chinese(run: str) -> list[str]:
    kinds = groupby(words(run), key=_kind)
    return [word for kind, cut in kinds for word in _joined(kind, list(cut))]


def _kind(word: str) -> str:
    if len(word) > 1:
        return "word"
    return "particle" if word in _PARTICLES else "character"


def _joined(kind: str, run: list[str]) -> list[str]:
    """Characters that the dictionary could not join stand together: a name it does not know."""
    return {"word": run, "character": ["".join(run)], "particle": []}[kind]
