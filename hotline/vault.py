"""Personal data at rest: encrypted (AES-256-GCM), looked up by HMAC, committed to with a salt.

Keys are derived from HOTLINE_DATA_KEY; a stored value names its key, so old keys in HOTLINE_OLD_DATA_KEYS still
open what they closed while everything new is closed with the present one. Fingerprints cannot be made again without
the text, so they stay with the oldest key: after a rotation citizens' codes and phones are still found.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.settings import settings

CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 13
"""13 characters of 5 random bits: 65 bits, without the letters that are misheard or misread (I L O U)."""


class WrongKey(Exception):
    """A stored value was closed with a key that this process does not have, or it was altered."""


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, purpose.encode(), hashlib.sha256)


@cache
def _ring() -> dict[bytes, AESGCM]:
    """Key id (4 bytes) → cipher; the first is the present key."""
    keys = (settings().data_key, *settings().old_data_keys)
    return {_derived(key, "id")[:4]: AESGCM(_derived(key, "encrypt")) for key in keys}


@cache
def _digest_key() -> bytes:
    return _derived((settings().data_key, *settings().old_data_keys)[-1], "digest")


def encrypt(text: str, context: str) -> bytes:
    """Close `text`; it opens only with the same `context` (such as phone:17), so rows cannot be swapped."""
    return encrypt_bytes(text.encode(), context)


def decrypt(closed: bytes, context: str) -> str:
    """Open what `encrypt` closed. Raises WrongKey."""
    return decrypt_bytes(closed, context).decode()


def encrypt_bytes(content: bytes, context: str) -> bytes:
    """As `encrypt`, for a file's content."""
    key_id, cipher = next(iter(_ring().items()))
    nonce = secrets.token_bytes(12)
    return key_id + nonce + cipher.encrypt(nonce, content, context.encode())


def decrypt_bytes(closed: bytes, context: str) -> bytes:
    """Open what `encrypt_bytes` closed. Raises WrongKey."""
    cipher = _ring().get(closed[:4])
    if cipher is None:
        raise WrongKey(f"no key for {context}")
    try:
        return cipher.decrypt(closed[4:16], closed[16:], context.encode())
    except Exception as error:
        raise WrongKey(context) from error


def digest(text: str, purpose: str) -> str:
    """A keyed fingerprint (64 hex digits) to find equal values by; the purpose keeps columns apart."""
    return hmac.new(_digest_key(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


def commitment(salt: str, field: str, text: str) -> str:
    """What an event holds in place of personal data: a hash that says nothing once the salt is erased."""
    return hashlib.sha256(f"{salt}|{field}|{text}".encode()).hexdigest()


def new_salt() -> str:
    """128 random bits as hex."""
    return secrets.token_hex(16)


def new_query_code() -> str:
    """The code a citizen comes back with: 65 random bits in 13 characters."""
    bits = secrets.randbits(CODE_LENGTH * 5)
    return "".join(CODE_ALPHABET[(bits >> (5 * place)) & 31] for place in range(CODE_LENGTH))


def clean_query_code(said: str) -> str:
    """A code as a person typed or read it out: case, spaces, dashes and the misread letters put right."""
    text = said.upper().translate(str.maketrans("OIL", "011", "- "))
    return text if len(text) == CODE_LENGTH and set(text) <= set(CODE_ALPHABET) else ""


def new_token() -> str:
    """An opaque token for a machine or a browser: 256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """How a token is kept. It has enough randomness of its own to need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def forget() -> None:
    """Drop the cached keys (a test changed the settings)."""
    _ring.cache_clear()
    _digest_key.cache_clear()
