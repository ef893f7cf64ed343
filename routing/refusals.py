"""What a hotline does not take: lawsuits, petitions, repeats, secrets, emergencies, advertisements (北京 Art. 11).

A refusal is only ever proposed, with its reason code and the channel to take instead; people decide.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from routing.clauses import Context, context, is_supposed, is_told
from routing.dangers import Alarm
from routing.decision import Decision
from routing.spotting import Spotting

REFUSALS: tuple[tuple[str, str, str], ...] = (
    (
        "litigation",
        "已进入诉讼、仲裁程序,依法由法院或仲裁机构处理,建议按诉讼、仲裁渠道反映",
        r"法院[^,。;!?]{0,10}(?:立案|受理了|开庭|审理中|在审|判了|判决|判的|裁定|调解书|强制执行|"
        r"传票(?!我?也?没))|(?:已经?|正在)(?:向[^,。;!?]{0,8})?(?:起诉|诉讼|打官司|上诉|应诉)|(?:起诉|上诉|"
        r"告)[^,。;!?]{0,8}(?:立案了|已立案|已受理|开庭)|诉讼(?:中|期间|过程中)|[一二终再]审[^,。;!?]{0,4}(?:判|"
        r"败诉|胜诉|已|开庭|维持|驳回|改判)|(?:劳动)?仲裁(?:委员会|委|院|庭)?[^,。;!?]{0,4}(?:已经?|正在)(?:立案|"
        r"受理|裁决|审理|开庭)|正在仲裁|仲裁裁决(?:书)?(?:下来|出来|已)|(?:执行|强制执行)(?:阶段|程序|局)|"
        r"执行法官|判决书[^,。;!?]{0,6}(?:下来|生效|不执行)|(?:案子|官司)[^,。;!?]{0,6}(?:开庭|判了|在打|审理|"
        r"二审|上诉)",
    ),
    (
        "petition",
        "已进入信访程序,由信访部门按《信访工作条例》办理,建议通过原信访渠道查询",
        r"信访(?:局|部门|办)?[^,。;!?]{0,6}(?:已经?|正在)(?:受理|登记|办理|答复|立案)|信访[^!?。]{0,12}登记过|"
        r"信访[^!?。]{0,24}(?:复核|复查)[^,。;!?]{0,6}(?:出来|结束|完|过|意见)|信访(?:复查|复核|事项(?:处理|"
        r"答复)意见|答复意见|受理告知|程序)|(?:已经?|正在)(?:在|走|进入|通过|向)?[^,。;!?]{0,4}信访(?!局说)",
    ),
    (
        "repeat",
        "同一事项已在办理或已答复,如有新的情况请补充说明",
        r"(?:再次|又来|又|第[二三四五六七]次)反[映应][^!?。]{0,30}(?:上次|之前|上回)[^!?。]{0,20}(?:已经?|说|"
        r"答复)|(?:昨天|前天|上次|上周|上个?星期|上个?月|之前|前几天)[^,。;!?]{0,10}(?:反[映应]|投诉|打|"
        r"报)[^。;!?]{0,16}(?:怎么样|进度|处理得|有结果|结果没|到哪一步|有回复)",
    ),
    (
        "state_secret",
        "涉及国家秘密,热线不受理,请勿通过热线、网络传递涉密内容",
        r"涉及国家秘密|国家机密|军事机密|军事秘密|绝密|机密文件|(?:写着|盖着|标着|印着)[^,。;!?]{0,4}(?:机密|"
        r"秘密|绝密)|涉密(?!岗|人员|单位)",
    ),
)
"""(reason code, Chinese words, what is looked for): matters with a legal channel of their own."""

DENIED = re.compile(r"(?:还没有?|没有?|未|并未|不|从未|没能|无法|不能|拒绝|是否|不予|不属于|不涉)[^,。;!?]{0,3}\Z")
INSIDE = re.compile(r"(?:没有?|未|不(?!服|执行)|不予|拒绝)[^,。;!?]{0,2}(?:立案|受理|起诉|开庭|涉密|登记)")
FINISHED = re.compile(
    r"(?:案子|官司|诉讼|仲裁)[^,。;!?]{0,6}(?:早|已经?)?(?:结了|结束了|了结|撤诉)|跟[^,。;!?]{0,4}(?:案子|官司|"
    r"那个)(?:没关系|无关)"
)
"""Not yet, or no more, before a court: the hotline takes it."""

PROMOTION = re.compile(
    r"诚邀|莅临|洽谈合作|限时[^,。;!?]{0,4}(?:优惠|折)|优惠活动|量大优惠|名额有限|[一-九\d]折优惠|加(?:我)?微信|"
    r"无抵押|低息|当天放款|专业(?:办理|疏通|清洗|承接|维修|代办)|长期有效|详情[^,。;!?]{0,4}(?:致电|咨询|联系)|"
    r"欢迎(?:来电|咨询|选购|加盟)|代理加盟|我司[^,。;!?]{0,20}产品|全国[^,。;!?]{0,10}(?:选择|领先)|免费上门|"
    r"扫码(?:领|进群)|高价回收"
)
_PROMOTION = Spotting([PROMOTION.pattern])
NO_PROMOTION = re.compile(r"投诉|举报|骗|骚扰|推销|退|反映|请问|扰|让我|叫我|建议")
ENOUGH_CUES = 2
"""So many signs of an advertisement make one, where nothing in the text asks for anything."""

LONGEST_QUOTE = 14
NEAR_START = 80
AT_ONCE = re.compile(r"正在|在[砸撬]|(?<!到)现在(?!还没)|此刻|快来|快点|救命|救人|有人拿刀|来人")
"""Said beside a danger: it is for 110, 119 and 120 first."""

_CUES = Spotting([cues for *_, cues in REFUSALS])


def refused(text: str, alarms: Sequence[Alarm] = ()) -> tuple[str, str] | None:
    """(reason code, Chinese words with the right channel) for what a hotline does not take; None otherwise.

    The codes are those of the life cycle's reject reasons. An emergency is a danger to life among `alarms` that is said
    to go on at this moment, for which 110, 119 or 120 is faster than any unit.
    """
    if emergency := _emergency(text, alarms):
        return emergency
    if cues := promotion(text):
        return "commercial", f"文中有“{cues[0]}”“{cues[1]}”:属商业推广,没有具体诉求,热线不受理"
    if FINISHED.search(text):
        return None
    for row, match in _CUES.find(text):
        code, words, _ = REFUSALS[row]
        if not _is_free(match.group(), context(text, match.start(), match.end())):
            return code, f"文中有“{_short(match.group())}”:{words}"
    return None


def with_refusal(decision: Decision, text: str, alarms: Sequence[Alarm] = ()) -> Decision:
    """The decision with what is proposed for rejection, and the right channel named to the citizen; people decide."""
    verdict = refused(text, alarms)
    if not verdict:
        return decision
    code, words = verdict
    advice = decision.advice or words.partition(":")[2]
    return replace(decision, reject_reason=code, advice=advice, reasons=(*decision.reasons, f"受理依据:{words}"))


def promotion(text: str) -> list[str]:
    """The signs of an advertisement, where there are enough of them; none where the text asks for anything."""
    cues = list(dict.fromkeys(match.group() for _, match in _PROMOTION.find(text)))
    return cues if len(cues) >= ENOUGH_CUES and not NO_PROMOTION.search(text) else []


def _is_free(said: str, around: Context) -> bool:
    """Denied, quoted of others, or only supposed: nothing is before a court, nothing is secret."""
    return bool(DENIED.search(around.before) or INSIDE.search(said)) or is_told(around) or is_supposed(around)


def _emergency(text: str, alarms: Sequence[Alarm]) -> tuple[str, str] | None:
    for alarm in alarms:
        if alarm.code != "life" or not alarm.number or alarm.start > NEAR_START:
            continue
        around = text[max(0, alarm.start - 30) : alarm.start + 40]
        if AT_ONCE.search(around):
            return "emergency", f"文中有“{alarm.words}”({alarm.what}),正在发生:请立即拨打 {alarm.number}"
    return None


def _short(said: str) -> str:
    return said if len(said) <= LONGEST_QUOTE else said[:LONGEST_QUOTE] + "…"
