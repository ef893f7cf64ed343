"""What a topic is called: the most telling words that several of its callers say in a row, with the place before them.

Pure. Every word of a name that says anything was said by two callers or more, and by NEEDED of all, so that what only
one of them tells of himself is in no name; numbers of phones, IDs and plates, and what looks like a person's name, are
left out even then.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import rjieba

from chinese.caller import full_name, surname
from chinese.spoken import mask
from routing.gist import EMPTY, FUNCTION, PLACE_WORDS

NEEDED = 0.2
LONGEST, SHORTEST = 22, 4
"""Characters of a name without its place: at most, and at least, else the matter's name is taken."""

SECOND = 0.35
"""A second run of words is added where it tells so much of what the first tells."""

MOST_READ = 200
"""So many titles are read for a name, the newest."""

_NUMBER = re.compile("(?=.*\\d)[^\\W\u4e00-\u9fff]{5,}|\\d{3,}")
"""A word that tells a person or a door from others: an account, an order, a room, a plate without its province."""

_PLATE = re.compile("[\u4e00-\u9fff][A-Z][·. ]?[A-Z0-9]{5,6}(?![A-Z0-9])")
_OF_A_PERSON = re.compile("先生|女士|小姐|书记|局长|主任|老师|院长|校长|经理|老板|警官|医生|村长|师傅")
_NOT_SAID = "*"
_HAN = re.compile("[\u4e00-\u9fff]{3}")
_JOINING = frozenset("dpcurf")
"""Tags of words that say nothing alone: adverbs, prepositions, conjunctions, particles, pronouns, directions."""

_SAYS_WHAT = frozenset("va")
"""Tags of verbs and adjectives: a name without one says where, and the matter is put after it."""


class _Word(NamedTuple):
    text: str
    telling: bool
    """Says something, so that it must be said by several; a word that joins others need not be."""

    closed: bool
    """Never in a name: a person, a masked number, a sign."""


def name_of(titles: Sequence[tuple[str, str]], place: str, matter: str) -> str:
    """The name of a topic of (caller, title) of its tickets that may be quoted, newest first; `place` and `matter` are
    names or ''. The same for the same titles.
    """
    told = [(caller, _words(title)) for caller, title in titles[:MOST_READ]]
    share = _shares(told)
    first = _best({words for _, words in told}, share, frozenset())
    second = _best({words for _, words in told}, share, frozenset(first))
    name, more = _text(first), _text(second)
    if len(name) < SHORTEST:
        name = matter or name or "多人反映的事"
    elif _HAN.search(more) and _tells(second, share) >= SECOND * _tells(first, share) and len(name + more) < LONGEST:
        name += f"：{more}"
    elif matter and not (any(_tag(word)[0] in _SAYS_WHAT for word in first) or _tells_of(name, matter)):
        name += f"：{matter}"
    return name if not place or _says(name, place) else f"{place} {name}"


def _words(title: str) -> tuple[_Word, ...]:
    text = _PLATE.sub(_NOT_SAID, mask(title, whole=True))
    cut = rjieba.cut(text, False)
    following = [*(after for _, after in pairwise(cut)), ""]
    return tuple(_word(word, after) for word, after in zip(cut, following, strict=True))


def _word(word: str, after: str) -> _Word:
    silent = word in EMPTY or word in FUNCTION or _tag(word)[0] in _JOINING
    return _Word(word, not silent, not word.isalnum() or _is_number(word, after) or _is_person(word, after))


def _is_number(word: str, after: str) -> bool:
    """Whether the word is a number that is no line's, no road's and no year's."""
    return bool(_NUMBER.fullmatch(word)) and after not in PLACE_WORDS and after != "年"


def _is_person(word: str, after: str) -> bool:
    if _OF_A_PERSON.match(after) and surname(f"我姓{word}") == word:
        return True
    if after in PLACE_WORDS:
        return False
    return len(word) > 1 and full_name(f"我叫{word}") == word and _tag(word) == "nr"


@lru_cache(maxsize=10_000)
def _tag(word: str) -> str:
    """What part of speech the dictionary says that it is."""
    return str(rjieba.tag(word, False)[0][1]) or "x"


def _shares(told: Sequence[tuple[str, tuple[_Word, ...]]]) -> Mapping[str, float]:
    """Word → which share of the callers says it; of those that two of them and NEEDED of all say."""
    saying: defaultdict[str, set[str]] = defaultdict(set)
    for caller, words in told:
        for word in words:
            saying[word.text].add(caller)
    everybody = len({caller for caller, _ in told}) or 1
    return {
        word: len(callers) / everybody
        for word, callers in saying.items()
        if len(callers) >= 2 and len(callers) / everybody >= NEEDED
    }


def _best(titles: set[tuple[_Word, ...]], share: Mapping[str, float], without: frozenset[str]) -> list[str]:
    """The run of words that tells most; of equals the shortest, then the first in the alphabet."""
    runs = [run for words in titles for run in _runs(words, share, without)]
    return min(runs, key=lambda run: (-_tells(run, share), len(_text(run)), _text(run)), default=[])


def _runs(words: Sequence[_Word], share: Mapping[str, float], without: frozenset[str]) -> Iterator[list[str]]:
    """Runs of words of which each telling one is said by several, short enough, beginning and ending with such."""
    said = share.keys() - without
    fits = [not word.closed and (not word.telling or word.text in said) for word in words]
    for start, first in enumerate(words):
        if not (first.telling and fits[start]):
            continue
        run: list[str] = []
        for word, fit in zip(words[start:], fits[start:], strict=True):
            if not fit or len(_text(run)) + len(word.text) > LONGEST:
                break
            run.append(word.text)
            if word.telling:
                yield list(run)


def _tells(run: Sequence[str], share: Mapping[str, float]) -> float:
    return sum(share.get(word, 0.0) * len(word) for word in set(run) if word not in EMPTY and word not in FUNCTION)


def _text(run: Sequence[str]) -> str:
    return "".join(run)


def _tells_of(name: str, matter: str) -> bool:
    """Whether the name has three characters of the matter's in a row."""
    return any(matter[start : start + 3] in name for start in range(max(1, len(matter) - 2)))


def _says(name: str, place: str) -> bool:
    """Whether the name speaks of the place already, with or without 区, 县 and 镇."""
    short = place[:-1] if len(place) > 2 else place
    return short in name
