"""A line of Asterisk's call detail records (CDR) as a record of ours. Pure.

The names are Asterisk's own: start, answer, end, duration, billsec, disposition, dstchannel, uniqueid; clid and src are
read over, since nobody's number is kept. Times without an offset are the city's. A call that a machine alone picked up
was not answered: where the records say which channel rang (dstchannel), one with none never reached a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hotline.intake.fields import clean
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import ZONE

FIELDS = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags", "uniqueid", "userfield"),
)
"""The columns of Asterisk's own file (cdr_csv with uniqueid), which has no heading, in their order."""

DISPOSITIONS = ("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "CONGESTION")

LONGEST = timedelta(days=1)
"""A call of more than a day is a mistake of the exchange."""

_CHANNEL = re.compile(r"[A-Za-z0-9_]{1,20}/([^-@/;]{1,64})")


@dataclass(frozen=True, slots=True)
class Record:
    """One call. Times in UTC; `answered_at` is None where nobody answered; `agent` is the extension, '' for none."""

    uniqueid: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime
    disposition: str
    agent: str = ""

    @property
    def wait_seconds(self) -> int:
        """From the first ring to the answer, or to the end where nobody answered."""
        return int(((self.answered_at or self.ended_at) - self.started_at).total_seconds())

    @property
    def talk_seconds(self) -> int:
        """From the answer to the end, 0 where nobody answered."""
        return int((self.ended_at - self.answered_at).total_seconds()) if self.answered_at else 0

    def joined(self, leg: Record) -> Record:
        """The same call with another leg of it: rung first at the one, answered at the other, counted once."""
        answers = [each for each in (self, leg) if each.answered_at]
        answered = min(answers, key=lambda each: each.answered_at or each.ended_at) if answers else self
        return replace(
            answered,
            started_at=min(self.started_at, leg.started_at),
            ended_at=max(self.ended_at, leg.ended_at),
        )


def record_of(told: Mapping[str, str | None]) -> Record:
    """The record of a line by Asterisk's names. Raises InvalidInput with the field, what stands there and the remedy.

    Where `end` is missing it is start and duration; where `answer` is missing in an answered call it is end less
    billsec.
    """
    said = {name: clean(value or "") for name, value in told.items()}
    uniqueid = said.get("uniqueid", "")
    if not uniqueid or len(uniqueid) > 150 or not uniqueid.isprintable():
        raise InvalidInput("uniqueid", "缺少呼叫编号 uniqueid，或超过 150 字", "uniqueid is missing or too long")
    disposition = said.get("disposition", "").upper()
    if disposition not in DISPOSITIONS:
        raise InvalidInput(
            "disposition",
            f"通话结果 disposition 应为 {'、'.join(DISPOSITIONS)} 之一，这里是“{disposition[:20]}”",
            f"disposition is one of {', '.join(DISPOSITIONS)}",
        )
    started = _time("start", said)
    ended = _time("end", said) if said.get("end") else started + _span("duration", said)
    reached = disposition == "ANSWERED" and ("dstchannel" not in told or bool(said["dstchannel"]))
    answered = _answer(said, ended) if reached else None
    _check_order(started, answered, ended)
    return Record(uniqueid, started, answered, ended, disposition, _agent(said) if answered else "")


def _answer(said: Mapping[str, str], ended: datetime) -> datetime:
    return _time("answer", said) if said.get("answer") else ended - _span("billsec", said)


def _time(field: str, said: Mapping[str, str]) -> datetime:
    text = said.get(field, "")
    try:
        at = datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            field,
            f"时间 {field} 应写成 2026-11-20 09:00:12，这里是“{text[:30]}”",
            f"{field} must be a time such as 2026-11-20 09:00:12",
        ) from None
    if not 2000 <= at.year <= 2100:
        raise InvalidInput(field, f"时间 {field} 应在 2000 年至 2100 年之间", f"{field} must lie between 2000 and 2100")
    return at


def _span(field: str, said: Mapping[str, str]) -> timedelta:
    text = said.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise InvalidInput(
            field, f"时长 {field} 应为整数秒，这里是“{text[:20]}”", f"{field} must be a whole number of seconds"
        )
    return timedelta(seconds=int(text))


def _check_order(started: datetime, answered: datetime | None, ended: datetime) -> None:
    if not started <= (answered or started) <= ended:
        raise InvalidInput("end", "起始、应答、结束时间的先后不对", "start, answer and end are not in order")
    if ended - started > LONGEST:
        raise InvalidInput("end", "一次通话超过了一天，请核对时间", "the call is longer than a day")


def _agent(said: Mapping[str, str]) -> str:
    """PJSIP/8001-0000002a → 8001; the API may name the agent itself."""
    named = said.get("agent", "")
    found = _CHANNEL.match(said.get("dstchannel", ""))
    return (named or (found[1] if found else ""))[:64]
