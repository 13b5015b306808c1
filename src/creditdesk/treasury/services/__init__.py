"""The writers of the treasury: refunds, mandates, collections, files for banks."""

from creditdesk.treasury.services.clearing import fail_refund
from creditdesk.treasury.services.collecting import (
    RunResult,
    approve_run,
    cancel_run,
    draw_up_run,
    hand_over_run,
)
from creditdesk.treasury.services.credit_refunds import ask_credit_refund
from creditdesk.treasury.services.files import FetchedFile, fetch_file
from creditdesk.treasury.services.mandates import (
    ask_account_change,
    confirm_account_change,
    give_mandate,
    revoke_mandate,
    set_creditor,
)
from creditdesk.treasury.services.refunds import (
    RefundResult,
    ReleaseResult,
    approve_refund,
    ask_refund,
    cancel_refund,
    confirm_bank_details,
    refuse_refund,
    release_refunds,
)

__all__ = [
    "FetchedFile",
    "RefundResult",
    "ReleaseResult",
    "RunResult",
    "approve_refund",
    "approve_run",
    "ask_account_change",
    "ask_credit_refund",
    "ask_refund",
    "cancel_refund",
    "cancel_run",
    "confirm_account_change",
    "confirm_bank_details",
    "draw_up_run",
    "fail_refund",
    "fetch_file",
    "give_mandate",
    "hand_over_run",
    "refuse_refund",
    "release_refunds",
    "revoke_mandate",
    "set_creditor",
]
