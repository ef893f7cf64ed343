"""Run a module as a program that ends when its parent does, however the parent ended.

    python -m hotline.leash gunicorn wsgi:app …

The parent holds the other end of our standard input and never writes to it. When it dies, even by SIGKILL, the input
ends, and we stop as if asked to; so no orphan keeps the port or the database.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _stop_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
