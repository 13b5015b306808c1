"""The writers of the treasury: refunds, mandates, collections, receipts, files for banks."""

from creditdesk.treasury.services.clearing import fail_refund
from creditdesk.treasury.services.files import FetchedFile, fetch_file
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
    "approve_refund",
    "ask_refund",
    "cancel_refund",
    "confirm_bank_details",
    "fail_refund",
    "fetch_file",
    "refuse_refund",
    "release_refunds",
]
