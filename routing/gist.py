"""What a message names and what it is about, with what each word weighs: the ground on which messages are compared.

Two messages are one matter where the same thing has the same trouble, so the two are kept apart. *Names* are what
points at a thing: proper names, codes and numbers with their unit, and pairs of neighbouring words of which one is a
lone character (names that no dictionary knows come out of the cut in crumbs) or a general word for a place (星光+花园).
*Topics* are the other words that say something. How much a word tells is how rare it is: by the frequencies of
rjieba's own dictionary, read without the names that the house adds to it, so that the same text weighs the same in
each process, and less a list of words that are in every second message to a hotline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

import rjieba

from chinese import normalise

LONGEST = 500
"""Characters of a text that are looked at; what comes later changes no verdict and costs no time."""

LONGEST_TITLE = 100
MOST_READ = 1000
"""So many messages that were read last are remembered as they were read: some 15 MB in each process."""

OPENING = 40
"""Where there is no title, this many first characters stand for it."""

DICTIONARY = 60_000_000
"""About how many words the frequencies of rjieba's dictionary were counted in."""

COMMON = 8.0
"""Below this rarity (the logarithm of one in how many words) a word tells nothing: 我们, 没有."""

HEAVIEST = 9.0
LIGHTEST_TOPIC, LIGHTEST_NAME = 0.2, 0.5
NUMBERED = 3.0
"""What a code or a number with its unit weighs (808路, 3栋): the dictionary knows none."""

UNKNOWN = 3
"""A word that the dictionary has at most this often is as good as a name."""

_EMPTY = """
领导 书记 市长 区长 县长 局长 部门 有关 相关 政府 市政府 区政府 县政府 市委 您好 你好 你们 我们 他们 尊敬
谢谢 感谢 希望 请求 恳请 强烈 要求 反映 反应 投诉 举报 咨询 请问 询问 建议 问题 情况 解决 处理 答复 回复
重视 关注 督促 查处 核实 调查 落实 监管 管理 工作 人员 单位 开发商 开发 物业 业主 业委会 居民 市民 村民 群众
老百姓 百姓 人民 房子 房屋 住户 小孩 孩子 小孩子 老人 学生 家长 上班 生活 严重 影响 安全 隐患 环境 时间 现在
目前 已经 一直 至今 多次 长期 每天 晚上 白天 早上 凌晨 上午 中午 下午 今年 去年 电话 热线 没有 不能 可以
什么 这个 那个 怎么 怎么办 怎样 如何 为什么 因为 所以 但是 如果 就是 还是 或者 以及 进行 通过 根据 关于 由于
为了 附近 旁边 周边 里面 上面 下面 国家 社会 一个 自己 需要 应该 是否 何时 能否 尽快 及时 有效 合理 合法
违法 违规 非法 不作为 推诿 职能 执法 城管 街道办 居委会 村委会 派出所 保护 权益 利益 合法权益 广大 全体 很多
许多 多年 月份 之后 之前 以来 开始 后来 结果 导致 造成 发现 告知 表示 认为 知道 看到 听说 联系 沟通 协商
地处 位于 作为 力度 加快 大背景 背景 倡导 政策 行动 具体 刻不容缓 以人为本 本人 一名 我家 麻烦 不知 再次
仍然 依然 此事 真的 这样 这里 其中 其他 方面 正常 正在 无人 依法 相关部门 有关部门 合同 全部 部分 小时 左右
以上 以下 特别 非常 完全 基本 必须 继续 提供 存在 发生 出现 成为 属于 只有 不是 不要 不到 不会 并且 而且
甚至 虽然 可是 然后 于是 到底 究竟 几年 几天 天天 每年 每次 一年 两年 半年 一天 两天 多年来 近日 近期 最近
日前 早日 分钟
"""
EMPTY = frozenset(_EMPTY.split())
"""Words of address, asking, time and manner, and those that nearly every complaint has: our own list."""

_PLACE_WORDS = """
小区 花园 公馆 大厦 广场 家园 国际 公寓 大道 集团 小学 中学 幼儿园 医院 学院 大学 学校 超市 市场 酒店 大酒店
饭店 公园 车站 楼盘 工地 路 街 巷 镇 乡 村 苑 府 城 湾 园 桥 站 期 新城 社区 街道 新村 豪庭 名苑 中心 商场
商城 山庄 别墅 工业园 开发区 高速 地铁 公路 隧道 水库 公司 平台 案 号线 线 组
"""
PLACE_WORDS = frozenset(_PLACE_WORDS.split())
"""General words for places, bodies and lines: each makes a name of the word before it and says little alone."""

SPOTS = PLACE_WORDS - frozenset(
    ("案", "期", "线", "号线", "组", "站", "平台", "公司", "集团", "中心", "学校", "医院", "高速", "地铁")
)
"""Those of which a message that names another speaks of another thing."""

FUNCTION = frozenset(
    "我你他她它的了在是不有也都就还很再被把对从到与和及向让给等该此这那每个月年日天元万点时分米楼层户号您们请"
    "问何为可会能要没无又更最已将由之所其以于或但而且并很太多少大小新老上下前后里外中内间边处人家房区县市"
)
"""Characters that join, count or show the way: a lone one of these is no crumb of a name."""

AREAS = ("市", "区", "县")
"""What the names of cities and districts end in where the dictionary does not know them whole."""

MEASURES = frozenset("年月日点万元平米多个亿号")
"""After a number they make dates and sums, not names."""

PROPER = frozenset({"nr", "ns", "nt", "nz"})
"""The dictionary's tags of proper names."""

_OFFICE = re.compile("书记|县长|市长|区长|局长|领导|主任|代表")

_SILENT, _NUMBER, _ODD, _PROPER, _PLACE, _MEASURE = 1, 2, 4, 8, 16, 32

_MOST_KNOWN = 50_000
_known: dict[str, tuple[int, float]] = {}
"""Words met before: what each is and what it weighs. Emptied when it is full."""


@dataclass(frozen=True, slots=True)
class Gist:
    """A message as it is compared: names and topics with what each weighs, of title and text together, in the order in
    which they are said; those of the title once more. `places` are what spots are called (星光 of 星光花园) and `areas`
    the cities and districts (a市), each of the title where it has any. `title` and `said` are normalised. `length` is
    that of the names as a vector in which those of the title count double, `crumbs` are all twos of neighbouring
    characters in the title.
    """

    title: str
    said: str
    title_names: Mapping[str, float]
    title_topics: Mapping[str, float]
    names: Mapping[str, float]
    topics: Mapping[str, float]
    places: frozenset[str]
    areas: frozenset[str]
    length: float
    crumbs: frozenset[str]

    def speaks_of(self, words: Iterable[str]) -> bool:
        """Whether one of the words stands in the message."""
        return any(word in self.title or word in self.said for word in words)


def gist(title: str, text: str) -> Gist:
    """Read a message: any text at all, of which its first LONGEST characters count. About 0.1 ms; nothing for one of
    the MOST_READ that were read last, by their words alone. Threads may read at the same time.
    """
    return _read(title[:LONGEST_TITLE], text[:LONGEST])


@lru_cache(maxsize=MOST_READ)
def _read(title: str, text: str) -> Gist:
    shown, said = normalise(title), normalise(text)
    headline, whole, first = _Reading(), _Reading(), shown or said[:OPENING]
    headline.read(first)
    whole.names, whole.topics = dict(headline.names), dict(headline.topics)
    whole.read(said)
    return Gist(
        title=shown,
        said=said,
        title_names=headline.names,
        title_topics=headline.topics,
        names=whole.names,
        topics=whole.topics,
        places=frozenset(headline.places or whole.places),
        areas=frozenset(headline.areas or whole.areas),
        length=sqrt(sum((weight * (1 + (name in headline.names))) ** 2 for name, weight in whole.names.items())),
        crumbs=frozenset(map("".join, pairwise(first))),
    )


def forget() -> None:
    """Remember none of the messages that were read."""
    _read.cache_clear()


class _Reading:
    """What was found so far."""

    __slots__ = ("areas", "names", "places", "topics")

    def __init__(self) -> None:
        self.names: dict[str, float] = {}
        self.topics: dict[str, float] = {}
        self.places: list[str] = []
        self.areas: list[str] = []

    def read(self, text: str) -> None:
        """One pass over the words of a text; it runs for each of many candidates, so it is kept lean."""
        names, topics, before, was = self.names, self.topics, "", _SILENT
        for word in rjieba.cut(text, False):
            kind, weight = _known.get(word) or _learn(word)
            if kind & _SILENT:
                if word in AREAS and not was & _SILENT and (len(before) > 1 or before.isascii()):
                    self.areas.append(before + word)
                joined = word == "之" and not was & _SILENT
                before, was = (before + word, _ODD) if joined else ("", _SILENT)
                continue
            if weight:
                (names if kind & (_PROPER | _NUMBER) else topics)[word] = weight
            if not was & _SILENT:
                if was & _NUMBER:
                    if not kind & (_MEASURE | _NUMBER):
                        names[before + word] = NUMBERED
                elif not kind & _NUMBER and ((was | kind) & _ODD or (kind & _PLACE and not was & _PLACE)):
                    name = before + word
                    names[name] = HEAVIEST
                    if word in SPOTS:
                        self.places.append(before if len(before) > 1 else name)
            before, was = word, kind


def _learn(word: str) -> tuple[int, float]:
    if len(_known) >= _MOST_KNOWN:
        _known.clear()
    kind = _kind(word)
    known = _known[word] = kind, 0.0 if kind & _SILENT else _weight(word, kind)
    return known


def _kind(word: str) -> int:
    """What a word is, whatever stands around it."""
    if not any(map(str.isalnum, word)) or word in EMPTY or _OFFICE.search(word):
        return _SILENT
    if word.isascii() or any(map(str.isdigit, word)):
        return _NUMBER
    place, measure = _PLACE * (word in PLACE_WORDS), _MEASURE * (word[0] in MEASURES)
    if len(word) == 1:
        silent = word in FUNCTION and not place and not measure
        return _SILENT if silent else place | measure | _ODD * (word not in FUNCTION)
    tag = rjieba.tag(word, False)[0][1]
    proper = _PROPER | _ODD if tag in PROPER else 0
    return place | measure | proper | _ODD * (tag != "m" and rjieba.suggest_freq(word) <= UNKNOWN)


def _weight(word: str, kind: int) -> float:
    """What a word tells by itself; nothing for a lone character, a plain number and a general word for a place."""
    if kind & _NUMBER:
        return 0.0 if word.isdigit() or len(word) == 1 else NUMBERED
    if kind & _PLACE or len(word) == 1:
        return 0.0
    rarity = log(DICTIONARY / max(rjieba.suggest_freq(word), 1))
    return max(LIGHTEST_NAME if kind & _PROPER else LIGHTEST_TOPIC, min(HEAVIEST, rarity - COMMON))
