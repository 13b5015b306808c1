"""Fees for returned payments: a document and an item each, waived like every other charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from creditdesk.controls import queries as controls
from creditdesk.controls import rules as controls_rules
from creditdesk.invoices.events import ChargesMade
from creditdesk.invoices.models import Charge
from creditdesk.invoices.rules import NewInvoice
from creditdesk.invoices.services.charging.booking import RETURN_FEE, book, issued
from creditdesk.invoices.services.writing import NewItems
from creditdesk.kernel.actor import Actor
from creditdesk.plumbing.events import announce
from creditdesk.plumbing.services import take_references
from creditdesk.policy import queries as policies

PREFIX = "RF"


@dataclass(frozen=True, slots=True)
class ReturnFee:
    """What a customer is charged for a payment that came back; `about` names the payment."""

    customer_id: int
    currency: str
    minor: int
    about: str


def charge_return_fees(
    actor: Actor, fees: Sequence[ReturnFee], *, within_days: int
) -> tuple[int, ...]:
    """Make each fee a document of one item, in the order given; return the items.

    Nothing is charged where the ERP is the book: it issues the documents. The caller holds the
    customers' exposure. Not a command of its own.
    """
    is_erp = controls.company(actor.company_id).book == controls_rules.BOOK_ERP
    if not fees or is_erp:
        return ()
    numbers = take_references(actor, PREFIX, len(fees))
    due_on = actor.today + timedelta(days=within_days)
    new = [
        NewInvoice(
            customer_id=fee.customer_id, number=number, issued_on=actor.today, due_on=due_on,
            currency=fee.currency, net_minor=fee.minor,
        )
        for number, fee in zip(numbers, fees, strict=True)
    ]  # fmt: skip
    _, items = issued(actor, new, due_on=due_on)
    book(actor, items, {RETURN_FEE: items.minors})
    _write(actor, fees, items)
    return tuple(items.ids)


def _write(actor: Actor, fees: Sequence[ReturnFee], items: NewItems) -> None:
    """Write the fees down as charges on their own items, and announce them."""
    version = policies.in_force(actor.company_id, actor.today).version
    rows = Charge.objects.bulk_create(
        Charge(
            company_id=actor.company_id, customer_id=fee.customer_id, item_id=item_id,
            kind=RETURN_FEE, act="charge", currency=fee.currency, minor=fee.minor,
            from_on=actor.today, through_on=actor.today, law="", policy_version=version,
            breakdown={"payment": fee.about}, document_id=document_id,
            recorded_at=actor.at, recorded_by=actor.name,
        )
        for fee, item_id, document_id in zip(fees, items.ids, items.invoice_ids, strict=True)
    )  # fmt: skip
    announce(actor, [ChargesMade(
        through=actor.today, charge_ids=tuple(row.id for row in rows), reversal_ids=(),
        customer_ids=tuple(sorted({fee.customer_id for fee in fees})),
        document_ids=tuple(sorted(items.invoice_ids)),
    )])  # fmt: skip
