"""How allauth signs people in here: our lock-out, our journal, our words."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.faces.desk.identity import asking, visitors

# What allauth has to say, in our words; what is not here is not said.
SAID: Final = {
    "account/messages/password_changed.txt": gettext_noop(
        "Your password was changed. Every other session has ended."
    ),
    "mfa/messages/totp_activated.txt": gettext_noop("The authenticator app is your second factor."),
    "mfa/messages/totp_deactivated.txt": gettext_noop("The authenticator app was removed."),
    "mfa/messages/webauthn_added.txt": gettext_noop("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": gettext_noop("The passkey was removed."),
    "mfa/messages/recovery_codes_generated.txt": gettext_noop(
        "There are new recovery codes; older ones no longer count."
    ),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in by name and password; nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy(
            "Please enter a correct username and password. Note that both fields may be"
            " case-sensitive."
        ),
        "incorrect_password": gettext_lazy("That is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's own
        """Say that users are added by administrators."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether the address is on this very host."""
        request = context.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:  # noqa: ANN401
        """Return the user whose password it is; the try is counted before it is looked at."""
        who = visitors.visitor(request, str(credentials.get("username", "")))
        visitors.charge(request, "password", who)
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is None:
            identity.note("wrong", "password", who)
        else:
            identity.admit("password", who)
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401
        """Leave allauth's own counting out: ours came first."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Open the session under a new key, and say how it was opened."""
        identity.forget_expired_sessions(at=queries.machine_now())
        super().login(request, user)
        records = get_authentication_records(request, user)
        means = " + ".join(str(one.get("type", one["method"])) for one in records)
        identity.note(
            "signed_in", "session", visitors.visitor(request, user.get_username()), detail=means
        )

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Send somebody locked back to the door, saying so only now that the secret was right."""
        identity.note("refused", "locked", visitors.visitor(request, user.get_username()))
        messages.error(request, gettext("This user is locked. Ask whoever looks after users."))
        return HttpResponseRedirect(reverse("login"))

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:  # noqa: ANN401, ARG002
        """Whether the last proof of who is there has grown old."""
        return not asking.is_fresh(context.request)

    def get_reauthentication_methods(self, user: AbstractBaseUser) -> list[dict[str, Any]]:
        """Return the ways to prove who is there; the provider for whoever comes in through it."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if settings.SOCIALACCOUNT_PROVIDERS and SocialAccount.objects.filter(user=user).exists():
            url = reverse("again-provider")
            ways.append({"id": "provider", "description": settings.OIDC_NAME, "url": url})
        return ways

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002 - allauth's own
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say it in our words, or not at all."""
        said = message or SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, gettext(said), extra_tags=extra_tags)
