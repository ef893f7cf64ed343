"""Real servers for the tests, with no container and nothing installed by hand.

`keeper` is one process per run that starts servers when they are first asked for and stops them when the run
ends, however it ends. `STARTERS` names the servers. Tests ask through the fixtures of conftest; bench holds a
`keeper.Keeper` of its own and asks by `keeper.call`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.servers import elasticsearch, postgres, redis
from tests.servers.process import Server

STARTERS: dict[str, Callable[[Path], Server]] = {
    "postgres": postgres.server,
    "redis": redis.server,
    "elasticsearch": elasticsearch.server,
}
"""Name → a function that makes the (not yet started) server in an empty folder."""
