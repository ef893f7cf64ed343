"""What would have prevented most of the mis-dispatch: rows of the responsibility list, or phrases of a matter.

Nothing here is guessed: each proposal is put into a copy of the catalogue, the tickets of the report are routed again
by it, and it is told how many would have gone to the right unit at once, and how many would now go wrong. Words come
only from tickets that are neither 举报 nor confidential, and only where several tickets share them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import chinese
from chinese.spoken import mask
from hotline.desk.opening import message_again
from hotline.knowledge import Knowledge
from hotline.learning.misdispatch import Course, Misdispatch, batched
from hotline.models import Ticket, Transcript
from routing.catalogue import DECISIVE, GAP
from routing.decision import Matter, Message, Responsibility
from routing.router import Router

FEWEST_FOR_ROW, FEWEST_FOR_PHRASE = 2, 3
"""So many corrected tickets must speak for a proposal; a word of fewer may be a person's (our judgement)."""

MOST_TRIED = 6
"""Of each kind; each one tried costs a router and some hundred messages."""

MOST_WRONG = 300
"""Of the tickets that were corrected, the newest so many are routed again: a bad quarter must not take an hour."""

MOST_RIGHT = 200
"""Of the tickets that went right, the newest so many are routed again, to see what a proposal would spoil."""

RARE = 0.05
"""A word is rare elsewhere when at most this share of the other tickets have it."""

WORDS_A_MATTER = 2
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A row (matter × place → unit) or a phrase of a matter; the other's fields are empty.

    Of the `of` corrected tickets that were tried again (cases_of) it would have sent `prevented` rightly at once;
    `spoiled` of all that were tried again would go wrong by it.
    """

    kind: str
    matter: str
    place: str = ""
    unit: str = ""
    phrase: str = ""
    of: int = 0
    prevented: int = 0
    spoiled: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket to route again: what was said, the unit and matter it belongs to, and whether its words may be shown."""

    message: Message
    unit: str
    matter: str | None
    place: str | None
    open_words: bool
    wrong: bool


def cases_of(session: Session, report: Misdispatch) -> list[Case]:
    """The newest corrected tickets whose right unit is known, and the newest of the others."""
    wrong = [each for each in report.courses if each.how and each.last and each.last.unit != each.first.unit]
    wrong = wrong[-MOST_WRONG:]
    right = [each for each in report.courses if not each.how][-MOST_RIGHT:]
    courses = {each.ticket_id: each for each in (*wrong, *right)}
    return [_case(ticket, turns, courses[ticket.id]) for ticket, turns in _tickets(session, courses)]


def _tickets(session: Session, ids: Iterable[int]) -> Iterator[Any]:
    query = select(Ticket, Transcript.turns).outerjoin(Transcript, Transcript.ticket_id == Ticket.id)
    for some in batched(ids):
        yield from session.execute(query.where(Ticket.id.in_(some)).order_by(Ticket.id))


def _case(ticket: Ticket, turns: Sequence[Any] | None, course: Course) -> Case:
    right = course.last or course.first
    shown = not ticket.confidential and ticket.kind != "report"
    return Case(message_again(ticket, turns), right.unit, right.matter, right.place, shown, bool(course.how))


def remedies(
    session: Session, know: Knowledge, report: Misdispatch, most: int = MOST_TRIED, progress: Progress | None = None
) -> list[Remedy]:
    """What helps, most first; proposals that help nothing, or spoil as much as they mend, are left out."""
    cases = cases_of(session, report)
    proposed = [*_rows(know, cases, most), *phrases(know, cases, most)]
    before = _hits(know.router, cases)
    found = []
    for number, remedy in enumerate(proposed, 1):
        after = _hits(with_remedies(know, [remedy]), cases)
        gained = [case.wrong for case, then, now in zip(cases, before, after, strict=True) if now and not then]
        lost = sum(then and not now for then, now in zip(before, after, strict=True))
        of = sum(case.wrong for case in cases)
        found.append(replace(remedy, of=of, prevented=sum(gained), spoiled=lost))
        if progress:
            progress(number, len(proposed))
    useful = [each for each in found if each.prevented > each.spoiled]
    return sorted(useful, key=lambda each: (each.spoiled - each.prevented, each.kind, each.matter, each.phrase))


def _hits(router: Router, cases: Sequence[Case]) -> list[bool]:
    return [router.route(case.message).unit == case.unit for case in cases]


def with_remedies(know: Knowledge, proposed: Sequence[Remedy]) -> Router:
    """A router of the present rules with some remedies in them."""
    matters = dict(know.matters_in_force)
    rows = list(know.responsibilities)
    for each in proposed:
        if each.kind == "phrase":
            matter = matters[each.matter]
            matters[each.matter] = replace(matter, phrases=(*matter.phrases, each.phrase))
        else:
            rows.append(Responsibility(each.matter, each.place, each.unit))
    return know.router_of(matters.values(), rows)


# Rows


def _rows(know: Knowledge, cases: Sequence[Case], most: int) -> list[Remedy]:
    """Matter × place → unit, where several tickets went right only after the list had sent them elsewhere."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for case in cases:
        if case.wrong and case.matter and case.matter in know.matters_in_force and case.unit in know.units:
            for place in _reaches(know, case.place):
                if not _leads(know, case.matter, place, case.unit):
                    counts[case.matter, place, case.unit] += 1
    likely = [(key, n) for key, n in counts.most_common() if n >= FEWEST_FOR_ROW]
    return [Remedy("row", *key) for key, _ in likely[:most]]


def _reaches(know: Knowledge, place: str | None) -> list[str]:
    """The city, and the district where it happened."""
    line = know.router.gazetteer.ancestors(place or "")
    city = [code for code, each in know.places_in_force.items() if each.level == "city"][:1]
    district = [code for code in line if know.places_in_force[code].level == "district"]
    return [*district, *city]


def _leads(know: Knowledge, matter: str, place: str, unit: str) -> bool:
    row = know.router.responsible(matter, place)
    return row is not None and row.lead == unit


# Phrases


def phrases(know: Knowledge, cases: Sequence[Case], most: int) -> list[Remedy]:
    """Words that corrected tickets of a matter share, that are rare elsewhere and no phrase of it yet."""
    words = [(case, _words(case)) for case in cases if case.open_words]
    names = _place_names(know)
    everywhere = Counter(word for _, said in words for word in said)
    of: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case, said in words:
        if case.wrong and case.matter and case.matter in know.matters_in_force:
            of[case.matter].update(said - names)
    found = []
    for code, counts in of.items():
        group = sum(case.matter == code for case, _ in words)
        others = max(1, len(words) - group)
        own = {word: sum(case.matter == code and word in said for case, said in words) for word in counts}
        telling = [
            (count, len(word), word)
            for word, count in counts.items()
            if count >= FEWEST_FOR_PHRASE
            and everywhere[word] - own[word] <= RARE * others
            and not _spoken_for(know.matters_in_force[code], word)
        ]
        found += [(count, Remedy("phrase", code, phrase=word)) for count, _, word in sorted(telling)[-WORDS_A_MATTER:]]
    return [remedy for _, remedy in sorted(found, key=lambda one: (-one[0], one[1].matter, one[1].phrase))[:most]]


def _words(case: Case) -> set[str]:
    text = mask(f"{case.message.title}。{case.message.content}", whole=True)
    return {word for word in chinese.words(text) if len(word) > 1 and not any(map(str.isdigit, word))}


def _place_names(know: Knowledge) -> set[str]:
    places = know.places_in_force.values()
    return {chinese.normalise(name) for place in places for name in (place.name, *place.aliases)}


def _spoken_for(matter: Matter, word: str) -> bool:
    phrases = (phrase.removesuffix(DECISIVE) for phrase in matter.phrases)
    return any(word in map(chinese.normalise, phrase.split(GAP)) for phrase in phrases)


def as_json(remedy: Remedy, know: Knowledge) -> Mapping[str, Any]:
    """A remedy as JSON, names beside the codes."""
    return {
        "kind": remedy.kind,
        "matter": {"code": remedy.matter, "name": know.matter_path(remedy.matter)},
        "place": {"code": remedy.place, "name": know.place_name(remedy.place)} if remedy.place else None,
        "unit": {"code": remedy.unit, "name": know.unit_name(remedy.unit)} if remedy.unit else None,
        "phrase": remedy.phrase or None,
        "of": remedy.of,
        "prevented": remedy.prevented,
        "spoiled": remedy.spoiled,
    }


def words(remedy: Remedy, know: Knowledge) -> str:
    """A remedy as a sentence."""
    matter = know.matter_path(remedy.matter)
    if remedy.kind == "phrase":
        what = f"给“{matter}”加关键词“{remedy.phrase}”"
    else:
        what = f"权责清单加一行：{know.place_name(remedy.place)} × {matter} → {know.unit_name(remedy.unit)}主办"
    spoils = f"，但有 {remedy.spoiled} 件会派错" if remedy.spoiled else ""
    return f"{what}：试算的 {remedy.of} 件差错中可避免 {remedy.prevented} 件{spoils}"
