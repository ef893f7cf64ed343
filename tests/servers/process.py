"""A server process on a free loopback port, to be stopped, killed and started again at the same address."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

READY_SECONDS = 90
STOP_SECONDS = 20


class MissingServer(Exception):
    """A server cannot be had on this machine; the message is one sentence that says what to do."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Server:
    """One server. `ready` tells whether it serves; `user` is given when the server refuses to run as root."""

    name: str
    url: str
    command: list[str]
    folder: Path
    ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    kill_signal: signal.Signals = signal.SIGKILL
    user: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves. Raises MissingServer with its last words when it does not."""
        with (self.folder / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal must reach the tests first
                user=self.user,
                extra_groups=None if self.user is None else [],
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + READY_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "output.log").read_text(errors="replace")[-2000:]
                self.kill()
                raise MissingServer(f"{self.name} did not start; its last words:\n{tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask it to stop and wait; after 20 seconds it is killed."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it at once, as a crash would: nothing is flushed."""
        self._end(self.kill_signal)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self._signal(how)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        self.process = None

    def _signal(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
