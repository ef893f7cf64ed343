"""A label of a data file, as people write it, and the matter of the catalogue that it means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import chinese
from routing.decision import Matter

_BETWEEN = re.compile(r"\s*(?:->|=>|[›»>/→\\])\s*")
"""What people put between the names of a path: 城乡建设 › 供水 › 停水."""


class UnknownLabel(LookupError):
    """The catalogue has no such matter, or several; its text is the reason, in Chinese."""


class Labels:
    """Labels of one catalogue: codes, names, and paths from the first level down."""

    def __init__(self, matters: Iterable[Matter]) -> None:
        """Index codes, paths and names; every spelling compared in its normalised form."""
        self._exact: dict[str, str] = {}
        self._named: defaultdict[str, list[Matter]] = defaultdict(list)
        for matter in matters:
            self._exact[matter.code.casefold()] = matter.code
            self._exact[_path(matter.path)] = matter.code
            self._named[chinese.normalise(matter.name)].append(matter)

    def code_of(self, label: str) -> str:
        """The code that a label means: of one name at several levels the highest. Raises UnknownLabel."""
        said = chinese.normalise(label)
        exact = self._exact.get(said) or self._exact.get(_path(_BETWEEN.split(said)))
        if exact:
            return exact
        named = self._named.get(said, [])
        if not named:
            raise UnknownLabel(f"事项目录中没有“{label[:40]}”，请写目录中的名称、编码或全路径")
        highest = min(len(matter.path) for matter in named)
        found = [matter for matter in named if len(matter.path) == highest]
        if len(found) > 1:
            codes = "、".join(f"{' › '.join(matter.path)}（{matter.code}）" for matter in found[:3])
            raise UnknownLabel(f"“{label[:40]}”在目录中有 {len(found)} 个，请写编码或全路径，如 {codes}")
        return found[0].code


def _path(names: Iterable[str]) -> str:
    return "›".join(chinese.normalise(name).strip() for name in names)
