"""From which confidence on the machine dispatches by itself: chosen by the accuracy that is asked for.

The confidence of a Decision is about the unit. So the threshold rests, where it can, on the house's own settled
tickets: the Decision kept at the opening against the unit that it ended with. Too few of them, and it rests on the
figures of the model in force, which are about the category, the part of the Decision that is most often wrong; no
model either, and the shipped threshold holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db
from hotline.learning import keeping
from hotline.learning.threshold import Choice, choose
from hotline.lifecycle import Status
from hotline.models import Ticket
from hotline.settings import settings
from routing.evaluating import Figures, threshold_for

FEWEST_SETTLED = 200
"""With fewer settled tickets the house's own history says too little."""

MOST_SETTLED = 5_000
"""The newest of them are enough."""

LONGEST_DAYS = 366
NEVER = 1.01
"""A threshold that no confidence reaches: nothing goes by itself."""

_WENT_ON = (Status.ACCEPTED, Status.RESOLVED, Status.REVIEWED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The threshold in use. `basis` is history, model or setting; `cases` of it, of which it lets `coverage` go by
    themselves, `accuracy` of these right; None where the basis does not say.
    """

    threshold: float
    basis: str
    asked: float
    cases: int = 0
    coverage: float | None = None
    accuracy: float | None = None

    @property
    def words(self) -> str:
        """The whole of it as a sentence."""
        return f"{self._cut()}{self._basis()}"

    def _cut(self) -> str:
        if self.threshold >= NEVER:
            return f"没有一档把握能达到 {self.asked:.0%} 的准确率，全部由人工派单"
        gives = f"，{self.coverage:.0%} 的来件自动派单" if self.coverage is not None else ""
        right = f"，其中 {self.accuracy:.1%} 正确" if self.accuracy is not None else ""
        return f"把握不低于 {self.threshold:.3f} 时自动派单{gives}{right}"

    def _basis(self) -> str:
        return {
            "history": f"（要求准确率 {self.asked:.0%}，依据本单位已定办件 {self.cases} 件）",
            "model": f"（要求准确率 {self.asked:.0%}，依据模型自己的交叉验证，说的是事项类别）",
            "setting": "（依据设置 HOTLINE_DISPATCH_THRESHOLD）",
        }[self.basis]


def dispatch(session: Session, model: keeping.InForce) -> Dispatch:
    """The threshold under the model in force and the present settings."""
    asked, fixed = settings().dispatch_accuracy, settings().dispatch_threshold
    if not asked:
        return Dispatch(fixed, "setting", asked)
    cases = settled(session)
    if len(cases) >= FEWEST_SETTLED:
        return _chosen(choose(cases, asked), "history", asked, len(cases))
    if model.figures is not None:
        return of_figures(model.figures, asked)
    return Dispatch(fixed, "setting", asked)


def of_figures(figures: Figures, asked: float) -> Dispatch:
    """The threshold that a model's out-of-fold figures give for an accuracy."""
    found = threshold_for(figures, asked)
    if found is None:
        return Dispatch(NEVER, "model", asked, figures.examples, 0.0)
    return Dispatch(found[0], "model", asked, figures.examples, found[1])


def _chosen(choice: Choice | None, basis: str, asked: float, cases: int) -> Dispatch:
    if choice is None:
        return Dispatch(NEVER, basis, asked, cases, 0.0)
    return Dispatch(choice.threshold, basis, asked, cases, choice.coverage, choice.accuracy)


def settled(session: Session) -> list[tuple[float, bool]]:
    """(confidence, right) of the newest tickets whose unit is settled: closed, or dispatched again and taken.

    Only those opened under the model that answers now, since another's confidence says nothing of this one's; no form
    and nothing that was proposed for rejection, which never go by themselves. Tickets without a unit count as unsure.
    """
    decision = Ticket.decision
    since = max(filter(None, [keeping.changed_at(session), db.now(session) - timedelta(days=LONGEST_DAYS)]))
    rows = session.execute(
        select(decision["unit"].as_string(), decision["confidence"].as_float(), Ticket.unit)
        .where(Ticket.status.in_(_WENT_ON), (Ticket.status == Status.CLOSED) | (Ticket.dispatches > 1))
        .where(Ticket.received_at >= since, Ticket.unit.is_not(None), Ticket.details.is_(None))
        .where(decision["reject_reason"].as_string().is_(None))
        .order_by(Ticket.received_at.desc())
        .limit(MOST_SETTLED)
    )
    return [(confidence or 0.0, unit == final) if unit else (0.0, False) for unit, confidence, final in rows]
