"""The threshold of alerts, moved by what people say of them: a staircase whose resting place is the share asked for.

Counted in decimal zeros of the chance. A family of matters (the first level of the catalogue) begins at
HOTLINE_TOPIC_CHANCE. Each alert judged 不属实 makes the next harder by STEP, each 属实 easier by STEP × (1 − p) / p, p
being HOTLINE_TOPIC_PRECISION: where a share p of the alerts is real, the steps cancel out. It stays within EASIER and
HARDER of where it began. The threshold is worked out from the verdicts each time, so that everybody can do it again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log10

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.knowledge import Knowledge
from hotline.models import TopicAlert
from hotline.settings import settings

REAL, NOT_REAL = "real", "not_real"
VERDICTS = {REAL: "属实", NOT_REAL: "不属实"}

STEP = 0.5
EASIER, HARDER = 2.0, 8.0


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a family stands: `zeros` of the chance, after `real` and `not_real` verdicts."""

    family: str
    zeros: float
    real: int = 0
    not_real: int = 0

    @property
    def chance(self) -> float:
        """The chance at most which managers are told."""
        return float(10**-self.zeros)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds of the families of which an alert was judged; the others stand where all begin."""

    families: dict[str, Threshold]
    begin: float

    def of(self, family: str) -> float:
        """The decimal zeros from which a rise of this family is told."""
        return self.families[family].zeros if family in self.families else self.begin


def thresholds(session: Session) -> Thresholds:
    """The thresholds as the verdicts so far have moved them."""
    judged = select(TopicAlert.family, TopicAlert.verdict).where(TopicAlert.verdict.is_not(None))
    rows = session.execute(judged.order_by(TopicAlert.judged_at, TopicAlert.id)).all()
    begin = -log10(settings().topic_chance)
    by_family: dict[str, list[bool]] = {}
    for family, verdict in rows:
        by_family.setdefault(family, []).append(verdict == REAL)
    return Thresholds({family: moved(family, begin, real) for family, real in sorted(by_family.items())}, begin)


def moved(family: str, begin: float, verdicts: Iterable[bool]) -> Threshold:
    """The threshold after verdicts, oldest first, True for a real one."""
    share, zeros, count = settings().topic_precision, begin, [0, 0]
    for real in verdicts:
        zeros += -STEP * (1 - share) / share if real else STEP
        zeros = min(max(zeros, begin - EASIER), begin + HARDER)
        count[real] += 1
    return Threshold(family, zeros, count[True], count[False])


def family_of(know: Knowledge, matter: str | None) -> str:
    """The first level of the catalogue that a matter belongs to; '' without one."""
    return (know.matter_tree.ancestors(matter) or ("",))[-1]
