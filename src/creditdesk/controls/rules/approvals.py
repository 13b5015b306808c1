"""How a request for a second person stands. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

# Permissions by which people decide what others asked for.
APPROVALS: Final = (
    "credit.approve_limit",
    "invoices.approve_credit",
    "controls.approve_exception",
    "collections.approve_write_off",
    "ledger.approve_reopen",
    "policy.publish",
)
State = Literal["waiting", "done", "failed", "refused", "withdrawn", "expired"]


def state_of(stored: str, expires_at: datetime, at: datetime) -> str:
    """Return the state at a moment: what waits past its day has expired, written down or not."""
    return "expired" if stored == "waiting" and at >= expires_at else stored
