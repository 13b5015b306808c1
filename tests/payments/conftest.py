"""A company that takes payments online, and its provider on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.payments import gateway
from tests.cash.conftest import with_policy
from tests.payments.desk import PUBLIC
from tests.support import stripe_server
from tests.support.stripe_server import KEY, SECRET, Provider


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The provider, and a company's settings that lead to it."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.02)
    with stripe_server.provider() as of:
        settings.PUBLIC_URL = PUBLIC
        settings.STRIPE_KEYS = {"acme": (KEY,)}
        settings.STRIPE_WEBHOOK_SECRETS = {"acme": (SECRET,)}
        settings.STRIPE_API = settings.STRIPE_CHECKOUT = of.url
        yield of


@pytest.fixture
def stripe_of(provider: Provider) -> gateway.Stripe:
    """Stripe as the company asks it."""
    return gateway.Stripe(KEY)


@pytest.fixture
def desk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody who may do everything in a company with the default policy, on 16 March 2026."""
    return with_policy(actor_of(company.id))
