"""Phone and ID numbers as people write and say them: 138 0013 8000, 幺三八零零幺三八零零零, 0851-8555 1234.

Digits of every script are read one for one, so that places in the text stay. Each pattern has a bounded
length: its time grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

_WIDE = dict(zip(map(ord, "０１２３４５６７８９＋Ｘｘx×－–—‐‑−（）"), "0123456789+XXXX------()", strict=True))
_NUMERALS = dict(
    zip(
        map(ord, "零〇洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾叉"),
        "0001112223344556677788999X",
        strict=True,
    )
)
_SAID = _WIDE | _NUMERALS


class _Found(NamedTuple):
    start: int
    end: int
    number: str
    masked: str


class _Script(NamedTuple):
    """How digits are written in one pass, and what may stand between two of them."""

    digits: dict[int, str]
    id_number: re.Pattern[str]
    mobile: re.Pattern[str]
    landline: re.Pattern[str]


def _script(digits: dict[int, str], between: str) -> _Script:
    gap = rf"[{between}\s\-\u00a0\u3000\u200b-\u200f\u2060\ufeff]{{0,2}}"
    return _Script(
        digits,
        re.compile(rf"(?<!\d)[1-8](?:{gap}\d){{16}}{gap}[\dX](?!\d)", re.ASCII),
        re.compile(rf"(?<!\d)(?:\+?86{gap})?(1{gap}[3-9](?:{gap}\d){{9}})(?!\d)", re.ASCII),
        re.compile(rf"(?<!\d)\(?(0(?:10|2\d|[3-9]\d\d))\)?{gap}([2-9](?:{gap}\d){{6,7}})(?!\d)", re.ASCII),
    )


_SCRIPTS = (_script(_WIDE, ""), _script(_SAID, ".,，、。·"))
"""Written digits first: in 唯一13800138000 the 一 is no digit, and 13、14、15、16、17、8栋 is no phone.
Then the said ones, with pauses between them, and some of them perhaps written: 幺三八,0013,八零零零."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def phones(text: str) -> list[str]:
    """The phone numbers in a text, in order, each once: mobiles as 11 digits, landlines as 0851-85551234."""
    return list(dict.fromkeys(found.number for found in _numbers(text) if len(found.number) < 18))


def id_numbers(text: str) -> list[str]:
    """The resident ID numbers (18 characters, GB 11643) with a right check digit, in order, each once."""
    return list(dict.fromkeys(found.number for found in _numbers(text) if _checks(found.number)))


def mask(text: str, whole: bool = False) -> str:
    """The text with its phones as 138****1234 and its ID numbers as 520***********1234; `whole` leaves no digit.

    An ID number with a wrong check digit is hidden too: a slip of the pen still names a person.
    """
    parts, end = [], 0
    for found in _numbers(text):
        parts += [text[end : found.start], "****" if whole else found.masked]
        end = found.end
    return "".join([*parts, text[end:]])


def _numbers(text: str) -> list[_Found]:
    """All numbers by place, none inside another: an ID number holds no phone."""
    taken: list[_Found] = []
    for script in _SCRIPTS:
        free = _blank(text, sorted(taken)).translate(script.digits)
        for search in (_ids, _mobiles, _landlines):
            found = [one for one in search(free, script) if _is_of(script, text[one.start : one.end])]
            taken += found
            free = _blank(free, found)
    return sorted(taken)


def _is_of(script: _Script, number: str) -> bool:
    """In the pass of said digits at least one is said."""
    return script is _SCRIPTS[0] or any(ord(sign) in _NUMERALS for sign in number)


def _blank(text: str, found: Iterable[_Found]) -> str:
    parts, end = [], 0
    for one in found:
        parts += [text[end : one.start], "\0" * (one.end - one.start)]
        end = one.end
    return "".join([*parts, text[end:]])


def _ids(text: str, script: _Script) -> Iterator[_Found]:
    for match in script.id_number.finditer(text):
        number = re.sub(r"[^\dX]", "", match.group())
        if _is_day(number[6:14]):
            yield _Found(*match.span(), number, f"{number[:3]}{'*' * 11}{number[-4:]}")


def _mobiles(text: str, script: _Script) -> Iterator[_Found]:
    for match in script.mobile.finditer(text):
        number = re.sub(r"\D", "", match.group(1))
        yield _Found(*match.span(), number, f"{number[:3]}****{number[-4:]}")


def _landlines(text: str, script: _Script) -> Iterator[_Found]:
    for match in script.landline.finditer(text):
        area, local = match.group(1), re.sub(r"\D", "", match.group(2))
        yield _Found(*match.span(), f"{area}-{local}", f"{area}-{'*' * (len(local) - 4)}{local[-4:]}")


def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) >= date(1900, 1, 1)
    except ValueError:
        return False


def _checks(number: str) -> bool:
    if len(number) != 18:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[-1]
