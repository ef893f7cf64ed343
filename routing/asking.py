"""What to ask the person where the place decides who is responsible, and is not known well enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from routing.decision import Decision
from routing.places import Found, Gazetteer
from routing.siting import Sited

KNOWN = 0.6
"""A district that is at least so sure needs no question."""

MOST_NAMED = 3
AT_MOST = 0.5
"""No more sure is any unit while the place that decides it is open: never enough to be sent by itself."""

OPEN = "请问在哪个区县?靠近哪条路或哪个小区?"


def settled(decision: Decision, gazetteer: Gazetteer, site: Sited, *, decides: bool) -> Decision:
    """The Decision with what the place does to it: the question, at most AT_MOST while it is open, nobody elsewhere.

    `decides` says whether another of the possible places would make it another unit's matter. A matter that the city
    does for all keeps its unit though it happened elsewhere: people are asked, since it may be about a rule of here.
    """
    decision = replace(decision, reasons=(*decision.reasons, *site.reasons))
    elsewhere = site.sure and decision.kind not in {"consultation", "suggestion", "praise"}
    if elsewhere and decides:
        why = f"地点依据:事发地不在本市({site.abroad}),请核实;属外地的,告知来件人拨打当地12345"
        asked, reasons = question(gazetteer, (), site.abroad), (*decision.reasons, why)
        return replace(decision, place=None, unit=None, confidence=0.0, reasons=reasons, candidates=(), question=asked)
    asked = question(gazetteer, site.places, site.abroad) if decides or elsewhere else ""
    return _no_surer(replace(decision, question=asked), AT_MOST if asked else 1.0)


def _no_surer(decision: Decision, most: float) -> Decision:
    """No unit surer than `most`, and no candidate surer than the unit."""
    sure = min(decision.confidence, most)
    candidates = tuple(replace(one, confidence=min(one.confidence, sure)) for one in decision.candidates)
    return replace(decision, confidence=sure, candidates=candidates if decision.unit else decision.candidates)


def question(gazetteer: Gazetteer, places: Sequence[Found], abroad: str = "") -> str:
    """The question that tells the candidates apart; "" where the first place's district is sure. Codes are known."""
    if abroad:
        city = next((place.name for place in gazetteer.places.values() if place.level == "city"), "本市")
        return f"请问事情发生在{abroad}还是{city}?在哪个区县?"
    if not places:
        return OPEN
    first = places[0]
    if gazetteer.in_district(first.place):
        return "" if first.weight >= KNOWN else _which(gazetteer, [one.place for one in places])
    return _within_the_city(gazetteer, first)


def _within_the_city(gazetteer: Gazetteer, first: Found) -> str:
    """For what names the city only, or a name or a stretch that two districts have."""
    if first.role == "stretch":
        return _which(gazetteer, first.bearers)
    if len(first.bearers) > 1:
        named = [f"{_district(gazetteer, code)}的{first.name}" for code in first.bearers[:MOST_NAMED]]
        return f"请问是{'还是'.join(named)}?"
    if gazetteer.places[first.place].level == "road":
        return f"{first.name}经过几个区县,请问在哪一段?靠近哪个路口或小区?"
    return OPEN


def _which(gazetteer: Gazetteer, places: Sequence[str]) -> str:
    """Between the districts; with one alone, whether it is this."""
    names = list(dict.fromkeys(_district(gazetteer, code) for code in places if gazetteer.in_district(code)))
    if len(names) > 1:
        return f"请问事情发生在{'还是'.join(names[:MOST_NAMED])}?靠近哪条路或哪个小区?"
    return f"请问事情是发生在{names[0]}吗?靠近哪条路或哪个小区?" if names else OPEN


def _district(gazetteer: Gazetteer, code: str) -> str:
    return gazetteer.places[gazetteer.district(code)].name
