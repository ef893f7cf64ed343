"""Real processes of the house, each with its settings alone: started, watched, killed, and none left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with `settings` in place of all its HOTLINE_ variables."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    return ours | {"PYTHONUNBUFFERED": "1"} | dict(settings)


def run(settings: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """A Python program of the house, to its end."""
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False)


def eventually(true: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `true()`; fails by naming `what` did not happen."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    """The processes that `pid` has started and that still live."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def alive(pid: int) -> bool:
    """True for a process that still runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Program:
    """One long-running program; `start` again after a `kill` runs it anew, its output in one log."""

    def __init__(self, settings: Mapping[str, str], log: Path, *words: str) -> None:
        self.settings, self.log, self.words = settings, log, words
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id; it must have been started."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it in a session of its own, so that all of it can be ended at the end."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.words],
                cwd=ROOT,
                env=environment(self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> int:
        """Send the program itself a signal and wait for its end; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; its exit code."""
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """SIGKILL to all of its session, as when a machine goes away."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait(PATIENCE_SECONDS)

    def words_said(self) -> str:
        """All that it has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextmanager
def ended(*programs: Program) -> Iterator[None]:
    """None of them outlives the block."""
    try:
        yield
    finally:
        for program in programs:
            program.kill()
