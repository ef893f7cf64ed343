"""docs/figures.md: every figure in words, printed from the tables that the reports are made of.

`python -m hotline.reports.glossary > docs/figures.md`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from hotline.reports.grouping import NAMES
from hotline.reports.groups import JUDGED
from hotline.reports.metrics import COUNTS, METRICS, Metric
from hotline.reports.stages import STAGES
from sla.values import CLOCKS, UNITS_CLOCKS

HEAD = """\
# Figures

Printed by `python -m hotline.reports.glossary > docs/figures.md` from `hotline/reports/metrics.py` and its neighbours;
a test holds it current.

Every figure is given with its numerator and its denominator, and opens to the list of its tickets. An empty denominator
gives an empty value, never 0 % or 100 %. The numerator counts members of the denominator. All is judged at the cut-off:
24:00 of the last day in Asia/Shanghai, or this moment while that day is not over; what happened later changes no report
of before. `HOTLINE_ROUNDING` says whether a city rounds (`half_up`) or truncates (`truncate`).

## Metrics

| id | 指标 | 分子 | 分母 | 不含 | 统计口径 | 单位 |
|---|---|---|---|---|---|---|"""

COUNTS_HEAD = """\
## Counts

`dispatched` = `closed` + `open_within_limits` + `open_past_deadline`. Those after `reopened_open` are in no rate of
tickets: they are what the exclusions name.

| id | 数量 |
|---|---|"""

REST = """\
## Narrowed, grouped, compared

A scope is two days and, if wanted, a unit, a peer group of units, a matter or a place with all below them, a kind, a
source, the agent who opened the ticket, and only what is assessed. Rows are made by
{groupings}; a row of units, matters or places is what lies right under the one that is asked for.

{judged}。

Comparisons (环比, 同比) hold a period against the one before and against the same a year before. Whole calendar months
are held against as many whole months, a month under way against the same days of the month before, anything else
against as many days before. Each side is judged at its own end; while the period runs, the others are cut when as much
of theirs had gone by. Rates differ in percentage points, times in their hours, volumes in per cent; where a side is
empty, so is the difference.

## Stages

Median and p90 of each clock that was due in the period and was met, in working and in natural hours. Of a unit only
those that units keep are told.

| id | 环节 | 由谁负责 |
|---|---|---|
{stages}

## Targets

Rows of the city: a metric, for all, for a peer group or for a unit (the nearest wins), a value, and the day from which
it is in force. A figure shows the target of its period's last day. `python -m hotline target list` and `target set`, or
`/api/v1/reports/targets`; each change is an event. Of {falling} less is better: their target is a most.

## Exports

A list behind a number, or a grouped table, as csv or xlsx: right `export`, with a reason. The event `export` in the
chain of whoever takes it names who, why, the filter, how many rows and the SHA-256 of the bytes. No cell is run as a
formula, and no name, telephone, address or text of a citizen is in it."""


def document() -> str:
    """The whole text of docs/figures.md."""
    parts = [HEAD, *map(_line, METRICS), "", COUNTS_HEAD, *_counts(), "", REST.format(**_words())]
    return "\n".join(parts) + "\n"


def _line(metric: Metric) -> str:
    cells = (f"`{metric.key}`", metric.name, metric.numerator, metric.denominator, metric.excluded, metric.cohort)
    return _row((*cells, metric.unit))


def _counts() -> Iterator[str]:
    return (_row((f"`{key}`", name)) for key, name in COUNTS.items())


def _words() -> dict[str, str]:
    keepers = (_row((f"`{name}`", CLOCKS[name], "承办单位" if name in UNITS_CLOCKS else "热线")) for name in STAGES)
    falling = dict.fromkeys(f"`{metric.id}`" for metric in METRICS if metric.falling)
    return {
        "groupings": "、".join(f"{name} `{code}`" for code, name in NAMES.items()),
        "judged": JUDGED,
        "stages": "\n".join(keepers),
        "falling": ", ".join(falling),
    }


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(document())
