"""What the router reads of a message: its words as they were meant, without the fillers and slips of speech."""

from __future__ import annotations

import re

from chinese import corrected, fluent, normalise
from routing.places import Gazetteer

SMALL_TALK = re.compile(r"信号不(?:太|大)?好[^。!?]{0,4}(?:[。,]|再|等|听)|听得到(?:吗|不)|不好意思")
"""About the call itself, never the matter."""


AS_WRITTEN = {
    "没得": "没有",
    "莫得": "没有",
    "啷个": "怎么",
    "咋个": "怎么",
    "啥子": "什么",
    "么子": "什么",
    "哪点": "哪里",
    "晓得": "知道",
}
"""Speech of the south-west as it is written, of the same length, so that places in the text stay."""

SPOKEN = re.compile("|".join(AS_WRITTEN))


def meant(text: str, gazetteer: Gazetteer) -> str:
    """Normalised, fluent, in written words; of a place and its slip (白云区,哦不对,是乌当区) only the right one."""
    written = SPOKEN.sub(lambda word: AS_WRITTEN[word[0]], fluent(normalise(text)))
    return corrected(written, find=lambda part: [(one.start, one.end) for one in gazetteer.find(part)])


def without_small_talk(text: str) -> str:
    """What is said about the call itself struck out, each character by a sign, so that places in the text stay."""
    return SMALL_TALK.sub(lambda talk: "_" * len(talk[0]), text)
