"""Writers of the invoices: recording, issuing, crediting, settling, opening, closing, imports."""

from creditdesk.invoices.services.charging import (
    ChargeResult,
    ReturnFee,
    charge,
    charge_return_fees,
    waive,
)
from creditdesk.invoices.services.closing import ClosedResult, NewClosure, close
from creditdesk.invoices.services.crediting import credit, record_credit_notes
from creditdesk.invoices.services.crediting_issued import (
    credit_amount,
    credit_issued,
    credit_outline,
)
from creditdesk.invoices.services.issuing import issue, outline
from creditdesk.invoices.services.opening import OpeningDocument, take_over
from creditdesk.invoices.services.recording import record
from creditdesk.invoices.services.selling import set_seller
from creditdesk.invoices.services.settling import reopen, settle
from creditdesk.invoices.services.undoing import UndoneClosures, undo_closures

__all__ = [
    "ChargeResult",
    "ClosedResult",
    "NewClosure",
    "OpeningDocument",
    "ReturnFee",
    "UndoneClosures",
    "charge",
    "charge_return_fees",
    "close",
    "credit",
    "credit_amount",
    "credit_issued",
    "credit_outline",
    "issue",
    "outline",
    "record",
    "record_credit_notes",
    "reopen",
    "set_seller",
    "settle",
    "take_over",
    "undo_closures",
    "waive",
]
