"""Danger to life, to oneself, to a child, and crowds: what sounds an alarm on the desk, with whom to call.

The tables say what is looked for; whether it is a fact that holds now is asked of `routing.clauses`, as for all cues.
A city can read the tables and argue with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from routing.clauses import PRESENT, Context, Standing, context, is_supposed, standing_in
from routing.spotting import Spotting

LIFE: tuple[tuple[str, str, str], ...] = (
    (
        "119",
        "火情或燃气泄漏",
        r"(?<![不没])着火(?!点)|冒火(?!花|星)|(?<!打不)着[了起]来?大?火|起火|失火(?!烧坏的)|火灾(?!险|报警|隐患|"
        r"保险)|(?<!烟囱)冒[^,。;!?]{0,2}烟|烧[了]?起来|烧得只剩|锅着了|火(?:很|好|太|势)[^,。;!?]{0,3}大|"
        r"(?:煤气|燃气|天然气|液化气|管道)[^,。;!?]{0,5}(?:泄漏|漏气|漏了|在漏|味(?!道不好))|(?:闻到|有|好大|"
        r"好浓)[^,。;!?]{0,8}(?:煤气味|燃气味|煤气|燃气味道|天然气味?)|爆炸(?![式性])|火星|冒火花|"
        r"一氧化碳[^,。;!?]{0,6}(?:响|中毒|报警)|煤气中毒",
    ),
    (
        "110",
        "正在发生的治安或刑事案件",
        r"持刀|拿着?(?:把|一把)?(?:菜刀|砍刀|刀)|动刀|正在打架|打起来了?|在[砸撬踹]门|撬[^,。;!?]{0,3}(?:锁|"
        r"门)(?!坏)|砍人|砍死|捅(?:人|了|死|伤)|杀人|抢劫|抢我|绑架|打架斗殴|聚众斗殴|正在打人|"
        r"被[^,。;!?]{0,6}打(?:了|伤|得|死|成|倒)|被人?打(?=[,。;!?]|\Z)|[正]?在打我|家暴|强奸|头破血流|"
        r"老[人爷奶妈爸][^,。;!?的]{0,4}(?:走失|失踪|走丢|不见了)|(?:妈|爸|奶奶|爷爷|外婆|外公|父亲|"
        r"母亲)[^,。;!?的]{0,6}(?:走失|失踪|走丢|不见了)",
    ),
    (
        "120",
        "有人伤病",
        r"(?:满|浑|一)[头身脸地]?(?:都)?是血|(?:人|工人|孩子|老人|同事|他|她)[^,。;!?]{0,12}(?:摔|掉|"
        r"坠)(?:了)?下[来去楼]|漂着[^,。;!?]{0,4}(?:人|孩|尸)|坠楼|昏迷|晕倒|晕过去|昏倒|昏过去|休克|抽搐|"
        r"口吐白沫|不省人事|叫不醒|没有?呼吸|大出血|流血不止|(?:一直|大量)(?:在)?(?:流|出)血|吐血|心脏病(?:发|"
        r"犯)|心梗|中风了|呼吸困难|喘不上气|食物中毒|上吐下泻|集体(?:中毒|腹泻|呕吐)|中毒了|农药味|有人受伤|伤者|"
        r"受了?重伤|生命垂危|快不行了|要生了|羊水破了|溺水|落水(?!管)|掉[下进到]{1,2}(?:河|水|江|湖|池|井|坑|"
        r"沟)[^,。;!?]{0,3}|在?水里[^,。;!?]{0,2}扑腾|触电|动脉|狗[^,。;!?]{0,6}咬(?:了|伤|人)|"
        r"被[^,。;!?]{0,8}(?:砸|压|埋|烫|电)(?:到|伤|住|倒|在)了?|埋了人|(?:砸|压|撞|电|烫)(?:伤|死|"
        r"倒)了?[^,。;!?]{0,4}人|喝了?[^,。;!?]{0,3}(?:农药|百草枯)",
    ),
    (
        "122",
        "交通事故",
        r"车祸|(?:发生|出)了?[^,。;!?]{0,6}交通事故|撞(?:到|倒)?(?:人|伤|车|死)了|被(?:车|货车|电动车|"
        r"摩托)?撞(?!见|破|坏)|(?:两|三|几|多)?(?:辆|台)?车(?:相撞|撞在?一?起|追尾|撞上)|连环追尾|翻车了|"
        r"车[^,。;!?]{0,6}悬在|卡在(?:驾驶室|车里)",
    ),
    (
        "119",
        "人员被困或坍塌",
        r"(?:被困(?!在[^,。;!?]{0,4}(?:合同|套餐|债|局|婚|贷|系统|群))|(?<!被)困在(?![^,。;!?]{0,4}(?:合同|套餐|"
        r"债|局|婚|贷|系统|群))|困住了|困了|关在电梯)|(?:电梯|屋|楼|洞|井|车|里面?)[^,。;!?]{0,4}困人|坍塌|垮塌|"
        r"塌方|塌陷|塌了(?=[,。;!?]|\Z|一|个|半|下)|(?<!不会)冲塌|垮了?下来|山体滑坡|滑坡了?|泥石流|落石|"
        r"石头[^,。;!?]{0,6}往下[掉滚]|迷路了|下不[去来](?=[,。;!?]|\Z)|水[^,。;!?]{0,6}(?:淹了|涨起来)|"
        r"洪水[^,。;!?]{0,4}(?:漫|冲|进|涨)|漫到[一二]楼|决堤|出不[来去](?=[,。;!?]|\Z)",
    ),
    (
        "",
        "危及人身的设施险情",
        r"井盖[^,。;!?]{0,6}(?:丢失|丢了|不见|没有?了|缺失|被盗|被偷|掀开|塌|掉了)|(?:电线|高压线|电缆|电杆|"
        r"电线杆)[^,。;!?]{0,8}(?:掉落|断落|垂落|裸露|掉在|掉下|断了|垂到|倒了|断[^,。;!?]{0,4}垂)|漏电|带着?电|"
        r"(?:外墙|墙砖|墙皮|瓷砖|玻璃|广告牌|空调外机)[^,。;!?]{0,6}(?:脱落|掉落|往下掉|掉下来|砸下来)|"
        r"高空抛物[^,。;!?]{0,6}(?:砸|差)",
    ),
)
"""(number to call, what it is, what is looked for): danger to life, property or public health."""

TRIVIAL = re.compile(r"出不[来去]|下不[去来]|塌了|困[在住了]|带着?电|撬|触电|砸|被[^,。;!?]{0,8}(?:压|烫)")
PERIL = re.compile(
    r"楼上的?人|人(?:在|还|下|出|卡|被)?|老人|小孩|孩子|我们|一家|驾驶|司机|工人|路面?|坡|山|水(?!渠|管|库|表|"
    r"沟)|洪|火|电梯|泥|门(?!店)|塔吊|桥|墙|房[子屋]"
)
"""Words of the first kind are dangers only where the sentence speaks of people or of what may fall on them."""

SELF_HARM = (
    r"不想活(?![在动得成跃])|不想再?活了|想死(?!我|你|他|个)|寻死|寻短见|轻生|自杀|自尽|自残|割腕|割脉|(?:要|想|"
    r"会|就|去|闹|准备)?跳(?:楼|河|江|桥|水库|天桥)(?!价|机|甩|大|促)|跳下[去来]|像是要跳|往下跳|(?:药|农药|"
    r"安眠药)[^,。;!?]{0,3}(?:都|已经)?(?:买|备|准备)好了|(?:喝|吞|吃)(?:了)?[^,。;!?]{0,5}(?:农药|百草枯|"
    r"安眠药)|上吊|烧炭|炭味|遗书|遗言|后事[^,。;!?]{0,6}(?:交代|安排|准备)|(?:交代|安排|准备)[^,。;!?]{0,3}后事|"
    r"一了百了|活着[^,。;!?]{0,6}(?:没|无)[^,。;!?]{0,3}(?:意思|意义|劲|盼头|用)|活着[^,。;!?]{0,2}累|"
    r"活得[^,。;!?]{0,4}没[^,。;!?]{0,3}(?:意思|意义)|活不下去|撑不下去|熬不下去|不想再?醒|再也不(?:醒|用醒)|"
    r"不如死|死了算|死了[^,。;!?]{0,3}(?:干净|轻松|清净)|活腻|活够|(?:再见|永别)了?[,]?(?:这个)?世界|(?:结束|"
    r"了结)[^,。;!?]{0,4}(?:生命|自己|一生|此生)|死(?:给你们?|给他们?|在(?:他|她|你|这|厂|公司|单位|政府|门口))|"
    r"我就(?:去)?死|去死(?!吧)|生无可恋|同归于尽|(?:最后一天|最后一次打)|翻(?:过|出|到)[^,。;!?]{0,5}(?:栏杆|"
    r"护栏|窗|阳台)|(?:坐|站|趴|爬)[^,。;!?]{0,6}(?:楼顶|天台|窗台|桥栏|栏杆外|塔吊上|楼边)|腿都伸出|"
    r"我走(?:了)?以后[^,。;!?]{0,8}照[顾看]|想(?:要)?解脱"
)
"""Of taking one's own life, also by hints."""

FIGURE = re.compile(
    r"(?:气|急|烦|吵|热|累|笑|堵|恶心|郁闷|愁|尴尬|难受|无语|冷|挤)(?:得|到|的|死)[^,。;!?]{0,5}(?:想|要|快|"
    r"都)?\Z|(?:恨不得|简直|真想|差点|让人想|想要?)\Z|(?:生意|店|小店|厂|企业|公司|商户|行业|养殖户?|农户|饭馆|"
    r"门面|鱼|花|树|苗|庄稼)[^,。;!?]{0,8}\Z|\A不是\Z"
)
"""Before such words: anger, not despair; or it is a business that cannot go on."""

_AGES = "|".join(
    [f"{age}岁" for age in range(1, 18)] + [f"{ten}{one}岁" for ten in ("", "十") for one in "一二三四五六七八九"][:-2]
)
CHILD = (
    r"(?:孩子|小孩|小朋友|娃娃|娃儿?|女娃|男娃|儿子|女儿|学生|女童|男童|儿童|幼儿|婴儿|宝宝|宝贝|未成年|侄女|"
    r"侄子|外甥女?|孙子|孙女|小学生|初中生|高中生|"
    rf"女生|男生|小女孩|小男孩|女孩|男孩|{_AGES})"
)
OLDER = re.compile(r"[\d一二三四五六七八九十]\Z")
"""Before an age of CHILD: the age is a grown-up's after all."""

MINOR: tuple[tuple[str, str], ...] = (
    (
        "未成年人走失或失去联系",
        CHILD + r"[^。;!?的]{0,16}?(?:不见了|失踪|走失|走丢|没有?回(?:家|来)|联系不上|找不到了?(?=[,。;!?]|\Z|人)|被拐|"
        r"离家出走|跑丢|失联)|(?:走失|捡到|捡了)[^,。;!?]{0,8}"
        + CHILD
        + r"|拐(?:卖|骗|走)[^,。;!?]{0,8}"
        + CHILD
        + r"|(?:哄|骗|拉|拽|诱)[^,。;!?]{0,4}"
        + CHILD
        + r"[^,。;!?]{0,8}(?:上[^,。;!?]{0,3}车|走|去)|"
        + CHILD
        + r"[^,。;!?]{0,4}(?:一个人|独自)[^,。;!?]{0,10}(?:哭|游荡|流浪)|"
        + CHILD
        + r"[^,。;!?]{0,4}被[^,。;!?]{0,8}骗(?:去|到|走)",
    ),
    (
        "未成年人受到侵害",
        r"虐(?:待|打)[^,。;!?]{0,10}"
        + CHILD
        + r"|虐童|"
        + r"(?:打|揍|抽|扇|掐|踢|踹|烫|绑|捆|吊|毒打|殴打|体罚|罚)(?:了|着|自己|他|她)?(?:的)?(?:那个|两个|几岁的)?"
        + CHILD
        + r"|"
        + CHILD
        + r"[^。;!?]{0,14}?被[^,。;!?]{0,16}(?:打(?!扰|断|开)|扇|踢|揍|虐|体罚|绑|关(?:在|起)|烫|掐|拖)|(?:打|"
        r"扇)[^,。;!?]{0,2}(?:她|他)的?(?:头|脸|耳光)|体罚|针眼|(?:拿|用)[^,。;!?]{0,3}(?:针|皮带|棍|"
        r"烟头)[^,。;!?]{0,3}(?:扎|抽|打|烫)[^,。;!?]{0,6}|"
        + CHILD
        + r"[^,。;!?]{0,8}(?:一个人|独自)[^,。;!?]{0,4}(?:锁|关|留|丢|扔|在家)|(?:锁|关|丢|扔|遗弃)[^,。;!?]{0,3}"
        + CHILD
        + r"|弃婴|打死我[^。!?]{0,8}(?:1[0-7]|十[一二三四五六七])岁|罚[^,。;!?]{0,4}学生[^。;!?]{0,14}(?:晕|伤|医院)",
    ),
    (
        "未成年人遭受性侵害",
        r"(?:猥亵|性侵|强奸|强暴|奸污|动手动脚|性骚扰|摸[^,。;!?]{0,6}(?:胸|屁股|下[体身]|大腿|身体)|裸照|"
        r"偷拍[^,。;!?]{0,6}(?:裙|厕所)|陪酒|陪侍|卖淫)",
    ),
    (
        "使用童工",
        r"童工|(?:未满|不满|没满|不到|没有?到)(?:16|十六|18|十八)(?:周)?岁|(?:雇|招|用)了?[^,。;!?]{0,8}"
        + CHILD
        + r"[^,。;!?]{0,6}(?:干活|做工|上班|打工|洗碗|端盘|工作)|"
        + CHILD
        + r"[^,。;!?]{0,8}(?:在[^,。;!?]{0,6}(?:厂|工地|车间|餐馆|饭店)(?:里)?(?:干活|做工|上班|打工|洗碗|端盘|搬))",
    ),
    (
        "校园欺凌",
        r"霸凌|欺凌|校园暴力|围殴|被(?:[^,。;!?]{0,8})(?:同学|高年级|同班|室友|几个[^,。;!?]{0,6}(?:学生|男生|"
        r"女生))[^,。;!?]{0,14}(?:打|欺负|堵|扇|勒索|孤立|辱骂|要钱|扒|拖|威胁)|(?:同学|高年级|"
        r"同班)[^。;!?]{0,16}(?:扇耳光|扇巴掌|勒索|拳打脚踢|欺负|扒[^,。;!?]{0,3}衣|拍视频)|(?:拖|"
        r"堵)[^,。;!?]{0,8}(?:厕所|楼梯间|宿舍|墙角)[^,。;!?]{0,6}(?:打|扇)",
    ),
)
"""(what it is, what is looked for): of minors in danger."""

NEEDS_CHILD = re.compile(CHILD + r"|同学|校|班")
ADULTS_TOO = {"未成年人遭受性侵害", "未成年人受到侵害", "校园欺凌", "使用童工"}
NO_HARM = re.compile(
    r"起(?:外号|绰号)|电话|(?:广告|疫苗|预防|防疫)针|打(?:针|疫苗|预防针|球|卡|工|车|印|水|饭|折|分|好|字|招呼)"
)

CROWD_OWN = (
    r"(?:拉|打|举|扯|挂)(?:起|着|了|出)?(?:了)?(?:个|一条|几条|白)?(?:横幅|条幅|白布|牌子抗议)|静坐|游行(?!戏)|"
    r"示威|罢工|罢课|罢市|罢运|全(?:城|市|部|体)停运|集体(?:上访|讨薪|维权|抗议|请愿|信访|下跪|停运|停工)|"
    r"聚众闹事|摆花圈|堵(?:了|住)?(?:政府|售楼部|国道|高速|大门)|医闹"
)
CROWD_WITH = (
    r"堵(?:住|了|在|死|上)|堵[^,。;!?]{0,4}(?:门|路|口)|围(?:堵|住|在|攻|了)|聚集|聚了|聚在|集结|上访|"
    r"砸[^,。;!?]{0,3}(?:玻璃|门|店|东西)|冲(?:击|进|撞)|不给钱?就不走|停运|讨(?:要)?(?:工资|薪|说法)|"
    r"要[^,。;!?]{0,2}说法|闹事|请愿|烧纸|对峙|游街|坐在[^,。;!?]{0,8}(?:门口|大厅)|国道堵|门都要挤坏|"
    r"到[^,。;!?]{0,8}(?:政府|市委|省)[^,。;!?]{0,4}(?:门口)?(?:去|讨)"
)
GROUP = re.compile(
    r"(?:[几数]十|[一二三四五六七八九两几数上]百|上千|百余|数百|好几十|[二三四五六七八九]十(?:多|来|几)?|"
    r"\d{2,6})(?:[多余来几])?(?:个|名|位|户|号|口)?(?:人|工|业主|农民工|工人|司机|师傅|村民|家长|会员|员工|群众|"
    r"老人|商户|居民|户|租户|学生|顾客|客户)|一大?群|大批|好多(?:人|业主|工人|村民|家长|员工)|许多人|(?:全体|"
    r"所有|全村|全厂|全小区)[^,。;!?]{0,4}(?:业主|工人|村民|员工|司机|家长|人)?|业主们|工人们|村民们|家长们|"
    r"司机们|大家(?:都|一起|周|明|约)|有人组织|(?:业主|工人|村民|家长|会员|员工|农民工)(?:都|正在|明天|已经|现在|"
    r"集体|准备|要)|围了好多人"
)
NO_CROWD = re.compile(
    r"跳舞|广场舞|唱歌|摩的|小贩|商贩|摊|看热闹|违停|停[满着了的]车|乱停|堵车|私家车|货车(?!司机)|车辆|垃圾|流浪|"
    r"放学|排队|喝酒|打牌|下棋|健身器|鸽|蚊|苍蝇|楼道|下水|管道|婚庆|开业|促销"
)
TIME = re.compile(
    r"明天|后天|明早|今[天晚早]|下?周[一二三四五六日末]|星期[一二三四五六日天]|下(?:周|个?星期)|\d[号点日]|"
    r"[上下]午|马上|准备|约好|商量好|现在|正在|已经|再不|否则|不然"
)

NO_PERIL = re.compile(r"手续|系统|档案|页面|合同|证件|材料|钱|贷款|账|程序|成绩|车位|停车|流程|款")
"""… and not where papers or money are stuck."""

FIGURE_OF_LIFE = re.compile(
    r"(?:我|头|脑袋?|群里?|心态|肚子|脾气|快|评论区|朋友圈)(?:们|都|真的?|简直|快|就|的)*(?:要|气|得)?\Z|(?:堪比|"
    r"像|好似|跟|不亚于)[^,。;!?]{0,6}\Z"
)
"""Before 爆炸 and the like: a figure of speech."""

BITTEN = re.compile(r"[^,。;!?]{0,8}狗[^,。;!?]{0,6}咬")
"""A bite is for the doctor at once only where it is fresh."""

ADVICE_SELF_HARM = "如有人正处在危险中,请立即拨打 120 或 110;想找人说说话,可随时拨打心理援助热线 12356,您不必一个人扛着"
ADVICE_MINOR = "孩子有危险或失去联系时,请立即拨打 110;有人受伤请拨打 120"
ADVICE_CROWD = "请保持克制、注意安全,有人受伤或发生冲突时请立即拨打 110、120"
ADVICE_FACILITY = "请远离危险处;如已有人受伤,请立即拨打 120"

EARLY = 80
"""A danger to life that is present is told within so many characters; further on only with a word of the present."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What sounds on the desk: a code of ALARMS, the words that say it, what it is, the number to call, the advice."""

    code: str
    words: str
    what: str
    number: str
    advice: str
    start: int = 0


_SELF_HARM, _CROWD_OWN, _CROWD_WITH, _MINOR, _LIFE = 0, 1, 2, 3, 3 + len(MINOR)
_CUES = Spotting([SELF_HARM, CROWD_OWN, CROWD_WITH, *(cues for _, cues in MINOR), *(cues for *_, cues in LIFE)])

Found = Sequence[tuple[re.Match[str], Context]]


def alarms_of(text: str) -> list[Alarm]:
    """The alarms of a (normalised) text, at most one of each code: to oneself, to a child, to life, of a crowd."""
    found = [(row, (match, context(text, match.start(), match.end()))) for row, match in _CUES.find(text)]
    alarms = (
        _self_harm([each for row, each in found if row == _SELF_HARM]),
        _minor([(MINOR[row - _MINOR][0], each) for row, each in found if _MINOR <= row < _LIFE]),
        _life([(row - _LIFE, each) for row, each in found if row >= _LIFE]),
        _crowd([each for row, each in found if row == _CROWD_OWN], [each for row, each in found if row == _CROWD_WITH]),
    )
    return [alarm for alarm in alarms if alarm]


def mentions_danger(text: str) -> bool:
    """Whether a danger to life is named at all, be it denied, feared or past."""
    return any(row >= _LIFE for row, _ in _CUES.find(text))


def _life(found: Sequence[tuple[int, tuple[re.Match[str], Context]]]) -> Alarm | None:
    for row, (match, around) in found:
        if _is_told_early(match, around) and standing_in(around) is Standing.FACT and _is_peril(match, around):
            number, what, _ = LIFE[row]
            advice = f"请立即拨打 {number}" if number else ADVICE_FACILITY
            return Alarm("life", match.group(), what, number, advice, match.start())
    return None


def _is_told_early(match: re.Match[str], around: Context) -> bool:
    after = around.following[:1]
    return match.start() < EARLY or after == "了" or bool(PRESENT.search(f"{around.before} {around.after}"))


def _is_peril(match: re.Match[str], around: Context) -> bool:
    said = match.group()
    if said.startswith("爆炸") and FIGURE_OF_LIFE.search(around.before):
        return False
    if BITTEN.match(said) or said.startswith("狗"):
        return bool(PRESENT.search(around.frame + around.following[:20]))
    if not TRIVIAL.match(said):
        return True
    return bool(PERIL.search(around.frame + said + around.following[:20])) and not NO_PERIL.search(around.before)


def _self_harm(found: Found) -> Alarm | None:
    """A threat or a wish is as good as a deed; only stories, general questions and figures of speech are none."""
    for match, around in found:
        said = standing_in(around)
        serious = (
            said is Standing.FACT or (said is Standing.PAST and not _is_long_ago(around)) or _is_despair(match, said)
        )
        if serious and not FIGURE.search(around.before):
            return Alarm("self_harm", match.group(), "有轻生表示", "120", ADVICE_SELF_HARM, match.start())
    return None


def _is_despair(match: re.Match[str], said: Standing) -> bool:
    """不想活了 begins with a no of its own, and 怕她想不开 is fear with a cause."""
    return said is Standing.SUPPOSED and bool(re.match(r"不想|活|撑|想死|一了", match.group()))


def _is_long_ago(around: Context) -> bool:
    return bool(re.search(r"去年|前年|以前|当年|小时候|上次|上个?月|新闻", around.frame)) or is_supposed(around)


def _minor(found: Sequence[tuple[str, tuple[re.Match[str], Context]]]) -> Alarm | None:
    for what, (match, around) in found:
        child = what not in ADULTS_TOO or NEEDS_CHILD.search(around.frame + match.group() + around.following[:40])
        grown = re.match(r"[\d一二三四五六七八九十]+岁", match.group()) and OLDER.search(around.before)
        if child and not grown and not NO_HARM.search(match.group()) and standing_in(around) is Standing.FACT:
            return Alarm("minor", match.group(), what, "110", ADVICE_MINOR, match.start())
    return None


def _crowd(own: Found, shared: Found) -> Alarm | None:
    """A deed that only crowds do; or any deed of a group that is named. What is announced counts like what goes on."""
    for match, around in own:
        if _goes_on(around) and not NO_CROWD.search(around.clause):
            return _crowd_alarm(match)
    for match, around in shared:
        if _is_group(around) and _goes_on(around) and not NO_CROWD.search(around.frame + around.clause):
            return _crowd_alarm(match)
    return None


def _is_group(around: Context) -> bool:
    return bool(GROUP.search(around.frame + around.following[:20]))


def _goes_on(around: Context) -> bool:
    said = standing_in(around)
    ultimatum = said is Standing.SUPPOSED and re.search(r"再不|否则|不然", around.frame) and _is_group(around)
    return said is Standing.FACT or bool(ultimatum)


def _crowd_alarm(match: re.Match[str]) -> Alarm:
    return Alarm("crowd", match.group(), "群体性事件", "110", ADVICE_CROWD, match.start())
