"""What of orders changed since a customer was last reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from creditdesk.assessment.reviews.queries import MOMENTS, Reading, Span, parameters
from creditdesk.plumbing import sql

HELD: Final = f"""
    WITH {MOMENTS}
    SELECT m.customer_id, m.moment, 'held', '', '', count(*)::numeric, max(w.held_at)::date
      FROM m JOIN orders_order o ON o.customer_id = m.customer_id
      JOIN orders_wait w ON w.order_id = o.id
     WHERE o.company_id = %(company_id)s AND w.held_at::date > m.after AND w.held_at::date <= m.at
     GROUP BY 1, 2
"""


def readings(company_id: int, spans: Sequence[Span]) -> list[Reading]:
    """Return how many orders of these customers were held, before and since."""
    return sql.fetch(Reading, HELD, parameters(company_id, spans))
