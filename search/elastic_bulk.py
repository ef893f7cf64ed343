"""Bulks with back-pressure: a server that refuses or is slow gets smaller bulks and time, never a tight loop.

What was refused for want of room is sent again, and only that. After quick answers the bulks grow again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from elasticsearch import ApiError, ConnectionTimeout, Elasticsearch

from search.documents import Unavailable

LARGEST, LEAST = 500, 20
SLOW_SECONDS, QUICK_SECONDS = 5.0, 1.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
PATIENCE = 6
"""A bulk may take, and an overloaded server be waited for, this many times the timeout of a search."""

_ANSWER = "items.*._id,items.*.status,items.*.error.type,items.*.error.reason"
_CROWDED = (429, 413)
_SETTLED = (409,)
"""The index has a newer version: nothing is left to do."""

Operation = bytes
"""One document's lines of a bulk, ready to be sent."""


class Refused(Unavailable):
    """The index took the bulk and refused documents in it, for another reason than their version or its load."""


class Missing(Unavailable):
    """There is no index behind the alias."""


class Waiting:
    """For a server that took nothing the last time: twice as long each time, and not for ever."""

    def __init__(self, patience: float) -> None:
        """`patience` in seconds."""
        self._next, self._until = FIRST_WAIT, time.monotonic() + patience

    def again(self, left: int) -> None:
        """Wait. Raises Unavailable when the patience is at its end."""
        if time.monotonic() + self._next > self._until:
            raise Unavailable(f"Elasticsearch is overloaded: {left} documents wait")
        time.sleep(self._next)
        self._next = min(2 * self._next, LONGEST_WAIT)


class Bulk:
    """Bulks to one server, from any thread. `size` is how many documents go in one, as the server bears it now."""

    def __init__(self, client: Elasticsearch, timeout: float) -> None:
        """`timeout` is that of a search, in seconds."""
        self.size = LARGEST
        self._patience = timeout * PATIENCE
        self._client = client.options(request_timeout=self._patience)

    def send(self, alias: str, operations: Sequence[Operation]) -> None:
        """Send all. Raises Missing, Refused, or Unavailable where the server stays overloaded."""
        left, waited = list(operations), Waiting(self._patience)
        while left:
            part, rest = left[: self.size], left[self.size :]
            crowded = self._once(alias, part)
            left = crowded + rest
            if len(crowded) < len(part):
                waited = Waiting(self._patience)
            if crowded:
                self.size = max(LEAST, self.size // 2)
                waited.again(len(left))

    def _once(self, alias: str, part: list[Operation]) -> list[Operation]:
        """One bulk; what the server had no room for."""
        began = time.monotonic()
        try:
            lines: list[Any] = [*part]  # ready made, which the client sends as they are
            answered = self._client.bulk(index=alias, operations=lines, require_alias=True, filter_path=_ANSWER)
        except ConnectionTimeout:
            self.size = max(LEAST, self.size // 2)
            raise
        except ApiError as error:
            if error.meta.status in _CROWDED and error.error != "cluster_block_exception":
                return part
            raise
        self._learn(time.monotonic() - began)
        said = [line for item in answered.get("items", ()) for line in item.values()]
        _complain([line for line in said if "error" in line and line["status"] not in (*_SETTLED, *_CROWDED)])
        return [operation for operation, line in zip(part, said, strict=True) if _is_crowded(line)]

    def _learn(self, seconds: float) -> None:
        if seconds > SLOW_SECONDS:
            self.size = max(LEAST, self.size // 2)
        elif seconds < QUICK_SECONDS:
            self.size = min(LARGEST, self.size * 2)


def _is_crowded(line: dict[str, Any]) -> bool:
    if line["status"] not in _CROWDED or "error" not in line:
        return False
    if line["error"]["type"] == "cluster_block_exception":  # a full disk: it does not pass by waiting a little
        raise Refused(f"Elasticsearch takes no writes: {line['error']['reason']}")
    return True


def _complain(refused: list[dict[str, Any]]) -> None:
    if any(line["error"]["type"] == "index_not_found_exception" for line in refused):
        raise Missing("there is no index behind the alias")
    if refused:
        raise Refused(f"Elasticsearch refused {len(refused)} documents, the first: {refused[0]}")
