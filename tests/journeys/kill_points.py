"""The house with a trap in it: the process kills itself just before or just after a commit, once per trap.

A trap is a file in the folder of TRAPS, `before` or `after`; the commit that finds it takes it away and is the last
thing that this process does. As a program it runs one of the rounds; as a module it is gunicorn's application.

    python -m tests.journeys.kill_points relay_round
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

from hotline import rounds


def _sprung(when: str) -> None:
    try:
        (Path(os.environ["TRAPS"]) / when).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def lay() -> None:
    """Put the trap around every commit of this process."""
    commit = DefaultDialect.do_commit

    def trapped(dialect: DefaultDialect, connection: Any) -> None:
        _sprung("before")
        commit(dialect, connection)  # type: ignore[no-untyped-call]
        _sprung("after")

    DefaultDialect.do_commit = trapped  # type: ignore[method-assign]


def app(*arguments: Any) -> Any:
    """The house's own application, behind the trap."""
    return _wsgi()(*arguments)


def _wsgi() -> Any:
    from wsgi import app as application

    return application


lay()

if __name__ == "__main__":
    {"relay_round": rounds.relay_round, "sweep_round": rounds.sweep_round, "seal_round": rounds.seal_round}[
        sys.argv[1]
    ]()
