"""A long call or message in seven parts, each in the words in which it was said and with the turn that it comes from.

Extractive: nothing is put in other words, so that whoever reads a part can go to its turn and hear it. The citizen's
turns tell; the agent's only help to understand them (a question 什么时候开始的 makes the next answer likelier to be
the time; what was read back may be the only place where a place is said in one piece). What place and matter were
decided is handed in, as two functions that say how well a text tells them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chinese import corrected, fluent, normalise, sentences
from chinese.caller import address, full_name, own_phone, surname

Telling = Callable[[str], float]
"""How well a normalised text tells what was decided: 0 not at all, below 0 something else instead."""

SHOWN = 48
"""Characters of a part that are shown."""

MOST_TURNS, MOST_SIGNS = 2_000, 100_000
"""Turns and characters that are read: an hour's call has some 900 and 20,000."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn: its number, its role (agent, citizen or unknown) and its words."""

    seq: int
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """Words as they were said, without fillers, and the turn (`seq`) that they come from."""

    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a call comes to; a part that nobody said is None. `name` and `phone` are whom to call back."""

    title: Part | None = None
    place: Part | None = None
    matter: Part | None = None
    asked: Part | None = None
    since: Part | None = None
    name: Part | None = None
    phone: Part | None = None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of the citizen's: as said, normalised, its turn, how far into the call (0..1), the answer to what."""

    said: str
    normal: str
    seq: int
    at: float
    question: str
    tells_matter: float


def summarise(turns: Sequence[Spoken], tells_place: Telling, tells_matter: Telling) -> Summary:
    """The seven parts of a call, or of a long message whose sentences are handed in as a citizen's turns.

    Plain values in and out, any text at all. A call of 20 minutes (300 turns) takes about 10 ms, of which half is the
    two functions'.
    """
    read = list(_read(turns))
    own = [turn for turn in read if turn.role == _own_role(read)]
    told = list(_sentences(read, own, tells_matter))
    return Summary(
        title=_title(told, tells_place),
        place=_place(read, own, tells_place),
        matter=_best(told, lambda one: one.tells_matter),
        asked=_best(told, _asks),
        since=_since(told),
        name=_name(read, own),
        phone=_phone(own),
    )


def turns_of(message: str) -> list[Spoken]:
    """A message's sentences as turns, so that it can be summarised like a call; numbered from 1."""
    return [Spoken(seq, "citizen", sentence) for seq, sentence in enumerate(sentences(message), start=1)]


def _read(turns: Sequence[Spoken]) -> Iterator[Spoken]:
    left = MOST_SIGNS
    for turn in turns[:MOST_TURNS]:
        if left <= 0:
            return
        yield Spoken(turn.seq, turn.role, turn.text[:left])
        left -= len(turn.text)


def _own_role(turns: Sequence[Spoken]) -> str:
    return "citizen" if any(turn.role == "citizen" for turn in turns) else "unknown"


def _sentences(turns: Sequence[Spoken], own: Sequence[Spoken], tells_matter: Telling) -> Iterator[_Sentence]:
    mine, question = {turn.seq for turn in own}, ""
    for number, turn in enumerate(turns):
        if turn.seq in mine:
            for said in sentences(turn.text):
                normal = normalise(said)
                yield _Sentence(said, normal, turn.seq, number / len(turns), question, max(0.0, tells_matter(normal)))
        question = turn.text[-SHOWN:] if turn.role == "agent" else ""


_PLEASANT = re.compile(
    "听得?(?:到|见|清|不)|大点?声|等一?下|稍等|再说一遍|(?:记|写)(?:一下|下来|好)|慢一?点说|打错|贵姓|怎么称呼|转接|谢谢|麻烦(?:你|您)了"
    "|(?:给|跟)我(?:回|打)(?:个|一个)?电话|(?:留|报)(?:个|一下)?电话|信号不好|工号"
)
"""About the call, not about the matter."""

_ABOUT_SELF = re.compile(
    r"^(?:我|免贵|本人)?[,\s]?(?:姓.{1,2}[,.。]?$|叫.{2,4}[,.。]?$|的?(?:电话|手机|号码|名字))|^(?:电话|手机)|^[\d\s,-]{3,}"
)

_TROUBLE = re.compile(
    "反映|投诉|举报|咨询|建议|没有|没人|不给|不让|不能|不处理|不管|不发|不退|拖欠|坏|堵|漏|破|塌|坑|断|停[水电气]|没[水电气]|噪|吵|扰民|污|臭"
    "|油烟|垃圾|违|乱|占|收费|涨价|骗|假|工资|社保|医保|公积金|办[理证]|维?修|危险|事故|补贴|退款|退费"
)


def _title(told: Sequence[_Sentence], tells_place: Telling) -> Part | None:
    """The first sentence that tells the matter and no other place; without one the likeliest of the rest."""
    telling = [one for one in told if len(one.normal) >= 6 and not _idle(one)] or list(told)
    for fits in (lambda one: one.tells_matter >= 1, lambda one: _TROUBLE.search(one.normal)):
        for one in telling:
            if fits(one) and tells_place(one.normal) >= 0:
                return _part(_GREETING.sub("", one.said), one.seq)
    longest = max(telling, key=lambda one: min(len(one.normal), SHOWN), default=None)
    return _part(longest.said, longest.seq) if longest else None


_GREETING = re.compile(
    "^(?:(?:(?:[你您]们?|大家|[早晚]上|[上下]午)好|同志|老师|师傅)[呀啊]?[,，。!！ ]{0,2}){1,4}(?=.{6})"
)
_ASSENT = re.compile("^(?:对|是的?|没错|嗯|好的?|可以|行)[,，。!！的嗯对]")


def _idle(one: _Sentence) -> bool:
    return any(pattern.search(one.normal) for pattern in (_PLEASANT, _ABOUT_SELF, _ASSENT))


def _place(turns: Sequence[Spoken], own: Sequence[Spoken], tells_place: Telling) -> Part | None:
    """The turn that tells the place best: the citizen's, or what the agent read back at half the weight."""
    mine = {turn.seq for turn in own}
    scores = [tells_place(normalise(turn.text)) * (1 if turn.seq in mine else 0.5) for turn in turns]
    best = max(range(len(turns)), key=lambda index: scores[index], default=None)
    if best is None or scores[best] <= 0:
        return None
    clauses = [clause for clause in _CLAUSE.findall(turns[best].text) if clause.strip()]
    clause = max(clauses, key=lambda clause: tells_place(normalise(clause)), default=turns[best].text)
    return _part(clause, turns[best].seq)


_CLAUSE = re.compile(r"[^,，。;；!！?？\r\n]+")

_WISH = re.compile("希望|要求|诉求|请求|恳请|恳求|盼望|请(?:你们|政府|有关|相关|领导|部门|帮|尽快|派|求)|想请")
_ASK = re.compile(
    "能不能|可不可以|能否|可否|是不是可以|是否可以|想(?:问|咨询|了解|知道|查)|怎么(?:办|申请|处理|解决|查|交|领|走|弄)|要怎么"
    "|什么时候(?:能|才|可以|会)|需要(?:什么|哪些)|去哪|到哪里|帮(?:我们?)?(?:查|问|催|协调|解决|处理|看|反映)|给(?:我们?)?(?:一?个)?(?:说法|答复|交代)"
    "|尽快|赶紧|退(?:钱|款|费|给我|回来)|赔|派人"
)


def _asks(one: _Sentence) -> float:
    """What is asked is said plainly, mostly late, and in more than a word; 0 for what asks for nothing."""
    score = 2.0 * bool(_WISH.search(one.normal)) + bool(_ASK.search(one.normal))
    if not score or len(one.normal) < 5 or _idle(one):
        return 0.0
    return score + min(len(one.normal), 30) / 60 + one.at / 2 + (one.tells_matter > 0) / 2


_N = "[0-9一二两三四五六七八九十百半几好多]{1,4}"
_FOR = re.compile(rf"{_N}个?多?(?:年|月|星期|礼拜|周|天|日|小时|钟头)(?:{_N}个?月)?(?:多|左右|来)?了")
_FROM = re.compile(
    rf"(?:自|从|打)[^,。!?;]{{0,6}}?(?:[年月日号周]|星期|礼拜|天|点|晚|早上|节|前|时候|季|{_N})[^,。!?;]{{0,8}}?(?:开始|起|以?来|到现在|至今|之?后|就)"
)
_DAY = re.compile(
    rf"昨[天晚]|前[天晚]|大前天|今天|今早|上个?(?:周|星期|礼拜|月)|去年|前年|今年|{_N}月(?:{_N}[日号]|初|中旬|底|份)|{_N}[号日](?:[早晚]上|下午|那天)"
    "|(?:国庆|春节|元旦|五一|中秋|端午|清明|过年|开学|放假)节?(?:前|后|期间|那)|年[初底]|[0-9零一二]{4}年"
)
_LATELY = re.compile("最近|近[期来日]|近?几天|这(?:两天|段时间|阵子|几个月|半年)")
_WHEN = re.compile("什么时候|多久|多长时间|哪[天年]|几时|何时|几天|啥时候")
_OTHER_TIME = re.compile(
    "住了|搬[来进]|上班|退休|结婚|[0-9十]岁|打(?:了|过)?[^,。]{0,6}电话|等了|排队|工作了|干了|买的|明天|后天|之?内|每[天年月]|工作日"
)


def _since(told: Sequence[_Sentence]) -> Part | None:
    """The clause that says since when: 从…开始 and 三天了 before a mere date, an answer to 什么时候 before the rest."""
    best, part = 0.0, None
    for one in told:
        asked = 2.0 * bool(_WHEN.search(one.question)) + (one.tells_matter > 0) / 2
        for clause in _CLAUSE.findall(one.said):
            score = _time_told(normalise(clause))
            if score and score + asked > best:
                best, part = score + asked, _part(clause, one.seq)
    return part


def _time_told(clause: str) -> float:
    told = 3.0 * bool(_FROM.search(clause) or _FOR.search(clause)) or 2.0 * bool(_DAY.search(clause))
    told = told or 1.0 * bool(_LATELY.search(clause))
    return told / 3 if told and _OTHER_TIME.search(clause) else told


def _name(turns: Sequence[Spoken], own: Sequence[Spoken]) -> Part | None:
    """The full name, or the surname with the agent's form of address."""
    for turn in own:
        if name := full_name(turn.text):
            return Part(name, turn.seq)
    for turn in own:
        if family := surname(turn.text):
            heard = (address(other.text, family) for other in turns if other.role == "agent")
            return Part(family + next(filter(None, heard), ""), turn.seq)
    return None


def _phone(own: Sequence[Spoken]) -> Part | None:
    found = own_phone([turn.text for turn in own])
    return Part(found[0], own[found[1]].seq) if found else None


def _best(told: Sequence[_Sentence], score: Callable[[_Sentence], float]) -> Part | None:
    """The sentence with the most points, the first of equals; None where none has any."""
    best, most = None, 0.0
    for one in told:
        if (points := score(one)) > most:
            best, most = one, points
    return _part(best.said, best.seq) if best else None


def _part(said: str, seq: int) -> Part | None:
    """The words as they are shown: slips put right, no fillers, cut at SHOWN characters."""
    words = corrected(fluent(said.strip())).strip(" ,，。;；") or said.strip()
    if not words:
        return None
    return Part(words if len(words) <= SHOWN else words[: SHOWN - 1] + "…", seq)
