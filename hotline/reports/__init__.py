"""The rates of the trade: metrics as data, their SQL over the history, and what people get of them.

`rates` is a report, `tickets_behind` the list behind each of its numbers, `by_unit` the same per unit, `monthly_line`
and `daily_volume` its course. Plain dataclasses; the web and the command line only dress them.
"""

from hotline.reports.behind import Behind, tickets_behind, tickets_counted
from hotline.reports.metrics import COUNTS, METRICS
from hotline.reports.rates import Figure, Report, rates
from hotline.reports.scope import Scope, scope_of

__all__ = [
    "COUNTS",
    "METRICS",
    "Behind",
    "Figure",
    "Report",
    "Scope",
    "rates",
    "scope_of",
    "tickets_behind",
    "tickets_counted",
]
