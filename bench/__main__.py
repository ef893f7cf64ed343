"""`python -m bench [--data FOLDER] [NAME …]`: JSON lines on standard output; 1 when a limit is missed.

Progress goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence

from bench import (
    classifier,
    duplicates,
    engines,
    house,
    lists,
    places,
    repeats,
    replay,
    reports,
    search_index,
    search_queries,
    tables,
    timers,
    web,
)
from bench.figures import Figure, say

MEASURES: dict[str, Callable[[], Figure | Iterable[Figure]]] = {
    measure.__name__: measure
    for measure in (
        web.intake_web,
        web.public_status,
        search_index.relay_elasticsearch,
        search_index.reindex_elasticsearch,
        search_index.index_lag_s,
        engines.route_ms,
        engines.route_batch_s,
        places.places_us,
        places.places_wrong,
        places.outlines_us,
        engines.deadline_us,
        engines.clocks_us,
        search_queries.search_elasticsearch,
        search_queries.search_embedded,
        reports.report_year,
        timers.timer_wave,
        timers.timer_backlog,
        timers.sweep_idle,
        lists.lists,
        tables.intake_embedded,
        tables.import_rows,
        tables.import_again,
        repeats.repeats_sqlite,
        repeats.repeats_postgres,
        duplicates.duplicates,
        duplicates.likeness_ms,
        replay.replay_year,
        classifier.classifier,
    )
}


def main(names: Sequence[str]) -> int:
    """Measure `names`, or everything; unknown names are told with the known ones.

    `--data FOLDER` names where the messages lie that are not part of the project.
    """
    if names[:1] == ["--data"] and len(names) > 1:
        os.environ[duplicates.VARIABLE], names = names[1], names[2:]
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
