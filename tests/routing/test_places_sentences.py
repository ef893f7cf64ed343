"""251 sentences of our own with the place that is meant: homes and sites, stretches, slips of spelling, other cities.

places.tsv: the sentence, the place's code (empty: none in the city), and its district's (empty: none, or not one).
"""

from __future__ import annotations

from pathlib import Path

from chinese import normalise
from routing.decision import Message, Place
from routing.outlines import NOWHERE
from routing.places import Gazetteer
from routing.siting import Sited, sited
from tests.routing.city import PLACES

SENTENCES = Path(__file__).parent / "places.tsv"
ROWS = [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines()[1:]]
GAZETTEER = Gazetteer(PLACES)
BEYOND = ("遵义", "毕节", "安顺", "六盘水", "昆明", "黔南", "都匀市", "凯里", "铜仁", "黔西", "惠水", "贵定")


def where(text: str) -> Sited:
    plain = normalise(text)
    return sited(GAZETTEER, NOWHERE, Message(plain), plain, GAZETTEER.survey(plain))


def place_and_district(text: str) -> tuple[str, str]:
    places = where(text).places
    if not places:
        return "", ""
    code = places[0].place
    return code, GAZETTEER.district(code) if GAZETTEER.in_district(code) else ""


FOUND = [place_and_district(text) for text, *_ in ROWS]


def share(part: int) -> float:
    return sum(found[part] == row[1 + part] for found, row in zip(FOUND, ROWS, strict=True)) / len(ROWS)


def test_there_are_enough_sentences_each_once() -> None:
    assert len(ROWS) >= 250
    assert len({text for text, *_ in ROWS}) == len(ROWS)


def test_the_district_is_found() -> None:
    assert share(1) >= 0.98


def test_the_very_place_is_found() -> None:
    assert share(0) >= 0.98


def test_what_happened_in_another_city_is_known_as_such() -> None:
    elsewhere = [text for text, code, _ in ROWS if not code and any(name in text for name in BEYOND)]
    assert len(elsewhere) >= 12
    assert [text for text in elsewhere if not where(text).abroad] == []


def test_no_sentence_of_the_city_is_taken_for_another_citys() -> None:
    assert [text for text, code, _ in ROWS if code and where(text).abroad] == []


def test_a_city_knows_its_own_province_and_itself_and_another_city_does_not() -> None:
    zunyi = Gazetteer([Place("5203", "遵义市", "city"), Place("520302", "红花岗区", "district", "5203")])
    assert zunyi.survey("在遵义市红花岗区").abroad == ()
    assert [one.name for one in zunyi.survey("在贵阳打车").abroad] == ["贵阳市"]
    assert zunyi.survey("贵州省的政策").abroad == ()
    assert [one.name for one in zunyi.survey("在湖南打工").abroad] == ["湖南省"]


def test_a_name_written_by_ear_is_found_and_the_reason_gives_its_right_spelling() -> None:
    (found,) = where("我在观三湖区这边").places
    assert found.place == "520115"
    assert "观山湖区" in found.reasons[0]
    assert found.weight < 0.9
