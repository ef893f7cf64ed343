"""The public form and the JSON of `POST /api/v1/intake/web`: checked whole, every error at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hotline.intake.fields import clean, kind_code, one_line, phone_number
from hotline.intake.inquiry import Inquiry, InvalidInput, InvalidInputs
from hotline.intake.said import title_said

CONTENT_LENGTH = (2, 5000)


def inquiry_of_form(fields: Mapping[str, object], external_id: str) -> Inquiry:
    """The Inquiry of a form: `content` is needed, the rest of FIELDS optional.

    Texts are strings or null; `confidential` and `no_reply` booleans, or as a form writes them (on, true,
    1). Control and bidi characters are taken out; a missing title is taken from the content. Raises
    InvalidInputs with every problem, each under its field.
    """
    problems = [_unknown(key) for key in fields if key not in FIELDS]
    values: dict[str, Any] = {}
    for name, check in FIELDS.items():
        try:
            values[name] = check(name, fields.get(name))
        except InvalidInput as problem:
            problems.append(problem)
    if problems:
        raise InvalidInputs(problems)
    values["title"] = values["title"] or title_said(values["content"])
    return Inquiry(channel="web", external_id=external_id, source="web", **values)


def _unknown(key: object) -> InvalidInput:
    name = one_line(str(key))[:40]
    return InvalidInput(
        name,
        f"表单里没有“{name}”这一项，请去掉它。可填的有：{'、'.join(FIELDS)}。",
        f"The form has no field “{name}”: take it out. Known fields: {', '.join(FIELDS)}.",
    )


def _text(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise InvalidInput(name, "这里应填文字。", "A string is expected here.")


def _content(name: str, value: object) -> str:
    text = clean(_text(name, value))
    shortest, longest = CONTENT_LENGTH
    if len(text) < shortest:
        raise InvalidInput(
            name,
            f"请写下您遇到的问题，至少 {shortest} 个字。",
            f"Write down what the matter is, in at least {shortest} characters.",
        )
    if len(text) > longest:
        raise InvalidInput(
            name,
            f"内容最多 {longest} 个字，您写了 {len(text)} 个字，请删去 {len(text) - longest} 个字。",
            f"At most {longest} characters; you wrote {len(text)}: take out {len(text) - longest}.",
        )
    return text


def _line(label: str, longest: int) -> Callable[[str, object], str]:
    """The check of a field of one line with at most `longest` characters."""

    def check(name: str, value: object) -> str:
        text = one_line(_text(name, value))
        if len(text) > longest:
            raise InvalidInput(
                name,
                f"{label}最多 {longest} 个字，您填了 {len(text)} 个字。",
                f"{name}: at most {longest} characters; you gave {len(text)}.",
            )
        return text

    return check


def _phone(name: str, value: object) -> str:
    return phone_number(_text(name, value)[:100], name)


def _kind(name: str, value: object) -> str | None:
    return kind_code(_text(name, value)[:100], name)


_ON = {True, "on", "true", "1", "yes", "是"}
_OFF = {False, None, "", "off", "false", "0", "no", "否"}


def _switch(name: str, value: object) -> bool:
    given = value.strip().lower() if isinstance(value, str) else value
    if isinstance(given, bool | str | None):
        if given in _ON:
            return True
        if given in _OFF:
            return False
    raise InvalidInput(name, "这里只能填是或否（true 或 false）。", "This is true or false.")


FIELDS: dict[str, Callable[[str, object], object]] = {
    "content": _content,
    "title": _line("标题", 100),
    "name": _line("姓名", 50),
    "phone": _phone,
    "address": _line("联系地址", 200),
    "place": _line("地点", 200),
    "kind": _kind,
    "confidential": _switch,
    "no_reply": _switch,
}
"""The fields a form may have, with their checks; any other is refused: nobody sets a status or unit from
outside.
"""
