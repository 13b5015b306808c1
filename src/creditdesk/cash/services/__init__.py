"""The writers of cash: statements taken in, payments matched, applied, undone."""

from creditdesk.cash.services.accounts import open_account
from creditdesk.cash.services.application import (
    ApplyResult,
    apply,
    assign_payer,
    put_on_account,
    undo,
)
from creditdesk.cash.services.bouncing import bounce
from creditdesk.cash.services.catching_up import CaughtUp, catch_up
from creditdesk.cash.services.counting import count_due
from creditdesk.cash.services.depositing import (
    DepositResult,
    RecognisedResult,
    deposit,
    recognise_deposits,
    settle_deposit,
    unsettle_deposit,
    void_deposit,
)
from creditdesk.cash.services.exchanging import Exchanged, ExchangedPart, apply_exchanged
from creditdesk.cash.services.files import (
    Refusal,
    keep_refused,
    refusal_of,
    set_aside_refused,
    take_in_refused,
)
from creditdesk.cash.services.keeping import MatchResult
from creditdesk.cash.services.moving import Move, move
from creditdesk.cash.services.netting import set_off, undo_set_off
from creditdesk.cash.services.ordering import Moved, replay
from creditdesk.cash.services.realising import realise_missing
from creditdesk.cash.services.receipts import (
    NewReceipt,
    ReceiptResult,
    cancel_receipt,
    receive,
    take_receipt,
)
from creditdesk.cash.services.receiving import OnlineReceipt, receive_online
from creditdesk.cash.services.relations import apply_for_several, end_relation, relate_payer
from creditdesk.cash.services.remittances import (
    MailedResult,
    TakenAdvice,
    keep_refused_advice,
    read_mailed_advices,
    set_aside_advice,
    take_in_advice,
    tie_advice,
)
from creditdesk.cash.services.returned_lines import (
    TiedResult,
    set_return_aside,
    tie_return,
    tie_returns,
)
from creditdesk.cash.services.returned_writing import CHARGED_BACK, REFUNDED_ELSEWHERE, Returned
from creditdesk.cash.services.returning import ReturnResult, return_payments
from creditdesk.cash.services.returns_undone import undo_return
from creditdesk.cash.services.rounds import match
from creditdesk.cash.services.shortfalls import (
    Solution,
    SolvedResult,
    solution,
    solve_short,
    undo_given,
)
from creditdesk.cash.services.statements import take_in
from creditdesk.cash.services.taken import StatementResult, TakeInResult, Warned
from creditdesk.cash.services.tills import TillResult, count_till
from creditdesk.cash.services.training import TrainResult, train

__all__ = [
    "CHARGED_BACK",
    "REFUNDED_ELSEWHERE",
    "ApplyResult",
    "CaughtUp",
    "DepositResult",
    "Exchanged",
    "ExchangedPart",
    "MailedResult",
    "MatchResult",
    "Move",
    "Moved",
    "NewReceipt",
    "OnlineReceipt",
    "ReceiptResult",
    "RecognisedResult",
    "Refusal",
    "ReturnResult",
    "Returned",
    "Solution",
    "SolvedResult",
    "StatementResult",
    "TakeInResult",
    "TakenAdvice",
    "TiedResult",
    "TillResult",
    "TrainResult",
    "Warned",
    "apply",
    "apply_exchanged",
    "apply_for_several",
    "assign_payer",
    "bounce",
    "cancel_receipt",
    "catch_up",
    "count_due",
    "count_till",
    "deposit",
    "end_relation",
    "keep_refused",
    "keep_refused_advice",
    "match",
    "move",
    "open_account",
    "put_on_account",
    "read_mailed_advices",
    "realise_missing",
    "receive",
    "receive_online",
    "recognise_deposits",
    "refusal_of",
    "relate_payer",
    "replay",
    "return_payments",
    "set_aside_advice",
    "set_aside_refused",
    "set_off",
    "set_return_aside",
    "settle_deposit",
    "solution",
    "solve_short",
    "take_in",
    "take_in_advice",
    "take_in_refused",
    "take_receipt",
    "tie_advice",
    "tie_return",
    "tie_returns",
    "train",
    "undo",
    "undo_given",
    "undo_return",
    "undo_set_off",
    "unsettle_deposit",
    "void_deposit",
]
