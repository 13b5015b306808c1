"""A company whose commits last, on Monday 2 March 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from creditdesk.kernel.actor import Actor
from tests.scenarios.story import Company
from tests.support.fixtures import founded


@pytest.fixture
def we(committed_db: str, actor_of: Callable[..., Actor]) -> Company:
    """Our company."""
    return Company(actor_of(founded().id, today=date(2026, 3, 2)))
