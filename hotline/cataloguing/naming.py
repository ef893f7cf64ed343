"""Names for codes and codes for names: matters with their path, places with what they lie in, units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from hotline.cataloguing.documents import Document, Row
from hotline.intake.inquiry import InvalidInput
from routing.catalogue import parent_of

ARROW = " › "


class NamedUnit(Protocol):
    """What a unit is called; hotline.models.Unit is one."""

    code: str
    name: str
    short_name: str
    aliases: list[Any]


class Names:
    """The names of one document's matters and places, and of the units."""

    def __init__(self, content: Document, units: Iterable[NamedUnit]) -> None:
        self._units = list(units)
        self._shown = {
            "matter": _paths(content.matters),
            "place": _full_places(content.places),
            "unit": {unit.code: unit.name for unit in self._units},
        }
        self._codes: dict[str, dict[str, list[str]]] = {kind: defaultdict(list) for kind in self._shown}
        for kind, rows in (("matter", content.matters), ("place", content.places)):
            for row in rows:
                self._call(kind, row["code"], (self._shown[kind][row["code"]], row["name"]))
        for unit in self._units:
            self._call("unit", unit.code, (unit.name, unit.short_name, *unit.aliases))

    def _call(self, kind: str, code: str, names: Iterable[str]) -> None:
        for name in dict.fromkeys(_plain(name) for name in (code, *names)):
            if code not in self._codes[kind][name]:
                self._codes[kind][name].append(code)

    def also(self, newer: Document) -> Names:
        """These, and what the rows of a newer document are called; its names are shown."""
        made = Names(newer, self._units)
        for kind, codes in self._codes.items():
            for name, old in codes.items():
                found = made._codes[kind][name]
                found += [code for code in old if code not in found]
            made._shown[kind] = {**self._shown[kind], **made._shown[kind]}
        return made

    def name(self, field: str, code: str) -> str:
        """What a code is called in full, or an empty text: field is matter, place, lead or assisting."""
        return self._shown[_kind(field)].get(code, "")

    def code(self, field: str, name: str) -> str:
        """The one code of a name (or code). Raises InvalidInput where there is none, or several."""
        codes = self._codes[_kind(field)].get(_plain(name), [])
        full = [code for code in codes if _plain(self.name(field, code)) == _plain(name) or code == name]
        found = full if len(full) == 1 else codes
        if len(found) == 1:
            return found[0]
        what = {"matter": "事项", "place": "地点"}.get(field, "单位")
        if not found:
            zh = f"没有叫“{name[:40]}”的{what}，请核对，或改写编码"
            raise InvalidInput(field, zh, f"nothing is called {name[:40]!r}")
        zh = f"叫“{name[:40]}”的{what}有 {len(found)} 个（{'、'.join(found[:5])}），请写编码"
        raise InvalidInput(field, zh, f"{name[:40]!r} may be {', '.join(found[:5])}: give the code")

    def agree(self, field: str, codes: str | Sequence[str], names: str | Sequence[str]) -> bool:
        """True where each name may stand for the code in its place."""
        many = [codes] if isinstance(codes, str) else list(codes)
        said = [names] if isinstance(names, str) else list(names)
        known = self._codes[_kind(field)]
        return len(many) == len(said) and all(
            code == name or code in known.get(_plain(name), ()) for code, name in zip(many, said, strict=True)
        )


def _kind(field: str) -> str:
    return field if field in ("matter", "place") else "unit"


def _plain(name: str) -> str:
    return "".join(name.split())


def _paths(rows: Iterable[Row]) -> dict[str, str]:
    names = {row["code"]: row["name"] for row in rows}

    def path(code: str | None) -> list[str]:
        return [*path(parent_of(code)), names.get(code, code)] if code else []

    return {code: ARROW.join(path(code)) for code in names}


def _full_places(rows: Sequence[Row]) -> dict[str, str]:
    """乌当区羊昌镇: a place with what it lies in, without the city."""
    places = {row["code"]: row for row in rows}
    return {code: _full(code, places) for code in places}


def _full(code: str, places: Mapping[str, Row]) -> str:
    line: list[str] = []
    at: str | None = code
    while at in places and at not in line and at is not None:
        line.append(at)
        at = places[at]["parent"]
    told = [places[each]["name"] for each in reversed(line) if places[each]["level"] != "city"]
    return "".join(told) or places[code]["name"]
