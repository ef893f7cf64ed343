"""The ranking of a month: who stands where, what is left out, and the tickets behind each number."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner
from sqlalchemy import event

from hotline import db
from hotline.__main__ import cli
from hotline.assessment import Named, Peer, Ranking, ranking
from hotline.assessment.ranking import excluded, part_behind
from hotline.errors import NotFound
from hotline.models import Unit
from tests.assessment.conftest import HUAXI, NANMING, WUDANG, Month


def judged(month: Month, scheme: str = "lianyungang") -> Ranking:
    with month.asking() as (session, scope):
        return ranking(session, scheme, scope)


def group(found: Ranking, name: str = "区县") -> Peer:
    return next(peer for peer in found.groups if peer.name == name)


def test_units_are_ranked_by_what_they_did_without_what_is_excluded(month: Month) -> None:
    found = judged(month)
    first, second = group(found).ranked
    assert (first.place, first.unit, first.points, first.lost) == (1, HUAXI, Decimal("50.00"), [])
    assert (second.place, second.unit, second.points) == (2, WUDANG, Decimal("30.00"))
    on_time, satisfied = second.scores
    assert (on_time.numerator, on_time.denominator, on_time.value) == (4, 5, Decimal("80.00"))
    assert (satisfied.numerator, satisfied.denominator, satisfied.points) == (5, 5, Decimal("25.00"))
    assert [lost.words for lost in second.lost] == ["按时办结率 80 %（-20 分）"]
    assert (found.scheme, found.version, found.excluded, found.outside) == ("lianyungang", 1, 1, [])


def test_units_without_tickets_and_with_none_due_are_named_apart(month: Month) -> None:
    peer = group(judged(month))
    assert [each.unit for each in peer.none_due] == [NANMING]
    assert {each.unit for each in peer.no_tickets}.isdisjoint({WUDANG, HUAXI, NANMING})
    everyone = [*peer.ranked, *peer.none_due, *peer.no_tickets, *peer.incomplete]
    with db.reading() as session:
        onboarded = session.query(Unit).filter_by(peer_group="区县", parent="city").count()
    assert len(everyone) == len({each.unit for each in everyone}) == onboarded


def test_each_source_is_counted_apart_where_its_target_is_its_own(month: Month) -> None:
    wudang = group(judged(month)).ranked[1]
    assert [(part.name, part.target, part.numerator, part.denominator) for part in wudang.scores[1].parts] == [
        ("省派工单", Decimal(98), 2, 2),
        ("其余", Decimal(95), 3, 3),
    ]


def test_the_list_behind_each_number_is_as_long_as_the_number(month: Month) -> None:
    found = judged(month)
    with month.asking() as (session, scope):
        for one in group(found).ranked:
            own = replace(scope, unit=one.unit, units=(one.unit,))
            for score in one.scores:
                named = tuple(source for part in score.parts for source in part.sources)
                for part in score.parts:
                    chosen, others = (part.sources, False) if part.sources else (named, True)
                    for side, count in (("numerator", part.numerator), ("denominator", part.denominator)):
                        behind = part_behind(session, score.metric, side, own, chosen, others)
                        assert len(behind) == count
                        assert not {each.number for each in behind} & set(month.excluded)
        assert [each.number for each in excluded(session, scope)] == month.excluded


def test_a_ranking_of_a_past_month_stays_what_it_was(month: Month) -> None:
    before = judged(month)
    late = month.house.ticket(month.numbers[NANMING][0])
    month.house.now += timedelta(days=3)
    month.house.act(month.house.act(late, "accept"), "resolve", result="办好了", public_reply="已经办好。")
    assert judged(month) == before


def test_the_whole_ranking_is_a_handful_of_queries(month: Month) -> None:
    asked: list[str] = []
    with month.asking() as (session, scope):
        engine = session.get_bind().engine
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        ranking(session, "default", scope)
        once = len(asked)
        ranking(session, "lianyungang", scope)
    assert once <= 12, asked
    assert len(asked) - once < 2 * once, "asked again for the one source that has a target of its own"


def test_a_scheme_that_is_not_there_is_said_so(month: Month) -> None:
    for name in ("nobody", "lianyungang@7", "默认", ""):
        with month.asking() as (session, scope), pytest.raises(NotFound):
            ranking(session, name, scope)


def test_a_period_before_the_scheme_is_judged_by_its_first_version_and_said_to_be(month: Month) -> None:
    assert judged(month).early is False
    with month.asking() as (session, scope):
        long_ago = replace(scope, first=scope.first.replace(year=2018))
        assert ranking(session, "lianyungang", long_ago).early is True


def test_the_command_line_prints_the_ranking(month: Month) -> None:
    period = ["--from", str(month.first), "--to", str(month.last)]
    printed = CliRunner().invoke(cli, ["assessment", "rank", "lianyungang", *period])
    assert printed.exit_code == 0, printed.output
    assert "2\t乌当区人民政府\t30.00\t失分最多：按时办结率 80 %（-20 分）" in printed.output
    assert "不计入考核的工单 1 件，没有算在内。" in printed.output
    assert "有转办、还没有应结工单：南明区人民政府" in printed.output
    found = json.loads(CliRunner().invoke(cli, ["assessment", "rank", "lianyungang", *period, "--json"]).output)
    assert found["groups"][0]["ranked"][1]["metrics"][0]["points"] == "5.00"
    assert CliRunner().invoke(cli, ["assessment", "rank", "nobody", *period]).exit_code == 1


def test_who_has_no_place_is_known_by_name(month: Month) -> None:
    assert Named(NANMING, "南明区人民政府") in group(judged(month)).none_due
