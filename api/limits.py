"""Rates of requests per address; counted in Redis when there is one, else in this process."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from api.auth import asker
from hotline.settings import settings

limiter = Limiter(key_func=get_remote_address)


def init_app(app: Flask) -> None:
    """Count in the Redis of the settings; when it is away, each process counts by itself meanwhile."""
    app.config.update(
        RATELIMIT_STORAGE_URI=settings().redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
        if settings().redis_url
        else {},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings().redis_url),
        RATELIMIT_HEADERS_ENABLED=False,
    )
    limiter.init_app(app)


def intake_limit() -> str:
    """How often one address may write to the hotline."""
    return settings().intake_limit


def query_limit() -> str:
    """How often one address may ask for a status."""
    return settings().query_limit


def login_limit() -> str:
    """How often one address may try to sign in."""
    return settings().login_limit


def is_known() -> bool:
    """True for staff and machines, who are not counted."""
    return asker() is not None
