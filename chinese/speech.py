"""Text as it would have been written: fillers, stutters, a recogniser's spaces and a chat's [捂脸] taken out.

Two levels, each for its own readers. `chinese.normalise` is about spelling and loses no word: the index, queries,
digests and names rely on it, and an exact phrase is found as it was said. `fluent` is about speech and loses words
that say nothing: routing, summaries and the comparing of messages read it, nothing that is stored or quoted does.

A word goes only where it fills a pause: 那个 between two pauses, never in 那个人; 额 on its own, never in 额度.
Every repetition is bounded or possessive, so that time grows no faster than the text.
"""

from __future__ import annotations

import re

PAUSE = r",\uff0c、\s"
"""Inside [ ]: commas of either width and white space."""

HAN = "\u3400-\u9fff\U00020000-\U0003ffff"

_STOP = r"。!?;\uff01\uff1f\uff1b"
_BREAK = rf"{PAUSE}{_STOP}.:\uff1a~…\-—\""
_ALONE = rf"(?=[{_BREAK}]|\Z)"

_CHAT = (
    "微笑|撇嘴|发呆|得意|流泪|害羞|闭嘴|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|偷笑|愉快|白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂|疑问|晕|衰"
    "|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|吃瓜"
    "|加油|汗|天啊|社会社会|旺柴|好的|打脸|哇|翻白眼|让我看看|叹气|苦涩|裂开|爱心|心碎|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|合十|咖啡|玫瑰|凋谢"
    "|炸弹|发抖|怒|泪|祈祷|心|作揖|赞|鲜花"
)
_FACE = re.compile(rf"\[(?:{_CHAT})\]")

_SOUND = "嗯|呃(?!逆)|诶|欸|唔|呣"
"""What no other word is made of: it goes wherever it stands."""

_CALL = "[喂唉哎诶啊哦噢喔额呀哈哼]++[呀哟呦]?|那么?|就是|(?:[那这]个)++[啥什]?么?|然后呢?|完了(?:之后)?呢?|反正"
_SAYING = (
    "也?就是说[呢吧嘛]?|怎么[说讲]呢?|[你您](?:知道|晓得|懂|明白)[吧吗不嘛啊]?|我[跟给和同][你您][说讲][啊嘛哈]?|是这样子?的?[啊哈嘛哦]?"
    "|对吧|对不对?|是吧"
)
_HUMS = re.compile(rf"(?:{_SOUND})++")
_FILLS = re.compile(rf"([{_BREAK}])(?:{_CALL}|{_SAYING}){_ALONE}")
_LEADS = re.compile(
    rf"([{_BREAK}])(?:就是说|然后呢|[那这]个(?=我们?(?:家|这|那边|小区|单元|楼|村|想|要|来|就)|请问|麻烦|你好|您好|就是说|我[想要]))"
)
"""Each begins with the break before it, kept: so a search looks at breaks alone, ten times faster."""

_AGAIN = re.compile(r"([我你他她它就这那])\1++|((?:[我他她你]们)|就是|[这那]个|然后|因为|所以|[这那]边|但是)(?:\2)++")
_PAUSES = re.compile(rf"([{PAUSE}])[{PAUSE}]++|([{_STOP}])[,\uff0c、]++")

_SPACE = re.compile(rf"(?<=[{HAN}])[ \u3000](?=[{HAN}])")
_SPACED = 0.3
"""Spaces a Chinese character from which on they divide words (a recogniser's) and no longer clauses (a person's)."""

_EDGES = " \n\t,\uff0c、"

_ROUNDS = 8
"""Two rounds settle what people say. What has not settled then is no speech."""


def fluent(text: str) -> str:
    """The text without fillers of speech, stutters and [捂脸]; words that a recogniser spaced out closed up again.

    For texts as written or normalised; no other word is touched and the order stays. Pure, idempotent. About 0.1 ms for
    300 characters. A text of nothing but fillers gives an empty one.
    """
    said = text
    for _ in range(_ROUNDS):
        before, said = said, _round(said)
        if said == before:
            return said if any(map(str.isalnum, said)) else ""
    return text


def _round(text: str) -> str:
    text = _AGAIN.sub(_once, _HUMS.sub("", _FACE.sub(" ", _closed_up(text))))
    text = _LEADS.sub(r"\1", _FILLS.sub(r"\1", f"\n{text}"))
    return _PAUSES.sub(_once, text).strip(_EDGES)


def _once(said: re.Match[str]) -> str:
    return said[1] or said[2]


def _closed_up(text: str) -> str:
    spaces = len(_SPACE.findall(text))
    return _SPACE.sub("", text) if spaces and spaces >= _SPACED * sum(sign.isalpha() for sign in text) else text
