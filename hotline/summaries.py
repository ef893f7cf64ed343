"""The summary of a ticket's call or long message, by what was decided of its matter and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chinese import normalise
from hotline.knowledge import Knowledge
from routing.catalogue import DECISIVE, GAP
from routing.summary import Spoken, Summary, Telling, summarise

NOT_THERE = frozenset({"lives", "works", "denied"})
"""Roles of a place in a text that say that it is not the matter's."""


def summary_of(know: Knowledge, turns: Sequence[Spoken], matter: str | None, place: str | None) -> Summary:
    """The seven parts (routing.summary), for the decided `matter` and `place`, each a code or None."""
    return summarise(turns, _tells_place(know, place), _tells_matter(know, matter))


def _tells_place(know: Knowledge, place: str | None) -> Telling:
    """The finer a text names the place or what lies in it, the more; below 0 where it names only others."""
    gazetteer = know.router.gazetteer
    line = gazetteer.ancestors(place or "")

    def depth(code: str) -> int:
        above = gazetteer.ancestors(code)
        return len(above) if code in line or place in above else 0

    def tells(text: str) -> float:
        told = [found for found in gazetteer.find(text) if found.role not in NOT_THERE]
        points = sum(depth(found.place) * found.weight for found in told)
        return points or -float(any(len(gazetteer.ancestors(found.place)) > 1 for found in told))

    return tells


def _tells_matter(know: Knowledge, matter: str | None) -> Telling:
    """Three for each phrase of the matter that a text has, one for those of what lies above it in the catalogue."""
    phrases = list(_phrases(know, matter))

    def tells(text: str) -> float:
        return sum(points for points, parts in phrases if all(part in text for part in parts))

    return tells


def _phrases(know: Knowledge, matter: str | None) -> Iterator[tuple[float, list[str]]]:
    for code in know.matter_tree.ancestors(matter):
        for phrase in know.matters[code].phrases:
            yield 3.0 if code == matter else 1.0, [*map(normalise, phrase.removesuffix(DECISIVE).split(GAP))]
