"""A line of the exchange's records is read by Asterisk's names; what cannot be is told with its field."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.calls.records import Record, record_of
from hotline.intake.inquiry import InvalidInput

ANSWERED = {
    "src": "13900001234",
    "dst": "12345",
    "dstchannel": "PJSIP/8001-0000002a",
    "start": "2026-11-20 09:00:00",
    "answer": "2026-11-20 09:00:12",
    "end": "2026-11-20 09:03:12",
    "duration": "192",
    "billsec": "180",
    "disposition": "ANSWERED",
    "uniqueid": "1763600400.17",
}


def test_an_answered_call_has_its_wait_its_talk_and_its_agent() -> None:
    record = record_of(ANSWERED)
    assert (record.wait_seconds, record.talk_seconds, record.agent) == (12, 180, "8001")
    assert record.started_at == datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_a_call_that_nobody_answered_waited_to_its_end() -> None:
    record = record_of({**ANSWERED, "answer": "", "billsec": "0", "disposition": "NO ANSWER"})
    assert (record.answered_at, record.wait_seconds, record.talk_seconds, record.agent) == (None, 192, 0, "")


def test_a_call_that_a_machine_alone_picked_up_was_not_answered() -> None:
    assert record_of({**ANSWERED, "dstchannel": ""}).answered_at is None
    without = {name: value for name, value in ANSWERED.items() if name != "dstchannel"}
    assert record_of(without).answered_at is not None


def test_what_is_missing_is_reckoned_from_the_lengths() -> None:
    assert record_of({**ANSWERED, "answer": "", "end": ""}) == record_of(ANSWERED)


def test_nobodys_number_is_in_a_record() -> None:
    assert "13900001234" not in repr(record_of(ANSWERED))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"uniqueid": ""}, "uniqueid"),
        ({"uniqueid": "x" * 151}, "uniqueid"),
        ({"disposition": "GONE"}, "disposition"),
        ({"start": "yesterday"}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": "2026-11-20 08:00:00"}, "end"),
        ({"end": "2026-11-22 09:00:00"}, "end"),
        ({"end": "", "duration": "-5"}, "duration"),
        ({"answer": "", "billsec": "١٢"}, "billsec"),
        ({"start": "9999-12-31 23:59:59", "end": "", "duration": "999999"}, "start"),
        ({"start": "0001-01-01 09:00:00", "end": "0001-01-01 09:00:00", "answer": "", "billsec": "999999"}, "start"),
        ({"start": "1999-11-20 09:00:00", "end": "1999-11-20 09:03:12", "answer": "1999-11-20 09:00:12"}, "start"),
    ],
)
def test_what_does_not_fit_is_told_with_its_field(changed: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        record_of({**ANSWERED, **changed})
    assert wrong.value.field == field


@given(st.dictionaries(st.sampled_from(sorted(ANSWERED)), st.text(max_size=40)))
def test_rubbish_is_refused_and_never_a_crash(told: dict[str, str]) -> None:
    with contextlib.suppress(InvalidInput):
        assert record_of({**ANSWERED, **told}).wait_seconds >= 0


def _legs() -> Any:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    seconds = st.integers(0, 600)

    def leg(ring: int, wait: int, talk: int, answered: bool) -> Record:
        begun = start + timedelta(seconds=ring)
        at = begun + timedelta(seconds=wait)
        return Record("1", begun, at if answered else None, at + timedelta(seconds=talk), "ANSWERED", "8001")

    return st.lists(st.builds(leg, seconds, seconds, seconds, st.booleans()), min_size=2, max_size=5)


@given(_legs())
def test_legs_of_a_call_are_one_call_in_whatever_order_they_come(legs: list[Record]) -> None:
    def whole(parts: list[Record]) -> tuple[Any, ...]:
        one = parts[0]
        for part in parts[1:]:
            one = one.joined(part)
        return one.started_at, one.answered_at, one.ended_at, one.wait_seconds

    answers = [leg.answered_at for leg in legs if leg.answered_at]
    assert whole(legs) == whole(legs[::-1])
    assert whole(legs)[:2] == (min(leg.started_at for leg in legs), min(answers, default=None))
    assert legs[0].joined(legs[0]) == legs[0]
