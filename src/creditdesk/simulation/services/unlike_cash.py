"""The cash applier's hand on payments for several customers, or in another currency."""

from __future__ import annotations

from creditdesk.cash import services as cash
from creditdesk.cash.rules.exchange import Share
from creditdesk.invoices import queries as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.simulation.queries import WaitingPayment
from creditdesk.simulation.services.life import Life, Meant


def apply(life: Life, actor: Actor, payment: WaitingPayment, meant: Meant) -> bool:
    """Apply a payment that came in another way; whether it was one."""
    if meant.is_exchanged:
        _exchange(life, actor, payment, meant)
    elif meant.is_paid_by_another or meant.others:
        _split(life, actor, payment, meant)
    else:
        return False
    return True


def _exchange(life: Life, actor: Actor, payment: WaitingPayment, meant: Meant) -> None:
    """Settle the invoice in its own currency, at the rate the payer's bank made."""
    customer_id = life.ids[meant.firm.number]
    if payment.customer_id is None:
        cash.assign_payer(actor, payment.payment_id, customer_id)
    items = invoices.open_items(
        life.company.id, customer_ids=[customer_id], currency=meant.firm.currency
    )
    item = next((one for one in items if one.number in meant.parts), None)
    if item is None or item.open_minor < meant.parts[item.number]:
        cash.put_on_account(actor, payment.payment_id)
        return
    cash.apply_exchanged(
        actor,
        payment.payment_id,
        shares={item.item_id: Share(payment.unapplied_minor, meant.parts[item.number])},
    )


def _split(life: Life, actor: Actor, payment: WaitingPayment, meant: Meant) -> None:
    """Apply one payment to the invoices of several customers; what is over stays with its payer."""
    firms = meant.others or (meant.firm,)
    if not meant.is_paid_by_another and payment.customer_id is not None:
        # A part of a collection is its customer's alone.
        firms = (life.of_id[payment.customer_id],)
    left = payment.unapplied_minor
    allocations: dict[int, int] = {}
    for item in invoices.open_items(
        life.company.id,
        customer_ids=[life.ids[firm.number] for firm in firms],
        currency=payment.currency,
    ):
        minor = min(left, item.open_minor, meant.parts.get(item.number, 0))
        if minor > 0:
            allocations[item.item_id] = minor
            left -= minor
    if allocations:
        cash.apply_for_several(actor, payment.payment_id, allocations=allocations)
    if left:
        owner = None if allocations or payment.customer_id else life.ids[meant.firm.number]
        cash.put_on_account(actor, payment.payment_id, customer_id=owner)
