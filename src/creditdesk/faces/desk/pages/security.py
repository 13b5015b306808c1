"""My security: password, second factor, recovery codes, sessions; and asking again who is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.account.internal.flows import reauthentication
from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.mfa.base.internal import flows as mfa_flows
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import flows as webauthn_flows
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.faces.desk.identity import asking, provider, second_factor, visitors
from creditdesk.faces.desk.identity.asking import asked_again
from creditdesk.faces.desk.identity.qr import qr_svg

# Where somebody who still owes a second factor may go.
OPEN_TO_OWING = frozenset(
    {
        "second-factor", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes",
        "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "logout",
        "account_logout", "again-provider", "openid_connect_callback",
    }
)  # fmt: skip


def _frame(request: HttpRequest) -> str:
    """Return the page around: the desk, or a bare one for who may not see the desk yet."""
    is_bare = not hasattr(request, "company") or second_factor.is_owed(request)
    return "desk/identity/bare.html" if is_bare else "desk/base.html"


class _Framed:
    """A page of the library in the frame of the desk."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
        """Add the frame."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**context, "frame": _frame(self.request)}


class _Sensitive(_Framed):
    """Such a page, shown only after a recent proof of who is there.

    The library asks by itself, but nobody who has neither password nor second factor here.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """Ask again first."""
        asking.require_fresh(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class _Asking(_Framed):
    """A page that asks again who is there."""

    is_second_factor = False

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Do what was kept, unless it belongs elsewhere; the secret was right."""
        self.prove(form)
        response = asking.resume(self.request, by_second_factor=self.is_second_factor)
        return response or HttpResponseRedirect(self.get_success_url())  # type: ignore[attr-defined]

    def prove(self, form: Any) -> None:  # noqa: ANN401 - allauth's own
        """Record the proof."""
        raise NotImplementedError


def _note(request: HttpRequest, event: str, what: str) -> None:
    who = visitors.visitor(request, request.user.get_username())
    identity.note(event, what, who)


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show everything about the reader's own way in."""
    user_id = visitors.reader_id(request)
    context = {
        "factors": queries.factors(user_id),
        "is_required": second_factor.is_required(user_id),
        "has_password": request.user.is_authenticated and request.user.has_usable_password(),
        "session_count": len(queries.sessions(user_id)),
        "door": [
            {"row": row, "agent": visitors.in_words(row.agent), "said": _said(row)}
            for row in queries.door(user_id, limit=12, with_steps=False)
        ],
    }
    return render(request, "desk/identity/overview.html", context)


def _said(row: queries.DoorRow) -> str:
    """Return what happened at the door as a sentence."""
    said = {
        "wrong": gettext("A wrong password, code or passkey"),
        "held": gettext("Held back after too many tries"),
        "signed_in": gettext("Signed in"),
        "signed_out": gettext("Signed out"),
        "expired": gettext("The session ended by itself"),
        "ended": gettext("Sessions were ended"),
        "password_set": gettext("The password was changed"),
        "factor_added": gettext("A second factor was added"),
        "factor_removed": gettext("A second factor was removed"),
        "factors_forgotten": gettext("Second factors were reset by an administrator"),
        "codes_made": gettext("New recovery codes were made"),
        "locked": gettext("Locked by an administrator"),
        "unlocked": gettext("Unlocked by an administrator"),
        "refused": gettext("Refused"),
        "added": gettext("Added"),
    }
    return said.get(row.event, row.event)


@require_safe
def owed(request: HttpRequest) -> HttpResponse:
    """Ask for a second factor of somebody who must have one; nothing else is shown meanwhile."""
    if not second_factor.is_owed(request):
        return HttpResponseRedirect(reverse("security"))
    return render(
        request,
        "desk/identity/owed.html",
        {
            "factors": queries.factors(visitors.reader_id(request)),
            "frame": "desk/identity/bare.html",
        },
    )


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where the reader is signed in."""
    rows = [
        {
            "row": row,
            "agent": visitors.in_words(row.agent),
            "is_this": row.key == request.session.session_key,
        }
        for row in queries.sessions(visitors.reader_id(request))
    ]
    rows.sort(key=lambda one: not one["is_this"])
    return render(request, "desk/identity/sessions.html", {"sessions": rows})


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the reader's own other sessions."""
    key = request.session.session_key
    count = identity.end_sessions(visitors.reader_id(request), only=[session_id], but=key)
    _note(request, "ended", "session")
    if count:
        messages.success(request, gettext("That session has ended."))
    return HttpResponseRedirect(reverse("sessions"), status=303)


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of the reader but this one."""
    key = request.session.session_key
    count = identity.end_sessions(visitors.reader_id(request), but=key)
    _note(request, "ended", "session")
    messages.success(request, gettext("Sessions ended elsewhere: %d.") % count)
    return HttpResponseRedirect(reverse("sessions"), status=303)


class Password(_Framed, PasswordChangeView):  # type: ignore[misc]
    """A new password; every other session ends."""

    template_name = "desk/identity/password.html"

    def get_default_success_url(self) -> str:
        """Return where to go afterwards."""
        return reverse("security")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401
        """Count the try before the old password is looked at, as at the door."""
        who = visitors.visitor(request, request.user.get_username())
        visitors.charge(request, "password", who)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Change it."""
        response: HttpResponse = super().form_valid(form)
        name = self.request.user.get_username()
        identity.admit("password", visitors.visitor(self.request, name))
        key = self.request.session.session_key
        identity.end_sessions(visitors.reader_id(self.request), but=key)
        _note(self.request, "password_set", "password")
        return response


class AddApp(_Sensitive, ActivateTOTPView):  # type: ignore[misc]
    """An authenticator app as second factor."""

    template_name = "desk/identity/app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
        """Draw the code to scan as an element of the page: no image is fetched, nothing inline."""
        context = super().get_context_data(**kwargs)
        secret = context["form"].secret
        groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        drawn = mark_safe(qr_svg(context["totp_url"]))  # noqa: S308 - our own figures alone
        return {**context, "qr": drawn, "secret_groups": groups}

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Keep it: the right code was shown."""
        who = visitors.visitor(self.request, self.request.user.get_username())
        identity.spend_code(who, form.cleaned_data["code"])
        response: HttpResponse = super().form_valid(form)
        second_factor.mark_shown(self.request)
        _note(self.request, "factor_added", "code")
        return response


class RemoveApp(_Sensitive, DeactivateTOTPView):  # type: ignore[misc]
    """Doing without the app."""

    template_name = "desk/identity/remove.html"
    extra_context = {"what": "app"}

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Forget it."""
        response: HttpResponse = super().form_valid(form)
        _note(self.request, "factor_removed", "code")
        return response


class AddPasskey(_Sensitive, AddWebAuthnView):  # type: ignore[misc]
    """A passkey or security key as second factor, or as the whole way in."""

    template_name = "desk/identity/passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Keep it: the browser proved that it holds the key."""
        response: HttpResponse = super().form_valid(form)
        second_factor.mark_shown(self.request)
        _note(self.request, "factor_added", "passkey")
        return response


class RenamePasskey(_Sensitive, EditWebAuthnView):  # type: ignore[misc]
    """Another name for a passkey."""

    template_name = "desk/identity/rename.html"


class RemovePasskey(_Sensitive, RemoveWebAuthnView):  # type: ignore[misc]
    """Doing without a passkey."""

    template_name = "desk/identity/remove.html"
    extra_context = {"what": "passkey"}

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Forget it, unless it is the last one of somebody who must have one."""
        adapter = second_factor.SecondFactorAdapter()
        if not adapter.can_delete_authenticator(self.get_object()):
            said = str(adapter.error_messages["cannot_delete_authenticator"])
            messages.error(self.request, said)
            return HttpResponseRedirect(reverse("security"))
        response: HttpResponse = super().form_valid(form)
        _note(self.request, "factor_removed", "passkey")
        return response


class Codes(_Sensitive, ViewRecoveryCodesView):  # type: ignore[misc]
    """Recovery codes, shown once."""

    template_name = "desk/identity/codes.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
        """Add the codes as a file that the page itself holds: there is no second showing."""
        context = super().get_context_data(**kwargs)
        lines = "\r\n".join(context["unused_codes"]) + "\r\n"
        return {**context, "file": f"data:text/plain;charset=utf-8,{quote(lines)}"}


class NewCodes(_Sensitive, GenerateRecoveryCodesView):  # type: ignore[misc]
    """New recovery codes in place of the old."""

    template_name = "desk/identity/new_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Make them."""
        response: HttpResponse = super().form_valid(form)
        _note(self.request, "codes_made", "code")
        return response


class Again(_Asking, ReauthenticateView):  # type: ignore[misc]
    """The password once more, before something sensitive."""

    template_name = "desk/identity/again.html"
    extra_context = {"by": "password"}

    def prove(self, form: Any) -> None:  # noqa: ANN401, ARG002 - allauth's own
        """Record the proof."""
        reauthentication.reauthenticate_by_password(self.request)


class AgainByCode(_Asking, CodeReauthenticateView):  # type: ignore[misc]
    """A code once more."""

    template_name = "desk/identity/again.html"
    extra_context = {"by": "code"}
    is_second_factor = True

    def prove(self, form: Any) -> None:  # noqa: ANN401 - allauth's own
        """Record the proof."""
        mfa_flows.post_authentication(self.request, form.authenticator, reauthenticated=True)


class AgainByPasskey(_Asking, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """The passkey once more."""

    template_name = "desk/identity/again.html"
    extra_context = {"by": "passkey"}
    is_second_factor = True

    def prove(self, form: Any) -> None:  # noqa: ANN401 - allauth's own
        """Record the proof."""
        webauthn_flows.reauthenticate(self.request, form.cleaned_data["credential"])


@require_safe
def again_by_provider(request: HttpRequest) -> HttpResponse:
    """Send the reader to the company's provider, which must ask anew who is there."""
    return provider.ask_again(request)


urlpatterns: list[URLPattern] = [
    path("security/", overview, name="security"),
    path("security/", overview, name="mfa_index"),
    path("security/", overview, name="mfa_list_webauthn"),
    path("security/second-factor/", owed, name="second-factor"),
    path("security/sessions/", sessions, name="sessions"),
    path("security/sessions/<int:session_id>/end", asked_again(end_session), name="session-end"),
    path("security/sessions/end", asked_again(end_other_sessions), name="sessions-end"),
    path("security/password/", Password.as_view(), name="account_change_password"),
    path("security/", overview, name="account_set_password"),
    path("security/app/", AddApp.as_view(), name="mfa_activate_totp"),
    path("security/app/remove", RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("security/passkeys/add", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/name", RenamePasskey.as_view(), name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove", RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("security/codes/", Codes.as_view(), name="mfa_view_recovery_codes"),
    path("security/codes/new", NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("again/", Again.as_view(), name="account_reauthenticate"),
    path("again/provider/", again_by_provider, name="again-provider"),
    path("again/code/", AgainByCode.as_view(), name="mfa_reauthenticate"),
    path("again/passkey/", AgainByPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
]
