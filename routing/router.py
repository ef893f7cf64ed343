"""From a message to the unit responsible for it, with reasons a dispatcher would accept.

What may be the matter and where it may have happened are both kept open: each likely matter is looked up in the
responsibility list at each likely place, and what leads to the same unit is added up. So the confidence is about the
unit, the one thing a dispatch must get right: two neighbouring matters that belong to the same unit do not make it
unsure, and a matter that one unit handles for the whole city needs no place. What belief the classifier keeps back is
shared out as if any leaf of the catalogue were as likely: where a district leads most matters, it is most likely the
district's even if the words misled.

The most specific row wins: first the deeper matter, then the deeper place. So a row for 地铁 in the whole city beats
a row for 城乡建设 in a district: what the city runs for itself is not taken over by the district it happens in.

A message is evidence, never an instruction: it is only matched against the names and phrases that the router was made
with, and every code that comes out is one of theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chinese import normalise
from routing.accusation import Accusations
from routing.asking import KNOWN, settled
from routing.blend import blend_of
from routing.classifier import Scored
from routing.decision import KINDS, URGENCIES, Candidate, Decision, Matter, Message, Place, Responsibility, Unit
from routing.hearing import meant, without_small_talk
from routing.kinds import kind_of
from routing.learned import Model
from routing.orders import without_orders
from routing.outlines import NOWHERE, Outlines
from routing.places import Found, Gazetteer, without_names
from routing.refusals import with_refusal
from routing.siting import Sited, sited
from routing.urgency import Urgency, names_urgency, urgency_of
from routing.wording import punctuated, telling

UNKNOWN_PLACE = 0.35
"""How far the city's row is the right one when the unit depends on a place that the message does not tell."""

LIKELY_MATTERS = 5
CANDIDATES = 3
UNNAMED = 0.6
"""How far a department is the right one where one of several enterprises is meant and none is named."""

PLACE_ALONE = 0.5
"""At most so sure is a unit found by its place alone, with no matter recognised: never enough to be sent to it."""

PRAISED = 0.9
"""How sure it is that praise belongs to the unit it names (our judgement)."""

BESIDE_LEAD = 0.1
"""An assisting unit is a candidate too, a tenth as likely as the lead (our judgement)."""


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to a unit: this matter at this place, by this row; `share` is its part of all belief."""

    unit: str
    share: float
    scored: Scored
    found: Found | None
    row: Responsibility
    instead_of: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was made of the message before any unit is asked for."""

    text: str
    kind: str
    kind_reason: str
    urgency: Urgency
    matters: tuple[tuple[Scored, float], ...]
    site: Sited
    accused: tuple[str, ...]
    barred: frozenset[str]


class Router:
    """Routes messages by one state of catalogue, places, units and responsibilities. Read-only, safe to share."""

    def __init__(
        self,
        matters: Iterable[Matter],
        places: Iterable[Place],
        units: Iterable[Unit],
        responsibilities: Iterable[Responsibility],
        outlines: Outlines = NOWHERE,
        model: Model | None = None,
    ) -> None:
        """Index everything (about 0.2 s). Of two rows for the same matter and place the later holds.

        Rows that name an unknown matter, place or lead are left out, and so are unknown assisting units. `outlines`
        tell in which place a message's point lies. `model`: what was learned, if anything.
        """
        self.matters = {matter.code: matter for matter in matters}
        self.units = {unit.code: unit for unit in units}
        self.gazetteer = Gazetteer(places)
        self.outlines = outlines
        self._classifier = blend_of(tuple(self.matters.values()), model)
        self._accusations = Accusations(self.units.values())
        self._rows: dict[str, dict[str, Responsibility]] = defaultdict(dict)
        for row in responsibilities:
            if row.matter in self.matters and row.place in self.gazetteer.places and row.lead in self.units:
                known = tuple(unit for unit in row.assisting if unit in self.units)
                self._rows[row.matter][row.place] = replace(row, assisting=known)
        self._whole = next((p.code for p in self.gazetteer.places.values() if p.level == "city"), None)
        named = {place for rows in self._rows.values() for place in rows}
        self._leads = {place: self._lead_shares(place) for place in named}

    def route(self, message: Message) -> Decision:
        """The Decision for one message; `unit` is None where no matter is recognised or nobody may receive it."""
        heard = self._hear(message)
        ways = self._ways(heard)
        decision = Decision(
            kind=heard.kind,
            urgency=heard.urgency.code,
            matter=heard.matters[0][0].matter if heard.matters else None,
            place=heard.site.places[0].place if heard.site.places else None,
            unit=None,
            reasons=(heard.kind_reason, *heard.urgency.reasons),
            accused=heard.accused,
            advice=heard.urgency.advice,
            alarms=heard.urgency.codes,
        )
        if heard.kind == "praise":
            ways = self._to_the_praised(heard, ways)
        decision = self._with_unit(decision, heard, ways)
        decision = settled(decision, self.gazetteer, heard.site, decides=self._place_decides(decision, heard))
        return punctuated(
            with_refusal(self._with_usual_urgency(decision, heard.text), heard.text, heard.urgency.alarms)
        )

    def responsible(self, matter: str, place: str | None) -> Responsibility | None:
        """The most specific row for a matter at a place (the whole city where None): matter first, then place."""
        line = self.gazetteer.ancestors(place or self._whole or "")
        for code in self._matter_line(matter):
            rows = self._rows.get(code)
            row = next((rows[each] for each in line if each in rows), None) if rows else None
            if row:
                return row
        return None

    def depends_on_place(self, matter: str) -> bool:
        """Whether different places may have different units for this matter."""
        decisive = self.responsible(matter, None)
        for code in self._matter_line(matter):
            if any(place != self._whole for place in self._rows.get(code, ())):
                return True
            if decisive and code == decisive.matter:
                return False
        return True

    def _place_decides(self, decision: Decision, heard: _Heard) -> bool:
        """Whether other places than those meant, or one of them rather than another, would make it another unit's."""
        if decision.matter is None or decision.kind == "praise" or not self.depends_on_place(decision.matter):
            return False
        told = [found for found in heard.site.places if self.gazetteer.in_district(found.place)]
        rows = (self.responsible(decision.matter, found.place) for found in told)
        return sum(found.weight for found in told) < KNOWN or len({row.lead for row in rows if row}) > 1

    def _lead_shares(self, place: str) -> dict[str, float]:
        """Per unit the share of all leaf matters that it leads at a place."""
        leaves = self.matters.keys() - {matter.parent for matter in self.matters.values()}
        rows = (self.responsible(leaf, place) for leaf in leaves)
        return {unit: count / len(leaves) for unit, count in Counter(row.lead for row in rows if row).items()}

    def _matter_line(self, code: str | None) -> Iterator[str]:
        while code in self.matters and code is not None:
            yield code
            code = self.matters[code].parent

    def _hear(self, message: Message) -> _Heard:
        text, title = (without_orders(meant(said, self.gazetteer)) for said in (message.content, message.title))
        whole = f"{title}。{text}" if title else text
        survey = self.gazetteer.survey(whole)
        matters = tuple(_shares(self._classify(whole, len(whole) - len(text), survey.told)))
        usual = self.matters[matters[0][0].matter].kind if matters else None
        urgency = urgency_of(whole)
        kind, reason = kind_of(text, title, usual, urgency.codes)
        if message.kind in KINDS:
            kind, reason = message.kind, f"类别依据:来件选择为{KINDS[message.kind]}"
        accused = self._accusations.of(whole, report="report" in {kind, message.kind})
        said = message.place if message.place in self.gazetteer.places else normalise(message.place)
        site = sited(self.gazetteer, self.outlines, replace(message, place=said), whole, survey)
        return _Heard(whole, kind, reason, urgency, matters, site, accused, self._barred(accused))

    def _classify(self, whole: str, title: int, told: Sequence[Found]) -> list[Scored]:
        """By the words without the places' names; by all of them where nothing else is said.

        The first `title` characters of the whole are its title and the sign that ends it.
        """
        texts = map(without_small_talk, (without_names(whole, told), whole))
        ranked = (self._classifier.weigh(text[title:], text[:title], LIKELY_MATTERS) for text in texts)
        return next(filter(None, ranked), [])

    def _barred(self, accused: Sequence[str]) -> frozenset[str]:
        """The accused and all below them: nobody looks into their own superior."""
        if not accused:
            return frozenset()
        return frozenset(code for code in self.units if set(accused).intersection(self._unit_line(code)))

    def _unit_line(self, code: str | None) -> list[str]:
        """The unit and its superiors, nearest first."""
        line: list[str] = []
        while code is not None and code in self.units and code not in line:
            line.append(code)
            code = self.units[code].parent
        return line

    def _ways(self, heard: _Heard) -> list[list[_Way]]:
        """All ways, gathered by unit: the unit with the greatest sum first, each unit's best way first."""
        named = self._accusations.named(heard.text)
        gathered: dict[str, list[_Way]] = defaultdict(list)
        for scored, share in heard.matters:
            for found, certainty in self._likely_places(scored.matter, heard.site.places):
                row = self.responsible(scored.matter, found.place if found else None)
                way = self._way(row, heard.barred, named) if row else None
                if way:
                    belief = share * certainty * (UNNAMED if self._stands_in(way) else 1.0)
                    gathered[way.unit].append(replace(way, share=belief, scored=scored, found=found))
        groups = [sorted(ways, key=lambda way: -way.share) for ways in gathered.values()]
        for ways in groups:
            ways.append(self._benefit_of_doubt(ways[0], heard))
        return sorted(groups, key=lambda ways: -_sum(ways))

    def _stands_in(self, way: _Way) -> bool:
        """A department leads where several enterprises share a matter, until one of them is named."""
        sharing = [unit for unit in way.row.assisting if self.units[unit].kind == "enterprise"]
        return len(sharing) > 1 and way.unit not in sharing

    def _to_the_praised(self, heard: _Heard, ways: list[list[_Way]]) -> list[list[_Way]]:
        """Praise goes to those praised: the unit named; else the district's people, where a department would lead."""
        if not ways:
            return ways
        best, found = ways[0][0], heard.site.places[0] if heard.site.places else None
        unit = self._accusations.meant(heard.text)
        if not unit and found and self.units[best.unit].kind == "department":
            unit = max(self.units, key=lambda code: self._led_by(code, found.place))
            unit = unit if self._led_by(unit, found.place) else None
        if not unit or unit in heard.barred:
            return ways
        because = f"责任依据:来件表扬{self.units[unit].name}的工作,转该单位知悉"
        others = [group for group in ways if group[0].unit != unit]
        return [[replace(best, unit=unit, share=PRAISED, because=because)], *others]

    def _benefit_of_doubt(self, way: _Way, heard: _Heard) -> _Way:
        """The part of the belief in no recognised matter that falls to this unit all the same."""
        doubt = 1.0 - sum(share for _, share in heard.matters)
        return replace(way, share=doubt * sum(f.weight * self._led_by(way.unit, f.place) for f in heard.site.places))

    def _led_by(self, unit: str, place: str) -> float:
        """The share of all matters that a unit leads at a place; nothing is known of the city as a whole."""
        nearest = next((p for p in self.gazetteer.ancestors(place) if p in self._leads), self._whole)
        return 0.0 if nearest is None or nearest == self._whole else self._leads[nearest].get(unit, 0.0)

    def _likely_places(self, matter: str, places: Sequence[Found]) -> list[tuple[Found | None, float]]:
        """(place, certainty) pairs; what no place accounts for is left to the city's row, at a discount."""
        if not self.depends_on_place(matter):
            return [(places[0] if places else None, 1.0)]
        rest = max(0.0, 1.0 - sum(found.weight for found in places))
        return [*((found, found.weight) for found in places), (None, rest * UNKNOWN_PLACE)]

    def _way(self, row: Responsibility, barred: frozenset[str], named: Sequence[str]) -> _Way | None:
        """To the lead, or the enterprise of the row that the text names; never to the barred, but above them."""
        lead = next((unit for unit in named if unit in row.assisting), row.lead)
        unit = next((code for code in self._unit_line(lead) if code not in barred), None)
        return _Way(unit, 0.0, _NOTHING, None, row, lead if unit != lead else None) if unit else None

    def _with_unit(self, decision: Decision, heard: _Heard, ways: list[list[_Way]]) -> Decision:
        if not ways:
            return self._by_place_alone(decision, heard)
        best = ways[0][0]
        return replace(
            decision,
            matter=best.scored.matter,
            unit=best.unit,
            assisting=self._assisting(best, heard.barred),
            confidence=_sum(ways[0]),
            reasons=(*decision.reasons, *self._why(best, heard.site.places)),
            candidates=tuple(self._candidates(ways, heard)),
        )

    def _by_place_alone(self, decision: Decision, heard: _Heard) -> Decision:
        """With no matter recognised, whoever leads most matters there is proposed; nobody where even that is barred."""
        led = ((u, f.weight * self._led_by(u, f.place), f) for f in heard.site.places[:1] for u in self.units)
        unit, share, found = max(led, key=lambda each: each[1], default=("", 0.0, None))
        if heard.matters or not found or not share or unit in heard.barred:
            return replace(decision, reasons=(*decision.reasons, *self._why_nobody(heard)))
        why = f"事项依据:未识别出事项,按属地暂列{self.units[unit].name},请人工判断"
        reasons = (*decision.reasons, why, f"地点依据:{';'.join(found.reasons)}")
        return replace(decision, unit=unit, confidence=min(share, PLACE_ALONE), reasons=reasons)

    def _assisting(self, way: _Way, barred: frozenset[str]) -> tuple[str, ...]:
        row = way.row
        if way.because:
            return ()
        return tuple(u for u in (row.lead, *row.assisting) if u != way.unit and u not in barred and u != way.instead_of)

    def _candidates(self, ways: list[list[_Way]], heard: _Heard) -> list[Candidate]:
        """The next units, each once, likeliest first: other matters, other places, then those who assist."""
        found = {group[0].unit: (_sum(group), group[0]) for group in ways}
        for group in ways:
            for unit in self._assisting(group[0], heard.barred):
                found.setdefault(unit, (_sum(group) * BESIDE_LEAD, group[0]))
        del found[ways[0][0].unit]
        likeliest = sorted(found.items(), key=lambda item: -item[1][0])[:CANDIDATES]
        return [self._candidate(way, unit, sure, heard) for unit, (sure, way) in likeliest]

    def _candidate(self, way: _Way, unit: str, confidence: float, heard: _Heard) -> Candidate:
        place = way.found.place if way.found else None
        return Candidate(unit, way.scored.matter, place, confidence, self._why(way, heard.site.places))

    def _why(self, way: _Way, places: Sequence[Found]) -> tuple[str, ...]:
        """What decided the matter, the place and the unit, a sentence each."""
        reasons = [self._why_matter(way.scored)]
        if way.found:
            reasons.append(f"地点依据:{';'.join(way.found.reasons)}")
        elif self.depends_on_place(way.scored.matter):
            said = f"文中只说到{places[0].name}" if places else "文中未说明地点"
            reasons.append(f"地点依据:此类事项由属地办理,{said},暂列市级主管部门,请核实所在区县")
        reasons.append(self._why_unit(way))
        if way.instead_of:
            barred, unit = self.units[way.instead_of].name, self.units[way.unit].name
            reasons.append(f"回避依据:来件举报涉及{barred},不得转该单位,改由其上级{unit}受理")
        return tuple(reasons)

    def _why_matter(self, scored: Scored) -> str:
        words = "".join(f"“{word}”" for word in telling(scored.words)[:4])
        told = f"文中有{words}" if words else "未见明显用语,从整段说法看"
        return f"事项依据:{told},属“{' › '.join(self.matters[scored.matter].path)}”"

    def _why_unit(self, way: _Way) -> str:
        row = way.row
        if way.because:
            return way.because
        where = self.gazetteer.places[row.place].name
        assisting = "、".join(self.units[unit].name for unit in row.assisting)
        return (
            f"责任依据:{where}“{self.matters[row.matter].name}”由{self.units[row.lead].name}主办"
            + (f",{assisting}协办" if assisting else "")
            + (f"({row.legal_basis})" if row.legal_basis else "")
            + (f";文中点名{self.units[way.unit].name},由其直接办理" if way.unit in row.assisting else "")
        )

    def _why_nobody(self, heard: _Heard) -> tuple[str, ...]:
        if heard.accused:
            names = "、".join(self.units[code].name for code in heard.accused)
            return (f"回避依据:来件举报涉及{names},没有可受理的上级单位,请人工指定",)
        if heard.matters:
            return (self._why_matter(heard.matters[0][0]), "责任依据:权责清单中没有此事项的承办单位,请人工指定")
        return ("事项依据:未识别出事项,请人工判断",)

    def _with_usual_urgency(self, decision: Decision, text: str) -> Decision:
        """A call for help in a matter that is urgent by its nature is so, unless its words deny it."""
        usual = self.matters[decision.matter].urgency if decision.matter else None
        if (
            decision.urgency != "normal"
            or not usual
            or decision.kind != "help"
            or decision.confidence < 0.5
            or names_urgency(text)
        ):
            return decision
        reason = f"紧急依据:“{self.matters[decision.matter or ''].name}”类求助按{URGENCIES[usual]}件办理"
        return replace(decision, urgency=usual, reasons=(*decision.reasons, reason))


_NOTHING = Scored("", 0.0, ())


def _sum(ways: Sequence[_Way]) -> float:
    return min(1.0, sum(way.share for way in ways))


def _shares(scored: Sequence[Scored]) -> Iterator[tuple[Scored, float]]:
    """Each matter with its part of all belief, 1 in sum at most.

    The classifier's confidence is its category's. Within the category it is divided by the squares: the matter with
    most points is more often right than its part of the points (our judgement).
    """
    categories: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        categories[one.matter.partition("-")[0]].append(one)
    excess = max(1.0, sum(group[0].confidence for group in categories.values()))
    for one in scored:
        group = categories[one.matter.partition("-")[0]]
        within = sum(other.confidence**2 for other in group) or 1.0
        yield one, group[0].confidence / excess * one.confidence**2 / within
