"""A year's days as a person writes them, a line each, or as the State Council's notice has them.

    10月1日—10月7日 休 国庆节
    10月10日 班 国庆节
    七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。

A weekday that is written is checked against the date. What cannot be read is an InvalidInput with the line's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from hotline.intake.inquiry import InvalidInput, InvalidInputs

LONGEST_SPAN = timedelta(days=40)
MOST_LINES = 120
WEEKDAYS = "一二三四五六日"

_DAY = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:\((?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])[^)]{0,10}\))?",
    re.ASCII,
)
_JOINED = re.compile(r"\s*(?:至|到|[-—–－~～]{1,2})\s*")
_SHORT = re.compile(r"(?P<days>.+?)\s+(?P<what>休|班)\s+(?P<name>\S.*)")
_NOTICE = re.compile(r"(?:\(?[一二三四五六七八九十\d]{1,3}[、.)]\s*)?(?P<name>[^:\d]{1,30}):(?P<rest>.+)")
_WORDS = (("放假", "holidays"), ("休息", "holidays"), ("上班", "makeups"))


class _Wrong(ValueError):
    """What is wrong with a line, in Chinese and in English."""


def read_notice(year: int, text: str) -> dict[str, dict[str, str]]:
    """{holidays: {date: name}, makeups: {date: name}} of the lines. Raises InvalidInput with field `days`."""
    days: dict[str, dict[str, str]] = {"holidays": {}, "makeups": {}}
    wrong: list[InvalidInput] = []
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        raise _problem(MOST_LINES, f"一年最多 {MOST_LINES} 行", f"a year has {MOST_LINES} lines at most")
    for number, line in enumerate(lines, 1):
        try:
            for what, day, name in _read_line(year, _plain(line)):
                _put(days, what, day, name)
        except _Wrong as error:
            wrong.append(_problem(number, *error.args))
    if wrong:
        raise InvalidInputs(wrong) if len(wrong) > 1 else wrong[0]
    return {what: dict(sorted(found.items())) for what, found in days.items()}


def write_notice(year: int, days: Mapping[str, Any]) -> str:
    """The days as `read_notice` reads them, a line for each stretch of days with one name."""
    found = [
        (date.fromisoformat(day), word, name)
        for key, word in (("holidays", "休"), ("makeups", "班"))
        for day, name in days.get(key, {}).items()
    ]
    found.sort()
    lines = []
    keyed = enumerate(found)
    for _, run in groupby(keyed, key=lambda each: (each[1][1:], each[1][0].toordinal() - each[0])):
        stretch = [each for _, each in run]
        first, last = stretch[0], stretch[-1]
        to = f"—{_said(year, last[0])}" if last is not first else ""
        lines.append(f"{_said(year, first[0])}{to} {first[1]} {first[2]}")
    return "\n".join(lines)


def _said(year: int, day: date) -> str:
    return ("" if day.year == year else f"{day.year}年") + f"{day.month}月{day.day}日"


def _problem(number: int, zh: str, en: str) -> InvalidInput:
    return InvalidInput("days", f"第 {number} 行：{zh}", f"line {number}: {en}")


def _plain(line: str) -> str:
    return line.translate(str.maketrans("（）：．　", "():. ")).strip()


def _read_line(year: int, line: str) -> Iterator[tuple[str, date, str]]:
    if not line:
        return
    short = _SHORT.fullmatch(line)
    notice = None if short else _NOTICE.fullmatch(line)
    if short:
        what = {"休": "holidays", "班": "makeups"}[short["what"]]
        yield from ((what, day, short["name"].strip()) for day in _read_days(year, short["days"]))
    elif notice:
        yield from _read_sentences(year, notice["name"].strip(), notice["rest"])
    else:
        raise _Wrong(
            "看不懂，请写成“10月1日—10月7日 休 国庆节”或“10月10日 班 国庆节”，中间留空格",
            "write 10月1日—10月7日 休 NAME, or 10月10日 班 NAME, with spaces between",
        )


def _read_sentences(year: int, name: str, rest: str) -> Iterator[tuple[str, date, str]]:
    """The sentences of a notice about one holiday: those that let off, and those that call to work."""
    found = False
    for sentence in re.split(r"[。;；]", rest):
        word = next(((w, what) for w, what in _WORDS if w in sentence), None)
        if word is None:
            continue
        found = True
        yield from ((word[1], day, name) for day in _read_days(year, sentence.partition(word[0])[0]))
    if not found:
        raise _Wrong("没有“放假”或“上班”，请写明哪天放假、哪天上班", "it says neither 放假 nor 上班")


def _read_days(year: int, text: str) -> Iterator[date]:
    """Every day of a text such as 9月26日(周日)、10月9日(周六), or 10月1日(周五)至7日(周四)."""
    found, last, end = False, None, 0
    for match in _DAY.finditer(text):
        between, day = text[end : match.start()], _date(year, match, last)
        end = match.end()
        if last is not None and _JOINED.fullmatch(between):
            yield from _span(last, day)
        else:
            yield day
        found, last = True, day
    if not found:
        raise _Wrong(f"“{text[:20]}”里没有日期，请写成 10月1日", f"no date in {text[:20]!r}; write 10月1日")


def _span(first: date, last: date) -> Iterator[date]:
    """The days after `first` up to `last`."""
    if not timedelta(0) < last - first <= LONGEST_SPAN:
        raise _Wrong(
            f"{first} 到 {last} 先后不对或太长，请核对月份", f"from {first} to {last} is backwards or too long"
        )
    yield from (first + timedelta(days=n) for n in range(1, (last - first).days + 1))


def _date(year: int, match: re.Match[str], last: date | None) -> date:
    month = int(match["month"]) if match["month"] else last.month if last else 0
    own = int(match["year"]) if match["year"] else last.year if last and month >= last.month else year
    try:
        day = date(own, month, int(match["day"]))
    except ValueError:
        raise _Wrong(f"没有“{match[0]}”这一天，请核对", f"there is no day {match[0]!r}") from None
    said = match["weekday"]
    if said and WEEKDAYS[day.weekday()] != said.replace("天", "日"):
        right = WEEKDAYS[day.weekday()]
        raise _Wrong(
            f"{day.month}月{day.day}日是星期{right}，不是星期{said}，请核对日期或年份", f"{day} is no 星期{said}"
        )
    return day


def _put(days: dict[str, dict[str, str]], what: str, day: date, name: str) -> None:
    other = "makeups" if what == "holidays" else "holidays"
    key = day.isoformat()
    if key in days[other]:
        raise _Wrong(f"{day.month}月{day.day}日既放假又上班，请去掉一处", f"{day} is both a holiday and a make-up day")
    days[what][key] = name
