"""WeChat in plain mode, with wechatpy as the oracle for signature, message and reply."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.intake.wechat import (
    MAX_XML_BYTES,
    WrongSignature,
    inquiry_of_message,
    parse,
    query_code,
    reply_xml,
    urged_code,
    verify,
)

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
HEAD = (
    "<ToUserName><![CDATA[gh_city]]></ToUserName><FromUserName><![CDATA[o-citizen]]></FromUserName>"
    f"<CreateTime>{STAMP}</CreateTime>"
)


def message(kind: str, body: str = "", message_id: str = "<MsgId>700001</MsgId>") -> bytes:
    return f"<xml>{HEAD}<MsgType><![CDATA[{kind}]]></MsgType>{body}{message_id}</xml>".encode()


def text(content: str) -> bytes:
    return message("text", f"<Content><![CDATA[{content}]]></Content>")


VOICE = message("voice", "<MediaId>m1</MediaId><Format>amr</Format><Recognition>小区停水两天了。</Recognition>")
IMAGE = message("image", "<PicUrl>http://mmbiz.example/p</PicUrl><MediaId>m2</MediaId>")
LOCATION = message(
    "location",
    "<Location_X>26.650000</Location_X><Location_Y>106.630000</Location_Y><Scale>16</Scale><Label>花溪区清溪路</Label>",
)
SUBSCRIBE = message("event", "<Event>subscribe</Event><EventKey></EventKey>", "")


def sign(token: str, timestamp: str, nonce: str) -> str:
    return hashlib.sha1("".join(sorted((token, timestamp, nonce))).encode()).hexdigest()


@settings(deadline=None)
@given(st.text(min_size=1, max_size=32), st.integers(0, 300), st.text(max_size=20))
def test_a_signature_that_wechatpy_accepts_is_accepted_and_gives_a_replay_key(token: str, age: int, nonce: str) -> None:
    timestamp = str(int(NOW.timestamp()) - age)
    check_signature(token, sign(token, timestamp, nonce), timestamp, nonce)
    assert verify(token, sign(token, timestamp, nonce), timestamp, nonce, NOW) == f"{timestamp}:{nonce}"


@pytest.mark.parametrize("signature", ["", "0" * 40, "签名", sign("other", STAMP, "n"), sign("t", STAMP, "n").upper()])
def test_a_signature_that_wechatpy_refuses_is_refused(signature: str) -> None:
    with pytest.raises(InvalidSignatureException):
        check_signature("t", signature, STAMP, "n")
    with pytest.raises(WrongSignature) as caught:
        verify("t", signature, STAMP, "n", NOW)
    assert caught.value.field == "signature"
    assert "Token" in caught.value.message["zh"]


@pytest.mark.parametrize("off", [301, -301, 86400])
def test_a_stale_or_future_timestamp_is_refused_though_well_signed(off: int) -> None:
    timestamp = str(int(NOW.timestamp()) - off)
    with pytest.raises(WrongSignature) as caught:
        verify("t", sign("t", timestamp, "n"), timestamp, "n", NOW)
    assert caught.value.field == "timestamp"
    verify("t", sign("t", timestamp, "n"), timestamp, "n", NOW, window_s=abs(off))


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "-5", "9" * 13, "１７"])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: str) -> None:
    with pytest.raises(WrongSignature):
        verify("t", sign("t", timestamp, "n"), timestamp, "n", NOW)


def test_an_empty_token_is_a_fault_of_the_settings_and_lets_nobody_in() -> None:
    with pytest.raises(ValueError, match="token"):
        verify("", sign("", STAMP, "n"), STAMP, "n", NOW)


@pytest.mark.parametrize("xml", [text("停水了"), VOICE, IMAGE, LOCATION, SUBSCRIBE])
def test_a_message_is_read_as_wechatpy_reads_it(xml: bytes) -> None:
    ours, theirs = parse(xml), parse_message(xml)
    assert (ours.account, ours.sender) == (theirs.target, theirs.source)
    assert ours.created_at == datetime.fromtimestamp(theirs.time, UTC)
    assert ours.kind == theirs.type
    assert ours.message_id == (str(theirs.id) if theirs.id else "")
    assert ours.content == (getattr(theirs, "content", None) or getattr(theirs, "recognition", None) or "")
    assert ours.picture_url == (getattr(theirs, "image", None) or "")
    assert ours.label == (getattr(theirs, "label", None) or "")
    place = getattr(theirs, "location", None)
    assert (ours.latitude, ours.longitude) == (tuple(map(float, place)) if place else (None, None))
    assert ours.event == (getattr(theirs, "event", None) or "")


def test_the_dedupe_key_is_the_message_id_and_for_events_sender_and_time() -> None:
    assert parse(text("停水了")).dedupe_key == "700001"
    assert parse(SUBSCRIBE).dedupe_key == f"o-citizen:{STAMP}"


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><MsgType>&c;</MsgType></xml>"""


@pytest.mark.parametrize(
    "attack",
    [
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><xml><MsgType>&e;</MsgType></xml>',
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><xml/>',
        '<!DOCTYPE x [<!ENTITY e "1">]><xml>&e;</xml>'.encode("utf-16"),
        b"<xml>&undefined;</xml>",
        b"<xml>" * 10_000,
        b"\x00\xff\xfe",
        b'<?xml version="1.0" encoding="no-such"?><xml/>',
        b"",
        b"{}",
    ],
)
def test_xml_that_attacks_or_is_none_is_refused_before_anything_is_read(attack: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(attack)
    assert caught.value.field == "body"
    assert "XML" in caught.value.message["zh"]


def test_a_local_file_named_by_an_entity_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    attack = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><xml>{HEAD}<MsgType>&e;</MsgType></xml>'
    with pytest.raises(InvalidInput) as caught:
        parse(attack.encode())
    assert "canary" not in str(caught.value.message)


def test_a_message_over_the_cap_is_refused() -> None:
    with pytest.raises(InvalidInput, match="64 KB"):
        parse(b" " * (MAX_XML_BYTES + 1))


@pytest.mark.parametrize(
    ("xml", "field"),
    [
        (b"<xml/>", "MsgType"),
        (message("text", message_id=""), "MsgId"),
        (b"<xml><MsgType>event</MsgType></xml>", "ToUserName"),
        (text("x").replace(STAMP.encode(), b"soon"), "CreateTime"),
        (text("x").replace(STAMP.encode(), b"9" * 12), "CreateTime"),
        (LOCATION.replace(b"26.650000", b"north"), "Location_X"),
    ],
)
def test_a_message_that_lacks_a_field_is_told_which(xml: bytes, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(xml)
    assert caught.value.field == field
    assert "请" in caught.value.message["zh"] or "例如" in caught.value.message["zh"]


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(text))
def test_any_bytes_are_a_message_or_an_invalid_input(xml: bytes) -> None:
    try:
        parsed = parse(xml)
    except InvalidInput:
        return
    assert parsed.dedupe_key


def test_a_text_and_a_recognised_voice_become_inquiries() -> None:
    inquiry = inquiry_of_message(parse(text("你好，我想反映一下，小区停水两天了。")))
    assert inquiry is not None
    assert (inquiry.channel, inquiry.source, inquiry.external_id) == ("wechat", "wechat", "700001")
    assert (inquiry.title, inquiry.received_at) == ("小区停水两天了", NOW)
    voice = inquiry_of_message(parse(VOICE))
    assert voice is not None
    assert voice.content == "小区停水两天了。"


@pytest.mark.parametrize(
    "xml",
    [
        *(IMAGE, LOCATION.replace("花溪区清溪路".encode(), b""), SUBSCRIBE),
        message("voice", "<MediaId>m1</MediaId>"),
        *(text(content) for content in ("你好", "在吗？", "1", "查询 ABC", "查询")),
    ],
)
def test_what_says_no_matter_is_no_inquiry(xml: bytes) -> None:
    assert inquiry_of_message(parse(xml)) is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("查询 K7QX2M", "K7QX2M"),
        ("查询123", "123"),
        ("查询：k7qx-2m", "K7QX2M"),
        ("查询\uff1a k7 qx 2m", "K7QX2M"),
        ("\u3000查询\u3000Ｋ７ＱＸ２Ｍ。", "K7QX2M"),
        ("查进度K7QX2M", "K7QX2M"),
        ("我要查询工单 20261122-0001", "202611220001"),
        ("查询", ""),
        ("查询：", ""),
        ("查询公积金怎么提取", None),
        ("查询 12345 电话打不通", None),
        ("停水了", None),
    ],
)
def test_a_status_query_is_known_in_the_ways_people_type_it(content: str, code: str | None) -> None:
    assert query_code(parse(text(content))) == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("催办 K7QX2M", "K7QX2M"),
        ("催一下：k7qx-2m", "K7QX2M"),
        ("\u3000催办\u3000Ｋ７ＱＸ２Ｍ。", "K7QX2M"),
        ("催办", None),
        ("催物业修电梯", None),
        ("查询 K7QX2M", None),
    ],
)
def test_a_wish_to_urge_is_known_by_its_code(content: str, code: str | None) -> None:
    assert urged_code(parse(text(content))) == code


def test_an_event_is_never_a_status_query() -> None:
    assert query_code(parse(SUBSCRIBE)) is None


@settings(deadline=None)
@given(st.text(max_size=60) | st.sampled_from(["]]>", "]]>]]>", "a]]><b>&amp;", "]]", "]]]>"]))
def test_a_reply_goes_back_to_the_sender_with_its_text_intact(words: str) -> None:
    root = fromstring(reply_xml(parse(text("停水了")), words, NOW))
    assert root.findtext("ToUserName") == "o-citizen"
    assert root.findtext("FromUserName") == "gh_city"
    assert (root.findtext("MsgType"), root.findtext("CreateTime")) == ("text", STAMP)
    assert [child.tag for child in root] == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"]
    assert root.findtext("Content") == clean(words)


def test_a_reply_reads_like_a_message_to_wechatpy() -> None:
    answer = reply_xml(parse(text("停水了")), "编号 1]]>2", NOW).replace("</xml>", "<MsgId>1</MsgId></xml>")
    assert parse_message(answer).content == "编号 1]]>2"
    assert parse_message(answer).time == int(NOW.timestamp())
