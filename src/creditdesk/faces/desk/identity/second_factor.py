"""The second factor: codes are counted and used once, secrets are kept encrypted."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from creditdesk.controls.identity import queries, rules
from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.faces.desk.identity import visitors

SHOWN_IN_SESSION = "second_factor"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the shared secrets encrypted under the installation's secret key."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("That code is wrong, or was used before."),
        "cannot_delete_authenticator": gettext_lazy(
            "A second factor is required of you: add another before you remove the last."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return the secret as it is stored."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; in place of one unreadable a random one, so that no code is right."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        """Return the name under which an app lists the secret."""
        name: str = user.get_username()
        return name

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:  # noqa: A002, ARG002
        """Return a name for a new passkey: what it is made in, for most are of one device."""
        return visitors.in_words(context.request.headers.get("User-Agent", ""))

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether a required second factor is left without this one."""
        if not is_required(authenticator.user_id):
            return True
        found = queries.factors(authenticator.user_id)
        return (found.app_since is not None) + len(found.passkeys) > 1


def _box() -> MultiFernet:
    """Return what encrypts with the secret key, and reads what older ones encrypted."""
    keys: list[str] = [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"second factors: {key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in digests])


class _Counted:
    """A code is counted before it is looked at, whatever the address, and is good once."""

    user: AbstractUser
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code, if it is right."""
        request = context.request
        name = self.user.username
        # Counted by name alone: whoever tries codes has the password already.
        visitors.charge(request, "code", Visitor(name, None))
        who = visitors.visitor(request, name)
        try:
            code: str = super().clean_code()  # type: ignore[misc]
            is_app = self.authenticator.type == Authenticator.Type.TOTP
            if is_app and not identity.spend_code(who, code):
                raise SecondFactorAdapter().validation_error("incorrect_code")
        except ValidationError:
            identity.note("wrong", "code", who)
            raise
        identity.admit("code", Visitor(name, None))
        return code


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The code asked for after the password."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """The code asked for before something sensitive."""


def is_required(user_id: int) -> bool:
    """Whether the installation requires a second factor of this user."""
    if settings.SECOND_FACTOR == "off":
        return False
    return rules.is_second_factor_due(settings.SECOND_FACTOR, queries.roles_anywhere(user_id))


def is_owed(request: HttpRequest) -> bool:
    """Whether the signed-in reader must show a second factor before seeing anything else."""
    if settings.SECOND_FACTOR == "off" or request.session.get(SHOWN_IN_SESSION):
        return False
    records = get_authentication_records(request, request.user)
    if any(_is_second(one) for one in records):
        mark_shown(request)
        return False
    return is_required(visitors.reader_id(request))


def _is_second(record: dict[str, Any]) -> bool:
    by_provider = record["method"] == "socialaccount" and settings.OIDC_SECOND_FACTOR
    return record["method"] == "mfa" or by_provider


def mark_shown(request: HttpRequest) -> None:
    """Remember for this session that a second factor was shown or set up."""
    request.session[SHOWN_IN_SESSION] = True
