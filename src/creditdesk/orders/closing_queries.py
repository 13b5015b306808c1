"""What of orders keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

ORDERED = """
    SELECT customer_id, 'order', count(*), sum(total_minor)::bigint, currency, min(reference)
      FROM orders_order
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s::bigint[])
       AND status IN ('accepted', 'held', 'released')
     GROUP BY customer_id, currency ORDER BY 1
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return orders that are held, or accepted and not yet billed or cancelled."""
    return closing.obstacles(ORDERED, company_id, ids)
