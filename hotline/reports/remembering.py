"""Periods that are over, remembered by the process that counted them: a page beside last month asks for no month twice.

What was true at their end is true for ever, so nothing need be told to forget it but what writes the past itself: a
recount, and acts at a simulated time. Another process's recount is noticed within minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from hotline import db, facts
from hotline.reports.scope import Scope

SETTLED = timedelta(hours=1)
"""So long after its end a period is over: whatever began before midnight has been committed or given up by then."""

MOST, SECONDS = 32, 600.0
Found = TypeVar("Found")
_known: OrderedDict[tuple[Any, ...], tuple[float, Any]] = OrderedDict()
_lock = Lock()


def remembered(session: Session, scope: Scope, count: Callable[[Session, Scope], Found]) -> Found:
    """What `count` says of the scope; asked anew where it is not over yet, or minutes ago."""
    if "now" in session.info or scope.cut_off > db.now(session) - SETTLED:
        return count(session, scope)
    key = (str(session.get_bind().engine.url), facts.pasts, count.__name__, scope)
    with _lock:
        found = _known.get(key)
    if found is None or monotonic() - found[0] > SECONDS:
        found = monotonic(), count(session, scope)
        with _lock:
            _known[key] = found
            _known.move_to_end(key)
            while len(_known) > MOST:
                _known.popitem(last=False)
    return found[1]


def forget() -> None:
    """Whoever asks next counts."""
    with _lock:
        _known.clear()
