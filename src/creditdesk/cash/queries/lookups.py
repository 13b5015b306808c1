"""Open items found by amount or by number, for payments that are looked at one by one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from creditdesk.kernel.money import to_minor
from creditdesk.kernel.references import reference_key
from creditdesk.plumbing import sql

OWNERS_MAX: Final = 6
FOUND_MAX: Final = 12
KEY_LENGTH_MIN: Final = 3
MINOR_MAX: Final = 10**15


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


def find_items(company_id: int, *, currency: str, text: str) -> list[int]:
    """Return open items whose number holds the text, or whose open amount it is; ids, by due date.

    Amounts are written with a point or a comma.
    """
    key = reference_key(text)
    minor = _amount(text, currency)
    if len(key) < KEY_LENGTH_MIN and minor is None:
        return []
    return sql.scalars(
        """
        SELECT i.id FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
         WHERE i.company_id = %(company_id)s AND i.open_minor > 0 AND i.currency = %(currency)s
           AND (i.open_minor = %(minor)s
                OR (length(%(key)s) >= %(least)s AND strpos(v.number_key, %(key)s) > 0))
         ORDER BY (i.open_minor = %(minor)s) DESC NULLS LAST, i.due_on, i.id LIMIT %(most)s
        """,
        {
            "company_id": company_id, "currency": currency, "minor": minor, "key": key,
            "least": KEY_LENGTH_MIN, "most": FOUND_MAX,
        },
    )  # fmt: skip


def _amount(text: str, currency: str) -> int | None:
    plain = text.strip().replace(" ", "")
    comma, point = plain.rfind(","), plain.rfind(".")
    plain = plain.replace(".", "").replace(",", ".") if comma > point else plain.replace(",", "")
    try:
        minor = to_minor(plain, currency)
    except (ValueError, ArithmeticError):
        return None
    return minor if 0 < minor < MINOR_MAX else None
