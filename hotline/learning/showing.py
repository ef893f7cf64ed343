"""Models as they are shown: each version with its state and the threshold that it gives, and what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from hotline.learning import dispatching, keeping, training
from hotline.learning.dispatching import Dispatch
from hotline.models import TrainedModel
from hotline.settings import settings
from routing.decision import Matter

STATES = {
    "in_force": "启用中",
    "left_aside": "已启用，但早于现行目录，没有采用",
    "outdated": "早于现行目录，不能启用",
    "rolled_back": "已回退",
    "before": "曾启用，可回退到它",
    "kept": "未启用",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A version, its state (STATES), and the dispatch threshold by its own figures."""

    row: TrainedModel
    code: str
    dispatch: str

    @property
    def state(self) -> str:
        """The state in Chinese."""
        return STATES[self.code]


@dataclass(frozen=True, slots=True)
class Overview:
    """What answers now, by what threshold it is sent, and every version, newest first."""

    now: str
    version: int | None
    dispatch: Dispatch
    lines: tuple[Line, ...]


def overview(session: Session, matters: Mapping[str, Matter]) -> Overview:
    """All of it, under this catalogue."""
    found, top = keeping.in_force(session, matters), keeping.promoted(session)
    used = dispatching.dispatch(session, found)
    lines = tuple(_line(row, top, matters) for row in keeping.versions(session))
    now = f"启用中：第 {found.version} 版模型" if found.version else found.why or "没有启用的模型，按目录的关键词分类"
    return Overview(now, found.version, used, lines)


def line_of(session: Session, matters: Mapping[str, Matter], version: int) -> Line:
    """One version. Raises NotFound."""
    return _line(keeping.find(session, version), keeping.promoted(session), matters)


def _line(row: TrainedModel, top: TrainedModel | None, matters: Mapping[str, Matter]) -> Line:
    asked = settings().dispatch_accuracy
    words = dispatching.of_figures(keeping.figures_of(row), asked).words if asked else ""
    return Line(row, _state(row, top, keeping.fits(row, matters)), words)


def _state(row: TrainedModel, top: TrainedModel | None, fits: bool) -> str:
    if top is not None and row.version == top.version:
        return "in_force" if fits else "left_aside"
    if not fits:
        return "outdated"
    if row.retired_at is not None:
        return "rolled_back"
    return "before" if row.promoted_at is not None else "kept"


def line_json(line: Line, matters: Mapping[str, Matter], whole: bool = False) -> dict[str, Any]:
    """A version as JSON; `whole` with all figures, else those of the whole alone."""
    row = line.row
    figures = training.named(row.figures, matters)
    if not whole:
        figures = {name: figures[name] for name in ("accuracy", "macro_f1", "ece")}
    return {
        "version": row.version,
        "state": line.code,
        "trained_at": row.trained_at.isoformat(),
        "source": row.source,
        "examples": row.examples,
        "data_digest": row.data_digest,
        "catalogue_digest": row.catalogue_digest,
        "promoted_at": row.promoted_at.isoformat() if row.promoted_at else None,
        "retired_at": row.retired_at.isoformat() if row.retired_at else None,
        "labels": [{"code": code, "name": training.path_of(code, matters)} for code in row.figures["labels"]],
        "dispatch": line.dispatch,
        "figures": figures,
    }


def overview_json(found: Overview, matters: Mapping[str, Matter]) -> dict[str, Any]:
    """The overview as JSON."""
    return {
        "in_force": found.version,
        "words": found.now,
        "dispatch": asdict(found.dispatch) | {"words": found.dispatch.words},
        "items": [line_json(line, matters) for line in found.lines],
    }
