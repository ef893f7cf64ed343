"""What kind of message it is, how urgent, and what a hotline does not take: by cue words.

Every verdict comes with the words that decided it, in Chinese, for the dispatcher. The cues are tables, so that a
city can read them and argue with them. All texts come normalised (`chinese.normalise`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from routing.decision import KINDS

KIND_CUES: dict[str, tuple[tuple[float, str], ...]] = {
    "report": (
        (3.0, r"(?<!被)(?<!多次)(?<!已)(?<!曾)举报(?!无果|电话|过|后|多次)|检举|控告|实名反映"),
        (
            2.0,
            r"贪污|受贿|行贿|索贿|挪用公款|滥用职权|以权谋私|徇私舞弊|吃拿卡要|优亲厚友|骗保|"
            r"套取|虚报冒领|黑社会|保护伞",
        ),
        (
            2.0,
            r"偷税|漏税|偷排|偷盗|盗窃|偷采|盗采|盗伐|赌博|聚赌|吸毒|贩毒|卖淫|传销|非法集资|"
            r"非法行医|假药|假烟|假酒",
        ),
        (
            2.5,
            r"匿名|(?:替我|帮我|给我|请求?|能不能|可以|予以|注意)保密|保密[吗,。!]|不想暴露|不要问我是谁|别说是我|不要泄露|怕(?:他们?|被|遭)?报复",
        ),
        (
            2.0,
            r"电鱼|偷砍|偷倒|洗矿|私排|公车私用|公务车|违规经商|堵路收费|拦路收费|没得?证(?:给|就|照)|"
            r"(?:请|希望|由)[^,。;!?]{0,10}(?:公安|纪委|打击|严肃查处|彻查)",
        ),
        (1.5, r"无证经营|无照经营|无证行医|涉嫌违法|违法建筑|违建|违法占地|假冒|制假|售假|围标|串标|转包"),
    ),
    "praise": (
        (3.0, r"表扬|锦旗|点赞|特此感谢|衷心感谢|写信感谢|感谢信|致谢"),
        (
            1.5,
            r"(?:非常|十分|特别|很|由衷)感谢|感谢[^,。;!?]{0,16}(?:帮助|解决|热心|热情|服务)|"
            r"拾金不昧|好人好事|服务周到|认真负责",
        ),
    ),
    "suggestion": (
        (2.5, r"(?<![没合])建议|提议|呼吁|献计|合理化"),
        (
            2.0,
            r"希望[^,。;!?]{0,10}(?:增设|增加|增开|新增|加装|开通|设立|设置|延长|优化|推广|普及|"
            r"建设|规划)|(?:能不能|能否|可不可以)(?:把|让|增|加|缩|延|开放|调整)|麻烦调整|缩短[^,。;!?]{0,6}间隔|能否(?:增设|增加|增开|开通|加装)|应该(?:增设|增加|设立|推广)",
        ),
    ),
    "consultation": (
        (3.0, r"请问|咨询|想问|想了解|想知道|请教|问一下|问下|询问"),
        (
            2.0,
            r"(?:怎么|如何|怎样|在哪里?|去哪里?|哪里(?:可以|能))(?:才能|可以|能)?(?:办理|办|"
            r"申请|申报|查询|查|缴|交|领取|领|报销|开具|开|登记|备案|转移|预约|注册|提取|补办|"
            r"报名)",
        ),
        (
            2.0,
            r"需要(?:什么|哪些|带什么|带哪些)(?:材料|手续|条件|资料|证件|证明)|(?:什么|"
            r"哪些)(?:条件|流程|手续|材料|政策|标准)|有没有[^,。;!?]{0,12}(?:政策|补贴|规定|"
            r"功能)",
        ),
        (1.5, r"怎么(?:比|算|还|样)|赔不赔|划到哪|请公布|要不要|归哪|算不算数|需不需要|什么政策|哪里看"),
        (
            2.0,
            r"(?:app|软件|通|小程序|公众号|网上|平台|系统)[上里中]?面?[^,。;!?]{0,6}(?:没有|没得|找不到|缺少|不支持)[^,。;!?]{0,10}"
            r"(?:登记|备案|办理|查询|申请|缴费|预约)",
        ),
        (2.0, r"(?:没有|缺少|找不到|不支持|无|未见)[^,。;!?]{0,16}(?:功能|入口|选项|模块|服务项)"),
        (
            1.0,
            r"吗(?=[?。,!\s]|\Z)|[?]|是否|能否|可否|能不能|可不可以|多少钱|什么时候|何时|几点|"
            r"多久|哪里|在哪",
        ),
    ),
    "complaint": (
        (3.0, r"投诉"),
        (
            2.0,
            r"拒不|拒绝(?:退|办|处理|赔)|不退(?:款|钱|费|押金|定金)?|不予退|不肯退|扰民|"
            r"态度(?:恶劣|差|蛮横|不好)|乱收费|多收|强制(?:收费|消费|交)|欺骗|欺诈|忽悠|敷衍|"
            r"推诿|踢皮球|不作为|乱作为|拖欠|欠薪|克扣|霸王条款|虚假宣传",
        ),
        (
            1.0,
            r"偷工减料|质量(?:差|问题)|违规|太差|不合理|无人管|没人管|屡次|多次反映|严重影响|"
            r"不理不睬|不了了之|臭味|恶臭|噪[音声]|乱停",
        ),
        (
            1.5,
            r"控诉|非法|侵害|侵占|强行|霸占|暗箱|坑骗|黑心|无视|捆绑|垄断|诈骗|违反|弄虚作假|血汗钱|"
            r"不作为|置之不理|坚决反对|维权",
        ),
        (
            1.0,
            r"臭|黑烟|半夜|凌晨|没得?人理|无人理|跑路|不赔|不给|扣押|毁约|暴涨|翻了[^,。;!?]{0,2}倍|迟迟|"
            r"一直(?:没|不|拖)|拖了|请查一|查一查|来查|督促|仍然|没有?(?:看)?到账|突然停|从来没|没人上门|不兑付|停机|超时就罚|"
            r"无人理睬|互相推|没得用|被卖了?|没给|不给|不让|不肯|没人(?:接|来|修)|凭什么|强制|逼着|乱扣|管不管|自愿吗|不负责|"
            r"太(?:挤|慢|短|离谱|气人)|气人|吵|等[了半][^,。;!?]{0,8}(?:小时|分钟)|跑了[^,。;!?]{0,4}趟|贵[了一]|踢皮球|"
            r"排队|一个[^,。;!?]{0,3}月[^,。;!?]{0,6}坏|坏了[^,。;!?]{0,5}(?:次|个月|天)|还没(?:修|来|给|发|到)|弄虚作假|毁约|不合格|被骗|推迟|不公开|没有(?:回复|答复|回应)",
        ),
    ),
    "help": (
        (
            2.0,
            r"求助|救救|追回|麻烦[^,。;!?]{0,4}(?:今天|尽快|快|赶紧|派|送)|能不能(?:来|叫|派|帮|给他|给她|要|退)|"
            r"(?:什么|啥子?|哪|啷个)时候?[^,。;!?]{0,3}(?:恢复|来水|来电|能批|修)|求帮|帮帮|帮忙|请帮|请(?:求|相关|有关)?[^,。;!?]{0,10}(?:解决|处理|维修|修复|协调|"
            r"帮助|核实|查处)|恳请|恳求|求[^,。;!?]{0,6}(?:解决|帮助)",
        ),
        (
            1.5,
            r"希望[^,。;!?]{0,14}(?:处理|解决|修|协调|核实|落实|帮助|关注|重视|清理|整治)|"
            r"怎么办|怎么维权|维权|该怎么|怎么立案|退不了|尽快(?:处理|解决|修|恢复|安排|清理)",
        ),
        (1.0, r"没人修|坏了|破损|坑洼|积水|困难|无法|不能|停水|停电|堵塞|堵了|反映[^,。;!?]{0,20}问题"),
    ),
}
"""Kind → (weight, what is looked for). The highest sum wins; of equal sums the kind that stands first."""

TITLE_STARTS: dict[str, re.Pattern[str]] = {
    "report": re.compile(r"(?:实名)?(?:举报|检举|控告)"),
    "praise": re.compile(r"(?:感谢|表扬|致谢|点赞|为.{1,20}点赞)"),
    "suggestion": re.compile(r"(?:建议|提议|关于.{2,40}的建议\Z|对.{2,40}的建议\Z|希望.{2,24}(?:增加|增设|开通|延长))"),
    "consultation": re.compile(r"(?:咨询|请问|请教|询问|想问)|.{0,80}(?:疑问|咨询)\Z"),
    "complaint": re.compile(r"(?:投诉|控诉|坚决反对|曝光)"),
    "help": re.compile(r"(?:求助|恳请|请求|恳求|求救|请(?:解决|处理|帮))"),
}
"""A title that begins so says outright what the message is."""

TITLE_START_WEIGHT = 3.0

WEAK, SHORT = 1.0, 60
"""A score of one weak cue, and the length up to which a mere question mark makes a text a question."""

USUAL = 0.6
"""What the usual kind of its matter counts for a message: less than any cue."""

OTHER = re.compile(r"打错了|(?:来|要|申请|想)撤(?:销|回)|撤诉|\A(?:在吗|在不在|你好|您好|喂)[^,。;!?]{0,4}\W*\Z")
"""A message that asks for nothing, or nothing more."""

GRIEVANCE_WITH_QUESTION = 0.3
"""What the cues of a question still count in a text that complains."""

THANKS_IN_ADVANCE = 0.3
"""What the cues of praise still count in a text that wants something else: people end letters with thanks."""

DANGERS: tuple[tuple[str, str, str], ...] = (
    (
        "119",
        "火情或燃气泄漏",
        r"着火|起火|失火|冒浓烟|烧起来|(?:煤气|燃气|天然气|液化气)(?:管道)?(?:泄漏|漏气|漏了|"
        r"味很)|闻到[^,。;!?]{0,4}(?:煤气|燃气|天然气)|爆炸(?![式性])",
    ),
    (
        "110",
        "正在发生的治安或刑事案件",
        r"持刀|有人拿刀|拿着刀|正在打架|在砸门|在撬门|砍人|杀人|抢劫|绑架|打架斗殴|聚众斗殴|正在打人|被人?打(?![扰断破开包造])|遭家暴|被家暴|强奸|孩子(?:走失|"
        r"失踪|不见)|老人(?:走失|失踪)|要?跳楼|要?跳河|轻生|自杀|割腕",
    ),
    (
        "120",
        "有人伤病",
        r"昏迷|晕倒|休克|大出血|流血不止|心脏病(?:发|犯)|呼吸困难|食物中毒|集体(?:中毒|腹泻|"
        r"呕吐)|有人受伤|伤者|生命垂危|溺水|落水(?!管)",
    ),
    ("122", "交通事故", r"车祸|(?:发生|出了)[^,。;!?]{0,6}交通事故|撞(?:人|伤|车)了|连环追尾"),
    (
        "119",
        "人员被困或坍塌",
        r"(?:被困|困在)|电梯(?:里)?困人|坍塌|垮塌|塌方|塌陷|山体滑坡|泥石流|落石|石头[^,。;!?]{0,6}往下[掉滚]",
    ),
    (
        "",
        "危及人身的设施险情",
        r"井盖[^,。;!?]{0,6}(?:丢失|不见|没有?了|缺失|被盗|掀开|塌)|(?:电线|高压线|"
        r"电缆)[^,。;!?]{0,6}(?:掉落|断落|垂落|裸露|掉在|断了|垂到)|漏电|触电|"
        r"外墙[^,。;!?]{0,4}(?:脱落|掉落)",
    ),
)
"""(number to call, what it is, what is looked for): danger to life, property or public health."""

NOT_NOW = re.compile(
    r"容易|可能|担心|害?怕|万一|隐患|风险|危险|预防|防止|防范|避免|以免|如果|假如|要是|一旦|随时|恐|险情|"
    r"造成|导致|引发|引起|去年|前年|以前|之前|曾|发生过|那天|当时|上次|每次|经常|多起|多次|年|"
    r"月前|上周|后来|事后|演练|宣传|培训|知识|差点|险些|保险|赔偿|报销|待遇|认定|会(?!展)|等事"
)
"""Said just before or after a danger, they mean that it is feared, past or insured, not present."""

EARLY = 80
"""What is present and urgent is said within so many characters; further on it is mostly history or fear …"""

NOW = re.compile(r"正在|现在|此刻|刚刚?|今[天早晚日]|目前|已经?|马上|快来|救命")
"""… unless one of these stands beside it."""

OUTAGES = re.compile(
    r"(?:天然气|燃气|煤气|暖气|自来水)[^,。;!?]{0,8}停了|停水(?![平位泥池])|断水|(?<![田地渠沟])[里头]?没水(?![平印准插浇灌])|没有水(?![平印准])|无水可用|爆管|水管(?:爆|破|裂)|"
    r"停电(?![动瓶梯车])|断电(?![动瓶])|没电(?![动梯瓶视话])|没有电(?![动梯瓶视话])|跳闸|"
    r"停气|断气|没有?天然气|没有?燃气|停暖|暖气不热|不供暖|"
    r"断网|网[都就又全]?断了|网络(?:中断|断了|瘫痪|故障)|没有?(?:网络|信号)(?=[,。;!?\s]|\Z|了)|"
    r"宽带[^,。;!?]{0,6}(?:断(?:网|线|了)|故障|用不了)|电话打不通了"
)

CLAUSE_END = re.compile(r"[,。;!?\s]")

HAPPENS_NOW = re.compile(r"正在|在[砸撬]门|有人拿刀|现在|此刻|马上|快来|快点来|救命|救人")

NO_OUTAGE = re.compile(
    r"(?:没有?|有没有|不|未|避免|防止|以免|会不会|是否|什么时候|何时|经常|随意|动不动|常年|总是|频繁|强行|威胁|私自|恶意)[给对]?\Z"
)

REJECTS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "litigation",
        "已进入诉讼、仲裁程序,依法由法院或仲裁机构处理,建议按诉讼、仲裁渠道反映",
        re.compile(
            r"法院[^,。;!?]{0,6}(?:已经?|正在)?(?:立案|受理了|开庭|审理中|判决|裁定|"
            r"强制执行)|(?:已经?|正在)(?:向[^,。;!?]{0,8})?(?:起诉|诉讼|打官司|上诉)|"
            r"诉讼(?:中|期间|过程中)|[一二]审(?:判决|败诉|胜诉|已|开庭)|仲裁(?:委员会|"
            r"委)?(?:已经?|正在)(?:立案|受理|裁决|审理)|正在仲裁"
        ),
    ),
    (
        "petition",
        "已进入信访程序,由信访部门按《信访工作条例》办理,建议通过原信访渠道查询",
        re.compile(
            r"信访(?:局|部门|办)?[^,。;!?]{0,6}(?:已经?|正在)(?:受理|登记|办理|答复|立案)|"
            r"信访[^!?]{0,24}(?:复核|复查)[^,。;!?]{0,6}(?:出来|结束|完|过)|"
            r"信访(?:复查|复核|事项(?:处理|答复)意见|答复意见)|"
            r"(?:已经?|正在)[^,。;!?]{0,6}信访"
        ),
    ),
    (
        "repeat",
        "同一事项已在办理或已答复,如有新的情况请补充说明",
        re.compile(
            r"(?:再次|又来)反映[^!?。]{0,30}(?:上次|之前)[^!?。]{0,20}(?:已经?|说|答复)|"
            r"(?:昨天|前天|上次|上周|之前)[^,。;!?]{0,10}(?:反[映应]|投诉|打)[^,。;!?]{0,4}的[^,。;!?]{0,4}"
            r"(?:怎么样|进度|处理得|有结果)"
        ),
    ),
    (
        "state_secret",
        "涉及国家秘密,热线不受理,请勿通过热线、网络传递涉密内容",
        re.compile(
            r"(?<!不)(?<!是否)(?:涉及国家秘密|国家机密|军事机密|军事秘密|绝密文件|机密文件|"
            r"涉密(?:文件|资料|内容|信息))"
        ),
    ),
)
"""(reason code, Chinese words, what is looked for): matters with a legal channel of their own (北京 Art. 11)."""

PROMOTION = re.compile(
    r"诚邀|莅临|洽谈合作|限时[^,。;!?]{0,4}(?:优惠|折)|优惠活动|[一-九\d]折优惠|加(?:我)?微信|无抵押|当天放款|专业办理|长期有效|"
    r"详情[^,。;!?]{0,4}(?:致电|咨询|联系)|欢迎(?:来电|咨询|选购)|代理加盟|我司[^,。;!?]{0,20}产品|全国[^,。;!?]{0,10}(?:选择|领先)"
)
NO_PROMOTION = re.compile(r"投诉|举报|骗|骚扰|推销|退|反映|请问|扰")
LONGEST_QUOTE = 14
ENOUGH_CUES = 2
"""So many signs of an advertisement make one, where nothing in the text asks for anything."""

_KIND_PATTERNS = {kind: [(weight, re.compile(cues)) for weight, cues in rows] for kind, rows in KIND_CUES.items()}
_DANGER_PATTERNS = [(number, what, re.compile(cues)) for number, what, cues in DANGERS]


def kind_of(text: str, title: str = "", usual: str | None = None) -> tuple[str, str]:
    """The kind of a message (a key of KINDS) and the reason in Chinese.

    Where no cue is found it is the kind `usual` for the matter if that is a complaint, else help: who asks, reports,
    suggests or praises says so. A question mark alone says little in a long text. Cues in the title count one
    and a half times, for people put there what they want; a grievance that ends in a question is still a grievance.
    """
    scores: dict[str, float] = {}
    said: dict[str, list[str]] = {}
    for kind, rows in _KIND_PATTERNS.items():
        found = list(_cues(rows, text, title))
        start = TITLE_STARTS[kind].match(title) if title else None
        found = [(TITLE_START_WEIGHT, start.group()), *found] if start else found
        scores[kind] = sum(weight for weight, _ in found)
        said[kind] = [word for _, word in found]
    if scores["consultation"] == WEAK and len(text) > SHORT:
        scores["consultation"] = 0.0
    if other := _without_demand(text):
        return "other", f"类别依据:文中有“{other}”,没有具体诉求,属其他"
    if usual and any(scores.values()):
        scores[usual] = scores.get(usual, 0.0) + USUAL
    _weigh_against_each_other(scores)
    best = max(scores, key=lambda kind: scores[kind])
    if not scores[best]:
        kind = "complaint" if usual == "complaint" else "help"
        why = "按此类事项常见的" if kind == usual else "暂按"
        return kind, f"类别依据:未见咨询、投诉、举报等明显用语,{why}{KINDS[kind]}办理"
    telling = [word for word in dict.fromkeys(said[best]) if word != "?"] or ["?"]
    words = "".join(f"“{word}”" for word in telling[:3])
    return best, f"类别依据:文中有{words},属{KINDS[best]}"


def urgency_of(text: str) -> tuple[str, str, str]:
    """(urgency, reason, advice): danger to life → urgent and whom to call; an outage → utilities; else normal.

    Reason and advice are Chinese and may be empty. A danger that is feared, past or insured is not urgent.
    """
    for number, what, pattern in _DANGER_PATTERNS:
        if match := _present(pattern, text):
            call = f"请立即拨打 {number}" if number else "请远离危险处;如已有人受伤,请立即拨打 120"
            return "urgent", f"紧急依据:文中有“{match}”({what})", call
    for outage in OUTAGES.finditer(text):
        if not NO_OUTAGE.search(text, max(0, outage.start() - 6), outage.start()) and _is_now(outage):
            return "utilities", f"紧急依据:文中有“{outage.group()}”,属水电气热讯故障", ""
    return "normal", "", ""


def rejected(text: str) -> tuple[str, str] | None:
    """(reason code, Chinese words with the right channel) for what a hotline does not take; None otherwise.

    The codes are those of the life cycle's reject reasons. An emergency is one only while it lasts: a danger to
    persons said to happen now, for which 110, 119 or 120 is faster than any unit.
    """
    if emergency := _emergency(text):
        return emergency
    if cues := _promotion(text):
        return "commercial", f"文中有“{cues[0]}”“{cues[1]}”:属商业推广,没有具体诉求,热线不受理"
    for code, words, pattern in REJECTS:
        if match := pattern.search(text):
            return code, f"文中有“{_short(match.group())}”:{words}"
    return None


def _short(said: str) -> str:
    return said if len(said) <= LONGEST_QUOTE else said[:LONGEST_QUOTE] + "…"


def _without_demand(text: str) -> str:
    """The words by which a message asks for nothing, or nothing more; empty where it may ask for something."""
    if match := OTHER.search(text):
        return match.group()
    return next(iter(_promotion(text)), "")


def _promotion(text: str) -> list[str]:
    """The signs of an advertisement, where there are enough of them; none where the text asks for anything."""
    cues = [] if NO_PROMOTION.search(text) else list(dict.fromkeys(PROMOTION.findall(text)))
    return cues if len(cues) >= ENOUGH_CUES else []


def _weigh_against_each_other(scores: dict[str, float]) -> None:
    """Questions and thanks go along with other kinds; alone they are what they say."""
    if scores["complaint"] >= 1.5:
        scores["consultation"] *= GRIEVANCE_WITH_QUESTION
    if max(scores["complaint"], scores["help"], scores["suggestion"], scores["consultation"]) >= 1:
        scores["praise"] *= THANKS_IN_ADVANCE


def _emergency(text: str) -> tuple[str, str] | None:
    for number, what, pattern in _DANGER_PATTERNS:
        for match in pattern.finditer(text, 0, EARLY) if number else ():
            around = text[max(0, match.start() - 10) : match.end() + 6]
            if HAPPENS_NOW.search(around) and _is_present(match):
                return "emergency", f"文中有“{match.group()}”({what}),正在发生:请立即拨打 {number}"
    return None


def _cues(rows: Sequence[tuple[float, re.Pattern[str]]], text: str, title: str) -> Iterator[tuple[float, str]]:
    """(weight, words) of the first cue of each row in title or text; repeating oneself counts once."""
    for weight, pattern in rows:
        if match := pattern.search(title):
            yield weight * 1.5, match.group()
        elif match := pattern.search(text):
            yield weight, match.group()


def _present(pattern: re.Pattern[str], text: str) -> str:
    """The first danger of this pattern that is present, as said; empty where none is."""
    return next((match.group() for match in pattern.finditer(text) if _is_present(match)), "")


def _is_present(danger: re.Match[str]) -> bool:
    before = danger.string[max(0, danger.start() - 8) : danger.start()]
    after = danger.string[danger.end() : danger.end() + 5]
    near = CLAUSE_END.split(before)[-1] + "," + CLAUSE_END.split(after)[0]
    return not NOT_NOW.search(near) and _is_now(danger)


def _is_now(event: re.Match[str]) -> bool:
    """Said early in the text, or with a word of the present beside it."""
    around = event.string[max(0, event.start() - 8) : event.end() + 4]
    return event.start() < EARLY or bool(NOW.search(around)) or event.string[event.end() : event.end() + 1] == "了"
