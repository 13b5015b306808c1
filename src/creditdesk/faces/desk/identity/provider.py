"""Signing in through the company's own OpenID provider: stricter than the library in four ways.

A nonce ties the answer to this browser; the signature is checked even where TLS came first; only
an e-mail address the provider vouches for finds a user; and nobody is made up unless told so.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import jwt
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from requests import RequestException, Response, Session

from creditdesk.config.identity import PROVIDER
from creditdesk.controls import services as controls
from creditdesk.controls.identity import queries, rules
from creditdesk.controls.identity import services as identity
from creditdesk.faces.desk.identity import asking, visitors

NONCE_IN_SESSION: Final = "oidc_nonce"
AGAIN_IN_SESSION: Final = "oidc_asked_again_at"
BY: Final = "OpenID provider"
CLOCKS_APART_SECONDS: Final = 60
# Signed by a key of the provider's own: neither unsigned nor by a secret others may hold.
ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"})


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Finds our user for somebody the provider vouches for."""

    def get_provider(
        self, request: HttpRequest, provider: str, client_id: str | None = None
    ) -> Provider:
        """Return our stricter provider."""
        app: SocialApp = self.get_app(request, provider=provider, client_id=client_id)
        return Provider(request, app=app)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Tie the provider's account to the user of its verified e-mail address, once."""
        claims = _claims(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            raise ImmediateHttpResponse(_proved(request, sociallogin))
        if not sociallogin.is_existing:
            user_id = _user_for(request, claims)
            sociallogin.connect(request, get_user_model().objects.get(pk=user_id))
        username = sociallogin.user.get_username()
        if settings.OIDC_ROLES:
            identity.set_provider_roles(
                username, by_rules=rules.role_rules(settings.OIDC_ROLES), claims=claims, by=BY
            )
        identity.admit("provider", visitors.visitor(request, username))

    def get_requests_session(self) -> Session:
        """Return a session that takes only objects for an answer."""
        session: Session = super().get_requests_session()
        session.hooks["response"].append(_only_objects)
        return session

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Say that nobody signs up."""
        return False

    def send_notification_mail(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - allauth's own
        """Send nothing: mail leaves through the contact room alone."""

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: object,  # noqa: ARG002 - allauth's own
        error: object = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002 - allauth's own
    ) -> None:
        """Show a page of the house in place of allauth's."""
        raise ImmediateHttpResponse(
            refusal(request, "provider_failed", detail=f"{error or ''} {exception or ''}".strip())
        )


def _only_objects(answer: Response, *_: object, **__: object) -> None:
    """Refuse an answer that is no JSON object, before anybody looks for something in it."""
    if answer.ok and not isinstance(answer.json(), dict):
        raise ValueError("the answer is no object")


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    data: dict[str, Any] = sociallogin.account.extra_data
    return {**data.get("id_token", {}), **data.get("userinfo", {})}


def _user_for(request: HttpRequest, claims: dict[str, Any]) -> int:
    """Return the one user of the verified address, made if that is wanted; or refuse."""
    email = claims.get("email")
    # `is True`: some providers send the text "false".
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        raise ImmediateHttpResponse(refusal(request, "email_unverified"))
    found = queries.users_of_email(email)
    if len(found) == 1 and found[0].is_active:
        return found[0].id
    if found or not settings.OIDC_CREATE:
        raise ImmediateHttpResponse(refusal(request, "nobody_of_email", detail=email))
    name = claims.get("preferred_username")
    username = name if isinstance(name, str) and name.isascii() and name else email
    if any(one.username == username for one in queries.users()):
        username = email
    identity.note("added", "provider", visitors.visitor(request, username))
    return controls.add_user(
        username,
        password=None,
        first_name=str(claims.get("given_name", ""))[:150],
        last_name=str(claims.get("family_name", ""))[:150],
        email=email,
    )


def refusal(request: HttpRequest, code: str, detail: str = "") -> HttpResponse:
    """Return the page that says why the provider's word was not enough."""
    identity.note(
        "refused", "provider", visitors.visitor(request, ""), detail=f"{code} {detail}"[:300]
    )
    said = {
        "email_unverified": gettext("The provider does not vouch for your e-mail address."),
        "nobody_of_email": gettext("Nobody of your e-mail address is a user here."),
        "provider_failed": gettext("The provider's answer was not accepted."),
        "provider_not_asked": gettext(
            "The provider does not say that it asked you just now, so this proves nothing."
        ),
        "provider_somebody_else": gettext("Somebody else signed in there than is signed in here."),
    }
    return render(
        request, "desk/identity/refused.html", {"said": said[code], "code": code}, status=403
    )


def ask_again(request: HttpRequest) -> HttpResponse:
    """Send the reader to the provider to sign in anew; how long ago comes back as `auth_time`."""
    request.session[AGAIN_IN_SESSION] = queries.machine_now().timestamp()
    return answer(OAuth2LoginView, _asking(request), PROVIDER)


def _asking(request: HttpRequest) -> HttpRequest:
    request.asks_again = True  # type: ignore[attr-defined]
    return request


def _proved(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Record that the reader proved who is there, if the provider says it asked just now."""
    asked_at = request.session.pop(AGAIN_IN_SESSION, None)
    told = sociallogin.account.extra_data.get("id_token", {}).get("auth_time")
    is_reader = sociallogin.is_existing and sociallogin.user.pk == request.user.pk
    is_new = (
        asked_at is not None
        and isinstance(told, int)
        and not isinstance(told, bool)
        and told >= asked_at - CLOCKS_APART_SECONDS
    )
    if not is_reader or not is_new:
        code = "provider_not_asked" if is_reader else "provider_somebody_else"
        return refusal(request, code)
    record_authentication(
        request,
        request.user,
        "socialaccount",
        provider=sociallogin.account.provider,
        uid=sociallogin.account.uid,
        reauthenticated=True,
    )
    identity.note("admitted", "provider", visitors.visitor(request, request.user.get_username()))
    wanted = sociallogin.get_redirect_url(request) or "/"
    request.GET = QueryDict(urlencode({REDIRECT_FIELD_NAME: wanted}))  # where the library looks
    return asking.resume(request, by_second_factor=False) or HttpResponseRedirect(wanted)


def answer(view: type[Any], request: HttpRequest, provider_id: str) -> HttpResponse:
    """Return what the library's view says, with our stricter client of the provider."""
    try:
        said: HttpResponse = view.adapter_view(ProviderClient(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (RequestException, ValueError, KeyError) as error:
        # It does not answer, or with something that is no answer.
        return refusal(request, "provider_failed", detail=type(error).__name__)
    return said


def _asks_again(request: HttpRequest) -> bool:
    """Whether this is no sign-in but a proof of who is there; said by our own view alone."""
    return bool(getattr(request, "asks_again", False))


class ProviderClient(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Takes the provider's answer only with our nonce and a good signature, about one person."""

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,
        **kwargs: Any,  # noqa: ANN401
    ) -> SocialLogin:
        """Return who signed in there."""
        nonce = request.session.pop(NONCE_IN_SESSION, None)
        login: SocialLogin = super().complete_login(request, app, token, **kwargs)
        data = login.account.extra_data
        told = data.get("id_token", {})
        if not nonce or not secrets.compare_digest(str(told.get("nonce", "")), str(nonce)):
            raise OAuth2Error("The nonce is not ours")
        if data.get("userinfo", told).get("sub") != told.get("sub"):
            raise OAuth2Error("The two answers are about different people")
        at = told.get("auth_time")
        request.session[asking.AUTH_TIME_IN_SESSION] = at if type(at) is int else 0
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return the claims of a token of good signature, issuer, audience and age."""
        try:
            head = jwt.get_unverified_header(id_token)
            if head.get("alg") not in ALGORITHMS:
                raise OAuth2Error("The token is not signed by a key of the provider's own")
            told: dict[str, Any] = jwt.decode(
                id_token,
                jwt.PyJWK(self._key_of(head), algorithm=head["alg"]),
                algorithms=[head["alg"]],
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=CLOCKS_APART_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("The token is not good") from error
        return told

    def _key_of(self, head: dict[str, Any]) -> dict[str, Any]:
        """Return the provider's key the token names, or its only one."""
        with get_adapter().get_requests_session() as session:
            listed = session.get(self.openid_config["jwks_uri"])
            listed.raise_for_status()
        keys = listed.json()["keys"]
        if not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys):
            raise OAuth2Error("The provider lists no keys")
        fit: list[dict[str, Any]] = [
            one for one in keys if "kid" not in head or one.get("kid") == head["kid"]
        ]
        if len(fit) != 1:
            raise OAuth2Error("The provider has no such key")
        return fit[0]


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """The company's provider, asked with a nonce and with nothing an address could add."""

    oauth2_adapter_class = ProviderClient

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:  # noqa: ARG002
        """Return what is asked beside the usual: a nonce of this browser."""
        request.session[NONCE_IN_SESSION] = secrets.token_urlsafe(24)
        anew = {"prompt": "login", "max_age": "0"} if _asks_again(request) else {}
        return {"nonce": request.session[NONCE_IN_SESSION], **anew}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Return what the sign-in begins with; an address can ask for no other process."""
        asked: dict[str, Any] = super().get_redirect_from_request_kwargs(request)
        process = AuthProcess.REDIRECT if _asks_again(request) else AuthProcess.LOGIN
        return {**asked, "process": process}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:  # noqa: ARG002
        """Return what we ask to know."""
        return list(self.get_scope())
