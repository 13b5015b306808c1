"""Cheques and cash taken elsewhere, such as at a till of its own: a numbered receipt here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creditdesk.cash import services
from creditdesk.cash.queries import receipts as reads
from creditdesk.cash.queries.receipts import ReceiptRow
from creditdesk.cash.rules.receipts import Cheque
from creditdesk.cash.services import NewReceipt
from creditdesk.customers import queries as customers
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import (
    Amount,
    Currency,
    Day,
    Given,
    Money,
    Named,
    Text,
    minor_of,
    text,
)
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Invalid, NotFound, Place

router = Router(tags=["payments"])


class ChequeGiven(Given):
    """A cheque as it is written; one dated ahead counts from its date."""

    number: Named
    drawer: Named
    bank: Named
    dated_on: Day


class PaidGiven(Given):
    """What of an invoice is paid; instalments are paid in the order of their due dates."""

    invoice: Named
    amount: Amount


class ReceiptGiven(Given):
    """What was taken of a customer; without a day it was taken today.

    What is for no invoice waits for matching, or is on account.
    """

    customer_number: Named
    kind: Literal["cheque", "cash"]
    currency: Currency
    amount: Amount
    received_on: Day | None = None
    cheque: ChequeGiven | None = None
    invoices: Annotated[list[PaidGiven], Field(max_length=100)] = []
    on_account: bool = False
    note: Text = ""


class ReceiptAnswer(Schema):
    """A receipt and what became of it; `payment_reference` is empty until it counts as money."""

    reference: str
    kind: Literal["cheque", "cash"]
    state: Literal["postdated", "held", "deposited", "credited", "bounced", "cancelled"]
    customer_number: str
    amount: Money
    unapplied: Money
    received_on: date
    counts_on: date
    cheque_number: str
    invoices: list[str]
    payment_reference: str
    deposit_reference: str


@router.post(
    "/receipts",
    response={200: ReceiptAnswer, **RESPONSES},
    operation_id="take_receipt",
    summary="Take a cheque or cash",
)
def take(request: HttpRequest, given: ReceiptGiven) -> ReceiptAnswer:
    """Write a receipt down under the next number; with the same key again it is the same."""
    actor = writer(request)
    cheque = given.cheque
    new = NewReceipt(
        customer_number=given.customer_number,
        kind=given.kind,
        currency=given.currency,
        minor=minor_of(given.amount, given.currency, field="amount"),
        received_on=given.received_on or actor.today,
        cheque=Cheque(
            number=cheque.number, drawer=cheque.drawer, bank=cheque.bank, dated_on=cheque.dated_on
        )
        if cheque
        else None,
        allocations=_allocations(actor, given),
        on_account=given.on_account,
        note=given.note,
    )
    taken = services.take_receipt(actor, new)
    return _answer(reads.receipt(actor.company_id, taken.reference))


@router.get(
    "/receipts/{reference}",
    response={200: ReceiptAnswer, **RESPONSES},
    operation_id="get_receipt",
    summary="What became of a cheque or cash?",
)
def standing(request: HttpRequest, reference: str) -> ReceiptAnswer:
    """Return a receipt as it stands."""
    return _answer(reads.receipt(reader(request).company_id, reference))


def _allocations(actor: Actor, given: ReceiptGiven) -> dict[int, int]:
    """Return what each instalment gets; NotFound, or Invalid where less of an invoice is open."""
    if not given.invoices:
        return {}
    customer = customers.customer(actor.company_id, given.customer_number)
    items = invoices.open_items(
        actor.company_id, customer_ids=[customer.id], currency=given.currency
    )
    found: dict[int, int] = {}
    for place, one in enumerate(given.invoices):
        if one.invoice not in {item.number for item in items}:
            raise NotFound("item_unknown", "There is no such open item")
        left = minor_of(one.amount, given.currency, field=f"invoices[{place}].amount")
        for item in items:
            if item.number == one.invoice:
                part = min(left, item.open_minor - found.get(item.item_id, 0))
                if part:
                    found[item.item_id] = found.get(item.item_id, 0) + part
                left -= part
        if left:
            raise Invalid(
                "more_than_open", f"Less is open of {one.invoice} than is paid of it",
                place=Place(field=f"invoices[{place}].amount"), mend="Give what is open.",
            )  # fmt: skip
    return found


def _answer(row: ReceiptRow) -> ReceiptAnswer:
    return ReceiptAnswer(
        reference=row.reference,
        kind=row.kind,
        state=row.state,
        customer_number=row.customer_number,
        amount=Money(amount=text(row.minor, row.currency), currency=row.currency),
        unapplied=Money(amount=text(row.unapplied_minor, row.currency), currency=row.currency),
        received_on=row.received_on,
        counts_on=row.counts_on,
        cheque_number=row.cheque_number,
        invoices=row.named,
        payment_reference=row.payment_reference,
        deposit_reference=row.deposit_reference,
    )
