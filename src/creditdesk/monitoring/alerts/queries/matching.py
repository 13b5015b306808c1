"""Customers found by what news say of them; those who are closed are not meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditdesk.plumbing import sql

_COMPACT: Final = "regexp_replace(upper({}), '[^0-9A-Z]', '', 'g')"
_BY_IDENTIFIER: Final = """
    SELECT DISTINCT i.key, c.id AS customer_id
      FROM customers_customer c
     CROSS JOIN LATERAL (VALUES ({vat}), ({lei}), ({duns})) AS i (key)
     WHERE c.company_id = %(company_id)s AND c.status <> 'closed' AND i.key <> ''
       AND i.key = ANY(%(keys)s)
""".format(
    vat=_COMPACT.format("c.vat_number"),
    lei=_COMPACT.format("c.lei"),
    duns=_COMPACT.format("c.duns"),
)
_BY_NAME: Final = """
    SELECT DISTINCT k.key, c.id AS customer_id
      FROM customers_customer c
     CROSS JOIN LATERAL (
            SELECT c.name_key AS key
            UNION SELECT a.name_key FROM customers_alias a WHERE a.customer_id = c.id) AS k
     WHERE c.company_id = %(company_id)s AND c.status <> 'closed' AND k.key = ANY(%(keys)s)
     ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Matched:
    """A customer, and the key it was found by."""

    key: str
    customer_id: int


def by_identifier(company_id: int, keys: Sequence[str]) -> list[Matched]:
    """Return the customers with one of these VAT numbers, LEIs or D-U-N-S numbers, compact."""
    if not keys:
        return []
    return sql.fetch(Matched, _BY_IDENTIFIER, {"company_id": company_id, "keys": list(keys)})


def by_name_key(company_id: int, keys: Sequence[str]) -> list[Matched]:
    """Return the customers that bear one of these names, or paid under it."""
    if not keys:
        return []
    return sql.fetch(Matched, _BY_NAME, {"company_id": company_id, "keys": list(keys)})
