"""Since when what was applied and undone may be applied again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from creditdesk.kernel.actor import Actor
from creditdesk.plumbing import sql

# An item or a payment that was applied and undone may be applied again only from that day on:
# before it, in the books of that time, it was settled already.
_UNDONE = """
    SELECT payment_id, item_id, max(undone_on) FROM cash_allocation
     WHERE undone_on IS NOT NULL AND company_id = %(company_id)s
       AND (payment_id = ANY(%(payments)s::bigint[]) OR item_id = ANY(%(items)s::bigint[]))
     GROUP BY 1, 2
    UNION ALL
    SELECT payment_id, item_id, max(undone_on) FROM cash_adjustment
     WHERE undone_on IS NOT NULL AND company_id = %(company_id)s
       AND item_id = ANY(%(items)s::bigint[])
     GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class _Undone:
    payment_id: int
    item_id: int
    undone_on: date


def free_from(
    actor: Actor, payment_ids: Collection[int], item_ids: Collection[int]
) -> tuple[dict[int, date], dict[int, date]]:
    """Return since when payments, and items, once applied and undone, are free again."""
    of_payment: dict[int, date] = {}
    of_item: dict[int, date] = {}
    params = {
        "company_id": actor.company_id,
        "payments": sql.array(payment_ids),
        "items": sql.array(item_ids),
    }
    for row in sql.fetch(_Undone, _UNDONE, params):
        of_payment[row.payment_id] = max(row.undone_on, of_payment.get(row.payment_id, date.min))
        of_item[row.item_id] = max(row.undone_on, of_item.get(row.item_id, date.min))
    return of_payment, of_item
