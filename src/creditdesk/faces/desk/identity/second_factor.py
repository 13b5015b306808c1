"""The second factor: codes are counted and used once, secrets are kept encrypted."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import date

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from creditdesk.controls import queries as controls
from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.faces.desk.identity import visitors
from creditdesk.plumbing import encrypting

SHOWN_IN_SESSION = "second_factor"
PURPOSE = "second factors"


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
        return encrypting.encrypted(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret; in place of one unreadable a random one, so that no code is right."""
        found = encrypting.decrypted(encrypted_text, purpose=PURPOSE)
        return base64.b32encode(secrets.token_bytes(20)).decode() if found is None else found

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


@dataclass(frozen=True, slots=True)
class Standing:
    """How the reader stands: whether a second factor is owed now, or must be set up by a day."""

    is_owed: bool = False
    set_up_until: date | None = None


def is_required(user_id: int) -> bool:
    """Whether the installation, or a company of this user, requires a second factor of them."""
    found = controls.factor_of(user_id)
    return (
        found is not None
        and found.due(settings.SECOND_FACTOR, controls.machine_today()) is not None
    )


def is_owed(request: HttpRequest) -> bool:
    """Whether the signed-in reader must show a second factor before seeing anything else."""
    return standing(request).is_owed


def standing(request: HttpRequest) -> Standing:
    """Return how the reader stands today by the strictest of installation and companies.

    What is remembered of a session counts only while the person still has a factor.
    """
    found = controls.factor_of(visitors.reader_id(request))
    today = controls.machine_today()
    due = found.due(settings.SECOND_FACTOR, today) if found else None
    if found is None or due is None or _came_by_provider(request):
        return Standing()
    if found.has_factor:
        return Standing(is_owed=not _has_shown(request))
    if due.is_overdue(today):
        return Standing(is_owed=True)
    return Standing(set_up_until=due.until)


def _came_by_provider(request: HttpRequest) -> bool:
    """Whether the reader came in through a provider that is told to ask for its own."""
    records = get_authentication_records(request, request.user)
    return settings.OIDC_SECOND_FACTOR and any(one["method"] == "socialaccount" for one in records)


def _has_shown(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    shown = any(one["method"] == "mfa" for one in records)
    return shown or bool(request.session.get(SHOWN_IN_SESSION))


def mark_shown(request: HttpRequest) -> None:
    """Remember for this session that a second factor was set up in it."""
    request.session[SHOWN_IN_SESSION] = True
