"""Targets 目标值 beside figures: rows of the city for all, for a peer group or for one unit, with the day they begin.

A report shows the target of its last day, so that last year's figures stand beside what was wanted then. Rows are
never taken out: another value begins on a day, or none does (null); each change is an event of the audit chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import db, journal
from hotline.errors import Forbidden
from hotline.intake.inquiry import InvalidInput
from hotline.knowledge import today
from hotline.models import Target, Unit
from hotline.reports.metrics import BY_KEY, key_of
from hotline.reports.scope import Scope, peer_groups
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone

if TYPE_CHECKING:
    from hotline.reports.rates import Figure

LONGEST_SOURCE = 200
LARGEST = {"%": Decimal(100)}
LARGEST_HOURS = Decimal(100_000)


class Aim(NamedTuple):
    """Whose target: of one unit, of a peer group, or of all (both empty)."""

    unit: str = ""
    peer_group: str = ""


ALL = Aim()


@dataclass(frozen=True, slots=True)
class Targets:
    """Every target there was: (metric key, whose) → the day from which it is in force and its value, oldest first."""

    history: Mapping[tuple[str, Aim], Sequence[tuple[date, Decimal | None]]]
    groups: Mapping[str, str]

    def of(self, metric: str, day: date, unit: str | None = None, group: str | None = None) -> Decimal | None:
        """What was wanted on `day` of the unit itself, else of its peer group, else of all; None where nothing was."""
        peers = group or self.groups.get(unit or "", "")
        chosen = [Aim(unit)] if unit else []
        for whose in (*chosen, Aim(peer_group=peers), ALL):
            begun = [value for begins, value in self.history.get((metric, whose), ()) if begins <= day]
            if begun:
                return begun[-1]
        return None

    def beside(self, figure: Figure, day: date, unit: str | None = None, group: str | None = None) -> Figure:
        """The figure with the target that it is held to."""
        return replace(figure, target=self.of(key_of(figure.metric, figure.part), day, unit, group))


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target to be set: `value` in the metric's unit, None for none any more, from a day on."""

    metric: str
    value: Decimal | None
    effective_from: date
    source: str
    whose: Aim = ALL


def targets(session: Session) -> Targets:
    """The city's targets, all of them: a few rows."""
    history: dict[tuple[str, Aim], list[tuple[date, Decimal | None]]] = {}
    for row in session.scalars(select(Target).order_by(Target.effective_from)):
        whose = Aim(row.unit, row.peer_group)
        history.setdefault((row.metric, whose), []).append((row.effective_from, value_of(row)))
    return Targets(history, peer_groups(session))


def aimed(session: Session, scope: Scope, figures: Iterable[Figure]) -> list[Figure]:
    """The figures of a scope, each with the target of the scope's last day for its unit, peer group or all."""
    wanted = targets(session)
    return [wanted.beside(figure, scope.last, scope.unit, scope.group) for figure in figures]


def listed(session: Session) -> Sequence[Target]:
    """Every target there ever was, by metric and whose, the newest first."""
    order = (Target.metric, Target.peer_group, Target.unit, Target.effective_from.desc())
    return session.scalars(select(Target).order_by(*order)).all()


def value_of(row: Target) -> Decimal | None:
    """A row's value in its metric's unit."""
    return None if row.hundredths is None else Decimal(row.hundredths) / 100


def read_value(text: str) -> Decimal:
    """A target as a person writes it: 98, 98.5 or 98 %. Raises InvalidInput (value)."""
    try:
        value = Decimal(text.replace("%", "").replace("％", "").strip())
        read = value == round(value, 2)  # which takes no number of more than 26 digits
    except InvalidOperation:
        read = False
    if not read:
        raise _wrong_value(f"“{text[:20]}”")
    return value


def set_target(session: Session, actor: Actor, asked: NewTarget) -> Target:
    """Put a target in force from a day on, today at the earliest; set again for the same day it is put right.

    Raises Forbidden, InvalidInput (metric, value, from, unit, group, source), and Stale where two do so at once.
    """
    if actor != SYSTEM and not actor.may("edit_targets"):
        raise Forbidden("只有系统管理员可以修改目标值", "only a system administrator edits the targets")
    _check(session, asked)
    with alone(session):
        row = _row(session, asked)
        before, row.source = row.hundredths, asked.source.strip()
        row.hundredths = None if asked.value is None else int(asked.value * 100)
        session.add(row)
        session.flush()
        _note(session, actor, row, before)
    return row


def _row(session: Session, asked: NewTarget) -> Target:
    """The row of that day, which may be there already."""
    same = {"metric": asked.metric, "unit": asked.whose.unit, "peer_group": asked.whose.peer_group}
    kept = select(Target).filter_by(**same, effective_from=asked.effective_from).with_for_update()
    return session.scalars(kept).first() or Target(**same, effective_from=asked.effective_from, hundredths=None)


def _note(session: Session, actor: Actor, row: Target, before: int | None) -> None:
    data = {
        "metric": row.metric,
        "unit": row.unit,
        "peer_group": row.peer_group,
        "effective_from": row.effective_from.isoformat(),
        "hundredths": row.hundredths,
        "before": before,
        "source": row.source,
    }
    entry = journal.Entry(f"target:{row.metric}", "edit_targets", actor.id, db.now(session), data)
    journal.record(session, entry)


def _check(session: Session, asked: NewTarget) -> None:
    if asked.metric not in BY_KEY:
        zh = f"没有指标“{asked.metric[:40]}”，可选：{'、'.join(BY_KEY)}"
        raise InvalidInput("metric", zh, f"there is no metric {asked.metric[:40]!r}; one of {', '.join(BY_KEY)}")
    unit = BY_KEY[asked.metric].unit
    most = LARGEST.get(unit, LARGEST_HOURS)
    if asked.value is not None and not (0 <= asked.value <= most and asked.value == round(asked.value, 2)):
        raise _wrong_value(f"“{asked.value}”", most)
    if asked.effective_from < today(db.now(session)):
        zh = "目标值最早从今天起施行，过去的报表保持当时的目标"
        raise InvalidInput("from", zh, "a target is in force from today on, not earlier: past reports keep theirs")
    if not 0 < len(asked.source.strip()) <= LONGEST_SOURCE:
        zh = f"请写明依据(source)，不超过 {LONGEST_SOURCE} 字"
        raise InvalidInput("source", zh, f"say which decision sets it (source), in {LONGEST_SOURCE} characters")
    _check_whose(session, asked.whose)


def _check_whose(session: Session, whose: Aim) -> None:
    if whose.unit and whose.peer_group:
        zh = "单位(unit)和分组(group)只能选一个"
        raise InvalidInput("group", zh, "a target is for a unit or for a group, not both")
    if whose.unit and session.get(Unit, whose.unit) is None:
        raise InvalidInput(
            "unit", f"单位“{whose.unit[:40]}”不存在，请从列表中选择", f"there is no unit {whose.unit[:40]!r}"
        )
    groups = dict.fromkeys(peer_groups(session).values())
    if whose.peer_group and whose.peer_group not in groups:
        zh = f"单位分组“{whose.peer_group[:40]}”不存在，可选：{'、'.join(groups)}"
        raise InvalidInput("group", zh, f"there is no group {whose.peer_group[:40]!r}; one of {', '.join(groups)}")


def _wrong_value(said: str, most: Decimal = LARGEST["%"]) -> InvalidInput:
    zh = f"目标值应是 0 至 {most} 的数，最多两位小数，您写的是{said}"
    return InvalidInput("value", zh, f"a target is a number from 0 to {most} with two decimals at most, not {said}")


def as_json(row: Target) -> dict[str, Any]:
    """A target for programs: metric, name, value (null: none any more), unit_of_value,
    falling (the value is a most), unit, group, from, source.
    """
    metric, value = BY_KEY[row.metric], value_of(row)
    return {
        "metric": row.metric,
        "name": metric.name,
        "value": None if value is None else float(value),
        "unit_of_value": metric.unit,
        "falling": metric.falling,
        "unit": row.unit or None,
        "group": row.peer_group or None,
        "from": row.effective_from.isoformat(),
        "source": row.source,
    }
