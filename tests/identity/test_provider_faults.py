"""The provider failing at every exchange in every way: nobody is half in, the next try works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from requests.adapters import HTTPAdapter

from creditdesk.controls.models import SignInEvent, User
from tests.faces.desk.pages import words
from tests.faults.harness import IS_DEEP
from tests.identity.test_provider import (
    _provider,  # noqa: F401 - a fixture
    come_in,
    consent,
    is_in,
    issuer,  # noqa: F401 - a fixture
)

pytestmark = [
    pytest.mark.usefixtures("people"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
BEFORE, LOST, LATE = "before", "lost", "late"
BODIES = [b"not json", b"[]", b"null", b"{}", b'"text"', b'{"keys": null, "sub": 7}', b""]


@dataclass
class Line:
    """The line between the desk and the provider; it fails at its n-th exchange."""

    at: int
    way: str | int | bytes
    exchanges: int = 0

    def send(self, send: Any, adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        """Carry a request there and the answer back, or fail at it."""
        self.exchanges += 1
        if self.exchanges != self.at:
            return send(adapter, *args, **kwargs)
        if self.way == BEFORE:
            raise requests.ConnectionError("nobody there")
        answer = send(adapter, *args, **kwargs)
        if self.way in (LOST, LATE):
            answer.close()
        if self.way == LOST:
            raise requests.ConnectionError("the answer was lost")
        if self.way == LATE:
            raise requests.ReadTimeout("too late")
        if isinstance(self.way, int):
            answer.status_code = self.way
        else:
            answer._content = self.way
        return answer


@contextmanager
def failing(line: Line) -> Iterator[None]:
    """Within the block the desk reaches the provider only over that line."""
    send = HTTPAdapter.send

    def on_send(adapter: HTTPAdapter, *args: Any, **kwargs: Any) -> Any:
        return line.send(send, adapter, *args, **kwargs)

    with patch.object(HTTPAdapter, "send", on_send):
        yield


def tried(client: Client, line: Line) -> Any:
    """Try to come in over that line; return the page at which it ended."""
    with failing(line):
        began = client.get("/oidc/company/login/")
    if began.status_code != 302:
        return began
    back = consent(str(began["Location"]), "helena")
    with failing(line):
        return client.get(back)


def exchanges() -> int:
    line = Line(0, BEFORE)
    assert tried(Client(), line).status_code == 302
    SocialAccount.objects.all().delete()
    return line.exchanges


WAYS = [BEFORE, LOST, LATE, 500, 503, *BODIES] if IS_DEEP else [LOST, 503, b"[]", BODIES[-2]]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: repr(way)[:20])
def test_a_provider_that_fails_at_any_exchange_lets_nobody_half_in(way: str | int | bytes) -> None:
    count = exchanges()
    assert count >= 4
    for at in range(1, count + 1):
        client = Client()
        line = Line(at, way)
        page = tried(client, line)
        assert line.exchanges >= at, f"exchange {at} was never reached"
        assert page.status_code == 403, f"exchange {at} of {count}: {page.status_code}"
        assert "provider_failed" in words(page)
        assert not is_in(client)
        assert User.objects.count() == 3
        assert not SocialAccount.objects.exists()
        assert (
            SignInEvent.objects.filter(event="refused")
            .latest("id")
            .detail.startswith("provider_failed")
        )
        come_in(client, "helena")
        assert is_in(client), f"not in after a fault at exchange {at}"
        SocialAccount.objects.all().delete()
