"""Settings of online payment: where customers reach us, and the secrets of Stripe by company."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERY = ""  # stands for the one company of an installation


def by_company(name: str, prefix: str, given: str) -> dict[str, tuple[str, ...]]:
    """Return the secrets of each company: `code=secret`, or without a code that of the only one.

    Several secrets of one company stand beside each other while one takes over from the other.
    """
    found: dict[str, tuple[str, ...]] = {}
    for one in filter(None, (part.strip() for part in given.replace("\n", ",").split(","))):
        code, mark, secret = one.partition("=")
        company, told = (code.strip(), secret.strip()) if mark else (EVERY, code.strip())
        if not told.startswith(tuple(prefix.split("|"))):
            raise ImproperlyConfigured(f"{name} holds something that does not begin with {prefix}")
        found[company] = (*found.get(company, ()), told)
    return found


def address(name: str, given: str) -> str:
    """Return an address without a slash at its end; without TLS only on this machine."""
    parts = urlsplit(given)
    is_ours = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if given and not (is_ours or (parts.scheme == "https" and parts.hostname)):
        raise ImproperlyConfigured(f"{name} must begin with https://")
    return given.rstrip("/")


def of_company(secrets: Mapping[str, tuple[str, ...]], code: str) -> tuple[str, ...]:
    """Return the secrets of a company, its own or those of the only one; none otherwise."""
    return secrets.get(code) or secrets.get(EVERY, ())


def kept(given: str, file: str) -> str:
    """Return a secret as given, or from the file that holds it."""
    return Path(file).read_text(encoding="utf-8") if file else given


# Where customers reach this installation; links to pay are made of it.
PUBLIC_URL = address("CREDITDESK_PUBLIC_URL", os.environ.get("CREDITDESK_PUBLIC_URL", ""))
STRIPE_KEYS = by_company(
    "CREDITDESK_STRIPE_KEY",
    "sk_|rk_",
    kept(
        os.environ.get("CREDITDESK_STRIPE_KEY", ""),
        os.environ.get("CREDITDESK_STRIPE_KEY_FILE", ""),
    ),
)
STRIPE_WEBHOOK_SECRETS = by_company(
    "CREDITDESK_STRIPE_WEBHOOK_SECRET",
    "whsec_",
    kept(
        os.environ.get("CREDITDESK_STRIPE_WEBHOOK_SECRET", ""),
        os.environ.get("CREDITDESK_STRIPE_WEBHOOK_SECRET_FILE", ""),
    ),
)
STRIPE_API = address(
    "CREDITDESK_STRIPE_API", os.environ.get("CREDITDESK_STRIPE_API", "https://api.stripe.com")
)
# The address of Stripe's own pay pages: the only one a customer is ever sent on to.
STRIPE_CHECKOUT = address(
    "CREDITDESK_STRIPE_CHECKOUT",
    os.environ.get("CREDITDESK_STRIPE_CHECKOUT", "https://checkout.stripe.com"),
)
