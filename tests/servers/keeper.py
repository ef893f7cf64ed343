"""The keeper: one process per run that starts servers on demand and stops them when the run ends.

It lives as long as its standard input is open. The run holds the other end, so when the run is killed, even
by SIGKILL, the keeper reads the end of its input, stops the servers and removes the folder. Workers of
pytest-xdist find it through the environment, so a server is started once per run.

A call is one JSON line over a Unix socket: {"do": "start", "name": "redis", "key": "redis"} → {"url": "redis://…"}.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from pathlib import Path
from typing import IO

from tests.servers.process import MissingServer, Server

VARIABLE = "TEST_SERVERS"


class Servers:
    """The servers of one run by key; safe to call from many threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, Server] = {}
        self.failed: dict[str, str] = {}
        self.locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def do(self, act: str, name: str, key: str) -> str:
        """Carry out start, stop or kill on the server `key`; its address. Raises MissingServer."""
        with self.locks[key]:
            if act == "start":
                return self._started(name, key).url
            server = self.kept[key]
            (server.stop if act == "stop" else server.kill)()
            return server.url

    def _started(self, name: str, key: str) -> Server:
        from tests.servers import STARTERS

        if key in self.failed:
            raise MissingServer(self.failed[key])  # said again at once, not tried again for each test
        try:
            if key not in self.kept:
                folder = self.folder / key
                folder.mkdir(mode=0o755)
                self.kept[key] = STARTERS[name](folder)
            if self.kept[key].process is None:
                self.kept[key].start()
        except MissingServer as missing:
            self.failed[key] = str(missing)
            raise
        return self.kept[key]

    def end(self) -> None:
        """Stop all; nothing in them outlives the run."""
        for server in list(self.kept.values()):
            server.kill()


class _Call(socketserver.StreamRequestHandler):
    server: _Listener

    def handle(self) -> None:
        """Answer one call; whatever goes wrong, the one who asked hears of it."""
        call = json.loads(self.rfile.readline())
        try:
            answer = {"url": self.server.servers.do(call["do"], call["name"], call["key"])}
        except MissingServer as missing:
            answer = {"error": str(missing)}
        except (OSError, KeyError, subprocess.SubprocessError) as error:
            answer = {"error": f"{call['name']}: {error!r}"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Listener(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, address: Path, servers: Servers) -> None:
        super().__init__(str(address), _Call)
        self.servers = servers


def main() -> None:
    """Serve until standard input ends, then stop everything and leave nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-tests-"))
    folder.chmod(0o711)  # PostgreSQL's own user must be able to walk in
    servers = Servers(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with _Listener(folder / "keeper", servers) as listener:
            threading.Thread(target=listener.serve_forever, daemon=True).start()
            print(folder / "keeper", flush=True)  # noqa: T201
            sys.stdin.read()
            listener.shutdown()
    finally:
        servers.end()
        shutil.rmtree(folder, ignore_errors=True)


class Keeper:
    """The run's side: starts the keeper process, and ends it."""

    def __init__(self) -> None:
        root = Path(__file__).resolve().parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.keeper"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        os.environ[VARIABLE] = self.address

    def end(self) -> None:
        """Stop the servers and wait until they are gone."""
        pipes: list[IO[str] | None] = [self.process.stdin, self.process.stdout]
        for pipe in pipes:
            if pipe is not None:
                pipe.close()
        self.process.wait(300)


def call(act: str, name: str, key: str = "") -> str:
    """Ask this run's keeper to start, stop or kill a server; its address. Raises MissingServer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ[VARIABLE])
        with connection.makefile("rwb") as stream:
            stream.write(json.dumps({"do": act, "name": name, "key": key or name}).encode() + b"\n")
            stream.flush()
            answer = json.loads(stream.readline())
    if "error" in answer:
        raise MissingServer(answer["error"])
    return str(answer["url"])


if __name__ == "__main__":
    main()
