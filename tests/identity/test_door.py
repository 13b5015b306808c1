"""The door: lock-out, wording that tells nothing, fixation, where one is led."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as live
from django.db import DatabaseError
from django.test import Client
from pytest_django import Settings

from creditdesk.controls import services as controls
from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.controls.models import SignInEvent, User
from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.errors import Refused
from tests.faces.desk.pages import body, words
from tests.identity.conftest import PASSWORD, Enter, knock

NOON = datetime(2026, 3, 16, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("people")


def test_who_has_name_and_password_comes_in(enter: Enter) -> None:
    client = enter("helena")
    assert client.get("/customers/").status_code == 200
    told = SignInEvent.objects.order_by("id").values_list("event", "what", "name", "detail")
    assert list(told) == [
        ("tried", "password", "helena", ""),
        ("admitted", "password", "helena", ""),
        ("signed_in", "session", "helena", "password"),
    ]


def test_wrong_passwords_end_in_a_wait_that_the_right_one_does_not_shorten() -> None:
    client = Client()
    for _ in range(5):
        response = knock(client, "helena", "wrong")
        assert response.status_code == 200
        assert "Please enter a correct username and password" in words(response)
    for password in ("wrong", PASSWORD):
        response = knock(client, "helena", password)
        assert response.status_code == 429
        assert "Try again in 15 minutes" in words(response)
        assert 890 <= int(response["Retry-After"]) <= 901
    assert client.get("/customers/").status_code == 302
    assert SignInEvent.objects.filter(event="tried").count() == 5
    for _ in range(9):
        knock(client, "helena", "wrong")
    assert SignInEvent.objects.filter(event="held").count() == 3


def test_a_name_nobody_has_is_treated_the_same_and_not_kept() -> None:
    known, unknown = Client(), Client(REMOTE_ADDR="198.51.100.9")
    pages = []
    for client, name in ((known, "helena"), (unknown, "my-secret-password")):
        answers = [knock(client, name, "wrong") for _ in range(6)]
        assert [one.status_code for one in answers] == [200] * 5 + [429]
        pages.append([words(one) for one in answers])
    assert pages[0] == pages[1]
    kept = str(list(SignInEvent.objects.values()))
    assert "my-secret-password" not in kept
    assert "wrong" not in kept.replace("'event': 'wrong'", "")


def test_the_page_after_a_failure_does_not_repeat_the_password() -> None:
    page = body(knock(Client(), "helena", "tyop-secret"))
    assert 'value="helena"' in page
    assert "tyop-secret" not in page


def test_one_name_held_here_is_free_elsewhere_and_others_are_free_here() -> None:
    client = Client()
    for _ in range(5):
        knock(client, "helena", "wrong")
    assert knock(client, "helena").status_code == 429
    assert knock(Client(REMOTE_ADDR="198.51.100.9"), "helena").status_code == 302
    assert knock(client, "carl").status_code == 302


def test_success_forgives_only_the_own_name_at_the_own_address() -> None:
    away = Client(REMOTE_ADDR="198.51.100.9")
    for _ in range(4):
        knock(away, "helena", "wrong")
    assert knock(Client(REMOTE_ADDR="198.51.100.9"), "carl").status_code == 302
    assert knock(away, "helena", "wrong").status_code == 200
    assert knock(away, "helena").status_code == 429
    home = Client()
    for _ in range(4):
        knock(home, "helena", "wrong")
    assert knock(home, "helena").status_code == 302
    for _ in range(5):
        assert knock(Client(), "helena", "wrong").status_code == 200


def test_unlocking_lets_try_again_at_once() -> None:
    client = Client()
    for _ in range(5):
        knock(client, "helena", "wrong")
    identity.unlock("helena", by="test")
    assert knock(client, "helena").status_code == 302


def test_a_wait_ends_by_itself() -> None:
    who = Visitor("helena", "192.0.2.1")
    for n in range(5):
        identity.charge("password", who, at=NOON + timedelta(minutes=n))
    with pytest.raises(Refused) as held:
        identity.charge("password", who, at=NOON + timedelta(minutes=14))
    assert held.value.code == "sign_in_held"
    assert held.value.context["seconds"] == 61
    identity.charge("password", who, at=NOON + timedelta(minutes=15, seconds=1))


def test_a_locked_user_is_told_nothing_at_the_door_and_loses_every_session(enter: Enter) -> None:
    client = enter("carl")
    identity.lock("carl", by="test")
    assert client.get("/customers/").status_code == 302
    assert "Please enter a correct username and password" in words(knock(Client(), "carl"))
    identity.unlock("carl", by="test")
    assert knock(Client(), "carl").status_code == 302


def test_a_session_made_before_signing_in_is_worth_nothing(people: CompanyRow) -> None:
    attacker, victim = Client(), Client()
    attacker.get("/oidc/none/login/")
    attacker.session.save()
    planted = attacker.session.session_key
    victim.cookies[live.SESSION_COOKIE_NAME] = planted
    assert knock(victim, "helena").status_code == 302
    assert victim.cookies[live.SESSION_COOKIE_NAME].value != planted
    attacker.cookies[live.SESSION_COOKIE_NAME] = planted
    assert attacker.get("/customers/").status_code == 302


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
     "http:evil.example", "https:///evil.example", "\thttps://evil.example", "ftp://testserver/"],
)  # fmt: skip
def test_nobody_is_led_away(wanted: str) -> None:
    response = knock(Client(), "helena", next=wanted)
    assert response.status_code == 302
    assert response["Location"] == "/"


def test_who_wanted_a_page_gets_there() -> None:
    client = Client()
    response = client.get("/customers/?q=a")
    assert response["Location"] == "/login/?next=/customers/%3Fq%3Da"
    assert 'value="/customers/?q=a"' in body(client.get(response["Location"]))
    assert knock(client, "helena", next="/customers/?q=a")["Location"] == "/customers/?q=a"


def test_a_form_without_its_token_signs_nobody_in() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert knock(strict, "helena").status_code == 403
    assert strict.get("/customers/").status_code == 302
    assert not SignInEvent.objects.exists()


def test_leaving_ends_the_session(enter: Enter) -> None:
    client = enter()
    key = client.session.session_key
    assert client.post("/logout/").status_code == 302
    client.cookies[live.SESSION_COOKIE_NAME] = key or ""
    assert client.get("/customers/").status_code == 302


def test_who_has_no_role_can_leave() -> None:
    controls.add_user("nobody", password=PASSWORD)
    client = Client()
    knock(client, "nobody")
    assert client.get("/customers/").status_code == 403
    assert client.post("/logout/").status_code == 302
    assert client.get("/customers/").status_code == 302


def test_the_journal_cannot_be_rewritten() -> None:
    identity.note("wrong", "password", Visitor("helena", None))
    with pytest.raises(DatabaseError):
        SignInEvent.objects.update(name="carl")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
    ],
)
def test_of_a_long_address_its_network_counts(address: str, counted: str) -> None:
    knock(Client(REMOTE_ADDR=address), "helena", "wrong")
    assert SignInEvent.objects.filter(event="tried").get().address == counted


def test_strangers_cannot_fill_the_journal() -> None:
    for _ in range(12):
        Client().post("/login/passkey/", {"credential": "{}"})
    assert SignInEvent.objects.count() == 3


def test_a_whole_office_behind_one_address_may_come_by_passkey() -> None:
    """No count of an address keeps out who comes after: nothing can be guessed here."""
    answers = [Client().post("/login/passkey/", {"credential": "{}"}) for _ in range(30)]
    assert {(one.status_code, one.url) for one in answers} == {(302, "/login/")}


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(settings: Settings) -> None:
    knock(Client(headers={"x-forwarded-for": "203.0.113.5"}), "helena", "wrong")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    knock(Client(headers={"x-forwarded-for": "6.6.6.6, 203.0.113.6"}), "helena", "wrong")
    told = SignInEvent.objects.filter(event="tried").order_by("id")
    assert list(told.values_list("address", flat=True)) == ["127.0.0.1", "203.0.113.6"]
    assert User.objects.filter(username="helena").exists()
