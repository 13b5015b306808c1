"""The door: name and password, passkey or the company's provider; then the second factor."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from creditdesk.config.identity import PROVIDER
from creditdesk.controls import services as control_services
from creditdesk.controls.identity import services as identity
from creditdesk.faces.desk.identity import provider, visitors
from creditdesk.plumbing import clock
from creditdesk.simulation import services as simulation


class SignIn(LoginView):  # type: ignore[misc]
    """Name and password, and in a finished demo its logins beside them."""

    template_name = "registration/login.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return what was typed, the name under the library's name for it."""
        given: dict[str, Any] = super().get_form_kwargs()
        if "data" in given:
            given["data"] = {**given["data"].dict(), "login": given["data"].get("username", "")}
        return given

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's own
        """Return what the page shows; the logins only where the clock and the book are a demo's."""
        is_demo = clock.is_moved() and simulation.is_complete()
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        by_provider = reverse("openid_connect_login", args=[PROVIDER])
        query = f"?{urlencode({'next': wanted})}" if wanted else ""
        context: dict[str, Any] = super().get_context_data(
            demo_logins=simulation.logins() if is_demo else (),
            next=wanted,
            username=self.request.POST.get("username", ""),
            provider_name=settings.OIDC_NAME,
            provider_url=by_provider + query if settings.SOCIALACCOUNT_PROVIDERS else "",
            **kwargs,
        )
        return context


def speak(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on; mails to who is signed in are written in it too."""
    answer = set_language(request)
    code = request.POST.get("language", "")
    if request.user.is_authenticated and code in dict(settings.LANGUAGES):
        control_services.keep_language(int(request.user.pk), code)
    return answer


class SecondFactor(AuthenticateView):  # type: ignore[misc]
    """The code or passkey asked for after the password."""

    template_name = "desk/identity/second.html"


@method_decorator(login_not_required, name="dispatch")
class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]
    """Signing in by a passkey alone."""

    def form_invalid(self, form: Any) -> HttpResponse:  # noqa: ANN401 - allauth's own
        """Record the try and go back to the door."""
        identity.note("wrong", "passkey", visitors.visitor(self.request, ""))
        response: HttpResponse = super().form_invalid(form)
        return response


@method_decorator(login_not_required, name="dispatch")
class SignOut(auth.LogoutView):
    """Leaving, also half-way through signing in."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - Django's own
        """End the session."""
        if request.user.is_authenticated:
            who = visitors.visitor(request, request.user.get_username())
            identity.note("signed_out", "session", who)
        return super().post(request, *args, **kwargs)


@login_not_required
@require_safe
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the company's provider."""
    return provider.answer(OAuth2LoginView, request, provider_id)


@login_not_required
@require_safe
def from_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take the provider's answer."""
    return provider.answer(OAuth2CallbackView, request, provider_id)


urlpatterns: list[URLPattern] = [
    path("login/", SignIn.as_view(), name="login"),
    path("login/", SignIn.as_view(), name="account_login"),
    path("login/second/", SecondFactor.as_view(), name="mfa_authenticate"),
    path("login/passkey/", PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("oidc/<slug:provider_id>/login/", to_provider, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/callback/", from_provider, name="openid_connect_callback"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("logout/", SignOut.as_view(), name="account_logout"),
]
