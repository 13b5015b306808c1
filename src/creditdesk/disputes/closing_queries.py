"""What of disputes keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

DISPUTED = """
    SELECT customer_id, 'dispute', count(*), sum(disputed_minor)::bigint, currency, min(reference)
      FROM disputes_dispute
     WHERE company_id = %(company_id)s AND customer_id = ANY(%(ids)s::bigint[])
       AND status = 'open'
     GROUP BY customer_id, currency ORDER BY 1
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return open disputes."""
    return closing.obstacles(DISPUTED, company_id, ids)
