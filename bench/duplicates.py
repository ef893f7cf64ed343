"""Repeats: how well they find each other on real messages, and what the comparing costs.

The pairs of duplicates.tsv (id, id, verdict, half; no text stands there) are of a file messages.csv that is not part of
the project: name its folder with HOTLINE_BENCH_DATA or --data. 415 pairs were read, both texts side by side, and judged
by one rule: *same* where a clerk would join them, that is the same concrete trouble with the same thing at the same
place, whoever wrote; *other* for all else, also for the same kind of trouble elsewhere, another trouble at the same
estate, and two people's questions about one regulation that need two answers. A second reader judged all of them by
that rule without knowing the first's verdicts: the two agreed on 408 of 415 (Cohen's kappa 0.97). Each of the other
seven was read a third time, and its final verdict stands here: three became *other*, three *same*, one stayed.

How they were drawn: 335 before there was any score, at random within strata, no message more than twice, exact repeats
left out: by the cosine of the words of title and text (six strata from 0.12 up, 175 pairs), by that of the title's
characters (four from 0.2 up, 80), by runs of three or four characters that at most five messages have (30), by the name
of a place that 6 to 40 messages have (20), of one sender (25), and any two (5). Then 80 more among the pairs that share
a trace, in six strata of an early score from 0.2 up, no message twice and no name more than twice. The halves were
parted by matter, not by pair: what belongs to one pile is in one half. The signs of today, their weights and the
threshold come from the half to tune alone (signs and threshold by cross-validation within it); the other half was
measured once, when all was set. An earlier choice of signs had been cross-validated over both halves. The strata near
the border are drawn far more often than they come: in a day's mail there are more plain cases, and the figures are
better.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import chinese
from bench.figures import Figure, processor_seconds
from hotline import seeds
from routing import catalogue
from routing.classifier import Classifier
from routing.likeness import LEAST, Said, likeness, most_like, traces

VARIABLE = "HOTLINE_BENCH_DATA"
PAIRS = Path(__file__).with_name("duplicates.tsv")
LEAST_PRECISION, LEAST_RECALL = 0.95, 0.80

CANDIDATES = 50
NOON = datetime(2026, 3, 9, 4, 0, tzinfo=UTC)

TIMES = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d")


def duplicates() -> Sequence[Figure]:
    """Exact repeats found, and precision and recall of the labelled pairs at the threshold of proposals."""
    file = Path(os.environ.get(VARIABLE, ".")) / "messages.csv"
    if VARIABLE not in os.environ or not file.is_file():
        return [Figure("duplicates_skipped", 0, f"there is no messages.csv: name its folder with {VARIABLE} or --data")]
    csv.field_size_limit(1 << 24)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        said = dict(_messages(csv.DictReader(lines)))
    return [_exact(list(said.values())), *_labelled(said)]


def _messages(rows: Iterator[dict[str, str]]) -> Iterator[tuple[str, Said]]:
    """id → message: without a place, as they came, and with the matter that the untrained catalogue gives."""
    classifier = Classifier(catalogue.read(seeds.HERE / "catalogue"))
    for row in rows:
        best = classifier.classify(row["detail"], row["title"], top=1)
        matter = best[0].matter if best else ""
        yield row["id"], Said(row["detail"], row["title"], (), _time(row["time"]), row["user"], matter)


def _time(written: str) -> datetime:
    for form in TIMES:
        try:
            return datetime.strptime(written.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"no known form of a time: {written}")


def _exact(messages: Sequence[Said]) -> Figure:
    """Of the messages whose text came before, those that share a trace with an earlier one and score 1 with it."""
    seen: defaultdict[str, list[tuple[Said, set[int]]]] = defaultdict(list)
    repeated = found = 0
    for said in messages:
        own, earlier = set(traces(said.title, said.text)), seen[chinese.normalise(said.text)]
        repeated += bool(earlier)
        found += any(own & theirs and likeness(said, other).score == 1.0 for other, theirs in earlier)
        earlier.append((said, own))
    return Figure("duplicates_exact", found, f"of {repeated} exact repeats", 1.0, found / repeated)


def _labelled(said: Mapping[str, Said]) -> Iterator[Figure]:
    with PAIRS.open(encoding="utf-8", newline="") as lines:
        pairs = [
            (said[one], said[other], verdict == "same", half)
            for one, other, verdict, half in csv.reader(lines, delimiter="\t")
        ]
    for half, precise, complete in (("tune", None, None), ("test", LEAST_PRECISION, LEAST_RECALL)):
        judged = [(likeness(one, other).score >= LEAST, same) for one, other, same, mine in pairs if mine == half]
        joined, same = sum(yes for yes, _ in judged), sum(same for _, same in judged)
        right = sum(yes and same for yes, same in judged)
        unit = f"{half} half, {len(judged)} pairs, score from {LEAST}"
        yield Figure("duplicates_precision", right / joined, unit, precise, right / joined)
        yield Figure("duplicates_recall", right / same, unit, complete, right / same)
    shared = [bool(set(traces(a.title, a.text)) & set(traces(b.title, b.text))) for a, b, same, _ in pairs if same]
    yield Figure("duplicates_reached", sum(shared) / len(shared), "of the pairs of one matter share a trace")


def likeness_ms() -> Iterator[Figure]:
    """The engine's part of one new message: its traces, and its comparing with 50 candidates, reasons included."""
    said = [_invented(number) for number in range(CANDIDATES + 1)]
    new, others = said[0], said[1:]
    yield Figure("traces_ms", processor_seconds(lambda: traces(new.title, new.text), calls=200) * 1e3, "ms", 1.0)
    compared = processor_seconds(lambda: most_like(new, others, CANDIDATES, 0.0), calls=10)
    yield Figure("likeness_ms", compared * 1e3, f"ms for {CANDIDATES} candidates", 8.0)


@cache
def _estates() -> tuple[str, ...]:
    first, second = "云碧翠金锦明瑞康安和", "湖景苑溪岭泉峰塘桥林"
    kinds = ("花园", "家园", "小区", "公馆")
    return tuple(map("".join, product(first, second, kinds)))


TROUBLES = (
    ("烧烤店油烟扰民", "楼下的烧烤店没有装油烟净化器，每天傍晚起油烟直往楼上灌，衣服不敢晾，窗户不敢开"),
    ("电梯经常坏", "电梯一个月坏了四次，困过两回人，物业说维修基金批不下来，老人上下楼全靠走"),
    ("半夜停水", "这一周天天夜里停水，没有通知，早上才来，水还是黄的，打自来水公司电话说在查管网"),
    ("路灯不亮", "门前这条路的路灯坏了一个多月，下晚自习的学生摸黑走，已经有人摔进没盖的井里"),
    ("工地夜间施工", "旁边工地凌晨两点还在打桩，渣土车进进出出，报过几次警，人一走又开工"),
    ("车库漏水", "地下车库一下雨就漏，车位上积水没过脚面，墙皮大片脱落，配电箱就在旁边"),
    ("幼儿园学位不够", "配套幼儿园只招两个小班，登记的孩子有一百多个，摇号摇不上的要去三公里外"),
    ("房产证办不下来", "交房三年了房产证还没有办下来，开发商说土地抵押没有解除，孩子上学要用"),
    ("广场舞音响太吵", "每晚七点到十点广场舞音响开到最大，家里有备考的学生，劝过几次反被骂"),
    ("垃圾站臭味大", "垃圾中转站挨着居民楼，渗滤液流到路面，苍蝇成群，夏天臭得吃不下饭"),
    ("公交改线", "公交改线以后不再经过这里，上班要走二十分钟到下一站，老人看病更不方便"),
    ("僵尸车占车位", "路边停车位被几辆没有牌照的车占了大半年，落满灰，真正要停车的人没地方停"),
)

OPENINGS = ("您好，", "我是这里的业主，", "想反映一件事：", "麻烦你们管一管，", "已经是第二次来信了，")
ENDINGS = ("请尽快处理。", "希望给个答复。", "盼回复。", "请派人来看看。", "谢谢。")


def _invented(number: int) -> Said:
    """A message of our own making, as long as people write on average: an estate, two troubles, turns of phrase."""
    chance = Random(number)
    estate, (trouble, story), (_, other) = chance.choice(_estates()), *chance.sample(TROUBLES, 2)
    text = f"{chance.choice(OPENINGS)}{estate}{chance.randint(1, 30)}栋{story}。还有，{other}，{chance.choice(ENDINGS)}"
    return Said(text * 2, f"{estate}{trouble}", (), NOON + timedelta(minutes=number))
