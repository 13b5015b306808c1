"""The API is tested through Django's own client, with a key, in the standing company."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from creditdesk.controls import services as controls
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import clock
from tests.orders.verbs import opened
from tests.support.fixtures import TODAY

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


class Caller:
    """Another system, with its key."""

    def __init__(self, secret: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, address: str) -> Response:
        return self.client.get(f"/api/v1{address}")

    def post(self, address: str, body: Any = None, **headers: str) -> Response:
        return self.client.post(
            f"/api/v1{address}", body, content_type="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )  # fmt: skip


@pytest.fixture
def desk(actor: Actor) -> Actor:
    """The standing actor in a company with its policy in force."""
    return opened(actor)


@pytest.fixture
def caller_of(desk: Actor) -> Callable[[str], Caller]:
    """Make a caller whose key has a role."""

    def make(role: str) -> Caller:
        return Caller(controls.issue_key(desk.company_id, name=role, by="test", role=role))

    return make


@pytest.fixture
def caller(caller_of: Callable[[str], Caller]) -> Any:
    """A system that may do everything, on Monday 16 March 2026."""
    with clock.held_at(datetime.combine(TODAY, time(9, 0), tzinfo=UTC)):
        yield caller_of("system")
