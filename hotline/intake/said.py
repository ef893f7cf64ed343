"""What a caller says of himself and of the matter: name, call-back number, place, and a title.

Simple patterns over the citizen's own words. They are suggestions: the agent confirms them, the router does
the real work of finding the place and the matter. Every repetition in a pattern is bounded, so that time
grows no faster than the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chinese import fluent
from chinese.caller import address, full_name, own_phone, surname
from hotline.intake.fields import phone_number
from hotline.intake.inquiry import InvalidInput, Turn

_HAN = "\u4e00-\u9fff"
_PAUSE = r",\uff0c、\s"  # inside [ ]: commas of either width and white space


def name_said(turns: Sequence[Turn]) -> str:
    """The caller's name: `我叫周小禾`, or a surname with the form of address the agent used: `王女士`; else
    empty.
    """
    own = citizens_words(turns)
    if (name := full_name(own)) or not (family := surname(own)):
        return name
    heard = (address(turn.text, family) for turn in turns if turn.role == "agent")
    return family + next(filter(None, heard), "")


def citizens_words(turns: Sequence[Turn]) -> str:
    """The citizen's turns, a line each; where no turn is surely the citizen's, those of unknown voices."""
    role = "citizen" if any(turn.role == "citizen" for turn in turns) else "unknown"
    return "\n".join(turn.text for turn in turns if turn.role == role)


_SENTENCE_END = re.compile(r"[。!?;\uff01\uff1f\uff1b\n]+")


def callback_said(text: str) -> str:
    """The last phone number said in the citizen's turns, a line each; in pieces, where none is said whole; else empty.

    A sentence that says whose number it is (`物业的电话是…`) is passed over.
    """
    found = own_phone(text.split("\n"))
    return _valid(found[0]) if found else ""


def _valid(number: str) -> str:
    try:
        return phone_number(number, "transcript")
    except InvalidInput:
        return ""


_SUFFIX = "街道|大道|社区|小区|花园|广场|区|县|市|镇|乡|路|街|巷|村"
_PLACE = re.compile(
    rf"(?:住在|位于|地点是|地址是|地址在|就在|在)((?![我你他她它这那哪家某一小])[{_HAN}A-Za-z0-9]{{1,18}}?(?:{_SUFFIX})"
    rf"(?:[{_HAN}A-Za-z0-9]{{1,10}}?(?:{_SUFFIX})){{0,3}})"
)
_NOT_A_PLACE = re.compile("[的了是有没不们个]|在")


def place_said(text: str) -> str:
    """The place in a clear `在花溪区清溪路…`; empty in all other cases, where the router finds it better."""
    for found in _PLACE.finditer(text):
        if len(found[1]) >= 3 and not _NOT_A_PLACE.search(found[1]):
            return found[1]
    return ""


_FILLER = re.compile(
    rf"[{_PAUSE}。.!?;~…\uff01\uff1f\uff1b]|喂|[唉哎][呀哟呦]?|嗯|呃|额|啊|哦|噢|没事|那个|这个(?=[{_PAUSE}])|就是说?(?=[{_PAUSE}我他你想说从在])"
    "|我[想要是来]{0,2}(?:反映|说|讲|问|咨询)(?:一?下子?|一?个(?:问题|情况|事情?))+"
    "|是这样子?的?|你们?好|您好|[早晚]上好|下午好|同志|师傅|我?想?请问(?:一下)?|麻烦[你您]?|不好意思|打扰(?:了|一下)?"
    f"|(?:对|好的?|可以|行|谢谢[你您]?|然后|是?12345[吗嘛]?)(?=[{_PAUSE}]|$)"
)
_ABOUT_SELF = re.compile(
    rf"^(?:我|免贵|本人)?[{_PAUSE}]?(?:姓[{_HAN}]{{1,2}}$|叫[{_HAN}]{{2,4}}$|的?(?:电话|手机|号码|名字))|^(?:电话|手机)|^\d{{3,20}}$"
)
_SAYS_A_MATTER = re.compile(
    "反映|投诉|举报|咨询|建议|希望|请求|求助|想问|怎么办|能不能|可不可以|没有|没人|不给|不让|不能|不处理|不发|不退|拖欠|欠|坏|堵|漏|破|塌|坑|断|停水|停电|停气"
    "|没水|没电|噪|吵|扰民|污|臭|油烟|垃圾|违|乱|占|收费|涨价|骗|假|工资|社保|医保|公积金|办理|办证|维修|修|危险|事故|补贴|退款|退费"
)
_ABOUT_CALL = re.compile("打(?:得|不)?(?:通|进)|占线|听得?(?:到|见|清|不)|大点?声|信号不|稍等|等一下")
_CLAUSE_END = re.compile(r"(?<=[,\uff0c、:\uff1a])")
_EDGES = " ,\uff0c、:\uff1a"
TITLE_LENGTH = 40


_INTRODUCTION = re.compile(r"(?:我|我这边|本人)(?:姓|叫|名叫|家?住)|(?:我的?)?(?:电话|手机)(?:号码?)?[是:：]")


def title_said(text: str) -> str:
    """A title of at most 40 characters: the first sentence that says a matter, without greetings and fillers.

    Where no sentence says one, the longest; cut at the end of a clause where one lies within the 40.
    """
    sentences = [stripped for part in _SENTENCE_END.split(fluent(text)) if (stripped := _without_filler(part))]
    telling = [part for part in sentences if not _ABOUT_SELF.search(part) and not _ABOUT_CALL.search(part)]
    telling = telling or sentences
    matter = next((part for part in telling if len(part) >= 5 and _SAYS_A_MATTER.search(part)), None)
    return _shortened(_without_introduction(matter or max(telling, key=len, default="")))


def _without_filler(sentence: str) -> str:
    start = 0
    while (found := _FILLER.match(sentence[start : start + 20])) and found.end():
        start += found.end()
    return sentence[start:].strip(_EDGES)


def _without_introduction(sentence: str) -> str:
    """我姓杨,我住城基路,楼下… begins with the matter: a title names nobody."""
    clauses = _CLAUSE_END.split(sentence)
    while len(clauses) > 1 and _INTRODUCTION.match(clauses[0]):
        clauses = clauses[1:]
    return "".join(clauses).strip(_EDGES)


def _shortened(sentence: str) -> str:
    if len(sentence) <= TITLE_LENGTH:
        return sentence
    title = ""
    for clause in _CLAUSE_END.split(sentence):
        if len(title) + len(clause) > TITLE_LENGTH:
            break
        title += clause
    title = title.rstrip(_EDGES)
    return title if len(title) >= 8 else sentence[: TITLE_LENGTH - 1] + "…"
