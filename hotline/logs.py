"""Logs: one JSON object a line on standard error, ASCII only, so that no input can forge a line or colour a terminal.

Tracebacks are plain: local variables may hold a citizen's data and stay out.
"""

from __future__ import annotations

import sys

import structlog


def set_up() -> None:
    """Configure structlog for this process; safe to call twice."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
