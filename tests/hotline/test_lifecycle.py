"""The table of moves, each action from each status, and the fold that makes a ticket of its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from hotline import lifecycle
from hotline.errors import OutOfOrder
from hotline.lifecycle import ACTION_NAMES, MOVES, OPEN, STATUS_NAMES, TERMINAL, Action, Status
from hotline.state import State

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
DISPATCH = {
    "unit": "a",
    "assisting": ["b"],
    "matter": "m",
    "place": "p",
    "kind": "help",
    "urgency": "normal",
    "complex": False,
    "designated": False,
    "count": 1,
}
ALLOWED = {
    Action.ANSWER: "received",
    Action.REJECT: "received",
    Action.DISPATCH: "received dispatched accepted",
    Action.ACCEPT: "dispatched",
    Action.CONTACT: "dispatched accepted",
    Action.RETURN: "dispatched accepted",
    Action.DECIDE_RETURN: "dispatched accepted",
    Action.EXTEND: "accepted",
    Action.DECIDE_EXTENSION: "accepted",
    Action.RESOLVE: "accepted",
    Action.REVIEW: "resolved",
    Action.FOLLOW_UP: "reviewed merged",
    Action.REOPEN: "reviewed closed",
    Action.CLOSE: "reviewed",
    Action.WITHDRAW: "received dispatched accepted",
    Action.MERGE: "received dispatched accepted",
    Action.ABSORB: "received dispatched accepted resolved reviewed",
}
"""The life cycle as rules.md draws it, written down a second time by hand."""

LEADS_TO = {
    Action.ANSWER: ({}, "closed"),
    Action.REJECT: ({"reason": "commercial"}, "rejected"),
    Action.DISPATCH: (DISPATCH, "dispatched"),
    Action.ACCEPT: ({"unit": "a"}, "accepted"),
    Action.RESOLVE: ({"unit": "a"}, "resolved"),
    Action.REVIEW: ({"passed": True}, "reviewed"),
    Action.REOPEN: ({"unit": "a"}, "dispatched"),
    Action.CLOSE: ({}, "closed"),
    Action.WITHDRAW: ({}, "withdrawn"),
    Action.MERGE: ({"into": 7}, "merged"),
}
STAYS = {
    Action.CONTACT: {"unit": "a"},
    Action.RETURN: {"unit": "a"},
    Action.EXTEND: {"days": 3},
    Action.FOLLOW_UP: {"answered": False},
    Action.ABSORB: {"child": 3},
    Action.ESCALATE: {"level": "warn"},
    Action.RECOMPUTE: {},
    Action.UNMASK: {},
}
PENDING = {Action.DECIDE_RETURN: "return", Action.DECIDE_EXTENSION: "extend"}


def _state(status: Status, **more: Any) -> State:
    return replace(State(status=status, unit=None if status == Status.RECEIVED else "a"), **more)


@pytest.mark.parametrize(("action", "status"), list(product(ALLOWED, Status)))
def test_each_action_is_possible_from_the_statuses_of_the_table_and_from_no_other(
    action: Action, status: Status
) -> None:
    state = _state(status, pending=PENDING.get(action))
    if status in ALLOWED[action].split():
        lifecycle.check(action, state)
        return
    with pytest.raises(OutOfOrder) as refused:
        lifecycle.check(action, state)
    assert STATUS_NAMES[status] in refused.value.message["zh"]
    assert ACTION_NAMES[action] in refused.value.message["zh"]
    assert status in refused.value.message["en"]


def test_the_table_has_every_act_that_a_person_may_do_and_each_word_has_a_name() -> None:
    assert MOVES.keys() == ALLOWED.keys()
    assert set(Action) - MOVES.keys() == {Action.OPEN, Action.ESCALATE, Action.RECOMPUTE, Action.UNMASK}
    assert ACTION_NAMES.keys() == set(Action)
    assert STATUS_NAMES.keys() == set(Status)
    assert OPEN.isdisjoint(TERMINAL)


def test_nothing_leads_out_of_a_terminal_state_but_reopening_a_closed_one_and_asking_a_merged_ones_caller() -> None:
    out = {(action, status) for action, allowed in MOVES.items() for status in allowed & TERMINAL}
    assert out == {(Action.REOPEN, Status.CLOSED), (Action.FOLLOW_UP, Status.MERGED)}


@pytest.mark.parametrize("action", LEADS_TO)
def test_each_move_leads_where_the_life_cycle_says(action: Action) -> None:
    data, status = LEADS_TO[action]
    for start in MOVES[action]:
        state = _state(start)
        lifecycle.apply(state, action, NOON, data)
        assert state.status == status
        assert state.pending is None


@pytest.mark.parametrize("action", STAYS)
def test_an_event_that_is_no_move_leaves_the_status(action: Action) -> None:
    for status in MOVES.get(action, frozenset(Status)):
        state = _state(status)
        lifecycle.apply(state, action, NOON, STAYS[action])
        assert state.status == status


def test_an_answer_that_does_not_pass_goes_back_to_its_unit() -> None:
    state = _state(Status.RESOLVED)
    lifecycle.apply(state, Action.REVIEW, NOON, {"passed": False})
    assert (state.status, state.unit) == (Status.ACCEPTED, "a")


def test_a_return_goes_back_to_triage_only_when_it_is_approved() -> None:
    refused, approved = (_state(Status.DISPATCHED, pending="return", assisting=["b"]) for _ in range(2))
    lifecycle.apply(refused, Action.DECIDE_RETURN, NOON, {"approved": False})
    lifecycle.apply(approved, Action.DECIDE_RETURN, NOON, {"approved": True})
    assert (refused.status, refused.unit, refused.assisting, refused.pending) == ("dispatched", "a", ["b"], None)
    assert (approved.status, approved.unit, approved.assisting, approved.pending) == ("received", None, [], None)


def test_only_an_approved_extension_is_counted() -> None:
    state = _state(Status.ACCEPTED, pending="extend")
    lifecycle.apply(state, Action.DECIDE_EXTENSION, NOON, {"approved": False, "days": 3})
    assert state.extensions == 0
    lifecycle.apply(state, Action.DECIDE_EXTENSION, NOON, {"approved": True, "days": 3})
    assert state.extensions == 1


def test_reopening_begins_a_cycle_with_nothing_left_of_the_old_one() -> None:
    state = _state(Status.CLOSED, tries=2, extensions=1, evaluated=True, designated=True, dispatches=4)
    lifecycle.apply(state, Action.REOPEN, NOON, {"unit": "b"})
    assert (state.cycle, state.status, state.unit, state.dispatched_at) == (2, "dispatched", "b", NOON)
    assert (state.tries, state.extensions, state.evaluated, state.designated) == (0, 0, False, False)
    assert state.dispatches == 4


def test_reopening_with_no_unit_goes_to_triage() -> None:
    state = _state(Status.CLOSED, unit=None)
    lifecycle.apply(state, Action.REOPEN, NOON, {"unit": None})
    assert (state.cycle, state.status, state.unit) == (2, "received", None)


def test_one_who_was_asked_and_answered_stays_evaluated_whatever_later_tries_bring() -> None:
    state = _state(Status.REVIEWED)
    for answered in (False, True, False):
        lifecycle.apply(state, Action.FOLLOW_UP, NOON, {"answered": answered})
    assert (state.tries, state.evaluated) == (3, True)


@pytest.mark.parametrize(("decides", "asked"), [("decide_return", "extend"), ("decide_extension", "return")])
def test_nobody_decides_what_was_not_asked(decides: str, asked: str) -> None:
    for pending in (None, asked):
        with pytest.raises(OutOfOrder, match="没有待审批"):
            lifecycle.check(Action(decides), _state(Status.ACCEPTED, pending=pending))


@pytest.mark.parametrize(("action", "pending"), list(product(["return", "extend", "dispatch"], ["return", "extend"])))
def test_while_a_request_waits_no_other_is_made_and_no_unit_is_changed(action: str, pending: str) -> None:
    with pytest.raises(OutOfOrder, match="等待审批"):
        lifecycle.check(Action(action), _state(Status.ACCEPTED, pending=pending))


def test_a_fold_begins_with_an_empty_ticket_and_takes_the_events_in_order() -> None:
    opening = {"kind": "complaint", "urgency": "urgent", "matter": "m", "place": None}
    history = [
        ("open", NOON, opening),
        ("dispatch", NOON, DISPATCH),
        ("accept", NOON, {"unit": "a"}),
        ("escalate", NOON, {"level": "warn"}),
        ("merge", NOON, {"into": 5}),
    ]
    state = lifecycle.fold(history)
    assert (state.status, state.parent_id, state.kind, state.unit) == ("merged", 5, "help", "a")
    assert lifecycle.fold(history[:1]) == State(kind="complaint", urgency="urgent", matter="m")
    assert lifecycle.fold([]) == State()


def test_a_word_that_is_no_action_is_an_error_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="invented"):
        lifecycle.apply(State(), "invented", NOON, {})
