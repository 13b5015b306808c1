"""The only writers of the books: postings, and the periods that close them."""

from creditdesk.ledger.services.periods import (
    PROOFS,
    ClosedPeriod,
    close_period,
    reopen_period,
    what_blocks,
)
from creditdesk.ledger.services.posting import PostingColumns, hold_open, post, post_columns

__all__ = [
    "PROOFS",
    "ClosedPeriod",
    "PostingColumns",
    "close_period",
    "hold_open",
    "post",
    "post_columns",
    "reopen_period",
    "what_blocks",
]
