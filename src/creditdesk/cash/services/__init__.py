"""The writers of cash: statements taken in, payments matched, applied, undone."""

from creditdesk.cash.services.accounts import open_account
from creditdesk.cash.services.application import (
    ApplyResult,
    apply,
    assign_payer,
    put_on_account,
    undo,
)
from creditdesk.cash.services.matching import MatchResult, match
from creditdesk.cash.services.statements import (
    StatementResult,
    TakeInResult,
    Warned,
    take_in,
)

__all__ = [
    "ApplyResult",
    "MatchResult",
    "StatementResult",
    "TakeInResult",
    "Warned",
    "apply",
    "assign_payer",
    "match",
    "open_account",
    "put_on_account",
    "take_in",
    "undo",
]
