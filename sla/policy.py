"""A policy: how long each clock may run, how it counts, when it escalates, and the numbers of the guards.

Policies are data (seeds/policies/*.json): cities differ, and their differences are rows. An allowance row
says for which kinds and urgencies it holds (left out: all); every row that fits a ticket applies and the
earliest deadline wins, so that "same day, and by kind" is simply two rows. A policy that leaves any kind or
urgency without a row for one of the seven clocks of REQUIRED is refused: no ticket may be without a deadline.
Which set a ticket runs under is said by the sets' `applies_to` (choice.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import date, datetime
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from sla.calendar import Calendar, Due

KINDS = {
    "consultation": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "report": "举报",
    "suggestion": "建议",
    "praise": "表扬",
    "other": "其他",
    "information_request": "依申请公开",
    "motion": "建议提案",
    "assignment": "交办",
}
"""Kinds of ticket that have deadlines, the three with policies of their own last (rules.md, Words)."""

URGENCIES = {"normal": "一般", "urgent": "紧急", "utilities": "水电气热讯故障"}
"""Urgencies, each with clocks of its own (rules.md, Clocks)."""

MODES = {
    "working_days": "{} 个工作日",
    "working_minutes": "{} 个工作分钟",
    "natural_minutes": "{} 分钟",
    "same_day": "当日",
    "months": "{} 个月",
    "own_date": "{} 个工作日",
}
"""How an allowance counts, and how it is said. `own_date`: the ticket's own date, or else N working days."""

LEVELS = ("warn", "urge", "supervise", "circulate")
"""The escalation ladder from below: 预警, 催办, 督办, 通报."""

REQUIRED = ("dispatch", "accept", "contact", "resolve", "review", "follow_up", "decide")
"""Clocks that every policy must have rows for. Without rows for `assist`, the lead unit's deadline is everybody's."""

WITHOUT_CITIZEN = ("motion", "assignment")
"""Kinds that no citizen waits for: they may go without a row for `contact`, and then without that clock."""

WITH_ROWS = (*REQUIRED, "assist")
WITH_LADDERS = (*WITH_ROWS, "supervise")

TELL = {"holder": "承办方", "leader": "承办单位审核人", "supervisor": "督办人员"}
"""Who may be told of a step: who holds the clock (the unit, or the hotline's desk), its leader, the managers."""

BY = {"desk": "工作台", "feed": "通知接口"}
"""How they may be told: on their page, and by the feed that a city's own SMS or office system reads."""

CRITERIA = ("kind", "urgency", "matter", "source", "unit")
"""By what a policy set is chosen for a ticket."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One row: `amount` in the unit of `mode` (working days, minutes, months; unused by same_day)."""

    mode: str
    amount: int = 0
    basis: str = ""

    @property
    def text(self) -> str:
        """The allowance as people say it: 15 个工作日, 2 个工作小时, 24 小时, 当日."""
        return _said(self.mode, self.amount)

    @property
    def working(self) -> bool:
        """True where the clock's own time is office time."""
        return self.mode in ("working_days", "working_minutes", "own_date")


@cache
def _said(mode: str, amount: int) -> str:
    if mode.endswith("_minutes") and amount % 60 == 0:
        return MODES[mode].format(amount // 60).replace("分钟", "小时")
    return MODES[mode].format(amount)


class Telling(NamedTuple):
    """Who is told of a step, and how: codes of TELL and of BY."""

    tell: tuple[str, ...]
    by: tuple[str, ...]


class Ladder(NamedTuple):
    """An escalation ladder: `levels` in order, the first of them at `percents` of the allowance,
    the others so many `working_days` after the deadline; `telling` stands beside each level.
    """

    levels: tuple[str, ...]
    percents: tuple[int, ...]
    working_days: tuple[int, ...]
    telling: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class Guards:
    """The numbers that published rules put on the life cycle."""

    return_working_days: int
    return_working_days_complex: int
    dispatches_before_designation: int
    extension_max_count: int
    extension_max_working_days: int
    follow_up_tries: int
    mended_within_working_days: int
    suspension_max_count: int = 1
    suspension_max_working_days: int = 30
    urges_per_day: int = 1
    supervise_working_days: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One version of one policy set; make it with `parse`.

    `closing` expires working days when the office closes instead of at 24:00.
    """

    code: str
    name: str
    source: str
    version: str
    effective_from: date
    count_from_next_day: bool
    closing: bool
    guards: Guards
    ladders: Mapping[str, Ladder]
    chosen: Mapping[tuple[str, str, str], tuple[Allowance, ...]]
    applies_to: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Policy:
        """Read the shape of seeds/policies/*.json; ValueError names the policy and the key that is wrong."""
        try:
            return _policy(document)
        except ValueError as error:
            raise ValueError(f"policy {document.get('code', '?')}: {error}") from error

    @property
    def stamp(self) -> str:
        """Code and version, as clocks carry it: guangdong-2022@1."""
        return f"{self.code}@{self.version}"

    def allowances(self, clock: str, kind: str, urgency: str) -> tuple[Allowance, ...]:
        """Every row that fits, at least one; ValueError for an unknown clock, kind or urgency."""
        try:
            return self.chosen[clock, kind, urgency]
        except KeyError:
            raise ValueError(f"policy {self.code} knows no {clock} for {kind}, {urgency}") from None

    def optional(self, clock: str, kind: str, urgency: str) -> tuple[Allowance, ...]:
        """As `allowances`, none where no row fits: no contact without a citizen; assisting units without rows of their
        own have the lead's deadline.
        """
        return self.chosen.get((clock, kind, urgency), ())

    def ladder(self, clock: str) -> Ladder:
        """The escalation ladder of a clock: its own, or the default one."""
        return self.ladders.get(clock) or self.ladders["default"]

    def due(self, allowance: Allowance, start: datetime, calendar: Calendar) -> Due:
        """When an allowance that begins at `start` is used up."""
        match allowance.mode:
            case "working_minutes":
                return calendar.after_working_minutes(start, allowance.amount)
            case "natural_minutes":
                return calendar.after_minutes(start, allowance.amount)
            case "same_day":
                return calendar.same_day(start)
            case "months":
                return calendar.after_months(start, allowance.amount, from_next_day=self.count_from_next_day)
        return calendar.after_working_days(
            start, allowance.amount, from_next_day=self.count_from_next_day, closing=self.closing
        )


def return_window_ends(dispatched_at: datetime, complex: bool, policy: Policy, calendar: Calendar) -> datetime:
    """Until when (inclusive) a unit may hand a dispatch back; later it must handle it."""
    guards = policy.guards
    days = guards.return_working_days_complex if complex else guards.return_working_days
    return policy.due(Allowance("working_days", days), dispatched_at, calendar).at


def mend_window_ends(evaluated_at: datetime, policy: Policy, calendar: Calendar) -> datetime:
    """Until when (inclusive) a bad evaluation counts as put right (mended_rate)."""
    days = policy.guards.mended_within_working_days
    return policy.due(Allowance("working_days", days), evaluated_at, calendar).at


# Reading the data: each function is told the path of what it reads, so that errors can name it


def _policy(document: Mapping[str, Any]) -> Policy:
    counting = _get(document, "counting", dict, "")
    return Policy(
        code=_get(document, "code", str, ""),
        name=_get(document, "name", str, ""),
        source=_get(document, "source", str, ""),
        version=_get(document, "version", str, ""),
        effective_from=_date(document, "effective_from"),
        count_from_next_day=_get(counting, "from_next_day", bool, "counting"),
        closing=_one_of(counting, "expires", ("end_of_day", "closing"), "counting") == "closing",
        guards=_guards(_get(document, "guards", dict, "")),
        ladders=_ladders(_get(document, "ladders", dict, "")),
        chosen=_chosen(_get(document, "clocks", dict, "")),
        applies_to=_applies_to(document.get("applies_to", [])),
    )


def _applies_to(rows: Any) -> tuple[Mapping[str, str], ...]:
    if not isinstance(rows, list):
        raise ValueError(f"applies_to: a list is needed, not {rows!r}")  # noqa: TRY004 - bad data is one kind of error
    return tuple(_criteria(_mapping(row, f"applies_to[{i}]"), f"applies_to[{i}]") for i, row in enumerate(rows))


def _criteria(row: Mapping[str, Any], path: str) -> Mapping[str, str]:
    _only(row, CRITERIA, path)
    if not row:
        raise ValueError(f"{path}: one of {', '.join(CRITERIA)} is needed")
    for name, known in (("kind", KINDS), ("urgency", URGENCIES)):
        if name in row:
            _one_of(row, name, known, path)
    return {name: _get(row, name, str, path) for name in row}


def _guards(row: Mapping[str, Any]) -> Guards:
    names = Guards.__dataclass_fields__
    _only(row, names, "guards")
    needed = [name for name, field in names.items() if field.default is MISSING or name in row]
    return Guards(**{name: _count(row, name, "guards") for name in needed})


def _ladders(rows: Mapping[str, Any]) -> dict[str, Ladder]:
    _only(rows, ("default", *WITH_LADDERS), "ladders")
    _get(rows, "default", list, "ladders")
    return {clock: _ladder(_get(rows, clock, list, "ladders"), f"ladders.{clock}") for clock in rows}


def _ladder(rows: Sequence[Any], path: str) -> Ladder:
    steps = [_step(_mapping(row, f"{path}[{i}]"), f"{path}[{i}]") for i, row in enumerate(rows)]
    levels = tuple(level for level, _, _ in steps)
    telling = tuple(
        _telling(row, level, f"{path}[{i}]") for i, (row, level) in enumerate(zip(rows, levels, strict=True))
    )
    order = [(after, amount) for _, after, amount in steps]
    if order != sorted(order) or len(set(levels)) != len(levels):
        raise ValueError(f"{path}: each level once, the earliest step first, is needed")
    percents = tuple(amount for after, amount in order if not after)
    return Ladder(levels, percents, tuple(amount for after, amount in order if after), telling)


def _telling(row: Mapping[str, Any], level: str, path: str) -> Telling:
    """Who is told of a step; where the row does not say, from 督办 on everybody is [rules.md, Escalation]."""
    everybody = level in ("supervise", "circulate")
    tell = _codes(row, "tell", TELL, path) if "tell" in row else tuple(TELL) if everybody else ("holder",)
    return Telling(tuple(tell), tuple(_codes(row, "by", BY, path)))


def _step(row: Mapping[str, Any], path: str) -> tuple[str, bool, int]:
    """The level, whether it comes after the deadline, and its percent or working days."""
    _only(row, ("level", "percent", "working_days", "tell", "by"), path)
    level = _one_of(row, "level", LEVELS, path)
    if "percent" not in row:
        return level, True, _count(row, "working_days", path, least=0)
    percent = _count(row, "percent", path)
    if percent >= 100 or "working_days" in row:
        raise ValueError(f"{path}.percent: below 100, and without working_days, is needed")
    return level, False, percent


def _chosen(clocks: Mapping[str, Any]) -> dict[tuple[str, str, str], tuple[Allowance, ...]]:
    _only(clocks, WITH_ROWS, "clocks")
    found: dict[tuple[str, str, str], tuple[Allowance, ...]] = {}
    for clock in WITH_ROWS:
        for i, row in enumerate(_get(clocks, clock, list, "clocks") if clock in REQUIRED or clock in clocks else ()):
            path = f"clocks.{clock}[{i}]"
            allowance = _allowance(_mapping(row, path), path)
            for pair in product(_codes(row, "kinds", KINDS, path), _codes(row, "urgencies", URGENCIES, path)):
                found[clock, *pair] = (*found.get((clock, *pair), ()), allowance)
    for key in product(REQUIRED, KINDS, URGENCIES):
        if key not in found and not (key[0] == "contact" and key[1] in WITHOUT_CITIZEN):
            raise ValueError(f"clocks.{key[0]}: no row for kind {key[1]} and urgency {key[2]}")
    return found


def _allowance(row: Mapping[str, Any], path: str) -> Allowance:
    _only(row, ("kinds", "urgencies", "mode", "amount", "basis"), path)
    mode = _one_of(row, "mode", MODES, path)
    amount = 0 if mode == "same_day" else _count(row, "amount", path)
    return Allowance(mode, amount, row.get("basis", ""))


def _codes(row: Mapping[str, Any], key: str, known: Mapping[str, str], path: str) -> Sequence[str]:
    codes: Sequence[str] = _get(row, key, list, path) if key in row else list(known)
    for code in codes:
        if code not in known:
            raise ValueError(f"{path}.{key}: {code!r} is none of {', '.join(known)}")
    return codes


def _get(row: Mapping[str, Any], key: str, kind: type, path: str) -> Any:
    name = f"{path}.{key}".lstrip(".")
    if key not in row:
        raise ValueError(f"{name} is missing")
    if type(row[key]) is not kind:
        raise ValueError(f"{name}: {kind.__name__} is needed, not {row[key]!r}")
    return row[key]


def _count(row: Mapping[str, Any], key: str, path: str, least: int = 1) -> int:
    value: int = _get(row, key, int, path)
    if value < least:
        raise ValueError(f"{path}.{key}: {least} or more is needed, not {value}")
    return value


def _one_of(row: Mapping[str, Any], key: str, known: Any, path: str) -> str:
    value: str = _get(row, key, str, path)
    if value not in known:
        raise ValueError(f"{path}.{key}: {value!r} is none of {', '.join(known)}")
    return value


def _date(row: Mapping[str, Any], key: str) -> date:
    text = _get(row, key, str, "")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _mapping(row: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(f"{path}: an object is needed, not {row!r}")  # noqa: TRY004 - bad data is one kind of error
    return row


def _only(row: Mapping[str, Any], known: Any, path: str) -> None:
    for key in row:
        if key not in known:
            raise ValueError(f"{path}.{key} is not known; {', '.join(known)} are")
