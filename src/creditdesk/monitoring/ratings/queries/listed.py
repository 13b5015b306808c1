"""The last rating of every customer as a list: filtered, sorted, by pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from creditdesk.plumbing.listing import Listing, Page, like

NO_GRADE: Final = "none"
_SOURCE: Final = """
      FROM customers_customer c
     CROSS JOIN LATERAL (
           SELECT p.* FROM monitoring_payerrating p
            WHERE p.company_id = %(company_id)s AND p.customer_id = c.id
            ORDER BY p.id DESC LIMIT 1) r
      LEFT JOIN LATERAL (
           SELECT b.grade, b.as_of FROM monitoring_payerrating b
            WHERE b.company_id = %(company_id)s AND b.customer_id = c.id AND b.grade <> r.grade
            ORDER BY b.id DESC LIMIT 1) before ON TRUE
"""
_FILTERS: Final = """
     WHERE c.company_id = %(company_id)s
       AND (%(text)s = '' OR c.name ILIKE %(like)s OR c.number ILIKE %(like)s)
       AND (%(grade)s = '' OR r.grade = CASE %(grade)s WHEN 'none' THEN '' ELSE %(grade)s END)
       AND (%(drift)s = '' OR r.drift = %(drift)s)
"""
SORTS: Final[Mapping[str, str]] = {
    "name": "c.name, c.id",
    "-name": "c.name DESC, c.id",
    "grade": "nullif(r.grade, '') NULLS LAST, r.days, c.id",
    "-grade": "nullif(r.grade, '') DESC NULLS LAST, r.days DESC NULLS LAST, c.id",
    "days": "r.days NULLS LAST, c.id",
    "-days": "r.days DESC NULLS LAST, c.id",
    "paydex": "r.paydex NULLS LAST, c.id",
    "-paydex": "r.paydex DESC NULLS LAST, c.id",
}


@dataclass(frozen=True, slots=True)
class PayerRow:
    """A customer with its last rating; `before` is the last other grade, empty where none was."""

    customer_id: int
    number: str
    name: str
    grade: str
    days: Decimal | None
    paydex: int | None
    drift: str
    as_of: date
    before: str
    before_as_of: date | None


_LIST: Final = Listing(
    row=PayerRow,
    select="SELECT c.id, c.number, c.name, r.grade, r.days, r.paydex, r.drift, r.as_of,"
    " coalesce(before.grade, ''), before.as_of",
    source=_SOURCE,
    filters=_FILTERS,
    sorts=SORTS,
)


def listing(
    company_id: int,
    *,
    text: str = "",
    grade: str = "",
    drift: str = "",
    sort: str = "-days",
    page: int = 1,
    size: int = 50,
) -> Page[PayerRow]:
    """Return a page of rated customers; grade `none` are those of whom too little is known."""
    params = {
        "company_id": company_id,
        "text": text.strip(),
        "like": like(text),
        "grade": grade,
        "drift": drift,
    }
    return _LIST.page(params, sort=sort, number=page, size=size)
