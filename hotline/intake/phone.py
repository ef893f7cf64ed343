"""A phone call: its transcript, in whatever form, becomes an Inquiry."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from chinese import corrected
from hotline.intake.fields import as_utc, clean, instant, one_line, phone_number
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.intake.said import callback_said, citizens_words, name_said, place_said, title_said
from hotline.intake.vendors import turns

_MAX_CALL_ID = 128
_WITHHELD = {
    "",
    "anonymous",
    "unknown",
    "private",
    "restricted",
    "unavailable",
    "隐藏号码",
    "未知",
    "匿名",
    "无",
}
_SERVICE = re.compile(r"1[0-2]\d(?:\d\d)?|9[56]\d{3,6}", re.ASCII)


def inquiry_of_call(
    call_id: str, form: str, caller: str, started_at: datetime | str | None, transcript: object
) -> Inquiry:
    """The Inquiry of one call.

    `content` is the citizen's words with slips of the tongue put right (what routing reads); `turns` keeps
    every word of both sides as said. Title, name, place and call-back number are taken from the citizen's
    words, the phone otherwise from `caller`. `started_at` is a datetime or ISO text (without a zone: the
    city's time). Raises InvalidInput, see vendors.turns.
    """
    external_id = _call_id(call_id)
    began = _started(started_at)
    number = _caller(caller)
    said = turns(form, transcript)
    words = corrected(citizens_words(said), "\n".join(turn.text for turn in said))
    return Inquiry(
        channel="phone",
        external_id=external_id,
        content=words,
        source="phone",
        title=title_said(words),
        name=name_said(said),
        phone=callback_said(words) or number,
        place=place_said(words),
        received_at=began,
        turns=said,
    )


def _call_id(call_id: object) -> str:
    text = one_line(call_id) if isinstance(call_id, str) else ""
    if not 0 < len(text) <= _MAX_CALL_ID:
        raise InvalidInput(
            "call_id",
            f"通话编号应为 1 到 {_MAX_CALL_ID} 个字。请填话务系统给这通电话的唯一编号。",
            f"call_id must be 1 to {_MAX_CALL_ID} characters: give the telephone system's own id.",
        )
    return text


def _started(started_at: object) -> datetime | None:
    if started_at is None:
        return None
    moment = instant(started_at) if isinstance(started_at, str) else None
    if isinstance(started_at, datetime):
        moment = as_utc(started_at)
    if moment is None:
        raise InvalidInput(
            "started_at",
            "来电时间读不出来。请写成 2026-11-22T15:30:00+08:00 这样。",
            "started_at cannot be read: write it like 2026-11-22T15:30:00+08:00.",
        )
    return moment


def _caller(caller: object) -> str:
    """The caller's number; empty when it was withheld or is a service's (110, 12345, 95598), which calls
    nobody back.
    """
    if caller is not None and not isinstance(caller, str):
        raise InvalidInput(
            "caller",
            '主叫号码应是文字，例如 "13800138000"。',
            'caller must be a string, such as "13800138000".',
        )
    text = unicodedata.normalize("NFKC", clean(caller or "")).lower()
    if text in _WITHHELD or _SERVICE.fullmatch(text):
        return ""
    return phone_number(text, "caller")
