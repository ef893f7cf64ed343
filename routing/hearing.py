"""What the router reads of a message: its words as they were meant, without the fillers and slips of speech."""

from __future__ import annotations

import re

from chinese import corrected, fluent, normalise
from routing.places import Gazetteer

SMALL_TALK = re.compile(r"信号不(?:太|大)?好[^。!?]{0,4}(?:[。,]|再|等|听)|听得到(?:吗|不)|不好意思")
"""About the call itself, never the matter."""


def meant(text: str, gazetteer: Gazetteer) -> str:
    """Normalised and fluent; of a place and its correction (白云区,哦不对,是乌当区) only the right one is left."""
    return corrected(fluent(normalise(text)), find=lambda part: [(one.start, one.end) for one in gazetteer.find(part)])


def without_small_talk(text: str) -> str:
    """What is said about the call itself struck out, each character by a sign, so that places in the text stay."""
    return SMALL_TALK.sub(lambda talk: "_" * len(talk[0]), text)
