"""What of collections keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

PROMISED = """
    SELECT customer_id, 'promise', count(*), sum(minor)::bigint, currency, min(reference)
      FROM collections_promise
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s::bigint[])
       AND status = 'open'
     GROUP BY customer_id, currency ORDER BY 1
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return promises that are still open."""
    return closing.obstacles(PROMISED, company_id, ids)
