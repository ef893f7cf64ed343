"""A worker as Celery keeps it, warm and waiting: a sweep round for each line that it is sent; clocks and seconds."""

from __future__ import annotations

import sys
import time

from hotline import db, rounds
from hotline.knowledge import knowledge


def main() -> None:
    """Get ready, say so, then go round at each line until there are no more."""
    with db.reading() as session:
        knowledge(session)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while sys.stdin.readline():
        start = time.perf_counter()
        taken = rounds.sweep_round()
        sys.stdout.write(f"{taken} {time.perf_counter() - start}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
