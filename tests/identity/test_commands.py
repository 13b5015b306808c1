"""`creditdesk user …`, typed in this process: what is said, what is changed, what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from django.test import Client

from creditdesk.controls import queries as controls
from creditdesk.controls.identity import queries
from creditdesk.controls.models import AuditEntry, User
from creditdesk.controls.queries import CompanyRow
from creditdesk.faces.cli import main
from tests.faces.desk.pages import words
from tests.identity.conftest import PASSWORD, Enter, code_at, enrol, knock

GOOD = "heron-5521-lantern"
Type = Callable[..., tuple[int, str]]


@pytest.fixture
def typed(
    people: CompanyRow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Type:
    """Type a command: `typed("list")`; return its status and what it said."""
    monkeypatch.setattr("creditdesk.faces.cli.install.require_up_to_date", lambda: None)

    def make(*given: str, password: str = "") -> tuple[int, str]:
        monkeypatch.setenv("CREDITDESK_PASSWORD", password)
        monkeypatch.setattr(sys, "argv", ["creditdesk", "user", *given])
        with pytest.raises(SystemExit) as ended:
            main.run()
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out + err

    return make


def test_a_user_is_added_once_with_a_good_password(typed: Type, people: CompanyRow) -> None:
    given = ("add", "olga", "--role", "sales", "--full-name", "Olga Oak", "--email", "o@x.example")
    status, said = typed(*given, password="short")
    assert (status, "password_weak" in said) == (2, True)
    assert not User.objects.filter(username="olga").exists()
    assert typed(*given, password=GOOD) == (0, "olga may sign in as sales\n")
    made = User.objects.get(username="olga")
    assert (made.first_name, made.last_name, made.email) == ("Olga", "Oak", "o@x.example")
    assert controls.roles_of(made.pk, people.id) == {"sales"}
    assert knock(Client(), "olga", GOOD).status_code == 302
    status, said = typed(*given, password="another-5521-one")
    assert (status, "user_exists" in said) == (2, True)
    assert knock(Client(), "olga", GOOD).status_code == 302


def test_an_unknown_role_or_company_adds_nobody(typed: Type) -> None:
    for given in (("--role", "king"), ("--role", "sales", "--company", "nowhere")):
        assert typed("add", "olga", *given, password=GOOD)[0] == 2
        assert not User.objects.filter(username="olga").exists()


def test_a_user_without_password_cannot_come_in_by_one(typed: Type) -> None:
    assert typed("add", "olga", "--no-password", "--email", "o@x.example")[0] == 0
    assert not User.objects.get(username="olga").has_usable_password()
    assert knock(Client(), "olga", "").status_code == 200


def test_users_are_listed_with_roles_and_factors(typed: Type, enter: Enter) -> None:
    enrol(enter("helena"))
    _, said = typed("list")
    lines = {line.split()[0]: line.split() for line in said.splitlines()[1:]}
    assert lines["helena"][1:4] == ["helena@acme.example", "manager@acme", "yes"]
    assert lines["carl"][1:] == ["carl@acme.example", "collector@acme", "no", "never"]


def test_roles_are_given_and_taken(typed: Type) -> None:
    assert typed("grant", "carl", "--role", "sales") == (0, "carl: collector@acme sales@acme\n")
    assert typed("revoke", "carl", "--role", "collector") == (0, "carl: sales@acme\n")
    assert typed("revoke", "carl", "--role", "collector") == (0, "carl: sales@acme\n")
    told = list(AuditEntry.objects.order_by("-id").values_list("command", flat=True)[:2])
    assert told == ["controls.revoke", "controls.grant"]
    assert typed("grant", "nobody", "--role", "sales")[0] == 2


def test_locking_and_unlocking(typed: Type, enter: Enter) -> None:
    client = enter("carl")
    assert typed("lock", "carl") == (0, "carl is locked; every session has ended\n")
    assert client.get("/customers/").status_code == 302
    assert knock(Client(), "carl").status_code == 200
    assert typed("unlock", "carl") == (0, "carl may try again\n")
    assert knock(Client(), "carl").status_code == 302
    told = AuditEntry.objects.order_by("-id").values_list("command", "actor")[:2]
    assert list(told) == [
        ("controls.unlock_user", "command line"), ("controls.lock_user", "command line"),
    ]  # fmt: skip


def test_a_new_password_replaces_the_old(typed: Type) -> None:
    assert typed("password", "carl", password=GOOD)[0] == 0
    assert knock(Client(), "carl", PASSWORD).status_code == 200
    assert knock(Client(), "carl", GOOD).status_code == 302
    assert GOOD not in str(list(AuditEntry.objects.values()))


def test_a_lost_second_factor_is_reset(typed: Type, enter: Enter) -> None:
    assert typed("second-factor", "helena") == (0, "helena: no second factor\n")
    assert "second_factor_missing" in typed("second-factor", "helena", "--reset")[1]
    secret, _ = enrol(enter("helena"))
    assert typed("second-factor", "helena") == (0, "helena: authenticator app\n")
    assert typed("second-factor", "helena", "--reset")[0] == 0
    assert not queries.user("helena").has_second_factor
    client = Client()
    assert knock(client, "helena")["Location"] == "/"
    assert client.post("/login/second/", {"code": code_at(secret)}).status_code == 302


def test_the_journal_is_shown_latest_last(typed: Type) -> None:
    knock(Client(), "carl", "wrong")
    _, said = typed("door", "carl")
    told = [line.split()[2:] for line in said.splitlines()]
    assert told == [
        ["tried", "password", "carl", "127.0.0.1"], ["wrong", "password", "carl", "127.0.0.1"],
    ]  # fmt: skip
    client = Client()
    knock(client, "carl")
    assert "A wrong password, code or passkey" in words(client.get("/security/"))
