"""A year replayed: the whole of the published one, embedded, to the digit; its limit is five minutes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.figures import Figure, say
from bench.house import furnished
from hotline import db, replaying
from hotline.reports import Report

LIMIT_SECONDS = 300.0

PUBLISHED = {
    "dispatched": 12_934,
    "closed": 10_316,
    "satisfied": 8_469,
    "should_be_closed": 11_411,
    "closure_rate": 90.4,
    "satisfied_of_closed": 82.1,
}


def replay_year() -> Iterator[Figure]:
    """Seconds for the year of 12,934 tickets, tickets a second, and how many of the six figures are as published."""
    scenario = replaying.read_scenario("guiyang-2020")
    with furnished():
        start = time.perf_counter()
        done = replaying.replay(replaying.Asked(scenario, scenario.tickets))
        seconds = time.perf_counter() - start
        with db.reading() as session:
            report = replaying.report_of(session, scenario)
    say(replaying.compared(report, scenario))
    found = figures(report)
    yield Figure("replay_year", seconds, "s", LIMIT_SECONDS)
    yield Figure("replay_rate", done.messages / seconds, "tickets/s")
    yield Figure("replay_figures_wrong", sum(found[name] != value for name, value in PUBLISHED.items()), "count", 0)


def figures(report: Report) -> dict[str, float]:
    """Ours, under the names of PUBLISHED; rates as they are printed."""
    satisfied, closure = report.figure("satisfied_of_closed"), report.figure("closure_rate")
    return {
        "dispatched": report.counts["dispatched"],
        "closed": report.counts["closed"],
        "satisfied": satisfied.numerator or 0,
        "should_be_closed": closure.denominator or 0,
        "closure_rate": float(closure.shown().removesuffix(" %")),
        "satisfied_of_closed": float(satisfied.shown().removesuffix(" %")),
    }
