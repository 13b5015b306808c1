"""Open items found by amount or by number, for payments that are looked at one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from creditdesk.plumbing import sql

OWNERS_MAX: Final = 6


@dataclass(frozen=True, slots=True)
class _Equal:
    currency: str
    minor: int
    customer_ids: list[int]


def equal_owners(
    company_id: int, amounts: Collection[tuple[str, int]]
) -> dict[tuple[str, int], tuple[int, ...]]:
    """Return who has an item open of exactly these amounts; nobody where that is many."""
    rows = sql.fetch(
        _Equal,
        """
        SELECT i.currency, i.open_minor, array_agg(DISTINCT i.customer_id ORDER BY i.customer_id)
          FROM invoices_item i
          JOIN unnest(%(currencies)s::text[], %(minors)s::bigint[]) AS a (currency, minor)
            ON a.currency = i.currency AND a.minor = i.open_minor
         WHERE i.company_id = %(company_id)s AND i.open_minor > 0
         GROUP BY 1, 2 HAVING count(DISTINCT i.customer_id) <= %(most)s
        """,
        {
            "company_id": company_id,
            "currencies": [currency for currency, _ in amounts],
            "minors": [minor for _, minor in amounts],
            "most": OWNERS_MAX,
        },
    )
    return {(row.currency, row.minor): tuple(row.customer_ids) for row in rows}
