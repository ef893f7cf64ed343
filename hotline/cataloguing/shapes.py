"""What a row of each part may hold: every fault of its form at once, with the number of its row, before it is kept.

Whether the rows fit each other and the units is another question: see checking.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from hotline.cataloguing.documents import PARTS, Row, order_of
from hotline.intake.fields import one_line
from hotline.intake.inquiry import InvalidInput, InvalidInputs
from routing.catalogue import CODE as MATTER_CODE
from routing.decision import KINDS, URGENCIES

CODE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", re.ASCII)
"""Places and units; docs/codes.md tells how they are made."""
LONGEST_CODE = 64
LONGEST_NAME = 60
LONGEST_PHRASE = 40
LONGEST_EXAMPLE = 500
LONGEST_BASIS = 500
MOST_TEXTS = 500
MOST_ROWS = 100_000
MOST_FAULTS = 100
"""So many faults are told at once: who has more has sent the wrong file."""

LEVELS = {
    "city": "市",
    "district": "区县",
    "township": "乡镇街道",
    "community": "村社区",
    "road": "道路",
    "landmark": "地标",
    "estate": "小区",
    "company": "企业",
}
"""Levels of places by code (routing.decision.Place)."""

FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2999, 12, 31)


class _Wrong(ValueError):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh, self.en = zh, en


Reader = Callable[[Any], Any]


def _code(pattern: re.Pattern[str], example: str) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_CODE or not pattern.fullmatch(value):
            raise _Wrong(
                f"“{_shown(value)}”不是编码，应如 {example}", f"{_shown(value)!r} is no code such as {example}"
            )
        return value

    return read


def _text(least: int, most: int) -> Reader:
    def read(value: Any) -> str:
        text = one_line(value) if isinstance(value, str) else ""
        if not isinstance(value, str) or not least <= len(text) <= most:
            zh = f"应为 {least} 到 {most} 个字" if least else f"应为文字，不超过 {most} 字"
            raise _Wrong(zh, f"a text of {least} to {most} characters is needed")
        return text

    return read


def _texts(one: Reader) -> Reader:
    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or len(value) > MOST_TEXTS:
            raise _Wrong(f"应为一列文字，不超过 {MOST_TEXTS} 条", f"a list of at most {MOST_TEXTS} texts is needed")
        return [one(each) for each in value]

    return read


def _choice(values: Mapping[str, str], needed: bool = False) -> Reader:
    def read(value: Any) -> str | None:
        if (value is None and not needed) or (isinstance(value, str) and value in values):
            return value
        names = "、".join(f"{code}（{name}）" for code, name in values.items())
        raise _Wrong(f"“{_shown(value)}”不认识，可用 {names}", f"{_shown(value)!r} is none of {', '.join(values)}")

    return read


def _day(value: Any) -> str:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise _Wrong(f"“{_shown(value)}”不是日期，请写成 2027-01-01", f"{_shown(value)!r} is no day such as 2027-01-01")
    return day.isoformat()


def _or_none(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _shown(value: Any) -> str:
    return one_line(value if isinstance(value, str) else repr(value))[:40]


_PLACE, _UNIT, _MATTER = _code(CODE, "520112103"), _code(CODE, "district-wudang"), _code(MATTER_CODE, "05-06-01")
_PHRASES = _texts(_text(1, LONGEST_PHRASE))

FIELDS: Mapping[str, Mapping[str, tuple[str, Reader]]] = {
    "matters": {
        "code": ("编码", _MATTER),
        "name": ("名称", _text(1, LONGEST_NAME)),
        "phrases": ("说法", _PHRASES),
        "shared": ("共用说法", _PHRASES),
        "examples": ("例句", _texts(_text(4, LONGEST_EXAMPLE))),
        "kind": ("类型", _choice(KINDS)),
        "urgency": ("紧急程度", _choice(URGENCIES)),
    },
    "places": {
        "code": ("编码", _PLACE),
        "name": ("名称", _text(1, LONGEST_NAME)),
        "level": ("级别", _choice(LEVELS, needed=True)),
        "parent": ("上级编码", _or_none(_PLACE)),
        "aliases": ("别名", _texts(_text(1, LONGEST_NAME))),
    },
    "responsibilities": {
        "matter": ("事项编码", _MATTER),
        "place": ("地点编码", _PLACE),
        "lead": ("主办单位编码", _UNIT),
        "assisting": ("协办单位编码", _texts(_UNIT)),
        "legal_basis": ("依据", _text(0, LONGEST_BASIS)),
        "effective_from": ("起始日期", _day),
        "effective_to": ("截止日期", _or_none(_day)),
    },
}
"""Part → field → its Chinese name and how it is read."""

DEFAULTS: Mapping[str, Row] = {
    "matters": {"phrases": []},
    "places": {"parent": None, "aliases": []},
    "responsibilities": {"assisting": [], "legal_basis": "", "effective_to": None},
}
"""What a field that is left out holds; those with no default must be there, or stay out (`shared`, `kind`)."""

OPTIONAL = frozenset({"shared", "examples", "kind", "urgency"})


def check_part(part: str) -> None:
    """Raise InvalidInput for what is none of PARTS."""
    if part not in PARTS:
        known = "、".join(f"{code}（{name}）" for code, name in PARTS.items())
        raise InvalidInput("part", f"没有“{part[:40]}”这一部分，可用 {known}", f"part: one of {', '.join(PARTS)}")


def checked_rows(part: str, rows: object, numbers: Sequence[int] | None = None) -> list[Row]:
    """The rows in their one form and order; `numbers` is what messages call them, their place in the list where None.

    Raises InvalidInput, or InvalidInputs with all that is wrong with them.
    """
    check_part(part)
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes) or len(rows) > MOST_ROWS:
        zh = f"{PARTS[part]}应为一列行，不超过 {MOST_ROWS:,} 行"
        raise InvalidInput(part, zh, f"{part}: a list of at most {MOST_ROWS} rows is needed")
    wrong: list[InvalidInput] = []
    numbers = numbers or range(1, len(rows) + 1)
    made = [_read_row(part, number, row, wrong) for number, row in zip(numbers, rows, strict=True)]
    wrong += _twice(part, zip(numbers, made, strict=True))
    raise_all(wrong)
    return sorted(made, key=order_of)


def checked_row(part: str, row: object, number: int) -> Row:
    """One row in its one form; `number` is what messages call it. Raises as `checked_rows`."""
    check_part(part)
    wrong: list[InvalidInput] = []
    made = _read_row(part, number, row, wrong)
    raise_all(wrong)
    return made


def raise_all(wrong: Sequence[InvalidInput]) -> None:
    """Raise what is wrong, if anything: the first hundred, and how many more there are."""
    if not wrong:
        return
    shown = list(wrong[:MOST_FAULTS])
    if more := len(wrong) - len(shown):
        shown.append(InvalidInput(wrong[-1].field, f"其余 {more:,} 处从略", f"and {more} more"))
    raise shown[0] if len(shown) == 1 else InvalidInputs(shown)


def wrong_at(part: str, number: int, field: str, zh: str, en: str) -> InvalidInput:
    """An InvalidInput about a field of a row, which is counted from 1 for people and from 0 in paths."""
    name = FIELDS[part][field][0] if field in FIELDS[part] else ""
    path = f"{part}[{number - 1}]" + (f".{field}" if field else "")
    said = f"{PARTS[part]}第 {number} 行：{name}{zh}"
    return InvalidInput(path, said, f"{part} row {number}: {field + ': ' if field else ''}{en}")


def _read_row(part: str, number: int, row: object, wrong: list[InvalidInput]) -> Row:
    if not isinstance(row, Mapping):
        wrong.append(wrong_at(part, number, "", "应是一个对象", "an object is needed"))
        return {}
    fields, made = FIELDS[part], dict[str, Any]()
    for extra in sorted(map(str, row.keys() - fields.keys())):
        shown = _shown(extra)
        wrong.append(wrong_at(part, number, "", f"不认识“{shown}”这一项，请删去", f"unknown field {shown!r}"))
    for field, (_, read) in fields.items():
        if field in OPTIONAL and not row.get(field):
            continue
        if field not in row and field not in DEFAULTS[part]:
            wrong.append(wrong_at(part, number, field, "没有写，请补上", "is missing"))
            continue
        try:
            made[field] = read(row.get(field, DEFAULTS[part].get(field)))
        except _Wrong as error:
            wrong.append(wrong_at(part, number, field, error.zh, error.en))
    return made


def _twice(part: str, rows: Iterable[tuple[int, Row]]) -> Iterator[InvalidInput]:
    if part == "responsibilities":
        return
    first: dict[str, int] = {}
    for number, code in ((number, row.get("code")) for number, row in rows):
        if code and first.setdefault(code, number) != number:
            zh, en = f" {code} 与第 {first[code]} 行重复，请只留一行", f"{code} stands in row {first[code]} too"
            yield wrong_at(part, number, "code", zh, en)
