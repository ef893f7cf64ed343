"""The pages: server-rendered, usable without JavaScript. Each file is a desk; the views only gather and hand on."""

from __future__ import annotations

from flask import Blueprint, Flask

from api.pages import public

blueprint = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Register every page."""
    public.register(blueprint)
    app.register_blueprint(blueprint)
