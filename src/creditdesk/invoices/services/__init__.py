"""Writers of the invoices: recording, issuing, crediting, settling, opening, closing, imports."""

from creditdesk.invoices.services.charging import (
    Accrued,
    ChargeResult,
    DunningFeeDue,
    LackingRate,
    ReturnFee,
    accrued,
    charge,
    charge_dunning_fees,
    charge_return_fees,
    lacking_rates,
    page_of_charge,
    waive,
)
from creditdesk.invoices.services.closing import ClosedResult, NewClosure, close
from creditdesk.invoices.services.crediting import credit, record_credit_notes
from creditdesk.invoices.services.crediting_issued import (
    credit_amount,
    credit_issued,
    credit_outline,
)
from creditdesk.invoices.services.delivering import (
    Enclosure,
    Outgoing,
    Printed,
    Sent,
    confirm,
    deliver,
    mark_posted,
    note_returned,
    note_seen,
    print_batch,
    send_out,
    set_route,
)
from creditdesk.invoices.services.issuing import issue, outline
from creditdesk.invoices.services.losses import (
    OwedAgain,
    Relieved,
    WrittenOff,
    recover_for_cash,
    recover_write_off,
    relieve_tax,
    write_off,
)
from creditdesk.invoices.services.netting import set_off, take_back_credit
from creditdesk.invoices.services.opening import OpeningDocument, take_over
from creditdesk.invoices.services.paying_out import (
    CreditPayout,
    hold_credit,
    pay_out_credit,
    take_credit_back,
)
from creditdesk.invoices.services.recording import record
from creditdesk.invoices.services.replacing import (
    Replaced,
    draft_as_issued,
    replace_invoice,
    replacement_outline,
    void,
)
from creditdesk.invoices.services.selling import set_seller
from creditdesk.invoices.services.settling import reopen, settle, settling
from creditdesk.invoices.services.undoing import UndoneClosures, undo_closures

__all__ = [
    "Accrued",
    "ChargeResult",
    "ClosedResult",
    "CreditPayout",
    "DunningFeeDue",
    "Enclosure",
    "LackingRate",
    "NewClosure",
    "OpeningDocument",
    "Outgoing",
    "OwedAgain",
    "Printed",
    "Relieved",
    "Replaced",
    "ReturnFee",
    "Sent",
    "UndoneClosures",
    "WrittenOff",
    "accrued",
    "charge",
    "charge_dunning_fees",
    "charge_return_fees",
    "close",
    "confirm",
    "credit",
    "credit_amount",
    "credit_issued",
    "credit_outline",
    "deliver",
    "draft_as_issued",
    "hold_credit",
    "issue",
    "lacking_rates",
    "mark_posted",
    "note_returned",
    "note_seen",
    "outline",
    "page_of_charge",
    "pay_out_credit",
    "print_batch",
    "record",
    "record_credit_notes",
    "recover_for_cash",
    "recover_write_off",
    "relieve_tax",
    "reopen",
    "replace_invoice",
    "replacement_outline",
    "send_out",
    "set_off",
    "set_route",
    "set_seller",
    "settle",
    "settling",
    "take_back_credit",
    "take_credit_back",
    "take_over",
    "undo_closures",
    "void",
    "waive",
    "write_off",
]
