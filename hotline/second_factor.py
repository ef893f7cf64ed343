"""The second factor: six digits that a phone's authenticator shows for 30 seconds (TOTP, RFC 6238, SHA-1).

Pure: secrets and times in, digits and steps out. What was used, and how often somebody failed, staff.py keeps. The
few lines are our own because it must be known which step matched, and libraries only say whether one did.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD = 30
DIGITS = 6
SECRET_BYTES = 20
DRIFT = 1
"""So many steps a phone's clock may be early or late."""


def new_secret() -> str:
    """160 random bits, as long as the hash (RFC 4226 section 4), in base32 as authenticators want them."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(at: datetime) -> int:
    """The number of the half minute that `at` lies in, counted from 1970."""
    return int(at.timestamp()) // PERIOD


def code_of(secret: str, step: int) -> str:
    """The digits of one step (RFC 4226 section 5.3, RFC 6238 section 4)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def matching_step(secret: str, code: str, at: datetime, used: int) -> int | None:
    """The step after `used` that `code` belongs to, at most DRIFT from `at`; None when there is none.

    Every step is compared, each in constant time. A step once used, and any before it, is refused (section 5.2).
    """
    steps = range(step_at(at) - DRIFT, step_at(at) + DRIFT + 1)
    matching = [step for step in steps if hmac.compare_digest(code_of(secret, step).encode(), code.encode())]
    return next((step for step in matching if step > used), None)


def clean_code(said: str) -> str:
    """The digits as a person typed them: full-width ones of a Chinese keyboard made plain, spaces and dashes out."""
    return "".join(unicodedata.normalize("NFKC", said).replace("-", " ").split())


def is_code(text: str) -> bool:
    """True for six plain digits."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def address(secret: str, issuer: str, login: str) -> str:
    """The otpauth:// address that an authenticator reads the secret from."""
    asked = {"secret": secret, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": PERIOD}
    return f"otpauth://totp/{quote(issuer, safe='')}:{quote(login, safe='')}?{urlencode(asked, quote_via=quote)}"


def in_fours(secret: str) -> str:
    """The secret in groups of four, to be typed by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
