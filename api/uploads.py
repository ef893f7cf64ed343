"""Views that take files, and so a larger body than all others. Nobody's body is read before their right is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

from hotline.settings import settings

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Mark a view whose body may hold a file of the largest size beside the form."""
    marked: Any = view
    marked.takes_files = True
    return view


def _allow() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_files", False):
        request.max_content_length = current_app.config["MAX_CONTENT_LENGTH"] + settings().attachment_bytes


def init_app(app: Flask) -> None:
    """Before anything looks at the body."""
    app.before_request(_allow)
