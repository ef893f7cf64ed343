"""Rates of requests per address and per code; counted in Redis when there is one, else in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, RateLimitItemPerMinute, parse, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests, Unauthorized

from api.auth import asker
from hotline import vault
from hotline.errors import NotFound
from hotline.settings import settings

limiter = Limiter(key_func=get_remote_address)

FAILURES_PER_CODE = "20 per day"
"""Wrong tries on one code or number, from wherever they come: its 10,000 tails take 500 days to sweep through."""

_ONCE = RateLimitItemPerMinute(1, 10)
_FAILURES = parse(FAILURES_PER_CODE)
NOT_FOUND = 404
_AWAY_SECONDS = 5.0
_here = FixedWindowRateLimiter(MemoryStorage())
View = TypeVar("View", bound=Callable[..., Any])


class Counts:
    """Counts in the limiter's store; while that is away this process counts by itself, and asks again in seconds."""

    def __init__(self) -> None:
        """The store is there until it is not."""
        self.ask_again = 0.0

    def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one; False when there had been too many."""
        return bool(self._on_store(lambda store: store.hit(item, *key)))

    def free(self, item: RateLimitItem, *key: str) -> bool:
        """True while one more may be counted."""
        return bool(self._on_store(lambda store: store.test(item, *key)))

    def wait(self, item: RateLimitItem, *key: str) -> int:
        """Seconds until the window is over."""
        return max(
            int(self._on_store(lambda store: store.get_window_stats(item, *key)).reset_time - time.time()) + 1, 1
        )

    def _on_store(self, ask: Callable[[RateLimiter], Any]) -> Any:
        if time.monotonic() >= self.ask_again:
            try:
                return ask(limiter.limiter)
            except StorageError:
                self.ask_again = time.monotonic() + _AWAY_SECONDS
        return ask(_here)


counts = Counts()


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
    if response.status_code == 429:
        limit = limiter.current_limit
        wait = g.get("wait") or (int(limit.reset_at - time.time()) + 1 if limit else 60)
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


def per_address(view: View) -> View:
    """A view of one public ticket, so often per address; 429 beyond."""

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        address = get_remote_address()
        for item in _limits_of(query_limit()):
            if not counts.hit(item, "query", address):
                raise _too_many(item, "query", address)
        return view(*args, **kwargs)

    return cast(View, counted)


def per_code(view: View) -> View:
    """A view whose wrong tries (404) are counted under the code that was tried, from wherever they come."""

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        code = code_asked()
        if not counts.free(_FAILURES, "code", code):
            raise _too_many(_FAILURES, "code", code)
        try:
            answer = view(*args, **kwargs)
        except NotFound:
            counts.hit(_FAILURES, "code", code)
            raise
        if isinstance(answer, tuple) and answer[1] == NOT_FOUND:
            counts.hit(_FAILURES, "code", code)
        return answer

    return cast(View, counted)


@cache
def _limits_of(text: str) -> list[RateLimitItem]:
    return parse_many(text)


def _too_many(item: RateLimitItem, *key: str) -> TooManyRequests:
    g.wait = counts.wait(item, *key)
    return TooManyRequests()


def first_use(word: str) -> bool:
    """True the first time in ten minutes that `word` is used; with Redis away each process remembers by itself."""
    return counts.hit(_ONCE, "once", vault.digest(word, "once")[:32])
