"""What people say of themselves on the telephone: a name, a surname, a number to be called back at.

Simple patterns, suggestions for a person to confirm. Every repetition is bounded, so that time grows no faster than
the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, product

from chinese.speech import PAUSE
from chinese.spoken import phones

_HAN = "\u4e00-\u9fff"
_SURNAMES = (
    "欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|东方|独孤|南宫|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦"
    "贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍"
    "申尤毕聂柴焦管柳邢岳齐梅庄辛涂祝耿关苗左凌古简舒欧游左冉骆甘符穆班卫阮喻卓蒙池仇冷娄路包项骈班全尚应丰宁仲娄]"
)
_NAMED = re.compile(
    rf"(?:我(?:的名字)?(?:叫做?|名叫)|本人(?:叫|姓名是?)|姓名是)[:\uff1a{PAUSE}]{{0,2}}((?:{_SURNAMES})[{_HAN}]{{1,2}}?)"
    rf"(?=[^{_HAN}]|$|[住在我是电手联想要今的啊呢哈呀哦吧和家来有])"
)
_SURNAMED = re.compile(rf"(?:我|免贵|本人)[{PAUSE}]{{0,2}}姓({_SURNAMES})")
_ADDRESSED = re.compile(rf"((?:{_SURNAMES}))(先生|女士|小姐|师傅|老师)")


_SPEAKERS = 8
"""So many names are looked for in the rest of a text too, so that time grows no faster than the text."""


def full_name(text: str) -> str:
    """`我叫周小禾` → 周小禾; empty where none is said."""
    found = _NAMED.search(text)
    return found[1] if found else ""


def nameless(text: str) -> str:
    """`我叫周小禾` → 我叫某人, and the name nowhere else in the text either."""
    for name in {found[1] for found in islice(_NAMED.finditer(text), _SPEAKERS)}:
        text = text.replace(name, "某人")
    return _NAMED.sub(lambda found: found[0].removesuffix(found[1]) + "某人", text)


def surname(text: str) -> str:
    """`免贵姓陆` → 陆; empty where none is said."""
    found = _SURNAMED.search(text)
    return found[1] if found else ""


def address(text: str, of: str) -> str:
    """The form of address that goes with the surname `of`: `好的王女士` → 女士; empty where it is another's."""
    return next((found[2] for found in _ADDRESSED.finditer(text) if found[1] == of), "")


_SENTENCE_END = re.compile(r"[。!?;\uff01\uff1f\uff1b\n]+")
_OF_ANOTHER = re.compile(
    r"(?:他|她|它|公司|店|物业|老板|商家|对方|单位|社区|负责人|经理|骗子|陌生)(?:家|里|方|们|打来)?的?(?:联系)?(?:电话|手机|号码|座机)"
)


def own_phones(text: str) -> list[str]:
    """The phone numbers said, in order; a sentence that says whose number it is (`物业的电话是…`) is passed over."""
    own = (sentence for sentence in _SENTENCE_END.split(text) if not _OF_ANOTHER.search(sentence))
    return [number for sentence in own for number in phones(sentence)]


_PIECES = 4
"""In so many turns at most is a number told: 幺三八, 零零幺三, 八零零零."""

_DIGITS = frozenset("0123456789零〇洞一幺二两三四五六七拐八九０１２３４５６７８９")


def own_phone(turns: Sequence[str]) -> tuple[str, int] | None:
    """The last number told that is not another's, so that a correction wins, and the index of the turn in which it
    begins. What is told in pieces counts where nothing is told whole.
    """
    for index in reversed(range(len(turns))):
        if numbers := own_phones(turns[index]):
            return numbers[-1], index
    spoken = [index for index, text in enumerate(turns) if sum(sign in _DIGITS for sign in text[:_PIECE]) > 1]
    for first, size in product(reversed(range(len(spoken))), range(2, _PIECES + 1)):
        pieces = (turns[index][:_PIECE].strip(" ,，。、.") for index in spoken[first : first + size])
        if numbers := own_phones(",".join(pieces)):
            return numbers[-1], spoken[first]
    return None


_PIECE = 40
"""Characters of a turn that may be a piece of a number."""
