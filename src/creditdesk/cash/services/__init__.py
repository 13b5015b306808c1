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
from creditdesk.cash.services.returned_lines import (
    TiedResult,
    set_return_aside,
    tie_return,
    tie_returns,
)
from creditdesk.cash.services.returned_writing import Returned
from creditdesk.cash.services.returning import ReturnResult, return_payments
from creditdesk.cash.services.statements import (
    StatementResult,
    TakeInResult,
    Warned,
    take_in,
)

__all__ = [
    "ApplyResult",
    "MatchResult",
    "Refusal",
    "ReturnResult",
    "Returned",
    "StatementResult",
    "TakeInResult",
    "TiedResult",
    "Warned",
    "apply",
    "assign_payer",
    "keep_refused",
    "match",
    "open_account",
    "put_on_account",
    "refusal_of",
    "return_payments",
    "set_aside_refused",
    "set_return_aside",
    "take_in",
    "take_in_refused",
    "tie_return",
    "tie_returns",
    "undo",
]
