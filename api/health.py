"""Alive and ready: for the load balancer and docker-compose."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.auth import public
from hotline import db
from hotline.knowledge import knowledge


@public
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@public
def readyz() -> tuple[dict[str, Any], int]:
    """The database answers and is seeded. The index and Redis may be away: intake goes on without them."""
    with db.reading() as reader:
        reader.execute(text("SELECT 1"))
        try:
            knowledge(reader)
        except LookupError:
            return {"status": "empty"}, 503
    return {"status": "ready"}, 200


def warm() -> None:
    """Read the tables before the first request, which would else wait for it; a house without them serves as well.

    The connections are let go of, so that a process forked from here opens its own.
    """
    with suppress(SQLAlchemyError, LookupError), db.reading() as reader:
        knowledge(reader)
    db.engine().dispose()


def init_app(app: Flask) -> None:
    """Register both."""
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
