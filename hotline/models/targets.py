"""Targets 目标值: what a city wants its figures to reach, as rows that are only added to."""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from hotline.models.model import Code, Key, Model


class Target(Model):
    """One figure's target from a day on, for a unit, for a peer group (`unit` empty), or for all (both empty).

    `metric` is a metric's key; `hundredths` its value in hundredths of the metric's unit (9000 is 90 %), null from the
    day on which there is none any more. A report shows the target of its last day.
    """

    __tablename__ = "targets"
    __table_args__ = (UniqueConstraint("metric", "peer_group", "unit", "effective_from"),)

    id: Mapped[Key]
    metric: Mapped[Code]
    peer_group: Mapped[Code]
    unit: Mapped[Code]
    effective_from: Mapped[date]
    hundredths: Mapped[int | None]
    source: Mapped[str]
