"""The pages: server-rendered, usable without JavaScript. Each file is a desk; the views only gather and hand on."""

from __future__ import annotations

from flask import Blueprint, Flask

from api.pages import (
    answers,
    answers_desk,
    assessment,
    before,
    bulletins,
    calls,
    catalogue,
    desk,
    entries,
    exclusions,
    frame,
    league,
    learning,
    ledger,
    managers,
    managers_more,
    open_data,
    phone,
    public,
    repeats,
    rules,
    search,
    session,
    targets,
    tickets,
    topics,
    unit,
)

blueprint = Blueprint("pages", __name__)

for _desk in (
    public,
    session,
    desk,
    calls,
    entries,
    tickets,
    unit,
    topics,
    search,
    before,
    answers,
    answers_desk,
    managers,
    league,
    managers_more,
    assessment,
    bulletins,
    phone,
    ledger,
    exclusions,
    rules,
    targets,
    learning,
    repeats,
    open_data,
    catalogue,
):
    _desk.register(blueprint)


def init_app(app: Flask) -> None:
    """Register every page."""
    frame.init_app(app)
    app.register_blueprint(blueprint)
