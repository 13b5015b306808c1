"""Money in one currency settles an item in another, at a rate near that of its day."""

from __future__ import annotations

from dataclasses import dataclass

from creditdesk.cash.events import PaymentsApplied
from creditdesk.cash.rules.exchange import is_near
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import realising, settlement
from creditdesk.cash.services.settlement import Allocated
from creditdesk.cash.services.writing import ItemState, PaymentState, items, next_ids, payments, say
from creditdesk.contact import services as contact
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, Place, Refused
from creditdesk.ledger import services as ledger
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce
from creditdesk.policy import queries as policies

_TAKE = """
    UPDATE cash_payment SET unapplied_minor = unapplied_minor - %(minor)s, on_account = FALSE
     WHERE id = %(id)s AND company_id = %(company_id)s
       AND unapplied_minor - earmarked_minor >= %(minor)s
"""
_INSERT = """
    INSERT INTO cash_allocation (id, company_id, payment_id, item_id, minor, payment_minor,
           applied_on, recorded_at, recorded_by, undone_by)
    VALUES (%(id)s, %(company_id)s, %(payment_id)s, %(item_id)s, %(minor)s, %(payment_minor)s,
           %(on)s, %(at)s, %(by)s, '')
"""
_ITEM_FROM = """
    SELECT greatest(issued_on, reopened_on) FROM invoices_item WHERE id = %s AND company_id = %s
"""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What of a payment settled how much of an item in another currency."""

    allocation_id: int
    payment_minor: int
    item_minor: int
    unapplied_minor: int


@command("cash.apply")
def apply_exchanged(
    actor: Actor, payment_id: int, item_id: int, *, payment_minor: int, item_minor: int
) -> Exchanged:
    """Settle so much of an item by so much of a payment in another currency, of the same customer.

    Refused where the rate is further from the day's than the policy allows, or no rate is known;
    Conflict when payment or item changed meanwhile.
    """
    if payment_minor <= 0 or item_minor <= 0:
        raise Invalid(
            "exchange_not_positive", "Both amounts are above zero", place=Place(field="amount")
        )
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is None:
        raise Refused("payer_unknown", "Say first whose money this is", payment=seen.reference)
    credit.lock_exposure(actor, {seen.customer_id})
    payment = payments(actor, {payment_id}, lock=True)[payment_id]
    item = items(actor, {item_id}, lock=True)[item_id]
    _check(actor, payment, item, seen.customer_id, payment_minor, item_minor)
    acts_on("item", [item_id])
    say(actor, payment_id, Reason("exchanged_by_hand", {"by": actor.name}))
    allocated = _write(actor, payment, item, payment_minor, item_minor)
    _settle(actor, payment, item, allocated)
    realising.realise(actor, [allocated.id], [])
    return Exchanged(
        allocated.id, payment_minor, item_minor, payment.unapplied_minor - payment_minor
    )


def _check(
    actor: Actor,
    payment: PaymentState,
    item: ItemState,
    customer_id: int,
    payment_minor: int,
    item_minor: int,
) -> None:
    if payment.customer_id != customer_id:
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    if item.customer_id != customer_id:
        raise Refused("item_of_another", "The items do not belong to this customer")
    if item.currency == payment.currency:
        raise Refused("same_currency", "Both are in one currency; apply it as it is")
    if payment.free_minor < payment_minor:
        raise Conflict(
            "payment_changed", f"Less of {payment.reference} is unapplied now; look again"
        )
    if item.open_minor < item_minor:
        raise Conflict(
            "item_changed", "Less is open on an item now; look again", item_ids=(item.id,)
        )
    rate = policies.rates_into(item.currency, payment.paid_on).get(payment.currency)
    if rate is None:
        raise Refused(
            "rate_missing", f"No rate of {payment.currency} into {item.currency} is known"
        )
    rules = policies.in_force(actor.company_id, actor.today).foreign_currency
    if not is_near(
        payment_minor, item_minor, payment_currency=payment.currency, item_currency=item.currency,
        rate=rate, tolerance_percent=rules.rate_tolerance_percent,
    ):  # fmt: skip
        raise Refused(
            "rate_too_far", f"The day's rate is {rate:.6f} {item.currency} for 1 {payment.currency}"
        )


def _write(
    actor: Actor, payment: PaymentState, item: ItemState, payment_minor: int, item_minor: int
) -> Allocated:
    """Write the allocation and its two postings, one in each currency."""
    dates = ledger.hold_open(actor)
    since = sql.scalar(_ITEM_FROM, [item.id, actor.company_id])
    on = dates.earliest(max(payment.received_on, payment.identified_on or since, since))
    allocated = Allocated(
        id=next_ids("cash_allocation", 1)[0], payment_id=payment.id, item_id=item.id,
        customer_id=item.customer_id, currency=item.currency, minor=item_minor, applied_on=on,
        payment_minor=payment_minor, payment_currency=payment.currency,
    )  # fmt: skip
    sql.execute(
        _INSERT,
        {
            "id": allocated.id, "company_id": actor.company_id, "payment_id": payment.id,
            "item_id": item.id, "minor": item_minor, "payment_minor": payment_minor, "on": on,
            "at": actor.at, "by": actor.name,
        },
    )  # fmt: skip
    ledger.post(actor, allocated.postings())
    return allocated


def _settle(actor: Actor, payment: PaymentState, item: ItemState, allocated: Allocated) -> None:
    """Lower payment, exposure and item; keep or lift the payment's hold; tell the rooms."""
    taken = allocated.taken_minor
    params = {"id": payment.id, "company_id": actor.company_id, "minor": taken}
    if not sql.execute(_TAKE, params):
        raise Conflict("payment_changed", "A payment was changed meanwhile; look again")
    credit.change_exposure(
        actor,
        [
            ExposureChange(
                customer_id=item.customer_id, currency=payment.currency, unapplied_minor=-taken
            )
        ],
    )
    settled = invoices.settle(actor, {item.id: allocated.minor}, on=allocated.applied_on)
    if payment.unapplied_minor == taken:
        contact.lift_holds(actor, [settlement.hold_source(payment.id)])
    contact.withdraw_for_items(actor, settled)
    announce(
        actor,
        [
            PaymentsApplied(
                payment_ids=(payment.id,), customer_ids=(item.customer_id,), item_ids=(item.id,)
            )
        ],
    )
