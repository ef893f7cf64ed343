"""A small load client for where there is no wrk, in a process of its own: ADDRESS FILE SECONDS CONNECTIONS."""

from __future__ import annotations

import secrets
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit


def main(address: str, file: str, seconds: str, connections: str) -> None:
    """Ask until the time is over and print the rate in wrk's words."""
    lines = [line.split("\t", 1) for line in Path(file).read_text("utf-8").splitlines()]
    until = time.monotonic() + float(seconds)
    counts = [[0, 0] for _ in range(int(connections))]
    threads = [threading.Thread(target=_ask, args=(address, lines, until, count)) for count in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"Requests/sec: {sum(done for done, _ in counts) / float(seconds):.1f}")
    if refused := sum(bad for _, bad in counts):
        print(f"Non-2xx or 3xx responses: {refused}")


def _ask(address: str, lines: list[list[str]], until: float, count: list[int]) -> None:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=20)
    number = secrets.randbelow(10**6) * 10**6
    while time.monotonic() < until:
        number += 1
        path, body = (text.replace("{n}", str(number)) for text in lines[number % len(lines)])
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"bench-{number}"} if body else {}
        connection.request("POST" if body else "GET", path, body.encode() or None, headers)
        answer = connection.getresponse()
        answer.read()
        count[0] += 1
        count[1] += answer.status >= 400


if __name__ == "__main__":
    main(*sys.argv[1:])
