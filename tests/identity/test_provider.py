"""Signing in through an OpenID provider on loopback: whom it lets in, and every way to cheat."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import authlib.deprecate  # noqa: F401 - turns its own warnings on, to be turned off below
import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from creditdesk.config import identity as config
from creditdesk.controls import queries as controls
from creditdesk.controls import services as writers
from creditdesk.controls.models import SignInEvent, User
from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.desk.identity import provider
from tests.faces.desk.pages import body, words
from tests.identity.conftest import Enter, enrol
from tests.support.fixtures import founded

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the mock's own libraries
    import oidc_provider_mock

pytestmark = [
    pytest.mark.usefixtures("people"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
CLAIMS: dict[str, dict[str, Any]] = {
    "helena": {"email": "Helena@ACME.example", "email_verified": True, "groups": ["credit"]},
    "unverified": {"email": "helena@acme.example", "email_verified": False},
    "text": {"email": "helena@acme.example", "email_verified": "false"},
    "silent": {"email": "helena@acme.example"},
    "nameless": {"name": "Nobody"},
    "stranger": {"email": "new@else.example", "email_verified": True, "given_name": "Nia",
                 "family_name": "New", "preferred_username": "nia"},
    "namesake": {"email": "other@else.example", "email_verified": True,
                 "preferred_username": "helena"},
}  # fmt: skip
Cheat = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in CLAIMS.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def _provider(issuer: str, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = config.providers(issuer, "desk", "secret", "Acme")


def begin(client: Client, **asked: str) -> str:
    """Ask for the provider; return the address a browser is sent to."""
    response = client.get(f"/oidc/company/login/?{urlencode(asked)}")
    assert response.status_code == 302, body(response)
    return str(response["Location"])


def consent(address: str, sub: str) -> str:
    """Sign in there; return the address a browser is sent back to, without the host."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def come_in(client: Client, sub: str, **asked: str) -> Any:
    return client.get(consent(begin(client, **asked), sub))


def is_in(client: Client) -> bool:
    return bool(client.get("/security/").status_code == 200)


def test_the_button_is_there_only_with_a_provider(settings: Settings) -> None:
    page = body(Client().get("/login/?next=/customers/"))
    assert 'href="/oidc/company/login/?next=%2Fcustomers%2F"' in page
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "/oidc/" not in body(Client().get("/login/"))
    assert Client().get("/oidc/company/login/").status_code == 404


def test_who_has_the_verified_address_of_a_user_comes_in() -> None:
    client = Client()
    response = come_in(client, "helena", next="/customers/")
    assert (response.status_code, response["Location"]) == (302, "/customers/")
    assert "helena" in body(client.get("/security/password/"))
    assert SocialAccount.objects.get().user.username == "helena"
    again = Client()
    come_in(again, "helena")
    assert is_in(again)
    assert SocialAccount.objects.count() == 1
    assert SignInEvent.objects.filter(event="signed_in").latest("id").detail == "socialaccount"


@pytest.mark.parametrize(
    ("sub", "code"),
    [
        ("unverified", "email_unverified"),
        ("text", "email_unverified"),
        ("silent", "email_unverified"),
        ("nameless", "email_unverified"),
        ("stranger", "nobody_of_email"),
    ],
)
def test_nobody_else_comes_in(sub: str, code: str) -> None:
    client = Client()
    response = come_in(client, sub)
    assert response.status_code == 403
    assert code in words(response)
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 3
    assert SignInEvent.objects.get(event="refused").detail.startswith(code)


def test_an_address_of_two_users_or_of_a_locked_one_lets_nobody_in() -> None:
    User.objects.filter(username="carl").update(email="helena@acme.example")
    assert "nobody_of_email" in words(come_in(Client(), "helena"))
    User.objects.filter(username="carl").update(email="")
    User.objects.filter(username="helena").update(is_active=False)
    assert "nobody_of_email" in words(come_in(Client(), "helena"))


def test_a_user_locked_after_the_first_time_stays_out() -> None:
    come_in(Client(), "helena")
    User.objects.filter(username="helena").update(is_active=False)
    client = Client()
    come_in(client, "helena")
    assert not is_in(client)


def test_a_stranger_is_added_only_when_that_is_wanted_and_without_any_role(
    settings: Settings,
) -> None:
    settings.OIDC_CREATE = True
    client = Client()
    come_in(client, "stranger")
    made = User.objects.get(username="nia")
    assert (made.first_name, made.email, made.has_usable_password()) == (
        "Nia", "new@else.example", False,
    )  # fmt: skip
    assert "You belong to no company yet" in words(client.get("/customers/"))
    come_in(Client(), "namesake")
    assert User.objects.get(email="other@else.example").username == "other@else.example"
    assert User.objects.get(username="helena").email == "helena@acme.example"


def _without(name: str) -> Cheat:
    return lambda query: {key: value for key, value in query.items() if key != name}


@pytest.mark.parametrize(
    "cheat",
    [
        lambda query: {**query, "state": "x" * 16},
        _without("state"),
        lambda query: {**query, "code": "made-up"},
        _without("code"),
        lambda query: {"error": "access_denied", "state": query["state"]},
        lambda query: {"error": "server_error", "state": query["state"]},
    ],
    ids=["other-state", "no-state", "other-code", "no-code", "denied", "failed"],
)
def test_an_answer_changed_on_its_way_is_refused(cheat: Cheat) -> None:
    client = Client()
    back = urlsplit(consent(begin(client), "helena"))
    query = {key: values[0] for key, values in parse_qs(back.query).items()}
    response = client.get(f"{back.path}?{urlencode(cheat(query))}")
    assert response.status_code == 403
    assert "provider_failed" in words(response)
    assert not is_in(client)


def test_an_answer_is_good_once_and_in_one_browser() -> None:
    client, thief = Client(), Client()
    back = consent(begin(client), "helena")
    assert thief.get(back).status_code == 403
    assert not is_in(thief)
    assert client.get(back).status_code == 302
    assert Client().get(back).status_code == 403


def test_a_token_of_another_nonce_is_refused() -> None:
    client = Client()
    there = begin(client)
    parts = urlsplit(there)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    forged = parts._replace(query=urlencode({**query, "nonce": "of another sign-in"})).geturl()
    assert client.get(consent(forged, "helena")).status_code == 403
    without = parts._replace(query=urlencode(_without("nonce")(query))).geturl()
    assert client.get(consent(without, "helena")).status_code == 403
    assert not is_in(client)


def test_what_is_asked_of_the_provider_cannot_be_bent_by_an_address() -> None:
    asked = begin(
        Client(),
        auth_params="redirect_uri=https://evil.example/",
        scope="offline",
        process="connect",
    )
    query = parse_qs(urlsplit(asked).query)
    assert query["redirect_uri"] == ["http://testserver/oidc/company/callback/"]
    assert sorted(query["scope"][0].split()) == ["email", "openid", "profile"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["nonce"][0]) == 32


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_provider_leads_nobody_away(wanted: str) -> None:
    client = Client()
    assert come_in(client, "helena", next=wanted)["Location"] == "/"
    assert is_in(client)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ("signature", "a token signed by somebody else"),
        ("audience", "a token for another client"),
        ("unsigned", "a token nobody signed"),
        ("shared", "a token signed with the client's secret"),
    ],
)
def test_a_forged_token_is_refused(
    spoil: str, why: str, monkeypatch: pytest.MonkeyPatch, issuer: str
) -> None:
    real = provider.ProviderClient.get_access_token_data

    def forged(self: Any, *args: Any, **kwargs: Any) -> Any:
        data = real(self, *args, **kwargs)
        told = jwt.decode(data["id_token"], options={"verify_signature": False})
        head = jwt.get_unverified_header(data["id_token"])
        named = {"kid": head["kid"]} if "kid" in head else {}
        if spoil == "audience":
            told["aud"] = "another"
        if spoil == "unsigned":
            data["id_token"] = jwt.encode(told, None, "none", headers=named)
        elif spoil == "shared":
            data["id_token"] = jwt.encode(told, "secret" * 8, "HS256", headers=named)
        else:
            data["id_token"] = jwt.encode(told, _own_key(), "RS256", headers=named)
        return data

    monkeypatch.setattr(provider.ProviderClient, "get_access_token_data", forged)
    client = Client()
    assert come_in(client, "helena").status_code == 403, why
    assert not is_in(client)


def _own_key() -> Any:
    return rsa.generate_private_key(65537, 2048)


RULES = "groups:credit=sales@acme,groups:credit=analyst@north,groups:gone=manager@acme"


def test_claims_give_and_take_the_roles_the_rules_speak_of(
    settings: Settings, people: CompanyRow
) -> None:
    north = founded("north")
    helena = User.objects.get(username="helena")
    writers.grant("helena", company_id=people.id, role="auditor", by="test")
    settings.OIDC_ROLES = RULES
    come_in(Client(), "helena")
    assert controls.roles_of(helena.pk, people.id) == {"auditor", "sales"}
    assert controls.roles_of(helena.pk, north.id) == {"analyst"}


def test_a_role_that_must_not_meet_another_is_left_out_and_noted(
    settings: Settings, people: CompanyRow
) -> None:
    settings.OIDC_ROLES = "groups:credit=collector@acme"
    client = Client()
    come_in(client, "helena")
    assert is_in(client)
    helena = User.objects.get(username="helena")
    assert controls.roles_of(helena.pk, people.id) == {"manager"}
    told = SignInEvent.objects.get(event="refused")
    assert (told.name, told.what, told.detail) == ("helena", "role", "collector: duties_conflict")


def test_the_second_factor_is_asked_for_after_the_provider_too(
    enter: Enter, settings: Settings
) -> None:
    enrol(enter())
    client = Client()
    assert come_in(client, "helena")["Location"] == "/login/second/"
    assert not is_in(client)


def test_the_provider_counts_as_second_factor_only_when_told_so(settings: Settings) -> None:
    settings.SECOND_FACTOR = "all"
    client = Client()
    come_in(client, "helena")
    assert client.get("/customers/")["Location"] == "/security/second-factor/"
    settings.OIDC_SECOND_FACTOR = True
    assert client.get("/customers/").status_code == 200


def test_a_provider_that_does_not_answer_is_said_so(settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = config.providers(
        "http://127.0.0.1:1", "desk", "secret", "Acme"
    )
    response = Client().get("/oidc/company/login/")
    assert response.status_code == 403
    assert "provider_failed" in words(response)


@pytest.mark.parametrize("address", ["http://login.acme.example", "ftp://x", "login.acme.example"])
def test_a_provider_elsewhere_needs_tls(address: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        config._issuer(address)
    assert config._issuer("https://login.acme.example/") == "https://login.acme.example"
    assert config._issuer("http://localhost:9000") == "http://localhost:9000"
