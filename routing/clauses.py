"""How something is said: as a fact that holds now, or denied, quoted, supposed, gone by, or merely talked about.

Words alone do not tell a fire from the fear of one. `standing` looks at the clause that a word stands in, and at the
frame that the sentence set up before it (如果…,去年…,电影里…), and gives the first reason why the word may not mean a
present fact. All that reads meaning out of words (kinds, dangers, outages, refusals) asks here and nowhere else. Texts
come normalised, so commas and the like are half-width.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 60
"""A clause or frame without punctuation (speech has none) ends so many characters away."""


class Standing(StrEnum):
    """How a thing is said."""

    FACT = ""
    DENIED = "denied"
    TOLD = "told"
    SUPPOSED = "supposed"
    PAST = "past"
    OVER = "over"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around text[start:end]: its clause before and after, the sentence before that, all that follows."""

    earlier: str
    before: str
    after: str
    following: str
    quoted: bool

    @property
    def frame(self) -> str:
        """The sentence up to the thing."""
        return self.earlier + self.before

    @property
    def clause(self) -> str:
        """The clause without the thing itself."""
        return f"{self.before} {self.after}"


CLAUSE_END = re.compile(r"[,。;!?:…\s]")
SENTENCE_END = re.compile(r"[。;!?]")

DENIED = re.compile(
    r"(?:没有?|没得|并未|未|并非|不是|不算|不会|不至于|不存在|从不|从没|不曾|无|别|不要|不用|不想|不打算|没说要?)"
    r"(?:什么|再|人员?|任何|发生|出现|真的?|去|来|要|在|说|用|给|对|被|闹|搞){0,2}\Z"
)
"""Just before a thing: it is not so."""

DENIED_AFTER = re.compile(
    r"(?:倒|是|也|都|的事|这事|什么的){0,6}(?:没有?(?!人管|人来|人修|消息|通知|说)|不会|不是)(?:停|断|发生|有|真|"
    r"出现|的事)?"
)
"""Just after a thing: 停电倒是没停."""

STORY = re.compile(
    r"电影|电视剧?[里上]|小说|游戏|剧[里情]|戏里|新闻|报道|网[上传]说|广告|广播里|段子|开玩笑|谣[言传]|演习|演练|"
    r"拍戏|梦[见到]|"
    r"写着|标语|口号|嘴上|口头禅|吓唬|嚷嚷|谎称|号称|所谓|就像|好比|仿佛|如同|跟[^,。;!?]{1,8}似的"
)
"""Who tells a story, a joke or a slogan tells no fact …"""

NO_STORY = re.compile(r"(?:不是|并非|别以为|没有?|不)(?:我|在|说|什么|是)?(?:\w{0,2})\Z")
"""… unless this stands before it."""

CALLED_OUT = re.compile(
    r"喊|叫|发(?:来|了|朋友圈|消息|微信|短信)|留言|电话里|哭着|一直说|又说|老说|说(?:过|了)?[:,]?\W?\Z"
)
"""Quoted words of a person on the scene are as good as a fact."""

SUPPOSED = re.compile(
    r"如果|假如|假设|假使|要是|倘若|万一|一旦|怕(?!是)|担心|担忧|忧虑|唯恐|生怕|防|避免|以免|免得|省得|容易|"
    r"可能(?:会|要|引|造|导|发生|出现)|"
    r"会不会|会引|迟早|早晚(?!上)|说不定|搞不好|弄不好|差[一点]?点|险些|几乎|威胁|恐吓|扬言要?停|哪天|随时|将来|"
    r"隐患|预防|提心吊胆|"
    r"杜绝|禁止|严禁|减少|潜在|等到?出"
)
"""In the clause before a thing: it is feared or imagined."""

FRAME = re.compile(
    r"要不是|多亏|幸亏|幸好|如果|假如|假设|要是|倘若|万一|一旦|建议|提议|呼吁|倡议|以后(?:再)?|咨询|想了解|"
    r"了解一?下|提前了解"
)
"""In the sentence before a thing: all of it is imagined, proposed or asked about in general."""

SUPPOSED_AFTER = re.compile(
    r"\A[^,。;!?]{0,4}(?:怎么办(?![啊呀,。!?]|\Z)|的?(?:隐患|风险|危险|可能|话|概率))|\A(?:时|的时候)?(?:该|应该|"
    r"要)?(?:怎么办|怎么做|如何)"
)

PAST = re.compile(
    r"去年|前年|往年|当年|那年|早年|上个?月|上个?(?:周|星期|礼拜)|上[次回]|上学期|以前|之前|从前|曾经?|当时|"
    r"那[次天回]|小时候|前几[年天次]|前一?阵|"
    r"[年月周天]前|历史上|过去|发生过|出过|前段时间|[12][09]\d\d年|那会儿|"
    r"(?<![从自])昨[天晚夜日](?![^,。;!?]{0,12}(?:开始|"
    r"到现在|至今|起|就))|前天|前晚|刚开业时"
)
"""Before a thing: it was so once …"""

YESTERDAY = re.compile(r"昨[天晚夜日]|前[天晚]")
"""What began then may go on, where a later clause says so."""

PRESENT = re.compile(
    r"正在|现在|此刻|眼下|目前|刚刚?(?!开业)|马上|快来|快点|赶紧|救命|还在|仍在|又在|一直|到现在|至今|已经(?!过)|"
    r"今[天早晚日]|这会儿|立刻|又(?![好要])"
)
"""… unless one of these stands nearer to it."""

PAST_AFTER = re.compile(
    r"\A(?:过|的(?:时候|那[天次年]|事(?!故)|新闻|案例|经历|历史)|之?后|以后|期间|那[天次年阵会]|事件)|"
    r"\A[^,。;!?]{0,6}(?:时候(?![^,。;!?]{0,6}[恢来修]))"
)

OVER = re.compile(
    r"(?<![没未不能会才何么候])(?:已经?|都|全|就|也|后来|终于|现在|早上|晚上|彻底|很快|就?给我?|帮我?|"
    r"把[^,。;!?把]{1,12})[^,。;!?没未不]{0,6}"
    r"(?:恢复了?|修好|找到|找回|扑灭|获救|脱险|平安|没事了?|解决了|抢救过来|处理好|(?<=[水电气])来了|(?<=上)来了|"
    r"抢通|救(?:出来|上来|了))|"
    r"(?:来水|来电|来气)了|一家人都平安|就恢复了|(?:水|电|气)来了|虚惊一场|没(?:同意|去成|答应)|劝住了|"
    r"散了(?=[,。;!?]|\Z)"
)
"""After a thing, to the end of the text: it is over."""

TOPIC_AFTER = re.compile(
    r"\A[^,。;!?]{0,8}(?:演练|演习|赔偿|理赔|赔付|保险|鉴定|认定|标准|培训|知识|宣传|教育|预案|报警器|急救|处罚|"
    r"证明|警示|"
    r"提示|应急包|"
    r"条例|课|讲座|险(?!些)|班会|规定|补偿|补贴|救助金|通知|公告|抢修|价|机(?!器|子|房|箱)|大甩卖|数据|案例|纪念|"
    r"主题|救援队|处理办法)"
)
"""Just after a thing: it is what something else is about."""

TOPIC = re.compile(
    r"一般(?:怎|可|会|要|向)|算不算|是不是属于|怎么(?:处罚|认定|理赔|赔|定性|界定|算)|如何(?:处罚|认定|界定)|"
    r"有没有标准|交强险|全责|赔付|上限"
)
"""Anywhere in its sentence: it is asked about in general."""


def context(text: str, start: int, end: int) -> Context:
    """What stands around text[start:end]; at most LONGEST characters each way, thrice that after."""
    ahead = text[max(0, start - LONGEST) : start]
    sentence = SENTENCE_END.split(ahead)[-1]
    before = CLAUSE_END.split(sentence)[-1]
    after = CLAUSE_END.split(text[end : end + LONGEST], maxsplit=1)[0]
    quoted = _is_quoted(ahead, text[end : end + LONGEST])
    return Context(sentence[: len(sentence) - len(before)], before, after, text[end : end + 3 * LONGEST], quoted)


def is_plain(text: str, start: int, end: int) -> bool:
    """Neither denied just before nor within quotation marks: enough to ask of words that only tell the kind."""
    ahead = text[max(0, start - LONGEST) : start]
    return not DENIED.search(ahead[-12:]) and not _is_quoted(ahead, text[end : end + LONGEST])


def _is_quoted(ahead: str, behind: str) -> bool:
    opened = max(ahead.rfind(mark) for mark in '“「『‘"')
    if opened < 0:
        return False
    return opened > max(ahead.rfind(mark) for mark in "”」』’") and any(mark in behind for mark in '”」』’"')


def standing(text: str, start: int, end: int) -> Standing:
    """How text[start:end] is said; FACT where nothing speaks against it."""
    return standing_in(context(text, start, end))


def standing_in(around: Context) -> Standing:
    """How a thing is said in this context: the first that applies, what is nearest to it first."""
    if DENIED.search(around.before[-12:]) or DENIED_AFTER.match(around.after):
        return Standing.DENIED
    if is_told(around):
        return Standing.TOLD
    if is_supposed(around):
        return Standing.SUPPOSED
    if TOPIC_AFTER.search(around.after) or TOPIC.search(around.before + around.following[:20]):
        return Standing.TOPIC
    if is_past(around):
        return Standing.PAST
    return Standing.OVER if OVER.search(around.following) else Standing.FACT


def is_told(around: Context) -> bool:
    """Part of a story, a joke or a slogan; or quoted, and not of somebody on the scene."""
    story = STORY.search(around.frame)
    if story and not NO_STORY.search(around.frame[: story.start()]):
        return True
    return around.quoted and not CALLED_OUT.search(around.frame)


def is_supposed(around: Context) -> bool:
    """Feared, imagined, proposed or asked about in general; 不是怕 is no fear."""
    fear = SUPPOSED.search(around.before)
    if fear and not re.search(r"不是?\Z|别\Z", around.before[: fear.start()]):
        return True
    return bool(FRAME.search(around.frame) or SUPPOSED_AFTER.search(around.after))


def is_past(around: Context) -> bool:
    """Set in the past by the sentence, with no word of the present after that."""
    if PAST_AFTER.search(around.after):
        return not PRESENT.search(around.before)
    past = [match.end() for match in PAST.finditer(around.frame)]
    if not past:
        return False
    lasting = around.following[:LONGEST] if YESTERDAY.search(around.frame) else around.after
    return not PRESENT.search(f"{around.frame[past[-1] :]} {lasting}")
