"""The second factor: set up, asked for, used once; required by role; lost and found."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from creditdesk.controls.identity import services as identity
from creditdesk.controls.identity.services import Visitor
from creditdesk.controls.models import SignInEvent, User
from creditdesk.plumbing import clock
from tests.faces.desk.pages import body, words
from tests.identity.conftest import Enter, code_at, enrol, knock

pytestmark = pytest.mark.usefixtures("people")


def second(client: Client, code: str) -> object:
    return client.post("/login/second/", {"code": code})


def test_an_app_is_set_up_with_its_own_code_only(enter: Enter) -> None:
    client = enter()
    page = body(client.get("/security/app/"))
    assert '<svg class="qr"' in page
    assert " style=" not in page
    assert "data:image" not in page
    assert client.post("/security/app/", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()
    enrol(client)
    assert sorted(Authenticator.objects.values_list("type", flat=True)) == [
        "recovery_codes", "totp",
    ]  # fmt: skip
    assert "since" in words(client.get("/security/"))


def test_the_secrets_are_not_in_the_database(enter: Enter) -> None:
    secret, codes = enrol(enter())
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert len(codes) == 10
    assert secret not in kept
    assert not any(code in kept for code in codes)


def test_after_the_password_nothing_is_open_until_the_code_is_right(enter: Enter) -> None:
    secret, _ = enrol(enter())
    client = Client()
    response = knock(client, "helena", next="/customers/")
    assert response["Location"] == "/login/second/"
    assert client.get("/customers/").status_code == 302
    assert client.get("/security/").status_code == 302
    response = second(client, "000000")
    assert response.status_code == 200
    assert "That code is wrong, or was used before" in words(response)
    assert client.get("/customers/").status_code == 302
    assert second(client, code_at(secret, steps=0))["Location"] == "/customers/"
    assert client.get("/customers/").status_code == 200
    last = SignInEvent.objects.filter(event="signed_in").latest("id")
    assert last.detail == "password + totp"


def test_a_code_opens_one_door_once(enter: Enter) -> None:
    secret, _ = enrol(enter())
    first, again = Client(), Client()
    code = code_at(secret)
    knock(first, "helena")
    knock(again, "helena")
    assert second(first, code).status_code == 302
    assert second(again, code).status_code == 200
    assert second(again, f" {code}").status_code == 200
    assert again.get("/customers/").status_code == 302
    assert second(again, code_at(secret, steps=1)).status_code == 302


def test_the_code_shown_at_set_up_is_spent(enter: Enter) -> None:
    secret, _ = enrol(enter())
    client = Client()
    knock(client, "helena")
    assert second(client, code_at(secret, steps=-1)).status_code == 200


def test_a_code_stays_spent_as_long_as_it_is_good() -> None:
    who, now = Visitor("helena", None), clock.machine_now()
    assert identity.spend_code(who, "123456", at=now)
    assert not identity.spend_code(who, "123456", at=now + timedelta(seconds=95))
    assert identity.spend_code(Visitor("carl", None), "123456", at=now)


def test_five_wrong_codes_end_in_a_wait_from_any_address(enter: Enter) -> None:
    secret, _ = enrol(enter())
    for n in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{n}")
        knock(client, "helena")
        assert second(client, "000000").status_code == 200
    client = Client(REMOTE_ADDR="198.51.100.77")
    knock(client, "helena")
    assert second(client, code_at(secret)).status_code == 429
    assert client.get("/customers/").status_code == 302


def test_a_recovery_code_lets_in_once(enter: Enter) -> None:
    _, codes = enrol(enter())
    client, again = Client(), Client()
    knock(client, "helena")
    assert second(client, codes[3]).status_code == 302
    knock(again, "helena")
    assert second(again, codes[3]).status_code == 200
    assert second(again, codes[4]).status_code == 302


def test_recovery_codes_are_shown_once_and_new_ones_end_the_old(enter: Enter) -> None:
    client = enter()
    _, codes = enrol(client)
    page = body(client.get("/security/codes/"))
    assert not any(code in page for code in codes)
    assert "There are 10 codes left" in words(client.get("/security/codes/"))
    client.post("/security/codes/new")
    page = body(client.get("/security/codes/"))
    made = re.findall(r'<li class="ref">(\d{8})</li>', page)
    assert len(made) == 10
    assert set(made).isdisjoint(codes)
    assert f'href="data:text/plain;charset=utf-8,{made[0]}%0D%0A' in page
    other = Client()
    knock(other, "helena")
    assert second(other, codes[0]).status_code == 200


def test_cancelling_half_way_leaves_nothing_open(enter: Enter) -> None:
    secret, _ = enrol(enter())
    client = Client()
    knock(client, "helena")
    assert client.post("/logout/").status_code == 302
    assert second(client, code_at(secret))["Location"] == "/login/"
    assert client.get("/customers/").status_code == 302


def test_a_half_open_door_is_no_way_to_another_user(enter: Enter) -> None:
    secret, _ = enrol(enter("carl"))
    enrol(enter("helena"))
    client = Client()
    knock(client, "helena")
    assert second(client, code_at(secret)).status_code == 200
    assert client.get("/customers/").status_code == 302


@pytest.mark.parametrize("address", ["/", "/customers/", "/security/", "/search?q=a", "/nowhere/"])
def test_who_owes_a_second_factor_sees_nothing_else(
    enter: Enter, settings: Settings, address: str
) -> None:
    settings.SECOND_FACTOR = "privileged"
    client = enter("helena")
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, "/security/second-factor/")
    page = body(client.get("/security/second-factor/"))
    assert "Acme Supply" not in page
    assert 'class="rail"' not in page


def test_set_up_once_the_desk_opens_and_next_time_the_code_is_asked(
    enter: Enter, settings: Settings
) -> None:
    settings.SECOND_FACTOR = "privileged"
    client = enter("helena")
    assert 'class="rail"' not in body(client.get("/security/app/"))
    secret, _ = enrol(client)
    assert client.get("/customers/").status_code == 200
    again = Client()
    assert knock(again, "helena")["Location"] == "/login/second/"
    assert second(again, code_at(secret)).status_code == 302
    assert again.get("/customers/").status_code == 200


def test_the_policy_asks_by_role_anywhere(enter: Enter, settings: Settings) -> None:
    settings.SECOND_FACTOR = "privileged"
    assert enter("carl").get("/customers/").status_code == 200
    settings.SECOND_FACTOR = "all"
    assert enter("carl").get("/customers/").status_code == 302


def test_a_policy_begun_during_a_session_holds_at_once(enter: Enter, settings: Settings) -> None:
    other = enter()
    client = enter()
    enrol(client)
    settings.SECOND_FACTOR = "all"
    assert client.get("/customers/").status_code == 200
    assert other.get("/customers/")["Location"] == "/security/second-factor/"
    assert "Show yours before you go on" in words(other.get("/security/second-factor/"))


def test_showing_the_factor_later_opens_the_desk(enter: Enter, settings: Settings) -> None:
    other = enter()
    secret, _ = enrol(enter())
    settings.SECOND_FACTOR = "all"
    given = {"code": code_at(secret), "next": "/customers/"}
    assert other.post("/again/code/", given)["Location"] == "/customers/"
    assert other.get("/customers/").status_code == 200


def test_the_last_required_factor_cannot_be_removed(enter: Enter, settings: Settings) -> None:
    settings.SECOND_FACTOR = "all"
    client = enter()
    enrol(client)
    response = client.post("/security/app/remove")
    assert "add another before you remove the last" in words(response)
    assert Authenticator.objects.filter(type="totp").exists()
    settings.SECOND_FACTOR = "off"
    assert client.post("/security/app/remove").status_code == 302
    assert not Authenticator.objects.exists()


def test_an_administrator_resets_a_lost_factor(enter: Enter) -> None:
    client = enter()
    enrol(client)
    assert identity.forget_factors("helena", by="test") == 2
    assert client.get("/customers/").status_code == 302
    assert knock(Client(), "helena")["Location"] == "/"


def test_without_its_key_the_installation_takes_no_code(enter: Enter, settings: Settings) -> None:
    secret, codes = enrol(enter())
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    for code in (code_at(secret), codes[0], code_at("A" * 32), code_at("")):
        client = Client()
        knock(client, "helena")
        assert second(client, code).status_code == 200
    settings.SECRET_KEY_FALLBACKS = [before]
    client = Client()
    knock(client, "helena")
    assert second(client, codes[0]).status_code == 302
    assert User.objects.get(username="helena").last_login is not None


def test_somebody_elses_factors_cannot_be_touched(enter: Enter) -> None:
    enrol(enter("carl"))
    carl = Authenticator.objects.get(type="totp")
    passkey = Authenticator.objects.create(
        user=carl.user, type="webauthn", data={"name": "Carl's", "credential": {}}
    )
    client = enter("helena")
    for address in ("name", "remove"):
        url = f"/security/passkeys/{passkey.pk}/{address}"
        assert client.get(url).status_code == 404
        assert client.post(url, {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk, data__name="Carl's").exists()
