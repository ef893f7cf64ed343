"""Outages of water, power, gas, heating and telecommunication: whether one lasts now, and how far it reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass

from routing.clauses import CLAUSE_END, Context, Standing, context, standing_in
from routing.spotting import Spotting

OUTAGES: tuple[tuple[str, str], ...] = (
    (
        "供水",
        r"停(?:了)?[^,。;!?]{0,3}(?<!热)水(?![平位泥池果])(?!产)|断(?:了)?水(?!果)|"
        r"(?<![田地渠沟塘库])[里头]?(?:没|没有|没得|莫得|冇|无)(?:自来)?水(?:用|吃|喝|可用|"
        r"了)?(?![平印准插浇灌果泥电费])|莫得水|没[得]?水(?![平印准插浇灌果泥电费])|"
        r"水(?:龙头)?[^,。;!?]{0,6}(?:是干的|不出水|没出水|龙头[^,。;!?]{0,4}不出水|一滴[^,。;!?]{0,3}没)|一滴水|"
        r"水[^,。;!?没不未恢]{0,4}(?:没|没有|不|未)来|没来水|不来水|爆(?:了)?管|水管[^,。;!?]{0,4}(?:爆|破裂|"
        r"裂了|断了)|自来水[^,。;!?]{0,8}停了|水(?:给|被|又|都|也)?停了|把水[^,。;!?]{0,3}[停断掐]了",
    ),
    (
        "供电",
        r"停(?:了)?[^,。;!?]{0,3}电(?![动瓶梯车影视缆])|断(?:了)?电(?![动瓶影视])|(?:没|没有|没得|莫得|冇|"
        r"无)电(?![动梯瓶视话影费线缆源池器])(?:了)?|跳闸|(?:全|都|整[栋层楼]+|就)[^,。;!?]{0,2}黑了|"
        r"[全整村寨][^,。;!?灯]{0,6}摸黑|黑麻麻|漆黑一片|一片漆黑|电[^,。;!?没不未恢话]{0,4}(?:没|没有|不|未)来|"
        r"没来电(?!话)|(?:把|将)[^,。;!?]{0,8}电[^,。;!?]{0,3}(?:拉|停|断|掐|剪)了|变压器[^,。;!?]{0,4}(?:坏|烧|"
        r"炸|爆)",
    ),
    (
        "供气",
        r"停(?:了)?气|断气(?!了人)|(?:没|没有|没得|莫得)(?:天然|燃|煤)?气(?![味息质愤势候])(?<!有没有气)|"
        r"(?:天然气|燃气|煤气)[^,。;!?]{0,8}(?:停了|断了|打不[着燃](?!火))|不通气",
    ),
    (
        "供热",
        r"停(?:了)?(?:暖|热水|供暖|供热)|(?:没有?|没得)(?:暖气|供暖|供热|热水)|(?:暖气片?|地暖|"
        r"供暖)[^,。;!?]{0,10}(?:不热|停了|冰|凉|没热)|不供暖|都不热|(?:暖气|供暖|热水|地暖)(?:也|又|都|全)?停",
    ),
    (
        "通信",
        r"断网|断了网|(?:网|网络|宽带|光纤)[^,。;!?慢]{0,8}(?:中断|断了|断的|瘫痪|故障|挖断|全没了|没了)|(?:没|"
        r"没有|没得|莫得)(?:网络?|信号|通信)(?![点店红约购站])|信号[^,。;!?]{0,4}(?:没|没有|"
        r"没得)(?:得)?了?(?=[,。;!?]|\Z)|电话[^,。;!?]{0,3}(?:打不出去|打不出|打不通了)|上不了网|(?:宽带|网络?|"
        r"wifi)[^,。;!?]{0,8}(?:用不了|连不上)",
    ),
)
"""(utility, what is looked for)."""

NO_UTILITY = re.compile(
    r"(?:手机|轮椅|手表|电动车|电瓶车?|车子?|汽车|充电桩|充电宝|栏杆|道闸|门锁|遥控器?|电池|电脑|平板|玩具|"
    r"助听器|电视|游戏|刷卡机|田|地|渠|塘|水库|河|沟|池)[^,。;!?、]{0,5}\Z|(?:门口|路边|路上|通道|盲道|乱|违规?|"
    r"随便|楼道)[里上]?(?:总|都|老|全|乱|又|经常)?\Z"
)
"""Before such words: a thing's battery, a screen, a field; or vehicles that are parked."""

HABIT = re.compile(
    r"经常|总是|老是|频繁|动不动|时不时|常年|三天两头|隔三差五|天天(?!到)|每[天周月年次]|一个月(?:停|断)|偶尔|"
    r"有时|随意"
)
THREAT = re.compile(
    r"威胁|(?<!然)就(?:要|给|会)?(?:我们?)?\Z|吓唬|要挟|说要|扬言|[会要]不会|会不会|是否|计划|将[要会于]|准备|"
    r"打算|明天|后天|下周|通知(?:说|上|写)|不(?:能|许|得|该)|禁止|避免|不交[^,。;!?]{0,6}就|逼"
)
SINCE = re.compile(r"(?:从|昨|前[天晚]|今|早上|晚上|半夜|凌晨|中午|下午|[点分天周月号])[^,。;!?]{0,6}就\Z")
"""昨晚就停水了 tells since when; 不交钱就停水 threatens."""

BEGAN = re.compile(r"开始|到现在|至今")
"""上个星期五开始停水 is not over."""

LASTS = re.compile(
    r"现在|到现在|至今|又\Z|今[天早晚]|[几两三四五六七八九十\d]{1,4}(?:多)?个?(?:天|小时|钟头|夜)了|还没|仍|正在|"
    r"一直|刚|突然|忽然"
)

AREA = re.compile(
    r"小区|整[栋个幢片层条]|全[村镇城楼县区市校寨]|一片|这[片带边]|片区|村里?|镇上?|街道|一条|巷子|家家|"
    r"[百千多几]?户|楼上楼下|[单一二三四五六七八九\d]单元|[栋幢号]楼?|[六七八九五四三二一]栋|都(?!没问题)|"
    r"医院|学校|卫生院|家属院|寨子?|园区|宿舍|大楼|楼道|我们(?!家)|各家|邻居[^,。;!?]{0,4}(?:也|都)(?:没|停|断|"
    r"一样)|自来水厂|爆管|变压器|信号塔|基站"
)
OWN = re.compile(r"我家|家里(?!都)|我屋|我屋头|我们家|俺家|本人家|我(?:这|的)?(?:宽带|手机)|我租的")
"""A whole building or area is without it; or only one home."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage that lasts: the utility, the words that say it, and whether it reaches beyond one home."""

    utility: str
    words: str
    wide: bool


_CUES = Spotting([cues for _, cues in OUTAGES])


def outage_of(text: str) -> Outage | None:
    """The first outage that a (normalised) text tells as lasting now; not one feared, past, planned or repaired."""
    for row, match in _CUES.find(text):
        around = context(text, match.start(), match.end())
        if not NO_UTILITY.search(around.before) and _lasts(around):
            utility = OUTAGES[row][0]
            return Outage(utility, match.group(), _is_wide(text, utility))
    return None


def mentions_outage(text: str) -> bool:
    """Whether an outage is named at all, be it denied, feared or over."""
    return any(_CUES.find(text))


def _lasts(around: Context) -> bool:
    said = standing_in(around)
    if said is not Standing.FACT and not (said is Standing.PAST and BEGAN.search(around.clause)):
        return False
    if HABIT.search(around.clause) and not LASTS.search(around.before):
        return False
    before = CLAUSE_END.split(around.before)[-1]
    return not THREAT.search(before) or bool(SINCE.search(before))


def _is_wide(text: str, utility: str) -> bool:
    """Where nothing is said of it, water, power, gas and heat fail for all, a line for one."""
    if AREA.search(text):
        return not (OWN.search(text) and re.search(r"邻居[^,。;!?]{0,3}(?:有|正常)", text))
    return utility != "通信" and not OWN.search(text)
