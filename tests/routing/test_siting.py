"""Words, a point and what was confirmed on the phone, weighed; what to ask where the place decides and is open."""

from __future__ import annotations

import json

import pytest

from routing.coordinates import to_gcj02
from routing.decision import Decision, Message, Point
from routing.outlines import Outlines
from routing.router import Router
from tests.routing.city import MATTERS, PLACES, RESPONSIBILITIES, SEEDS, UNITS
from tests.routing.measuring import THRESHOLD

FEATURES = json.loads((SEEDS / "demo" / "outlines.json").read_text("utf-8"))["features"]
OUTLINES = Outlines((each["properties"]["code"], each["geometry"]) for each in FEATURES)
ROUTER = Router(MATTERS, PLACES, UNITS, RESPONSIBILITIES, outlines=OUTLINES)
WITHOUT = Router(MATTERS, PLACES, UNITS, RESPONSIBILITIES)

WUDANG, YUNYAN = Point(26.632, 106.755), Point(26.590, 106.713)
RUBBISH = "垃圾堆了一个星期没有人清运,臭得很"


def decided(content: str, point: Point | None = None, **said: str) -> Decision:
    return ROUTER.route(Message(content, point=point, **said))


def reasons(decision: Decision) -> str:
    return "\n".join(decision.reasons)


def is_sent(decision: Decision) -> bool:
    return decision.unit is not None and decision.confidence >= THRESHOLD


def test_a_point_alone_tells_the_district() -> None:
    decision = decided(RUBBISH, WUDANG)
    assert (decision.place, decision.unit, decision.question) == ("520112", "district-wudang", "")
    assert "来件坐标落在乌当区" in reasons(decision)
    assert is_sent(decision)


def test_the_same_place_in_gcj02_gives_the_same_decision() -> None:
    assert decided(RUBBISH, to_gcj02(WUDANG)) == decided(RUBBISH, WUDANG)


def test_words_within_the_points_district_refine_it_and_both_make_it_surer() -> None:
    words, both = decided("航天大道" + RUBBISH), decided("航天大道" + RUBBISH, WUDANG)
    assert both.place == words.place == "520112-r01"
    assert both.confidence >= words.confidence
    assert "来件坐标落在乌当区" in reasons(both)


def test_where_words_say_it_happened_elsewhere_they_lead_and_a_person_is_asked() -> None:
    decision = decided("位于云岩区中山西路的" + RUBBISH, WUDANG)
    assert decision.unit == "district-yunyan"
    assert "不一致" in reasons(decision)
    assert decision.question
    assert not is_sent(decision)
    assert "district-wudang" in {one.unit for one in decision.candidates}


def test_where_words_only_tell_the_home_the_point_leads() -> None:
    assert decided("我是云岩区人," + RUBBISH, WUDANG).unit == "district-wudang"


def test_a_name_that_two_districts_bear_is_settled_by_the_point() -> None:
    decision = decided("流长的" + RUBBISH, Point(27.300, 106.660))
    assert decision.unit == "district-xifeng"


def test_a_point_outside_all_outlines_is_said_and_not_used() -> None:
    near, far = decided("航天大道" + RUBBISH), decided("航天大道" + RUBBISH, Point(27.72, 106.92))
    assert (far.unit, far.confidence) == (near.unit, near.confidence)
    assert "未采用" in reasons(far)


def test_without_outlines_a_point_is_said_and_not_used() -> None:
    decision = WITHOUT.route(Message("航天大道" + RUBBISH, point=YUNYAN))
    assert decision.unit == "district-wudang"
    assert "未载入区县范围" in reasons(decision)


CITIZEN_AGREES = (
    ("citizen", "我们这里垃圾没人清运"),
    ("agent", "跟您核对一下,是云岩区头桥那边对吧?"),
    ("citizen", "对的,就是那里"),
)


def test_a_place_that_an_agent_read_back_and_the_citizen_agreed_to_counts() -> None:
    decision = ROUTER.route(Message(RUBBISH, turns=CITIZEN_AGREES))
    assert decision.unit == "district-yunyan"
    assert "坐席与来件人核对的地点" in reasons(decision)


@pytest.mark.parametrize("answer", ["不对,是那边", "不是", "我再想想", "对不起没听清"])
def test_a_place_that_the_citizen_did_not_agree_to_does_not_count(answer: str) -> None:
    turns = (*CITIZEN_AGREES[:2], ("citizen", answer))
    assert ROUTER.route(Message(RUBBISH, turns=turns)).place is None


def test_what_an_agent_says_of_the_home_is_not_the_site() -> None:
    turns = (("agent", "您住在云岩区是吗?"), ("citizen", "是的"))
    assert ROUTER.route(Message("乌当区航天大道" + RUBBISH, turns=turns)).unit == "district-wudang"


@pytest.mark.parametrize("content", ["在遵义市红花岗区" + RUBBISH, "事发地在毕节," + RUBBISH])
def test_what_happened_in_another_city_goes_to_triage_with_the_reason(content: str) -> None:
    decision = decided(content)
    assert decision.unit is None
    assert "事发地不在本市" in reasons(decision)
    assert "还是贵阳市" in decision.question


def test_a_home_here_and_a_site_in_another_city_are_asked_about() -> None:
    decision = decided("我住在云岩区,在遵义的老屋旁边" + RUBBISH)
    assert not is_sent(decision)
    assert decision.question
    assert "文中也说到遵义市" in reasons(decision)


def test_a_point_here_does_not_make_another_citys_matter_ours() -> None:
    decision = decided("在遵义市红花岗区" + RUBBISH, WUDANG)
    assert not is_sent(decision)
    assert "不一致" in reasons(decision)


@pytest.mark.parametrize(
    "content",
    ["村里停了两天水了", "楼间距太小,日照不足", "从来宾登记处", "兰州拉面店油烟大", "昆明路上有个坑", "买的普洱茶发霉"],
)
def test_the_names_of_cities_in_words_and_dishes_are_no_places(content: str) -> None:
    assert ROUTER.gazetteer.survey(content).abroad == ()


def test_who_works_in_another_province_has_a_matter_at_home() -> None:
    decision = decided("我是息烽县石硐镇人,长期在广东务工,家里承包地的补贴村里一直没有发")
    assert decision.place == "520122106"


def test_another_city_that_is_only_spoken_of_asks_and_is_not_sent() -> None:
    decision = decided("遵义那边拉来的渣土,到处倾倒,没有人清运垃圾")
    assert "遵义市" in decision.question
    assert not is_sent(decision)


def test_a_consultation_about_another_city_keeps_its_department() -> None:
    decision = decided("我在遵义交的医保,现在住院,请问能不能异地报销?报销比例是多少?")
    assert decision.unit == "dept-medical-insurance"


QUESTIONS = [
    (RUBBISH, "请问在哪个区县？靠近哪条路或哪个小区？"),
    ("贵阳市" + RUBBISH, "请问在哪个区县？靠近哪条路或哪个小区？"),
    ("宝山路上" + RUBBISH, "宝山路经过几个区县，请问在哪一段？靠近哪个路口或小区？"),
    ("流长" + RUBBISH, "请问是息烽县的流长还是清镇市的流长？"),
    ("云岩区和南明区交界处" + RUBBISH, "请问事情发生在云岩区还是南明区？靠近哪条路或哪个小区？"),
    ("云岩区头桥、南明区太慈桥都有" + RUBBISH, "请问事情发生在云岩区还是南明区？靠近哪条路或哪个小区？"),
]


@pytest.mark.parametrize(("content", "question"), QUESTIONS)
def test_where_the_place_decides_and_is_open_the_question_tells_the_candidates_apart(
    content: str, question: str
) -> None:
    decision = decided(content)
    assert decision.question == question
    assert not is_sent(decision)


@pytest.mark.parametrize(
    "content", ["公积金怎么提取", "请问一下居民医保的报销比例是多少", "中国联通宽带断了三天", "乌当区羊昌镇" + RUBBISH]
)
def test_where_the_place_does_not_decide_or_is_known_nothing_is_asked(content: str) -> None:
    assert decided(content).question == ""


@pytest.mark.parametrize(
    "content", [RUBBISH, "小区物业乱收费", "工地半夜施工噪音扰民", "路边摊占道经营", "违章建筑没人拆"]
)
def test_a_matter_whose_place_decides_and_is_unknown_is_never_sent_by_itself(content: str) -> None:
    decision = decided(content)
    assert decision.question
    assert decision.confidence <= 0.5
