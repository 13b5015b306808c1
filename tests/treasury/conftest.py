"""The treasury: a desk in a company, and the people whose duties must not meet."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from tests.cash.conftest import with_policy
from tests.treasury.people import person


@pytest.fixture
def desk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody who may do everything, a machine, on 16 March 2026."""
    return with_policy(actor_of(company.id))


@pytest.fixture
def clerk(desk: Actor) -> Actor:
    """Asks for refunds."""
    return person(desk, "clerk", "cash_applier")


@pytest.fixture
def checker(desk: Actor) -> Actor:
    """Checks bank details."""
    return person(desk, "checker", "master_data")


@pytest.fixture
def manager(desk: Actor) -> Actor:
    """Approves."""
    return person(desk, "manager", "manager")


@pytest.fixture
def treasurer(desk: Actor) -> Actor:
    """Lets money out."""
    return person(desk, "treasurer", "treasurer")
