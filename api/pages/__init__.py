"""The pages: server-rendered, usable without JavaScript. Each file is a desk; the views only gather and hand on."""

from __future__ import annotations

from flask import Blueprint, Flask

from api.pages import (
    assessment,
    before,
    bulletins,
    calls,
    catalogue,
    desk,
    entries,
    exclusions,
    frame,
    learning,
    ledger,
    managers,
    open_data,
    phone,
    public,
    repeats,
    rules,
    search,
    session,
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
    managers,
    assessment,
    bulletins,
    phone,
    ledger,
    exclusions,
    rules,
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
