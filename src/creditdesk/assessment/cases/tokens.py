"""The address of what somebody is asked: its key signed, so that nobody can make one up."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer

SALT: Final = "creditdesk.assessment.ask"
TOKEN_LENGTH_MAX: Final = 200


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


def token_of(key: str) -> str:
    """Return the token that stands in an address."""
    return _signer().sign(key)


def key_of(token: str) -> str:
    """Return the key of a token signed here, by this secret key or an earlier one; "" otherwise."""
    if len(token) > TOKEN_LENGTH_MAX:
        return ""
    try:
        return _signer().unsign(token)
    except BadSignature:
        return ""


def address_of(key: str) -> str:
    """Return where somebody answers what they are asked."""
    return f"{settings.PUBLIC_URL}/apply/{token_of(key)}/"
