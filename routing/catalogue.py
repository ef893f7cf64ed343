"""The catalogue of matters 事项: rows as they stand in JSON in, checked Matter values out.

A code tells its own place: two digits per level, joined by hyphens. `05` is a category, `05-06` a group of
it, `05-06-01` a leaf. Only leaves are matters a ticket should end at; the two upper levels carry general
words, which hold a message to its category when no leaf is meant clearly. A code is never used again for
something else, since tickets and responsibilities point at it: a new matter goes to the end of its group.

A row is `{"code", "name", "phrases"}` and, where they apply, `"kind"` and `"urgency"` (codes of
routing.decision), `"shared"`: phrases that stand on purpose under several nodes and say so under each, and
`"examples"`: a few whole messages, as people would write them.
A phrase is a word or two, found as written, or a pair with `…` between: two words near each other, in either
order, as people speak: 身份证…丢 is in 我昨天把身份证弄丢了. With `!` at its end a phrase is decisive: it settles
the matter whatever else is told along with it, as 吃拿卡要 does in a letter about a building permit.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from routing.decision import KINDS, URGENCIES, Matter

LEVELS = 3
GAP = "…"
DECISIVE = "!"
CODE = re.compile(r"\d\d(-\d\d){0,2}")

FIELDS: Mapping[str, tuple[str | None, ...]] = {
    "code": (),
    "name": (),
    "phrases": (),
    "shared": (),
    "examples": (),
    "kind": (None, *KINDS),
    "urgency": (None, *URGENCIES),
}
"""The fields of a row, with their values where these are a closed list."""

Row = Mapping[str, object]


class CatalogueError(ValueError):
    """The rows are no catalogue; `faults` lists every fault found, one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        """Keep the faults and say them all at once, so that one look mends the file."""
        super().__init__("\n".join(faults))
        self.faults = faults


def parent_of(code: str) -> str | None:
    """The code one level up, or None for a category."""
    return code.rpartition("-")[0] or None


def category_of(code: str) -> str:
    """The two digits of the category a code belongs to."""
    return code[:2]


def load(rows: Iterable[Row]) -> tuple[Matter, ...]:
    """Matters in the order of their codes; CatalogueError with all faults where a rule above is broken."""
    rows = list(rows)
    if faults := [*_bad_rows(rows)]:
        raise CatalogueError(faults)
    if faults := [*_bad_tree(rows), *_bad_phrases(rows)]:
        raise CatalogueError(faults)
    names = {str(row["code"]): str(row["name"]) for row in rows}
    return tuple(_matter(row, names) for row in sorted(rows, key=lambda row: str(row["code"])))


def read(folder: Path) -> tuple[Matter, ...]:
    """Load every `*.json` of a folder, each a list of rows, as one catalogue; none → CatalogueError."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise CatalogueError([f"no catalogue: no *.json in {folder}"])
    return load(row for file in files for row in json.loads(file.read_text("utf-8")))


def _texts(row: Row, field: str) -> tuple[str, ...]:
    value = row.get(field)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _spoken(row: Row, field: str) -> tuple[str, ...]:
    """The phrases as people say them, without the sign of the decisive."""
    return tuple(phrase.removesuffix(DECISIVE) for phrase in _texts(row, field))


def _path(code: str | None, names: Mapping[str, str]) -> tuple[str, ...]:
    return (*_path(parent_of(code), names), names[code]) if code else ()


def _matter(row: Row, names: Mapping[str, str]) -> Matter:
    code, kind, urgency = str(row["code"]), row.get("kind"), row.get("urgency")
    return Matter(
        code=code,
        name=names[code],
        path=_path(code, names),
        parent=parent_of(code),
        phrases=_texts(row, "phrases") + _texts(row, "shared"),
        kind=None if kind is None else str(kind),
        urgency=None if urgency is None else str(urgency),
        examples=_texts(row, "examples"),
    )


def _bad_rows(rows: list[Row]) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        code = row.get("code")
        if not isinstance(code, str) or not CODE.fullmatch(code):
            yield f"row {number}: code {code!r} is not of the form 05, 05-06 or 05-06-01"
        if not isinstance(row.get("name"), str) or not row["name"]:
            yield f"row {number}: {code} has no name"
        for field in ("kind", "urgency"):
            if row.get(field) not in FIELDS[field]:
                yield f"row {number}: {code} has the unknown {field} {row[field]!r}"
        for field in ("phrases", "shared", "examples"):
            if not _is_list_of_texts(row.get(field, [])):
                yield f"row {number}: {code} has {field} that are no list of texts"
        yield from (f"row {number}: {code} has the unknown field {field}" for field in row if field not in FIELDS)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _bad_tree(rows: list[Row]) -> Iterator[str]:
    counts = Counter(str(row["code"]) for row in rows)
    parents = {parent_of(code) for code in counts}
    yield from (f"{code} stands {count} times" for code, count in counts.items() if count > 1)
    yield from (f"{parent} has children but no row" for parent in sorted(parents - {None, *counts}, key=str))
    for code in sorted(set(counts) - parents):
        if code.count("-") + 1 < LEVELS:
            yield f"{code} has no children, and only level {LEVELS} may be without"


def _bad_phrases(rows: list[Row]) -> Iterator[str]:
    owners: dict[str, list[str]] = {}
    shared: dict[str, set[str]] = {}
    for row in rows:
        code = str(row["code"])
        for phrase in _spoken(row, "phrases") + _spoken(row, "shared"):
            owners.setdefault(phrase, []).append(code)
        for phrase in _spoken(row, "shared"):
            shared.setdefault(phrase, set()).add(code)
    for phrase, codes in owners.items():
        if len(phrase.replace(GAP, "")) < 2:
            yield f"{phrase!r} under {codes[0]} is a single character"
        if phrase.count(GAP) > 1 or not all(phrase.split(GAP)):
            yield f"{phrase} under {codes[0]} is no pair: one {GAP} between two words"
        if len(set(codes)) < len(codes):
            yield f"{phrase} stands twice under one of {', '.join(codes)}"
        elif len(codes) > 1 and shared.get(phrase, set()) != set(codes):
            yield f"{phrase} stands under {', '.join(codes)} and is not marked as shared by each"
        elif len(codes) == 1 and phrase in shared:
            yield f"{phrase} is marked as shared under {codes[0]} alone"
