"""Secrets kept encrypted under the installation's secret key, each purpose under a key of its own.

Whoever reads the database, or a backup of it, without the secret key reads none of them.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def encrypted(text: str, *, purpose: str) -> str:
    """Return a secret as it is stored."""
    return _box(purpose).encrypt(text.encode()).decode()


def decrypted(stored: str, *, purpose: str) -> str | None:
    """Return a stored secret; nothing where no key that is known encrypted it."""
    try:
        return _box(purpose).decrypt(stored.encode()).decode()
    except InvalidToken:
        return None


def _box(purpose: str) -> MultiFernet:
    """Return what encrypts with the secret key, and reads what older ones encrypted."""
    keys: list[str] = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"{purpose}: {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in digests])
