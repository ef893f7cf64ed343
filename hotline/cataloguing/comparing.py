"""What differs between two documents, row by row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hotline.cataloguing.documents import PARTS, Document, Row


class Changed(NamedTuple):
    """A row that is in both documents, and not the same: the numbers of the rows count in the new one."""

    number: int
    before: Row
    after: Row

    @property
    def fields(self) -> list[str]:
        """The fields that differ."""
        every = {**self.before, **self.after}
        return [name for name in every if self.before.get(name) != self.after.get(name)]


class Difference(NamedTuple):
    """What differs in one part."""

    part: str
    added: list[Row]
    removed: list[Row]
    changed: list[Changed]

    @property
    def rows(self) -> int:
        """How many rows differ."""
        return len(self.added) + len(self.removed) + len(self.changed)


def differences(old: Document, new: Document) -> list[Difference]:
    """What is in the one and not in the other, part by part. A responsibility is the same one where matter, place and
    first day are; of several such, the lead.
    """
    return [_difference(part, old.part(part), new.part(part)) for part in PARTS]


def _difference(part: str, old: Sequence[Row], new: Sequence[Row]) -> Difference:
    before, after = _keyed(old), _keyed(new)
    numbers = {id(row): number for number, row in enumerate(new, 1)}
    return Difference(
        part,
        added=[row for key, row in after.items() if key not in before],
        removed=[row for key, row in before.items() if key not in after],
        changed=[
            Changed(numbers[id(row)], before[key], row)
            for key, row in after.items()
            if key in before and before[key] != row
        ],
    )


def _keyed(rows: Iterable[Row]) -> dict[Any, Row]:
    found: dict[Any, Row] = {}
    for row in rows:
        key = (row["code"],) if "code" in row else (row["matter"], row["place"], row["effective_from"])
        found[(*key, row["lead"]) if key in found else key] = row
    return found
