"""Carry out what was decided of payments: payer, allocations, books, exposure, holds, facts.

Everything happens in the caller's transaction, who holds exposure, payments and items, locked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from creditdesk.cash.rules.shortfall import Adjusted
from creditdesk.cash.services import for_others
from creditdesk.cash.services.completing import adjust, settlements
from creditdesk.cash.services.facts import facts
from creditdesk.cash.services.freeing import free_from
from creditdesk.cash.services.realising import realise
from creditdesk.cash.services.writing import ItemState, PaymentState, next_ids
from creditdesk.contact import services as contact
from creditdesk.contact.rules import NewHold
from creditdesk.credit import services as credit
from creditdesk.credit.rules import ExposureChange
from creditdesk.invoices import services as invoices
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict
from creditdesk.ledger import queries as books
from creditdesk.ledger import services as ledger
from creditdesk.ledger.rules import (
    FX_POSITION,
    RECEIVABLE,
    UNAPPLIED,
    UNIDENTIFIED,
    OpenDates,
    Posting,
)
from creditdesk.plumbing import sql
from creditdesk.plumbing.events import announce

HOLD_KIND = "unapplied_money"

_UPDATE_PAYMENTS = """
    UPDATE cash_payment p
       SET unapplied_minor = p.unapplied_minor - d.minor, customer_id = d.customer_id,
           identified_on = d.identified_on, on_account = FALSE
      FROM unnest(%(ids)s::bigint[], %(minors)s::bigint[], %(customers)s::bigint[],
                  %(dates)s::date[]) AS d (id, minor, customer_id, identified_on)
     WHERE p.id = d.id AND p.company_id = %(company_id)s
       AND p.unapplied_minor - p.earmarked_minor >= d.minor
"""


class Plan(NamedTuple):
    """What is to become of a payment: whose it is, and what it settles.

    `match_id` is the row that says why; it is the source of the payer's posting. `adjusted` is
    what nobody has to pay of the items, by that version of the policy; what stays open of the items
    in `left_open` is to be paid still and contests nothing. Items may be of other customers: then
    the payer pays for them.
    """

    payment: PaymentState
    customer_id: int
    match_id: int
    allocations: Sequence[tuple[int, int]] = ()
    adjusted: Sequence[Adjusted] = ()
    policy_version: int = 0
    is_automatic: bool = False
    is_by_order: bool = False
    left_open: frozenset[int] = frozenset()

    @property
    def applied_minor(self) -> int:
        """How much of the payment the plan applies."""
        if len(self.allocations) == 1:
            return self.allocations[0][1]
        return sum([minor for _, minor in self.allocations])

    @property
    def is_identified_now(self) -> bool:
        """Whether the payer was unknown, or another, before."""
        return self.payment.customer_id != self.customer_id


# A plan with one of the items that it settles, and how much of it.
_Part = tuple[Plan, int, int]


class Allocated(NamedTuple):
    """One allocation written down; money in another currency than the item's stands beside it."""

    id: int
    payment_id: int
    item_id: int
    customer_id: int
    currency: str
    minor: int
    applied_on: date
    payment_minor: int | None = None
    payment_currency: str = ""

    @property
    def taken_minor(self) -> int:
        """What of the payment it takes, in the payment's currency."""
        return self.minor if self.payment_minor is None else self.payment_minor

    def postings(self) -> list[Posting]:
        """Return what stands in the books for it: one posting, or one in each currency."""
        if self.payment_minor is None:
            return [self._posting(UNAPPLIED, RECEIVABLE, self.currency, self.minor)]
        return [
            self._posting(UNAPPLIED, FX_POSITION, self.payment_currency, self.payment_minor),
            self._posting(FX_POSITION, RECEIVABLE, self.currency, self.minor),
        ]

    def _posting(self, debit: str, credit: str, currency: str, minor: int) -> Posting:
        return Posting(
            debit=debit,
            credit=credit,
            currency=currency,
            minor=minor,
            effective_on=self.applied_on,
            source_kind="allocation",
            source_id=self.id,
            customer_id=self.customer_id,
            item_id=self.item_id,
        )


def carry_out(
    actor: Actor, plans: Sequence[Plan], items: Mapping[int, ItemState]
) -> tuple[Allocated, ...]:
    """Identify payers and apply payments as planned; return the allocations made.

    Raises Conflict, and changes nothing, when an item or a payment has less left than planned.
    """
    if not plans:
        return ()
    with sql.ahead():
        return _carried_out(actor, plans, items)


def _carried_out(
    actor: Actor, plans: Sequence[Plan], items: Mapping[int, ItemState]
) -> tuple[Allocated, ...]:
    """Carry the plans out, in an order that leaves the server at work while this one is."""
    open_dates = ledger.hold_open(actor)
    posted = _posted(actor, plans, has_moved=open_dates.has_moved)
    since = {plan.payment.id: _payer_on(actor, plan, open_dates, posted) for plan in plans}
    flat = [(plan, item_id, minor) for plan in plans for item_id, minor in plan.allocations]
    free = _free_from(actor, plans, flat, posted)
    ids = next_ids("cash_allocation", len(flat)) if flat else []
    updated = _update_payments(actor, plans, since)
    allocated = _allocated(ids, flat, items, since, free, open_dates)
    _write_allocations(actor, flat, allocated)
    if updated.count() != len(plans):
        raise Conflict("payment_changed", "A payment was changed meanwhile; look again")
    adjusted = adjust(actor, plans, allocated)
    minors, dates = settlements(allocated, adjusted)
    owners = {item.id: (item.customer_id, item.currency) for item in items.values()}
    with invoices.settling(actor, minors, on=dates, owners=owners) as settled:
        told = facts(plans, allocated, minors, items)
        changes = _exposure_changes(plans)
        postings = _postings(plans, since, allocated)
    ledger.post_columns(actor, postings)
    credit.change_exposure(actor, changes)
    realise(
        actor, [each.id for each in allocated], [one.id for one in adjusted],
        currencies={plan.payment.currency for plan in plans},
    )  # fmt: skip
    _keep_holds(actor, plans)
    contact.withdraw_for_items(actor, settled)
    announce(actor, told)
    return allocated


@dataclass(frozen=True, slots=True)
class _Since:
    """Since when something holds of payments and items, where that may be later than their date."""

    payments: Mapping[int, date]
    items: Mapping[int, date]


def _posted(actor: Actor, plans: Sequence[Plan], *, has_moved: bool) -> _Since:
    """Return since when they stand in the books."""
    if not has_moved:
        return _Since({}, {})
    company = actor.company_id
    items = {item_id for plan in plans for item_id, _ in plan.allocations}
    return _Since(
        books.posted_on(company, "payment", {plan.payment.id for plan in plans}),
        books.posted_on(company, "item", items),
    )


def _payer_on(actor: Actor, plan: Plan, dates: OpenDates, posted: _Since) -> date:
    """Return from when the money is the planned payer's.

    Money of nobody counts as the payer's from its receipt; a correction counts from today. A day
    that is closed gives way to the first open one.
    """
    payment = plan.payment
    known_on = payment.identified_on or payment.received_on
    if not plan.is_identified_now:
        return known_on
    if payment.customer_id is not None:
        known_on = max(actor.today, known_on)
    return dates.earliest(max(known_on, posted.payments.get(payment.id, known_on)))


def _postings(
    plans: Sequence[Plan], since: Mapping[int, date], allocated: Sequence[Allocated]
) -> list[ledger.PostingColumns]:
    """Return everything that is to stand in the books."""
    payers = {plan.payment.id: plan.customer_id for plan in plans}
    return [
        *_payer_postings(plans, since),
        *for_others.postings(payers, allocated),
        _allocation_postings(allocated),
    ]


def _payer_postings(
    plans: Sequence[Plan], since: Mapping[int, date]
) -> list[ledger.PostingColumns]:
    """Return the postings that make the unapplied money the payer's, taken from a former one."""
    moving = [plan for plan in plans if plan.is_identified_now]
    leaving = [plan for plan in moving if plan.payment.customer_id is not None]
    return [
        ledger.PostingColumns(
            debit=debit,
            credit=credit,
            source_kind=kind,
            source_ids=[plan.match_id for plan in of],
            currencies=[plan.payment.currency for plan in of],
            minors=[plan.payment.unapplied_minor for plan in of],
            effective_on=[since[plan.payment.id] for plan in of],
            customer_ids=customer_ids,
        )
        for debit, credit, kind, of, customer_ids in (
            (UNAPPLIED, UNIDENTIFIED, "payer_left", leaving,
             [plan.payment.customer_id for plan in leaving]),
            (UNIDENTIFIED, UNAPPLIED, "payer", moving, [plan.customer_id for plan in moving]),
        )
    ]  # fmt: skip


def _allocation_postings(allocated: Sequence[Allocated]) -> ledger.PostingColumns:
    """Return what stands in the books for the allocations."""
    return ledger.PostingColumns(
        debit=UNAPPLIED,
        credit=RECEIVABLE,
        source_kind="allocation",
        source_ids=[each.id for each in allocated],
        currencies=[each.currency for each in allocated],
        minors=[each.minor for each in allocated],
        effective_on=[each.applied_on for each in allocated],
        customer_ids=[each.customer_id for each in allocated],
        item_ids=[each.item_id for each in allocated],
    )


def _free_from(
    actor: Actor, plans: Sequence[Plan], flat: Sequence[_Part], posted: _Since
) -> _Since:
    """Return from when they may be allocated."""
    if not flat:
        return _Since({}, {})
    of_payment, of_item = free_from(
        actor, [plan.payment.id for plan in plans], [item_id for _, item_id, _ in flat]
    )
    return _Since(_later_of(of_payment, posted.payments), _later_of(of_item, posted.items))


def _allocated(
    ids: Sequence[int],
    flat: Sequence[_Part],
    items: Mapping[int, ItemState],
    since: Mapping[int, date],
    free: _Since,
    open_dates: OpenDates,
) -> tuple[Allocated, ...]:
    """Return the allocations, each effective no earlier than everything it rests on."""
    applied_on = [
        max(plan.payment.received_on, since[plan.payment.id], items[item_id].issued_on)
        for plan, item_id, _ in flat
    ]
    if free.payments or free.items:
        applied_on = [
            max(
                day,
                free.payments.get(plan.payment.id, date.min),
                free.items.get(item_id, date.min),
            )
            for day, (plan, item_id, _) in zip(applied_on, flat, strict=True)
        ]
    return tuple(
        [
            Allocated(
                allocation_id, plan.payment.id, item_id, items[item_id].customer_id,
                plan.payment.currency, minor, day,
            )
            for allocation_id, day, (plan, item_id, minor) in zip(
                ids, open_dates.each(applied_on), flat, strict=True
            )
        ]
    )  # fmt: skip


def _write_allocations(actor: Actor, flat: Sequence[_Part], allocated: Sequence[Allocated]) -> None:
    if not allocated:
        return
    sql.copy_columns(
        "cash_allocation",
        {
            "id": [each.id for each in allocated],
            "payment_id": [each.payment_id for each in allocated],
            "item_id": [each.item_id for each in allocated],
            "minor": [each.minor for each in allocated],
            "applied_on": [each.applied_on for each in allocated],
            "is_by_order": [plan.is_by_order for plan, _, _ in flat],
        },
        {
            "company_id": actor.company_id,
            "recorded_at": actor.at,
            "recorded_by": actor.name,
            "undone_by": "",
        },
    )


def _later_of(one: Mapping[int, date], other: Mapping[int, date]) -> Mapping[int, date]:
    """Return the later of two dates of each id, of which either may be missing."""
    if not other:
        return one
    return {
        row_id: max(one.get(row_id, date.min), other.get(row_id, date.min))
        for row_id in one.keys() | other.keys()
    }


def _update_payments(actor: Actor, plans: Sequence[Plan], since: Mapping[int, date]) -> sql.Sent:
    return sql.send(
        _UPDATE_PAYMENTS,
        {
            "company_id": actor.company_id,
            "ids": sql.array([plan.payment.id for plan in plans]),
            "minors": sql.array([plan.applied_minor for plan in plans]),
            "customers": sql.array([plan.customer_id for plan in plans]),
            "dates": sql.array([since[plan.payment.id] for plan in plans]),
        },
    )


def _exposure_changes(plans: Sequence[Plan]) -> list[ExposureChange]:
    """Return that the unapplied money moves to its payer, less what is applied at once."""
    changes: defaultdict[tuple[int, str], int] = defaultdict(int)
    for plan in plans:
        payment = plan.payment
        if plan.is_identified_now:
            changes[plan.customer_id, payment.currency] += payment.unapplied_minor
            if payment.customer_id is not None:
                changes[payment.customer_id, payment.currency] -= payment.unapplied_minor
        changes[plan.customer_id, payment.currency] -= plan.applied_minor
    return [
        ExposureChange(customer_id=customer_id, currency=currency, unapplied_minor=minor)
        for (customer_id, currency), minor in sorted(changes.items())
    ]


def hold_source(payment_id: int) -> str:
    """Return the name under which unapplied money of a payment holds reminders."""
    return f"payment:{payment_id}"


def _keep_holds(actor: Actor, plans: Sequence[Plan]) -> None:
    """Hold reminders to whoever has money here that is not applied; lift the others' holds."""
    waiting = [plan for plan in plans if plan.payment.unapplied_minor > plan.applied_minor]
    waiting_ids = {plan.payment.id for plan in waiting}
    contact.lift_holds(
        actor,
        [
            hold_source(plan.payment.id)
            for plan in plans
            if plan.payment.customer_id is not None
            and (plan.is_identified_now or plan.payment.id not in waiting_ids)
        ],
    )
    contact.place_holds(actor, [unapplied_hold(p.customer_id, p.payment.id) for p in waiting])


def unapplied_hold(customer_id: int, payment_id: int) -> NewHold:
    """Return the hold that unapplied money of a payment places on its payer."""
    return NewHold(
        customer_id=customer_id, item_id=None, kind=HOLD_KIND, source=hold_source(payment_id)
    )
