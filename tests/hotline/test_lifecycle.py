"""The table of moves, each action from each status, and the fold that makes a ticket of its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from hotline import diagram, lifecycle
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
WITH_UNIT = "dispatched accepted suspended"
ALLOWED = {
    Action.ANSWER: "received",
    Action.REJECT: "received",
    Action.DISPATCH: "received dispatched accepted",
    Action.ACCEPT: "dispatched",
    Action.CONTACT: WITH_UNIT,
    Action.ASSIST: WITH_UNIT,
    Action.RETURN: "dispatched accepted",
    Action.DECIDE_RETURN: "dispatched accepted",
    Action.EXTEND: "accepted",
    Action.DECIDE_EXTENSION: "accepted",
    Action.SUSPEND: "accepted",
    Action.DECIDE_SUSPENSION: "accepted",
    Action.RESUME: "suspended",
    Action.URGE: f"received {WITH_UNIT}",
    Action.SUPERVISE: WITH_UNIT,
    Action.FEEDBACK: WITH_UNIT,
    Action.RESOLVE: "accepted",
    Action.REVIEW: "resolved",
    Action.FOLLOW_UP: "reviewed merged",
    Action.REOPEN: "reviewed closed",
    Action.CLOSE: "reviewed",
    Action.WITHDRAW: f"received {WITH_UNIT}",
    Action.MERGE: f"received {WITH_UNIT}",
    Action.ABSORB: f"received {WITH_UNIT} resolved reviewed",
    Action.UNMERGE: "merged",
    Action.EXCLUDE: "accepted suspended resolved reviewed closed",
    Action.DECIDE_EXCLUSION: f"received {WITH_UNIT} resolved reviewed closed",
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
    Action.RESUME: ({}, "accepted"),
    Action.DECIDE_SUSPENSION: ({"approved": True, "until": "2026-06-08T16:00:00+00:00"}, "suspended"),
    Action.UNMERGE: ({}, "received"),
}
STAYS = {
    Action.CONTACT: {"unit": "a"},
    Action.RETURN: {"unit": "a"},
    Action.EXTEND: {"days": 3},
    Action.FOLLOW_UP: {"answered": False},
    Action.ABSORB: {"child": 3},
    Action.ESCALATE: {"level": "warn"},
    Action.RECOMPUTE: {"calendar": "cn-2027+1"},
    Action.UNMASK: {},
    Action.APART: {"other": 3},
    Action.ASSIST: {"unit": "b"},
    Action.SUSPEND: {"days": 3},
    Action.URGE: {},
    Action.SUPERVISE: {"days": 3},
    Action.FEEDBACK: {"unit": "a"},
    Action.RELEASE: {"child": 3},
    Action.EXCLUDE: {},
    Action.DECIDE_EXCLUSION: {"approved": True},
    Action.DECIDE_EXTENSION: {"approved": True, "days": 3},
}
ASKED: dict[Action, dict[str, Any]] = {
    Action.DECIDE_RETURN: {"pending": "return"},
    Action.DECIDE_EXTENSION: {"pending": "extend"},
    Action.DECIDE_SUSPENSION: {"pending": "suspend"},
    Action.DECIDE_EXCLUSION: {"excluded": "asked"},
    Action.FEEDBACK: {"supervised": True},
}
"""What an answer needs: that somebody asked."""


def _state(status: Status, **more: Any) -> State:
    return replace(State(status=status, unit=None if status == Status.RECEIVED else "a"), **more)


@pytest.mark.parametrize(("action", "status"), list(product(ALLOWED, Status)))
def test_each_action_is_possible_from_the_statuses_of_the_table_and_from_no_other(
    action: Action, status: Status
) -> None:
    state = _state(status, **ASKED.get(action, {}))
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
    by_itself = {Action.OPEN, Action.RELEASE, Action.ESCALATE, Action.RECOMPUTE, Action.UNMASK, Action.APART}
    assert set(Action) - MOVES.keys() == by_itself
    assert ACTION_NAMES.keys() == set(Action)
    assert STATUS_NAMES.keys() == set(Status)
    assert OPEN.isdisjoint(TERMINAL)


def test_nothing_leads_out_of_a_terminal_state_but_reopening_what_is_closed_and_undoing_a_merge() -> None:
    out = {(action, status) for action, allowed in MOVES.items() for status in allowed & TERMINAL}
    leaves = {(Action.REOPEN, Status.CLOSED), (Action.UNMERGE, Status.MERGED)}
    stays = {
        (Action.FOLLOW_UP, Status.MERGED),
        (Action.EXCLUDE, Status.CLOSED),
        (Action.DECIDE_EXCLUSION, Status.CLOSED),
    }
    assert out == leaves | stays


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


@pytest.mark.parametrize("passed", [True, False])
def test_each_review_begins_with_no_tries_to_reach_the_citizen(passed: bool) -> None:
    state = _state(Status.RESOLVED, tries=2)
    lifecycle.apply(state, Action.REVIEW, NOON, {"passed": passed})
    assert state.tries == 0


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


def test_a_unit_that_gets_the_reopened_ticket_no_longer_assists_and_the_others_still_do() -> None:
    state = _state(Status.CLOSED, assisting=["b", "c"], assisted=["c"])
    lifecycle.apply(state, Action.REOPEN, NOON, {"unit": "b"})
    assert (state.unit, state.assisting, state.assisted) == ("b", ["c"], [])


def test_one_who_was_asked_and_answered_stays_evaluated_whatever_later_tries_bring() -> None:
    state = _state(Status.REVIEWED)
    for answered in (False, True, False):
        lifecycle.apply(state, Action.FOLLOW_UP, NOON, {"answered": answered})
    assert (state.tries, state.evaluated) == (3, True)


@pytest.mark.parametrize("decides", ["decide_return", "decide_extension", "decide_suspension"])
@pytest.mark.parametrize("asked", [None, "return", "extend", "suspend"])
def test_nobody_decides_what_was_not_asked(decides: str, asked: str | None) -> None:
    state = _state(Status.ACCEPTED, pending=asked)
    if ASKED[Action(decides)]["pending"] == asked:
        lifecycle.check(Action(decides), state)
        return
    with pytest.raises(OutOfOrder, match="没有待审批"):
        lifecycle.check(Action(decides), state)


@pytest.mark.parametrize("action", ["return", "extend", "suspend", "dispatch"])
@pytest.mark.parametrize("pending", ["return", "extend", "suspend"])
def test_while_a_request_waits_no_other_is_made_and_no_unit_is_changed(action: str, pending: str) -> None:
    with pytest.raises(OutOfOrder, match="等待审批") as refused:
        lifecycle.check(Action(action), _state(Status.ACCEPTED, pending=pending))
    assert ACTION_NAMES[Action(pending)] in refused.value.message["zh"]
    assert f"{pending} waits" in refused.value.message["en"]


@pytest.mark.parametrize(
    ("action", "state", "zh", "en"),
    [
        (
            Action.REOPEN,
            _state(Status.ACCEPTED),
            "工单当前为“办理中”，不能重办；只有“待回访、已结案”的工单可以",
            "the ticket is accepted; reopen is possible only when it is closed, reviewed",
        ),
        (
            Action.DECIDE_EXTENSION,
            _state(Status.ACCEPTED, pending="return"),
            "该工单没有待审批的申请延期",
            "no extend is waiting for a decision",
        ),
        (
            Action.SUSPEND,
            _state(Status.ACCEPTED, pending="extend"),
            "申请延期正在等待审批，请先审批",
            "extend waits for a decision; decide it first",
        ),
        (
            Action.DECIDE_EXCLUSION,
            _state(Status.CLOSED),
            "该工单没有待审批的不计入考核申请",
            "no exclusion is waiting for a decision",
        ),
        (
            Action.EXCLUDE,
            _state(Status.CLOSED, excluded="asked"),
            "不计入考核的申请正在等待审批",
            "an exclusion was asked for already",
        ),
        (
            Action.EXCLUDE,
            _state(Status.CLOSED, excluded="no"),
            "不计入考核的申请已经审批过了",
            "an exclusion was asked for already",
        ),
        (
            Action.FEEDBACK,
            _state(Status.ACCEPTED),
            "该工单没有待反馈的督办",
            "no supervision is waiting for feedback",
        ),
    ],
)
def test_a_refusal_says_in_two_languages_what_stands_against_it(action: Action, state: State, zh: str, en: str) -> None:
    with pytest.raises(OutOfOrder) as refused:
        lifecycle.check(action, state)
    assert refused.value.message == {"zh": zh, "en": en}


# Suspension, assisting units, supervision, exclusion


def test_only_an_approved_suspension_suspends_is_counted_and_knows_its_cap() -> None:
    refused, approved = (_state(Status.ACCEPTED, pending="suspend") for _ in range(2))
    lifecycle.apply(refused, Action.DECIDE_SUSPENSION, NOON, {"approved": False})
    assert (refused.status, refused.suspensions, refused.pending, refused.suspended_until) == (
        "accepted",
        0,
        None,
        None,
    )
    cap = datetime(2026, 6, 8, 16, tzinfo=UTC)
    lifecycle.apply(approved, Action.DECIDE_SUSPENSION, NOON, {"approved": True, "until": cap.isoformat()})
    assert (approved.status, approved.suspensions, approved.pending) == ("suspended", 1, None)
    assert approved.suspended_until == cap
    lifecycle.apply(approved, Action.RESUME, NOON, {})
    assert (approved.status, approved.suspensions, approved.suspended_until) == ("accepted", 1, None)


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.MERGE])
def test_an_end_leaves_no_suspension_and_no_supervision_behind(action: Action) -> None:
    state = _state(Status.SUSPENDED, suspended_until=NOON, supervised=True, pending="suspend")
    lifecycle.apply(state, action, NOON, {"into": 7})
    assert (state.suspended_until, state.supervised, state.pending) == (None, False, None)


def test_each_assisting_unit_that_has_reported_is_noted_until_somebody_else_has_the_ticket() -> None:
    state = _state(Status.ACCEPTED, assisting=["b", "c"])
    lifecycle.apply(state, Action.ASSIST, NOON, {"unit": "c"})
    lifecycle.apply(state, Action.ASSIST, NOON, {"unit": "b"})
    assert state.assisted == ["c", "b"]
    lifecycle.apply(state, Action.DISPATCH, NOON, DISPATCH)
    assert state.assisted == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        (Action.DISPATCH, DISPATCH),
        (Action.REOPEN, {"unit": "a"}),
        (Action.REOPEN, {"unit": None}),
        (Action.DECIDE_RETURN, {"approved": True}),
        (Action.FEEDBACK, {"unit": "a"}),
        (Action.RESOLVE, {"unit": "a"}),
        (Action.UNMERGE, {}),
    ],
)
def test_a_supervision_ends_with_its_feedback_the_answer_or_the_unit(action: Action, data: dict[str, Any]) -> None:
    state = _state(Status.ACCEPTED, assisted=["b"])
    lifecycle.apply(state, Action.SUPERVISE, NOON, {"days": 3})
    assert state.supervised
    lifecycle.apply(state, action, NOON, data)
    assert state.supervised is False


def test_feedback_needs_a_supervision() -> None:
    with pytest.raises(OutOfOrder, match="没有待反馈的督办"):
        lifecycle.check(Action.FEEDBACK, _state(Status.ACCEPTED))


@pytest.mark.parametrize(("approved", "kept"), [(True, "yes"), (False, "no")])
def test_an_exclusion_is_asked_once_decided_once_and_kept_through_a_new_cycle(approved: bool, kept: str) -> None:
    state = _state(Status.CLOSED)
    with pytest.raises(OutOfOrder, match="没有待审批的不计入考核申请"):
        lifecycle.check(Action.DECIDE_EXCLUSION, state)
    lifecycle.check(Action.EXCLUDE, state)
    lifecycle.apply(state, Action.EXCLUDE, NOON, {})
    assert state.excluded == "asked"
    with pytest.raises(OutOfOrder, match="正在等待审批"):
        lifecycle.check(Action.EXCLUDE, state)
    lifecycle.check(Action.DECIDE_EXCLUSION, state)
    lifecycle.apply(state, Action.DECIDE_EXCLUSION, NOON, {"approved": approved})
    lifecycle.apply(state, Action.REOPEN, NOON, {"unit": "a"})
    assert state.excluded == kept
    for action, words in ((Action.EXCLUDE, "已经审批过了"), (Action.DECIDE_EXCLUSION, "没有待审批")):
        with pytest.raises(OutOfOrder, match=words):
            lifecycle.check(action, _state(Status.ACCEPTED, excluded=kept))


@pytest.mark.parametrize("action", [Action.RETURN, Action.EXTEND, Action.SUSPEND])
def test_what_is_asked_waits_under_its_own_name_until_it_is_decided(action: Action) -> None:
    state = _state(Status.ACCEPTED)
    lifecycle.apply(state, action, NOON, {"days": 3})
    assert state.pending == action
    decides = next(each for each, asked in ASKED.items() if asked.get("pending") == action)
    lifecycle.apply(state, decides, NOON, {"approved": False})
    assert state.pending is None


def test_each_extension_and_each_suspension_is_counted() -> None:
    state = _state(Status.ACCEPTED, extensions=1, suspensions=1)
    lifecycle.apply(state, Action.DECIDE_EXTENSION, NOON, {"approved": True, "days": 3})
    lifecycle.apply(state, Action.DECIDE_EXTENSION, NOON, {"approved": False, "days": 3})
    lifecycle.apply(state, Action.DECIDE_SUSPENSION, NOON, {"approved": True, "until": NOON.isoformat()})
    assert (state.extensions, state.suspensions) == (2, 2)


def test_a_fold_knows_when_each_event_was() -> None:
    assert lifecycle.fold([("dispatch", NOON, DISPATCH)]).dispatched_at == NOON


# Policies and editions


def test_the_rules_are_those_of_the_opening_until_an_event_names_others() -> None:
    state = State()
    opening = {"kind": "help", "urgency": "normal", "policy": "p@1", "calendar": "cn-2026"}
    lifecycle.apply(state, Action.OPEN, NOON, opening)
    assert (state.policy, state.calendar) == ("p@1", "cn-2026")
    lifecycle.apply(state, Action.DISPATCH, NOON, DISPATCH)
    assert state.policy == "p@1"
    lifecycle.apply(state, Action.DISPATCH, NOON, DISPATCH | {"policy": "q@2"})
    assert (state.policy, state.calendar) == ("q@2", "cn-2026")
    lifecycle.apply(state, Action.RECOMPUTE, NOON, {"calendar": "cn-2027+1"})
    lifecycle.apply(state, Action.REOPEN, NOON, {"unit": "a", "policy": "p@2"})
    assert (state.policy, state.calendar) == ("p@2", "cn-2027+1")


def test_an_undone_merge_goes_back_to_triage_with_nothing_of_the_merge_left() -> None:
    state = _state(Status.ACCEPTED, assisting=["b"], assisted=["b"], designated=True)
    lifecycle.apply(state, Action.MERGE, NOON, {"into": 7})
    lifecycle.apply(state, Action.UNMERGE, NOON, {})
    assert (state.status, state.parent_id, state.unit, state.assisting) == ("received", None, None, [])
    assert (state.assisted, state.designated) == ([], False)


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


def test_matter_and_place_are_those_of_the_opening_until_a_dispatch_says_better() -> None:
    state = State()
    opening = {"kind": "help", "urgency": "normal", "matter": "road", "place": "east"}
    lifecycle.apply(state, Action.OPEN, NOON, opening)
    assert (state.matter, state.place) == ("road", "east")
    lifecycle.apply(state, Action.DISPATCH, NOON, DISPATCH)
    assert (state.matter, state.place) == ("m", "p")


def test_a_word_that_is_no_action_is_an_error_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="invented"):
        lifecycle.apply(State(), "invented", NOON, {})


# The page about it


def test_the_page_about_the_life_cycle_is_what_the_tables_print() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lifecycle.md").read_text("utf-8")
    assert page == diagram.document(), "run: python -m hotline.diagram > docs/lifecycle.md"


def test_the_page_has_each_act_and_its_statuses_of_the_hand_written_table() -> None:
    found: dict[Action, set[str]] = {}
    for row in diagram.rows():
        found.setdefault(row.action, set()).update(row.moves)
        if row.action in LEADS_TO and row.outcome in ("", "passed", "approved", "to a unit"):
            assert set(row.moves.values()) == {LEADS_TO[row.action][1]}
    assert found == {action: set(statuses.split()) for action, statuses in ALLOWED.items()}
