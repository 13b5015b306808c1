"""Open items found by what a payment may say of them: number, ending of a number, amount, customer.

Each is asked of the whole ledger through an index; what is returned is bounded by what is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Final, NamedTuple

from creditdesk.plumbing import sql

Amount = tuple[str, int]  # currency and minor units

_COLUMNS: Final = """
    i.id, i.invoice_id, v.number, v.number_key, i.customer_id, i.currency, i.issued_on, i.due_on,
    i.open_minor, i.total_minor = v.total_minor
"""
# Everything is looked up through its index, whatever the planner thinks of reading all of a table:
# subqueries with OFFSET 0 stay as they are written.
# Behind every sign a key may hold:
_LAST: Final = "~"
_HEADS: Final = f"""
    SELECT asked.head FROM unnest(%(heads)s::text[]) AS asked (head)
     WHERE EXISTS (SELECT FROM invoices_invoice v
                    WHERE v.company_id = %(company_id)s AND v.number_key ~>=~ asked.head
                      AND v.number_key ~<~ (asked.head || '{_LAST}'))
"""
_BY_NUMBER: Final = f"""
    SELECT {_COLUMNS}
      FROM unnest(%(keys)s::text[]) AS asked (key)
     CROSS JOIN LATERAL (SELECT id, number, number_key, total_minor FROM invoices_invoice
                          WHERE company_id = %(company_id)s AND number_key = asked.key
                         OFFSET 0) v
     CROSS JOIN LATERAL (SELECT * FROM invoices_item
                          WHERE invoice_id = v.id AND open_minor > 0
                            AND currency = ANY(%(currencies)s::text[])
                         OFFSET 0) i
"""
_BY_ENDING: Final = f"""
    SELECT DISTINCT {_COLUMNS}
      FROM unnest(%(endings)s::text[]) AS asked (ending)
     CROSS JOIN LATERAL (SELECT id, number, number_key, total_minor FROM invoices_invoice
                          WHERE company_id = %(company_id)s
                            AND reverse(number_key) ~>=~ reverse(asked.ending)
                            AND reverse(number_key) ~<~ (reverse(asked.ending) || '{_LAST}')
                         OFFSET 0) v
     CROSS JOIN LATERAL (SELECT * FROM invoices_item
                          WHERE invoice_id = v.id AND open_minor > 0
                            AND currency = ANY(%(currencies)s::text[])
                         OFFSET 0) i
"""
_BY_CUSTOMER: Final = f"""
    SELECT {_COLUMNS}
      FROM invoices_item i JOIN invoices_invoice v ON v.id = i.invoice_id
     WHERE i.company_id = %(company_id)s AND i.open_minor > 0
       AND i.customer_id = ANY(%(customers)s::bigint[])
       AND i.currency = ANY(%(currencies)s::text[])
"""
_BY_AMOUNT: Final = f"""
    SELECT {_COLUMNS}
      FROM unnest(%(currencies)s::text[], %(minors)s::bigint[], %(limits)s::bigint[])
           AS asked (currency, minor, most)
     CROSS JOIN LATERAL (
           SELECT * FROM invoices_item
            WHERE company_id = %(company_id)s AND open_minor > 0
              AND currency = asked.currency AND open_minor = asked.minor
            ORDER BY due_on, issued_on, id LIMIT asked.most) i
      JOIN invoices_invoice v ON v.id = i.invoice_id
"""
_HOW_MANY: Final = """
    SELECT count(*) FROM invoices_item
     WHERE company_id = %s AND open_minor > 0 AND currency = %s AND open_minor = %s
"""


class OpenItem(NamedTuple):
    """One instalment with what of it is open; `is_whole`: it is all of its document."""

    item_id: int
    invoice_id: int
    number: str
    number_key: str
    customer_id: int
    currency: str
    issued_on: date
    due_on: date
    open_minor: int
    is_whole: bool


def number_heads(company_id: int, heads: Iterable[str]) -> list[str]:
    """Return those with which the number key of a document begins, of an open one or another."""
    return sql.scalars(_HEADS, {"company_id": company_id, "heads": sql.array(heads)})


def longest_key(company_id: int) -> int:
    """Return how long the longest number key of a company is."""
    return int(
        sql.scalar(
            "SELECT coalesce(max(length(number_key)), 0) FROM invoices_invoice"
            " WHERE company_id = %s",
            [company_id],
        )
    )


def by_number(
    company_id: int, keys: Iterable[str], *, currencies: Collection[str]
) -> list[OpenItem]:
    """Return the open items of the documents with these number keys."""
    return _fetched(_BY_NUMBER, company_id, currencies, keys=sql.array(keys))


def by_ending(
    company_id: int, endings: Iterable[str], *, currencies: Collection[str]
) -> list[OpenItem]:
    """Return the open items of the documents whose number keys end so, each once."""
    return _fetched(_BY_ENDING, company_id, currencies, endings=sql.array(endings))


def by_customer(
    company_id: int, customer_ids: Iterable[int], *, currencies: Collection[str]
) -> list[OpenItem]:
    """Return the open items of customers."""
    return _fetched(_BY_CUSTOMER, company_id, currencies, customers=sql.array(customer_ids))


def by_amount(company_id: int, most: Iterable[tuple[Amount, int]]) -> list[OpenItem]:
    """Return the items open with exactly these amounts; of each the first so many that fall due."""
    amounts = list(most)
    return sql.fetch(
        OpenItem,
        _BY_AMOUNT,
        {
            "company_id": company_id,
            "currencies": sql.array([currency for (currency, _), _ in amounts]),
            "minors": sql.array([minor for (_, minor), _ in amounts]),
            "limits": sql.array([limit for _, limit in amounts]),
        },
    )


def how_many(company_id: int, amount: Amount) -> int:
    """Return how many items are open with exactly this amount."""
    return int(sql.scalar(_HOW_MANY, [company_id, *amount]))


def _fetched(
    statement: str, company_id: int, currencies: Collection[str], **asked: str
) -> list[OpenItem]:
    return sql.fetch(
        OpenItem,
        statement,
        {"company_id": company_id, "currencies": sql.array(sorted(currencies)), **asked},
    )
