"""Forms as data, and what they become: a meeting's task 交办, an information request 依申请公开, a motion 建议提案.

A form's answers are read whole, every error at once and under its field, and become an Inquiry whose kind is the
form's. What is asked for beside the text stands in its `details`: plain values that staff may read. A citizen's name,
phone, number of identity and address go to the citizen's own fields, and free words to the text, never there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from hotline.intake.fields import CITY_TIME, as_utc, clean, instant, one_line, phone_number
from hotline.intake.inquiry import Inquiry, InvalidInput, InvalidInputs

LONGEST_TEXT = 5000
MOST_NAMES = 60
LATEST_DUE = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type`: text, textarea, choice, date, tel, identity, unit (a code), units or names (several).

    `options` are the codes of a choice with their words; `longest` the most characters of a text; `half` puts
    neighbours side by side where there is room.
    """

    name: str
    label: str
    type: str = "text"
    required: bool = False
    hint: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    longest: int = 100
    half: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One form: the kind of ticket it makes, its title, what is said above it, and its fields in order."""

    kind: str
    title: str
    note: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """A form read: the Inquiry, and the codes of the units chosen by hand; `unit` is empty where nobody was."""

    inquiry: Inquiry
    unit: str = ""
    assisting: tuple[str, ...] = ()


APPLICANTS = {"citizen": "公民", "organisation": "法人或其他组织"}
DELIVERIES = {"paper": "纸质", "electronic": "电子"}
MOTIONS = {"congress": "人大代表建议", "cppcc": "政协提案"}
"""Types of motion; the codes are the sources that they come from (inquiry.SOURCES)."""

_UNITS = (
    Field("unit", "主办单位", "unit", hint="选了就直接转办；不选就等派单员确定。", half=True),
    Field("assisting", "协办单位", "units", hint="全称或简称，多个用“、”隔开。", half=True),
)

FORMS: Mapping[str, Form] = {
    "assignment": Form(
        "assignment",
        "交办事项",
        "会议定下的事：限时办结、按时督办、及时反馈、到时销号。",
        (
            Field("meeting", "会议名称", required=True, half=True),
            Field("item", "事项编号", required=True, longest=60, half=True),
            Field("content", "交办内容", "textarea", required=True, hint="办什么、办到什么程度。"),
            Field("due_date", "交办期限", "date", hint="当日 24:00 到期；不填按政策的默认时限。", half=True),
            Field("contact", "联系人", hint="会议一方的工作人员和办公电话。", half=True),
            *_UNITS,
        ),
    ),
    "information_request": Form(
        "information_request",
        "政府信息公开申请",
        "写清您要哪一份信息。姓名、电话、证件号码加密保存，只有热线和承办单位按需查看。",
        (
            Field("applicant", "申请人", "choice", required=True, options=APPLICANTS),
            Field("name", "姓名或单位名称", required=True, longest=50, hint="单位请写全称。", half=True),
            Field("phone", "联系电话", "tel", required=True, longest=20, hint="查进度时要用后四位。", half=True),
            Field("id_number", "证件号码或统一社会信用代码", "identity", longest=18),
            Field("content", "所需信息", "textarea", required=True, hint="文件名称、文号，或能认出它的描述。"),
            Field("delivery", "提供方式", "choice", required=True, options=DELIVERIES),
            Field("address", "邮寄地址", longest=200, hint="要纸质的请填；不填可以到窗口领取。"),
            Field("purpose", "用途", longest=200),
        ),
    ),
    "motion": Form(
        "motion",
        "建议提案",
        "人大代表建议、政协提案，自转办次日起三个月内答复代表或委员。",
        (
            Field("type", "类别", "choice", required=True, options=MOTIONS),
            Field("session", "届次", required=True, longest=60, hint="如：十五届人大五次会议。", half=True),
            Field("number", "编号", required=True, longest=60, hint="如：第 217 号。", half=True),
            Field("proposers", "提出人", "names", required=True, hint="代表或委员的姓名，多位用“、”隔开。"),
            Field("content", "内容", "textarea", required=True, hint="案由、情况和建议。"),
            *_UNITS,
        ),
    ),
}
"""Kind of ticket → its form."""


def entered(kind: str, answers: Mapping[str, object], external_id: str, today: date, source: str = "web") -> Entered:
    """Read the answers to the form of `kind`: texts or null by name, `assisting` and `proposers` also as lists.

    `today` is the city's, before which nothing can fall due; `source` is where an information request came in.
    Raises InvalidInputs with every problem, each under its field; a field that the form does not have is one.
    """
    form = FORMS[kind]
    values: dict[str, Any] = {"today": today, "source": source}
    problems = [_unknown(key, form) for key in answers if key not in {one.name for one in form.fields}]
    for one in form.fields:
        try:
            values[one.name] = _read(one, answers.get(one.name), today)
        except InvalidInput as problem:
            problems.append(problem)
    if not problems and values.get("assisting") and not values["unit"]:
        problems.append(InvalidInput("unit", "填了协办单位，请先选主办单位。", "Assisting units need a lead unit."))
    if problems:
        raise InvalidInputs(problems)
    inquiry = _INQUIRIES[kind](values, external_id)
    return Entered(inquiry, values.get("unit", ""), tuple(values.get("assisting", ())))


def details_shown(kind: str, details: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """(label, words) of a ticket's details, in the form's order; what was left open is left out."""
    fields = FORMS[kind].fields if kind in FORMS and details else ()
    return [(one.label, _said(one, value)) for one in fields if (value := (details or {}).get(one.name))]


def _said(one: Field, value: Any) -> str:
    if one.type == "date":
        due = date.fromisoformat(value)
        return f"{due.year}年{due.month}月{due.day}日 24:00"
    return "、".join(value) if isinstance(value, list) else one.options.get(value, value)


# What becomes of the answers


def _assignment(values: Mapping[str, Any], external_id: str) -> Inquiry:
    due: date | None = values["due_date"]
    return Inquiry(
        channel="form",
        external_id=external_id,
        content=values["content"],
        source="assigned",
        source_number=values["item"],
        kind="assignment",
        no_reply=True,
        due_at=end_of(due) if due else None,
        details=_details(values, "meeting", "item", "contact") | ({"due_date": due.isoformat()} if due else {}),
    )


def _information_request(values: Mapping[str, Any], external_id: str) -> Inquiry:
    purpose = values["purpose"]
    return Inquiry(
        channel="form",
        external_id=external_id,
        content=values["content"] + (f"\n\n用途：{purpose}" if purpose else ""),
        source=values["source"],
        kind="information_request",
        **{name: values[name] for name in ("name", "phone", "id_number", "address")},
        details=_details(values, "applicant", "delivery"),
    )


def _motion(values: Mapping[str, Any], external_id: str) -> Inquiry:
    return Inquiry(
        channel="form",
        external_id=external_id,
        content=values["content"],
        source=values["type"],
        source_number=values["number"],
        kind="motion",
        no_reply=True,
        details=_details(values, "type", "session", "number", "proposers"),
    )


_INQUIRIES: Mapping[str, Callable[[Mapping[str, Any], str], Inquiry]] = {
    "assignment": _assignment,
    "information_request": _information_request,
    "motion": _motion,
}


def _details(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if values[name]}


def end_of(day: date) -> datetime:
    """24:00 of a day in the city, in UTC."""
    return as_utc(datetime.combine(day + timedelta(days=1), time(), CITY_TIME))


# Reading the fields


def _unknown(key: object, form: Form) -> InvalidInput:
    name, known = one_line(str(key))[:40], [one.name for one in form.fields]
    return InvalidInput(
        name,
        f"表单里没有“{name}”这一项，请去掉它。可填的有：{'、'.join(known)}。",
        f"The form has no field “{name}”: take it out. Known fields: {', '.join(known)}.",
    )


def _read(one: Field, value: object, today: date) -> Any:
    """The checked value of a field; empty where nothing was said. Raises InvalidInput."""
    if one.type in ("units", "names"):
        return _list(one, value)
    text = _text(one, value)
    if not text:
        if one.required:
            verb = "选择" if one.type == "choice" else "填写"
            raise InvalidInput(one.name, f"请{verb}：{one.label}。", f"{one.name} is needed.")
        return None if one.type == "date" else ""
    read = _READ.get(one.type)
    return read(one, text, today) if read else text


def _text(one: Field, value: object) -> str:
    if not (value is None or isinstance(value, str)):
        raise InvalidInput(one.name, f"“{one.label}”应填文字。", f"{one.name} must be a string.")
    long = one.type == "textarea"
    text, longest = (clean if long else one_line)(value or ""), LONGEST_TEXT if long else one.longest
    if len(text) > longest:
        raise InvalidInput(
            one.name,
            f"“{one.label}”最多 {longest} 个字，您填了 {len(text)} 个字。",
            f"{one.name}: at most {longest} characters; you gave {len(text)}.",
        )
    return text


def _list(one: Field, value: object) -> list[str]:
    """Names or codes, each once: a list, or one text with 、 or commas between them."""
    given = re.split("[、,，;；\n]", value) if isinstance(value, str) else [] if value is None else value
    if not isinstance(given, Iterable) or not all(isinstance(each, str) for each in given):
        raise InvalidInput(one.name, f"“{one.label}”应填文字或文字的列表。", f"{one.name} must be a list of strings.")
    names = list(dict.fromkeys(filter(None, map(one_line, given))))
    if one.required and not names:
        raise InvalidInput(one.name, f"请填写：{one.label}。", f"{one.name} is needed.")
    _check_names(one, names)
    return names


def _check_names(one: Field, names: Sequence[str]) -> None:
    if len(names) > MOST_NAMES:
        raise InvalidInput(
            one.name,
            f"“{one.label}”最多 {MOST_NAMES} 个，您填了 {len(names)} 个。",
            f"{one.name}: at most {MOST_NAMES}; you gave {len(names)}.",
        )
    if long := next((name for name in names if len(name) > one.longest), None):
        raise InvalidInput(
            one.name,
            f"“{one.label}”里“{long[:20]}…”太长，每个最多 {one.longest} 个字。",
            f"{one.name}: at most {one.longest} characters each.",
        )


def _choice(one: Field, text: str, _today: date) -> str:
    codes = {**{words: code for code, words in one.options.items()}, **{code: code for code in one.options}}
    if text not in codes:
        words = "、".join(f"{name}（{code}）" for code, name in one.options.items())
        raise InvalidInput(
            one.name,
            f"“{one.label}”里没有“{text[:20]}”，请从这些里选：{words}。",
            f"{one.name}: choose one of {', '.join(one.options)}.",
        )
    return codes[text]


def _date(one: Field, text: str, today: date) -> date:
    moment = instant(text)
    local = moment.astimezone(CITY_TIME) if moment else None
    if local is None or local.time() != time():
        raise InvalidInput(
            one.name,
            f"“{one.label}”应为日期，如 2026-12-01，您填了“{text[:20]}”。",
            f"{one.name} must be a date such as 2026-12-01.",
        )
    if not today <= local.date() <= today + LATEST_DUE:
        raise InvalidInput(
            one.name,
            f"“{one.label}”应在 {today:%Y-%m-%d} 至 {today + LATEST_DUE:%Y-%m-%d} 之间，您填了 {local:%Y-%m-%d}。",
            f"{one.name} must be from {today} to {today + LATEST_DUE}.",
        )
    return local.date()


def _phone(one: Field, text: str, _today: date) -> str:
    return phone_number(text, one.name)


_IDENTITY = re.compile(r"[0-9A-Z]{8,18}", re.ASCII)


def _identity(one: Field, text: str, _today: date) -> str:
    """An ID card, passport or permit number, or a 统一社会信用代码: letters and digits in one row."""
    compact = re.sub(r"[\s-]", "", text).upper()
    if not _IDENTITY.fullmatch(compact):
        raise InvalidInput(
            one.name,
            f"“{one.label}”应为 8 至 18 位字母和数字，您填了 {len(compact)} 位，请核对。",
            f"{one.name} must be 8 to 18 letters and digits.",
        )
    return compact


_READ: Mapping[str, Callable[[Field, str, date], Any]] = {
    "choice": _choice,
    "date": _date,
    "tel": _phone,
    "identity": _identity,
}
