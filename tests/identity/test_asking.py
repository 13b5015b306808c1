"""Asking again in a session: grave acts of the desk, what was kept meanwhile, and the provider."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import authlib.deprecate  # noqa: F401 - turns its own warnings on, to be turned off below
import pytest
import requests
from django.conf import settings as live
from django.test import Client
from pytest_django import Settings

from creditdesk.config import identity as config
from creditdesk.controls import queries, services
from creditdesk.controls.models import (
    ApprovalRequest,
    DutyException,
    SecurityPolicy,
    SignInEvent,
    User,
)
from creditdesk.controls.queries import CompanyRow
from creditdesk.credit import services as credit
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import ApprovalNeeded
from creditdesk.ledger import queries as ledger
from creditdesk.ledger import services as books
from creditdesk.ledger.models import PeriodAct
from tests.controls.people import excepted, person
from tests.faces.desk.pages import body, words
from tests.identity.conftest import PASSWORD, Enter, code_at, enrol
from tests.insight.books import opened
from tests.orders.verbs import a_customer
from tests.support.fixtures import founded

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the mock's own libraries
    import oidc_provider_mock
    from oidc_provider_mock import _storage

pytestmark = [
    pytest.mark.usefixtures("people"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
JANUARY = date(2026, 1, 31)
Told = Callable[[int | None], None]


def age(client: Client) -> Client:
    """Let the session's proofs grow old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= live.ASK_AGAIN.total_seconds() + 1
    session.save()
    return client


@pytest.fixture
def book(people: CompanyRow) -> Actor:
    """An invoice of January."""
    actor = queries.system_actor(people, "test")
    kept = opened(actor, "Acorn").on(actor.today)
    kept.invoice(kept.customers[0], 100, issued=date(2026, 1, 5), due=date(2026, 2, 5))
    return kept.actor


def a_request(of: Actor, asker: str = "ann") -> str:
    customer = a_customer(of, "Z-1", limit=100)
    with pytest.raises(ApprovalNeeded) as needed:
        credit.set_limit(
            person(of, asker, "analyst"), customer, minor=10_000_001, currency="EUR",
            valid_from=of.today,
        )  # fmt: skip
    return needed.value.reference


# -- each grave act of the desk ------------------------------------------------------------------


def closing(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    form = {"last_on": JANUARY.isoformat(), "kind": "soft"}
    return "helena", "/periods/close", form, PeriodAct.objects.count


def reopening(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    books.close_period(book, JANUARY)
    form = {"last_on": JANUARY.isoformat(), "reason": "late"}
    return "helena", "/periods/reopen", form, ApprovalRequest.objects.count


def approving(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    address = f"/approvals/{a_request(book)}/approve"
    return "helena", address, {"confirmed": "yes"}, lambda: ApprovalRequest.objects.get().state


def excepting(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    day = book.today.isoformat()
    form = {"user": "carl", "pair": "9", "reason": "x", "valid_from": day, "valid_until": day}
    return "ada", "/duties/ask", form, ApprovalRequest.objects.count


def ending(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    excepted(book, "carl", 9)
    one = DutyException.objects.get()
    return (
        "ada",
        f"/duties/exceptions/{one.id}/end",
        {},
        lambda: DutyException.objects.filter(ended_on=None).count(),
    )


def ruling(book: Actor) -> tuple[str, str, dict[str, str], Callable[[], object]]:
    form = {
        "second_factor": "off", "since": queries.machine_today().isoformat(), "grace_days": "0",
        "reason": "x", "confirmed": "yes",
    }  # fmt: skip
    return "ada", "/sign-in-rules/", form, SecurityPolicy.objects.count


ACTS = [closing, reopening, approving, excepting, ending, ruling]


@pytest.mark.parametrize("made", ACTS, ids=lambda one: one.__name__)
def test_a_grave_act_waits_for_a_proof_and_is_then_done(
    enter: Enter, book: Actor, made: Callable[..., Any]
) -> None:
    name, address, form, state = made(book)
    client, before = age(enter(name)), state()
    response = client.post(address, form)
    assert (response.status_code, state()) == (302, before)
    again = response["Location"]
    assert again == f"/again/?next={address.replace('/', '%2F')}"
    assert client.post(again, {"password": "wrong", "next": address}).status_code == 200
    assert state() == before
    response = client.post(again, {"password": PASSWORD, "next": address})
    assert response.status_code in (200, 303), body(response)
    assert state() != before


@pytest.mark.parametrize("made", ACTS, ids=lambda one: one.__name__)
def test_just_signed_in_nothing_is_asked(
    enter: Enter, book: Actor, made: Callable[..., Any]
) -> None:
    name, address, form, state = made(book)
    before = state()
    assert enter(name).post(address, form).status_code in (200, 303)
    assert state() != before


def test_who_may_not_is_told_so_and_not_asked(enter: Enter, book: Actor) -> None:
    response = age(enter("carl")).post("/periods/close", {"last_on": JANUARY.isoformat()})
    assert response.status_code == 403
    assert not PeriodAct.objects.exists()


def test_what_was_kept_is_not_done_in_another_company(enter: Enter, book: Actor) -> None:
    """The first of a year is a request in either company."""
    other = opened(queries.system_actor(founded("north"), "test")).on(book.today).actor
    references = {a_request(book), a_request(other, "nan")}
    assert references == {f"APR-{book.today.year}-000001"}
    services.grant("helena", company_id=other.company_id, role="manager", by="test")
    client = age(enter())
    address = f"/approvals/APR-{book.today.year}-000001/approve"
    client.post("/company/", {"company": "acme"})
    again = client.post(address, {"confirmed": "yes"})["Location"]
    client.post("/company/", {"company": "north"})
    response = client.post(again, {"password": PASSWORD, "next": address})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "Nothing was done" in words(client.get("/"))
    assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {"waiting"}
    assert client.post(address, {"confirmed": "yes"}).status_code == 303  # proved by now
    done = ApprovalRequest.objects.get(state="done")
    assert done.company_id == other.company_id


def test_another_tab_has_the_act_led_to_the_question(enter: Enter, book: Actor) -> None:
    client = age(enter())
    form = {"last_on": JANUARY.isoformat()}
    response = client.post("/periods/close", form, headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (
        204, "/again/?next=%2Fperiods%2Fclose",
    )  # fmt: skip
    assert not PeriodAct.objects.exists()
    client.post("/again/", {"password": PASSWORD, "next": "/periods/close"})
    assert ledger.boundary(book.company_id).closed_through == JANUARY


def test_a_code_proves_as_well(enter: Enter, book: Actor) -> None:
    client = enter()
    secret, _ = enrol(client)
    age(client).post("/periods/close", {"last_on": JANUARY.isoformat()})
    given = {"code": code_at(secret), "next": "/periods/close"}
    assert client.post("/again/code/", given).status_code == 303
    assert ledger.boundary(book.company_id).closed_through == JANUARY


def test_who_has_no_means_of_proof_is_told_so(enter: Enter, book: Actor) -> None:
    client = age(enter())
    user = User.objects.get(username="helena")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    response = age(client).post("/periods/close", {"last_on": JANUARY.isoformat()})
    assert response.status_code == 403
    assert "you have no means for that yet" in words(response)
    assert not PeriodAct.objects.exists()


# -- through the provider ------------------------------------------------------------------------

CLAIMS = {
    "helena": {"email": "helena@acme.example", "email_verified": True},
    "carl": {"email": "carl@acme.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in CLAIMS.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def told(issuer: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Say how long ago, in seconds, the provider says it asked; `None`: it says so in no number."""
    settings.SOCIALACCOUNT_PROVIDERS = config.providers(issuer, "desk", "secret", "Acme")

    def say(seconds: int | None) -> None:
        at = "just now" if seconds is None else int(time.time()) - seconds
        monkeypatch.setattr(_storage.AuthorizationCode, "get_auth_time", lambda _: at)

    say(0)
    return say


def consent(address: str, sub: str) -> str:
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix("http://testserver")


def come_in(sub: str = "helena") -> Client:
    """Come in through the provider, as somebody without any password here."""
    user = User.objects.get(username=sub)
    if user.has_usable_password():
        user.set_unusable_password()
        user.save()
    client = Client()
    there = client.get("/oidc/company/login/")["Location"]
    assert client.get(consent(there, sub)).status_code == 302
    return client


def close(client: Client) -> Any:
    return client.post("/periods/close", {"last_on": JANUARY.isoformat()})


def prove(client: Client, sub: str = "helena") -> Any:
    """Follow the question to the provider and come back."""
    there = client.get("/again/provider/?next=/periods/close")
    assert there.status_code == 302, body(there)
    asked = parse_qs(urlsplit(there["Location"]).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    return client.get(consent(there["Location"], sub))


def is_closed(book: Actor) -> bool:
    return ledger.boundary(book.company_id).closed_through == JANUARY


def test_who_comes_in_by_the_provider_proves_there_too(told: Told, book: Actor) -> None:
    client = age(come_in())
    response = close(client)
    assert response["Location"] == "/again/provider/?next=%2Fperiods%2Fclose"
    assert not is_closed(book)
    assert prove(client).status_code == 303
    assert is_closed(book)
    assert close(client).status_code == 409  # proved for a while: asked nothing more


@pytest.mark.parametrize("seconds", [None, 3600, 61])
def test_a_sign_in_of_before_proves_nothing(told: Told, book: Actor, seconds: int | None) -> None:
    """The provider let somebody through who signed in there this morning, or does not say."""
    client = age(come_in())
    close(client)
    told(seconds)
    response = prove(client)
    assert response.status_code == 403
    assert "provider_not_asked" in words(response)
    assert not is_closed(book)
    assert close(client).status_code == 302


def test_somebody_else_there_proves_nothing_here(told: Told, book: Actor) -> None:
    client = age(come_in())
    close(client)
    come_in("carl")
    response = prove(client, "carl")
    assert response.status_code == 403
    assert "provider_somebody_else" in words(response)
    assert not is_closed(book)
    last = SignInEvent.objects.latest("id")
    assert (last.event, last.detail.strip()) == ("refused", "provider_somebody_else")
    assert client.get("/security/").status_code == 200  # still who they were


def test_a_proof_is_asked_for_and_not_found_on_the_way(told: Told, book: Actor) -> None:
    """The answer to a proof counts once, and in the session that asked."""
    client = age(come_in())
    close(client)
    there = client.get("/again/provider/?next=/periods/close")["Location"]
    back = consent(there, "helena")
    thief = age(come_in())
    assert thief.get(back).status_code == 403
    assert close(thief).status_code == 302
    response = client.get(back)
    assert response.status_code == 303, words(response)
    age(client)
    assert client.get(back).status_code == 403
    assert is_closed(book)


def test_coming_in_by_the_provider_is_a_proof_only_as_fresh_as_it_says(
    told: Told, book: Actor
) -> None:
    for seconds, status in ((3600, 302), (None, 302), (0, 303)):
        told(seconds)
        response = close(come_in())
        assert response.status_code == status, seconds
        assert is_closed(book) == (status == 303)


def test_pages_of_the_library_ask_the_provider_too(told: Told, book: Actor) -> None:
    """The library itself asks nobody who has neither password nor factor here."""
    client = age(come_in())
    for address in ("/security/app/", "/security/passkeys/add", "/security/codes/new"):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/again/provider/?next=")
    assert client.post("/security/sessions/end")["Location"].startswith("/again/provider/")


def test_a_proof_by_the_provider_is_no_second_factor(
    told: Told, book: Actor, people: CompanyRow
) -> None:
    client = age(come_in())
    close(client)
    services.set_security(
        replace(book, user_id=None), second_factor="all", since=queries.machine_today(),
        grace_days=0, asked_again=(), reason="x",
    )  # fmt: skip
    response = prove(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert not is_closed(book)
    assert client.get("/customers/")["Location"] == "/security/second-factor/"
    assert client.get("/security/app/").status_code == 200  # proved: may set one up
