"""The writers of cash: statements taken in, payments matched, applied, undone."""

from creditdesk.cash.services.accounts import open_account
from creditdesk.cash.services.application import (
    ApplyResult,
    apply,
    assign_payer,
    put_on_account,
    undo,
)
from creditdesk.cash.services.exchanging import Exchanged, apply_exchanged
from creditdesk.cash.services.files import (
    Refusal,
    keep_refused,
    refusal_of,
    set_aside_refused,
    take_in_refused,
)
from creditdesk.cash.services.keeping import MatchResult
from creditdesk.cash.services.matching import match
from creditdesk.cash.services.ordering import Moved, replay
from creditdesk.cash.services.realising import realise_missing
from creditdesk.cash.services.shortfalls import (
    Solution,
    SolvedResult,
    solution,
    solve_short,
    undo_given,
)
from creditdesk.cash.services.statements import (
    StatementResult,
    TakeInResult,
    Warned,
    take_in,
)

__all__ = [
    "ApplyResult",
    "Exchanged",
    "MatchResult",
    "Moved",
    "Refusal",
    "Solution",
    "SolvedResult",
    "StatementResult",
    "TakeInResult",
    "Warned",
    "apply",
    "apply_exchanged",
    "assign_payer",
    "keep_refused",
    "match",
    "open_account",
    "put_on_account",
    "realise_missing",
    "refusal_of",
    "replay",
    "set_aside_refused",
    "solution",
    "solve_short",
    "take_in",
    "take_in_refused",
    "undo",
    "undo_given",
]
