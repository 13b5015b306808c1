"""Who reacts to what: the house's whole behaviour between rooms, on one page."""

from __future__ import annotations

from creditdesk.plumbing.events import AT_ONCE, LATER


def connect() -> None:
    """Fill the two lists; called once when the product starts.

    AT_ONCE runs in the transaction that made the fact, set-based, and sends nothing.
    LATER queues one job per reaction per batch.
    """
    AT_ONCE.update({})
    LATER.update({})
