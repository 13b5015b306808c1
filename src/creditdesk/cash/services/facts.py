"""What became true by carrying out what was decided of payments, for whoever is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from creditdesk.cash.events import PayersIdentified, PaymentsApplied, ShortPaid
from creditdesk.cash.services.writing import ItemState

if TYPE_CHECKING:
    from creditdesk.cash.services.settlement import Allocated, Plan


def facts(
    plans: Sequence[Plan],
    allocated: Sequence[Allocated],
    settled: Mapping[int, int],
    items: Mapping[int, ItemState],
) -> list[PayersIdentified | PaymentsApplied | ShortPaid]:
    """Return what carrying out the plans made true; `settled` is how much of each item went."""
    found: list[PayersIdentified | PaymentsApplied | ShortPaid] = []
    identified = [plan for plan in plans if plan.is_identified_now]
    if identified:
        found.append(
            PayersIdentified(
                payment_ids=tuple(plan.payment.id for plan in identified),
                customer_ids=tuple(sorted({plan.customer_id for plan in identified})),
            )
        )
    if allocated:
        found.append(
            PaymentsApplied(
                payment_ids=tuple(sorted({each.payment_id for each in allocated})),
                customer_ids=tuple(sorted({each.customer_id for each in allocated})),
                item_ids=tuple(sorted({each.item_id for each in allocated})),
            )
        )
    left_open = frozenset[int]().union(*(plan.left_open for plan in plans))
    return [
        *found,
        *(one for one in _short_paid(allocated, settled, items) if one.item_id not in left_open),
    ]


def _short_paid(
    allocated: Sequence[Allocated], settled: Mapping[int, int], items: Mapping[int, ItemState]
) -> list[ShortPaid]:
    """Return the items left open in part, each with the last payment towards it."""
    last = {each.item_id: each for each in allocated}
    return [
        ShortPaid(
            item_id=item_id,
            payment_id=each.payment_id,
            customer_id=each.customer_id,
            short_minor=items[item_id].open_minor - settled[item_id],
            open_minor=items[item_id].open_minor,
        )
        for item_id, each in sorted(last.items())
        if settled[item_id] < items[item_id].open_minor
    ]
