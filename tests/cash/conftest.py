"""The cash desk: an actor in a company that has a policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from creditdesk.controls.queries import CompanyRow
from creditdesk.kernel.actor import Actor
from creditdesk.policy import services as policy
from tests.support.fixtures import founded


def with_policy(actor: Actor) -> Actor:
    policy.ensure_default(actor, valid_from=date(2020, 1, 1))
    return actor


@pytest.fixture
def desk(company: CompanyRow, actor_of: Callable[..., Actor]) -> Actor:
    """Somebody who may do everything in a company with the default policy, on 16 March 2026."""
    return with_policy(actor_of(company.id))


@pytest.fixture
def other(desk: Actor, actor_of: Callable[..., Actor]) -> Actor:
    """The same in another company, whose money is none of the first one's."""
    elsewhere = founded("other")
    assert elsewhere.id != desk.company_id
    return with_policy(actor_of(elsewhere.id))
