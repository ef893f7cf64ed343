"""WeChat official account, plain mode: signature, message, Inquiry and passive reply.

WeChat signs timestamp and nonce, not the body. So a stale timestamp is refused here, and the caller
remembers the key that `verify` gives back for the length of the window: the same key with another
`dedupe_key` is a replay. The same key with the same `dedupe_key` is WeChat asking again and gets the same
answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hotline.intake.fields import clean, one_line
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.intake.said import title_said
from routing.coordinates import checked
from routing.decision import Point

MAX_XML_BYTES = 64 * 1024


class WrongSignature(InvalidInput):
    """The request does not come from WeChat, or not now: to be refused (403) without reading its body."""


def verify(token: str, signature: str, timestamp: str, nonce: str, now: datetime, window_s: int = 300) -> str:
    """Check that WeChat signed this request within `window_s` seconds of `now` (aware); return its replay
    key.

    Source: WeChat's guide to message verification: sha1 of token, timestamp and nonce, sorted and joined.
    Raises WrongSignature; ValueError when no token is set, since an empty one would let anybody sign.
    """
    if not token:
        raise ValueError("the WeChat token is empty")
    joined = "".join(sorted((token, timestamp, nonce)))
    expected = hashlib.sha1(joined.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise WrongSignature(
            "signature",
            "签名不对。请核对公众平台与本系统里的 Token 是否一致。",
            "Wrong signature: check that the token here is the one set at WeChat.",
        )
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or abs(now.timestamp() - int(timestamp)) > window_s:
        raise WrongSignature(
            "timestamp",
            f"请求的时间与服务器相差超过 {window_s} 秒。请校准服务器时钟，过期的请求不再受理。",
            f"The time is more than {window_s} seconds off: set the clock; stale requests are refused.",
        )
    return f"{timestamp}:{nonce}"


@dataclass(frozen=True, slots=True)
class WeChatMessage:
    """One pushed message. `kind` is WeChat's MsgType; fields of other kinds are empty. `created_at` in UTC
    (aware).

    `content` is a text's Content or a voice's Recognition; `picture_url` an image's; latitude and longitude
    in degrees with `label`, the place's name, a location's; `event` and `event_key` an event's.
    """

    kind: str
    account: str
    sender: str
    created_at: datetime
    message_id: str = ""
    content: str = ""
    picture_url: str = ""
    media_id: str = ""
    label: str = ""
    latitude: float | None = None
    longitude: float | None = None
    event: str = ""
    event_key: str = ""

    @property
    def dedupe_key(self) -> str:
        """What is the same when WeChat sends the message again: MsgId, for events FromUserName +
        CreateTime.
        """
        return self.message_id or f"{self.sender}:{int(self.created_at.timestamp())}"


def parse(xml: bytes) -> WeChatMessage:
    """The message in WeChat's XML of at most 64 KiB.

    Raises InvalidInput for what is too large, no XML, has a DTD or entities (so no external file is read and
    nothing is expanded), or lacks a field that each message has.
    """
    if len(xml) > MAX_XML_BYTES:
        raise InvalidInput("body", "消息超过 64 KB，不予接收。", "The message is over 64 KiB and is refused.")
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise InvalidInput(
            "body",
            "消息不是有效的 XML，或含有不允许的 DTD、实体。请原样转发微信的请求。",
            "The message is no valid XML or has a DTD or entities: pass on WeChat's request unchanged.",
        ) from None
    return _message(root)


def _message(root: Element) -> WeChatMessage:
    kind = _field(root, "MsgType", needed=True).lower()
    message_id = _field(root, "MsgId", needed=kind != "event")
    return WeChatMessage(
        kind=kind,
        account=_field(root, "ToUserName", needed=True),
        sender=_field(root, "FromUserName", needed=True),
        created_at=datetime.fromtimestamp(_whole(root, "CreateTime"), UTC),
        message_id=message_id,
        content=_field(root, "Content") or _field(root, "Recognition"),
        picture_url=_field(root, "PicUrl"),
        media_id=_field(root, "MediaId"),
        label=_field(root, "Label"),
        latitude=_degrees(root, "Location_X"),
        longitude=_degrees(root, "Location_Y"),
        event=_field(root, "Event").lower(),
        event_key=_field(root, "EventKey"),
    )


def _field(root: Element, name: str, *, needed: bool = False) -> str:
    text = clean(root.findtext(name) or "")
    if needed and not text:
        raise InvalidInput(
            name,
            f"消息缺少 {name}。请原样转发微信的请求。",
            f"{name} is missing: pass on WeChat's request unchanged.",
        )
    return text


def _whole(root: Element, name: str) -> int:
    text = _field(root, name, needed=True)
    if not re.fullmatch(r"\d{1,11}", text, re.ASCII):
        raise InvalidInput(name, f"{name} 应是秒数，例如 1764000000。", f"{name} must be seconds, such as 1764000000.")
    return int(text)


def _degrees(root: Element, name: str) -> float | None:
    text = _field(root, name)
    if not text:
        return None
    if not re.fullmatch(r"-?\d{1,3}(?:\.\d{1,15})?", text, re.ASCII):
        raise InvalidInput(name, f"{name} 应是经纬度，例如 26.65。", f"{name} must be degrees, such as 26.65.")
    return float(text)


_GREETINGS = {
    "你好",
    "您好",
    "在吗",
    "在么",
    "有人吗",
    "hi",
    "hello",
    "谢谢",
    "好的",
    "ok",
    "帮助",
    "人工",
    "查询",
}


def inquiry_of_message(message: WeChatMessage) -> Inquiry | None:
    """The Inquiry of a text or of a voice that WeChat recognised; None for all that says no matter.

    A location with its name is one too: it says where, and people ask the rest. Its point is GCJ-02, as on all of
    WeChat's maps. None: a status query, a greeting, under two characters, and events, images, locations without a
    name and voices without recognised words, which the edge answers with a sentence of its own.
    """
    if message.kind == "location":
        return _located(message)
    words = message.content
    if message.kind not in ("text", "voice") or len(words) < 2 or query_code(message) is not None:
        return None
    if words.lower().strip("!\uff01。.,\uff0c~\uff5e?\uff1f ") in _GREETINGS:
        return None
    return Inquiry(
        channel="wechat",
        external_id=message.dedupe_key,
        content=words,
        source="wechat",
        title=title_said(words),
        received_at=message.created_at,
        sender=message.sender,
    )


def _located(message: WeChatMessage) -> Inquiry | None:
    label, point = one_line(message.label), _point(message)
    if point is None or len(label) < 2:
        return None
    return Inquiry(
        channel="wechat",
        external_id=message.dedupe_key,
        content=f"[位置] {label}",
        source="wechat",
        title=f"来自微信的位置：{label}"[:100],
        place=label[:200],
        received_at=message.created_at,
        sender=message.sender,
        point=point,
    )


def _point(message: WeChatMessage) -> Point | None:
    """Where on earth, if there is such a place."""
    if message.latitude is None or message.longitude is None:
        return None
    try:
        return checked(message.latitude, message.longitude, "gcj02")
    except ValueError:
        return None


_URGES = re.compile(r"(?:请|我要|我想)?催(?:办|一下)?(?:工单)?\s{0,9}[::]?\s{0,9}([A-Z0-9][A-Z0-9 \-]{0,63})", re.ASCII)

_ASKS = re.compile(
    r"(?:请|我要|我想)?(?:查询|查件|查进度|查一下|进度查询|查)(?:工单|编号|进度|结果)?\s{0,9}[::]?\s{0,9}"
    r"([A-Z0-9][A-Z0-9 \-]{0,63})?",
    re.ASCII,
)


def query_code(message: WeChatMessage) -> str | None:
    """The code in `查询 <code>`, upper-case without spaces and dashes; "" where none is given; None for
    other texts.

    Tolerant: 查询123, 查询:ab-12, full-width letters. 查询公积金怎么提取 is a matter, not a query.
    """
    return _code_in(message, _ASKS)


def urged_code(message: WeChatMessage) -> str | None:
    """The code in `催办 <code>`, as query_code; None for other texts."""
    return _code_in(message, _URGES)


def _code_in(message: WeChatMessage, form: re.Pattern[str]) -> str | None:
    if message.kind not in ("text", "voice"):
        return None
    text = unicodedata.normalize("NFKC", one_line(message.content)).upper().rstrip("。.!? ")
    found = form.fullmatch(text)
    return re.sub("[ -]", "", found[1] or "") if found else None


def reply_xml(message: WeChatMessage, text: str, now: datetime) -> str:
    """The passive reply, a text back to the sender, as WeChat's XML; `now` is aware."""
    return (
        f"<xml><ToUserName>{_cdata(message.sender)}</ToUserName>"
        f"<FromUserName>{_cdata(message.account)}</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime>"
        f"<MsgType>{_cdata('text')}</MsgType><Content>{_cdata(text)}</Content></xml>"
    )


def _cdata(text: str) -> str:
    """A CDATA section that nothing in `text` can end."""
    safe = clean(text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{safe}]]>"
