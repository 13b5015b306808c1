"""Cheques that bounced: their items are open again, with the fee of every returned payment."""

from __future__ import annotations

from datetime import date

from creditdesk.cash.rules.receipts import CHEQUE
from creditdesk.cash.services.receipts import locked
from creditdesk.cash.services.returned_writing import Returned
from creditdesk.cash.services.returning import ReturnResult, return_payments
from creditdesk.controls.commands import acts_on, command
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Refused


@command("cash.return_payments")
def bounce(
    actor: Actor,
    reference: str,
    *,
    on: date,
    reason_code: str = "",
    charges_minor: int = 0,
    fee_minor: int | None = None,
) -> ReturnResult:
    """Say that the bank took a deposited cheque back; its payment is returned like any other.

    Refused for cash, and for a cheque that was not brought to the bank: that one is cancelled.
    """
    row = locked(actor, reference)
    acts_on("receipt", [row.id])
    if row.kind != CHEQUE or row.deposit_id is None or row.payment_id is None:
        raise Refused(
            "receipt_not_deposited", f"{row.reference} is no cheque that was brought to the bank",
            mend="Cancel the receipt instead.", receipt=row.reference,
        )  # fmt: skip
    told = Returned(
        payment_id=row.payment_id, on=on, reason_code=reason_code, charges_minor=charges_minor,
        fee_minor=fee_minor,
    )  # fmt: skip
    return return_payments(actor, [told])
