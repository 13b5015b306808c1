"""Sessions: listed, ended from elsewhere, ended by age and by a new password; asking again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings as live
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from creditdesk.controls.identity import queries
from creditdesk.controls.identity import services as identity
from creditdesk.controls.models import SignInEvent, User
from creditdesk.faces.desk.identity.visitors import in_words
from creditdesk.kernel.errors import Invalid
from creditdesk.plumbing import clock
from tests.faces.desk.pages import words
from tests.identity.conftest import PASSWORD, Enter, knock

pytestmark = pytest.mark.usefixtures("people")
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0"
    " Safari/537.36 Edg/131.0"
)
LAPTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0"


def grown_old(client: Client, **seconds: float) -> None:
    """Set the session back in time."""
    session = client.session
    for name, by in seconds.items():
        session[name] = clock.machine_now().timestamp() - by
    session.save()


def proved_long_ago(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= live.ASK_AGAIN.total_seconds() + 1
    session.save()


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (PHONE, "Safari on iPhone"),
        (LAPTOP, "Firefox on Windows"),
        (EDGE, "Edge on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "An unknown program"),
        ("<script>alert(1)</script>", "An unknown program"),
    ],
)  # fmt: skip
def test_a_user_agent_in_plain_words(agent: str, said: str) -> None:
    assert in_words(agent) == said


def test_every_place_is_listed_and_this_one_is_marked(enter: Enter) -> None:
    laptop = enter(headers={"user-agent": LAPTOP})
    enter(headers={"user-agent": PHONE}, REMOTE_ADDR="198.51.100.9")
    enter("carl")
    page = words(laptop.get("/security/sessions/"))
    assert "Firefox on Windows this one 127.0.0.1" in page
    assert "Safari on iPhone 198.51.100.9" in page
    assert page.count("last seen") == 2
    assert "2 sessions" in words(laptop.get("/security/"))


def test_one_session_ends_another(enter: Enter) -> None:
    laptop, phone, third = enter(), enter(), enter()
    row = UserSession.objects.get(session_key=phone.session.session_key)
    assert laptop.post(f"/security/sessions/{row.pk}/end").status_code == 303
    assert phone.get("/customers/").status_code == 302
    assert third.get("/customers/").status_code == 200
    assert laptop.get("/customers/").status_code == 200
    assert laptop.post("/security/sessions/end").status_code == 303
    assert third.get("/customers/").status_code == 302
    assert laptop.get("/customers/").status_code == 200
    assert len(queries.sessions(User.objects.get(username="helena").pk)) == 1


def test_nobody_ends_the_session_of_somebody_else_nor_their_own_by_that_way(enter: Enter) -> None:
    helena, carl = enter("helena"), enter("carl")
    for client in (helena, carl):
        for row in UserSession.objects.all():
            if row.user.username == "helena":
                client.post(f"/security/sessions/{row.pk}/end")
    assert helena.get("/customers/").status_code == 200
    assert carl.get("/customers/").status_code == 200


def test_a_new_password_ends_every_other_session(enter: Enter) -> None:
    here, there = enter(), enter()
    given = {"oldpassword": PASSWORD, "password1": "tide-9023-table"}
    response = here.post("/security/password/", {**given, "password2": "tide-9023-table"})
    assert response["Location"] == "/security/"
    assert there.get("/customers/").status_code == 302
    assert here.get("/customers/").status_code == 200
    assert knock(Client(), "helena").status_code == 200
    assert knock(Client(), "helena", "tide-9023-table").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wrong", "tide-9023-table", "current password"),
        (PASSWORD, "short", "too short"),
        (PASSWORD, "password123", "too common"),
        (PASSWORD, "helena@acme.example", "too similar"),
    ],
)
def test_a_password_is_not_changed_for_a_bad_one(
    enter: Enter, old: str, new: str, said: str
) -> None:
    client = enter()
    given = {"oldpassword": old, "password1": new, "password2": new}
    response = client.post("/security/password/", given)
    assert response.status_code == 200
    assert said in words(response)
    assert knock(Client(), "helena").status_code == 302


def test_the_old_password_cannot_be_guessed_from_within(enter: Enter) -> None:
    client = enter()
    given = {"password1": "tide-9023-table", "password2": "tide-9023-table"}
    answers = [client.post("/security/password/", {**given, "oldpassword": "x"}) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert client.post("/security/password/", {**given, "oldpassword": PASSWORD}).status_code == 429


def test_an_administrators_new_password_ends_every_session_and_must_be_good(enter: Enter) -> None:
    client = enter()
    with pytest.raises(Invalid) as weak:
        identity.set_password("helena", "short", by="test")
    assert weak.value.code == "password_weak"
    assert client.get("/customers/").status_code == 200
    identity.set_password("helena", "tide-9023-table", by="test")
    assert client.get("/customers/").status_code == 302
    assert not UserSession.objects.filter(user__username="helena").exists()


def test_an_idle_session_ends(enter: Enter, settings: Settings) -> None:
    client = enter()
    client.get("/")
    grown_old(client, seen=settings.SESSION_IDLE.total_seconds() - 5)
    assert client.get("/customers/").status_code == 200
    grown_old(client, seen=settings.SESSION_IDLE.total_seconds() + 5)
    assert client.get("/customers/").status_code == 302
    assert "You were signed out after a while without work" in words(client.get("/login/"))
    assert SignInEvent.objects.filter(event="expired").count() == 1


def test_a_session_ends_after_its_hours_however_busy(enter: Enter, settings: Settings) -> None:
    client = enter()
    client.get("/")
    grown_old(client, began=settings.SESSION_COOKIE_AGE + 5, seen=1)
    assert client.get("/customers/").status_code == 302


def test_where_a_session_works_is_noted_at_most_once_a_minute(enter: Enter) -> None:
    client = enter()
    client.get("/")
    row = UserSession.objects.get()
    before = row.last_seen_at
    client.get("/customers/", REMOTE_ADDR="198.51.100.9")
    row.refresh_from_db()
    assert (row.last_seen_at, row.ip) == (before, "127.0.0.1")
    grown_old(client, seen=61)
    client.get("/customers/", REMOTE_ADDR="198.51.100.9")
    row.refresh_from_db()
    assert row.last_seen_at > before - timedelta(seconds=1)
    assert row.ip == "198.51.100.9"


def test_what_ran_out_is_forgotten_and_not_listed(enter: Enter, settings: Settings) -> None:
    here, idle, gone = enter(), enter(), enter()
    keys = {name: one.session.session_key for name, one in (("idle", idle), ("gone", gone))}
    old = clock.machine_now() - settings.SESSION_IDLE - timedelta(seconds=5)
    UserSession.objects.filter(session_key=keys["idle"]).update(last_seen_at=old)
    Session.objects.filter(session_key=keys["gone"]).update(expire_date=old)
    assert words(here.get("/security/sessions/")).count("last seen") == 1
    enter()
    assert not Session.objects.filter(session_key=keys["gone"]).exists()
    assert not UserSession.objects.filter(session_key=keys["gone"]).exists()
    assert UserSession.objects.filter(session_key=keys["idle"]).exists()


SENSITIVE = (
    "/security/app/", "/security/passkeys/add", "/security/codes/new", "/security/sessions/end",
)  # fmt: skip


@pytest.mark.parametrize("address", SENSITIVE)
def test_sensitive_pages_ask_again_after_a_while(enter: Enter, address: str) -> None:
    client = enter()
    proved_long_ago(client)
    response = client.post(address) if address.endswith("end") else client.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/again/?next=%2Fsecurity%2F")


def test_asking_again_lets_on_and_counts_wrong_answers(enter: Enter) -> None:
    client = enter()
    proved_long_ago(client)
    response = client.get("/security/passkeys/add")
    asked = {"next": "/security/passkeys/add"}
    assert client.post("/again/", {**asked, "password": "wrong"}).status_code == 200
    assert client.get("/security/passkeys/add").status_code == 302
    response = client.post("/again/", {**asked, "password": PASSWORD})
    assert response["Location"] == "/security/passkeys/add"
    assert client.get("/security/passkeys/add").status_code == 200
    proved_long_ago(client)
    answers = [client.post("/again/", {**asked, "password": "wrong"}) for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]


def test_asking_again_leads_nobody_away(enter: Enter) -> None:
    given = {"password": PASSWORD, "next": "https://evil.example/"}
    assert enter().post("/again/", given)["Location"] == "/"


def test_what_was_sent_before_asking_again_is_done_afterwards(enter: Enter) -> None:
    here, there = enter(), enter()
    proved_long_ago(here)
    response = here.post("/security/sessions/end")
    assert there.get("/customers/").status_code == 200
    given = {"password": PASSWORD, "next": "/security/sessions/end"}
    assert here.post(response["Location"], given).status_code == 303
    assert there.get("/customers/").status_code == 302
