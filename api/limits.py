"""Rates of requests per address and per code; counted in Redis when there is one, else in this process.

The counting is that of `limits`; its glue for Flask took a third of a status query's time, so the glue is ours.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, g, request
from limits import RateLimitItem, RateLimitItemPerMinute, WindowStats, parse, parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from werkzeug.exceptions import TooManyRequests, Unauthorized

from api.auth import asker
from hotline import vault
from hotline.errors import NotFound
from hotline.settings import settings

FAILURES_PER_CODE = "20 per day"
"""Wrong tries on one code or number, from wherever they come: its 10,000 tails take 500 days to sweep through."""

NOT_FOUND = 404
AWAY_SECONDS = 5.0
REDIS_OPTIONS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "wrap_exceptions": True}

_ONCE = RateLimitItemPerMinute(1, 10)
_FAILURES = parse(FAILURES_PER_CODE)
View = TypeVar("View", bound=Callable[..., Any])


class Windows:
    """Fixed windows in this process, with the three questions of `limits`; for threads, and without one of its own."""

    MOST = 100_000

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.windows: dict[str, tuple[int, float]] = {}
        self.lock = threading.Lock()

    def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one; False when there had been too many."""
        name, now = item.key_for(*key), time.time()
        with self.lock:
            count, ends = self._window(name, item, now)
            if len(self.windows) >= self.MOST:
                self.windows = {each: window for each, window in self.windows.items() if window[1] > now}
            self.windows[name] = (count + 1, ends)
        return count < item.amount

    def test(self, item: RateLimitItem, *key: str) -> bool:
        """True while one more may be counted."""
        return self._window(item.key_for(*key), item, time.time())[0] < item.amount

    def get_window_stats(self, item: RateLimitItem, *key: str) -> WindowStats:
        """When the window ends, and how many are left in it."""
        count, ends = self._window(item.key_for(*key), item, time.time())
        return WindowStats(ends, max(item.amount - count, 0))

    def _window(self, name: str, item: RateLimitItem, now: float) -> tuple[int, float]:
        """How many, and until when; a window that is over begins anew."""
        count, ends = self.windows.get(name, (0, 0.0))
        return (count, ends) if ends > now else (0, now + item.get_expiry())


class Limiter:
    """Counts in Redis; while that is away, or there is none, this process counts by itself."""

    def __init__(self) -> None:
        """Count here until `use` names a Redis."""
        self.shared: RateLimiter | None = None
        self.here = Windows()
        self.ask_again = 0.0

    def use(self, redis_url: str) -> None:
        """Count in the Redis at this address from now on, or in this process when it is empty; begin at zero here."""
        self.reset()
        self.shared = FixedWindowRateLimiter(storage_from_string(redis_url, **REDIS_OPTIONS)) if redis_url else None

    def reset(self) -> None:
        """Forget what this process has counted."""
        self.here = Windows()

    def hit(self, item: RateLimitItem, *key: str) -> bool:
        """Count one; False when there had been too many."""
        return bool(self._ask(lambda counts: counts.hit(item, *key)))

    def free(self, item: RateLimitItem, *key: str) -> bool:
        """True while one more may be counted."""
        return bool(self._ask(lambda counts: counts.test(item, *key)))

    def check(self, item: RateLimitItem, *key: str, free: bool) -> None:
        """Raise 429, with the seconds until the window is over, unless `free`."""
        if not free:
            ends = self._ask(lambda counts: counts.get_window_stats(item, *key)).reset_time
            g.wait = max(int(ends - time.time()) + 1, 1)
            raise TooManyRequests

    def limit(self, limit: Callable[[], str], exempt_when: Callable[[], bool] | None = None) -> Callable[[View], View]:
        """A view that one address may ask for so often, together with all others under the same limit."""

        def decorate(view: View) -> View:
            @wraps(view)
            def counted(*args: Any, **kwargs: Any) -> Any:
                if exempt_when is None or not exempt_when():
                    key = (limit.__name__, request.remote_addr or "")
                    for item in _limits_of(limit()):
                        self.check(item, *key, free=self.hit(item, *key))
                return view(*args, **kwargs)

            return cast(View, counted)

        return decorate

    def _ask(self, ask: Callable[[RateLimiter | Windows], Any]) -> Any:
        if self.shared and time.monotonic() >= self.ask_again:
            try:
                return ask(self.shared)
            except StorageError:
                self.ask_again = time.monotonic() + AWAY_SECONDS
        return ask(self.here)


@cache
def _limits_of(text: str) -> list[RateLimitItem]:
    return parse_many(text)


limiter = Limiter()


def init_app(app: Flask) -> None:
    """Count in the Redis of the settings, and say with a 429 when to come back."""
    limiter.use(settings().redis_url)
    app.after_request(_say_when)


def _say_when(response: Response) -> Response:
    if response.status_code == TooManyRequests.code:
        response.headers["Retry-After"] = str(g.get("wait", 60))
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


per_address = limiter.limit(query_limit)
"""A view of one public ticket, so often per address."""


def per_code(view: View) -> View:
    """A view whose wrong tries (404) are counted under the code that was tried, from wherever they come."""

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        code = code_asked()
        limiter.check(_FAILURES, "code", code, free=limiter.free(_FAILURES, "code", code))
        try:
            answer = view(*args, **kwargs)
        except NotFound:
            limiter.hit(_FAILURES, "code", code)
            raise
        if isinstance(answer, tuple) and answer[1] == NOT_FOUND:
            limiter.hit(_FAILURES, "code", code)
        return answer

    return cast(View, counted)


def first_use(word: str) -> bool:
    """True the first time in ten minutes that `word` is used; with Redis away each process remembers by itself."""
    return limiter.hit(_ONCE, "once", vault.digest(word, "once")[:32])
