"""Money for items in another currency, and credit set against what is open; both taken back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from annotated_types import Len
from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from creditdesk.cash import queries as cash
from creditdesk.cash import services
from creditdesk.cash.queries import PaymentRow
from creditdesk.cash.rules.exchange import Wanted
from creditdesk.cash.rules.netting import Against, netted
from creditdesk.controls.commands import preview, require
from creditdesk.faces.api.keys import reader, writer
from creditdesk.faces.api.problems import RESPONSES
from creditdesk.faces.api.schemas import Amount, Given, Named, minor_of, text
from creditdesk.invoices import queries as invoices
from creditdesk.invoices.queries import OpenItemRow
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import NotFound
from creditdesk.kernel.money import convert

router = Router(tags=["payments"])
RateSource = Literal["bank_amount", "bank_rate", "policy"]


class RateAnswer(Schema):
    """An open item in another currency, what it costs in the payment's, and by whose rate."""

    invoice: str
    instalment: int
    open: str
    currency: str
    costs: str
    rate: str
    source: RateSource


class RatesAnswer(Schema):
    """What a payment would pay of its payer's items in other currencies; without a rate: none."""

    payment: str
    unapplied: str
    currency: str
    items: list[RateAnswer]


class ItemGiven(Given):
    """An item to be settled; without amounts as far as the money goes, at the rate."""

    invoice: Named
    instalment: Annotated[int, Field(ge=1, le=60)] = 1
    amount: Amount | Literal[""] = ""
    money: Amount | Literal[""] = ""


class ExchangeGiven(Given):
    """The items to be settled, in their order; `preview` writes nothing."""

    items: Annotated[list[ItemGiven], Len(1, 200)]
    preview: bool = False


class ExchangedItem(Schema):
    """What was settled of an item by how much money; the difference is the house's own."""

    invoice: str
    settled: str
    currency: str
    taken: str
    difference: str | None
    difference_currency: str


class ExchangedAnswer(Schema):
    """What a payment settled in other currencies, and what of it is left."""

    payment: str
    currency: str
    items: list[ExchangedItem]
    unapplied: str


class AgainstGiven(Given):
    """An item that credit is set against; without an amount as much as there is."""

    invoice: Named
    instalment: Annotated[int, Field(ge=1, le=60)] = 1
    amount: Amount | Literal[""] = ""


class SetOffGiven(Given):
    """The items, in their order; `preview` writes nothing."""

    items: Annotated[list[AgainstGiven], Len(1, 200)]
    preview: bool = False


class SetOffAnswer(Schema):
    """What of the credit was set off, and what is left of it."""

    credit: str
    set_off: str
    left: str
    currency: str


class TakenBackAnswer(Schema):
    """How much is credit, or unapplied, again."""

    credit: str
    free: str
    currency: str


@router.get(
    "/payments/{reference}/exchange",
    response={200: RatesAnswer, **RESPONSES},
    operation_id="get_payment_exchange",
    summary="What would a payment pay in other currencies?",
)
def rates(request: HttpRequest, reference: str) -> RatesAnswer:
    """Return the payer's open items in other currencies with what each costs."""
    actor = reader(request)
    payment = cash.payment(actor.company_id, reference).payment
    items = _foreign(actor, payment)
    known = cash.best_rates(payment, {item.currency for item in items})
    return RatesAnswer(
        payment=reference,
        unapplied=text(payment.unapplied_minor, payment.currency),
        currency=payment.currency,
        items=[
            _rated(payment, item, known[item.currency].rate, known[item.currency].source)
            for item in items
            if item.currency in known
        ],
    )


@router.post(
    "/payments/{reference}/exchange",
    response={200: ExchangedAnswer, **RESPONSES},
    operation_id="exchange_payment",
    summary="Apply a payment to items in another currency",
)
def exchange(request: HttpRequest, reference: str, given: ExchangeGiven) -> ExchangedAnswer:
    """Settle items at the bank's rate or the day's; `POST …/undo` takes it back."""
    actor = writer(request)
    require(actor, "cash.apply")
    payment = cash.payment(actor.company_id, reference).payment
    items = _named(actor, payment.customer_id, given.items)
    wanted = [
        Wanted(
            item_id=item.item_id, currency=item.currency, open_minor=item.open_minor,
            item_minor=_minor(one.amount, item.currency),
            payment_minor=_minor(one.money, payment.currency),
        )
        for one, item in zip(given.items, items, strict=True)
    ]  # fmt: skip
    shares = cash.planned_shares(payment, wanted)
    if given.preview:
        with preview():
            done = services.apply_exchanged(actor.keyed(None), payment.id, shares=shares)
    else:
        done = services.apply_exchanged(actor, payment.id, shares=shares)
    numbers = {item.item_id: item.number for item in items}
    return ExchangedAnswer(
        payment=reference,
        currency=payment.currency,
        items=[
            ExchangedItem(
                invoice=numbers[part.item_id],
                settled=text(part.item_minor, part.item_currency),
                currency=part.item_currency,
                taken=text(part.payment_minor, payment.currency),
                difference=None
                if part.realised_minor is None
                else text(part.realised_minor, part.base_currency),
                difference_currency=part.base_currency,
            )
            for part in done.parts
        ],
        unapplied=text(done.unapplied_minor, payment.currency),
    )


@router.post(
    "/payments/{reference}/undo",
    response={200: TakenBackAnswer, **RESPONSES},
    operation_id="undo_payment",
    summary="Take back what a payment settled",
)
def undo(request: HttpRequest, reference: str) -> TakenBackAnswer:
    """Take back all of it by new postings: the items are open again, the money unapplied."""
    actor = writer(request)
    require(actor, "cash.undo")
    payment = cash.payment(actor.company_id, reference).payment
    done = services.undo(actor, payment.id)
    return TakenBackAnswer(
        credit=reference,
        free=text(done.unapplied_minor, payment.currency),
        currency=payment.currency,
    )


@router.post(
    "/payments/{reference}/set-off",
    response={200: SetOffAnswer, **RESPONSES},
    operation_id="set_off_payment",
    summary="Set unapplied money of a customer against open items",
)
def set_off_money(request: HttpRequest, reference: str, given: SetOffGiven) -> SetOffAnswer:
    """Apply what is unapplied to items of its payer in its own currency."""
    actor = writer(request)
    require(actor, "cash.apply")
    payment = cash.payment(actor.company_id, reference).payment
    items = _named(actor, payment.customer_id, given.items)
    against = _netted(payment.unapplied_minor, payment.currency, given, items)
    if given.preview:
        with preview():
            done = services.apply(actor.keyed(None), payment.id, allocations=against)
    else:
        done = services.apply(actor, payment.id, allocations=against)
    return _set_off(reference, done.applied_minor, done.unapplied_minor, payment.currency)


@router.post(
    "/credit-notes/{path:number}/set-off/undo",
    response={200: TakenBackAnswer, **RESPONSES},
    operation_id="undo_set_off",
    summary="Take back what a credit note was set off against",
)
def undo_set_off(request: HttpRequest, number: str) -> TakenBackAnswer:
    """Take back all set-offs of the note; what it took of its own invoice stays."""
    actor = writer(request)
    require(actor, "cash.undo")
    note = invoices.invoice(actor.company_id, number)
    minor = services.undo_set_off(actor, number)
    return TakenBackAnswer(credit=number, free=text(minor, note.currency), currency=note.currency)


@router.post(
    "/credit-notes/{path:number}/set-off",
    response={200: SetOffAnswer, **RESPONSES},
    operation_id="set_off_credit_note",
    summary="Set a credit note against open items of its customer",
)
def set_off_note(request: HttpRequest, number: str, given: SetOffGiven) -> SetOffAnswer:
    """Lower items by what is free of the note; both close by it."""
    actor = writer(request)
    require(actor, "cash.apply")
    note = invoices.invoice(actor.company_id, number)
    free = {
        one.number: one.unapplied_minor
        for one in invoices.unapplied_credit_notes(actor.company_id, note.customer_id)
    }
    items = _named(actor, note.customer_id, given.items)
    against = _netted(free.get(number, 0), note.currency, given, items)
    if given.preview:
        with preview():
            left = services.set_off(actor.keyed(None), number, against=against)
    else:
        left = services.set_off(actor, number, against=against)
    return _set_off(number, sum(against.values()), left, note.currency)


def _set_off(credit: str, minor: int, left: int, currency: str) -> SetOffAnswer:
    return SetOffAnswer(
        credit=credit, set_off=text(minor, currency), left=text(left, currency), currency=currency
    )


def _netted(
    free_minor: int, currency: str, given: SetOffGiven, items: Sequence[OpenItemRow]
) -> dict[int, int]:
    return netted(
        free_minor,
        [
            Against(item.item_id, item.open_minor, _minor(one.amount, currency))
            for one, item in zip(given.items, items, strict=True)
        ],
    )


def _minor(amount: str, currency: str) -> int | None:
    return minor_of(amount, currency, field="amount") if amount else None


def _foreign(actor: Actor, payment: PaymentRow) -> list[OpenItemRow]:
    if payment.customer_id is None:
        return []
    found = invoices.open_items(actor.company_id, customer_ids=[payment.customer_id])
    return [item for item in found if item.currency != payment.currency]


def _named(
    actor: Actor, customer_id: int | None, given: Sequence[ItemGiven | AgainstGiven]
) -> list[OpenItemRow]:
    """Return the items meant, settled ones too; NotFound where the customer has none such."""
    found = []
    for one in given:
        invoice = invoices.invoice(actor.company_id, one.invoice)
        rows = invoices.items_of(actor.company_id, invoice.id)
        item = next((row for row in rows if row.instalment == one.instalment), None)
        if item is None or item.customer_id != customer_id:
            raise NotFound("item_unknown", f"There is no open item {one.invoice!r} of this payer")
        found.append(item)
    return found


def _rated(payment: PaymentRow, item: OpenItemRow, rate: Decimal, source: RateSource) -> RateAnswer:
    cost = convert(item.open_minor, source=item.currency, target=payment.currency, rate=1 / rate)
    return RateAnswer(
        invoice=item.number,
        instalment=item.instalment,
        open=text(item.open_minor, item.currency),
        currency=item.currency,
        costs=text(cost, payment.currency),
        rate=f"{rate:.12f}".rstrip("0").rstrip("."),
        source=source,
    )
