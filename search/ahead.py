"""Work that waits on somebody else, one piece after the other, while the next piece is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(work: Callable[[T], None], pieces: Iterable[T]) -> None:
    """Do `work` on each piece in order, in a thread of its own; the caller's thread makes the next piece meanwhile.
    What goes wrong in either is raised, and no further piece is begun.
    """
    done: Future[None] | None = None
    with ThreadPoolExecutor(1) as worker:
        for piece in pieces:
            if done:
                done.result()
            done = worker.submit(work, piece)
        if done:
            done.result()
