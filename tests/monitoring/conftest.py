"""Monitoring is tested in a company with the default policy and known rates."""

from __future__ import annotations

import pytest

from creditdesk.kernel.actor import Actor
from tests.orders.verbs import opened


@pytest.fixture
def desk(actor: Actor) -> Actor:
    """The standing actor in a company with its policy in force."""
    return opened(actor)
