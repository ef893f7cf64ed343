"""A deadline without a ticket, for anyone who wants to check a rule: python -m hotline deadline.

A question is a mapping of the command's options by name: {"from": "2026-09-30T16:30+08:00", "days": 5}. Its answer is
the deadline, whether it is provisional, and its sum in Chinese. It needs no database and no settings: the calendar and
the policies are those that are shipped, or files that are named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from hotline.intake.inquiry import InvalidInput
from hotline.named import calendar_named, policy_named
from sla.calendar import Calendar, Due
from sla.counted import last_day, office_hours, provisional_years, working_days
from sla.policy import KINDS, URGENCIES, Allowance
from sla.values import CLOCKS
from sla.words import clock as clock_time
from sla.words import day, exact, minutes

LENGTHS = ("days", "hours", "minutes", "policy")
"""Exactly one of these says how long."""

ONLY_WITH_POLICY = ("kind", "clock", "urgency")
KEYS = ("from", *LENGTHS, "natural", *ONLY_WITH_POLICY, "calendar")
"""Every key of a question, and every option of the command."""

_INSTANT = timedelta(microseconds=1)
_MOST = {"days": 22_000, "hours": 530_000, "minutes": 32_000_000}
"""More than the calendar's sixty years; what is longer is refused before it is reckoned."""
_SECONDS = {"hours": 3600, "minutes": 60}

LINE = "line"
"""The field of an error that lies in a whole line."""

Question = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The deadline on the calendar's wall clock (a day's end is 00:00 of the next day), and its sum, a line each."""

    due_at: datetime
    provisional: bool
    sum: tuple[str, ...]

    def __str__(self) -> str:
        """The deadline in ISO 8601, with its offset."""
        return self.due_at.isoformat()

    def as_json(self) -> dict[str, Any]:
        """{"due_at": ISO 8601 with its offset, "provisional", "sum"}."""
        return {"due_at": str(self), "provisional": self.provisional, "sum": list(self.sum)}


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a deadline is reached from any start, said in `words`; `mode` as in sla.policy, or natural_days."""

    words: str
    mode: str
    due: Callable[[datetime], Due]
    from_next_day: bool = True
    basis: str = ""
    rivals: tuple[tuple[str, Due], ...] = ()


def answer(question: Question) -> Answer:
    """The deadline that a question asks for. InvalidInput names the option that is wrong and what to write."""
    for key in question:
        if key not in KEYS:
            raise InvalidInput(
                str(key), f"没有这一项，可用的有 {'、'.join(KEYS)}", f"is not known; these are: {', '.join(KEYS)}"
            )
    calendar = calendar_named(question.get("calendar"))
    start = _start(question.get("from"), calendar)
    length = _length(question)
    rule = (_by_policy if length == "policy" else _by_length)(question, length, start, calendar)
    due = _within(rule, start, length, calendar)
    return Answer(calendar.local(due.at), due.provisional, tuple(_lines(rule, start, due, calendar)))


def answers(lines: Iterable[bytes], defaults: Question, *, english: bool = False) -> Iterator[dict[str, Any]]:
    """An answer to each JSON line as it comes, or {"error": {"field", "message"}} in its place; empty lines are none.

    `defaults` stand where a line says nothing; a line's own length takes the place of theirs.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = _row(line, number)
            kept = {k: v for k, v in defaults.items() if k not in LENGTHS or not any(row.get(n) for n in LENGTHS)}
            yield answer(kept | row).as_json()
        except InvalidInput as error:
            yield {"error": {"field": error.field, "message": complaint(error, english=english)}}


def complaint(error: InvalidInput, *, english: bool = False, prefix: str = "") -> str:
    """One sentence that names the field, with `prefix` before its name (-- on the command line), and the remedy."""
    said = error.message["en" if english else "zh"]
    return said if error.field == LINE else f"{prefix}{error.field}{': ' if english else '：'}{said}"


def asked(options: Mapping[str, str | bool | None]) -> Question:
    """The question in a command line's options. What should be a number and is not stays as it is, to be refused."""
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    return {name: _typed(str(value)) if name in _MOST else value for name, value in given.items()}


def _typed(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


# Reading the question


def _row(line: bytes, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError):
        row = None
    if isinstance(row, dict):
        return row
    form = '{"from": "2026-09-30T16:30+08:00", "days": 5}'
    raise InvalidInput(LINE, f"第 {number} 行不是 JSON 对象，应如 {form}", f"line {number} is no JSON object: {form}")


def _start(value: object, calendar: Calendar) -> datetime:
    form = "2026-09-30T16:30+08:00"
    if value is None:
        raise InvalidInput("from", f"缺少起算时间，应如 {form}", f"is missing: write when it starts, such as {form}")
    try:
        start = _instant(value, calendar) if isinstance(value, str) else None
        reached = start is not None and calendar.covers(start)
    except (ValueError, OverflowError):
        start = None
    if start is None:
        raise InvalidInput(
            "from", f"“{value}”不是时间，应写成 ISO 8601，如 {form}", f"{value!r} is no time: write it like {form}"
        )
    if not reached:
        raise _outside("from", calendar)
    return start


def _instant(text: str, calendar: Calendar) -> datetime:
    """ISO 8601, a time of 24:00 too; without an offset it is the calendar's wall clock."""
    day, mark, time = text.strip().partition("T")
    ended = mark and time.startswith("24:00")
    start = datetime.fromisoformat(f"{day}T00:00{time.removeprefix('24:00')}" if ended else text.strip())
    start = start if start.tzinfo else start.replace(tzinfo=calendar.zone)
    return start + timedelta(days=1) if ended else start


def _length(question: Question) -> str:
    given = [name for name in LENGTHS if question.get(name) is not None]
    if len(given) == 1:
        return given[0]
    zh, en = "、".join(LENGTHS), ", ".join(LENGTHS)
    if given:
        raise InvalidInput(given[1], f"{zh} 只能给一个", f"only one of {en} may be given")
    raise InvalidInput("days", f"缺少期限，请在 {zh} 中给出一个", f"is missing: give one of {en}")


def _flag(question: Question, name: str) -> bool:
    value = question.get(name)
    if value is not None and type(value) is not bool:
        raise InvalidInput(name, "只能是 true 或 false", "must be true or false")
    return bool(value)


def _number(question: Question, name: str) -> Decimal:
    """Above 0; whole, but for hours."""
    value = question[name]
    number = Decimal(value) if type(value) is int or isinstance(value, Decimal) else Decimal(0)
    if number.is_finite() and number > 0 and (name == "hours" or number == number.to_integral_value()):
        return number
    if name == "hours":
        zh, en = "大于 0 的数，如 8 或 1.5", "write a number above 0, such as 8 or 1.5"
    else:
        zh, en = " 1 以上的整数，如 5", "write 1, 2, 3 or more"
    raise InvalidInput(name, f"“{value}”不行，须是{zh}", f"{value!s} will not do: {en}")


def _word(question: Question, name: str, known: Mapping[str, str], default: str | None = None) -> str:
    """A code, or the Chinese word for it."""
    value = question.get(name)
    if value is None and default:
        return default
    for code, word in known.items():
        if value in (code, word):
            return code
    listed = "、".join(f"{code}（{word}）" for code, word in known.items())
    found = "缺少" if value is None else f"不认识“{value}”"
    raise InvalidInput(name, f"{found}，可用的有 {listed}", f"one of {', '.join(known)} is needed")


def _outside(name: str, calendar: Calendar) -> InvalidInput:
    years = calendar.reach
    return InvalidInput(
        name,
        f"超出工作日历的范围，只能算 {years[0]} 年至 {years[1]} 年",
        f"leaves the calendar, which reaches from {years[0]} to {years[1]}",
    )


# Rules


def _by_length(question: Question, name: str, start: datetime, calendar: Calendar) -> _Rule:
    for key in ONLY_WITH_POLICY:
        if question.get(key) is not None:
            raise InvalidInput(key, "只能与 policy 一起用", "goes with policy only")
    number, natural = _number(question, name), _flag(question, "natural")
    if number > _MOST[name]:
        raise _outside(name, calendar)
    if name == "days":
        return _of_days(int(number), natural, calendar)
    span = timedelta(microseconds=int(number * _SECONDS[name] * 1_000_000))
    if not span:
        raise InvalidInput(name, "太短，不足一微秒", "is too short")
    said = f"{number.normalize():f}"
    if natural:
        words = f"{said} {'小时' if name == 'hours' else '分钟'}"
        return _Rule(words, "natural_minutes", lambda begin: Due(begin.astimezone(UTC) + span, provisional=False))
    words = f"{said} {'个工作小时' if name == 'hours' else '个工作分钟'}"
    return _Rule(words, "working_minutes", lambda begin: calendar.after_working_time(begin, span))


def _of_days(days: int, natural: bool, calendar: Calendar) -> _Rule:
    if natural:
        return _Rule(f"{days} 个自然日", "natural_days", lambda begin: calendar.after_days(begin, days))
    return _Rule(f"{days} 个工作日", "working_days", lambda begin: calendar.after_working_days(begin, days))


def _by_policy(question: Question, name: str, start: datetime, calendar: Calendar) -> _Rule:
    """The earliest of the policy's rows that fit, as for a ticket that starts the clock now."""
    if _flag(question, "natural"):
        raise InvalidInput("natural", "不能与 policy 一起用，怎样计算由办法规定", "does not go with policy")
    policy = policy_named(question[name], calendar.local(start).date())
    kind = _word(question, "kind", KINDS)
    urgency = _word(question, "urgency", URGENCIES, "normal")
    clock = _word(question, "clock", {c: CLOCKS.get(c, c) for c, _, _ in policy.chosen}, "resolve")
    try:
        ends = [(policy.due(each, start, calendar), each) for each in policy.allowances(clock, kind, urgency)]
    except ValueError as error:
        raise _outside(name, calendar) from error
    _, first = min(ends, key=lambda end: end[0].at)
    words = f"{CLOCKS.get(clock, clock)}时限，{KINDS[kind]}、{URGENCIES[urgency]}件，{_said(first)}"
    return _Rule(
        words,
        first.mode,
        lambda begin: policy.due(first, begin, calendar),
        policy.count_from_next_day,
        f"{policy.name}（{policy.code} 第 {policy.version} 版）",
        tuple((each.text, due) for due, each in ends) if len(ends) > 1 else (),
    )


def _said(allowance: Allowance) -> str:
    return f"{allowance.text}（{allowance.basis}）" if allowance.basis else allowance.text


def _within(rule: _Rule, start: datetime, name: str, calendar: Calendar) -> Due:
    try:
        due = rule.due(start)
    except (ValueError, OverflowError) as error:
        raise _outside(name, calendar) from error
    if not calendar.covers(due.at - _INSTANT):
        raise _outside(name, calendar)
    return due


# The sum


def _lines(rule: _Rule, start: datetime, due: Due, calendar: Calendar) -> Iterator[str]:
    yield f"期限：{rule.words}"
    yield f"起算：{_began(start, calendar)}"
    if rule.rivals:
        ends = "；".join(f"{words}至 {exact(end.at, calendar)}" for words, end in rule.rivals)
        yield f"同时适用：{ends}；取较早者"
    yield from _counted(rule, start, due, calendar)
    yield f"时限：{exact(due.at, calendar)}"
    yield f"依据：{rule.basis + '，' if rule.basis else ''}工作日历 {calendar.version}"
    if due.provisional:
        yield provisional_years(calendar.local(start).date(), last_day(due.at, calendar), calendar)


def _began(start: datetime, calendar: Calendar) -> str:
    local = calendar.local(start)
    return f"{local.year}年{day(local)} {clock_time(start, calendar)}"


def _counted(rule: _Rule, start: datetime, due: Due, calendar: Calendar) -> Iterator[str]:
    match rule.mode:
        case "working_days" | "own_date":
            begun = calendar.local(start).date()
            first = begun + timedelta(days=rule.from_next_day)
            yield "起算当日不计，次日起计" if rule.from_next_day else "自起算当日起计"
            yield from working_days(first, last_day(due.at, calendar), calendar, begun.year)
        case "working_minutes":
            yield from office_hours(start, due.at, calendar)
        case "natural_days":
            yield f"按自然日连续计算，周末和节假日都计，起算当日不计：共 {rule.words}"
        case "natural_minutes":
            yield f"昼夜连续计算，夜间、周末和节假日都计：共 {minutes(due.at - start)}"
        case "same_day":
            yield "当日办结：到当日 24:00 为止，周末和节假日不顺延"
        case "months":
            yield "按月连续计算，周末和节假日都计：期满月的对应日为最后一日"
