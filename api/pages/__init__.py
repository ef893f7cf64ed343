"""The pages: server-rendered, usable without JavaScript. Each file is a desk; the views only gather and hand on."""

from __future__ import annotations

from flask import Blueprint, Flask

from api.pages import frame, public, session

blueprint = Blueprint("pages", __name__)

for _desk in (public, session):
    _desk.register(blueprint)


def init_app(app: Flask) -> None:
    """Register every page."""
    frame.init_app(app)
    app.register_blueprint(blueprint)
