"""When messages come: the year's growth, the week, holidays and the hours of the day, drawn with a seed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from hotline.knowledge import ZONE
from hotline.replaying.scenario import Scenario
from sla.calendar import Calendar

_LAST_CALL = timedelta(hours=22)
"""On the last day nobody writes after this: a message of 23:59 is handed to a unit the day after the period."""


def arrivals(scenario: Scenario, count: int, calendar: Calendar, draw: Random) -> list[datetime]:
    """`count` moments (UTC, whole seconds) within the scenario's days, in order."""
    days = days_of(scenario)
    weights = [weight_of(scenario, day, calendar) for day in days]
    by_hour = list(accumulate(scenario.arrivals["hours"]))
    chosen = draw.choices(days, cum_weights=list(accumulate(weights)), k=count)
    moments = (_moment(day, by_hour, draw) for day in chosen)
    return sorted(_in_time(scenario, at, draw) for at in moments)


def days_of(scenario: Scenario) -> list[date]:
    """Every day of the period, both ends included."""
    count = (scenario.last - scenario.first).days + 1
    return [scenario.first + timedelta(days=number) for number in range(count)]


def weight_of(scenario: Scenario, day: date, calendar: Calendar) -> float:
    """How many messages a day draws against others: between the middles of two months the growth is even; a made-up
    working day is as busy as a Thursday, a holiday on a weekday is quiet.
    """
    weekdays = scenario.arrivals["weekdays"]
    weekday = float(weekdays[day.weekday()])
    if calendar.is_working_day(day) and day.weekday() > 4:
        weekday = float(weekdays[3])
    elif not calendar.is_working_day(day) and day.weekday() < 5:
        weekday = float(scenario.arrivals["holiday"])
    return _growth(scenario, day) * weekday


def _growth(scenario: Scenario, day: date) -> float:
    months = scenario.arrivals["months"]
    middle = day.replace(day=15)
    other = (middle + timedelta(days=30 if day > middle else -30)).replace(day=15)
    here = float(months[f"{middle:%Y-%m}"])
    there = float(months.get(f"{other:%Y-%m}", here))
    part = abs((day - middle).days) / abs((other - middle).days)
    return here * (1 - part) + there * part


def _moment(day: date, by_hour: list[float], draw: Random) -> datetime:
    [hour] = draw.choices(range(24), cum_weights=by_hour)
    seconds = timedelta(hours=hour, seconds=draw.randrange(3600))
    return (datetime.combine(day, time(), ZONE) + seconds).astimezone(UTC)


def _in_time(scenario: Scenario, at: datetime, draw: Random) -> datetime:
    latest = datetime.combine(scenario.last, time(), ZONE) + _LAST_CALL
    return at if at < latest else latest.astimezone(UTC) - timedelta(seconds=draw.randrange(36_000))
