"""The address of a link: its key signed, so that nobody can make one up, whatever they read."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer

SALT = "creditdesk.payments.link"
TOKEN_LENGTH_MAX = 200


def _signer() -> Signer:
    return Signer(salt=SALT, sep=".")


def token_of(key: str) -> str:
    """Return the token that stands in a link's address."""
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
    """Return where a customer may pay."""
    return f"{settings.PUBLIC_URL}/pay/{token_of(key)}/"
