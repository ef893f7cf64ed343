"""Load from outside: wrk with 8 connections on the same processors, or a small client of ours where it is not had."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.figures import say
from tests.servers import debian
from tests.servers.process import MissingServer

CONNECTIONS = 8
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Request:
    """`{n}` in path or body is put in anew, a number that no other request has; a body makes it a POST."""

    path: str
    body: str = ""


@cache
def tool() -> str:
    """wrk's path, or "" where it cannot be had; says which it is."""
    if not shutil.which("wrk"):
        try:
            debian.install("The load comes from wrk", "wrk")
        except MissingServer as missing:
            say(f"{missing}; a client of our own takes its place")
    found = shutil.which("wrk") or ""
    say(f"load by {found or 'our own client'}, {CONNECTIONS} connections")
    return found


def requests_per_second(address: str, requests: Sequence[Request], seconds: float) -> float:
    """The rate at which `address` answers `requests`, again and again. Raises RuntimeError when one is refused."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(f"{request.path}\t{request.body}\n" for request in requests)
        file.flush()
        said = _run(address, file.name, seconds)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None or refused:
        raise RuntimeError(f"{address}: {said}")
    return float(rate[1])


def _run(address: str, file: str, seconds: float) -> str:
    ours = [sys.executable, "-m", "bench.client", address, file, str(seconds), str(CONNECTIONS)]
    script = ["-s", str(HERE / "load.lua"), address, "--", file]
    wrk = [tool(), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", *script]
    command = wrk if tool() else ours
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def post(path: str, **fields: object) -> Request:
    """A POST of JSON."""
    return Request(path, json.dumps(fields, ensure_ascii=False))
