"""Whether what came in was signed by the provider, and lately. Pure.

Source: https://docs.stripe.com/webhooks, scheme v1: HMAC-SHA256 of "timestamp.body".
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

TOLERANCE_SECONDS: Final = 300
HEADER_LENGTH_MAX: Final = 2_000
_SCHEME: Final = "v1"
_DIGITS_MAX: Final = 12


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """Return the signature of a body at a moment, in seconds since 1970."""
    return hmac.new(secret.encode(), b"%d." % timestamp + body, sha256).hexdigest()


def fault(
    body: bytes,
    header: str,
    secrets: Iterable[str],
    *,
    now: int,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> str:
    """Return "" where one of the secrets signed this body within the tolerance; else a code."""
    timestamp, signatures = _parts(header)
    if timestamp is None or not signatures:
        return "signature_missing"
    known = [
        given
        for secret in secrets
        for given in signatures
        if hmac.compare_digest(signature(body, secret, timestamp).encode(), given)
    ]
    if not known:
        return "signature_wrong"
    if abs(now - timestamp) > tolerance_seconds:
        return "signature_too_old"
    return ""


def _parts(header: str) -> tuple[int | None, list[bytes]]:
    """Return moment and signatures of the scheme; several stand there while a secret changes."""
    if len(header) > HEADER_LENGTH_MAX:
        return None, []
    timestamp: int | None = None
    signatures: list[bytes] = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isascii() and value.isdecimal() and len(value) <= _DIGITS_MAX:
            timestamp = int(value)
        elif name == _SCHEME:
            signatures.append(value.encode("utf-8", "replace"))
    return timestamp, signatures
