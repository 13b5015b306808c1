"""The writers of cash: statements taken in, payments matched, applied, undone."""

from creditdesk.cash.services.accounts import open_account
from creditdesk.cash.services.application import (
    ApplyResult,
    apply,
    assign_payer,
    put_on_account,
    undo,
)
from creditdesk.cash.services.files import (
    Refusal,
    keep_refused,
    refusal_of,
    set_aside_refused,
    take_in_refused,
)
from creditdesk.cash.services.matching import MatchResult, match
from creditdesk.cash.services.moving import Move, move
from creditdesk.cash.services.receiving import OnlineReceipt, receive_online
from creditdesk.cash.services.statements import (
    StatementResult,
    TakeInResult,
    Warned,
    take_in,
)

__all__ = [
    "ApplyResult",
    "MatchResult",
    "Move",
    "OnlineReceipt",
    "Refusal",
    "StatementResult",
    "TakeInResult",
    "Warned",
    "apply",
    "assign_payer",
    "keep_refused",
    "match",
    "move",
    "open_account",
    "put_on_account",
    "receive_online",
    "refusal_of",
    "set_aside_refused",
    "take_in",
    "take_in_refused",
    "undo",
]
