"""How urgent a message is, what sounds on the desk, and what to advise: from its dangers and outages."""

from __future__ import annotations

from dataclasses import dataclass

from routing.dangers import Alarm, alarms_of, mentions_danger
from routing.outages import mentions_outage, outage_of


@dataclass(frozen=True, slots=True)
class Urgency:
    """A code of URGENCIES, the reasons in Chinese, the advice to the citizen, the codes of ALARMS, and what alarms."""

    code: str = "normal"
    reasons: tuple[str, ...] = ()
    advice: str = ""
    codes: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def urgency_of(text: str) -> Urgency:
    """The urgency of a (normalised) text: danger to anyone → urgent and whom to call; an outage → utilities.

    A danger or outage that is feared, denied, told of others' stories, past or over counts as none (routing.clauses).
    """
    alarms = alarms_of(text)
    outage = outage_of(text)
    reasons = [f"紧急依据:文中有“{alarm.words}”({alarm.what})" for alarm in alarms]
    codes = [alarm.code for alarm in alarms]
    if outage:
        reasons.append(f"紧急依据:文中有“{outage.words}”,属水电气热讯故障({outage.utility})")
        codes += ["outage"] if outage.wide else []
    code = "urgent" if alarms else "utilities" if outage else "normal"
    return Urgency(code, tuple(reasons), _advice(alarms), tuple(codes), tuple(alarms))


def names_urgency(text: str) -> bool:
    """Whether a (normalised) text names a danger or an outage at all, be it one that does not hold now."""
    return mentions_danger(text) or mentions_outage(text)


def _advice(alarms: list[Alarm]) -> str:
    """All that is to be done, the gravest first, each once."""
    return ";".join(dict.fromkeys(alarm.advice for alarm in alarms))
