"""Whom a report 举报 accuses: it must never reach them (济南 Art. 32), so they are found among the units' names.

A unit is accused when it is what is reported (举报某局), or when its people's deeds follow its name. A unit that is
asked for help (请某局查处) is not. A district's bare name is a place; its government must be named to be accused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from routing.decision import Unit
from routing.spelling import Mention, Names

REPORTED = re.compile(
    r"(?:(?:举报|检举|控告|投诉|反映|状告|曝光)(?:一下|了|的是|是|对象[是为:]?|:)?|被(?:举报|控告|检举)(?:的)?(?:单位|人|对象|部门)?[是为:]{0,2})\Z"
)
ASKED = re.compile(r"(?:请|向|找|给|求|望|让|由|报|到|去|打|联系|拨打|通过|咨询|多次向)\Z")
MISDEED = re.compile(
    r"[^。;!?]{0,20}?(?:贪污|受贿|收受|索要|索贿|红包|回扣|滥用职权|以权谋私|徇私|舞弊|吃拿卡要|挪用|侵占|套取|"
    r"不作为|乱作为|违法|违规|违纪|包庇|充当保护伞|乱收费|打人|勾结|弄虚作假|造假|公款|公车|虚报|冒领|截留|克扣)"
)
PEOPLE = re.compile(
    r"[^,。;!?\s]{0,6}?(?:工作人员|执法人员|局长|主任|书记|镇长|区长|县长|市长|乡长|村长|领导|干部|科长|队长|民警|职工|员工|经理|会计)"
)
GRAVE = re.compile(
    r"[^。;!?]{0,20}?(?:贪污|受贿|收受|索贿|红包|回扣|滥用职权|以权谋私|徇私|吃拿卡要|挪用|套取|包庇|保护伞|收[^,。;!?]{0,6}钱|要好处|销分)"
)
DENOUNCED = re.compile(r"(?:举报|检举|控告)(?:一下|了|的是|:)?\Z")
"""What accuses a unit even in a message that is no report by its other words or by the kind that was filled in."""

BESIDE = re.compile(r"(?:[大中支]?队)?的?(?:旁边?|对面|隔壁|门口|附近|楼下|后面|斜对面|宿舍|家属院|站台?)")
"""Just after a name: a place beside the unit, not the unit."""

ONESELF = re.compile(r"(?:我|本人)(?:是|系|在|曾在|以前在)\Z")
"""Just before a name: where the person who writes belongs."""

OF_THE_BODY = re.compile(r"(?:的)?(?:村?委会|村?支书|村?主任|书记|会计|干部|领导|政府|区长|县长|镇长|乡长|村长|党委)")
"""Just after the bare name of a place: its people or its body are meant."""

SPACED = re.compile(r"(?<=[\u4e00-\u9fff])[ .·*_\-]{1,3}(?=[\u4e00-\u9fff])")
"""What people put between the characters of a name so that it is not found."""

DECOYS = (
    *("电信诈骗", "电信网络", "电信业务", "电信条例", "电信运营", "广电局"),
    *("移动支付", "移动端", "移动硬盘", "移动办公", "移动公厕", "移动摊", "移动式", "移动电源", "移动板房", "自行移动"),
)
"""Words in which a carrier's short name is no name."""

GRAVELY = re.compile(
    r"举报|检举|控告|销分|要好处|收[^,。;!?]{0,6}钱|贪污|受贿|收受|索贿|红包|回扣|滥用职权|以权谋私|徇私|吃拿卡要|挪用|套取|包庇|保护伞"
)

BODY = ("政府", "管委会", "办事处", "办公室", "委员会", "居委会", "村委会", "街道办")
LOCAL_KINDS = {"district", "township", "community"}
BELOW_A_DISTRICT = re.compile(r"(?:区|县|镇|乡|街道|管委会)\Z")


class Accusations:
    """The units by all their names, to be found as the accused of a report."""

    def __init__(self, units: Iterable[Unit]) -> None:
        """Index names and aliases; of a district, township or community only those that name a body."""
        units = list(units)
        self._names = Names(((name, unit.code) for unit in units for name in (unit.name, *unit.aliases)), DECOYS)
        self._kinds = {unit.code: unit.kind for unit in units}
        self._cities = tuple(
            name for unit in units if unit.kind == "district" for name in _stems((unit.name, *unit.aliases))
        )

    def named(self, text: str) -> tuple[str, ...]:
        """The enterprises a text names, in order: each answers for itself where several share a matter."""
        codes = (code for mention in self._names.find(text) for code in mention.codes)
        return tuple(dict.fromkeys(code for code in codes if self._kinds[code] == "enterprise"))

    def meant(self, text: str) -> str | None:
        """The first department or enterprise of the city that a text names, whatever it says of it."""
        for mention in self._names.find(text):
            before = text[max(0, mention.start - 8) : mention.start]
            for code in mention.codes:
                if self._kinds[code] in {"department", "enterprise"} and self._is_meant(code, mention.name, before):
                    return code
        return None

    def of(self, text: str, report: bool = True) -> tuple[str, ...]:
        """Codes of the accused units in the order of the (normalised) text.

        In a message that is no report only grave deeds accuse: a complaint belongs to the unit complained of.
        """
        if not report and not GRAVELY.search(text):
            return ()
        text = SPACED.sub("", text)
        accused = (code for mention in self._names.find(text) for code in self._accused(text, mention, report))
        return tuple(dict.fromkeys(accused))

    def _accused(self, text: str, mention: Mention, report: bool) -> tuple[str, ...]:
        before, after = text[max(0, mention.start - 8) : mention.start], text[mention.end : mention.end + 40]
        if BESIDE.match(after) or ONESELF.search(before):
            return ()
        if ASKED.search(before) and not REPORTED.search(before):
            return ()
        grave = DENOUNCED.search(before) or GRAVE.match(after)
        if not grave and not (report and _accuses(before, after)):
            return ()
        name = mention.name + (OF_THE_BODY.match(after) or [""])[0]
        return tuple(code for code in mention.codes if self._is_meant(code, name, before))

    def _is_meant(self, code: str, name: str, before: str) -> bool:
        """乌当区住建局 is not the city's 住建局, and 乌当区 alone is a place."""
        if self._kinds[code] in LOCAL_KINDS:
            return name.endswith(BODY) or bool(OF_THE_BODY.search(name))
        return not (BELOW_A_DISTRICT.search(before) or before.endswith(self._cities))


def _accuses(before: str, after: str) -> bool:
    return bool(REPORTED.search(before) or MISDEED.match(after) or PEOPLE.match(after))


def accused(text: str, units: Iterable[Unit]) -> tuple[str, ...]:
    """Codes of the units a report accuses. For many texts make one Accusations."""
    return Accusations(units).of(text)


def _stems(names: Iterable[str]) -> Iterable[str]:
    """清镇 of 清镇市, so that 清镇市住建局 is known as the district's."""
    return (name[:-1] for name in names if name.endswith("市") and len(name) > 2)
