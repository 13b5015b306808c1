"""Fixtures of the house: databases, the standing company, an actor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time

import pytest
from pytest_django.plugin import DjangoDbBlocker

from creditdesk.controls import queries as controls_queries
from creditdesk.controls import rules as controls_rules
from creditdesk.controls import services as controls
from creditdesk.kernel.actor import Actor
from tests.support import live


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The worker's database is a clone of the template already: nothing to create."""


@pytest.fixture
def committed_db(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A database of the test's own, where commits last and other threads see them."""
    with live.own_database(django_db_blocker) as name:
        yield name


TODAY = date(2026, 3, 16)  # a Monday


@pytest.fixture
def actor_of() -> Callable[..., Actor]:
    """Make an actor: `actor_of(company_id, role="collector", today=...)`."""

    def make(
        company_id: int,
        *,
        role: str = "system",
        today: date = TODAY,
        at: datetime | None = None,
        name: str = "test",
    ) -> Actor:
        return Actor(
            company_id=company_id,
            name=name,
            at=at or datetime.combine(today, time(9, 0), tzinfo=UTC),
            today=today,
            permissions=controls_rules.permissions_of({role}),
        )

    return make


@pytest.fixture
def company(db: None) -> controls_queries.CompanyRow:
    """The standing company, in a transaction that is rolled back."""
    return founded()


def founded(code: str = "acme", currency: str = "EUR") -> controls_queries.CompanyRow:
    """Found a company through the service; for tests with `committed_db`."""
    company_id = controls.found_company(
        code,
        name=f"{code.title()} Supply",
        currency=currency,
        country="DE",
        timezone="Europe/Berlin",
        sender_email="credit@example.com",
    )
    return controls_queries.company(company_id)


@pytest.fixture
def actor(company: controls_queries.CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody who may do everything in the standing company, on Monday 16 March 2026, 09:00."""
    return actor_of(company.id)


def standing_actor(of: controls_queries.CompanyRow) -> Actor:
    """Somebody who may do everything in a company, on that Monday at nine."""
    return Actor(
        company_id=of.id,
        name="test",
        at=datetime.combine(TODAY, time(9, 0), tzinfo=UTC),
        today=TODAY,
        permissions=controls_rules.permissions_of({controls_rules.MACHINE}),
    )
