"""The rates of the trade: metrics as data, their SQL over the history, and what people get of them.

`rates` is a report, `tickets_behind` the list behind each of its numbers, `grouped` the same by unit, matter, day and
the like, `compared` beside the period and the year before, `stages` how long each stage takes; `rate_line`,
`daily_volume` and `overdue_by_level` the course of things. Plain dataclasses: the web and the command line only dress
them.
"""

from hotline.reports.behind import (
    PARTS,
    Asked,
    Behind,
    Row,
    listed_behind,
    page_of,
    size_of,
    tickets_behind,
    tickets_counted,
)
from hotline.reports.comparing import Changes, Compared, CountChange, FigureChange, compared
from hotline.reports.course import (
    MAIN,
    DayVolume,
    LevelCount,
    Point,
    daily_volume,
    listed_overdue,
    overdue_by_level,
    rate_line,
)
from hotline.reports.groups import Group, Grouped, grouped
from hotline.reports.metrics import COUNTS, METRICS
from hotline.reports.rates import Figure, Report, rates, rates_of
from hotline.reports.scope import Scope, read_day, scope_of
from hotline.reports.stages import StageFigure, stages
from hotline.reports.units import UnitRow, UnitTable, by_unit

__all__ = [
    "COUNTS",
    "MAIN",
    "METRICS",
    "PARTS",
    "Asked",
    "Behind",
    "Changes",
    "Compared",
    "CountChange",
    "DayVolume",
    "Figure",
    "FigureChange",
    "Group",
    "Grouped",
    "LevelCount",
    "Point",
    "Report",
    "Row",
    "Scope",
    "StageFigure",
    "UnitRow",
    "UnitTable",
    "by_unit",
    "compared",
    "daily_volume",
    "grouped",
    "listed_behind",
    "listed_overdue",
    "overdue_by_level",
    "page_of",
    "rate_line",
    "rates",
    "rates_of",
    "read_day",
    "scope_of",
    "size_of",
    "stages",
    "tickets_behind",
    "tickets_counted",
]
