"""Rates of requests per address and per code; counted in Redis when there is one, else in this process."""

from __future__ import annotations

import time

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import Unauthorized

from api.auth import asker
from hotline import vault
from hotline.settings import settings

limiter = Limiter(key_func=get_remote_address)

FAILURES_PER_CODE = "20 per day"
"""Wrong tries on one code or number, from wherever they come: its 10,000 tails take 500 days to sweep through."""

_ONCE = RateLimitItemPerMinute(1, 10)
_here = FixedWindowRateLimiter(MemoryStorage())


def init_app(app: Flask) -> None:
    """Count in the Redis of the settings; when it is away, each process counts by itself meanwhile."""
    redis = settings().redis_url
    options = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "wrap_exceptions": True}
    app.config.update(
        RATELIMIT_STORAGE_URI=redis or "memory://",
        RATELIMIT_STORAGE_OPTIONS=options if redis else {},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(redis),
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_HEADERS_ENABLED=False,
    )
    limiter.init_app(app)
    app.after_request(_say_when)


def _say_when(response: Response) -> Response:
    if response.status_code == 429 and limiter.current_limit:
        wait = int(limiter.current_limit.reset_at - time.time()) + 1
        response.headers["Retry-After"] = str(max(wait, 1))
    return response


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
    """True for staff and machines, who are not counted; a wrong token is counted as nobody's."""
    try:
        return asker() is not None
    except Unauthorized:
        return False


def code_asked() -> str:
    """The key that tries on one query code are counted under; the code itself stays out of the store."""
    code = str((request.view_args or {}).get("query_code") or request.form.get("code", ""))
    return vault.digest(vault.clean_query_code(code) or code.strip(), "tries")[:32]


def not_found(response: Response) -> bool:
    """True for a wrong try."""
    return response.status_code == 404


per_address = limiter.shared_limit(query_limit, scope="query")
per_code = limiter.shared_limit(FAILURES_PER_CODE, scope="code", key_func=code_asked, deduct_when=not_found)


def first_use(word: str) -> bool:
    """True the first time in ten minutes that `word` is used; with Redis away each process remembers by itself."""
    key = vault.digest(word, "once")[:32]
    try:
        return limiter.limiter.hit(_ONCE, "once", key)
    except StorageError:
        return _here.hit(_ONCE, "once", key)
