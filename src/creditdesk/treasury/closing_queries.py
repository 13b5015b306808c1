"""What of mandates and refunds keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

MONEY = """
    SELECT m.customer_id, 'mandate', count(*), 0::bigint, '', min(m.reference)
      FROM treasury_mandate m
     WHERE m.company_id = %(company_id)s AND m.customer_id = ANY(%(ids)s::bigint[])
       AND m.state = 'live'
     GROUP BY 1
    UNION ALL
    SELECT r.customer_id, 'refund', count(*), sum(r.minor)::bigint, r.currency, min(r.reference)
      FROM treasury_refund r
     WHERE r.company_id = %(company_id)s AND r.customer_id = ANY(%(ids)s::bigint[])
       AND r.state IN ('asked', 'approved', 'released')
     GROUP BY 1, r.currency
     ORDER BY 1, 2
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return live mandates, and refunds that are on their way."""
    return closing.obstacles(MONEY, company_id, ids)
