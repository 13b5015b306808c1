"""Before which commands people show again who they are, and what a company may add. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

# Asked always, in every company: what moves power, closes books, or cannot be undone. Names of
# commands still to come stand here already, so that none is forgotten once it exists.
ASKED_AGAIN: Final[frozenset[str]] = frozenset(
    {
        "controls.approve",
        "controls.ask_exception",
        "controls.end_exception",
        "controls.grant",
        "controls.issue_key",
        "controls.revoke",
        "controls.set_security",
        "customers.change_bank_details",
        "ledger.close_period",
        "ledger.reopen_period",
        "policy.publish",
        "privacy.erase",
    }
)
# What a company may add to them.
MAY_BE_ASKED: Final[tuple[str, ...]] = (
    "cash.apply",
    "cash.undo",
    "collections.run",
    "controls.refuse",
    "controls.set_book",
    "credit.block",
    "credit.set_limit",
    "credit.unblock",
    "customers.edit",
    "golive.sign",
    "imports.load",
    "invoices.credit",
    "orders.release",
)


def is_recent(proved_at: datetime, *, now: datetime, within: timedelta) -> bool:
    """Whether the last proof of who is there is recent enough; one of the future is none."""
    return now - within < proved_at <= now + timedelta(minutes=1)
