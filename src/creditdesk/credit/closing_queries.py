"""What of exposure keeps an account from being closed."""

from __future__ import annotations

from collections.abc import Sequence

from creditdesk.customers import closing
from creditdesk.customers.rules import Obstacle

EXPOSED = """
    SELECT e.customer_id, told.code, 1, told.minor, e.currency, ''
      FROM credit_exposure e
      CROSS JOIN LATERAL (VALUES ('open_items', e.open_minor), ('unapplied', e.unapplied_minor),
                                 ('on_order', e.reserved_minor)) AS told (code, minor)
     WHERE e.company_id = %(company_id)s AND e.customer_id = ANY(%(ids)s::bigint[])
       AND told.minor > 0
     ORDER BY 1, 5, 2
"""


def obstacles(company_id: int, ids: Sequence[int]) -> list[Obstacle]:
    """Return what is open, unapplied and reserved for orders, by customer and currency."""
    return closing.obstacles(EXPOSED, company_id, ids)
