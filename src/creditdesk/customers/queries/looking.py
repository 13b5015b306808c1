"""Who looked at which customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from creditdesk.plumbing import sql


@dataclass(frozen=True, slots=True)
class ViewRow:
    """Somebody's looks at a customer on one page on one day."""

    viewer: str
    customer_number: str
    customer_name: str
    page: str
    viewed_on: date
    first_at: datetime
    last_at: datetime
    views: int


def views(
    company_id: int, *, customer_number: str = "", viewer: str = "", limit: int = 500
) -> list[ViewRow]:
    """Return who looked at whom, the latest first; of one customer or of one person."""
    return sql.fetch(
        ViewRow,
        """
        SELECT v.viewer, c.number, c.name, v.page, v.viewed_on, v.first_at, v.last_at, v.views
          FROM customers_view v JOIN customers_customer c ON c.id = v.customer_id
         WHERE v.company_id = %(company_id)s
           AND (%(number)s = '' OR c.number = %(number)s)
           AND (%(viewer)s = '' OR v.viewer = %(viewer)s)
         ORDER BY v.last_at DESC, v.id DESC LIMIT %(limit)s
        """,
        {"company_id": company_id, "number": customer_number, "viewer": viewer, "limit": limit},
    )
