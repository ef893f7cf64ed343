"""What a browser keeps for us between two pages: closed with the data key, so that a cookie's bytes say nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

from flask import session

from hotline import vault


def keep(name: str, values: dict[str, Any]) -> None:
    """Keep values in the browser's session; they end with it, after some idle minutes."""
    session.permanent = True
    session[name] = base64.urlsafe_b64encode(vault.encrypt(json.dumps(values), f"kept:{name}")).decode()


def kept(name: str) -> dict[str, Any] | None:
    """What was kept under this name, or None."""
    try:
        values: dict[str, Any] = json.loads(vault.decrypt(base64.urlsafe_b64decode(session[name]), f"kept:{name}"))
    except (KeyError, ValueError, vault.WrongKey):
        return None
    return values


def drop(name: str) -> None:
    """Forget it."""
    session.pop(name, None)
