"""What of recurring invoices keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

RECURRING = """
    SELECT customer_id, 'recurring', count(*), 0::bigint, '', min(id)::text
      FROM invoices_recurringplan
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s::bigint[])
       AND status <> 'ended'
     GROUP BY customer_id ORDER BY 1
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return plans of recurring invoices that are not ended."""
    return closing.obstacles(RECURRING, company_id, ids)
