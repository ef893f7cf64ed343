"""From a reply to a public answer: proposed, approved, found, put right, withdrawn, refused; and its index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hotline import db, rounds, search_state
from hotline.answers import finding, indexing, publishing
from hotline.answers.candidates import candidates, propose
from hotline.answers.publishing import Wording
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import knowledge
from hotline.lifecycle import Action
from hotline.models import Answer, AnswerVersion, Event, Lease
from hotline.verification import snapshot, verify
from search.documents import Unavailable
from tests.answers.conftest import ANSWER, QUESTION, REPLIED, UNIT_PERSON, Solved, act
from tests.hotline.city import AGENT, BRIBE, DISPATCHER, FOLLOW_UP
from tests.hotline_fixtures import Web

GOOD = Wording(QUESTION, ANSWER)


def _publish(number: str, wording: Wording = GOOD) -> int:
    with db.transaction() as session:
        return publishing.publish(session, number, DISPATCHER, wording).id


def _withdraw(answer_id: int) -> None:
    with db.transaction() as session:
        publishing.withdraw(session, answer_id, DISPATCHER, "当事人要求")


def _found(text: str) -> list[str]:
    rounds.answers_round()
    with db.reading() as session:
        return [each.question for each in finding.found(session, text).items]


def _numbers() -> list[str]:
    with db.reading() as session:
        return [each.number for each in candidates(session)]


def test_a_good_reply_is_proposed_without_the_person_and_found_by_who_asks_next(web: Web, solved: Solved) -> None:
    number = solved()
    assert _numbers() == [number]
    with db.reading() as session:
        proposal = propose(session, number)
    for text in (proposal.question.text, proposal.answer.text):
        assert not [word for word in ("周小禾", "13800001234", "云锦台", "501") if word in text], text
    _publish(number)
    assert _numbers() == []
    assert _found("异地报销带什么") == [QUESTION]
    with db.reading() as session:
        assert [each.answer for each in finding.like(session, "你好我想问一下异地医保怎么报销")] == [ANSWER]
        assert finding.like(session, "医保") == [], "too short to be suggested on"
        assert [each.question for each in finding.listed(session).items] == [QUESTION]


def test_an_edit_is_another_version_and_what_is_withdrawn_is_gone_at_once(web: Web, solved: Solved) -> None:
    number = solved()
    answer_id = _publish(number)
    assert _publish(number, Wording(QUESTION, "请带身份证到窗口。")) == answer_id
    assert _found("身份证") == [QUESTION]
    with db.reading() as session:
        kept = session.scalars(select(AnswerVersion).order_by(AnswerVersion.version)).all()
        assert [each.answer for each in kept] == [ANSWER, "请带身份证到窗口。"]
    _withdraw(answer_id)
    with db.reading() as session:
        assert finding.found(session, "身份证").items == [], "the index has it still, the table has not"
        with pytest.raises(NotFound):
            finding.one(session, answer_id)
    rounds.answers_round()
    assert indexing.index().count() == 0
    with db.reading() as session:
        subject = select(Event.action).where(Event.subject == f"answer:{answer_id}").order_by(Event.seq)
        assert list(session.scalars(subject)) == ["publish_answer", "edit_answer", "withdraw_answer"]
    _publish(number)
    assert _found("异地") == [QUESTION], "withdrawn, it may come back"
    with snapshot() as session:
        assert not verify(session).faults


def test_nothing_of_the_person_is_published_whoever_approves(web: Web, solved: Solved) -> None:
    number = solved()
    for wording, field in ((Wording(QUESTION, REPLIED), "answer"), (Wording("周小禾问的", ANSWER), "question")):
        with pytest.raises(InvalidInput) as wrong:
            _publish(number, wording)
        assert [each.field for each in wrong.value.problems] == [field]
        assert "第" in wrong.value.message["zh"]
    with pytest.raises(Forbidden), db.transaction() as session:
        publishing.publish(session, number, AGENT, GOOD)
    with db.reading() as session:
        assert session.scalars(select(Answer)).all() == []


def test_what_is_a_secret_or_was_no_good_is_never_proposed_and_cannot_be_published(web: Web, solved: Solved) -> None:
    secrets = [solved(confidential=True), solved(good=False), web.open(BRIBE)["number"]]
    assert _numbers() == []
    for number in secrets:
        with pytest.raises(OutOfOrder):
            _publish(number)


def test_what_is_refused_does_not_come_back(web: Web, solved: Solved) -> None:
    number = solved()
    with db.transaction() as session:
        publishing.refuse(session, number, DISPATCHER, "只和这一家有关")
    assert _numbers() == []
    with pytest.raises(OutOfOrder), db.transaction() as session:
        publishing.refuse(session, number, DISPATCHER, "再说一次")
    assert _found("异地") == []


def _again(number: str, reply: str) -> None:
    """Reopened, answered anew and closed."""
    unit = UNIT_PERSON
    for actor, action, fields in (
        (DISPATCHER, Action.REOPEN, {"text": "政策变了"}),
        (unit, Action.ACCEPT, {}),
        (unit, Action.RESOLVE, {"result": "已答复", "public_reply": reply}),
        (DISPATCHER, Action.REVIEW, {"passed": True}),
        (FOLLOW_UP, Action.FOLLOW_UP, {"answered": True, "solved": True, "level": 5}),
    ):
        act(number, actor, action, **fields)


def test_an_answer_whose_ticket_is_reopened_is_gone_and_comes_back_to_a_person(web: Web, solved: Solved) -> None:
    number, other = solved(), solved("请问灵活就业怎么参加医保", "请带身份证到医保窗口办理。")
    answer_id = _publish(number)
    act(number, DISPATCHER, Action.REOPEN, text="政策变了")
    assert _found("异地") == []
    with pytest.raises(NotFound), db.reading() as session:
        finding.one(session, answer_id)
    assert _numbers() == [other], "it is not closed"
    with pytest.raises(OutOfOrder):
        _publish(number)
    with snapshot() as session:
        assert not verify(session).faults


def test_what_was_answered_anew_while_no_round_went_is_looked_at_again(web: Web, solved: Solved) -> None:
    number, refused, other = solved(), solved(), solved("请问灵活就业怎么参加医保", "请带身份证到医保窗口办理。")
    for each in (number, refused):
        _publish(each)
        _again(each, "异地就医报销现在可以在网上办理。")
    with db.transaction() as session:
        assert publishing.send_back(session) == 2
        assert publishing.send_back(session) == 0
    assert set(_numbers()[:2]) == {number, refused}, "before what was never published"
    with db.transaction() as session:
        publishing.refuse(session, refused, DISPATCHER, "只和这一家有关")
    assert _numbers() == [number, other]
    _publish(number, Wording(QUESTION, "现在可以在网上办理。"))
    with db.transaction() as session:
        assert publishing.send_back(session) == 0
    assert _found("异地") == [QUESTION]


def test_who_writes_does_not_wait_for_an_index_that_is_known_to_be_away(
    web: Web, solved: Solved, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_: object) -> None:
        raise AssertionError("it was asked")

    with db.transaction() as session:
        at = db.now(session)
        session.add(Lease(name=search_state.AWAY, holder=at.isoformat(), until=at + timedelta(seconds=60)))
    monkeypatch.setattr(type(indexing.index()), "search", hangs)
    with db.reading() as session:
        assert finding.like(session, "你好我想问一下异地医保怎么报销") == []
    with db.transaction() as session:
        session.execute(update(Lease).values(until=db.now(session)))
    with pytest.raises(AssertionError, match="it was asked"), db.reading() as session:
        finding.like(session, "你好我想问一下异地医保怎么报销")


def test_an_index_that_was_emptied_or_lost_is_mended(web: Web, solved: Solved) -> None:
    _publish(solved())
    assert _found("异地") == [QUESTION]
    indexing.index().clear()
    assert indexing.mend(indexing.index()) == 1
    assert _found("异地") == [QUESTION]
    assert indexing.mend(indexing.index()) == 0
    for file in indexing.index().path.parent.glob("search-answers.db*"):  # type: ignore[attr-defined]
        file.unlink()
    with pytest.raises(Unavailable), db.reading() as session:
        finding.found(session, "异地")
    assert indexing.mend(indexing.index()) == 1
    assert _found("异地") == [QUESTION]


def test_an_index_that_is_ahead_of_the_table_as_after_a_restored_backup_is_made_anew(web: Web, solved: Solved) -> None:
    answer_id = _publish(solved())
    assert _found("异地") == [QUESTION]
    with db.reading() as session:
        row = session.get(Answer, answer_id)
        assert row
        newer = replace(indexing.document(knowledge(session), row), version=7, title="停水", content="停水", reply="")
    for wrong in (newer, replace(newer, id=answer_id + 1)):
        indexing.index().put([wrong])
        indexing.index().refresh()
        assert indexing.mend(indexing.index()) == 1
        assert indexing.index().versions([answer_id, answer_id + 1]) == {answer_id: 1}
        assert _found("异地") == [QUESTION]
        assert indexing.mend(indexing.index()) == 0
