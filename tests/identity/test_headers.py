"""What every answer tells the browser; and what a proxy that speaks TLS adds."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import FileResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from creditdesk import config
from tests.identity.conftest import Enter

CONFIG = Path(config.__file__).parent
EXPECTED = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'",
    "Permissions-Policy": "camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}
# Pages for strangers to pay at have no script at all.
PAY = EXPECTED | {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}
# Pages for strangers to apply at have none either. Where they were followed from is told to this
# site alone: without it a browser says its forms came from nowhere, and they are refused.
APPLY = PAY
VALUES = {"int": "1", "slug": "x", "str": "x", "date": "2026-03-16", "path": "x", "uuid": "x"}


def addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Yield an address of every route, made-up values where it takes any."""
    for one in patterns:
        route = str(one.pattern)
        while "<" in route:
            head, _, rest = route.partition("<")
            taken, _, tail = rest.partition(">")
            kind = taken.partition(":")[0] if ":" in taken else "str"
            route = f"{head}{VALUES.get(kind, 'x')}{tail}"
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, before + route)
        elif isinstance(one, URLPattern):
            yield before + route


EVERY = sorted({one for one in addresses(get_resolver().url_patterns) if "^" not in one})


def lacking(address: str, response: Any) -> list[str]:
    strangers = {"/pay/": PAY, "/apply/": APPLY}
    expected = next((one for at, one in strangers.items() if address.startswith(at)), EXPECTED)
    return [name for name, value in expected.items() if value not in response.headers.get(name, "")]


@pytest.mark.usefixtures("people")
def test_every_answer_carries_the_headers_and_is_kept_nowhere(enter: Enter) -> None:
    assert len(EVERY) > 80
    client, wrong = enter("helena"), {}
    client.raise_request_exception = False
    for address in (*EVERY, "/nowhere/"):
        if address in ("/logout/", "/api/v1/openapi.json"):
            continue
        response = client.get(address)
        if isinstance(response, FileResponse):
            list(response)
            for closer in response._resource_closers:
                closer()
        assert response.status_code < 500, address
        missing = lacking(address, response)
        if "no-store" not in response.headers.get("Cache-Control", ""):
            missing.append("no-store")
        if missing:
            wrong[address] = missing
    assert wrong == {}


@pytest.mark.usefixtures("people")
def test_every_answer_to_a_stranger_carries_them_too() -> None:
    client, wrong, open_to_all = Client(), {}, []
    for address in EVERY:
        response = client.get(address)
        if isinstance(response, FileResponse):
            response.file_to_stream.close()
        if lacking(address, response):
            wrong[address] = lacking(address, response)
        if response.status_code == 200:
            open_to_all.append(address)
    assert wrong == {}
    assert open_to_all == [
        "/api/v1/health", "/api/v1/openapi.json", "/health/live", "/health/ready", "/login/",
        "/metrics",  # to this machine alone
    ]  # fmt: skip


def test_cookies_and_hosts_behind_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = runpy.run_path(str(CONFIG / "settings.py"))
    monkeypatch.setenv("CREDITDESK_TLS", "1")
    safe = runpy.run_path(str(CONFIG / "settings.py"))
    assert safe["SESSION_COOKIE_SECURE"] is safe["CSRF_COOKIE_SECURE"] is True
    assert safe["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert safe["CSRF_COOKIE_NAME"].startswith("__Host-")
    assert safe["SECURE_HSTS_SECONDS"] == 31_536_000
    assert safe["SESSION_COOKIE_HTTPONLY"] is plain["SESSION_COOKIE_HTTPONLY"] is True
    assert safe["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert "SECURE_HSTS_SECONDS" not in plain
    assert plain["SESSION_COOKIE_SECURE"] is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREDITDESK_SECOND_FACTOR", "on"),
        ("CREDITDESK_SIGN_IN_TRIES", "0"),
        ("CREDITDESK_SESSION_HOURS", "-1"),
        ("CREDITDESK_SESSION_IDLE_MINUTES", "soon"),
        ("CREDITDESK_OIDC_ISSUER", "http://login.example"),
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        runpy.run_path(str(CONFIG / "identity.py"))
