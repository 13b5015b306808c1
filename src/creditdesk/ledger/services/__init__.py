"""The only writers of the books: postings, and the periods that close them."""

from creditdesk.ledger.services.periods import (
    PROOFS,
    ClosedPeriod,
    close_period,
    reopen_period,
    what_blocks,
)
from creditdesk.ledger.services.posting import hold_open, post, post_items

__all__ = [
    "PROOFS",
    "ClosedPeriod",
    "close_period",
    "hold_open",
    "post",
    "post_items",
    "reopen_period",
    "what_blocks",
]
