"""Alerts are tested in a company with the default policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from creditdesk.kernel.actor import Actor
from tests.orders.verbs import opened


@pytest.fixture
def desk(actor: Actor) -> Actor:
    """The standing actor in a company with its policy in force."""
    return opened(actor)


@pytest.fixture
def on(actor_of: Callable[..., Actor], desk: Actor) -> Callable[[date], Actor]:
    """Act on another day: `on(date(2026, 4, 1))`."""
    return lambda day: actor_of(desk.company_id, today=day)
