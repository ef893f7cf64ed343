"""A client of the intake, a process of its own: it posts messages, tries again with the same key until each has
its 201, and keeps a ledger of what it was promised.

    python -m tests.journeys.client ADDRESS TOKEN LEDGER PREFIX

Each line of its input is a number: post as many messages more; when all have their 201 it answers with a line.
A line of the ledger: {"key", "number", "seconds", "statuses"}, the seconds of the slowest single answer, and the
statuses of all tries, 0 where there was no answer. Standard library only: it knows nothing of the house.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

THREADS = 8
ANSWER_SECONDS = 30
GIVE_UP_SECONDS = 120
MATTERS = (
    "乌当区羊昌镇到新场镇的路上坑洼很多，第{}处最深，请修补。",
    "南明区花果园小区停水已经两天了，第{}栋高层都没有水。",
    "想问一下贵阳人社通能不能办异地就医备案，第{}次打不开。",
    "云岩区中华北路夜里施工太吵，第{}天了，孩子睡不着。",
    "您好，第{}次来电，想反映一件事。",
)


def message(number: int) -> dict[str, str]:
    """The text of a message: no two alike."""
    return {"content": MATTERS[number % len(MATTERS)].format(number), "phone": f"138{number:08d}", "name": "王女士"}


class Client:
    """Posts message after message; `ledger` has a line for each 201, written before the next one is sent."""

    def __init__(self, address: str, token: str, ledger: Path, prefix: str) -> None:
        host, _, port = address.rpartition("/")[2].partition(":")
        self.host, self.port, self.token, self.prefix = host, int(port), token, prefix
        self.ledger = ledger.open("a", encoding="utf-8")
        self.writing = threading.Lock()
        self.kept = threading.local()

    def post(self, number: int) -> None:
        """Post message `number` until there is a 201. Anything but no answer, 201 and 5xx ends the client."""
        key, tries, slowest, opened = f"{self.prefix}{number}", [], 0.0, None
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while opened is None:
            begun = time.monotonic()
            status, body = self._try(key, json.dumps(message(number)).encode())
            slowest = max(slowest, time.monotonic() - begun)
            tries.append(status)
            if status == 201:
                opened = body["number"]
            elif status and status < 500:
                raise SystemExit(f"{key}: {status} {body}")
            elif time.monotonic() > deadline:
                raise SystemExit(f"{key}: no 201 within {GIVE_UP_SECONDS} s: {tries[-20:]} {body}")
            else:
                time.sleep(0.1)
        line = {"key": key, "number": opened, "seconds": round(slowest, 3), "statuses": tries}
        with self.writing:
            self.ledger.write(json.dumps(line) + "\n")
            self.ledger.flush()

    def _try(self, key: str, body: bytes) -> tuple[int, Any]:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection = self._connection()
            connection.request("POST", "/api/v1/intake/web", body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.kept.connection = None
            return 0, repr(error)
        if answer.headers.get_content_type() not in ("application/json", "application/problem+json"):
            raise SystemExit(f"{key}: {answer.status} is not JSON: {text[:200]!r}")
        return answer.status, json.loads(text)

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self.kept, "connection", None) is None:
            self.kept.connection = http.client.HTTPConnection(self.host, self.port, timeout=ANSWER_SECONDS)
        connection: http.client.HTTPConnection = self.kept.connection
        return connection


def main(address: str, token: str, ledger: str, prefix: str) -> None:
    """Serve the orders of standard input until it ends."""
    client, done = Client(address, token, Path(ledger), prefix), 0
    with ThreadPoolExecutor(THREADS) as pool:
        for order in orders():
            for posted in [pool.submit(client.post, number) for number in range(done, done + order)]:
                posted.result()
            done += order
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()


def orders() -> Iterator[int]:
    """The numbers on standard input, one a line."""
    return (int(line) for line in sys.stdin)


if __name__ == "__main__":
    main(*sys.argv[1:])
