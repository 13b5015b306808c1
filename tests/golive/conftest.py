from __future__ import annotations

import pytest

from creditdesk.kernel.actor import Actor
from tests.golive import erp
from tests.golive.erp import Company


@pytest.fixture
def going(actor: Actor) -> Company:
    """The standing company with its policy, on Monday 16 March 2026."""
    return erp.founded(actor)
