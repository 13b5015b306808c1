"""Settings of signing in: second factor, lock-out, sessions, and a company's OpenID provider."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from creditdesk.config.given import choice, number

PROVIDER = "company"  # the name of the OpenID provider in addresses
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _kept(given: str, file: str) -> str:
    """Return a secret as given, or from the file that holds it."""
    return Path(file).read_text(encoding="utf-8").strip() if file else given


def _issuer(given: str) -> str:
    """Return the provider's address; without TLS only on this machine."""
    parts = urlsplit(given)
    if given and parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise ImproperlyConfigured("CREDITDESK_OIDC_ISSUER must begin with https://")
    return given.rstrip("/")


def providers(issuer: str, client_id: str, secret: str, name: str) -> dict[str, Any]:
    """Return what allauth needs to know of the provider; nothing without one."""
    if not issuer:
        return {}
    app = {
        "provider_id": PROVIDER,
        "name": name,
        "client_id": client_id,
        "secret": secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app]}}


# Who must show a second factor: nobody, those whose roles reach far, everybody.
SECOND_FACTOR = choice("CREDITDESK_SECOND_FACTOR", "off", ("off", "privileged", "all"))
SIGN_IN_TRIES = number("CREDITDESK_SIGN_IN_TRIES", 5)
SIGN_IN_WAIT = timedelta(minutes=number("CREDITDESK_SIGN_IN_WAIT_MINUTES", 15))
SESSION_IDLE = timedelta(minutes=number("CREDITDESK_SESSION_IDLE_MINUTES", 120))
SESSION_COOKIE_AGE = number("CREDITDESK_SESSION_HOURS", 12) * 3600
ASK_AGAIN = timedelta(minutes=number("CREDITDESK_ASK_AGAIN_MINUTES", 15))

OIDC_ISSUER = _issuer(os.environ.get("CREDITDESK_OIDC_ISSUER", ""))
OIDC_NAME = os.environ.get("CREDITDESK_OIDC_NAME", "your company account")
OIDC_CREATE = os.environ.get("CREDITDESK_OIDC_CREATE") == "1"
OIDC_SECOND_FACTOR = os.environ.get("CREDITDESK_OIDC_SECOND_FACTOR") == "1"
OIDC_ROLES = os.environ.get("CREDITDESK_OIDC_ROLES", "")

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
ALLAUTH_TRUSTED_PROXY_COUNT = number("CREDITDESK_PROXIES", 0, at_least=0)
ACCOUNT_ADAPTER = "creditdesk.faces.desk.identity.account.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False  # the lock-out is ours: one table, every process (decision 0017)
MFA_RATE_LIMITS = False  # a passkey cannot be guessed, and an office signs in from one address
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(ASK_AGAIN.total_seconds())
MFA_ADAPTER = "creditdesk.faces.desk.identity.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "creditdesk.faces.desk.identity.second_factor.CodeForm",
    "reauthenticate": "creditdesk.faces.desk.identity.second_factor.CodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "creditdesk"
SOCIALACCOUNT_ADAPTER = "creditdesk.faces.desk.identity.provider.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = providers(
    OIDC_ISSUER,
    os.environ.get("CREDITDESK_OIDC_CLIENT_ID", ""),
    _kept(
        os.environ.get("CREDITDESK_OIDC_CLIENT_SECRET", ""),
        os.environ.get("CREDITDESK_OIDC_CLIENT_SECRET_FILE", ""),
    ),
    OIDC_NAME,
)
