"""Writers of the invoices: recording, issuing, crediting, settling, opening, closing, imports."""

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

__all__ = [
    "ClosedResult",
    "NewClosure",
    "OpeningDocument",
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
]
