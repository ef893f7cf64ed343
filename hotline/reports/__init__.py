"""The rates of the trade: metrics as data, their SQL over the history, and what people get of them.

`rates` is a report, `tickets_behind` the list behind each of its numbers, `by_unit` the same per unit, `rate_line`,
`daily_volume` and `overdue_by_level` the course of things. Plain dataclasses: the web and the command line only dress
them.
"""

from hotline.reports.behind import Behind, tickets_behind, tickets_counted
from hotline.reports.course import (
    MAIN,
    DayVolume,
    LevelCount,
    Point,
    daily_volume,
    overdue_by_level,
    rate_line,
)
from hotline.reports.metrics import COUNTS, METRICS
from hotline.reports.rates import Figure, Report, rates, rates_of
from hotline.reports.scope import Scope, read_day, scope_of
from hotline.reports.units import UnitRow, UnitTable, by_unit

__all__ = [
    "COUNTS",
    "MAIN",
    "METRICS",
    "Behind",
    "DayVolume",
    "Figure",
    "LevelCount",
    "Point",
    "Report",
    "Scope",
    "UnitRow",
    "UnitTable",
    "by_unit",
    "daily_volume",
    "overdue_by_level",
    "rate_line",
    "rates",
    "rates_of",
    "read_day",
    "scope_of",
    "tickets_behind",
    "tickets_counted",
]
