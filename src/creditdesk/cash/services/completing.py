"""What a payment leaves open and nobody has to pay, written as part of what settles the items."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from creditdesk.cash.services import adjusting
from creditdesk.cash.services.adjusting import NewAdjustment, WrittenAdjustment
from creditdesk.kernel.actor import Actor

if TYPE_CHECKING:
    from creditdesk.cash.services.settlement import Allocated, Plan


def adjust(
    actor: Actor, plans: Sequence[Plan], allocated: Sequence[Allocated]
) -> tuple[WrittenAdjustment, ...]:
    """Write what the plans give on items, effective with the payment that it completes."""
    giving = [plan for plan in plans if plan.adjusted]
    if not giving:
        return ()
    on: dict[tuple[int, int], date] = {}
    latest: dict[int, date] = {}
    for each in allocated:
        on[each.payment_id, each.item_id] = each.applied_on
        latest[each.payment_id] = max(each.applied_on, latest.get(each.payment_id, date.min))
    new = [
        NewAdjustment(
            payment_id=plan.payment.id,
            customer_id=plan.customer_id,
            currency=plan.payment.currency,
            adjusted_on=on.get((plan.payment.id, given.item_id), latest[plan.payment.id]),
            given=given,
            policy_version=plan.policy_version,
            is_automatic=plan.is_automatic,
        )
        for plan in giving
        for given in plan.adjusted
    ]
    return adjusting.write(actor, new)


def settlements(
    allocated: Sequence[Allocated], adjusted: Sequence[WrittenAdjustment]
) -> tuple[dict[int, int], dict[int, date]]:
    """Return how much of each item is settled, and on which date the last of it."""
    minors: dict[int, int] = {}
    dates: dict[int, date] = {}
    for each in allocated:
        minors[each.item_id] = minors.get(each.item_id, 0) + each.minor
        dates[each.item_id] = max(each.applied_on, dates.get(each.item_id, date.min))
    for one in adjusted:
        minors[one.item_id] = minors.get(one.item_id, 0) + one.minor
        dates[one.item_id] = max(one.adjusted_on, dates.get(one.item_id, date.min))
    return minors, dates
