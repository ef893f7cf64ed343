"""A draft is tried on the last tickets: what would go elsewhere, by itself or not, and whether that is better."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from hotline import db
from hotline import knowledge as knowing
from hotline.cataloguing import Document, document, drafts, publishing, trying
from hotline.intake.inquiry import InvalidInput
from hotline.learning import keeping
from hotline.rights import SYSTEM
from tests.hotline.city import POTHOLES, TRANSPORT, VAGUE, WUDANG, House
from tests.learning.small import WAGES, keep_one


def drafted(house: House, **parts: Any) -> Document:
    with house.transaction() as session:
        content = document(session)
    return Document(**(content.as_json() | parts))


def led_by(rows: Iterable[dict[str, Any]], lead: str) -> list[dict[str, Any]]:
    """The rows of 乌当区 with another lead."""
    return [row | {"lead": lead, "assisting": []} if row["place"] == "520112" else row for row in rows]


def tried(house: House, content: Document, most: int = 100) -> trying.Trial:
    with house.transaction() as session:
        return trying.what_if(session, content, most)


def test_the_document_in_force_changes_nothing(house: House) -> None:
    house.closed()
    house.open(VAGUE)
    trial = tried(house, drafted(house))
    assert (trial.tickets, trial.settled, trial.left, trial.moves) == (2, 1, 0, [])
    assert trial.right_before == trial.right_now == 1
    assert trial.goes_before == trial.goes_now == 1


def test_a_closed_ticket_tells_whether_the_change_is_for_the_better_or_the_worse(house: House) -> None:
    ended = house.closed()
    still_open = house.open(POTHOLES)
    other = drafted(house, responsibilities=led_by(drafted(house).responsibilities, TRANSPORT))
    trial = tried(house, other)
    moves = {move.number: move for move in trial.moves}
    assert moves.keys() == {ended.number, still_open.number}
    assert (moves[ended.number].was.unit, moves[ended.number].now.unit) == (WUDANG, TRANSPORT)
    assert (moves[ended.number].verdict, moves[still_open.number].verdict) == ("worse", "")
    assert (trial.better, trial.worse, trial.right_before, trial.right_now) == (0, 1, 1, 0)
    assert (trial.goes_wrong_before, trial.goes_wrong_now) == (0, 1)
    assert trial.pairs == [((WUDANG, TRANSPORT), 2)]


def test_a_change_that_would_have_been_right_is_better(house: House) -> None:
    ticket = house.act(house.accepted(TRANSPORT), "resolve", result="已修", public_reply="已修")
    ticket = house.act(ticket, "review", passed=True)
    house.act(ticket, "follow_up", answered=True, solved=True, level=5)
    trial = tried(house, drafted(house, responsibilities=led_by(drafted(house).responsibilities, TRANSPORT)))
    assert (trial.better, trial.worse) == (1, 0)
    assert trial.moves[0].right == TRANSPORT


def test_what_nobody_leads_any_more_goes_to_nobody(house: House) -> None:
    house.open(POTHOLES)
    trial = tried(house, drafted(house, responsibilities=[]))
    (move,) = trial.moves
    assert (move.now.unit, move.was.goes, move.now.goes) == (None, True, False)
    assert (trial.goes_before, trial.goes_now) == (1, 0)


def test_new_phrases_and_new_places_are_tried_too(house: House) -> None:
    ticket = house.open("团圆坝的琉璃柱又黯了")
    content = drafted(house)
    matters = [
        row | {"phrases": [*row["phrases"], "琉璃柱"]} if row["code"] == "01-04-01" else row for row in content.matters
    ]
    place = {"code": "520112-l99", "name": "团圆坝", "level": "landmark", "parent": "520112", "aliases": []}
    trial = tried(house, drafted(house, matters=matters, places=[*content.places, place]))
    (move,) = trial.moves
    assert (move.number, move.now.matter, move.now.unit) == (ticket.number, "01-04-01", WUDANG)


def test_only_so_many_of_the_newest_are_looked_at_in_batches(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "BATCH", 2)
    numbers = [house.open(POTHOLES).number for _ in range(8)]
    seen: list[int] = []

    def watch(items: Iterable[Any], _words: str, total: int) -> Iterable[Any]:
        seen.append(total)
        return items

    with house.transaction() as session:
        trial = trying.what_if(session, drafted(house, responsibilities=[]), 5, watch)
    assert ([move.number for move in trial.moves], trial.left, seen) == (numbers[:2:-1], 3, [3])


def test_a_call_is_routed_by_its_turns_and_a_report_never_to_the_accused(house: House) -> None:
    from hotline.intake.inquiry import Turn

    turns = (Turn(1, "citizen", 0, 1, "我住白云区，"), Turn(2, "citizen", 1, 2, POTHOLES))
    call, report = house.open(POTHOLES, turns=turns), house.open("举报乌当区人民政府的科长收受红包", kind="report")
    with db.reading() as session:
        read = {row.number: message for row, message in trying._messages(session, [call.id, report.id])}
    assert read[call.number].turns == tuple((turn.role, turn.text) for turn in turns)
    assert read[report.number].kind == "report"
    assert read[call.number].kind is None


def test_a_document_that_is_no_catalogue_yet_is_not_tried(house: House) -> None:
    content = drafted(house)
    with pytest.raises(InvalidInput, match="没有下级事项"):
        tried(house, drafted(house, matters=[*content.matters, {"code": "98", "name": "空类", "phrases": []}]))


def test_a_model_that_a_draft_outdates_is_left_aside_by_it_and_that_is_noted(house: House) -> None:
    with house.transaction() as session:
        drafts.new_draft(session, SYSTEM, "市政府办公室的通知（测试）")
    version = keep_one()
    with house.transaction() as session:
        keeping.promote(session, SYSTEM, version, house.know.matters)
    knowing.forget()
    with house.transaction() as session:
        know, rows = knowing.knowledge(session), document(session, 2).matters
        assert know.model.version == version
        assert know.model_fits(know.matters_in_force.values())
        assert not publishing.findings(session, 2).notes
        number = next(n for n, row in enumerate(rows, 1) if row["code"] == WAGES)
        drafts.edit(session, SYSTEM, 2, "matters", [drafts.Change({**rows[number - 1], "name": "人力资源"}, number)])
        assert not know.model_fits(knowing.matters_of(document(session, 2)).values())
        notes = publishing.findings(session, 2).notes
    assert any("重新训练" in note.zh for note in notes)
