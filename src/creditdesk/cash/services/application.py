"""Apply by hand, name the payer, put on account, undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from creditdesk.cash.models import Payment
from creditdesk.cash.rules.values import Reason
from creditdesk.cash.services import adjusting, for_others, reversing, shortfalls
from creditdesk.cash.services.settlement import (
    Allocated,
    Plan,
    carry_out,
    hold_source,
)
from creditdesk.cash.services.shortfalls import Solution
from creditdesk.cash.services.writing import ItemState, PaymentState, items, payments, say
from creditdesk.contact import services as contact
from creditdesk.controls.commands import acts_on, command
from creditdesk.credit import services as credit
from creditdesk.customers import queries as customer_queries
from creditdesk.customers import services as customers
from creditdesk.invoices.services import recover_for_cash
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Place, Refused
from creditdesk.kernel.money import from_minor
from creditdesk.policy import queries as policies


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """How a payment stands after somebody dealt with it."""

    payment_id: int
    reference: str
    customer_id: int | None
    currency: str
    applied_minor: int
    unapplied_minor: int
    allocation_ids: tuple[int, ...]


@command("cash.apply")
def apply(
    actor: Actor,
    payment_id: int,
    *,
    allocations: Mapping[int, int],
    customer_id: int | None = None,
    short: Mapping[int, Solution] | None = None,
) -> ApplyResult:
    """Settle items (id to minor) of one customer by a payment; what is left stays on account.

    `short` says what becomes of what stays open of an item: a discount, a small difference or a
    bank's charge is given with its tax, a deduction disputed. What was written off of an item is
    owed again as far as it is paid. The payer's account and name are remembered. Raises Conflict
    when payment or items changed meanwhile, Refused when items are of several customers, another
    currency or another payer's.
    """
    _require_positive(allocations)
    seen = payments(actor, {payment_id})[payment_id]
    owner = _owner(items(actor, allocations), customer_id)
    _lock_exposure(actor, seen, owner)
    payment = _unmoved(actor, seen)
    recover_for_cash(actor, allocations)
    open_now = items(actor, allocations, lock=True)
    _check_applicable(payment, owner, allocations, open_now)
    acts_on("item", allocations)
    match_id = say(actor, payment_id, Reason("applied_by_hand", {"by": actor.name}))
    ways, policy = short or {}, policies.in_force(actor.company_id, actor.today)
    given, about = shortfalls.planned(actor, payment, allocations, ways, policy)
    plan = Plan(
        payment=payment,
        customer_id=owner,
        match_id=match_id,
        allocations=tuple(sorted(allocations.items())),
        adjusted=given,
        policy_version=policy.version,
        left_open=frozenset(item_id for item_id, how in ways.items() if how.way == "left_open"),
    )
    allocated = carry_out(actor, [plan], open_now)
    shortfalls.conclude(actor, payment, owner, ways, about)
    for_others.remember_payer(actor, owner, payment)
    return _result(payment, owner, plan.applied_minor, allocated)


@command("cash.apply")
def assign_payer(actor: Actor, payment_id: int, customer_id: int) -> ApplyResult:
    """Say whose money an unapplied payment is; the payer is remembered, the money held for them.

    Refused while some of the payment is applied: undo that first.
    """
    payment, plan = _assigned(actor, payment_id, customer_id, "payer_by_hand")
    carry_out(actor, [plan] if plan.is_identified_now else [], {})
    customers.learn_payer(
        actor, rows=[(customer_id, payment.counterparty_account, payment.counterparty)]
    )
    return _result(payment, customer_id, 0, ())


@command("cash.apply")
def put_on_account(actor: Actor, payment_id: int, *, customer_id: int | None = None) -> ApplyResult:
    """Leave what is unapplied with its payer on purpose: it no longer waits, nor holds reminders.

    Without a customer the payer must be known already.
    """
    seen = payments(actor, {payment_id})[payment_id]
    owner = customer_id if customer_id is not None else seen.customer_id
    if owner is None:
        raise Refused("payer_unknown", "Say first whose money this is", payment=seen.reference)
    payment, plan = _assigned(actor, payment_id, owner, "on_account_by_hand")
    if not payment.unapplied_minor:
        raise Conflict("payment_changed", "Nothing of this payment is unapplied any more")
    carry_out(actor, [plan] if plan.is_identified_now else [], {})
    Payment.objects.filter(id=payment_id, company_id=actor.company_id).update(on_account=True)
    contact.lift_holds(actor, [hold_source(payment_id)])
    return _result(payment, owner, 0, ())


@command("cash.undo")
def undo(
    actor: Actor, payment_id: int, *, allocation_ids: Sequence[int] | None = None
) -> ApplyResult:
    """Take back what a payment settled, all or the named allocations: items are open again.

    What was given on these items with the payment is taken back with it. The money stays with
    its payer, unapplied, and holds reminders. The books keep both: what was
    posted, and its reversal from today. Matching leaves the payment alone from now on.
    """
    seen = payments(actor, {payment_id})[payment_id]
    if seen.customer_id is None:
        raise Conflict("nothing_to_undo", "Nothing of this payment is applied")
    credit.lock_exposure(actor, {seen.customer_id} | for_others.owners(actor, payment_id))
    payment = _unmoved(actor, seen)
    live = reversing.live(actor, payment_id, allocation_ids)
    named = None if allocation_ids is None else {each.item_id for each in live}
    given = adjusting.live(actor, payment_id, item_ids=named)
    minor = reversing.take_back(actor, payment, live, given)
    say(actor, payment_id, Reason("undone_by_hand", {"by": actor.name}))
    return _result(
        payment._replace(unapplied_minor=payment.unapplied_minor + minor), seen.customer_id, 0, ()
    )


def _assigned(
    actor: Actor, payment_id: int, customer_id: int, code: str
) -> tuple[PaymentState, Plan]:
    """Return the locked payment and the plan that makes it the customer's, said in a match."""
    if customer_id not in customer_queries.customers_by_id(actor.company_id, [customer_id]):
        raise NotFound("customer_unknown", "There is no such customer")
    seen = payments(actor, {payment_id})[payment_id]
    _lock_exposure(actor, seen, customer_id)
    payment = _unmoved(actor, seen)
    _check_payer(payment, customer_id)
    match_id = say(actor, payment_id, Reason(code, {"by": actor.name}), is_certain=False)
    return payment, Plan(payment=payment, customer_id=customer_id, match_id=match_id)


def _lock_exposure(actor: Actor, payment: PaymentState, customer_id: int) -> None:
    credit.lock_exposure(
        actor, {each for each in (payment.customer_id, customer_id) if each is not None}
    )


def _unmoved(actor: Actor, seen: PaymentState) -> PaymentState:
    """Return the payment, locked; Conflict if its payer changed since its exposure was locked."""
    payment = payments(actor, {seen.id}, lock=True)[seen.id]
    if payment.customer_id != seen.customer_id:
        raise Conflict("payment_changed", "The payer was changed meanwhile; look again")
    return payment


def _require_positive(allocations: Mapping[int, int]) -> None:
    if not allocations or min(allocations.values()) <= 0:
        raise Invalid(
            "allocation_not_positive",
            "Name at least one item, each with a positive amount",
            place=Place(field="allocations"),
            mend="Leave out items that get nothing",
        )


def _owner(found: Mapping[int, ItemState], customer_id: int | None) -> int:
    """Return the one customer of the items, who must be the one named, if one is."""
    owners = {item.customer_id for item in found.values()}
    if len(owners) > 1:
        raise Refused("several_customers", "The items belong to several customers")
    owner = owners.pop()
    if customer_id not in (None, owner):
        raise Refused("item_of_another", "The items do not belong to this customer")
    return owner


def _check_payer(payment: PaymentState, customer_id: int) -> None:
    """Refuse to change whose money it is while some of it is applied."""
    is_bound = payment.free_minor < payment.total_minor
    if payment.customer_id not in (None, customer_id) and is_bound:
        raise Refused(
            "payer_differs",
            "Part of this payment settles items of another customer, or went back or is to be paid"
            " back to them; undo that first",
            payment=payment.reference,
        )


def _check_applicable(
    payment: PaymentState,
    customer_id: int,
    allocations: Mapping[int, int],
    open_now: Mapping[int, ItemState],
) -> None:
    """Refuse what can never be; Conflict where it could have been a moment ago."""
    _check_payer(payment, customer_id)
    if {item.currency for item in open_now.values()} != {payment.currency}:
        raise Refused("currency_differs", f"The payment is in {payment.currency}, an item is not")
    wanted = sum(allocations.values())
    if wanted > payment.total_minor:
        raise Refused(
            "more_than_received",
            f"{from_minor(wanted, payment.currency)} is more than the payment",
        )
    if wanted > payment.free_minor:
        raise Conflict(
            "payment_changed", f"Less of {payment.reference} is unapplied now; look again"
        )
    changed = tuple(i for i, minor in allocations.items() if open_now[i].open_minor < minor)
    if changed:
        raise Conflict("item_changed", "Less is open on an item now; look again", item_ids=changed)


def _result(
    payment: PaymentState,
    customer_id: int,
    applied_minor: int,
    allocated: Collection[Allocated],
) -> ApplyResult:
    return ApplyResult(
        payment_id=payment.id,
        reference=payment.reference,
        customer_id=customer_id,
        currency=payment.currency,
        applied_minor=applied_minor,
        unapplied_minor=payment.unapplied_minor - applied_minor,
        allocation_ids=tuple(each.id for each in allocated),
    )
