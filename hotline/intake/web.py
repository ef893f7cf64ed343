"""The public form and the JSON of `POST /api/v1/intake/web`: checked whole, every error at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from hotline.intake.fields import clean, kind_code, one_line, phone_number
from hotline.intake.inquiry import Inquiry, InvalidInput, InvalidInputs
from hotline.intake.said import title_said
from routing.coordinates import DATUMS, checked
from routing.decision import Point

CONTENT_LENGTH = (2, 5000)
POINT = frozenset({"latitude", "longitude", "datum"})


def inquiry_of_form(fields: Mapping[str, object], external_id: str) -> Inquiry:
    """The Inquiry of a form: `content` is needed, the rest of FIELDS optional.

    Texts are strings or null; `confidential` and `no_reply` booleans, or as a form writes them (on, true,
    1). Control and bidi characters are taken out; a missing title is taken from the content. `latitude` and
    `longitude` come together or not at all, as numbers or as a form writes them, with `datum` (wgs84 without).
    Raises InvalidInputs with every problem, each under its field.
    """
    problems = [_unknown(key) for key in fields if key not in FIELDS]
    values: dict[str, Any] = {}
    for name, check in FIELDS.items():
        try:
            values[name] = check(name, fields.get(name))
        except InvalidInput as problem:
            problems.append(problem)
    where = {name: values.pop(name, None) for name in POINT}
    if not POINT & {one.field for one in problems}:
        try:
            values["point"] = _point(**where)
        except InvalidInput as problem:
            problems.append(problem)
    if problems:
        raise InvalidInputs(problems)
    values["title"] = values["title"] or title_said(values["content"])
    return Inquiry(channel="web", external_id=external_id, source="web", **values)


def point_of(fields: Mapping[str, object]) -> Point | None:
    """The Point of `latitude`, `longitude` and `datum` among other fields; None where none is given. Raises
    InvalidInput for what is none.
    """
    latitude = _degrees(90)("latitude", fields.get("latitude"))
    longitude = _degrees(180)("longitude", fields.get("longitude"))
    return _point(latitude, longitude, _datum("datum", fields.get("datum")))


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


def _degrees(most: int) -> Callable[[str, object], float | None]:
    """The check of a latitude (90) or longitude (180): a number, or as a form writes it; empty is none."""

    def check(name: str, value: object) -> float | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        given = value.strip() if isinstance(value, str) else value
        if isinstance(given, str) and re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{1,20})?", given, re.ASCII):
            given = float(given)
        if not isinstance(given, int | float) or isinstance(given, bool) or not -most <= given <= most:
            raise InvalidInput(
                name,
                f"这里应填 -{most} 到 {most} 之间的度数，例如 {'26.65' if most == 90 else '106.63'}；不知道就不填。",
                f"{name}: degrees between -{most} and {most}, or leave it out.",
            )
        return float(given)

    return check


def _datum(name: str, value: object) -> str:
    given = _text(name, value).strip().lower()
    if given and given not in DATUMS:
        raise InvalidInput(
            name, f"坐标系只能填 {'、'.join(DATUMS)}，不填按 wgs84。", f"{name}: one of {', '.join(DATUMS)}."
        )
    return given


def _point(latitude: float | None, longitude: float | None, datum: str | None) -> Point | None:
    if latitude is not None and longitude is not None:
        return checked(latitude, longitude, datum or "wgs84")
    if latitude is None and longitude is None and not datum:
        return None
    missing = "latitude" if latitude is None else "longitude"
    raise InvalidInput(missing, "经度和纬度要一起填，或都不填。", "Give latitude and longitude together, or none.")


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
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "datum": _datum,
}
"""The fields a form may have, with their checks; any other is refused: nobody sets a status or unit from
outside.
"""
