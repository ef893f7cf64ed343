"""The life of an index: one is live, another may be built beside it, and the one before is kept for a way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.digests import Stamp, Tally
from search.documents import Document, Page, Query, Unavailable


@dataclass(frozen=True, slots=True)
class Life:
    """What there is, by the names of the indices; None where there is none.

    `fits`: the live one is of the form that this code writes. `filling`: it was made empty and is not whole yet.
    """

    live: str | None
    building: str | None
    kept: str | None
    fits: bool
    filling: bool


class Damaged(Unavailable):
    """The index is there and cannot be read: clear it, and fill it again."""


class NothingKept(LookupError):
    """There is no index to go back to, or it has another form than this code writes."""


class Index(Protocol):
    """One index: what is written to it and read from it. Every call ends in its time or raises Unavailable."""

    def put(self, documents: Iterable[Document]) -> None:
        """Write in bulk, idempotently, by external version: an older one than the index has, or has taken out, never
        wins. The next bulk is made while the last is on its way.
        """

    def remove(self, versions: Mapping[int, int]) -> None:
        """Take documents out, id → the version that is taken out (erasure of a person, or an orphan). One may come
        back only with a higher version.
        """

    def versions(self, ids: Sequence[int]) -> dict[int, int]:
        """The indexed version of each id that is there."""

    def tallies(self) -> dict[int, Tally]:
        """The tally of each block of ids (see `digests`) in which there is a document; as of the last refresh."""

    def stamps(self, block: int) -> dict[int, Stamp]:
        """Version and digest of each document of a block; as of the last refresh."""

    def refresh(self) -> None:
        """Make what was put visible to search now."""

    def count(self) -> int:
        """How many documents are there."""


class Engine(Index, Protocol):
    """What both engines do: the live index, and what becomes of it. What is put or removed goes into the one that is
    built beside, too, from whatever process.
    """

    def search(self, query: Query) -> Page:
        """Find; the reader's right in `visible_to` always holds. BadCursor, or ValueError on an unknown sort."""

    def prepare(self) -> None:
        """Make an empty index, to be filled, where none is; safe to call at any time."""

    def clear(self) -> None:
        """Put an empty index, to be filled, in the place of the live one, a damaged one too."""

    def life(self) -> Life:
        """What there is now."""

    def filled(self) -> None:
        """The live index is whole again."""

    def build(self, kept: bool = False) -> Index:
        """The index beside the live one: the one under way where it fits, else a fresh one, or with `kept` the one
        before, which then is no longer kept. Raises NothingKept.
        """

    def swap(self) -> None:
        """The one beside becomes live, in one step for whoever searches; the live one is kept, an older one dropped."""

    def abandon(self) -> None:
        """Drop the one beside, if there is one."""
