"""Money in one currency settles items in another, at the bank's rate or near that of its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from creditdesk.cash.events import PaymentsApplied
from creditdesk.cash.queries import exchanges
from creditdesk.cash.rules.exchange import Paid, Quote, Share, is_near, quotes
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import freeing, realising, settlement
from creditdesk.cash.services.settlement import Allocated
from creditdesk.cash.services.writing import ItemState, PaymentState, items, next_ids, payments, say
from creditdesk.contact import services as contact
from creditdesk.controls import queries as controls
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
_COLUMNS = (
    "id", "company_id", "payment_id", "item_id", "minor", "payment_minor", "applied_on",
    "recorded_at", "recorded_by", "undone_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExchangedPart:
    """What of a payment settled how much of an item in another currency.

    `realised_minor` is what the house gained or lost by it, in `base_currency`; None without rates.
    """

    allocation_id: int
    item_id: int
    payment_minor: int
    item_currency: str
    item_minor: int
    base_currency: str
    realised_minor: int | None


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What a payment settled in other currencies, and what of it is left."""

    payment_id: int
    reference: str
    currency: str
    parts: tuple[ExchangedPart, ...]
    unapplied_minor: int

    @property
    def taken_minor(self) -> int:
        """What of the payment it took."""
        return sum(part.payment_minor for part in self.parts)


@command("cash.apply")
def apply_exchanged(actor: Actor, payment_id: int, *, shares: Mapping[int, Share]) -> Exchanged:
    """Settle items (by id) of the payer by a payment in another currency, with both amounts each.

    Refused where a rate is further from the bank's and the day's than the policy allows, or none is
    known; Conflict when payment or items changed meanwhile. All of it or nothing.
    """
    _require_positive(shares)
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is None:
        raise Refused("payer_unknown", "Say first whose money this is", payment=seen.reference)
    credit.lock_exposure(actor, {seen.customer_id})
    payment = payments(actor, {payment_id}, lock=True)[payment_id]
    found = items(actor, shares, lock=True)
    _check(actor, payment, found, seen.customer_id, shares)
    acts_on("item", shares)
    say(actor, payment_id, Reason("exchanged_by_hand", {"by": actor.name}))
    allocated = _write(actor, payment, found, shares)
    _settle(actor, payment, seen.customer_id, allocated)
    realising.realise(actor, [one.id for one in allocated], [])
    return _result(actor, payment, allocated)


def _require_positive(shares: Mapping[int, Share]) -> None:
    if not shares or min(min(one.payment_minor, one.item_minor) for one in shares.values()) <= 0:
        raise Invalid(
            "exchange_not_positive", "Both amounts are above zero", place=Place(field="amount")
        )


def _check(
    actor: Actor,
    payment: PaymentState,
    found: Mapping[int, ItemState],
    customer_id: int,
    shares: Mapping[int, Share],
) -> None:
    if payment.customer_id != customer_id:
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    if {item.customer_id for item in found.values()} != {customer_id}:
        raise Refused("item_of_another", "The items do not belong to this customer")
    if any(item.currency == payment.currency for item in found.values()):
        raise Refused("same_currency", "Both are in one currency; apply it as it is")
    if payment.free_minor < sum(one.payment_minor for one in shares.values()):
        raise Conflict(
            "payment_changed", f"Less of {payment.reference} is unapplied now; look again"
        )
    changed = tuple(i for i, one in shares.items() if found[i].open_minor < one.item_minor)
    if changed:
        raise Conflict("item_changed", "Less is open on an item now; look again", item_ids=changed)
    _check_rates(actor, payment, found, shares)


def _check_rates(
    actor: Actor,
    payment: PaymentState,
    found: Mapping[int, ItemState],
    shares: Mapping[int, Share],
) -> None:
    """Refuse a share that is near none of the rates known for its currencies."""
    rules = policies.in_force(actor.company_id, actor.today).foreign_currency
    paid = exchanges.paid(actor.company_id, payment.id)
    known: dict[str, tuple[Quote, ...]] = {}
    for item_id, share in sorted(shares.items()):
        currency = found[item_id].currency
        if currency not in known:
            known[currency] = _quotes(payment, paid, currency)
        if not any(
            is_near(
                share.payment_minor, share.item_minor, payment_currency=payment.currency,
                item_currency=currency, rate=quote.rate,
                tolerance_percent=rules.rate_tolerance_percent,
            )
            for quote in known[currency]
        ):  # fmt: skip
            raise _rate_too_far(payment, currency, known[currency][0].rate)


def _quotes(payment: PaymentState, paid: Paid | None, currency: str) -> tuple[Quote, ...]:
    day_rate = policies.rates_into(currency, payment.paid_on).get(payment.currency)
    whole = paid or Paid(currency=payment.currency, total_minor=payment.total_minor)
    found = quotes(whole, currency, day_rate)
    if not found:
        raise exchanges.no_rate(payment.currency, currency)
    return found


def _rate_too_far(payment: PaymentState, currency: str, rate: Decimal) -> Refused:
    return Refused(
        "rate_too_far", f"The day's rate is {rate:.6f} {currency} for 1 {payment.currency}"
    )


def _write(
    actor: Actor,
    payment: PaymentState,
    found: Mapping[int, ItemState],
    shares: Mapping[int, Share],
) -> tuple[Allocated, ...]:
    """Write the allocations and the two postings of each, one in each currency."""
    dates = ledger.hold_open(actor)
    of_payment, of_item = freeing.free_from(actor, [payment.id], list(shares))
    known_on = payment.identified_on or payment.received_on
    since = max(payment.received_on, known_on, of_payment.get(payment.id, date.min))
    ids = next_ids("cash_allocation", len(shares))
    allocated = tuple(
        Allocated(
            id=allocation_id, payment_id=payment.id, item_id=item_id,
            customer_id=found[item_id].customer_id, currency=found[item_id].currency,
            minor=share.item_minor,
            applied_on=dates.earliest(
                max(since, found[item_id].issued_on, of_item.get(item_id, date.min))
            ),
            payment_minor=share.payment_minor, payment_currency=payment.currency,
        )
        for allocation_id, (item_id, share) in zip(ids, sorted(shares.items()), strict=True)
    )  # fmt: skip
    sql.copy_rows(
        "cash_allocation",
        _COLUMNS,
        (
            (
                one.id, actor.company_id, one.payment_id, one.item_id, one.minor,
                one.payment_minor, one.applied_on, actor.at, actor.name, "",
            )
            for one in allocated
        ),
    )  # fmt: skip
    ledger.post(actor, [posting for one in allocated for posting in one.postings()])
    return allocated


def _settle(
    actor: Actor, payment: PaymentState, customer_id: int, allocated: Sequence[Allocated]
) -> None:
    """Lower payment, exposure and items; keep or lift the payment's hold; tell the rooms."""
    taken = sum(one.taken_minor for one in allocated)
    params = {"id": payment.id, "company_id": actor.company_id, "minor": taken}
    if not sql.execute(_TAKE, params):
        raise Conflict("payment_changed", "A payment was changed meanwhile; look again")
    change = ExposureChange(
        customer_id=customer_id, currency=payment.currency, unapplied_minor=-taken
    )
    credit.change_exposure(actor, [change])
    settled = invoices.settle(
        actor,
        {one.item_id: one.minor for one in allocated},
        on={one.item_id: one.applied_on for one in allocated},
    )
    if payment.unapplied_minor == taken:
        contact.lift_holds(actor, [settlement.hold_source(payment.id)])
    contact.withdraw_for_items(actor, settled)
    announce(
        actor,
        [
            PaymentsApplied(
                payment_ids=(payment.id,),
                customer_ids=(customer_id,),
                item_ids=tuple(one.item_id for one in allocated),
            )
        ],
    )


def _result(actor: Actor, payment: PaymentState, allocated: Sequence[Allocated]) -> Exchanged:
    base = controls.company(actor.company_id).currency
    rows = exchanges.exchanged(actor.company_id, base, allocation_ids=[one.id for one in allocated])
    realised = {row.allocation_id: row.realised_minor for row in rows}
    return Exchanged(
        payment_id=payment.id,
        reference=payment.reference,
        currency=payment.currency,
        parts=tuple(
            ExchangedPart(
                one.id, one.item_id, one.taken_minor, one.currency, one.minor, base,
                realised.get(one.id),
            )
            for one in allocated
        ),
        unapplied_minor=payment.unapplied_minor - sum(one.taken_minor for one in allocated),
    )  # fmt: skip
