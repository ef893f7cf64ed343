"""Text to words, with the dictionary of rjieba and the names that the house adds.

No guessing of unknown words (rjieba's HMM): it glues 羊昌到 together in one sentence and not in the next, and
a query must be cut as the document was. Names that matter are added with `add_words` instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import rjieba

from chinese.text import normalise

_CODE = re.compile(r"(?<![0-9a-z])([0-9a-z]++(?:[-._][0-9a-z]++)+)")
"""What rjieba would cut at its dots and dashes."""

_adding = Lock()
_added: set[str] = set()
_segmenter: Any = None


def add_words(names: Iterable[str]) -> None:
    """Teach every later cut of this process the names of places, units and the like; known ones cost nothing.

    rjieba refuses a new word while another thread is cutting, so a new segmenter is made (0.1 s) and put in
    place of the old: add all names in one call.
    """
    global _segmenter  # noqa: PLW0603 - one dictionary for the process, swapped whole
    with _adding:
        new = {word for name in names if len(word := normalise(name)) > 1} - _added
        if not new:
            return
        segmenter = rjieba.Jieba()
        for word in sorted(_added | new):
            segmenter.add_word(word, None, None)
        _added.update(new)
        _segmenter = segmenter


def tokens(text: str, *, normal: bool = False) -> list[str]:
    """The normalised words with their useful sub-words (停车 车场 停车场), in order, without punctuation.

    Numbers and codes stay whole (2.5, 138-0013-8000, a座). Repeats stay: a classifier counts them. `normal` says that
    the text is normalised already, which spares a third of the time.
    """
    return _cut((_segmenter or rjieba).cut_for_search, text if normal else normalise(text))


def words(text: str, *, normal: bool = False) -> list[str]:
    """The words without sub-words, for a query: no character is in two of them. `normal` as for `tokens`."""
    return _cut((_segmenter or rjieba).cut, text if normal else normalise(text))


def _cut(how: Callable[[str, bool], list[str]], text: str) -> list[str]:
    codes_between = enumerate(_CODE.split(text))
    parts = ([part] if place % 2 else how(part, False) for place, part in codes_between)
    return [word for part in parts for word in part if word.isalnum() or any(map(str.isalnum, word))]
