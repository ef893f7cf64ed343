"""Single fields as people and machines write them: text to show, a phone, a kind, a time.

Shared by the channels, so that a phone is right or wrong in the same words on a form, in a sheet and in a
call.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.intake.inquiry import InvalidInput
from routing.decision import KINDS

CITY_TIME = ZoneInfo("Asia/Shanghai")

_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\v\f]")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_INVISIBLE = "\u200b\u2060\ufeff\ufffe\uffff"
_UNSHOWN = {
    **{code: None for code in range(0x20) if chr(code) not in "\n\t"},
    **dict.fromkeys(range(0x7F, 0xA0)),
    **dict.fromkeys(range(0xD800, 0xE000)),
    **{ord(char): None for char in _BIDI + _INVISIBLE},
}


def clean(text: str) -> str:
    """Text safe to store and show: line ends as \\n; no control, bidi or invisible characters, no half
    surrogates.

    Joiners (U+200C, U+200D) stay: emoji and some scripts need them. Outer white space is trimmed.
    """
    return _LINE_ENDS.sub("\n", text).translate(_UNSHOWN).strip()


def one_line(text: str) -> str:
    """`clean` text of a field that has one line: every run of white space becomes one space."""
    return " ".join(clean(text).split())


_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FREE_CALL = re.compile(r"[48]00\d{7}", re.ASCII)
_LANDLINE = re.compile(r"(?:(0(?:10|2\d|[3-9]\d{2}))-?)?([2-8]\d{2,3})-?(\d{4})(?:-(\d{1,6}))?", re.ASCII)
_FOREIGN = re.compile(r"(?:\+|00)(?!86)\d{8,15}", re.ASCII)
_COUNTRY = re.compile(r"(?:\+|00)86-?|86-?(?=1[3-9][\d-]{9,}$)", re.ASCII)
_EXTENSION = re.compile(r"(?:转|分机|ext|x|#)(?=\d)", re.IGNORECASE)


def phone_number(text: str, field: str) -> str:
    """A Chinese mobile, landline (with or without area code, with extension) or foreign number, in one form.

    The one form is 13800138000, 0851-85990000, 0851-85990000-12 or +85221234567. Empty stays empty.
    Raises InvalidInput(field) that says how many digits were given.
    """
    given = unicodedata.normalize("NFKC", clean(text))
    if not given:
        return ""
    compact = _EXTENSION.sub("-", re.sub(r"[\s().·]", "", given))
    home = _COUNTRY.match(compact)
    national = compact[home.end() :] if home else compact
    digits = national.replace("-", "")
    if _MOBILE.fullmatch(digits) or _FREE_CALL.fullmatch(digits):
        return digits
    if landline := _LANDLINE.fullmatch("0" + national.removeprefix("0") if home else national):
        area, first, last, extension = landline.groups(default="")
        return "-".join(part for part in (area, first + last, extension) if part)
    if _FOREIGN.fullmatch(digits):
        return re.sub("^00", "+", digits)
    raise _not_a_phone(given, field)


def _not_a_phone(given: str, field: str) -> InvalidInput:
    digits = sum(char.isdigit() for char in given)
    if digits != len(re.sub(r"[\s()+-]", "", given)):
        return InvalidInput(
            field,
            "电话里有数字以外的字，请只填数字，例如 13800138000 或 0851-85990000。",
            "The phone holds more than digits: give digits only, such as 13800138000 or 0851-85990000.",
        )
    if given.startswith("0"):
        return InvalidInput(
            field,
            f"固定电话应为区号加 7 到 8 位号码，例如 0851-85990000，您填了 {digits} 位。",
            f"A landline is an area code and 7 or 8 digits, such as 0851-85990000; you gave {digits} digits.",
        )
    if digits == 11:
        return InvalidInput(
            field,
            "手机号应以 13 到 19 开头，请核对这 11 位数字。",
            "A mobile number begins with 13 to 19: please check these 11 digits.",
        )
    return InvalidInput(
        field,
        f"手机号应为 11 位数字，您填了 {digits} 位。",
        f"A mobile number has 11 digits; you gave {digits}.",
    )


_KIND_CODES = {**{name: code for code, name in KINDS.items()}, **{code: code for code in KINDS}}


def kind_code(text: str, field: str) -> str | None:
    """The code of a kind of ticket written in Chinese (`投诉`, `投诉类`) or as its code; None where empty.

    Raises InvalidInput(field) that lists the kinds.
    """
    word = unicodedata.normalize("NFKC", one_line(text)).lower()
    if not word:
        return None
    code = _KIND_CODES.get(word) or _KIND_CODES.get(word.rstrip("类件"))
    if code is None:
        raise InvalidInput(
            field,
            f"没有“{word[:20]}”这个类型，请从这些里选一个：{'、'.join(KINDS.values())}。",
            f"There is no kind “{word[:20]}”: choose one of {', '.join(KINDS)}.",
        )
    return code


_WRITTEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]{0,3}(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.\d{1,9})?秒?|分)?)?",
    re.ASCII,
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d{1,15})?", re.ASCII)
_SERIAL_ZERO = datetime(1899, 12, 30, tzinfo=CITY_TIME)


def instant(text: str) -> datetime | None:
    """A time as people and sheets write it, in UTC (aware); None where it cannot be read.

    ISO 8601 with its zone, else the city's time: 2019/2/28 11:25:05, 2019-02-28 11:25, 2019年2月28日
    11时25分, 20190228112505, a date alone (its midnight), and the serial number of a day in Excel's 1900
    system.
    """
    given = unicodedata.normalize("NFKC", clean(text))
    try:
        if _SERIAL.fullmatch(given):
            return _of_serial(float(given))
        parts = _WRITTEN.fullmatch(given) or _DIGITS.fullmatch(given)
        if parts:
            numbers = [int(part or 0) for part in parts.groups()]
            return as_utc(datetime(*numbers, tzinfo=CITY_TIME))  # type: ignore[arg-type,misc]
        return as_utc(datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        return None


def as_utc(moment: datetime) -> datetime:
    """A moment in UTC; one without a zone is the city's time. Raises OverflowError at the calendar's ends."""
    local = moment if moment.tzinfo else moment.replace(tzinfo=CITY_TIME)
    return local.astimezone(UTC)


def _of_serial(days: float) -> datetime:
    return as_utc(_SERIAL_ZERO.replace(tzinfo=None) + timedelta(seconds=round(days * 86400)))
