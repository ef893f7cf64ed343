"""Repeats: who is found, that nobody waits for it, what people say of it, and that nothing is lost by saying it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from hotline import db, lease, piles, proposals, repeats, rounds, worklists
from hotline.__main__ import cli
from hotline.desk.opening import sender_digest
from hotline.errors import Forbidden, NotFound, OutOfOrder, Refused, Stale
from hotline.intake.inquiry import Inquiry, InvalidInput
from hotline.models import Citizen, Clock, Evaluation, Likeness, Reply, Ticket, Trace, Untraced
from hotline.rights import Actor
from tests.hotline.city import AGENT, CONTENT, DISPATCHER, POTHOLES, REPLY, VAGUE, WUDANG, House, inquiry

POTHOLES_AGAIN = "乌当区羊昌镇的公路上有很多坑，车子都过不去了，请派人来修一修路面"
WATER = "花溪区清溪路某小区从昨天早上起停水，到现在也没有来水，请问什么时候能恢复"


def _likenesses() -> dict[tuple[int, int], Likeness]:
    with db.reading() as session:
        return {(row.ticket_id, row.other_id): row for row in session.scalars(select(Likeness))}


def _count(model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


# Who is found


def test_the_same_matter_by_another_is_found_with_score_and_reasons(house: House) -> None:
    first, second, other = house.open(), house.open(POTHOLES_AGAIN), house.open(WATER)
    assert not _likenesses()
    assert rounds.trace_round() == 3
    [(pair, row)] = _likenesses().items()
    assert pair == (second.id, first.id)
    assert row.reason == "alike"
    assert 0.6 <= row.score <= 1
    assert row.reasons
    assert row.verdict is None
    assert other.id not in pair


def test_the_same_person_again_is_told_apart_from_others(house: House) -> None:
    first, other, again = (house.open(POTHOLES, phone=phone) for phone in ("13900000001", "13900000002", "13900000001"))
    rounds.trace_round()
    reasons = {pair: row.reason for pair, row in _likenesses().items()}
    assert reasons == {
        (other.id, first.id): "same_text",
        (again.id, first.id): "same_person",
        (again.id, other.id): "same_text",
    }


def test_an_exact_repeat_is_there_before_any_round_and_stays_whatever_its_score(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_LIKENESS_LEAST", "1")
    monkeypatch.setenv("HOTLINE_JOIN_LEAST", "1")
    db.forget()
    first, second = house.open(VAGUE), house.open(VAGUE)
    assert set(_likenesses()) == {(second.id, first.id)}
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}


def test_what_is_older_than_the_days_of_the_setting_is_no_candidate_unless_it_is_open(house: House) -> None:
    closed, waiting = house.closed(), house.open(WATER)
    house.wait(days=91)
    again, water = house.open(POTHOLES_AGAIN), house.open(WATER + "，急")
    rounds.trace_round()
    assert set(_likenesses()) == {(water.id, waiting.id)}
    assert closed.id < again.id


def test_of_what_was_merged_the_ticket_it_is_in_now_is_found(house: House) -> None:
    parent, child = house.open(POTHOLES), house.open(POTHOLES_AGAIN)
    house.act(child, "merge", into=parent.number)
    third = house.open(POTHOLES_AGAIN)
    rounds.trace_round()
    found = {pair for pair, row in _likenesses().items() if row.verdict is None and third.id in pair}
    assert (third.id, parent.id) in found


def test_whichever_of_two_is_compared_last_finds_the_other(house: House) -> None:
    first = house.open()
    rounds.trace_round()
    second = house.open(POTHOLES_AGAIN)
    with db.transaction() as session:
        session.query(Untraced).delete()
        session.add(Untraced(ticket_id=second.id))
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}
    with db.transaction() as session:
        session.query(Likeness).delete()
        session.add(Untraced(ticket_id=first.id))
    rounds.trace_round()
    assert set(_likenesses()) == {(second.id, first.id)}, "the later one is named first, whoever was asked"


def test_a_round_done_twice_is_as_if_done_once(house: House) -> None:
    tickets = [house.open(POTHOLES, phone="13900000001"), house.open(POTHOLES_AGAIN), house.open(WATER)]
    rounds.trace_round()
    before, traces = {pair: (row.score, row.reasons) for pair, row in _likenesses().items()}, _count(Trace)
    with db.transaction() as session:
        session.add_all(Untraced(ticket_id=each.id) for each in tickets)
    rounds.trace_round()
    assert {pair: (row.score, row.reasons) for pair, row in _likenesses().items()} == before
    assert _count(Trace) == traces > 0
    assert _count(Untraced) == 0


def test_a_round_does_so_many_and_no_more_and_the_next_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "BATCH", 1)
    for number in range(rounds.TRACE_BATCHES + 1):
        house.open(f"{WATER}，第 {number} 次来电")
    assert rounds.trace_round() == rounds.TRACE_BATCHES
    assert rounds.trace_round() == 1
    assert rounds.trace_round() == 0


def test_one_process_compares_at_a_time(house: House) -> None:
    house.open()
    other = lease.Holder("trace")
    assert other.holds()
    assert rounds.trace_round() == 0
    other.let_go()
    assert rounds.trace_round() == 1


def test_a_text_that_cannot_be_compared_costs_no_message_and_holds_nobody_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("no")

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(repeats, "traces", broken)
        patch.setattr(repeats, "most_like", broken)
        house.open()
        assert rounds.trace_round() == 1
    assert {each["event"] for each in logs} >= {"no_traces", "not_compared"}
    assert _count(Untraced) == 0


def test_with_the_traces_gone_messages_come_in_as_ever(house: House) -> None:
    from sqlalchemy import text

    with db.transaction() as session:
        session.execute(text("DROP TABLE traces"))
    ticket = house.open(hold=False)
    assert ticket.status == "dispatched"
    assert rounds.guarded(rounds.trace_round) == 0
    assert _count(Untraced) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@trials(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=2, max_size=300))
def test_any_text_comes_in_and_is_compared(house: House, text: str) -> None:
    house.open(text)
    rounds.trace_round()
    assert _count(Untraced) == 0


# Who sent it


def test_a_sender_is_known_by_phone_or_by_the_channels_own_word_and_otherwise_by_nothing() -> None:
    wechat = Inquiry("wechat", "1", VAGUE, "wechat", sender="oABC")
    assert sender_digest(wechat) == sender_digest(Inquiry("wechat", "2", WATER, "wechat", sender="oABC"))
    assert sender_digest(wechat) != sender_digest(Inquiry("wechat", "2", WATER, "wechat", sender="oABD"))
    assert sender_digest(inquiry(phone="13900000001")) == sender_digest(
        Inquiry("phone", "2", WATER, "phone", phone="13900000001")
    )
    assert sender_digest(inquiry()) is None
    assert "oABC" not in str(sender_digest(wechat))


def test_the_digest_of_the_sender_stands_with_the_citizen(house: House) -> None:
    known, nobody = house.open(phone="13900000001"), house.open(VAGUE)
    with db.reading() as session:
        row = session.get_one(Citizen, known.id)
        assert row.sender_digest == row.phone_digest is not None
        assert session.get_one(Citizen, nobody.id).sender_digest is None


# The projection


@pytest.fixture
def command() -> Callable[..., str]:
    """A function that runs a command and gives what it printed."""

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_retrace_finds_what_came_before_traces_were_kept(house: House, command: Callable[..., str]) -> None:
    first, second = house.open(phone="13900000001"), house.open(POTHOLES_AGAIN, phone="13900000001")
    with db.transaction() as session:
        session.query(Untraced).delete()
        session.execute(update(Citizen).values(sender_digest=None))
        session.execute(update(Ticket).values(received_at=db.now(session)))
    assert "2 tickets" in command("retrace")
    assert {pair: row.reason for pair, row in _likenesses().items()} == {(second.id, first.id): "same_person"}
    assert "0 tickets" in command("retrace")
    assert "2 tickets" in command("retrace", "--all")


def test_traces_of_what_is_over_and_old_are_dropped_and_of_nothing_else(house: House) -> None:
    closed, waiting = house.closed(), house.open(WATER)
    house.wait(days=91)
    fresh = house.open(VAGUE + "，关于公交车")
    rounds.trace_round()
    with house.transaction() as session:
        assert repeats.drop_old(session) == 1
    with house.transaction() as session:
        assert repeats.drop_old(session) == 0
        left = set(session.scalars(select(Trace.ticket_id)))
    assert left == {waiting.id, fresh.id}
    assert closed.id not in left


def test_the_machine_never_joins_anything_by_itself(house: House) -> None:
    tickets = [house.open(POTHOLES, phone="13900000001") for _ in range(8)]
    rounds.trace_round()
    house.sweep()
    assert {house.ticket(each.number).status for each in tickets} == {"received"}
    assert not house.faults()


# What people say of it


def _pair(house: House) -> tuple[Ticket, Ticket]:
    """Two tickets of two people, the second waiting, with a likeness between them."""
    first = house.accepted(WUDANG)
    second = house.open(POTHOLES_AGAIN, phone="13900000002")
    rounds.trace_round()
    return house.ticket(first.number), second


def _shown(ticket: Ticket, actor: Actor = DISPATCHER) -> list[proposals.Proposal]:
    with db.reading() as session:
        return proposals.proposals(session, [ticket], actor)[ticket.id]


def _say(house: House, verdict: str, ticket: Ticket, other: Ticket, version: int | None = None) -> Ticket:
    with house.transaction() as session:
        return proposals.decide(session, (ticket.number, other.number), DISPATCHER, verdict, version)


def test_a_proposal_names_the_earlier_ticket_from_either_side(house: House) -> None:
    first, second = _pair(house)
    for ticket, other in ((first, second), (second, first)):
        [made] = _shown(ticket)
        assert (made.other.id, made.child.id, made.parent.id) == (other.id, second.id, first.id)
        assert made.may_join
        assert made.reasons
        assert f"{made.score:.0%}" in made.words


def test_below_the_setting_it_is_a_hint_and_from_it_on_a_proposal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _pair(house)
    with db.transaction() as session:
        session.execute(update(Likeness).values(score=0.9))
    assert _shown(second)[0].joins
    monkeypatch.setenv("HOTLINE_JOIN_LEAST", "0.91")
    db.forget()
    assert not _shown(second)[0].joins
    assert first.id


def test_what_is_told_apart_is_not_proposed_again_and_is_in_the_history(house: House) -> None:
    first, second = _pair(house)
    _say(house, "apart", second, first)
    assert _shown(first) == _shown(second) == []
    event = house.events(second)[-1]
    assert (event.action, event.actor, event.data["number"]) == ("apart", DISPATCHER.id, first.number)
    with db.transaction() as session:
        session.add(Untraced(ticket_id=second.id))
    rounds.trace_round()
    assert _shown(second) == []
    assert [row.verdict for row in _likenesses().values()] == ["apart"]
    assert house.ticket(second.number).version == second.version + 1
    assert not house.faults()


def test_told_apart_once_and_by_who_may(house: House) -> None:
    first, second = _pair(house)
    with pytest.raises(Forbidden), house.transaction() as session:
        proposals.decide(session, (second.number, first.number), AGENT, "apart")
    _say(house, "apart", second, first)
    with pytest.raises(OutOfOrder, match="处理过"):
        _say(house, "apart", second, first)
    with pytest.raises(Stale):
        _say(house, "joined", second, first, second.version)
    with pytest.raises(NotFound):
        _say(house, "apart", second, Ticket(number=first.number[:8] + "999999"))
    assert [event.action for event in house.events(second)].count("apart") == 1


@pytest.mark.parametrize("verdict", ["joined", "apart"])
def test_of_two_people_who_say_it_at_the_same_moment_one_is_told(house: House, verdict: str) -> None:
    first, second = _pair(house)
    gate = threading.Barrier(2)

    def say(_: int) -> object:
        gate.wait(30)
        try:
            return _say(house, verdict, second, first, second.version)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(say, range(2)))
    assert sorted(isinstance(answer, Refused) for answer in answers) == [False, True]
    assert [row.verdict for row in _likenesses().values()] == [verdict]
    actions = [event.action for event in house.events(second)]
    assert actions.count("merge" if verdict == "joined" else "apart") == 1
    assert not house.faults()


def test_joined_and_taken_apart_again_every_caller_reply_and_survey_is_there(house: House) -> None:
    first, second = _pair(house)
    child = _say(house, "joined", first, second)
    assert (child.id, child.status, child.parent_id) == (second.id, "merged", first.id)
    assert [row.verdict for row in _likenesses().values()] == ["joined"]
    child = house.act(child, "unmerge", text="另一处路面")
    assert [row.verdict for row in _likenesses().values()] == ["apart"]
    assert _shown(child) == []
    child = house.act(house.act(child, "dispatch", unit=WUDANG), "accept")
    for ticket in (house.ticket(first.number), child):
        answered = house.act(house.act(ticket, "resolve", **REPLY), "review", passed=True)
        assert house.act(answered, "follow_up", **CONTENT).status == "closed"
    with db.reading() as session:
        replied = session.scalars(select(Reply.ticket_id)).all()
        asked = session.scalars(select(Evaluation.ticket_id)).all()
        phones = session.scalars(select(Citizen.ticket_id).where(Citizen.phone.is_not(None))).all()
    assert sorted(replied) == sorted(asked) == [first.id, second.id]
    assert phones == [second.id]
    assert not house.faults()


def test_a_joined_ticket_can_be_joined_again_after_it_was_told_apart(house: House) -> None:
    first, second = _pair(house)
    second = _say(house, "apart", second, first)
    house.act(second, "merge", into=first.number)
    assert [row.verdict for row in _likenesses().values()] == ["joined"]


def test_a_unit_sees_only_what_is_its_own_and_no_reasons(house: House) -> None:
    first, second = _pair(house)
    unit = house.handler(WUDANG)
    assert _shown(first, unit) == []
    house.act(second, "dispatch", unit=WUDANG)
    [made] = _shown(house.ticket(first.number), unit)
    assert (made.other.id, made.reasons, made.may_join) == (second.id, (), False)


def test_a_unit_does_not_learn_that_a_hidden_person_is_one_whom_it_knows(house: House) -> None:
    known = house.dispatched(WUDANG)
    with db.transaction() as session:
        session.execute(update(Citizen).values(sender_digest="d" * 64))
    hidden = house.open(POTHOLES, confidential=True)
    with db.transaction() as session:
        session.execute(update(Citizen).values(sender_digest="d" * 64))
    house.act(hidden, "dispatch", unit=WUDANG)
    rounds.trace_round()
    assert [each.reason for each in _shown(house.ticket(known.number))] == ["same_person"]
    assert _shown(house.ticket(known.number), house.handler(WUDANG)) == []


# Piles


def _piles() -> list[tuple[str, int]]:
    with db.reading() as session:
        return [(pile.words, pile.top) for pile in piles.piles(session, DISPATCHER).values()]


@pytest.fixture
def at_once(house: House) -> House:
    """A house whose time is the real one: piles look back from now."""
    with db.reading() as session:
        house.now = db.now(session)
    return house


def test_one_senders_messages_are_one_pile_and_its_top_is_what_falls_due_first(at_once: House) -> None:
    house, texts = at_once, [f"{VAGUE}，第 {n} 次" for n in range(5)]
    sent = [house.open(text, phone="13900000001") for text in texts[:4]]
    assert _piles() == []
    sent.append(house.open(texts[4], phone="13900000001"))
    house.open(VAGUE, phone="13900000002")
    with db.transaction() as session:
        early = update(Clock).where(Clock.ticket_id == sent[3].id)
        session.execute(early.values(due_at=Clock.__table__.c.started_at))
    assert _piles() == [("同一来件人 5 件", sent[3].id)]


def test_one_text_from_many_is_a_pile_also_of_nobody_known(at_once: House) -> None:
    for _ in range(5):
        at_once.open(VAGUE)
    assert [words for words, _ in _piles()] == ["同样内容 5 件"]


def test_senders_that_nobody_knows_are_no_pile_for_being_unknown(at_once: House) -> None:
    for n in range(8):
        at_once.open(f"{VAGUE}，第 {n} 件")
    assert _piles() == []


def test_what_waits_no_longer_or_came_long_ago_is_in_no_pile(at_once: House) -> None:
    sent = [at_once.open(f"{VAGUE} {n}", phone="13900000001") for n in range(6)]
    at_once.act(sent[0], "reject", reason="commercial")
    assert [words for words, _ in _piles()] == ["同一来件人 5 件"]
    with db.transaction() as session:
        long_ago = Ticket.__table__.update().where(Ticket.__table__.c.id == sent[1].id)
        session.execute(long_ago.values(received_at=at_once.now - timedelta(days=8)))
    assert _piles() == []


def test_the_chosen_of_a_pile_are_merged_into_its_first_each_by_an_event_of_its_own(at_once: House) -> None:
    house = at_once
    sent = [house.open(f"{VAGUE} {n}", phone="13900000001") for n in range(6)]
    done = piles.join(sent[2].number, [each.number for each in sent[:4]], DISPATCHER)
    assert (done.into, done.count, done.refused) == (sent[0].number, 3, {})
    assert [house.ticket(each.number).status for each in sent] == ["received", *["merged"] * 3, "received", "received"]
    assert [event.action for event in house.events(sent[0])] == ["open", *["absorb"] * 3]
    with pytest.raises(InvalidInput, match="勾选"):
        piles.join(sent[4].number, [sent[1].number], DISPATCHER)
    assert not house.faults()


def test_a_join_of_a_pile_is_bounded_and_says_what_it_would_not_do(at_once: House) -> None:
    sent = [at_once.open(f"{VAGUE} {n}", phone="13900000001") for n in range(6)]
    for chosen, why in (
        ([], "勾选"),
        ([sent[0].number], "勾选"),
        ([str(n) for n in range(101)], "100"),
        (["7"], "不在"),
    ):
        with pytest.raises(InvalidInput, match=why):
            piles.join(sent[0].number, chosen, DISPATCHER)
    done = piles.join(sent[0].number, [sent[1].number], AGENT)
    assert (done.count, list(done.refused)) == (0, [sent[1].number])


def test_every_waiting_ticket_is_in_the_list_or_under_one_row_of_it(at_once: House) -> None:
    house = at_once
    for n in range(6):
        house.open(f"{VAGUE} {n}", phone="13900000001")
        house.open(VAGUE)
    alone = house.open(WATER)
    queue = worklists.DESK_QUEUES[0]
    with db.reading() as session:
        heaps = piles.piles(session, DISPATCHER)
        shown = worklists.queue_page(session, DISPATCHER, queue, 1, piles.folded(session, DISPATCHER, heaps))
        count = worklists.queue_counts(session, DISPATCHER, [queue])["received"]
    assert {each.id for each in shown} == {alone.id, *heaps}
    assert count == len(shown) + sum(pile.count - 1 for pile in heaps.values()) == 13


def test_piles_are_looked_for_at_both_ends_of_what_waits_and_hold_all_that_is_theirs(
    at_once: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = at_once
    sent = [house.open(f"{VAGUE} {n}", phone="13900000001") for n in range(6)]
    for n in range(5):
        house.open(f"{WATER} {n}")
    monkeypatch.setattr(piles, "LOOKED_AT", 4)
    assert _piles() == []
    with db.reading() as session:
        pile, shown = piles.members(session, sent[0].number, DISPATCHER)
    assert pile is not None
    assert (pile.count, len(shown)) == (6, 6), "whoever asks of one ticket is told of all its pile"
    monkeypatch.setattr(piles, "LOOKED_AT", 5)
    assert [words for words, _ in _piles()] == ["同一来件人 6 件"], "one of them is beyond the five oldest, and counts"


def test_a_text_from_many_leaves_out_whom_the_pile_of_their_own_holds(at_once: House) -> None:
    house = at_once
    flood = [house.open(VAGUE, phone="13900000001") for _ in range(5)]
    many = [house.open(VAGUE, phone=f"1390000001{n}") for n in range(5)]
    assert sorted(words for words, _ in _piles()) == ["同一来件人 5 件", "同样内容 5 件"]
    with db.reading() as session:
        shown = [piles.members(session, each.number, DISPATCHER)[1] for each in (flood[0], many[0])]
    assert [[each.id for each in own] for own in shown] == [[each.id for each in own] for own in (flood, many)]


# Floods that would be dispatched


def test_from_the_fifth_on_a_senders_messages_wait_for_a_person_first(house: House) -> None:
    sent = [
        house.open(f"羊昌镇的路上有第{word}个坑，请来修", phone="13900000009", hold=False) for word in "一二三四五六七"
    ]
    assert [ticket.status for ticket in sent] == ["dispatched"] * 4 + ["received"] * 3
    assert any("同一来件人" in reason for reason in sent[4].decision["reasons"])
    assert house.open("羊昌镇的路上有个坑，请来修", phone="13900000010", hold=False).status == "dispatched"


def test_danger_goes_at_once_however_many_came_before(house: House) -> None:
    for word in "一二三四五":
        house.open(f"羊昌镇的路上有第{word}个坑，请来修", phone="13900000009", hold=False)
    ticket = house.open("乌当区羊昌镇停水了，整个寨子都没有水用", phone="13900000009", hold=False)
    assert ticket.decision["alarms"] == ["outage"]
    assert ticket.status == "dispatched"
