"""Kinds of ticket by code, in one place: what a citizen's message may be, and what only a form makes."""

from __future__ import annotations

from collections.abc import Mapping

from routing.decision import KINDS as OF_CITIZENS
from sla.policy import KINDS

OF_FORMS: Mapping[str, str] = {code: name for code, name in KINDS.items() if code not in OF_CITIZENS}
"""交办, 依申请公开, 建议提案: on policies of their own; no message becomes one, and none becomes another."""

WITHOUT_CITIZEN = frozenset({"assignment", "motion"})
"""Nobody waits for a call: no follow-up, closed after the review (到时销号)."""

__all__ = ["KINDS", "OF_CITIZENS", "OF_FORMS", "WITHOUT_CITIZEN", "choices"]


def choices(kind: str) -> Mapping[str, str]:
    """What a dispatcher may say that a ticket of `kind` is: one of the citizens' seven, or a form's kind as it is."""
    return OF_CITIZENS if kind in OF_CITIZENS else {kind: KINDS[kind]}
