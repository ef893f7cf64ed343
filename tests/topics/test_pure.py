"""The parts of topics that know no database: the usual, the heat, the names, the rises, the staircase."""

from __future__ import annotations

from datetime import date, timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from hotline import db
from hotline.topics.grouping import Node, groups
from hotline.topics.heat import growth_points, parts_of
from hotline.topics.naming import name_of
from hotline.topics.reading import packed
from hotline.topics.rises import rises, strongest
from hotline.topics.thresholds import EASIER, HARDER, STEP, moved
from hotline.topics.usual import EVERYWHERE, Past, Usual, days_between, kind_of_day
from tests.topics.conftest import DAILY, PLANT

MONDAY = date(2026, 6, 1)
CELL = ("noise", "north")


def _works(day: date) -> bool:
    return day.weekday() < 5


def _past(per_day: int, days: int = 56, cell: tuple[str, str] = CELL) -> Past:
    before = tuple(days_between(MONDAY - timedelta(days=days), MONDAY - timedelta(days=1)))
    return Past({(cell, day): per_day for day in before if per_day}, before, _works)


# The usual


@trials(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 9))
def test_the_chance_is_the_tail_of_the_negative_binomial_summed_by_hand(seen: int, shape: int, tenths: int) -> None:
    usual = Usual(shape=float(shape), days=float(tenths), span=10.0 - tenths, counted=shape, past=56)
    stays = tenths / 10
    below = sum(comb(k + shape - 1, k) * stays**shape * (1 - stays) ** k for k in range(seen))
    assert usual.chance(seen) == pytest.approx(1 - below, abs=1e-9)


def test_a_far_tail_keeps_its_digits() -> None:
    usual = Usual(shape=3.0, days=20.0, span=1.0, counted=3, past=20)
    assert usual.chance(40) == pytest.approx(1.0113744710891615e-50, rel=1e-9)
    assert usual.chance(0) == 1.0
    assert 0 <= usual.chance(5000) < 1e-300


def test_what_is_expected_follows_from_what_was_counted() -> None:
    past = _past(per_day=2)
    usual = past.usual(CELL, MONDAY, MONDAY + timedelta(days=6))
    assert usual is not None
    assert (usual.counted, usual.past) == (112, 56)
    assert usual.expected == pytest.approx((112 + 28 + 0.5) / 70 * 7)


def test_a_cell_with_little_past_leans_on_its_matter_and_its_district() -> None:
    past = _past(per_day=4, cell=("noise", "south"))
    other = Past({**past.counts} | {(("water", "north"), day): 4 for day in past.days}, past.days, _works)
    lent = other.usual(CELL, MONDAY, MONDAY)
    strange = other.usual(("roads", "north"), MONDAY, MONDAY)
    assert lent is not None
    assert strange is not None
    assert lent.counted == strange.counted == 0
    assert lent.expected > 10 * strange.expected > 0


def test_without_a_past_nothing_is_usual() -> None:
    assert _past(per_day=2, days=13).usual(CELL, MONDAY, MONDAY) is None
    assert _past(per_day=0).usual(CELL, MONDAY, MONDAY) is None, "nobody ever said anything"
    assert _past(per_day=2, days=14).usual(CELL, MONDAY, MONDAY) is not None


def test_a_holiday_counts_as_a_sunday_and_a_made_up_day_as_a_monday() -> None:
    assert [kind_of_day(MONDAY + timedelta(days=n), _works) for n in range(7)] == list(range(7))
    assert kind_of_day(MONDAY, lambda _: False) == 6
    assert kind_of_day(MONDAY + timedelta(days=5), lambda _: True) == 0
    assert kind_of_day(MONDAY + timedelta(days=5), lambda _: False) == 5


def test_quiet_weekends_are_expected_to_be_quiet() -> None:
    past = _past(per_day=10)
    weekdays = {key: count if key[1].weekday() < 5 else 1 for key, count in past.counts.items()}
    past = Past(weekdays, past.days, _works)
    monday, sunday = (past.usual(CELL, day, day) for day in (MONDAY, MONDAY + timedelta(days=6)))
    assert monday is not None
    assert sunday is not None
    assert monday.expected > 3 * sunday.expected


def test_a_topic_is_measured_by_its_share_and_a_new_one_by_a_fifth() -> None:
    usual = Usual(shape=100.0, days=50.0, span=1.0, counted=100, past=50)
    assert usual.of_topic(0).share == pytest.approx(2 / 110)
    assert usual.of_topic(100).share == pytest.approx(102 / 110)
    quiet = Usual(shape=1.0, days=50.0, span=1.0, counted=0, past=50)
    assert quiet.of_topic(0).share == pytest.approx(0.2)
    assert quiet.of_topic(0).chance(3) < quiet.chance(3)


# Heat


def test_the_parts_of_a_heat_are_weighed_and_rounded_one_by_one() -> None:
    usual = Usual(shape=3.0, days=20.0, span=1.0, counted=3, past=20)
    parts = parts_of((1.0, 0.5, 2.0, 0.5), 40, 2097, 7, usual)
    assert [part.points for part in parts] == [40.0, 22.9, 40.0, 3.5]
    assert parts[0].words == "40 人 × 1"
    assert growth_points(0.001) == pytest.approx(3)
    assert growth_points(0.0) == 20
    assert growth_points(1.0) == 0


# Groups and names


def test_like_messages_are_joined_the_same_way_in_whatever_order_they_come() -> None:
    told = [*PLANT, *((sentence, sentence) for sentence in DAILY)]
    nodes = [Node(packed(title, content), "north") for title, content in told]
    found = {frozenset(group) for group in groups(nodes)}
    assert frozenset(range(len(PLANT))) in found
    assert sum(len(group) for group in found) == len(told)
    turned = {frozenset(len(told) - 1 - index for index in group) for group in groups(nodes[::-1])}
    assert turned == found


def test_nothing_and_what_says_nothing_is_alone() -> None:
    assert groups([]) == []
    empty = packed("", "")
    assert empty == b""
    assert groups([Node(empty), Node(empty), Node(packed(*PLANT[0]))]) == [[0], [1], [2]]


def test_a_name_says_what_several_say_and_nothing_that_one_alone_says() -> None:
    titles = [(f"c{n}", title) for n, (title, _) in enumerate(PLANT)]
    titles.append(("c9", "云锦台搅拌站，我在三栋五楼，电话13812345678"))
    name = name_of(titles, "观山湖区", "扬尘")
    assert name.startswith("观山湖区 ")
    assert "云锦台" in name
    assert "搅拌站" in name
    assert "三栋" not in name
    assert not any(sign.isdigit() for sign in name)


@pytest.mark.parametrize(
    "said", ["王建国乱收停车费", "贵A12345乱停车", "13812345678乱收停车费", "520102199001011234乱收停车费"]
)
def test_persons_plates_and_numbers_are_in_no_name_however_many_say_them(said: str) -> None:
    name = name_of([(f"c{n}", f"{said}，第{n}次反映") for n in range(6)], "", "停车收费")
    assert not any(part in name for part in ("王建国", "A12345", "1381234", "5201021990"))
    assert "停车" in name


def test_a_door_that_one_alone_names_is_in_no_name() -> None:
    said = ("幸福小区3栋502漏水", "幸福小区漏水", "幸福小区5栋漏水")
    name = name_of([(title, title) for title in said], "", "漏水")
    assert "漏水" in name
    assert not any(sign.isdigit() for sign in name)


@pytest.mark.parametrize(
    "said", ["QQ12345678", "QQ号12345678", "微信abc12345", "贵a12345", "贵A-D1234", "单元502", "订单202011111111"]
)
def test_what_tells_a_person_or_a_door_is_in_no_name_however_many_say_it(said: str) -> None:
    name = name_of([(f"c{n}", f"{said}退款难") for n in range(6)], "", "退款")
    assert "退款" in name
    assert not any(sign.isdigit() for sign in name)


def test_the_number_of_a_line_a_road_or_a_year_stays_in_a_name() -> None:
    for said in ("302路公交车不准点", "3号线太吵", "2020年学费太高"):
        assert said[:3] in name_of([(f"c{n}", said) for n in range(3)], "", "")


def test_a_park_that_is_called_like_a_person_is_a_park() -> None:
    titles = ("洪山公园什么时候动工", "洪山公园的建设何时开始", "咨询洪山公园何时开工")
    assert "洪山公园" in name_of([(title, title) for title in titles], "", "政府建议")


def test_where_nothing_may_be_quoted_the_matter_is_the_name() -> None:
    assert name_of([], "乌当区", "停水") == "乌当区 停水"
    assert name_of([], "", "") == "多人反映的事"


# Rises


def test_a_rise_is_found_in_its_days_and_told_of_once_for_each_stretch() -> None:
    quiet = _past(per_day=1)
    past = Past({**quiet.counts} | {(("water", "north"), day): 1 for day in quiet.days}, quiet.days, _works)
    days = list(days_between(MONDAY, MONDAY + timedelta(days=20)))
    burst = [(CELL, day, f"{day} {n}") for day in (days[7], days[8], days[20]) for n in range(12)]
    calm = [(("water", "north"), day, f"w {day}") for day in days]
    found = rises([*burst, *calm], days, lambda _: past, 5, 0.0001)
    assert found.keys() == {CELL}
    assert [last for _, last in found[CELL]] == [days[8], days[20]]


def test_one_hand_however_often_is_one_caller_of_a_rise() -> None:
    past, day = _past(per_day=1), MONDAY
    assert rises([(CELL, day, "one hand")] * 100, [day], lambda _: past, 5, 0.0001) == {}
    alone = strongest(past, CELL, {day: frozenset({"one hand"})}, day)
    assert alone is not None
    assert alone.seen == 1


def test_three_tries_cost_three_times_the_chance() -> None:
    past, callers = _past(per_day=1), frozenset(map(str, range(9)))
    best = strongest(past, CELL, {MONDAY: callers}, MONDAY)
    assert best is not None
    usual = past.usual(CELL, MONDAY, MONDAY)
    assert usual is not None
    assert best.chance == pytest.approx(3 * usual.chance(9))
    assert strongest(past, (EVERYWHERE, "north"), {}, MONDAY) is None


# The staircase


def test_the_threshold_rests_where_the_share_asked_for_is_real(home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_TOPIC_PRECISION", "0.8")
    db.forget()
    assert moved("", 4.0, [True] * 4 + [False]).zeros == pytest.approx(4.0)
    assert moved("", 4.0, [False, False]).zeros == pytest.approx(4.0 + 2 * STEP)
    assert moved("", 4.0, [True]).zeros == pytest.approx(4.0 - STEP / 4)
    one = moved("", 4.0, [True, False, False])
    assert (one.real, one.not_real) == (1, 2)
    db.forget()


def test_the_threshold_stays_within_its_bounds(home: object) -> None:
    db.forget()
    assert moved("", 4.0, [False] * 100).zeros == 4.0 + HARDER
    assert moved("", 4.0, [True] * 100).zeros == 4.0 - EASIER
    assert moved("", 4.0, [True] * 100).chance == pytest.approx(0.01)
