"""`python -m tests.servers`: have all that the tests need on this machine, or say what is missing."""

from __future__ import annotations

import sys

from tests.servers import debian, elasticsearch
from tests.servers.process import MissingServer


def main() -> int:
    """Install and fetch what is missing; 1 when something cannot be had."""
    try:
        sys.stdout.write(f"Elasticsearch: {elasticsearch.assembled()}\nChromium: {debian.chromium()}\n")
    except MissingServer as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
