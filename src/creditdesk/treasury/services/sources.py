"""Where the money of a refund stands: unapplied of a payment, or unapplied credit of a note."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditdesk.cash.services import paying_out
from creditdesk.cash.services.paying_out import Payout
from creditdesk.credit import services as credit
from creditdesk.invoices import services as invoices
from creditdesk.invoices.services import CreditPayout
from creditdesk.kernel.actor import Actor
from creditdesk.treasury.models import Refund


def free(actor: Actor, row: Refund) -> None:
    """Let what was set apart for a refund be applied again; of a credit note nothing was."""
    if row.payment_id is not None:
        paying_out.free(actor, {row.payment_id: row.minor})


def pay_out(actor: Actor, rows: Sequence[Refund]) -> None:
    """Let the money of refunds leave: it is no longer the customers', and on its way to them."""
    payments, credits_ = _sides(rows)
    credit.lock_exposure(actor, {row.customer_id for row in rows})
    if payments:
        paying_out.pay_out(actor, payments)
    if credits_:
        invoices.pay_out_credit(actor, credits_)


def take_back(actor: Actor, row: Refund, *, on: date, was_paid: bool) -> None:
    """Give the money of a refund that failed back to where it stood."""
    payments, credits_ = _sides([row])
    if payments:
        paying_out.take_payouts_back(actor, payments, on=on, was_paid=was_paid)
    if credits_:
        invoices.take_credit_back(actor, credits_, on=on, was_paid=was_paid)


def _sides(rows: Sequence[Refund]) -> tuple[list[Payout], list[CreditPayout]]:
    return (
        [
            Payout(payment_id=row.payment_id, minor=row.minor, source_id=row.id)
            for row in rows
            if row.payment_id is not None
        ],
        [
            CreditPayout(credit_note_id=row.credit_note_id, minor=row.minor, source_id=row.id)
            for row in rows
            if row.credit_note_id is not None
        ],
    )
