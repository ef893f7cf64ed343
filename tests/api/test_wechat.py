"""WeChat's callback: its signature, its repeats, its replies, held against wechatpy as WeChat's other end."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.test_acts import POTHOLES, reviewed
from tests.api.test_public import code_of
from tests.hotline_fixtures import KEYS, Web

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from wechatpy import parse_message
    from wechatpy.utils import WeChatSigner

TOKEN = KEYS["HOTLINE_WECHAT_TOKEN"]
nonces = (f"nonce{number}" for number in itertools.count())


def signed(nonce: str | None = None, at: float | None = None, token: str = TOKEN) -> dict[str, str]:
    """The query of a request that WeChat signed, by wechatpy's signer."""
    stamp, word = str(int(at or time.time())), nonce or next(nonces)
    signer = WeChatSigner()
    signer.add_data(token, stamp, word)
    return {"signature": signer.signature, "timestamp": stamp, "nonce": word}


def text(content: str, message_id: int = 1, kind: str = "text") -> str:
    return (
        f"<xml><ToUserName><![CDATA[gh_city]]></ToUserName><FromUserName><![CDATA[o-citizen]]></FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content><MsgId>{message_id}</MsgId></xml>"
    )


def push(web: Web, xml: str, query: dict[str, str] | None = None) -> Any:
    return web.client.post("/wechat/callback", data=xml.encode(), query_string=query or signed())


def reply(answer: Any) -> str:
    """The text of a passive reply, as WeChat's side reads it."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/xml; charset=utf-8"
    message = parse_message(answer.data)
    assert (message.source, message.target) == ("gh_city", "o-citizen")
    return str(message.content)


def number_in(words: str) -> str:
    return next(line.removeprefix("编号：") for line in words.splitlines() if line.startswith("编号："))


def test_the_address_proves_itself_to_wechat(web: Web) -> None:
    answer = web.client.get("/wechat/callback", query_string=signed() | {"echostr": "5837"})
    assert (answer.status_code, answer.text) == (200, "5837")


def test_a_text_becomes_a_ticket_and_its_sender_is_told_who_has_it(web: Web) -> None:
    words = reply(push(web, text(f"乌当区{POTHOLES}")))
    assert "已转给乌当区人民政府办理" in words
    number = number_in(words)
    assert code_of(web, number) in words
    assert web.get(f"tickets/{number}", "agent").json["source"] == "wechat"


def test_the_same_message_again_and_at_once_is_one_ticket(web: Web) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: push(web, text(POTHOLES, 7)), range(3)))
    assert len({reply(answer) for answer in answers}) == 1
    assert len(web.get("tickets", "agent").json["items"]) == 1


def test_the_code_alone_tells_the_status(web: Web) -> None:
    number = reviewed(web)
    words = reply(push(web, text(f"查询 {code_of(web, number)}")))
    assert number in words
    assert "待回访" in words
    assert "坑洼路段已修补完毕。" in words
    assert "没有找到" in reply(push(web, text("查询 ABCDEFGH01234", 2)))
    assert "查询码" in reply(push(web, text("查询", 3)))
    assert "没有找到" in reply(push(web, text(f"查询 {number}", 4))), "a number alone opens nothing"


def test_a_citizen_urges_by_a_message_once_a_day(web: Web) -> None:
    words = reply(push(web, text(f"乌当区{POTHOLES}")))
    number = number_in(words)
    code = code_of(web, number)
    assert f"已为您催办，编号 {number}" in reply(push(web, text(f"催办 {code}", 2)))
    assert "今天已经催办过了" in reply(push(web, text(f"催办 {code}", 3)))
    assert "没有找到" in reply(push(web, text("催办 ABCDEFGH01234", 4)))
    urged = [event for event in web.get(f"tickets/{number}/events", "agent").json if event["action"] == "urge"]
    assert [event["by"] for event in urged] == ["来件人"]


@pytest.mark.parametrize("kind", ["image", "location", "video"])
def test_what_is_no_text_gets_a_helpful_one(web: Web, kind: str) -> None:
    assert "请直接发文字" in reply(push(web, text("", 5, kind)))
    assert web.get("tickets", "agent").json["items"] == []


def test_a_greeting_and_a_new_follower_are_told_how_it_works(web: Web) -> None:
    assert "请直接发文字" in reply(push(web, text("你好")))
    event = text("", 6, "event").replace("</xml>", "<Event><![CDATA[subscribe]]></Event></xml>")
    assert reply(push(web, event)).startswith("您好")


def test_a_wrong_signature_a_stale_time_and_a_replay_are_refused_in_plain_words(web: Web) -> None:
    used = signed()
    assert push(web, text(POTHOLES), used).status_code == 200
    refused = {
        "签名不对": signed(token="another"),
        "时钟": signed(at=time.time() - 3600),
        "重复": used,
        "签名": {},
    }
    for words, query in refused.items():
        answer = web.client.post("/wechat/callback", data=text("停水了", 9), query_string=query)
        assert (answer.status_code, answer.content_type) == (403, "text/plain; charset=utf-8")
        assert words in answer.text
    english = web.client.get("/wechat/callback", headers={"Accept-Language": "en"})
    assert english.text.startswith("Wrong signature")
    assert len(web.get("tickets", "agent").json["items"]) == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_bodies_that_are_no_message_are_refused_and_read_no_file(web: Web) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>'
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>'
    for body in (bomb, outside, "not xml", "<xml></xml>", "x" * 70_000, ""):
        answer = push(web, body)
        assert answer.status_code == 400, body[:40]
        assert answer.content_type == "text/plain; charset=utf-8"


AWAY = """
import os, sys
from api import create_app
web = create_app().test_client()
query = dict(pair.split("=", 1) for pair in sys.argv[1].split("&"))
first = web.post("/wechat/callback", data=sys.argv[2].encode(), query_string=query)
again = web.post("/wechat/callback", data=sys.argv[2].encode(), query_string=query)
progress = web.get("/api/v1/public/tickets/NOTACODE00000?phone_tail=1234")
print(first.status_code, again.status_code, progress.status_code, "<Content>" in first.text)
"""


def test_it_answers_also_with_the_index_and_redis_away(web: Web) -> None:
    import os

    away = {"HOTLINE_REDIS_URL": "redis://127.0.0.1:9/0", "HOTLINE_ELASTICSEARCH_URL": "http://127.0.0.1:9"}
    query = "&".join(f"{name}={value}" for name, value in signed().items())
    command = [sys.executable, "-c", AWAY, query, text(POTHOLES)]
    done = subprocess.run(command, env=os.environ | away, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split()[-4:] == ["200", "403", "404", "True"], done.stderr
