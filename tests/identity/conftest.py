"""People at the door, over HTTP requests of Django's client; the clock of codes stands still."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from pytest_django import Settings

from creditdesk.controls import services as controls
from creditdesk.controls.queries import CompanyRow
from tests.faces.desk.pages import body

PASSWORD = "quay-4711-harbour"
SECRET = re.compile(r"data-secret>([A-Z2-7 ]+)<")
CODE = re.compile(r'<li class="ref">(\d{8})</li>')
NOW = time.time()
Enter = Callable[..., Client]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the library's clock for codes, so that no test straddles two half minutes."""
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: NOW))


@pytest.fixture
def people(company: CompanyRow) -> CompanyRow:
    """Helena manages, Carl collects, Ada administers; all of one password."""
    for name, role in (("helena", "manager"), ("carl", "collector"), ("ada", "administrator")):
        controls.add_user(name, password=PASSWORD, email=f"{name}@acme.example")
        controls.grant(name, company_id=company.id, role=role, by="test")
    return company


def knock(client: Client, name: str, password: str = PASSWORD, **more: object) -> object:
    """Post the door's form."""
    given = {"username": name, "password": password, "next": more.pop("next", "")}
    return client.post("/login/", given, **more)  # type: ignore[arg-type]


@pytest.fixture
def enter(people: CompanyRow) -> Enter:
    """Sign somebody in by name and password, as a person does."""

    def make(name: str = "helena", **extra: str) -> Client:
        client = Client(**extra)
        response = client.post("/login/", {"username": name, "password": PASSWORD})
        assert response.status_code == 302, body(response)
        return client

    return make


def code_at(secret: str, *, steps: int = 0, at: float = NOW) -> str:
    """Return the code an app would show, some half minutes from then; RFC 6238."""
    counter = struct.pack(">Q", int(at) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    value = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
    return f"{value % 1_000_000:06}"


def enrol(client: Client) -> tuple[str, list[str]]:
    """Set an authenticator app up; return its secret and the recovery codes shown once."""
    found = SECRET.search(body(client.get("/security/app/")))
    assert found is not None
    secret = found[1].replace(" ", "")
    response = client.post("/security/app/", {"code": code_at(secret, steps=-1)})
    assert response.status_code == 302, body(response)
    assert response["Location"] == "/security/codes/"
    return secret, CODE.findall(body(client.get("/security/codes/")))
