"""`python -m bench [NAME …]`: JSON lines on standard output, progress on standard error; 1 when a limit is missed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from bench import engines, house, tables, timers, web
from bench.figures import Figure, say

MEASURES: dict[str, Callable[[], Figure | Sequence[Figure]]] = {
    measure.__name__: measure
    for measure in (
        web.intake_web,
        web.public_status,
        tables.relay_elasticsearch,
        engines.route_ms,
        engines.deadline_us,
        engines.clocks_us,
        timers.timer_wave,
        timers.timer_backlog,
        timers.sweep_idle,
        tables.intake_embedded,
        tables.import_rows,
        tables.import_again,
    )
}


def main(names: Sequence[str]) -> int:
    """Measure `names`, or everything; unknown names are told with the known ones."""
    if unknown := set(names) - set(MEASURES):
        say(f"no such measure: {', '.join(sorted(unknown))}; there are {', '.join(MEASURES)}")
        return 2
    missed = False
    with house.servers():
        for name in names or MEASURES:
            measured = MEASURES[name]()
            for figure in (measured,) if isinstance(measured, Figure) else measured:
                print(figure.line(), flush=True)
                missed |= not figure.kept
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
