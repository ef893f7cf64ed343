"""Personal data out of a text that is to be published: the machine proposes, a person decides.

What is taken out gives way to words that can be read on (某先生, 某小区). Names of towns, streets and villages stay.
Every repetition is bounded, so time grows with the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chinese.caller import full_name, surname
from chinese.spoken import id_numbers, mask, phones

_BEGIN, _END = "\ue000", "\ue001"
_HAN = "\u4e00-\u9fff"
_STOPS = "在住的区县镇乡市是到和与及我您你们个这那该本老旧某从向附近对里"
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){14,18}(?:[Xx]|(?!\d))", re.ASCII)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_WECHAT = re.compile(
    r"((?:微信|(?<![a-z])(?:vx|wx|qq))(?:号码?|群)?(?:是|为)?[:\uff1a ]{0,3})([a-z0-9][\w-]{4,19})",
    re.ASCII | re.IGNORECASE,
)
_PLATE = re.compile(rf"[{_HAN}][A-Z][·. ]?[A-Z0-9]{{5,6}}(?![A-Z0-9])")
_NUMBER = "[0-9A-Za-z一二三四五六七八九十百]{1,6}"
_ROOM = re.compile(
    rf"(?:{_NUMBER}(?:号楼|栋|幢|座|单元|层|楼|室|号房|房号|户)[-—、]?){{1,5}}(?:[0-9]{{3,4}}(?![0-9]))?"
)
_TELLS_ROOM = re.compile("号楼|栋|幢|座|单元|室|号房|户")
_HOUSE = re.compile(r"(?<=[路街巷道弄组村])[0-9]{1,5}(?:[-—附][0-9]{1,4})?号(?![线令文])")
_ESTATE = re.compile(
    rf"(?!居民|封闭|整个|开放|住宅)[^\W\d_A-Za-z{_STOPS}]{{2,8}}?(?:小区|花园|家园|公寓|苑(?![路街])|名邸)(?![路街])"
)
_ADDRESSED = re.compile("先生|女士|小姐|阿姨|大爷|师傅|老师|同志|医生|警官|经理")
_SAID_HOW_MANY = 3
_WIDE = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0E, 0xFF20)
_NARROW = {wide: wide - 0xFEE0 for wide in _WIDE}
"""Full-width digits, letters, dot and at sign, sign for sign."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the house knows of who wrote; texts may be empty. Never shown and never kept: only looked for."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Masked:
    """A proposed text; `parts` are (text, whether it stands for something that was taken out)."""

    parts: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The text as a whole."""
        return "".join(part for part, _ in self.parts)

    @property
    def taken(self) -> int:
        """How many things were taken out."""
        return sum(out for _, out in self.parts)


def masked(text: str, known: Known) -> Masked:
    """The text without what names a person: what is known of who wrote, and whatever looks like personal data."""
    text = text.replace(_BEGIN, "").replace(_END, "").translate(_NARROW)
    for personal, words in _of_known(text, known):
        text = text.replace(personal, _out(words))
    text = re.sub(f"某人{_END}(先生|女士)", rf"某\1{_END}", text)
    text = _WECHAT.sub(lambda found: found[1] + _out("（号码略）"), text)
    for pattern, words in ((_EMAIL, "（邮箱略）"), (_CARD, "（号码略）")):
        text = pattern.sub(_out(words), text)
    text = re.sub(r"\*{4,}", _out("（号码略）"), mask(text, whole=True))
    for pattern, words in ((_PLATE, "（车牌略）"), (_HOUSE, "某号"), (_ESTATE, "某小区")):
        text = pattern.sub(_out(words), text)
    return Masked(tuple(_parts(_people(_ROOM.sub(_room, text)))))


def _out(words: str) -> str:
    return f"{_BEGIN}{words}{_END}"


def _of_known(text: str, known: Known) -> Iterator[tuple[str, str]]:
    """What is known, as it may stand in the text, the longest first; and the name by which they call themselves."""
    if len(known.address) > 3:
        yield known.address, "某处"
    for name in (known.name, full_name(text)):
        if len(name) > 1:
            yield name, "某人"
    for number in (known.id_number, known.phone):
        if len(number) > 5:
            yield number, "（号码略）"


def _room(found: re.Match[str]) -> str:
    return _out("某室") if _TELLS_ROOM.search(found[0]) else found[0]


def _people(text: str) -> str:
    """王先生, 欧阳女士 and 李建国师傅 become 某先生, 某女士 and 某师傅."""
    done, parts = 0, []
    for found in _ADDRESSED.finditer(text):
        length = _name_before(text[max(done, found.start() - _SAID_HOW_MANY) : found.start()])
        if length:
            parts += [text[done : found.start() - length], _out(f"某{found[0]}")]
            done = found.end()
    return "".join([*parts, text[done:]])


def _name_before(words: str) -> int:
    """How many of the last characters are a name: the longest that begins with a surname."""
    lengths = range(len(words), 0, -1)
    return next((n for n in lengths if surname(f"我姓{words[-n:]}") and re.fullmatch(f"[{_HAN}]+", words[-n:])), 0)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text by what was taken out; what was taken out within another is one with it."""
    depth = 0
    for piece in re.split(f"([{_BEGIN}{_END}])", text):
        if piece in (_BEGIN, _END):
            depth += 1 if piece == _BEGIN else -1
        elif piece:
            yield piece, depth > 0


def left_in(text: str, known: Known) -> list[str]:
    """What personal data a text still holds that nobody may publish, each with its place: 邮箱（第 12 字起）."""
    text = text.translate(_NARROW)
    looks: list[tuple[str, Callable[[], int]]] = [
        ("手机或电话号码", lambda: _first(mask(text, whole=True), text) if phones(text) else -1),
        ("身份证号", lambda: _first(mask(text, whole=True), text) if id_numbers(text) else -1),
        ("身份证号、银行卡号一类的长号码", lambda: _begins(_CARD.search(text))),
        ("邮箱", lambda: _begins(_EMAIL.search(text))),
        ("来件人的姓名", lambda: _spread(known.name, text) if len(known.name) > 1 else -1),
        ("来件人的电话", lambda: _spread(known.phone, text) if len(known.phone) > 5 else -1),
        ("来件人的证件号", lambda: _spread(known.id_number, text) if len(known.id_number) > 5 else -1),
        ("来件人的地址", lambda: text.find(known.address) if len(known.address) > 3 else -1),
    ]
    return [f"{what}（第 {place + 1} 字起）" for what, look in looks if (place := look()) >= 0]


def _spread(known: str, text: str) -> int:
    """Where it stands, also with a sign or three between its signs (138.0000.1234); -1 where it does not."""
    return _begins(re.search(r"[\W_]{0,3}".join(map(re.escape, known)), text, re.IGNORECASE))


def _begins(found: re.Match[str] | None) -> int:
    return found.start() if found else -1


def _first(other: str, text: str) -> int:
    """Where two texts part."""
    pairs = enumerate(zip(other, text, strict=False))
    return next((place for place, (one, two) in pairs if one != two), 0)
