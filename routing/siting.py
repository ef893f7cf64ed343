"""Where a message's matter happened, from all that tells it: the words, what was filled in or confirmed, and the point.

A point is where the telephone was, which is mostly where the matter is; the words know better where they say that it
happened elsewhere. Where the two differ, both stay open, the certainty is low, and the reason says so: a person asks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chinese import normalise
from routing.coordinates import DATUMS
from routing.decision import Message, Point
from routing.outlines import Outlines
from routing.places import Abroad, Found, Gazetteer, Survey

POINT_ALONE = 0.95
"""How sure the district is where only the point tells it."""

BOTH = 0.99
"""How sure it is where words and point agree."""

SHARES = {"happened": (0.55, 0.4), "filled": (0.55, 0.4), "confirmed": (0.6, 0.35), "lives": (0.12, 0.85)}
AS_NAMED = (0.4, 0.5)
"""By the role of what the words say: the parts of the words and of the point where they differ (our judgement)."""

SITES = frozenset({"happened", "filled", "confirmed"})

PLACE_UNSURE = re.compile(
    r"(?:哪个区|哪个县|哪里管|归哪)[^。!?]{0,8}(?:不清|不晓得|不知道|搞不)|(?:不清楚?|不晓得|不知道)[^。!?]{0,8}(?:哪个区|归哪)|"
    r"两边都不管"
)
"""Said by people who do not know in which district they are."""

ASSENT = re.compile(r"(?:嗯{1,9}|哦{1,9}|啊)?[,，、。]?(?:对|是|没错|就是|不错|正确|好的|可以|嗯)")
DISSENT = re.compile(r"(?:嗯{1,9}[,，]?)?(?:对不|不|是不|但)")
ASKS_BACK = re.compile(r"(?:对吗|对吧|是吗|是吧|是不是|对不对|没错吧|核对|确认|重复|[?？])")


@dataclass(frozen=True, slots=True)
class Sited:
    """The places meant, surest first, certainties as in Gazetteer.rank; what is to be said of them in `reasons`.

    `abroad` is the name of a place beyond the city where it happened, `sure` whether the words say so plainly.
    """

    places: tuple[Found, ...]
    reasons: tuple[str, ...] = ()
    abroad: str = ""
    sure: bool = False


def sited(gazetteer: Gazetteer, outlines: Outlines, message: Message, text: str, survey: Survey) -> Sited:
    """Where it happened. `text` and the message's place are normalised, `survey` is the gazetteer's of the text."""
    ranked = gazetteer.rank(text, message.place, survey.told, confirmed(message.turns))
    filled = () if message.place in gazetteer.places else gazetteer.survey(message.place).abroad
    site = _beyond(gazetteer, ranked, [replace(one, happened=True) for one in filled] + list(survey.abroad))
    if not message.place and PLACE_UNSURE.search(text):
        site = replace(site, places=tuple(replace(one, weight=one.weight / 2) for one in site.places))
    return _with_point(gazetteer, outlines, site, message.point) if message.point else site


def confirmed(turns: Sequence[tuple[str, str]]) -> str:
    """What agents read back and the citizen agreed to in the next turn, as one text."""
    agreed = []
    for (role, text), (next_role, answer) in pairwise(turns):
        asked = role == "agent" and next_role == "citizen" and ASKS_BACK.search(text)
        if asked and ASSENT.match(answer) and not DISSENT.match(answer):
            agreed.append(normalise(text))
    return "。".join(agreed)


def _beyond(gazetteer: Gazetteer, ranked: Sequence[Found], abroad: Sequence[Abroad]) -> Sited:
    """What places beyond the city leave of the places within it."""
    there = next((one for one in abroad if one.happened), abroad[0] if abroad else None)
    within = [one for one in ranked if gazetteer.in_district(one.place)]
    if there is None or (within and not there.happened):
        return Sited(tuple(ranked))
    if not within:
        here = any(one.role == "happened" for one in ranked)
        return Sited(() if there.happened else tuple(ranked), (), there.name, there.happened and not here)
    if SITES.intersection(one.role for one in within):
        return Sited(tuple(ranked))
    return Sited(
        tuple(replace(one, weight=one.weight / 2) for one in ranked), (f"地点依据:文中也说到{there.name},请核实事发地",)
    )


def _with_point(gazetteer: Gazetteer, outlines: Outlines, site: Sited, point: Point) -> Sited:
    """The district that the point lies in beside those of the words: it confirms, adds, or contradicts."""
    if not outlines:
        return replace(
            site,
            reasons=(
                *site.reasons,
                f"坐标依据:来件带有坐标({DATUMS[point.datum]}),未载入区县范围,未采用",
            ),
        )
    known = (code for code in outlines.places_of(point) if code in gazetteer.places)
    lying = max(known, key=lambda code: len(gazetteer.ancestors(code)), default=None)
    if lying is None:
        return replace(site, reasons=(*site.reasons, "坐标依据:来件坐标不在已载入的区县范围内,未采用"))
    name = gazetteer.places[lying].name
    there = Found(lying, "来件坐标", 0, 0, POINT_ALONE, "point", (f"来件坐标落在{name}",))
    told = [one for one in site.places if gazetteer.in_district(one.place)]
    if site.abroad:  # the telephone is here, the words are about elsewhere
        differs = f"坐标依据:来件坐标落在{name},与文中的“{site.abroad}”不一致,请核实事发地"
        return Sited((replace(there, weight=1 - POINT_ALONE / 2),), (differs,))
    if not told:
        return Sited((there,), site.reasons)
    same = next((one for one in told if gazetteer.district(one.place) == gazetteer.district(lying)), None)
    if same is told[0]:
        finer = max((same, there), key=lambda one: len(gazetteer.ancestors(one.place)))
        both = replace(finer, weight=max(BOTH, same.weight), reasons=(*same.reasons, *there.reasons))
        return Sited((both,))
    return _differing(told, same, there, name)


def _differing(told: Sequence[Found], same: Found | None, there: Found, name: str) -> Sited:
    """The words' first place is not the point's: both stay, each with its part."""
    words, point = SHARES.get(told[0].role, AS_NAMED)
    if same:  # the words name the point's district too, only not first
        words, point = AS_NAMED
        there = replace(same, reasons=(*same.reasons, *there.reasons))
    first = replace(told[0], weight=told[0].weight * words)
    places = sorted((first, replace(there, weight=point)), key=lambda one: -one.weight)
    return Sited(tuple(places), (f"坐标依据:来件坐标落在{name},与文中的“{told[0].name}”不一致,请核实事发地",))
