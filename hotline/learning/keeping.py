"""Trained models as they are kept: a version with its data, figures and catalogue; promoted and rolled back by hand.

In force is the model promoted last that was not rolled back since; none is the first day, when the key phrases of the
catalogue answer alone. A model is older than its catalogue when a matter that it may answer has gone or has another
name: then it is not promoted, and one that is in force already is left aside until a person trains a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, defer

from hotline import db, journal
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.models import TrainedModel
from hotline.rights import SYSTEM, Actor
from hotline.rulemaking.rights import alone
from routing.decision import Matter
from routing.evaluating import Figures
from routing.learned import Model

SUBJECT = "classifiers"
"""The chain of events of what is trained, promoted and rolled back."""

MOST_VERSIONS = 2**31
"""No number is as large: what asks for one is answered without the database, which may know no such integer."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InForce:
    """The model that answers, and its figures; or none, with the reason in Chinese where one was promoted."""

    model: Model | None = None
    version: int | None = None
    since: datetime | None = None
    figures: Figures | None = None
    why: str = ""


def catalogue_digest(labels: Iterable[str], matters: Mapping[str, Matter]) -> str:
    """The SHA-256 of the codes and the names of these matters; a code without a matter counts as without names."""
    rows = [[code, list(matters[code].path) if code in matters else None] for code in sorted(set(labels))]
    return hashlib.sha256(journal.canonical(rows)).hexdigest()


def fits(row: TrainedModel, matters: Mapping[str, Matter]) -> bool:
    """Whether a model may answer under this catalogue: each of its labels still means what it meant."""
    labels = row.figures.get("labels", [])
    return bool(labels) and row.catalogue_digest == catalogue_digest(labels, matters)


def figures_of(row: TrainedModel) -> Figures:
    """What cross-validation gave for a version; its labels, which are kept beside the figures, are none of them."""
    return Figures.of({name: value for name, value in row.figures.items() if name != "labels"})


def versions(session: Session) -> list[TrainedModel]:
    """Every version without its content, the newest first."""
    return list(session.scalars(_bare().order_by(TrainedModel.version.desc())))


def find(session: Session, version: int) -> TrainedModel:
    """One version without its content. Raises NotFound."""
    known = 0 < version < MOST_VERSIONS
    found = session.scalars(_bare().where(TrainedModel.version == version)).first() if known else None
    if found is None:
        raise NotFound(f"没有第 {version} 版模型，请在“模型”里核对版本号", f"there is no model {version}")
    return found


def newest_fitting(session: Session, matters: Mapping[str, Matter]) -> TrainedModel | None:
    """The version trained last that fits the catalogue."""
    return next((row for row in versions(session) if fits(row, matters)), None)


def load(session: Session, version: int) -> Model:
    """The model of a version. Raises NotFound, and OutOfOrder for one that is damaged."""
    content = session.scalar(select(TrainedModel.content).where(TrainedModel.version == find(session, version).version))
    try:
        return Model.loads(content or b"")
    except ValueError as error:
        raise OutOfOrder(f"第 {version} 版模型已损坏，请重新训练：{error}", f"model {version}: {error}") from error


def promoted(session: Session) -> TrainedModel | None:
    """The version that a person put in force, whether or not it still fits the catalogue."""
    rows = _bare().where(TrainedModel.promoted_at.is_not(None), TrainedModel.retired_at.is_(None))
    return session.scalars(rows.order_by(TrainedModel.promoted_at.desc(), TrainedModel.id.desc()).limit(1)).first()


def in_force(session: Session, matters: Mapping[str, Matter]) -> InForce:
    """The model that answers under this catalogue; never raises: what cannot be loaded is logged and left aside."""
    row = promoted(session)
    if row is None:
        return InForce()
    why = ""
    try:
        if fits(row, matters):
            return InForce(load(session, row.version), row.version, row.promoted_at, figures_of(row))
        why = f"第 {row.version} 版模型早于现行事项目录，已停用，暂按目录的关键词分类；请重新训练"
    except OutOfOrder as error:
        why = error.message["zh"]
    except (KeyError, TypeError, AttributeError):
        why = f"第 {row.version} 版模型的指标已损坏，已停用，暂按目录的关键词分类；请重新训练"
    log.warning("model_left_aside", version=row.version, why=why)
    return InForce(why=why)


def changed_at(session: Session) -> datetime | None:
    """When the model that answers changed last: at a promotion or a rollback."""
    latest = session.execute(select(func.max(TrainedModel.promoted_at), func.max(TrainedModel.retired_at))).one()
    return max((at for at in latest if at is not None), default=None)


def keep(session: Session, actor: Actor, row: TrainedModel) -> TrainedModel:
    """Keep a trained model under the next version; it is not in force by that. Raises Forbidden and Stale."""
    _check_right(actor)
    with alone(session):
        row.version = (session.scalar(select(func.max(TrainedModel.version))) or 0) + 1
        row.trained_at = db.now(session)
        session.add(row)
        _note(session, actor, "train", row.version, {"data": row.data_digest, "examples": row.examples})
    return row


def promote(session: Session, actor: Actor, version: int, matters: Mapping[str, Matter]) -> TrainedModel:
    """Put a version in force. Raises Forbidden, NotFound, and OutOfOrder for one that is older than its catalogue,
    damaged, or in force already.
    """
    _check_right(actor)
    row, before = find(session, version), promoted(session)
    if before is not None and before.version == version:
        raise OutOfOrder(f"第 {version} 版模型已经启用", f"model {version} is in force already")
    if not fits(row, matters):
        raise OutOfOrder(
            f"第 {version} 版模型早于现行事项目录，不能启用；请先重新训练：python -m hotline train",
            f"model {version} is older than the catalogue and cannot be promoted; train a new one",
        )
    load(session, version)
    with alone(session):
        at = {"promoted_at": db.now(session), "retired_at": None}
        session.execute(update(TrainedModel).where(TrainedModel.version == version).values(**at))
        _note(session, actor, "promote", version, {"before": before.version if before else None})
    session.refresh(row, ["promoted_at", "retired_at"])
    return row


def rollback(session: Session, actor: Actor) -> TrainedModel | None:
    """Take the version in force back; the one that was in force before it is so again, or none (the first day).

    Raises Forbidden, and OutOfOrder where none is in force.
    """
    _check_right(actor)
    row = promoted(session)
    if row is None:
        raise OutOfOrder("没有启用中的模型，无从回退", "no model is in force; nothing to roll back")
    with alone(session):
        retired = {"retired_at": db.now(session)}
        session.execute(update(TrainedModel).where(TrainedModel.version == row.version).values(**retired))
        session.refresh(row, ["retired_at"])
        before = promoted(session)
        _note(session, actor, "rollback", row.version, {"to": before.version if before else None})
    return before


def _bare() -> Select[TrainedModel]:
    """Versions without the megabytes of their content."""
    return select(TrainedModel).options(defer(TrainedModel.content, raiseload=True))


def _check_right(actor: Actor) -> None:
    if actor != SYSTEM and not actor.may("promote_models"):
        raise Forbidden("只有系统管理员可以训练、启用和回退模型", "only a system administrator changes the model")


def _note(session: Session, actor: Actor, what: str, version: int, more: Mapping[str, Any]) -> None:
    """An event of the rules, by which running processes see that they must read again."""
    data = {"what": what, "model": version, **more}
    action = "train_model" if what == "train" else "edit_rules"
    journal.record(session, journal.Entry(SUBJECT, action, actor.id, db.now(session), data))
