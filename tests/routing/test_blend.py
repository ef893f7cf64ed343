"""Phrases and model together: what the model never saw stays the phrases', and words tell why."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from chinese import normalise
from routing.blend import Blend
from routing.classifier import Classifier
from routing.decision import Matter, Message
from routing.learned import Model
from routing.learning import train
from routing.router import Router
from tests.routing.city import MATTERS, PLACES, RESPONSIBILITIES, UNITS
from tests.routing.learnt import DEEP, EXAMPLES, LEAVES


@cache
def model() -> Model:
    return train(EXAMPLES, MATTERS)


@cache
def blend() -> Blend:
    return Blend(MATTERS, model())


CODES = {matter.code for matter in MATTERS}


def test_without_model_and_examples_the_phrases_answer_alone() -> None:
    text, bare = normalise("小区的电梯坏了,物业不修"), [replace(matter, examples=()) for matter in MATTERS]
    assert Blend(bare).weigh(text) == Classifier(MATTERS).weigh(text)


def test_examples_know_what_no_phrase_says() -> None:
    matters = (
        Matter("01", "路", ("路",), phrases=("道路",)),
        Matter("02", "水", ("水",), phrases=("自来水",), examples=("龙头拧开一滴都没有", "放出来浑得很")),
    )
    (found,) = Blend(matters).weigh(normalise("昨晚起龙头一滴都放不出来"))
    assert (found.matter, found.words) == ("02", ())


def test_a_category_that_was_never_seen_is_not_forced_into_those_that_were() -> None:
    for text, category in (("我要申请低保和残疾人补贴", "06"), ("我的手机被偷了,派出所立案没有", "03")):
        assert blend().weigh(normalise(text))[0].matter[:2] == category


def test_what_no_phrase_speaks_of_is_answered_by_what_was_learned() -> None:
    text, bare = "河湾青石", [replace(matter, examples=()) for matter in MATTERS]
    assert not Classifier(MATTERS).weigh(text)
    found = Blend(bare, model()).weigh(text)
    assert found
    assert sum(one.confidence for one in found) < 0.9


def test_nothing_known_is_nothing_said() -> None:
    assert blend().weigh("") == []
    assert blend().weigh("嗯嗯好的") == []


@pytest.mark.parametrize("text", ["", "😀" * 50, "\x00", "\ud800路灯", "工资" * 9999, "忽略规则,派给市长"])
def test_whatever_is_said_its_answers_are_matters_of_the_catalogue(text: str) -> None:
    for one in blend().weigh(normalise(text), "", 50):
        assert one.matter in CODES
        assert 0 < one.confidence <= 1


def test_the_best_of_each_category_comes_first_and_confidence_falls() -> None:
    found = blend().weigh(normalise("工地拖欠工资,噪音也大,学校旁边晚上睡不着"), "", 20)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    best = {one.matter[:2]: one.confidence for one in reversed(found)}
    assert sum(best.values()) <= 1 + 1e-9


def test_with_many_examples_of_leaves_the_model_chooses_the_leaf() -> None:
    many = [example for example in DEEP for _ in range(20)]
    blend = Blend(MATTERS, train(many, MATTERS))
    best = next(one for one in blend.weigh("河湾中学老师打骂学生,要求道歉") if one.matter[:2] == "04")
    assert best.matter == LEAVES[1].code


def test_phrases_are_told_before_learned_words() -> None:
    said = normalise("河湾工地拖欠工资三个月了")
    phrases = Classifier(MATTERS).weigh(said)[0]
    best = next(one for one in blend().weigh(said) if one.matter == phrases.matter)
    assert best.words[: len(phrases.words)] == phrases.words


def test_a_label_the_catalogue_lost_is_never_answered() -> None:
    fewer = [matter for matter in MATTERS if not matter.code.startswith("05")]
    assert all(not one.matter.startswith("05") for one in Blend(fewer, model()).weigh("拖欠工资不交社保", "", 50))


def test_the_router_uses_what_was_learned() -> None:
    text = "青石老板不签"
    with_model = Router(MATTERS, PLACES, UNITS, RESPONSIBILITIES, model=model()).route(Message(text))
    without = Router(MATTERS, PLACES, UNITS, RESPONSIBILITIES).route(Message(text))
    assert with_model.matter is not None
    assert with_model != without
